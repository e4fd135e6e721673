// Goal: what shards count is what the exporter sees, added up; cells are stable; series are
// bounded. Method: small registries by hand; one writer thread per shard with an exporter reading
// at the same time (also run under the thread sanitizer).
#include "base/metrics.h"

#include <array>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace junctor {
namespace {

constexpr MetricInfo kRequests{.name = "junctor_requests_total",
                               .help = "Requests answered.",
                               .kind = MetricKind::counter,
                               .labels = {"upstream", "outcome"},
                               .series_max = 3};
constexpr MetricInfo kOpen{
    .name = "junctor_connections_open", .help = "Connections open now.", .kind = MetricKind::gauge};
constexpr std::array kBounds{0.1, 1.0, 10.0};
constexpr MetricInfo kSeconds{.name = "junctor_request_duration_seconds",
                              .unit = "seconds",
                              .help = "From the first byte to the last.",
                              .kind = MetricKind::histogram,
                              .bounds = kBounds};
static_assert(is_well_formed(kRequests) && is_well_formed(kOpen) && is_well_formed(kSeconds));

constexpr MetricInfo changed(void (*change)(MetricInfo&)) {
  MetricInfo info = kSeconds;
  change(info);
  return info;
}
constexpr std::array kDescending{1.0, 0.5};
constexpr std::array kEqual{1.0, 1.0};
constexpr std::array<double, kMetricBucketsMax + 1> kMany{1,  2,  3,  4,  5,  6,  7,  8, 9,
                                                          10, 11, 12, 13, 14, 15, 16, 17};
static_assert(!is_well_formed(changed([](auto& i) { i.name = "other_seconds"; })));
static_assert(!is_well_formed(changed([](auto& i) { i.name = "junctor_A_seconds"; })));
static_assert(!is_well_formed(changed([](auto& i) { i.name = "junctor_seconds_total"; })));
static_assert(!is_well_formed(changed([](auto& i) { i.unit = "bytes"; })));
static_assert(!is_well_formed(changed([](auto& i) { i.help = "no full stop"; })));
static_assert(!is_well_formed(changed([](auto& i) { i.kind = MetricKind::counter; })));
static_assert(!is_well_formed(changed([](auto& i) { i.kind = MetricKind::gauge; })));
static_assert(!is_well_formed(changed([](auto& i) { i.merge = MetricMerge::max; })));
static_assert(!is_well_formed(changed([](auto& i) { i.labels = {"", "gap"}; })));
static_assert(!is_well_formed(changed([](auto& i) { i.series_max = 0; })));
static_assert(!is_well_formed(changed([](auto& i) { i.bounds = {}; })));
static_assert(!is_well_formed(changed([](auto& i) { i.bounds = kDescending; })));
static_assert(!is_well_formed(changed([](auto& i) { i.bounds = kEqual; })));
static_assert(!is_well_formed(changed([](auto& i) { i.bounds = kMany; })));

TEST(Metrics, TheSameSeriesIsTheSameCell) {
  Metrics metrics;
  Counter& first = metrics.counter(kRequests, {"tickets", "ok"});
  Counter& other = metrics.counter(kRequests, {"tickets", "error"});
  EXPECT_EQ(&first, &metrics.counter(kRequests, {"tickets", "ok"}));
  EXPECT_NE(&first, &other);
  first.add();
  first.add(4);
  EXPECT_EQ(first.value(), 5U);
  EXPECT_EQ(other.value(), 0U);
}

TEST(Metrics, GaugesGoUpAndDown) {
  Metrics metrics;
  Gauge& open = metrics.gauge(kOpen);
  open.add(5);
  open.sub(7);
  EXPECT_EQ(open.value(), -2);
  open.set(3);
  EXPECT_EQ(open.value(), 3);
}

struct BucketCase {
  const char* name;
  double value;
  std::size_t bucket;
};
const BucketCase kBuckets[] = {
    {"below_all", -1.0, 0},   {"on_a_bound", 0.1, 0},  {"above_a_bound", 0.11, 1},
    {"last_bound", 10.0, 2},  {"above_all", 10.01, 3}, {"infinite", INFINITY, 3},
    {"not_a_number", NAN, 3},
};

TEST(Histogram, AValueFallsIntoTheBucketItDoesNotExceed) {
  for (const auto& one : kBuckets) {
    SCOPED_TRACE(one.name);
    Histogram histogram{kBounds};
    histogram.observe(one.value);
    for (std::size_t i = 0; i <= kBounds.size(); ++i) {
      EXPECT_EQ(histogram.in_bucket(i), i == one.bucket ? 1U : 0U);
    }
  }
}

TEST(Histogram, DurationsAreObservedInSeconds) {
  Histogram histogram{kBounds};
  histogram.observe(std::chrono::milliseconds{250});
  EXPECT_DOUBLE_EQ(histogram.sum(), 0.25);
  EXPECT_EQ(histogram.in_bucket(1), 1U);
}

TEST(Metrics, SeriesBeyondTheMaxShareOther) {
  Metrics metrics;
  for (const char* name : {"a", "b", "c"}) metrics.counter(kRequests, {name, "ok"}).add();
  Counter& over = metrics.counter(kRequests, {"d", "ok"});
  over.add(10);
  EXPECT_EQ(&over, &metrics.counter(kRequests, {"e", "error"}));
  EXPECT_EQ(&over, &metrics.counter(kRequests, {kMetricOther, kMetricOther}));
  EXPECT_EQ(metrics.series_refused(), 2U);
  metrics.counter(kRequests, {"a", "ok"}).add();  // Those that exist go on.

  Metrics* const shards[] = {&metrics};
  const auto families = snapshot(shards);
  ASSERT_EQ(families.size(), 1U);
  ASSERT_EQ(families[0].samples.size(), 4U);
  EXPECT_EQ(families[0].samples[0].label_values, (std::vector<std::string>{"_OTHER", "_OTHER"}));
  EXPECT_EQ(families[0].samples[0].value, 10);
  EXPECT_EQ(families[0].samples[1].value, 2);
}

TEST(Metrics, OtherItselfTakesNoPlaceOfTheNamed) {
  Metrics metrics;
  metrics.counter(kRequests, {kMetricOther, kMetricOther}).add();
  for (const char* name : {"a", "b", "c"}) metrics.counter(kRequests, {name, "ok"}).add();
  EXPECT_EQ(metrics.series_refused(), 0U);
}

TEST(MetricsDeathTest, AWrongUseIsABug) {
  Metrics metrics;
  EXPECT_DEATH((void)metrics.counter(kRequests, {"one"}), "assertion failed");
  EXPECT_DEATH((void)metrics.gauge(kRequests, {"a", "b"}), "assertion failed");
  static constexpr MetricInfo kSame{
      .name = "junctor_requests_total", .help = "Other labels.", .kind = MetricKind::counter};
  EXPECT_DEATH(
      {
        (void)metrics.counter(kRequests, {"a", "b"});
        (void)metrics.counter(kSame);
      },
      "assertion failed");
}

TEST(Snapshot, AddsUpTheShards) {
  Metrics one;
  Metrics two;
  one.counter(kRequests, {"a", "ok"}).add(2);
  two.counter(kRequests, {"a", "ok"}).add(3);
  two.counter(kRequests, {"b", "ok"}).add(1);
  one.gauge(kOpen).set(4);
  two.gauge(kOpen).set(-1);
  one.histogram(kSeconds).observe(0.05);
  two.histogram(kSeconds).observe(0.5);
  two.histogram(kSeconds).observe(100.0);

  Metrics* const shards[] = {&one, &two};
  const auto families = snapshot(shards);
  ASSERT_EQ(families.size(), 3U);
  EXPECT_EQ(families[0].info, &kOpen);
  EXPECT_EQ(families[0].samples.at(0).value, 3);
  EXPECT_EQ(families[1].info, &kSeconds);
  const MetricSample& seconds = families[1].samples.at(0);
  EXPECT_EQ(seconds.buckets, (std::vector<std::uint64_t>{1, 1, 0, 1}));
  EXPECT_EQ(seconds.count, 3U);
  EXPECT_DOUBLE_EQ(seconds.sum, 100.55);
  EXPECT_EQ(families[2].info, &kRequests);
  ASSERT_EQ(families[2].samples.size(), 2U);
  EXPECT_EQ(families[2].samples[0].value, 5);
  EXPECT_EQ(families[2].samples[1].value, 1);
}

TEST(Snapshot, OfAStateTellsTheLargestOfTheShards) {
  constexpr MetricInfo kUp{.name = "junctor_up",
                           .help = "Whether it is up.",
                           .kind = MetricKind::gauge,
                           .merge = MetricMerge::max};
  static_assert(is_well_formed(kUp));
  Metrics first;
  Metrics second;
  Metrics* const both[] = {&first, &second};
  first.gauge(kUp).set(0);
  second.gauge(kUp).set(0);
  EXPECT_EQ(snapshot(both).at(0).samples.at(0).value, 0);
  first.gauge(kUp).set(1);
  EXPECT_EQ(snapshot(both).at(0).samples.at(0).value, 1);
  second.gauge(kUp).set(1);
  EXPECT_EQ(snapshot(both).at(0).samples.at(0).value, 1);
}

TEST(Snapshot, OfNothingIsEmpty) {
  EXPECT_TRUE(snapshot({}).empty());
  Metrics metrics;
  Metrics* const shards[] = {&metrics};
  EXPECT_TRUE(snapshot(shards).empty());
}

TEST(Snapshot, MayBeTakenWhileShardsCount) {
  std::array<Metrics, 2> shards;
  std::array<Metrics*, 2> pointers{&shards[0], &shards[1]};
  constexpr std::int64_t kCounts = 20'000;
  std::vector<std::thread> threads;
  for (Metrics& shard : shards) {
    threads.emplace_back([&shard] {
      Counter& counter = shard.counter(kRequests, {"a", "ok"});
      Histogram& histogram = shard.histogram(kSeconds);
      for (std::int64_t i = 0; i < kCounts; ++i) {
        counter.add();
        histogram.observe(0.5);
        if (i % 1000 == 0) shard.counter(kRequests, {std::to_string(i), "ok"}).add();
      }
    });
  }
  std::int64_t before = 0;
  for (int i = 0; i < 50; ++i) {
    std::int64_t sum = 0;
    for (const auto& family : snapshot(pointers)) {
      for (const auto& sample : family.samples) sum += sample.value;
    }
    ASSERT_GE(sum, before);  // Counters never go back.
    before = sum;
  }
  for (auto& thread : threads) thread.join();
  const auto families = snapshot(pointers);
  EXPECT_EQ(families.at(0).samples.at(0).count, 2U * kCounts);
}

constexpr MetricInfo kHttp{.name = "junctor_http_seconds",
                           .unit = "seconds",
                           .help = "Uses the bounds advised for HTTP.",
                           .kind = MetricKind::histogram,
                           .labels = {"method"},
                           .bounds = kHttpDurationBounds};
constexpr MetricInfo kMcp{.name = "junctor_mcp_seconds",
                          .unit = "seconds",
                          .help = "Uses the bounds advised for MCP.",
                          .kind = MetricKind::histogram,
                          .bounds = kMcpDurationBounds};
constexpr MetricInfo kBytes{.name = "junctor_read_bytes_total",
                            .unit = "bytes",
                            .help = "A counter with a unit.",
                            .kind = MetricKind::counter};
static_assert(is_well_formed(kHttp) && is_well_formed(kMcp) && is_well_formed(kBytes));
static_assert(kHttp.label_count() == 1 && kRequests.label_count() == 2 && kMcp.label_count() == 0);

TEST(Metrics, CellsDoNotMoveWhenOthersAppear) {
  Metrics metrics;
  Histogram& first = metrics.histogram(kHttp, {"GET"});
  first.observe(0.3);
  std::vector<Histogram*> others;
  for (int i = 0; i < 500; ++i) others.push_back(&metrics.histogram(kHttp, {std::to_string(i)}));
  EXPECT_EQ(&first, &metrics.histogram(kHttp, {"GET"}));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(others[static_cast<std::size_t>(i)], &metrics.histogram(kHttp, {std::to_string(i)}));
  }
  EXPECT_EQ(first.in_bucket(7), 1U);  // Over 0.25, not over 0.5.
}

