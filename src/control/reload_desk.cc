#include "control/reload_desk.h"

#include <utility>

#include "base/text.h"

namespace junctor::control {
namespace {

void append_list(std::string& json, std::string_view key, const std::vector<std::string>& texts) {
  json.append(",\"").append(key).append("\":[");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) json += ',';
    append_json_string(json, texts[i]);
  }
  json += ']';
}

}  // namespace

std::string_view outcome_name(ReloadOutcome outcome) noexcept {
  switch (outcome) {
    case ReloadOutcome::none: return "none";
    case ReloadOutcome::applied: return "applied";
    case ReloadOutcome::unchanged: return "unchanged";
    case ReloadOutcome::refused: return "refused";
  }
  std::unreachable();
}

// Woken without the lock: who is woken may ask at once.
std::uint64_t ReloadDesk::ask() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = ++asked_;
  }
  wake_();
  return number;
}

std::optional<ReloadReport> ReloadDesk::answer(std::uint64_t number) const {
  const std::lock_guard lock{mutex_};
  if (answered_ < number) return std::nullopt;
  return last_;
}

ReloadReport ReloadDesk::last() const {
  const std::lock_guard lock{mutex_};
  return last_;
}

std::uint64_t ReloadDesk::count(ReloadOutcome outcome) const {
  const std::lock_guard lock{mutex_};
  return counts_.at(static_cast<std::size_t>(outcome));
}

bool ReloadDesk::take() {
  const std::lock_guard lock{mutex_};
  return std::exchange(taken_, asked_) != asked_;
}

void ReloadDesk::report(ReloadReport report) {
  const std::lock_guard lock{mutex_};
  ++counts_.at(static_cast<std::size_t>(report.outcome));
  last_ = std::move(report);
  answered_ = taken_;
}

std::string to_json(const ReloadReport& report) {
  std::string json = R"({"outcome":)";
  append_json_string(json, outcome_name(report.outcome));
  json += R"(,"generation":)" + std::to_string(report.generation);
  json += R"(,"at":)";
  append_json_string(json, report.at);
  append_list(json, "changes", report.changes);
  append_list(json, "needsRestart", report.needs_restart);
  append_list(json, "problems", report.problems);
  return json + "}";
}

}  // namespace junctor::control
