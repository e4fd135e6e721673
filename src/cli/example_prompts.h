#pragma once
// The prompts of the example server, one without arguments and one with two, and the completion of
// what is typed: of a prompt's argument, and of the variable of the resources' template.
//
// Source:  MCP 2026-07-28 and 2025-11-25 server/prompts, server/utilities/completion.
// Limits:  kExampleCompletionsMax values in an answer, as the specification has it.
// Errors:  replies: an unknown prompt, an argument that is missing, a reference that is none.
// Threads: pure functions; safe from all.

#include <cstddef>

#include "cli/example_reply.h"

namespace junctor::cli {

inline constexpr std::size_t kExampleCompletionsMax = 100;

[[nodiscard]] ExampleReply list_example_prompts(wire::Era era);
[[nodiscard]] ExampleReply get_example_prompt(const wire::McpRequest& request);
[[nodiscard]] ExampleReply complete_example(const wire::McpRequest& request);

}  // namespace junctor::cli
