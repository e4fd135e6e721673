#pragma once
// OwnChannel: what the gateway asks an upstream on its own account: in one era, over whichever leg.
//
// open() does what the era needs first (a session, a process), close() gives it back: what was
// opened to ask is not left behind. Invariant: only methods that change nothing are asked.
//
// Source:  MCP 2026-07-28 basic/versioning; MCP 2025-11-25 basic/lifecycle.
// Limits:  kOwnAnswerBytesMax for one answer.
// Errors:  those of HttpLeg::ask() and of StdioLeg; corrupt "upstream_invalid" (no answer of the
//          protocol), "upstream_refused" (an error of the protocol).
// Threads: one shard.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/stdio_connection.h"
#include "agent/stdio_shared.h"
#include "agent/upstream.h"
#include "base/error.h"
#include "rt/task.h"
#include "wire/mcp.h"

namespace junctor::agent {

inline constexpr std::size_t kOwnAnswerBytesMax = 64_MiB;

// A session of the session era that the gateway opened over HTTP.
struct OwnSession {
  std::string id;  // Empty: the server keeps none.
  const wire::VersionFacts* version = nullptr;
  std::string hello;  // The result of `initialize`, raw.
};
[[nodiscard]] rt::Task<Result<OwnSession>> open_own_session(Upstream& upstream, std::string params,
                                                            Time deadline);

class OwnChannel {
 public:
  // Nothing is opened by it: see open().
  OwnChannel(Upstream& upstream, wire::Era era, std::string capabilities) noexcept
      : upstream_{upstream}, era_{era}, capabilities_{std::move(capabilities)} {}
  ~OwnChannel();
  OwnChannel(const OwnChannel&) = delete;
  OwnChannel& operator=(const OwnChannel&) = delete;
  // `capabilities`: those of the client for whom it is asked, raw JSON.
  [[nodiscard]] static rt::Task<Result<std::unique_ptr<OwnChannel>>> open(Upstream& upstream,
                                                                          wire::Era era,
                                                                          std::string capabilities,
                                                                          Time deadline);
  // What it said of itself: the result of `initialize` or `server/discover`, raw; empty where a
  // stateless server does not know the question.
  [[nodiscard]] const std::string& hello() const noexcept { return hello_; }
  // The result, raw. `members` are those of params, without braces and `_meta`.
  [[nodiscard]] rt::Task<Result<std::string>> ask(wire::McpMethod method, std::string members,
                                                  Time deadline);
  [[nodiscard]] rt::Task<void> close(Time deadline);

 private:
  [[nodiscard]] rt::Task<Result<>> open_modern(Time deadline);
  [[nodiscard]] rt::Task<Result<>> open_legacy(Time deadline);
  [[nodiscard]] std::string rest_of(const wire::MethodFacts& method,
                                    std::string_view members) const;

  Upstream& upstream_;
  wire::Era era_;
  std::string capabilities_;
  std::string hello_;
  OwnSession session_;
  std::shared_ptr<StdioConnection> process_;
  std::optional<StdioShared::Use> use_;  // Of the process of the stateless era, while it is asked.
};

}  // namespace junctor::agent
