#include "rt/event.h"

namespace junctor::rt {

// Each wait leaves the list before it is queued, and none runs here: a waiter may set, await or
// destroy the event when its turn comes.
void Event::set() noexcept {
  set_ = true;
  while (first_ != nullptr) {
    Wait& waiting = *first_;
    waiting.end(Wake::ready);
    resume_later(waiting.leave());
  }
}

// Put in front: the order in which waits of one event wake is nobody's contract, and a list with
// one end is a pointer smaller.
void Event::Wait::begin() noexcept {
  next_ = event_.first_;
  if (next_ != nullptr) next_->previous_ = this;
  event_.first_ = this;
  if (deadline_ != kNever) arm(Shard::current().timers(), deadline_);
}

void Event::Wait::end(Wake outcome) noexcept {
  JUNCTOR_ASSERT(waiting());
  if (previous_ != nullptr) previous_->next_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  if (event_.first_ == this) event_.first_ = next_;
  disarm();
  outcome_ = outcome;
}

// Out of the list before the scope resumes it, or a later set() would resume it twice.
Waiter::OnCancel Event::Wait::on_cancel() noexcept {
  end(Wake::cancelled);
  return OnCancel::resume;
}

// Resumed inline: the wheel calls from the loop, with nothing else on the stack, and is ready for
// timers that go away meanwhile.
void Event::Wait::on_timer() noexcept {
  end(Wake::timeout);
  leave().resume();
}

// An event that nobody knows can only time out, or be cancelled.
Task<Wake> sleep_until(Time when) {
  Event never;
  co_return co_await never.wait(when);
}

}  // namespace junctor::rt
