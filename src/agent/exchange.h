#pragma once
// Exchange: one message of a client, from the judged request to its settled answer. Read
// run_exchange() in exchange.cc top to bottom: every stage that a call passes is there, in order,
// and nowhere else.
//
// A modern exchange ends when its client leaves; one of a session goes on, and what it still says
// is kept for the client's return. An exchange is never repeated once its request may have been
// executed.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports, basic/utilities/cancellation.
// Limits:  CallTimeouts, Limits.
// Errors:  told to the client in its answer; none are returned.
// Threads: one shard.

#include <memory>
#include <string>
#include <string_view>

#include "agent/answer_relay.h"
#include "agent/client_answer.h"
#include "agent/session.h"
#include "agent/session_store.h"
#include "agent/stdio_twin.h"
#include "agent/upstream.h"
#include "net/http.h"
#include "wire/mcp_request.h"

namespace junctor::agent {

struct Exchange {
  Upstream& upstream;
  const Limits& limits;
  net::Request& request;  // Gives its head and body back when the upstream has begun to answer.
  ClientAnswer& answer;
  // Views of the body; gone with it.
  std::unique_ptr<wire::McpRequest> message;
  std::string_view body;

  // Of a session; null in the stateless era and for `initialize`.
  std::shared_ptr<Session> session = nullptr;
  // Where `initialize` puts the session that it opens.
  SessionStore* sessions = nullptr;

  // Of `initialize`, where a process is to stand behind the session.
  std::unique_ptr<StdioTwin> twin = nullptr;

  struct Trace {
    std::string parent;
    std::string state;
  };
  // What is otherwise on a route with several upstreams; null on an identity route.
  struct Federated {
    // What takes the place of the client's Mcp-Name; empty: nothing.
    std::string_view name_field = {};
    // Of a request that may be sent again, when the client's head is gone; null: the head is there.
    const Trace* trace = nullptr;
    // The upstream does not know the session any more, and nothing was processed. Only the caller
    // is told: the client's own session goes on.
    bool session_was_lost = false;
  };
  Federated* federated = nullptr;

  std::string id = {};  // The request's raw id; empty for other messages.
  const wire::MethodFacts* method = nullptr;
  wire::Era era = wire::Era::modern;
  Time began = {};
};

[[nodiscard]] rt::Task<void> run_exchange(Exchange& exchange);

// 404 makes the client begin a new session. `id` is raw, and empty where there is none.
void refuse_ended_session(ClientAnswer& answer, std::string_view id);

// Ends the call `id` unless the upstream does so within Limits::cancel_grace.
[[nodiscard]] rt::Task<void> cancel_after_grace(std::shared_ptr<Session> session, std::string id,
                                                Duration grace);

}  // namespace junctor::agent
