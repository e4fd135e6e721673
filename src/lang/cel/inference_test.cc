// Goal: parameters of types come to mean what the types given for them say, widened where needed,
// and refusals leave nothing behind. Method: pairs of types, and what is known afterwards.

#include "lang/cel/inference.h"

#include <gtest/gtest.h>

namespace junctor::lang::cel {
namespace {

class InferenceTest : public ::testing::Test {
 protected:
  // A type in which A is always the same parameter.
  const Type* type(std::string_view text) {
    const Type* const parsed = parse_type(text, pool_).value();
    return substitute(parsed);
  }
  const Type* substitute(const Type* of) {
    if (of->is(TypeKind::parameter)) return of->name == "A" ? a_ : b_;
    std::vector<const Type*> parameters;
    for (const Type* each : of->parameters) parameters.push_back(substitute(each));
    return pool_.add(of->kind, parameters, of->name);
  }
  std::string meaning(const Type* of) { return type_text(inference_.resolve(of)); }

  TypePool pool_;
  Inference inference_{pool_};
  const Type* a_ = inference_.fresh();
  const Type* b_ = inference_.fresh();
};

TEST_F(InferenceTest, AParameterMeansWhatWasGiven) {
  EXPECT_TRUE(inference_.assign(type("list(A)"), type("list(int)")));
  EXPECT_EQ(meaning(a_), "int");
  EXPECT_FALSE(inference_.assign(a_, type("string")));
  EXPECT_EQ(meaning(a_), "int");
}

TEST_F(InferenceTest, ItWidensToDyn) {
  EXPECT_TRUE(inference_.assign(a_, type("int")));
  EXPECT_TRUE(inference_.assign(a_, type("dyn")));
  EXPECT_EQ(meaning(a_), "dyn");
}

TEST_F(InferenceTest, ARefusalOfOneOfManyLeavesNothing) {
  const Type* const to[] = {a_, type("int")};
  const Type* const from[] = {type("string"), type("string")};
  EXPECT_FALSE(inference_.assign(to, from));
  EXPECT_EQ(inference_.resolve(a_), a_);
}

TEST_F(InferenceTest, NoTypeHoldsItself) {
  EXPECT_FALSE(inference_.assign(a_, type("list(A)")));
  EXPECT_TRUE(inference_.assign(a_, b_));
  EXPECT_FALSE(inference_.assign(b_, type("list(A)")));
}

TEST_F(InferenceTest, NullStandsForSomeTypes) {
  EXPECT_TRUE(inference_.assign(type("timestamp"), type("null_type")));
  EXPECT_TRUE(inference_.assign(type("null_type"), type("optional_type(int)")));
  EXPECT_FALSE(inference_.assign(type("int"), type("null_type")));
}

TEST_F(InferenceTest, JoinCoversBoth) {
  struct Case {
    const char* a = "";
    const char* b = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"int", "int", "int"},
      {"int", "dyn", "dyn"},
      {"list(int)", "list(dyn)", "list(dyn)"},
      {"map(string, dyn)", "map(dyn, int)", "map(dyn, dyn)"},
      {"type(int)", "type(string)", "type(dyn)"},
      {"type(int)", "type(int)", "type(int)"},
      {"null_type", "optional_type(int)", "optional_type(int)"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(type_text(inference_.join(type(c.a), type(c.b))), c.expected) << c.a;
    EXPECT_EQ(type_text(inference_.join(type(c.b), type(c.a))), c.expected) << c.b;
  }
}

TEST_F(InferenceTest, InstancesShareParametersOfOneName) {
  const Type* const types[] = {parse_type("list(T)", pool_).value(),
                               parse_type("map(T, U)", pool_).value()};
  const auto made = inference_.instantiate(types);
  EXPECT_EQ(made[0]->parameters[0], made[1]->parameters[0]);
  EXPECT_NE(made[1]->parameters[0], made[1]->parameters[1]);
  EXPECT_NE(inference_.instantiate(types)[0]->parameters[0], made[0]->parameters[0]);
}

}  // namespace
}  // namespace junctor::lang::cel
