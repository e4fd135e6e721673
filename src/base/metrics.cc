#include "base/metrics.h"

#include <optional>

namespace junctor {

// What a series keeps; one of the three, by the kind of its family. Counter and gauge are so small
// that a variant would save nothing. It never moves, for rooms keep references to its cells.
struct Metrics::Series {
  std::vector<std::string> label_values;
  std::optional<Histogram> histogram;
  Counter counter;
  Gauge gauge;
};

// Ordered maps: lookups are rare, and snapshots come out sorted.
struct Metrics::Family {
  const MetricInfo* info;
  std::map<std::vector<std::string>, std::unique_ptr<Series>> series;
};

namespace {

// What all refused series of a family share.
std::vector<std::string> all_other(const MetricInfo& info) {
  return std::vector<std::string>(info.label_count(), std::string{kMetricOther});
}

void add_histogram(MetricSample& sample, const Histogram& histogram) {
  sample.buckets.resize(histogram.bounds().size() + 1);
  for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
    const std::uint64_t count = histogram.in_bucket(i);  // Read once: count is their sum for sure.
    sample.buckets[i] += count;
    sample.count += count;
  }
  sample.sum += histogram.sum();
}

}  // namespace

// A walk over at most 16 bounds: branches that predict well beat a search at this size.
void Histogram::observe(double value) noexcept {
  // NaN is not >= anything, so the comparison is turned to find the end for it.
  std::size_t index = 0;
  while (index < bounds_.size() && !(value <= bounds_[index])) ++index;
  auto& bucket = buckets_[index];
  bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  sum_.store(sum() + value, std::memory_order_relaxed);
}

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Series& Metrics::series(const MetricInfo& info, MetricKind kind, LabelValues values) {
  JUNCTOR_ASSERT(info.kind == kind);
  JUNCTOR_ASSERT(values.size() == info.label_count());
  const std::lock_guard lock{mutex_};
  // Looked up by name, so that two declarations of one name meet here and the assertion tells.
  auto& family = families_[info.name];
  if (family == nullptr) family = std::make_unique<Family>(Family{.info = &info, .series = {}});
  JUNCTOR_ASSERT(family->info->kind == kind && family->info->labels == info.labels);

  std::vector<std::string> key{values.begin(), values.end()};
  if (const auto found = family->series.find(key); found != family->series.end()) {
    return *found->second;
  }
  // The place of "_OTHER" is kept free for the moment it is needed, beyond series_max.
  const auto other = all_other(info);
  const std::size_t own = family->series.size() - family->series.count(other);
  if (own >= info.series_max && key != other) {
    ++series_refused_;
    key = other;
  }
  auto& made = family->series[key];
  if (made == nullptr) {
    made = std::make_unique<Series>();
    made->label_values = std::move(key);
    if (kind == MetricKind::histogram) made->histogram.emplace(info.bounds);
  }
  return *made;
}

Counter& Metrics::counter(const MetricInfo& info, LabelValues values) {
  return series(info, MetricKind::counter, values).counter;
}

Gauge& Metrics::gauge(const MetricInfo& info, LabelValues values) {
  return series(info, MetricKind::gauge, values).gauge;
}

Histogram& Metrics::histogram(const MetricInfo& info, LabelValues values) {
  auto& histogram = series(info, MetricKind::histogram, values).histogram;
  JUNCTOR_ASSERT(histogram.has_value());  // series() makes one for this kind.
  return histogram.value();
}

std::uint64_t Metrics::series_refused() const {
  const std::lock_guard lock{mutex_};
  return series_refused_;
}

std::vector<MetricFamily> snapshot(std::span<Metrics* const> shards) {
  struct Merged {
    const MetricInfo* info = nullptr;
    std::map<std::vector<std::string>, MetricSample> samples;
  };
  std::map<std::string_view, Merged> merged;
  // Merged by name, not by address: shared libraries may hold a declaration twice.
  for (const Metrics* shard : shards) {
    // Against new series alone; the shard goes on counting while we read.
    const std::lock_guard lock{shard->mutex_};
    for (const auto& [name, family] : shard->families_) {
      Merged& target = merged[name];
      target.info = family->info;
      for (const auto& [labels, series] : family->series) {
        MetricSample& sample = target.samples[labels];
        sample.label_values = labels;
        // The one of the two that the kind does not use is zero.
        const auto value =
            static_cast<std::int64_t>(series->counter.value()) + series->gauge.value();
        sample.value = family->info->merge == MetricMerge::sum ? sample.value + value
                                                               : std::max(sample.value, value);
        const auto& histogram = series->histogram;
        if (histogram.has_value()) add_histogram(sample, *histogram);
      }
    }
  }
  std::vector<MetricFamily> families;
  for (auto& [name, one] : merged) {
    MetricFamily& family = families.emplace_back(MetricFamily{.info = one.info, .samples = {}});
    for (auto& [labels, sample] : one.samples) family.samples.push_back(std::move(sample));
  }
  return families;
}

}  // namespace junctor
