#pragma once
// The tools of the example server that need their client: `ask` for a form (elicitation), `sample`
// for its model (sampling).
//
// The eras differ. In the legacy one the question is a request on the call's own stream, and the
// call waits. In the modern one the question is the result, nothing waits, and the client calls
// again with the answer and with the state it was given, which is sealed: it opens only for the
// same tool and the same question. A client that did not declare the capability is never asked.
//
// Source:  MCP 2026-07-28 basic/patterns/mrtr, 2025-11-25 and 2026-07-28 client/elicitation and
//          client/sampling.
// Limits:  kExampleStateLife; those of example_session.h.
// Errors:  replies: a capability that is missing, a state that is not ours.
// Threads: one shard.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/example_reply.h"
#include "cli/example_session.h"
#include "rt/clock.h"
#include "wire/sealed_token.h"

namespace junctor::cli {

inline constexpr Duration kExampleStateLife = std::chrono::minutes{10};

struct ExampleQuestion {
  std::string_view tool;
  wire::McpMethod method;
  std::string params;
  // What the tool says to the client's result; nothing when it is none.
  std::optional<std::string> (*read)(const wire::JsonValue& result);
};
[[nodiscard]] ExampleQuestion form_question(const wire::McpRequest& call);
[[nodiscard]] ExampleQuestion sampling_question(const wire::McpRequest& call);

// What seals the states of the modern era.
struct ExampleSeal {
  wire::KeyRing keys;
  rt::Clock& clock;
  rt::Random& random;
};
[[nodiscard]] ExampleReply ask_by_result(const wire::McpRequest& call, ExampleSeal& seal,
                                         const ExampleQuestion& question);
[[nodiscard]] rt::Task<ExampleReply> ask_by_request(ExampleSession& session, ExampleStream& stream,
                                                    ExampleQuestion question);

}  // namespace junctor::cli
