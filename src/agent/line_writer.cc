#include "agent/line_writer.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/assert.h"
#include "rt/clock.h"

namespace junctor::agent {
namespace {

// More than that could block on a pipe that has room for less.
constexpr std::size_t kPieceBytes = PIPE_BUF;
// Memory that is kept from one round to the next.
constexpr std::size_t kKeptBytes = 64_KiB;
constexpr int kTellAgainMs = 10;

int milliseconds_until(Time end, Time now) noexcept {
  if (end == kNever) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

LineWriter::LineWriter(rt::Shard& shard, int descriptor, Limits limits,
                       std::function<void()> on_gone)
    : shard_{shard},
      descriptor_{descriptor},
      limits_{limits},
      on_gone_{std::move(on_gone)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  JUNCTOR_ASSERT(wake_ >= 0);
}

LineWriter::~LineWriter() {
  stop_blocking();
  ::close(wake_);
}

void LineWriter::start() {
  JUNCTOR_ASSERT(!thread_.joinable());
  thread_ = std::thread{[this] { run_blocking(); }};
}

void LineWriter::stop_blocking() {
  {
    const std::scoped_lock lock{mutex_};
    is_stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void LineWriter::wake() const noexcept {
  const std::uint64_t one = 1;
  (void)::write(wake_, &one, sizeof one);
}

// --- the shard -----------------------------------------------------------------------------------

void LineWriter::put(std::span<const std::string_view> pieces) {
  if (gone()) return;
  std::size_t bytes = 1;
  for (const auto piece : pieces) bytes += piece.size();
  const std::uint64_t held_bytes = put_bytes_ - taken_bytes();
  if (held_bytes != 0 && held_bytes + bytes > limits_.held_bytes_max) return lose();
  bool was_empty = false;
  {
    const std::scoped_lock lock{mutex_};
    was_empty = held_.empty();
    for (const auto piece : pieces) held_ += piece;
    held_ += '\n';
  }
  put_bytes_ += bytes;
  if (was_empty) wake();
}

// Asked first, then looked: what is taken in between is told.
rt::Event& LineWriter::taken() noexcept {
  is_asked_.store(true);
  return taken_;
}

void LineWriter::lose() {
  is_gone_.store(true);
  taken_.set();
  if (std::exchange(is_lost_, true)) return;
  on_gone_();
}

// --- the thread ----------------------------------------------------------------------------------

void LineWriter::run_blocking() {
  rt::SystemClock clock;
  bool is_told = true;
  while (fetch() && !gone()) {
    const bool has_more = out_at_ < out_.size();
    const Time now = clock.now();
    {
      const std::scoped_lock lock{mutex_};
      if (is_stopping_ && flush_end_ == kNever) flush_end_ = now + limits_.flush_max;
    }
    if (now >= flush_end_) return;
    // Without events to wait for, poll() still tells that the reader has gone.
    const short events = has_more ? POLLOUT : 0;
    std::array<pollfd, 2> watched{{{.fd = wake_, .events = POLLIN, .revents = 0},
                                   {.fd = descriptor_, .events = events, .revents = 0}}};
    const int limit_ms = is_told ? milliseconds_until(flush_end_, now) : kTellAgainMs;
    if (::poll(watched.data(), watched.size(), limit_ms) < 0 && errno != EINTR) break;
    std::uint64_t count = 0;
    if (watched[0].revents != 0) (void)::read(wake_, &count, sizeof count);
    if ((watched[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) break;
    if ((watched[1].revents & POLLOUT) != 0) write_blocking();
    is_told = tell();
  }
  if (fetch()) give_up_blocking();
}

// The memory of a large message is not kept for small ones.
bool LineWriter::fetch() {
  if (out_at_ < out_.size()) return true;
  if (out_.capacity() > kKeptBytes) out_ = {};
  out_.clear();
  out_at_ = 0;
  const std::scoped_lock lock{mutex_};
  out_.swap(held_);
  return !is_stopping_ || !out_.empty();
}

void LineWriter::write_blocking() {
  const std::size_t bytes = std::min(kPieceBytes, out_.size() - out_at_);
  const ssize_t written = ::write(descriptor_, out_.data() + out_at_, bytes);
  if (written >= 0) {
    out_at_ += static_cast<std::size_t>(written);
    taken_bytes_.fetch_add(static_cast<std::uint64_t>(written));
  } else if (errno != EINTR && errno != EAGAIN) {
    is_gone_.store(true);
  }
}

// The shard hears of it; who stops the writer at the same time does not wait for that.
void LineWriter::give_up_blocking() {
  is_gone_.store(true);
  while (!shard_.post([this] { lose(); })) {
    pollfd watched{.fd = wake_, .events = POLLIN, .revents = 0};
    (void)::poll(&watched, 1, kTellAgainMs);
    const std::scoped_lock lock{mutex_};
    if (is_stopping_) return;
  }
}

// Once for what was taken at once: who waits for a line waits for those in front of it too.
bool LineWriter::tell() {
  if (out_at_ < out_.size() || !is_asked_.exchange(false)) return true;
  if (shard_.post([this] { taken_.set(); })) return true;
  is_asked_.store(true);
  return false;
}

}  // namespace junctor::agent
