#pragma once
// Exposition: metric families as the text that a scraper reads, in its two dialects.
//
// The dialects differ where it hurts: OpenMetrics names a counter's family without `_total`, has a
// UNIT line, writes bounds as floats and ends in `# EOF`. Families are written whole, one after the
// other, so that the samples of one are never mixed with those of another, as both dialects demand.
//
// Source:  OpenMetrics 1.0.0 sections 4 and 5; the Prometheus text format 0.0.4.
// Limits:  none of its own; series are bounded where they are made (base/metrics.h).
// Threads: one owner at a time.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/metrics.h"

namespace junctor::control {

enum class Dialect : std::uint8_t { classic, openmetrics };

// OpenMetrics when `accept` asks for it in version 1.0.0 or without one, with a weight that is not
// below that of plain text.
[[nodiscard]] Dialect choose_dialect(std::string_view accept);
[[nodiscard]] std::string_view content_type(Dialect dialect) noexcept;

class Exposition {
 public:
  struct Head {
    std::string_view name;  // A counter's with `_total`.
    std::string_view unit = {};
    std::string_view help;
    MetricKind kind = MetricKind::gauge;
  };
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Exposition(Dialect dialect) noexcept : dialect_{dialect} {}

  // A family of one sample.
  void single(const Head& head, double value, Labels labels = {});
  void families(std::span<const MetricFamily> families);
  // Nothing is added afterwards.
  [[nodiscard]] std::string take() &&;

 private:
  void begin(const Head& head);
  void family(const MetricFamily& family);
  void histogram(const MetricInfo& info, const MetricSample& sample);
  void sample_name(std::string_view name, std::string_view suffix, const std::string& labels);

  Dialect dialect_;
  std::string out_;
};

}  // namespace junctor::control
