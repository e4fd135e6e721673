#pragma once
// What a session asks its upstream for besides calls: its standalone stream, the rest of an answer
// that broke off, and its end.
//
// Asking for these by GET or DELETE does nothing that could be done twice, so all may be repeated.
//
// Source:  MCP 2025-11-25 basic/transports (listening for messages, resumability, session
//          management).
// Limits:  CallTimeouts; kResumptionsMax attempts in a row that bring nothing.
// Errors:  told to the client through its stream; none are returned.
// Threads: one shard.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "agent/session.h"
#include "agent/upstream.h"

namespace junctor::agent {

inline constexpr int kResumptionsMax = 8;

// Reads the upstream's standalone stream until it ends. `start` is told how it began.
struct PumpStart {
  rt::Event told;
  int status = 0;  // 200: the stream is open.
  bool session_lost = false;
};
[[nodiscard]] rt::Task<void> pump_standalone(std::shared_ptr<Session> session, const Limits& limits,
                                             std::shared_ptr<PumpStart> start);

// Reads the rest of a call's answer. Counted as a call of the session again, so that a cancellation
// finds it.
struct Resume {
  std::string id;
  std::string last_event_id;
  std::chrono::milliseconds retry;
  Time total;
};
[[nodiscard]] rt::Task<void> resume_stream(std::shared_ptr<Session> session,
                                           std::shared_ptr<SessionStream> stream, Resume resume,
                                           const Limits& limits);

// An error in the stream: a client that comes back for it later is told too.
void tell(SessionStream& stream, std::string_view id, const Error& error,
          std::string_view upstream);
// What a client is told when the upstream's stream ended before its answer.
[[nodiscard]] Error interruption();

// Ends the session at the upstream; its answer does not matter.
[[nodiscard]] rt::Task<void> end_upstream_session(Upstream& upstream, std::string upstream_id,
                                                  const wire::VersionFacts& version,
                                                  Duration limit);

}  // namespace junctor::agent
