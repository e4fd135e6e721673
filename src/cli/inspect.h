#pragma once
// `junctor tools|prompts|resources`: looks at a server and calls it, from the command line.
//
// Lists are read to their last page. A tool or prompt is looked up in its list first, so that a
// wrong name or argument is said before anything is called. Invariant: `out` holds results alone;
// everything else that is said is in `err`.
//
// Source:  MCP 2026-07-28 and 2025-11-25, server/tools, server/prompts, server/resources.
// Limits:  kListPagesMax pages and kListItemsMax items of one list; kArgumentsBytesMax of a file or
//          of the standard input; kGoodbyeTimeout to end a session.
// Errors:  in the outcome: a sentence in `err`, and an exit code.
// Threads: blocks; call it from main, before other threads.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/settings.h"
#include "base/error.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/mcp_answer.h"

namespace junctor::cli {

inline constexpr std::size_t kListPagesMax = 1000;
inline constexpr std::size_t kListItemsMax = 100'000;
inline constexpr std::size_t kArgumentsBytesMax = std::size_t{16} << 20;
inline constexpr Duration kGoodbyeTimeout = std::chrono::seconds{1};

// Beside 0 and kExitUsage.
inline constexpr int kExitRefused = 1;      // The tool or the server answered with an error.
inline constexpr int kExitUnreachable = 3;  // No connection, or none that TLS trusts.
inline constexpr int kExitTimeout = 4;
inline constexpr int kExitNoAnswer = 5;  // Broken off, too large, or not of the protocol.

struct Inspected {
  int exit_code = 0;
  std::string out = {};
  std::string err = {};
};

// `listener` hears of progress and answers questions; null: none are asked for.
[[nodiscard]] Inspected inspect_blocking(const Inspection& inspection, McpListener* listener);

// "Name: value", where the value may hold ${env:NAME}; `variable` gives the value of a name.
using Variables = std::function<std::optional<std::string>(const std::string&)>;
[[nodiscard]] Result<agent::UpstreamHeader> parse_header(std::string_view text,
                                                         const Variables& variable);

// A terminal: progress and questions are lines on stderr, and answers come from stdin, where that
// is one too.
class Terminal final : public McpListener {
 public:
  enum class People : std::uint8_t { absent, present };
  explicit Terminal(People people) noexcept : people_{people} {}
  void on_progress(std::string_view params) override;
  [[nodiscard]] bool answers_questions() const override { return people_ == People::present; }
  [[nodiscard]] PeoplesAnswer on_question(std::string_view params) override;

 private:
  People people_;
};

}  // namespace junctor::cli
