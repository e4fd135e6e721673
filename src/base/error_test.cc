// Goal: an error means the same everywhere, and carries itself out of a function in one line.
// Method: the table of facts is checked row by row against the rules it must keep; the macros are
// used as rooms use them.
#include "base/error.h"

#include <cstddef>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(ErrorFacts, EveryKindHasItsOwnStableName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kErrorKindCount; ++i) {
    const auto& facts = error_facts(static_cast<ErrorKind>(i));
    EXPECT_FALSE(facts.name.empty());
    EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
  }
}

TEST(ErrorFacts, RowsStandInTheOrderOfTheKinds) {
  EXPECT_EQ(error_facts(ErrorKind::invalid_argument).name, "invalid_argument");
  EXPECT_EQ(error_facts(ErrorKind::rate_limited).http_status, 429);
  EXPECT_EQ(error_facts(ErrorKind::deadline_exceeded).http_status, 504);
  EXPECT_EQ(error_facts(ErrorKind::internal).http_status, 500);
}

//= mcp 2026-07-28 basic#error-codes:legacy MUST NOT
//= mcp 2026-07-28 basic#error-codes:reserved MUST NOT
//= mcp 2026-07-28 basic#error-codes:retired MUST NOT
TEST(ErrorFacts, NoKindMintsACodeOfTheSpecification) {
  for (std::size_t i = 0; i < kErrorKindCount; ++i) {
    const auto& facts = error_facts(static_cast<ErrorKind>(i));
    EXPECT_FALSE(facts.jsonrpc_code <= -32000 && facts.jsonrpc_code >= -32099) << facts.name;
    EXPECT_GE(facts.http_status, 400) << facts.name;
    EXPECT_LE(facts.http_status, 599) << facts.name;
  }
}

TEST(ErrorFacts, WhatMayHaveHappenedIsNotCalledSurelyNotDone) {
  for (const auto kind : {ErrorKind::deadline_exceeded, ErrorKind::cancelled, ErrorKind::corrupt,
                          ErrorKind::internal}) {
    EXPECT_EQ(error_facts(kind).failure, FailureClass::maybe_done) << error_facts(kind).name;
  }
}

TEST(Error, WithoutAReasonItsKindIsTheReason) {
  EXPECT_EQ(Error{ErrorKind::not_found}.reason(), "not_found");
  EXPECT_EQ((Error{ErrorKind::not_found, "no_such_route"}.reason()), "no_such_route");
}

TEST(Error, RemembersWhereItWasMade) {
  const Error error{ErrorKind::internal};
  EXPECT_EQ(error.where().line(), __LINE__ - 1);
  EXPECT_TRUE(std::string_view{error.where().file()}.ends_with("error_test.cc"));
}

Result<int> positive(int value) {
  if (value <= 0) return fail(ErrorKind::invalid_argument, "not_positive", "detail");
  return value;
}
Result<> only_positive(int value) {
  JUNCTOR_CHECK(positive(value));
  return {};
}
Result<std::string> describe(int a, int b) {
  JUNCTOR_TRY(const int first, positive(a));
  JUNCTOR_TRY(auto second, positive(b));
  second += first;
  JUNCTOR_CHECK(only_positive(second));
  return std::to_string(second);
}
Result<std::unique_ptr<int>> boxed(int value) {
  return std::make_unique<int>(value);
}
Result<int> unboxed(int value) {
  JUNCTOR_TRY(const std::unique_ptr<int> box, boxed(value));
  return *box;
}

TEST(Try, GivesTheValueANameOrLeavesWithTheError) {
  EXPECT_EQ(describe(2, 3).value(), "5");
  const auto failed = describe(2, 0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(failed.error().reason(), "not_positive");
  EXPECT_EQ(failed.error().detail(), "detail");
}

TEST(Try, MovesWhatCannotBeCopied) {
  EXPECT_EQ(unboxed(7).value(), 7);
}

TEST(Check, PassesWhenThereIsNoError) {
  EXPECT_TRUE(only_positive(1));
  EXPECT_FALSE(only_positive(-1));
}

}  // namespace
}  // namespace junctor
