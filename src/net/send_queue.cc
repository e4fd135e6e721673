#include "net/send_queue.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace junctor::net {

// Straight from where the pieces are, behind what is held; only what the socket does not take is
// copied.
SendQueue::Outcome SendQueue::send(std::span<const std::string_view> pieces) {
  JUNCTOR_ASSERT(pieces.size() <= kPiecesMax);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled up to `count`.
  std::array<iovec, kPiecesMax + 1> vectors;
  std::size_t count = 0;
  std::size_t total = held_.size();
  if (total != 0) vectors[count++] = {held_.data(), total};
  for (const auto piece : pieces) {
    if (piece.empty()) continue;
    vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};  // iovec has no const form.
    total += piece.size();
  }
  if (count == 0) return Outcome::good;
  std::size_t sent = 0;
  if (!blocked_) {
    const ssize_t result = stream_.try_send({vectors.data(), count});
    if (result < 0 && result != -EAGAIN) return Outcome::broken;
    blocked_ = result < 0;
    if (result > 0) sent = static_cast<std::size_t>(result);
    bytes_sent_ += sent;
    JUNCTOR_ASSERT(sent <= total);
    if (sent == total) {
      held_.release();
      return Outcome::good;
    }
  }
  keep({vectors.data(), count}, sent);
  return push();
}

// The pieces are kept whole even over the limit: the caller ends the connection then, and half a
// chunk would be worse than none.
SendQueue::Outcome SendQueue::hold(std::span<const std::string_view> pieces) {
  for (const auto piece : pieces) held_.append(piece);
  return held_.size() > bytes_max_ ? Outcome::too_full : Outcome::good;
}

SendQueue::Outcome SendQueue::on_writable() {
  blocked_ = false;
  return push();
}

// Keeps what is behind the first `sent` bytes; pieces[0] may be held_ itself.
void SendQueue::keep(std::span<const iovec> pieces, std::size_t sent) {
  const bool holds = !held_.empty();
  const std::size_t of_held = std::min(sent, held_.size());
  if (of_held != 0) held_.consume(of_held);
  sent -= of_held;
  for (const iovec& piece : pieces.subspan(holds ? 1 : 0)) {
    const std::size_t skip = std::min(sent, piece.iov_len);
    sent -= skip;
    held_.append({static_cast<const char*>(piece.iov_base) + skip, piece.iov_len - skip});
  }
}

// Until nothing is left or the socket says -EAGAIN: a socket that merely took less than it was
// given need not tell when it has room again.
SendQueue::Outcome SendQueue::push() {
  while (!blocked_ && !held_.empty()) {
    const iovec piece{held_.data(), held_.size()};
    const ssize_t result = stream_.try_send({&piece, 1});
    if (result < 0 && result != -EAGAIN) return Outcome::broken;
    blocked_ = result < 0;
    if (blocked_) break;
    bytes_sent_ += static_cast<std::size_t>(result);
    held_.consume(static_cast<std::size_t>(result));
  }
  return held_.size() > bytes_max_ ? Outcome::too_full : Outcome::good;
}

}  // namespace junctor::net
