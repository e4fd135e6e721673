// Goal: a URI that a template can expand to matches it, one that it cannot does not (but for the
// kindnesses that the header names), and no pair of the two takes long.
// Method: tables of templates with URIs that do and do not match, for each operator; what is
// malformed; the translation of a URI between two templates; and counted steps for the worst that
// the limits allow.

#include "agent/uri_template.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::agent {
namespace {

bool matches(std::string_view text, std::string_view uri) {
  const auto parsed = UriTemplate::parse(text);
  EXPECT_TRUE(parsed) << text;
  MatchBudget budget;
  return parsed && parsed->matches(uri, budget);
}

struct MatchCase {
  std::string_view name;
  std::string_view text;
  std::vector<std::string_view> matching;
  std::vector<std::string_view> others;
};

const MatchCase kMatchCases[] = {
    {"empty", "", {""}, {"a", "/"}},
    {"literal", "file:///a", {"file:///a"}, {"", "file:///", "file:///ab", "xfile:///a"}},
    {"literal_in_capitals", "file:///A", {"file:///A"}, {"file:///a"}},
    {"simple",
     "file:///{path}",
     {"file:///a", "file:///a.txt", "file:///%2Fa", "file:///a,b", "file:///a:b", "file:///ä"},
     {"file:///", "file:///a/b", "file:///a?b", "file:///a#b", "file://a", "http:///a"}},
    {"simple_in_the_middle",
     "db://{table}/rows",
     {"db://t/rows", "db://rows/rows"},
     {"db:///rows", "db://t/u/rows", "db://t/rows/", "db://t/row"}},
    {"simple_twice", "db://{t}/{r}", {"db://a/b"}, {"db://a/", "db:///b", "db://a", "db://a/b/c"}},
    {"simple_beside_simple", "x:{a}{b}", {"x:12", "x:123"}, {"x:", "x:1"}},
    {"literal_that_the_value_holds_too",
     "x:{a}-end",
     {"x:a-end", "x:-end-end", "x:a-end-end"},
     {"x:-end", "x:a-en", "x:a-ends"}},
    {"value_overlaps_its_literal", "{a}aa", {"aaa", "aaaa", "baa"}, {"aa", "a", "aab"}},
    {"list_of_variables", "x:{a,b}", {"x:1,2", "x:1"}, {"x:", "x:1/2"}},
    {"explode", "x:{a*}", {"x:1,2", "x:k=1,l=2"}, {"x:"}},
    {"prefix", "x:{a:3}", {"x:abc", "x:ab"}, {"x:"}},
    {"reserved",
     "x:{+path}/here",
     {"x:/a/b/here", "x:/here", "x:?q#f/here", "x:/here/here"},
     {"x:here", "x:/a/b/her", "x:/a/here/"}},
    {"reserved_alone", "{+uri}", {"", "a", "file:///a?b#c", "\xFF"}, {}},
    {"fragment", "x{#f}", {"x", "x#", "x#a/b?c#d"}, {"xa", "x?#", ""}},
    {"label", "x{.a}", {"x", "x.", "x.a", "x.a.b"}, {"xa", "x.a/b", "x.a?b", "x.a#b", "x/.a"}},
    {"path",
     "x{/a}",
     {"x", "x/", "x/a", "x/a.b,c"},
     {"xa", "x/a/b", "x//", "x/a?b", "x/a#b", "x?/a"}},
    {"path_of_two", "x{/a,b}", {"x", "x/1", "x/1/2"}, {"x1", "x/1?2", "x/1#2"}},
    {"path_explode", "x{/a*}/end", {"x/end", "x/1/end", "x/1/2/end"}, {"xend", "x/1?/end"}},
    {"matrix",
     "x{;a,b}",
     {"x", "x;a=1", "x;a", "x;b=1;a=2", "x;a=;b"},
     {"x;", "x;c=1", "xa=1", "x;a=1;c=2", "x;a=1/2", "x;ab=1", "x;a=1;"}},
    {"query",
     "x{?a,b}",
     {"x", "x?a=1", "x?b=2", "x?a=1&b=2", "x?b=2&a=1", "x?a=", "x?a=/y?z", "x?a", "x?a&b=1"},
     {"x?", "x?c=1", "x&a=1", "x?a=1&c=2", "x?a=1#f", "x?a=1?b=2&", "xa=1", "x?=1", "x?ab=1"}},
    {"query_name_begins_another", "x{?a,ab}", {"x?ab=1", "x?a=1&ab=2", "x?ab=2&a=1"}, {"x?abc=1"}},
    {"query_name_in_triplets", "x{?%41}", {"x?%41=1"}, {"x?A=1"}},
    {"query_explode",
     "x{?a*}",
     {"x", "x?k=1", "x?a=1&a=2", "x?k", "x?%41=1"},
     {"x?", "x?=1", "x?k=1&", "x?k=1#f", "x?k/=1"}},
    {"query_goes_on", "x?f=1{&a}", {"x?f=1", "x?f=1&a=2"}, {"x?f=1?a=2", "x?f=1&b=2", "x?f=2"}},
    {"query_and_fragment", "x{?a}{#f}", {"x", "x?a=1", "x#f?", "x?a=1#f"}, {"x&a=1#f", "x?b=1#f"}},
    {"query_before_a_literal", "x{?a}y", {"xy", "x?a=1y", "x?ay"}, {"x?a=1", "x?az"}},
    {"all_operators",
     "h://{a}{/b}{.c}{;d}{?e}{&g}{#f}",
     {"h://1", "h://1/2.3;d=4?e=5&g=6#7", "h://1;d#7"},
     {"h://", "h://1/2/3", "h://1?e=5&h=6"}},
    {"literal_not_ascii", "é/{a}", {"é/1", "%C3%A9/1"}, {"e/1", "%c3%a9/1"}},
    {"literal_with_a_blank", "a b{c}", {"a bc", "a%20bc"}, {"a+bc"}},
    {"literal_with_a_triplet", "a%2Fb{c}", {"a%2Fbc"}, {"a/bc", "a%252Fbc"}},
    {"literal_with_a_bare_percent", "100%{c}", {"100%c", "100%25c"}, {"100c"}},
    {"literals_at_both_ends_overlap", "aba{+x}ba", {"ababa", "abaxba"}, {"aba"}},
    {"names_with_dots_and_hyphens", "x{?a.b,c-d,_e}", {"x?a.b=1&c-d=2&_e=3"}, {"x?a=1"}},
};

TEST(UriTemplate, MatchesWhatItCanExpandTo) {
  for (const auto& one : kMatchCases) {
    SCOPED_TRACE(one.name);
    for (const auto uri : one.matching) EXPECT_TRUE(matches(one.text, uri)) << uri;
    for (const auto uri : one.others) EXPECT_FALSE(matches(one.text, uri)) << uri;
  }
}

// RFC 6570 section 3.2, its values and a choice of its examples.
TEST(UriTemplate, MatchesTheExamplesOfTheSpecification) {
  const std::pair<std::string_view, std::string_view> examples[] = {
      {"{var}", "value"},
      {"{hello}", "Hello%20World%21"},
      {"{half}", "50%25"},
      {"O{empty}X{undef}y", "OXyXzy"},
      {"{x,hello,y}", "1024,Hello%20World%21,768"},
      {"{var:3}", "val"},
      {"{keys*}", "semi=%3B,dot=.,comma=%2C"},
      {"{+hello}", "Hello%20World!"},
      {"{+base}index", "http://example.com/home/index"},
      {"O{+empty}X", "OX"},
      {"here?ref={+path}", "here?ref=/foo/bar"},
      {"{+path:6}here", "/foo/bhere"},
      {"{+keys*}", "semi=;,dot=.,comma=,"},
      {"foo{#empty}", "foo#"},
      {"foo{#undef}", "foo"},
      {"{#path,x}here", "#/foo/bar,1024here"},
      {"{.half,who}", ".50%25.fred"},
      {"www{.dom*}", "www.example.com"},
      {"X{.undef}", "X"},
      {"{/var,undef}", "/value"},
      {"{/var,x}/here", "/value/1024/here"},
      {"{/list*,path:4}", "/red/green/blue/%2Ffoo"},
      {"{/keys*}", "/semi=%3B/dot=./comma=%2C"},
      {"{;x,y,empty}", ";x=1024;y=768;empty"},
      {"{;list*}", ";list=red;list=green;list=blue"},
      {"{?x,y,empty}", "?x=1024&y=768&empty="},
      {"{?keys*}", "?semi=%3B&dot=.&comma=%2C"},
      {"{&x,y,undef}", "&x=1024&y=768"},
      {"{&list}", "&list=red,green,blue"},
  };
  for (const auto& [text, uri] : examples) EXPECT_TRUE(matches(text, uri)) << text << ' ' << uri;
}

TEST(UriTemplate, DoesNotParseWhatIsMalformed) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"open", "x{a"},
      {"closed", "xa}"},
      {"closed_before", "}x{a}"},
      {"nested", "{a{b}}"},
      {"no_name", "{}"},
      {"operator_alone", "{+}"},
      {"no_first", "{,a}"},
      {"no_last", "{a,}"},
      {"two_commas", "{a,,b}"},
      {"blank", "{a b}"},
      {"blank_behind", "{a }"},
      {"dot_first", "{.?a}"},
      {"dot_last", "{a.}"},
      {"dots", "{a..b}"},
      {"later_operator", "{=a}"},
      {"at", "{@a}"},
      {"bar", "{|a}"},
      {"bang", "{!a}"},
      {"comma", "{,}"},
      {"tilde", "{a~}"},
      {"slash", "{a/b}"},
      {"prefix_of_none", "{a:}"},
      {"prefix_zero", "{a:0}"},
      {"prefix_long", "{a:10000}"},
      {"prefix_word", "{a:x}"},
      {"prefix_and_star", "{a:3*}"},
      {"two_stars", "{a**}"},
      {"star_alone", "{*}"},
      {"bad_triplet", "{%4}"},
      {"bad_digits", "{%4G}"},
      {"not_ascii", "{é}"},
  };
  for (const auto& [name, text] : cases) EXPECT_FALSE(UriTemplate::parse(text)) << name;
}

