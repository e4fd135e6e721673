#include "sim/peer.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace junctor::sim {
namespace {

constexpr int kBacklog = 128;

std::unexpected<Error> failed(ssize_t negated_errno) {
  const char* name = strerrorname_np(static_cast<int>(-negated_errno));
  return fail(ErrorKind::unavailable, "socket_failed", name == nullptr ? "unknown" : name);
}

std::unexpected<Error> failed(rt::Wake wake) {
  if (wake == rt::Wake::cancelled) return fail(ErrorKind::cancelled);
  return fail(ErrorKind::deadline_exceeded, "peer_lost_patience");
}

}  // namespace

Peer::Peer(World& world, int descriptor, rt::Endpoint remote)
    : world_{world},
      descriptor_{descriptor},
      remote_{std::move(remote)},
      socket_{std::make_unique<rt::Socket>(world.shard(), descriptor)} {}

rt::Task<Result<>> Peer::connect(rt::Endpoint to) {
  JUNCTOR_ASSERT(!open());
  held_.clear();
  remote_ = to;
  descriptor_ = world_.shard().io().connect(to);
  if (descriptor_ < 0) co_return failed(descriptor_);
  socket_ = std::make_unique<rt::Socket>(world_.shard(), descriptor_);
  const rt::Wake wake = co_await socket_->writable(world_.now() + patience_);
  if (wake != rt::Wake::ready) {
    close();
    co_return failed(wake);
  }
  if (!socket_->open()) co_return failed(-EBADF);
  if (const int error = socket_->connect_result(); error != 0) {
    close();
    co_return failed(error);
  }
  co_return Result<>{};
}

rt::Task<Result<>> Peer::send(std::string bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    const iovec piece{const_cast<char*>(left.data()), left.size()};  // Only read.
    const ssize_t sent = socket_->try_send({&piece, 1});
    if (sent > 0) {
      left.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent == -EAGAIN) {
      const rt::Wake wake = co_await socket_->writable(world_.now() + patience_);
      if (wake != rt::Wake::ready) co_return failed(wake);
    } else {
      co_return failed(sent);
    }
  }
  co_return Result<>{};
}

rt::Task<Result<bool>> Peer::fill() {
  for (;;) {
    std::array<char, 4096> bytes{};
    const ssize_t got = socket_->try_receive(bytes);
    if (got > 0) held_.append(bytes.data(), static_cast<std::size_t>(got));
    if (got >= 0) co_return got > 0;
    if (got != -EAGAIN) co_return failed(got);
    const rt::Wake wake = co_await socket_->readable(world_.now() + patience_);
    if (wake != rt::Wake::ready) co_return failed(wake);
  }
}

std::string Peer::take(std::size_t count) {
  std::string taken = held_.substr(0, count);
  held_.erase(0, count);
  return taken;
}

rt::Task<Result<std::string>> Peer::receive() {
  if (held_.empty()) JUNCTOR_CO_CHECK(co_await fill());
  co_return take(held_.size());
}

rt::Task<Result<std::string>> Peer::receive_until(std::string mark) {
  for (;;) {
    if (const std::size_t at = held_.find(mark); at != std::string::npos) {
      co_return take(at + mark.size());
    }
    JUNCTOR_CO_TRY(const bool more, co_await fill());
    if (!more)
      co_return fail(ErrorKind::corrupt, "stream_ended", "the stream ended after: " + held_);
  }
}

rt::Task<Result<std::string>> Peer::receive_bytes(std::size_t count) {
  while (held_.size() < count) {
    JUNCTOR_CO_TRY(const bool more, co_await fill());
    if (!more)
      co_return fail(ErrorKind::corrupt, "stream_ended", "the stream ended after: " + held_);
  }
  co_return take(count);
}

rt::Task<Result<std::string>> Peer::receive_all() {
  for (bool more = true; more;) {
    JUNCTOR_CO_TRY(more, co_await fill());
  }
  co_return take(held_.size());
}

void Peer::close() noexcept {
  if (socket_ != nullptr) socket_->close();
}

void Peer::reset() noexcept {
  if (!open()) return;
  world_.network().reset_on_close(descriptor_);
  close();
}

Listener::Listener(World& world, const rt::Endpoint& at, Start start)
    : state_{std::make_shared<State>(world, std::move(start))} {
  rt::Io& io = world.shard().io();
  state_->descriptor = io.listen(at, kBacklog, state_->bound);
  JUNCTOR_ASSERT(state_->descriptor >= 0);
  JUNCTOR_ASSERT(io.watch(state_->descriptor, *state_) == 0);
  world.spawn(accept_all(state_));
}

void Listener::State::close() noexcept {
  if (descriptor < 0) return;
  world.shard().io().close(std::exchange(descriptor, -1), this);
  changed.set();
}

rt::Task<void> Listener::accept_all(std::shared_ptr<State> state) {
  while (state->descriptor >= 0) {
    rt::Endpoint remote;
    const int descriptor = state->world.shard().io().accept(state->descriptor, remote);
    if (descriptor >= 0) {
      ++state->accepted;
      state->start(descriptor, std::move(remote));
      continue;
    }
    JUNCTOR_ASSERT(descriptor == -EAGAIN);
    state->changed.reset();
    if (co_await state->changed.wait(kNever) == rt::Wake::cancelled) break;
  }
  state->close();
}

}  // namespace junctor::sim
