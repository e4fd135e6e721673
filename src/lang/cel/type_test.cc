// Goal: types are read from text and written again. Method: tables of both, good and bad.

#include "lang/cel/type.h"

#include <gtest/gtest.h>

namespace junctor::lang::cel {
namespace {

TEST(Type, ReadsAndWrites) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"int", "int"},
      {" map( string ,list(dyn)) ", "map(string, list(dyn))"},
      {"list", "list(dyn)"},
      {"map", "map(dyn, dyn)"},
      {"timestamp", "google.protobuf.Timestamp"},
      {"google.protobuf.Duration", "google.protobuf.Duration"},
      {"optional_type(int)", "optional_type(int)"},
      {"optional_type", "optional_type(dyn)"},
      {"net.IP", "net.IP"},
      {"tuple(A, B)", "tuple(A, B)"},
      {"type(int)", "type(int)"},
      {"", "bad"},
      {"list(int", "bad"},
      {"list(int, int)", "bad"},
      {"int(int)", "bad"},
      {"map(int)", "bad"},
      {"int int", "bad"},
      {"list()", "bad"},
      {"-", "bad"},
  };
  for (const Case& c : kCases) {
    TypePool pool;
    const auto type = parse_type(c.text, pool);
    EXPECT_EQ(type ? type_text(*type) : "bad", c.expected) << c.text;
  }
}

TEST(Type, NestingIsBounded) {
  std::string text = "int";
  for (std::size_t i = 0; i < kTypeDepthMax; ++i) text = "list(" + text + ")";
  TypePool pool;
  EXPECT_FALSE(parse_type(text, pool));
}

TEST(Type, SignaturesHaveParametersAndAResult) {
  TypePool pool;
  const auto types = parse_signature("string, list(A) -> A", pool);
  ASSERT_TRUE(types);
  ASSERT_EQ(types->size(), 3U);
  EXPECT_EQ(type_text(types->at(1)), "list(A)");
  EXPECT_EQ(parse_signature("-> bool", pool)->size(), 1U);
  for (const char* bad : {"string", "string ->", "string int -> bool", "string, -> bool"})
    EXPECT_FALSE(parse_signature(bad, pool)) << bad;
}

TEST(Type, MasksTellKinds) {
  TypePool pool;
  EXPECT_EQ(mask_of(*parse_type("int", pool)), mask_of(Kind::int64));
  EXPECT_EQ(mask_of(*parse_type("A", pool)), kAnyKind);
  EXPECT_EQ(mask_of(*parse_type("net.CIDR", pool)), mask_of(Kind::cidr));
}

}  // namespace
}  // namespace junctor::lang::cel
