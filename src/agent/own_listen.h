#pragma once
// own_listen(): a subscription of the gateway's own with an upstream of the stateless era.
//
// Source:  MCP 2026-07-28 basic/patterns/subscriptions.
// Limits:  Limits::event_bytes_max of one message.
// Errors:  those of the leg; corrupt "upstream_invalid" for a refusal; unavailable; cancelled. An
// end
//          in order is none.
// Threads: one shard.

#include <string>

#include "agent/message_sink.h"
#include "agent/upstream.h"
#include "base/error.h"
#include "rt/task.h"

namespace junctor::agent {

// `filter` is the member `notifications`, raw. What comes is taken by `sink` until the upstream
// ends it, or the task is cancelled; the subscription's id is a number of ours.
[[nodiscard, clang::coro_wrapper]] rt::Task<Result<>> own_listen(Upstream& upstream,
                                                                 const std::string& filter,
                                                                 const std::string& capabilities,
                                                                 std::size_t event_bytes_max,
                                                                 MessageSink& sink);

}  // namespace junctor::agent
