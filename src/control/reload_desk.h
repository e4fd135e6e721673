#pragma once
// ReloadDesk: where a reload is asked for, and where it is told how it went.
//
// Whoever asks is given a number; the thread that reloads takes all wishes at once, and each number
// up to the last one it took is answered by its report. The invariant is that a report is whole:
// readers get a copy of the last one.
//
// Limits:  none of its own; what a report may hold is bounded by the configuration.
// Threads: safe from all.

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::control {

enum class ReloadOutcome : std::uint8_t { none, applied, unchanged, refused };
inline constexpr std::size_t kReloadOutcomeCount = 4;
[[nodiscard]] std::string_view outcome_name(ReloadOutcome outcome) noexcept;

struct ReloadReport {
  ReloadOutcome outcome = ReloadOutcome::none;
  std::uint64_t generation = 1;                 // That runs; counted from the start.
  std::string at = {};                          // When, as the log writes it.
  std::vector<std::string> changes = {};        // Sentences: what is new, gone or other.
  std::vector<std::string> needs_restart = {};  // Settings that keep their old value until then.
  std::vector<std::string> problems = {};       // Why it was refused.
};

class ReloadDesk {
 public:
  // `wake` is called when somebody asks, on any thread.
  explicit ReloadDesk(std::function<void()> wake) : wake_{std::move(wake)} {}

  [[nodiscard]] std::uint64_t ask();
  // The report that answers the wish of that number; nothing while it is not there.
  [[nodiscard]] std::optional<ReloadReport> answer(std::uint64_t number) const;
  [[nodiscard]] ReloadReport last() const;
  [[nodiscard]] std::uint64_t count(ReloadOutcome outcome) const;

  // Of the thread that reloads: whether somebody has asked since the last time. What it reports
  // next answers them.
  [[nodiscard]] bool take();
  void report(ReloadReport report);

 private:
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::uint64_t asked_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t answered_ = 0;
  ReloadReport last_;
  std::array<std::uint64_t, kReloadOutcomeCount> counts_{};
};

// As an object of JSON.
[[nodiscard]] std::string to_json(const ReloadReport& report);

}  // namespace junctor::control
