// Goal: sessions know what their client declared, have names nobody guesses, and make room for new
// ones; levels of logs have the order of RFC 5424. Method: the objects alone; what needs a stream
// is in the tests of tools and questions.

#include "cli/example_session.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rt/clock.h"

namespace junctor::cli {
namespace {

using wire::McpMethod;

wire::JsonValue value_of(std::string_view text) {
  const wire::ScanResult scan = wire::scan_json(text);
  EXPECT_TRUE(scan) << text;
  return scan.root;
}

struct DeclarationCase {
  std::string_view capabilities;
  bool forms;
  bool sampling;
};

constexpr DeclarationCase kDeclarations[] = {
    {"{}", false, false},
    {R"({"elicitation":{}})", true, false},
    {R"({"elicitation":{"form":{}}})", true, false},
    {R"({"elicitation":{"form":{},"url":{}}})", true, false},
    {R"({"elicitation":{"url":{}}})", false, false},
    {R"({"elicitation":true})", false, false},
    {R"({"sampling":{"tools":{}}})", false, true},
    {R"({"sampling":null,"roots":{}})", false, false},
    {R"({"sampling":{},"elicitation":{}})", true, true},
};

TEST(ExampleSession, KnowsWhatItsClientDeclared) {
  for (const DeclarationCase& c : kDeclarations) {
    SCOPED_TRACE(c.capabilities);
    const ExampleSession session{"a", value_of(c.capabilities)};
    EXPECT_EQ(session.may_ask(McpMethod::elicitation_create), c.forms);
    EXPECT_EQ(session.may_ask(McpMethod::sampling_create_message), c.sampling);
  }
  const ExampleSession silent{"a", {}};
  EXPECT_FALSE(silent.may_ask(McpMethod::elicitation_create));
}

TEST(ExampleSession, LevelsHaveAnOrder) {
  constexpr std::string_view kNames[] = {R"("debug")",   R"("info")",     R"("notice")",
                                         R"("warning")", R"("error")",    R"("critical")",
                                         R"("alert")",   R"("emergency")"};
  static_assert(std::size(kNames) == kLogLevels);
  for (std::size_t level = 0; level < kLogLevels; ++level) {
    EXPECT_EQ(log_level_number(value_of(kNames[level])), level);
    EXPECT_EQ('"' + std::string{log_level_name(level)} + '"', kNames[level]);
  }
  EXPECT_EQ(log_level_name(ExampleSession("a", {}).log_level), "info");
}

TEST(ExampleSession, WhatNobodyAskedIsDropped) {
  ExampleSession session{"a", {}};
  session.answered(wire::parse_jsonrpc(R"({"jsonrpc":"2.0","id":1,"result":{}})").message);
  session.cancel(value_of("1"));
  session.end();
  EXPECT_TRUE(session.ended());
}

TEST(ExampleSessions, AreFoundUntilTheyEnd) {
  rt::SystemRandom random;
  ExampleSessions sessions{random};
  const auto one = sessions.open({});
  const auto other = sessions.open({});
  EXPECT_EQ(one->id().size(), 32U);
  EXPECT_NE(one->id(), other->id());
  EXPECT_EQ(sessions.find(one->id()), one);
  EXPECT_EQ(sessions.find(""), nullptr);
  EXPECT_TRUE(sessions.end(one->id()));
  EXPECT_FALSE(sessions.end(one->id()));
  EXPECT_EQ(sessions.find(one->id()), nullptr);
  EXPECT_TRUE(one->ended());
  EXPECT_FALSE(other->ended());
}

TEST(ExampleSessions, TheOldestMakesRoom) {
  rt::SystemRandom random;
  ExampleSessions sessions{random};
  const auto first = sessions.open({});
  const auto second = sessions.open({});
  while (!first->ended()) (void)sessions.open({});
  EXPECT_EQ(sessions.find(first->id()), nullptr);
  EXPECT_EQ(sessions.find(second->id()), second);
}

}  // namespace
}  // namespace junctor::cli
