#pragma once
// Logging, the side that writes records: a Logger encodes a record into the ring of its shard, at
// once.
//
// A call never blocks, never allocates and never formats; the one thread of LogWriter
// (base/log_writer.h) does that later. When the ring is full the record is dropped and counted: a
// slow log never slows a request. Nothing secret and no bodies: a field takes names, numbers and
// ids, and a Secret as "***".
//
//   log.warn("upstream_lost", "the upstream closed the connection", {{"upstream", name.view()}});
//
// `event` is a stable word for machines, `message` a sentence for people. Keys are written beside
// "ts", "severity", "component", "event" and "message", and must not be one of these.
//
// Limits:  kLogFieldsMax fields; longer texts are cut at kLogMessageBytesMax and kLogValueBytesMax.
// Errors:  none; a dropped record is counted, and reported by the writer.
// Threads: a LogRing has one producer (its shard) and one consumer (the writer). set_level() and
//          dropped() may be called from any thread.

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/trace.h"
#include "base/units.h"

namespace junctor {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

inline constexpr std::size_t kLogRingBytes = 256_KiB;
inline constexpr std::size_t kLogFieldsMax = 12;
inline constexpr std::size_t kLogMessageBytesMax = 8_KiB;
inline constexpr std::size_t kLogValueBytesMax = 1_KiB;
inline constexpr std::size_t kLogNameBytesMax = 64;  // Component, event and keys.

[[nodiscard]] std::string_view log_level_name(LogLevel level) noexcept;  // "debug", …
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

// A key of static storage and a value that lives until the call returns.
class LogField {
 public:
  // A RequestId travels as a number that is shown in hex: its digits need no place in the producer.
  enum class Kind : std::uint8_t { text, hex, boolean, signed_integer, unsigned_integer, real };

  LogField() = default;
  template <class T>
    requires std::convertible_to<T, std::string_view>
  LogField(std::string_view key, const T& value) : key{key}, kind{Kind::text}, text{value} {}
  LogField(std::string_view key, const Secret&) : key{key}, kind{Kind::text}, text{"***"} {}
  LogField(std::string_view key, std::same_as<bool> auto value)
      : key{key}, kind{Kind::boolean}, number{value ? 1U : 0U} {}
  template <std::signed_integral T>
  LogField(std::string_view key, T value)
      : key{key}, kind{Kind::signed_integer}, number{static_cast<std::uint64_t>(value)} {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  LogField(std::string_view key, T value) : key{key}, kind{Kind::unsigned_integer}, number{value} {}
  LogField(std::string_view key, double value) : key{key}, kind{Kind::real}, real{value} {}
  LogField(std::string_view key, RequestId id) : key{key}, kind{Kind::hex}, number{id.value()} {}
  template <std::size_t Chars>
  LogField(std::string_view key, const TraceDigits<Chars>& id) : LogField{key, id.view()} {}

  std::string_view key;
  Kind kind = Kind::text;
  std::string_view text;
  std::uint64_t number = 0;  // Integers (two's complement), booleans, and what is shown in hex.
  double real = 0;
};

// A record as the consumer sees it; the views live until the next pop() of the same ring.
struct LogRecord {
  WallTime time;
  LogLevel level = LogLevel::info;
  std::string_view component;
  std::string_view event;
  std::string_view message;
  std::vector<LogField> fields;
};

// Bytes of records between one producer and one consumer.
class LogRing {
 public:
  // `capacity_bytes` is a power of two; memory is touched as it is used. `now` tells the time of a
  // record; `wake_fd` is an eventfd written when the ring was empty, or -1 when the consumer polls
  // by itself.
  LogRing(std::size_t capacity_bytes, std::function<WallTime()> now, int wake_fd = -1);
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  // Producer. Copies everything; false when there was no room.
  bool push(LogLevel level, std::string_view component, std::string_view event,
            std::string_view message, std::span<const LogField> fields);
  // Consumer. False when empty.
  [[nodiscard]] bool pop(LogRecord& record);

  [[nodiscard]] LogLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

 private:
  class Sink;
  void publish(std::uint64_t old_tail, std::uint64_t new_tail) noexcept;
  void copy_out(std::uint64_t from, std::span<char> out) const noexcept;

  const std::size_t capacity_bytes_;
  const std::function<WallTime()> now_;
  const int wake_fd_;
  const std::unique_ptr<char[]> bytes_;
  std::string scratch_;  // The consumer's copy of the record last popped.
  std::atomic<LogLevel> level_{LogLevel::info};
  // Positions since the start, on lines of their own: each is written by one side only.
  alignas(64) std::atomic<std::uint64_t> tail_{0};  // Producer.
  std::atomic<std::uint64_t> dropped_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};  // Consumer.
};

// What a room holds to write records: cheap to copy. A default one writes nothing.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;

  Logger() = default;
  // `component` is of static storage: the room's name.
  Logger(LogRing& ring, std::string_view component) noexcept
      : ring_{&ring}, component_{component} {}
  // The same ring under another component's name.
  [[nodiscard]] Logger with(std::string_view component) const noexcept;

  // Ask before computing what only the log wants.
  [[nodiscard]] bool enabled(LogLevel level) const noexcept {
    return ring_ != nullptr && level >= ring_->level();
  }
  void write(LogLevel level, std::string_view event, std::string_view message,
             std::span<const LogField> fields) const {
    if (enabled(level)) ring_->push(level, component_, event, message, fields);
  }
  void debug(std::string_view event, std::string_view message, Fields fields = {}) const {
    write(LogLevel::debug, event, message, {fields.begin(), fields.size()});
  }
  void info(std::string_view event, std::string_view message, Fields fields = {}) const {
    write(LogLevel::info, event, message, {fields.begin(), fields.size()});
  }
  void warn(std::string_view event, std::string_view message, Fields fields = {}) const {
    write(LogLevel::warn, event, message, {fields.begin(), fields.size()});
  }
  void error(std::string_view event, std::string_view message, Fields fields = {}) const {
    write(LogLevel::error, event, message, {fields.begin(), fields.size()});
  }

 private:
  LogRing* ring_ = nullptr;
  std::string_view component_;
};

}  // namespace junctor
