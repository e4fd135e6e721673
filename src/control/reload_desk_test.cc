// Goal: who asks for a reload gets the report of one that began after that, and operators read the
// last one in each form. Method: the desk by hand.

#include "control/reload_desk.h"

#include <gtest/gtest.h>

namespace junctor::control {
namespace {

ReloadReport report_of(ReloadOutcome outcome, std::uint64_t generation) {
  ReloadReport report;
  report.outcome = outcome;
  report.generation = generation;
  return report;
}

TEST(ReloadDesk, AnswersOnlyWhoAskedBeforeTheReloadBegan) {
  int woken = 0;
  ReloadDesk desk{[&woken] { ++woken; }};
  EXPECT_FALSE(desk.take()) << "nobody has asked";
  const std::uint64_t first = desk.ask();
  const std::uint64_t second = desk.ask();
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(desk.take());
  EXPECT_FALSE(desk.take()) << "both wishes were taken at once";
  const std::uint64_t late = desk.ask();
  EXPECT_FALSE(desk.answer(first));
  desk.report(report_of(ReloadOutcome::applied, 2));
  ASSERT_TRUE(desk.answer(first));
  EXPECT_EQ(desk.answer(second)->generation, 2U);
  EXPECT_FALSE(desk.answer(late)) << "the file was read before this wish";
  EXPECT_TRUE(desk.take());
  desk.report(report_of(ReloadOutcome::unchanged, 2));
  EXPECT_EQ(desk.answer(late)->outcome, ReloadOutcome::unchanged);
}

TEST(ReloadDesk, CountsByOutcomeAndKeepsTheLastReport) {
  ReloadDesk desk{[] {}};
  EXPECT_EQ(desk.last().outcome, ReloadOutcome::none);
  EXPECT_EQ(desk.last().generation, 1U);
  desk.report(report_of(ReloadOutcome::applied, 2));
  desk.report(report_of(ReloadOutcome::refused, 2));
  desk.report(report_of(ReloadOutcome::refused, 2));
  EXPECT_EQ(desk.count(ReloadOutcome::applied), 1U);
  EXPECT_EQ(desk.count(ReloadOutcome::refused), 2U);
  EXPECT_EQ(desk.count(ReloadOutcome::unchanged), 0U);
  EXPECT_EQ(desk.last().outcome, ReloadOutcome::refused);
}

TEST(ReloadDesk, AReportIsJsonWhateverItsTextsHold) {
  ReloadReport report = report_of(ReloadOutcome::refused, 3);
  report.at = "2026-01-02T03:04:05Z";
  report.problems = {"a \"quoted\" name", "two\nlines"};
  report.needs_restart = {"shards"};
  EXPECT_EQ(to_json(report), R"({"outcome":"refused","generation":3,"at":"2026-01-02T03:04:05Z",)"
                             R"("changes":[],"needsRestart":["shards"],)"
                             R"("problems":["a \"quoted\" name","two\nlines"]})");
  for (const auto outcome : {ReloadOutcome::none, ReloadOutcome::applied, ReloadOutcome::unchanged})
    EXPECT_FALSE(outcome_name(outcome).empty());
}

}  // namespace
}  // namespace junctor::control
