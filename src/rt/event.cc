#include "rt/event.h"

namespace junctor::rt {

void Event::set() noexcept {
  set_ = true;
  while (first_ != nullptr) {
    Wait& waiting = *first_;
    waiting.end(Wake::ready);
    resume_later(waiting.leave());
  }
}

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

Waiter::OnCancel Event::Wait::on_cancel() noexcept {
  end(Wake::cancelled);
  return OnCancel::resume;
}

void Event::Wait::on_timer() noexcept {
  end(Wake::timeout);
  leave().resume();
}

Task<Wake> sleep_until(Time when) {
  Event never;
  co_return co_await never.wait(when);
}

}  // namespace junctor::rt
