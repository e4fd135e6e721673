#pragma once
// Machine: what a function of CEL may use while it runs: memory, an account of cost, errors.
//
// Cost is counted in steps: one for each expression that is evaluated, and one for about every 32
// bytes or each element that a function looks at. Invariant: once stopped (cost or memory is used
// up) it stays so, and the evaluation ends with that error, which no && or || absorbs.
//
// Source:  CEL language definition, "Performance", "Runtime Errors".
// Limits:  cost_max of the evaluation; the arena's bytes_max.
// Errors:  values of Kind::error; see Fault.
// Threads: one owner.

#include <cstdint>
#include <span>
#include <string_view>

#include "lang/cel/arena.h"
#include "lang/cel/pattern.h"
#include "lang/cel/time_zones.h"
#include "lang/cel/value.h"

namespace junctor::lang::cel {

class Machine {
 public:
  static constexpr std::uint64_t kBytesPerStep = 32;

  Machine(Arena& arena, PatternCache& patterns, const TimeZones* zones,
          std::uint64_t cost_max) noexcept
      : arena_{arena}, patterns_{patterns}, zones_{zones}, left_{cost_max}, cost_max_{cost_max} {}

  // False when the cost is used up: return stopped() then.
  [[nodiscard]] bool charge(std::uint64_t steps = 1) noexcept {
    if (steps > left_) [[unlikely]] {
      stop(Fault::cost_exceeded);
      return false;
    }
    left_ -= steps;
    return true;
  }
  [[nodiscard]] bool charge_bytes(std::size_t bytes) noexcept {
    return charge(bytes / kBytesPerStep);
  }
  // For finding one text in another: what almost matches again and again takes longest.
  [[nodiscard]] bool charge_search(std::string_view text, std::string_view wanted) noexcept {
    return charge((text.size() + wanted.size()) / (kBytesPerStep / 4));
  }
  // For walking all elements or members of a container once.
  [[nodiscard]] bool charge_walk(const Value& container) noexcept;
  // For sorting every `stride`th of them.
  [[nodiscard]] bool charge_sort(std::span<const Value> values, std::size_t stride = 1) noexcept;
  [[nodiscard]] std::uint64_t cost() const noexcept { return cost_max_ - left_; }

  [[nodiscard]] bool is_stopped() const noexcept { return stopped_ != Fault::none; }
  void stop(Fault fault) noexcept {
    if (!is_stopped()) stopped_ = fault;
    left_ = 0;
  }
  [[nodiscard]] Value stopped() const noexcept { return Value::error(stopped_, {}); }

  // `text` lives as long as the value: a literal, or text of a value.
  [[nodiscard]] static Value fail(Fault fault, std::string_view text) noexcept {
    return Value::error(fault, text);
  }
  // A sentence that was made for this failure: it is copied.
  [[nodiscard]] Value fail_with(Fault fault, std::string_view text);

  // Null when the memory is used up: return stopped() then.
  template <class T>
  [[nodiscard]] T* allocate(std::size_t count) {
    T* const made = arena_.allocate_array<T>(count);
    if (made == nullptr) [[unlikely]]
      stop(Fault::memory_exceeded);
    return made;
  }
  [[nodiscard]] Value copy_string(std::string_view text);
  [[nodiscard]] Value copy_bytes(std::string_view bytes);
  [[nodiscard]] Value some(const Value& held);
  // Of these entries, which must live in the arena. A repeated key is an error.
  [[nodiscard]] Value map_of(std::span<const MapEntry> entries);
  // Charged by what it looks at; false when that is too much.
  [[nodiscard]] bool equal(const Value& a, const Value& b) noexcept {
    if (!is_equal(a, b, left_)) {
      if (left_ == 0) stop(Fault::cost_exceeded);
      return false;
    }
    return true;
  }

  [[nodiscard]] Arena& arena() noexcept { return arena_; }
  [[nodiscard]] PatternCache& patterns() noexcept { return patterns_; }
  [[nodiscard]] const TimeZones* zones() const noexcept { return zones_; }

 private:
  Arena& arena_;
  PatternCache& patterns_;
  const TimeZones* zones_;
  std::uint64_t left_;
  std::uint64_t cost_max_;
  Fault stopped_ = Fault::none;
};

// The arguments of a call, of the kinds that its overload declares, and what the host gave with the
// function.
struct Arguments {
  std::span<const Value> values;
  const void* context = nullptr;

  const Value& operator[](std::size_t index) const noexcept { return values[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return values.size(); }
};

using Implementation = Value (*)(Machine&, Arguments);

}  // namespace junctor::lang::cel
