#include "agent/line_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/assert.h"

namespace junctor::agent {
namespace {

constexpr std::size_t kPieceBytes = 64_KiB;
// Until a shard with a full inbox is told again.
constexpr int kTellAgainMs = 10;

}  // namespace

LineReader::LineReader(rt::Shard& shard, int descriptor, Limits limits)
    : shard_{shard},
      descriptor_{descriptor},
      limits_{limits},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  JUNCTOR_ASSERT(wake_ >= 0 && limits_.held_max > 0);
  decoder_ = std::make_unique<wire::LineDecoder>(limits_.line_bytes_max);
}

LineReader::~LineReader() {
  stop();
  if (thread_.joinable()) thread_.join();
  ::close(wake_);
}

void LineReader::start() {
  JUNCTOR_ASSERT(!thread_.joinable());
  thread_ = std::thread{[this] { run_blocking(); }};
}

void LineReader::stop() noexcept {
  {
    const std::scoped_lock lock{mutex_};
    is_stopping_ = true;
  }
  wake();
}

// --- the thread ----------------------------------------------------------------------------------

void LineReader::run_blocking() {
  bool is_open = true;
  while (is_open) {
    const bool full = is_full();
    std::array<pollfd, 2> watched{{{.fd = wake_, .events = POLLIN, .revents = 0},
                                   {.fd = descriptor_, .events = POLLIN, .revents = 0}}};
    const int limit_ms = tell() ? -1 : kTellAgainMs;
    if (::poll(watched.data(), full ? 1 : 2, limit_ms) < 0 && errno != EINTR) break;
    if (watched[0].revents != 0) {
      wait_wake_blocking(0);
      const std::scoped_lock lock{mutex_};
      if (is_stopping_) break;
    }
    if (watched[1].revents != 0) is_open = read_blocking();
  }
  // A client that ended without a last line end meant its last line all the same.
  if (const auto rest = decoder_->finish()) take_part("\n");
  {
    const std::scoped_lock lock{mutex_};
    has_ended_ = true;
    is_told_ = false;
  }
  while (!tell()) {
    wait_wake_blocking(kTellAgainMs);
    const std::scoped_lock lock{mutex_};
    if (is_stopping_) break;  // Whoever stops does not wait to be told.
  }
}

bool LineReader::read_blocking() {
  const std::span<char> room = piece_.prepare(kPieceBytes);
  const ssize_t got = ::read(descriptor_, room.data(), room.size());
  if (got > 0) take({room.data(), static_cast<std::size_t>(got)});
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

// Line by line: a decoder that refused one is spent, and a new one begins behind the next line end.
void LineReader::take(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t at = piece.find('\n');
    const bool ends = at != std::string_view::npos;
    const std::string_view part = ends ? piece.substr(0, at + 1) : piece;
    piece.remove_prefix(part.size());
    if (!is_skipping_) take_part(part);
    if (ends) is_skipping_ = false;
  }
}

void LineReader::take_part(std::string_view part) {
  decoder_->feed(part);
  for (;;) {
    const auto got = decoder_->next();
    if (!got) {
      hand_over(std::unexpected{got.error()});
      decoder_ = std::make_unique<wire::LineDecoder>(limits_.line_bytes_max);
      is_skipping_ = true;
      return;
    }
    const std::optional<std::string_view>& line = *got;
    if (!line) return;
    Buffer copy;
    copy.append(*line);
    hand_over(std::move(copy));
  }
}

void LineReader::hand_over(Result<Buffer> line) {
  {
    const std::scoped_lock lock{mutex_};
    lines_bytes_ += line ? line->size() : 0;
    lines_.push_back(std::move(line));
  }
  (void)tell();  // The loop comes back to it.
}

bool LineReader::is_full() {
  const std::scoped_lock lock{mutex_};
  return lines_.size() >= limits_.held_max || lines_bytes_ >= limits_.held_bytes_max;
}

bool LineReader::tell() {
  const std::scoped_lock lock{mutex_};
  if (is_told_ || (lines_.empty() && !has_ended_)) return true;
  is_told_ = shard_.post([this] { hear(); });
  return is_told_;
}

void LineReader::wake() const noexcept {
  const std::uint64_t one = 1;
  (void)::write(wake_, &one, sizeof one);
}

void LineReader::wait_wake_blocking(int limit_ms) const noexcept {
  pollfd watched{.fd = wake_, .events = POLLIN, .revents = 0};
  if (limit_ms > 0) (void)::poll(&watched, 1, limit_ms);
  std::uint64_t count = 0;
  (void)::read(wake_, &count, sizeof count);
}

// --- the shard -----------------------------------------------------------------------------------

// The place of a message is free again as soon as it is heard, for what comes later.
void LineReader::hear() {
  bool over = false;
  {
    const std::scoped_lock lock{mutex_};
    is_told_ = has_ended_;  // Nothing follows the end.
    over = has_ended_;
  }
  filled_.set();
  if (over) ended_.set();
}

rt::Task<std::optional<Result<Buffer>>> LineReader::next() {
  for (;;) {
    filled_.reset();
    std::optional<Result<Buffer>> line;
    bool over = false;
    bool was_full = false;
    {
      const std::scoped_lock lock{mutex_};
      if (!lines_.empty()) {
        was_full = lines_.size() >= limits_.held_max || lines_bytes_ >= limits_.held_bytes_max;
        line.emplace(std::move(lines_.front()));
        lines_.pop_front();
        lines_bytes_ -= *line ? (*line)->size() : 0;
      }
      over = has_ended_;
    }
    if (was_full) wake();
    if (line || over) co_return line;
    if (co_await filled_.wait(kNever) == rt::Wake::cancelled) co_return std::nullopt;
  }
}

}  // namespace junctor::agent
