#include "rt/blocking_pool.h"

namespace junctor::rt {

BlockingPool::BlockingPool(std::size_t threads, std::size_t queue_max) : queue_max_{queue_max} {
  JUNCTOR_ASSERT(threads > 0 && queue_max > 0);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

BlockingPool::~BlockingPool() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  filled_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  JUNCTOR_ASSERT(queue_.empty());
}

bool BlockingPool::enqueue(std::move_only_function<void()> work) {
  {
    const std::scoped_lock lock{mutex_};
    if (stopping_ || queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(work));
  }
  filled_.notify_one();
  return true;
}

void BlockingPool::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    filled_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto next = std::move(queue_.front());
    queue_.erase(queue_.begin());
    lock.unlock();
    next();
    lock.lock();
  }
}

}  // namespace junctor::rt