TEST(Metrics, LabelsThatLookAlikeAreNotTheSame) {
  Metrics metrics;
  EXPECT_NE(&metrics.counter(kRequests, {"a", "bc"}), &metrics.counter(kRequests, {"ab", "c"}));
  EXPECT_NE(&metrics.counter(kRequests, {"a", ""}), &metrics.counter(kRequests, {"", "a"}));
}

TEST(Snapshot, FindsTheSameMetricDeclaredTwice) {
  static constexpr MetricInfo kAgain = kBytes;
  Metrics one;
  Metrics two;
  one.counter(kBytes).add(1);
  two.counter(kAgain).add(2);
  Metrics* const shards[] = {&one, &two};
  const auto families = snapshot(shards);
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].samples.at(0).value, 3);
}

TEST(Snapshot, TheCountOfAHistogramIsTheSumOfItsBuckets) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram(kMcp);
  for (const double bound : kMcpDurationBounds) {
    histogram.observe(bound);
    histogram.observe(bound + 0.001);
  }
  Metrics* const shards[] = {&metrics};
  const auto families = snapshot(shards);
  const MetricSample& sample = families.at(0).samples.at(0);
  ASSERT_EQ(sample.buckets.size(), kMcpDurationBounds.size() + 1);
  std::uint64_t sum = 0;
  for (const auto count : sample.buckets) sum += count;
  EXPECT_EQ(sample.count, sum);
  EXPECT_EQ(sum, 2 * kMcpDurationBounds.size());
  EXPECT_EQ(sample.buckets.back(), 1U);
}

}  // namespace
}  // namespace junctor