TEST(UriTemplate, DoesNotParseOverItsLimits) {
  const std::string literal(kUriTemplateBytesMax, 'a');
  EXPECT_TRUE(UriTemplate::parse(literal));
  EXPECT_FALSE(UriTemplate::parse(literal + "a"));

  std::string expressions;
  for (std::size_t i = 0; i < kUriTemplateExpressionsMax; ++i) expressions += "{a}";
  EXPECT_TRUE(UriTemplate::parse(expressions));
  EXPECT_FALSE(UriTemplate::parse(expressions + "{a}"));

  std::string variables = "{?a";
  for (std::size_t i = 1; i < kUriTemplateVariablesMax; ++i) variables += ",a";
  EXPECT_TRUE(UriTemplate::parse(variables + "}"));
  EXPECT_FALSE(UriTemplate::parse(variables + ",a}"));
}

TEST(UriTemplate, DoesNotMatchAUriOverTheLimit) {
  const std::string uri(kMatchedUriBytesMax, 'a');
  EXPECT_TRUE(matches("{+a}", uri));
  EXPECT_FALSE(matches("{+a}", uri + "a"));
}

TEST(UriTemplate, KeepsItsParts) {
  const auto parsed = UriTemplate::parse("a b{?x,y*}{z:9}");
  ASSERT_TRUE(parsed);
  const auto& parts = parsed->parts();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(parts[0].is_literal());
  EXPECT_EQ(parts[0].text, "a b");
  EXPECT_EQ(parts[0].encoded, "a%20b");
  EXPECT_EQ(parts[1].op, '?');
  EXPECT_EQ(parts[1].text, "{?x,y*}");
  EXPECT_EQ(parts[1].names, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(parts[1].is_exploded);
  EXPECT_EQ(parts[2].op, UriTemplate::Part::kSimple);
  EXPECT_EQ(parts[2].text, "{z:9}");
  EXPECT_EQ(parts[2].names, std::vector<std::string>{"z"});
  EXPECT_FALSE(parts[2].is_exploded);
}

struct TranslateCase {
  std::string_view name;
  std::string_view from;
  std::string_view to;
  std::string_view uri;
  std::optional<std::string_view> translated;
};

constexpr TranslateCase kTranslateCases[] = {
    {"no_expression", "junctor://b/x%3A", "x:", "junctor://b/x%3A", "x:"},
    {"value_stays_as_it_is", "j/file%3A%2F%2F{p}", "file://{p}", "j/file%3A%2F%2Fa%20%2Fb",
     "file://a%20%2Fb"},
    {"several", "j/{a}%2F{b}{?q}", "{a}/{b}{?q}", "j/1%2F2?q=3%2F", "1/2?q=3%2F"},
    {"nothing_for_an_expression", "j/x{?q}", "x{?q}", "j/x", "x"},
    {"back", "x://{a}/{+b}", "j/x%3A%2F%2F{a}%2F{+b}", "x://1/2/3", "j/x%3A%2F%2F1%2F2/3"},
    {"literal_before_the_first", "j/{a}", "{a}", "j/1", "1"},
    {"literal_behind_the_last", "{a}", "{a}/", "1", "1/"},
    {"no_match", "j/{a}", "{a}", "k/1", {}},
};

TEST(UriTemplate, TranslatesLiteralsAndKeepsValues) {
  for (const auto& one : kTranslateCases) {
    SCOPED_TRACE(one.name);
    const auto from = UriTemplate::parse(one.from);
    const auto to = UriTemplate::parse(one.to);
    ASSERT_TRUE(from && to);
    MatchBudget budget;
    const auto translated = from->translate(one.uri, *to, budget);
    EXPECT_EQ(translated, one.translated);
  }
}

// --- Steps --------------------------------------------------------------------------------------

struct Steps {
  std::size_t taken = 0;
  bool matched = false;
};

Steps steps_of(const std::string& text, const std::string& uri) {
  const auto parsed = UriTemplate::parse(text);
  EXPECT_TRUE(parsed) << text.substr(0, 40);
  MatchBudget budget;
  const std::size_t all = budget.steps;
  const bool matched = parsed && parsed->matches(uri, budget);
  EXPECT_GT(budget.steps, 0U);  // No template is ended by a whole budget.
  return {.taken = all - budget.steps, .matched = matched};
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// What brings a matcher that goes back to its knees: many ways to divide the URI, and none right.
TEST(UriTemplate, TakesFewStepsForTheWorst) {
  constexpr std::size_t kPlaces = kMatchedUriBytesMax + 1;
  constexpr std::size_t kMany = kUriTemplateExpressionsMax;
  const std::string as(kMatchedUriBytesMax - 2, 'a');
  const std::string names = "{?" + repeated("a,", kUriTemplateVariablesMax - 3) + "a}";
  struct {
    std::string_view name;
    std::string text;
    std::string uri;
    std::size_t steps_max;
  } const cases[] = {
      {"simple", repeated("{x}", kMany), as + "//", (kMany + 1) * kPlaces},
      {"reserved", repeated("{+x}", kMany - 1) + "{x}", as + "//", (kMany + 1) * kPlaces},
      {"reserved_and_literals", repeated("{+x}a", kMany - 1) + "{x}", as + "//",
       4 * kMany * kPlaces},
      {"long_literal", "{+x}" + std::string(kUriTemplateBytesMax - 8, 'a') + "{x}", as + "//",
       (4 + kUriTemplateBytesMax / MatchBudget::kBytesPerStep) * kPlaces},
      {"names", "{+x}" + names + "{z}", repeated("?a&a", kMatchedUriBytesMax / 4 - 1) + "//",
       (4 + kUriTemplateVariablesMax) * kPlaces},
      {"separators_explode", "{+x}{?y*}{z}", repeated("?a&a", kMatchedUriBytesMax / 4 - 1) + "//",
       6 * kPlaces},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    const Steps steps = steps_of(one.text, one.uri);
    EXPECT_FALSE(steps.matched);
    EXPECT_GT(steps.taken, kPlaces);
    EXPECT_LE(steps.taken, one.steps_max);
  }
}

TEST(UriTemplate, TakesOneStepForAnotherBeginningOrEnd) {
  const std::string uri = "file:///" + std::string(kMatchedUriBytesMax - 8, 'a');
  EXPECT_EQ(steps_of("http:///{a}", uri).taken, 1U);
  EXPECT_EQ(steps_of("{+a}b", uri).taken, 1U);
}

TEST(UriTemplate, DoesNotMatchWithoutBudget) {
  const auto parsed = UriTemplate::parse("x:{a}");
  ASSERT_TRUE(parsed);
  MatchBudget enough;
  ASSERT_TRUE(parsed->matches("x:12345", enough));
  const std::size_t taken = MatchBudget{}.steps - enough.steps;
  for (std::size_t steps = 0; steps <= taken; ++steps) {
    MatchBudget budget{.steps = steps};
    EXPECT_EQ(parsed->matches("x:12345", budget), steps == taken) << steps;
    EXPECT_EQ(budget.steps, 0U);
  }
}

}  // namespace
}  // namespace junctor::agent
