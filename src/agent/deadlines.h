#pragma once
// How long a call waits for its upstream: for the first byte, for each next one, in all.
//
// Limits:  CallTimeouts, from the configuration; a stream that a client listens to has no end of
//          its own, and no idle time either.
// Threads: values; safe from all.

#include <algorithm>
#include <cstdint>

#include "agent/answer_relay.h"
#include "agent/upstream.h"

namespace junctor::agent {

// A stream that a client listens to ends never.
enum class Ends : std::uint8_t { in_time, never };

// What a read waits for: the beginning of the answer, or more of it.
enum class Awaited : std::uint8_t { first_byte, more };

[[nodiscard]] inline Awaited awaited_by(const AnswerRelay& relay) noexcept {
  return relay.status() == 0 ? Awaited::first_byte : Awaited::more;
}

struct Deadlines {
  Time first_byte;
  Time total;
  Duration idle;

  [[nodiscard]] Time next(Time now, Awaited awaited) const noexcept {
    if (awaited == Awaited::first_byte) return std::min(first_byte, total);
    return idle == Duration::max() ? total : std::min(now + idle, total);
  }
};

[[nodiscard]] inline Deadlines deadlines_of(const Upstream& upstream, Time now,
                                            Ends ends) noexcept {
  const CallTimeouts& timeouts = upstream.timeouts();
  const bool for_ever = ends == Ends::never;
  return {.first_byte = now + timeouts.first_byte,
          .total = for_ever ? kNever : now + timeouts.total,
          .idle = for_ever ? Duration::max() : timeouts.idle};
}

}  // namespace junctor::agent
