#pragma once
// How an exchange goes to an upstream that is a process.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio), basic/utilities/cancellation.
// Limits:  CallTimeouts::total for the answer; StdioSettings::start_timeout for the process to
// start. Errors:  those of StdioConnection and StdioLeg; deadline_exceeded "upstream_timeout";
// cancelled. Threads: one shard.

#include "agent/answer_relay.h"
#include "agent/exchange.h"

namespace junctor::agent {

// Sends the exchange's message and relays what belongs to it, until its answer is there. A message
// without an answer is over once it is on its way.
[[nodiscard]] rt::Task<Result<>> call_over_stdio(Exchange& exchange, AnswerRelay& relay);

}  // namespace junctor::agent
