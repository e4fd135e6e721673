#include "rt/cancel.h"

#include <utility>

#include "base/assert.h"

namespace junctor::rt {

// A scope that was cancelled meanwhile refuses: the caller goes on without suspending, and sees
// `cancelled` where it would have waited.
bool Waiter::enter(std::coroutine_handle<> coroutine, Cancellation* scope) noexcept {
  JUNCTOR_ASSERT(!coroutine_);
  if (scope != nullptr) {
    if (scope->requested_) return false;
    JUNCTOR_ASSERT(scope->waiter_ == nullptr);  // A chain waits in one place.
    scope->waiter_ = this;
  }
  scope_ = scope;
  coroutine_ = coroutine;
  return true;
}

// The scope forgets the wait first: what is resumed may wait again before this call returns.
std::coroutine_handle<> Waiter::leave() noexcept {
  JUNCTOR_ASSERT(coroutine_);
  if (scope_ != nullptr) {
    JUNCTOR_ASSERT(scope_->waiter_ == this);
    scope_->waiter_ = nullptr;
    scope_ = nullptr;
  }
  return std::exchange(coroutine_, nullptr);
}

Cancellation::~Cancellation() {
  JUNCTOR_ASSERT(waiter_ == nullptr && inner_ == nullptr);
}

// Goes inwards, since only the innermost scope of a chain knows the place where the chain waits.
void Cancellation::request() noexcept {
  if (requested_) return;
  requested_ = true;
  if (inner_ != nullptr) return inner_->request();
  if (waiter_ == nullptr) return;  // Running, or about to: its next wait will see it.
  Waiter& waiter = *waiter_;
  if (waiter.on_cancel() == Waiter::OnCancel::resume) resume_later(waiter.leave());
}

}  // namespace junctor::rt
