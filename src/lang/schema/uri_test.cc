// Goal: references are resolved as RFC 3986 says, and pointers read and written as RFC 6901 does.
// Method: the examples of RFC 3986 section 5.4, and tables of tokens.

#include "lang/schema/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::lang::schema {
namespace {

TEST(ResolveUri, DoesAsTheExamplesOfTheStandard) {
  struct Case {
    const char* reference = "";
    const char* resolved = "";
  };
  constexpr Case kCases[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/../h", "http://a/b/c/h"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.reference);
    EXPECT_EQ(resolve_uri("http://a/b/c/d;p?q", c.reference), c.resolved);
  }
}

TEST(ResolveUri, LeavesWhatHasNoPathsAlone) {
  EXPECT_EQ(resolve_uri("urn:uuid:deadbeef", "#/$defs/a"), "urn:uuid:deadbeef#/$defs/a");
  EXPECT_EQ(resolve_uri("", "#a"), "#a");
  EXPECT_EQ(resolve_uri("", "folder/item.json"), "folder/item.json");
  EXPECT_EQ(resolve_uri("http://example.com", "a"), "http://example.com/a");
}

TEST(Uri, KnowsWhatIsAbsolute) {
  for (const char* yes : {"http://a", "urn:x", "file:///a"})
    EXPECT_TRUE(is_absolute_uri(yes)) << yes;
  for (const char* no : {"", "a", "//a", "/a:b", "1a:b", "#a:b"})
    EXPECT_FALSE(is_absolute_uri(no)) << no;
}

TEST(Pointer, TokensAreEscaped) {
  std::string pointer;
  append_pointer_token(pointer, "a/b~c");
  append_pointer_token(pointer, "");
  EXPECT_EQ(pointer, "/a~1b~0c/");
  EXPECT_EQ(unescaped_pointer_token("a~1b~0c~01"), "a/b~c~1");
  EXPECT_EQ(percent_encoded("/a b/\xC3\xA9\"%"), "/a%20b/%C3%A9%22%25");
  EXPECT_EQ(percent_decoded("/a%20b/%C3%a9%2"), "/a b/\xC3\xA9%2");
}

TEST(Pointer, StepsIntoMembersAndElements) {
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"0":{"a":[7,8]}})"));
  const JsonNode array = pointer_step(pointer_step(tree.root(), "0"), "a");
  EXPECT_EQ(pointer_step(array, "1").text(), "8");
  for (const char* none : {"2", "01", "-", "", "1x"})
    EXPECT_FALSE(pointer_step(array, none)) << none;
  EXPECT_FALSE(pointer_step(tree.root(), "1"));
}

}  // namespace
}  // namespace junctor::lang::schema
