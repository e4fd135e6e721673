#include "control/exposition.h"

#include <cmath>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/text.h"

namespace junctor::control {
namespace {

enum class Escape : std::uint8_t { help, label };

// Both dialects escape \ and line ends; quotes in label values, and in the help of OpenMetrics.
void append_escaped(std::string& out, std::string_view text, Escape escape, Dialect dialect) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && (escape == Escape::label || dialect == Dialect::openmetrics)) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

// The words of both dialects.
std::string_view type_name(MetricKind kind) noexcept {
  switch (kind) {
    case MetricKind::counter: return "counter";
    case MetricKind::gauge: return "gauge";
    case MetricKind::histogram: return "histogram";
  }
  std::unreachable();
}

void append_label(std::string& labels, std::string_view name, std::string_view value,
                  Dialect dialect) {
  if (!labels.empty()) labels += ',';
  labels.append(name).append("=\"");
  append_escaped(labels, value, Escape::label, dialect);
  labels += '"';
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // Whole numbers stay readable; 2^53 is where a double stops holding all of them.
  if (value == std::floor(value) && std::abs(value) < 9007199254740992.0) {
    return fmt::format("{:.0f}", value);
  }
  return fmt::format("{}", value);
}

// A bound is a float: "1.0", so that both dialects give one series for it.
std::string bound_text(double bound) {
  std::string text = fmt::format("{}", bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// The weight that `accept` gives a media type, in thousandths; -1 when it does not name it.
int weight_of(std::string_view accept, std::string_view type) {
  while (!accept.empty()) {
    const std::size_t comma = accept.find(',');
    std::string_view entry = accept.substr(0, comma);
    accept = comma == std::string_view::npos ? std::string_view{} : accept.substr(comma + 1);
    const std::size_t semicolon = entry.find(';');
    if (!equals_ignoring_case(trim(entry.substr(0, semicolon)), type)) continue;
    int weight = 1000;
    bool is_known_version = true;
    while (entry.find(';') != std::string_view::npos) {
      entry.remove_prefix(entry.find(';') + 1);
      const std::string_view parameter = trim(entry.substr(0, entry.find(';')));
      if (parameter.starts_with("version=")) is_known_version = parameter == "version=1.0.0";
      if (parameter == "q=0" || parameter.starts_with("q=0.")) {
        std::string digits{parameter.substr(std::min<std::size_t>(4, parameter.size()))};
        digits.resize(3, '0');
        weight = static_cast<int>(parse_unsigned(digits).value_or(0));
      }
    }
    if (is_known_version) return weight;
  }
  return -1;
}

}  // namespace

Dialect choose_dialect(std::string_view accept) {
  const int wanted = weight_of(accept, "application/openmetrics-text");
  const int plain = weight_of(accept, "text/plain");
  return wanted > 0 && wanted >= plain ? Dialect::openmetrics : Dialect::classic;
}

// The version is what a reader chooses its parser by.
std::string_view content_type(Dialect dialect) noexcept {
  return dialect == Dialect::openmetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

// OpenMetrics names a counter without its "_total", which only the sample has.
void Exposition::begin(const Head& head) {
  std::string_view family = head.name;
  JUNCTOR_ASSERT((head.kind == MetricKind::counter) == family.ends_with("_total"));
  if (dialect_ == Dialect::openmetrics && head.kind == MetricKind::counter) family.remove_suffix(6);
  out_.append("# HELP ").append(family).append(" ");
  append_escaped(out_, head.help, Escape::help, dialect_);
  out_.append("\n# TYPE ").append(family).append(" ").append(type_name(head.kind)).append("\n");
  if (dialect_ == Dialect::openmetrics && !head.unit.empty()) {
    JUNCTOR_ASSERT(family.ends_with(head.unit));
    out_.append("# UNIT ").append(family).append(" ").append(head.unit).append("\n");
  }
}

void Exposition::sample_name(std::string_view name, std::string_view suffix,
                             const std::string& labels) {
  out_.append(name).append(suffix);
  if (!labels.empty()) out_.append("{").append(labels).append("}");
  out_ += ' ';
}

void Exposition::single(const Head& head, double value, Labels labels) {
  begin(head);
  std::string text;
  for (const auto& [name, label] : labels) append_label(text, name, label, dialect_);
  sample_name(head.name, "", text);
  out_.append(number(value)).append("\n");
}

void Exposition::families(std::span<const MetricFamily> families) {
  for (const MetricFamily& each : families) family(each);
}

// Samples of one family stand together; the format demands it.
void Exposition::family(const MetricFamily& family) {
  JUNCTOR_ASSERT(family.info != nullptr);
  const MetricInfo& info = *family.info;
  begin({.name = info.name, .unit = info.unit, .help = info.help, .kind = info.kind});
  for (const MetricSample& sample : family.samples) {
    JUNCTOR_ASSERT(sample.label_values.size() == info.label_count());
    if (info.kind == MetricKind::histogram) {
      histogram(info, sample);
      continue;
    }
    std::string labels;
    for (std::size_t i = 0; i < sample.label_values.size(); ++i) {
      append_label(labels, info.labels[i], sample.label_values[i], dialect_);
    }
    sample_name(info.name, "", labels);
    out_.append(std::to_string(sample.value)).append("\n");
  }
}

// Cells count each bucket for itself, which is one store; readers want them cumulative, so the sum
// is made here.
void Exposition::histogram(const MetricInfo& info, const MetricSample& sample) {
  JUNCTOR_ASSERT(sample.buckets.size() == info.bounds.size() + 1);
  std::string labels;
  for (std::size_t i = 0; i < sample.label_values.size(); ++i) {
    append_label(labels, info.labels[i], sample.label_values[i], dialect_);
  }
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
    cumulative += sample.buckets[i];
    std::string with_bound = labels;
    const bool is_last = i == info.bounds.size();
    append_label(with_bound, "le", is_last ? "+Inf" : bound_text(info.bounds[i]), dialect_);
    sample_name(info.name, "_bucket", with_bound);
    out_.append(std::to_string(cumulative)).append("\n");
  }
  sample_name(info.name, "_sum", labels);
  out_.append(number(sample.sum)).append("\n");
  sample_name(info.name, "_count", labels);
  out_.append(std::to_string(cumulative)).append("\n");
}

std::string Exposition::take() && {
  if (dialect_ == Dialect::openmetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace junctor::control
