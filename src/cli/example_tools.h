#pragma once
// The tools of the example server: one for each thing that a client or a gateway may want to see.
//
// echo, add (also structured), big (size), fail (an error of the tool), image (a picture, a sound,
// a link), touch (changes a resource), slow (progress; can be cancelled), log (log notifications),
// ask and sample (questions to the client). Those that say something before their result answer
// with an event stream and are run(); all others are answered by call().
//
// Source:  MCP 2026-07-28 and 2025-11-25 server/tools, server/utilities/logging,
//          basic/utilities/progress.
// Limits:  kExampleBigBytesMax bytes from `big`; kExampleStepsMax steps of kExampleStepMax of
//          `slow`. Open calls of the modern era count against HttpLimits::in_flight_max alone.
// Errors:  replies; a tool that fails is a result, one that does not exist an error.
// Threads: one shard.

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/time.h"
#include "cli/example_questions.h"
#include "cli/example_reply.h"
#include "cli/example_resources.h"
#include "cli/example_session.h"

namespace junctor::cli {

inline constexpr std::size_t kExampleBigBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kExampleStepsMax = 100;
inline constexpr Duration kExampleStepMax = std::chrono::seconds{10};

class ExampleTools {
 public:
  ExampleTools(ExampleResources& resources, ExampleSeal seal) noexcept
      : resources_{resources}, seal_{std::move(seal)} {}

  [[nodiscard]] static ExampleReply list(wire::Era era);
  // Is this call answered with a stream?
  [[nodiscard]] static bool is_streamed(const wire::McpRequest& call);
  // Expects a call that is not streamed.
  [[nodiscard]] ExampleReply call(const wire::McpRequest& call);
  // Expects one that is. `session` is null in the modern era.
  [[nodiscard]] static rt::Task<ExampleReply> run(const wire::McpRequest& call,
                                                  ExampleStream& stream, ExampleSession* session);

 private:
  ExampleResources& resources_;
  ExampleSeal seal_;
};

}  // namespace junctor::cli
