#pragma once
// Timers: a coarse hashed wheel, looked at once per round of the loop; never a kernel timer per
// request.
//
// A Timer is a member of what waits. Moving its deadline later, or disarming it, only writes a
// number: the wheel finds out when the old slot comes up. So a deadline per request costs a store.
// A timer fires at its deadline or up to one tick (8 ms) late, never early.
//
// Threads: one shard.

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/time.h"

namespace junctor::rt {

class TimerWheel;

class Timer {
 public:
  Timer() = default;
  virtual ~Timer() { unlink(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(TimerWheel& wheel, Time deadline) noexcept;
  void disarm() noexcept { deadline_ = kNever; }
  [[nodiscard]] bool armed() const noexcept { return deadline_ != kNever; }
  [[nodiscard]] Time deadline() const noexcept { return deadline_; }

 protected:
  // Called by the wheel, disarmed before. May arm, disarm or destroy any timer, this one too.
  virtual void on_timer() noexcept = 0;

 private:
  friend class TimerWheel;
  void unlink() noexcept;

  Timer* previous_ = nullptr;  // Linked into a slot's ring, or both null.
  Timer* next_ = nullptr;
  Time deadline_ = kNever;
  std::uint64_t slot_tick_ = 0;  // The tick in whose slot it is linked.
};

class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds{8};
  static constexpr std::size_t kSlots = 1024;  // One turn is 8.2 s.

  explicit TimerWheel(Time start) noexcept;
  ~TimerWheel();

  // Fires what is due. Call it once per round.
  void advance(Time now) noexcept;
  // When advance() has to be called next; kNever when nothing is linked. It may come early: a
  // slot's timers can be of a later turn.
  [[nodiscard]] Time next_wake() const noexcept;

 private:
  friend class Timer;
  struct Slot final : Timer {
    void on_timer() noexcept override {}
  };
  [[nodiscard]] static std::uint64_t tick_of(Time time) noexcept;
  void link(Timer& timer) noexcept;
  void turn_slot(std::uint64_t tick, Time now) noexcept;

  std::array<Slot, kSlots> slots_;
  std::array<std::uint64_t, kSlots / 64> occupied_{};
  std::uint64_t tick_;  // The last tick that was turned.
};

}  // namespace junctor::rt
