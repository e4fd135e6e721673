#pragma once
// Metrics: declared once as constants beside the code they measure, kept in cells of one shard.
//
// A cell is written by the thread that owns its Metrics and read by the exporter; a write is a
// relaxed load and store, no atomic addition. Cells never move and never go away, so a room asks
// for a cell once (when an upstream appears) and keeps the reference. snapshot() adds up the
// shards.
//
//   inline constexpr MetricInfo kRequests{.name = "junctor_requests_total", .help = "…",
//                                         .kind = MetricKind::counter, .labels = {"upstream"},
//                                         .series_max = 1000};
//   static_assert(is_well_formed(kRequests));
//
// Source:  OpenMetrics 1.0 (names, units, counters end in _total), OpenTelemetry semantic
//          conventions (bucket bounds, "_OTHER").
// Limits:  kMetricLabelsMax labels, kMetricBucketsMax bounds, `series_max` series a metric and
//          shard; the next one shares the series whose label values are all "_OTHER", and is
//          counted.
// Errors:  none. Two declarations of one name with different kinds or labels are a bug.
// Threads: counter(), gauge(), histogram() and snapshot() take a mutex and may be called from any
//          thread; a cell is written by one thread at a time and read by all.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"

namespace junctor {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

inline constexpr std::size_t kMetricLabelsMax = 4;
inline constexpr std::size_t kMetricBucketsMax = 16;
inline constexpr std::uint32_t kMetricSeriesMax = 2000;
inline constexpr std::string_view kMetricOther = "_OTHER";

// Upper bounds in seconds, as the conventions advise them for HTTP and for MCP.
inline constexpr std::array kHttpDurationBounds{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                                0.5,   0.75, 1.0,   2.5,  5.0,   7.5, 10.0};
inline constexpr std::array kMcpDurationBounds{0.01, 0.02, 0.05, 0.1,  0.2,  0.5,   1.0,
                                               2.0,  5.0,  10.0, 30.0, 60.0, 120.0, 300.0};
static_assert(kHttpDurationBounds.size() <= kMetricBucketsMax);
static_assert(kMcpDurationBounds.size() <= kMetricBucketsMax);

// What the exporter makes of the cells of all shards. A gauge that says yes or no is not added up.
enum class MetricMerge : std::uint8_t { sum, max };

struct MetricInfo {
  std::string_view name;       // As exposed: junctor_<noun>_<unit>; a counter ends in _total.
  std::string_view unit = {};  // "seconds", "bytes" or nothing for plain counts; part of the name.
  std::string_view help;       // One sentence: what is counted.
  MetricKind kind = MetricKind::counter;
  MetricMerge merge = MetricMerge::sum;
  std::array<std::string_view, kMetricLabelsMax> labels = {};  // Unused ones are empty and last.
  std::span<const double> bounds = {};  // Histograms: ascending upper bounds; +Inf is implied.
  std::uint32_t series_max = kMetricSeriesMax;

  [[nodiscard]] constexpr std::size_t label_count() const noexcept {
    return static_cast<std::size_t>(std::ranges::find(labels, std::string_view{}) - labels.begin());
  }
};

[[nodiscard]] constexpr bool is_well_formed(const MetricInfo& info) {
  const bool counts = info.kind == MetricKind::counter;
  std::string_view stem = info.name;
  if (stem.ends_with("_total")) stem.remove_suffix(6);
  const auto good_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  const auto rest = std::span{info.labels}.subspan(info.label_count());
  return info.name.starts_with("junctor_") && std::ranges::all_of(info.name, good_name) &&
         counts == info.name.ends_with("_total") && stem.ends_with(info.unit) &&
         info.help.ends_with('.') && info.series_max > 0 &&
         std::ranges::all_of(rest, [](std::string_view label) { return label.empty(); }) &&
         (info.kind == MetricKind::histogram) == !info.bounds.empty() &&
         (info.kind == MetricKind::gauge || info.merge == MetricMerge::sum) &&
         info.bounds.size() <= kMetricBucketsMax &&
         std::ranges::is_sorted(info.bounds, std::ranges::less_equal{});
}

class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount = 1) noexcept { set(value() + amount); }
  void sub(std::int64_t amount = 1) noexcept { set(value() - amount); }
  [[nodiscard]] std::int64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds) noexcept : bounds_{bounds} {
    JUNCTOR_ASSERT(bounds.size() <= kMetricBucketsMax);
  }
  // In the metric's unit. A value on a bound belongs to the bucket it closes; NaN is counted above
  // all.
  void observe(double value) noexcept;
  // For metrics in seconds.
  void observe(std::chrono::nanoseconds duration) noexcept {
    observe(std::chrono::duration<double>(duration).count());
  }
  [[nodiscard]] std::span<const double> bounds() const noexcept { return bounds_; }
  // How many fell into bucket `index` alone; index bounds().size() is everything above.
  [[nodiscard]] std::uint64_t in_bucket(std::size_t index) const noexcept {
    JUNCTOR_ASSERT(index <= bounds_.size());
    return buckets_[index].load(std::memory_order_relaxed);
  }
  [[nodiscard]] double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

 private:
  std::span<const double> bounds_;
  std::array<std::atomic<std::uint64_t>, kMetricBucketsMax + 1> buckets_{};
  std::atomic<double> sum_{0};
};
static_assert(std::atomic<double>::is_always_lock_free);

// One series, added up over the shards.
struct MetricSample {
  std::vector<std::string> label_values;  // As many as the metric has labels, in their order.
  std::int64_t value = 0;                 // Counters and gauges.
  std::vector<std::uint64_t> buckets;  // Histograms: each alone, not cumulative; the last is +Inf.
  std::uint64_t count = 0;             // Histograms: the sum of buckets.
  double sum = 0;                      // Histograms.
};

struct MetricFamily {
  const MetricInfo* info = nullptr;
  std::vector<MetricSample> samples;  // Sorted by label values.
};

// The cells of one shard.
class Metrics {
 public:
  using LabelValues = std::initializer_list<std::string_view>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The cell of a series, made on first sight. `info` is a constant (static storage); one value per
  // label, and values from configured names only: what comes from outside is kMetricOther.
  [[nodiscard]] Counter& counter(const MetricInfo& info, LabelValues values = {});
  [[nodiscard]] Gauge& gauge(const MetricInfo& info, LabelValues values = {});
  [[nodiscard]] Histogram& histogram(const MetricInfo& info, LabelValues values = {});

  // Series that were refused a cell of their own.
  [[nodiscard]] std::uint64_t series_refused() const;

 private:
  friend std::vector<MetricFamily> snapshot(std::span<Metrics* const> shards);
  struct Family;
  struct Series;
  Series& series(const MetricInfo& info, MetricKind kind, LabelValues values);

  mutable std::mutex mutex_;  // Guards the maps, not the cells.
  std::map<std::string_view, std::unique_ptr<Family>, std::less<>> families_;
  std::uint64_t series_refused_ = 0;
};

// Families by name, each with its series added up over `shards`.
[[nodiscard]] std::vector<MetricFamily> snapshot(std::span<Metrics* const> shards);

}  // namespace junctor
