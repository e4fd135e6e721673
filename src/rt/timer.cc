#include "rt/timer.h"

#include <algorithm>
#include <bit>

namespace junctor::rt {

// The common case by far is a deadline that moves later: the timer stays in the slot where it is,
// and the wheel moves it on when that slot comes up.
void Timer::arm(TimerWheel& wheel, Time deadline) noexcept {
  deadline_ = deadline;
  if (deadline == kNever) return;
  if (next_ != nullptr && slot_tick_ <= TimerWheel::tick_of(deadline)) return;  // Found in time.
  unlink();
  wheel.link(*this);
}

void Timer::unlink() noexcept {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

// Rings with a head need no branch for the first and the last timer.
TimerWheel::TimerWheel(Time start) noexcept
    : tick_{static_cast<std::uint64_t>(start.time_since_epoch() / kTick)} {
  for (Slot& slot : slots_) slot.previous_ = slot.next_ = &slot;
}

TimerWheel::~TimerWheel() {
  for (Slot& slot : slots_) {
    JUNCTOR_ASSERT(slot.next_ == &slot);  // Timers end before their wheel.
    slot.previous_ = slot.next_ = nullptr;
  }
}

// Rounded up, so that a slot that comes up is due.
std::uint64_t TimerWheel::tick_of(Time time) noexcept {
  const auto since = time.time_since_epoch();
  const bool inside = since % kTick > Duration{0};
  return static_cast<std::uint64_t>(since / kTick) + (inside ? 1 : 0);
}

// A deadline in the past goes to the next slot, so that what is armed within advance() waits for
// the next round.
void TimerWheel::link(Timer& timer) noexcept {
  JUNCTOR_ASSERT(timer.next_ == nullptr);
  timer.slot_tick_ = std::max(tick_of(timer.deadline_), tick_ + 1);
  const std::size_t index = timer.slot_tick_ % kSlots;
  Slot& slot = slots_[index];
  timer.previous_ = slot.previous_;
  timer.next_ = &slot;
  slot.previous_->next_ = &timer;
  slot.previous_ = &timer;
  occupied_[index / 64] |= std::uint64_t{1} << (index % 64);
}

void TimerWheel::turn_slot(std::uint64_t tick, Time now) noexcept {
  const std::size_t index = tick % kSlots;
  const std::uint64_t bit = std::uint64_t{1} << (index % 64);
  if ((occupied_[index / 64] & bit) == 0) return;
  // The ring is moved to a head of its own, since what fires may link into this very slot.
  Slot due;
  Slot& slot = slots_[index];
  if (slot.next_ != &slot) {
    due.next_ = slot.next_;
    due.previous_ = slot.previous_;
    due.next_->previous_ = due.previous_->next_ = &due;
    slot.previous_ = slot.next_ = &slot;
  } else {
    due.previous_ = due.next_ = &due;
  }
  occupied_[index / 64] &= ~bit;
  while (due.next_ != &due) {
    Timer& timer = *due.next_;
    timer.unlink();
    if (timer.deadline_ == kNever) continue;
    if (timer.deadline_ > now) {
      link(timer);
      continue;
    }
    timer.deadline_ = kNever;
    timer.on_timer();
  }
  due.previous_ = due.next_ = nullptr;
}

// Set before any slot is turned: what fires may arm timers, and those count from now.
void TimerWheel::advance(Time now) noexcept {
  const auto target = static_cast<std::uint64_t>(now.time_since_epoch() / kTick);
  if (target <= tick_) return;
  // After a long sleep one turn sees every slot.
  std::uint64_t tick = std::max(tick_ + 1, target >= kSlots ? target - kSlots + 1 : 0);
  tick_ = target;
  for (; tick <= target; ++tick) turn_slot(tick, now);
}

// Looks for the first bit behind the current slot, around the ring: at most 17 words. The first
// word is seen twice, once for each of its parts.
Time TimerWheel::next_wake() const noexcept {
  constexpr std::size_t kWords = kSlots / 64;
  const std::size_t first = (tick_ + 1) % kSlots;
  for (std::size_t step = 0; step <= kWords; ++step) {
    const std::size_t word = (first / 64 + step) % kWords;
    std::uint64_t bits = occupied_[word];
    if (step == 0) bits &= ~std::uint64_t{0} << (first % 64);
    if (step == kWords) bits &= ~(~std::uint64_t{0} << (first % 64));
    if (bits == 0) continue;
    const std::size_t index = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    const std::uint64_t ahead = (index + kSlots - first) % kSlots;
    return Time{kTick * static_cast<std::int64_t>(tick_ + 1 + ahead)};
  }
  return kNever;
}

}  // namespace junctor::rt
