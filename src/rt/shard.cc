#include "rt/shard.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace junctor::rt {
namespace {

thread_local Shard* current_shard = nullptr;

}  // namespace

// Declared in cancel.h, which knows no shard: this is where the two meet.
void resume_later(std::coroutine_handle<> coroutine) {
  Shard::current().run_later(coroutine);
}

Shard::Entered::Entered(Shard& shard) noexcept : before_{std::exchange(current_shard, &shard)} {}

Shard::Entered::~Entered() {
  current_shard = before_;
}

Shard& Shard::current() noexcept {
  JUNCTOR_ASSERT(current_shard != nullptr);
  return *current_shard;
}

// The scratch is left as it comes, so that the kernel gives its pages when they are first read
// into; only the padding behind it is set.
Shard::Shard(std::size_t index, Io& io, Clock& clock, Random& random)
    : index_{index},
      io_{io},
      clock_{clock},
      random_{random},
      now_{clock.now()},
      timers_{now_},
      scratch_{std::make_unique_for_overwrite<char[]>(kScratchBytes + kBufferPadding)} {
  std::memset(scratch_.get() + kScratchBytes, 0, kBufferPadding);
}

Shard::~Shard() {
  JUNCTOR_ASSERT(ready_.empty() && tasks_.size() == 0);
}

// Ends when it was stopped, no task is left, and nothing of the last round still has to run.
void Shard::run() {
  const Entered entered{*this};
  while (!stopping_ || tasks_.size() != 0 || !ready_.empty()) round(kNever);
}

// One round: what is ready, what other shards sent, what is due, then sleep. The time is read once,
// behind the sleep, and is the time of the whole round.
void Shard::round(Time until) {
  run_ready();
  if (inbox_filled_.load(std::memory_order_acquire)) take_inbox();
  timers_.advance(now_);
  if (!ready_.empty()) until = now_;
  // Nothing would ever wake it.
  if (stopping_ && tasks_.size() == 0) return;
  io_.wait(now_, std::min(until, timers_.next_wake()));
  now_ = clock_.now();
  run_ready();
}

// What becomes ready meanwhile runs in the next pass, so that one coroutine cannot starve the
// sockets.
void Shard::run_ready() {
  if (ready_.empty()) return;
  JUNCTOR_ASSERT(running_.empty());
  running_.swap(ready_);
  for (const auto coroutine : running_) coroutine.resume();
  running_.clear();
}

// The two vectors are swapped, and the lock is held for that alone; both keep their memory.
void Shard::take_inbox() {
  {
    const std::scoped_lock lock{inbox_mutex_};
    taken_.swap(inbox_);
    inbox_filled_.store(false, std::memory_order_relaxed);
  }
  for (auto& message : taken_) message();
  taken_.clear();
}

bool Shard::post(Message message) {
  bool first = false;
  {
    const std::scoped_lock lock{inbox_mutex_};
    if (inbox_.size() >= kInboxMax) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    first = inbox_.empty();
    inbox_.push_back(std::move(message));
    inbox_filled_.store(true, std::memory_order_release);
  }
  if (first) io_.wake();  // One wake-up a batch.
  return true;
}

void Shard::stop() {
  // Not through post(): a full inbox must not keep a shard alive.
  const std::scoped_lock lock{inbox_mutex_};
  inbox_.push_back([this] {
    stopping_ = true;
    tasks_.cancel();
  });
  inbox_filled_.store(true, std::memory_order_release);
  io_.wake();
}

}  // namespace junctor::rt
