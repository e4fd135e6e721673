#pragma once
// McpClient: one client of one MCP server over Streamable HTTP, in either era: a call, and its
// answer.
//
//   McpClient client{services, std::move(options)};
//   JUNCTOR_CO_CHECK(co_await client.open(deadline));
//   auto reply = co_await client.call({.method = McpMethod::tools_list}, deadline);
//   co_await client.close(soon);
//
// open() finds out the era: it asks server/discover of 2026-07-28, and begins a session of
// 2025-11-25 where the answer says that the server does not speak it. 401, 403, 5xx and silence say
// nothing of the protocol and are reported. In a session a stream that ends too early is resumed
// where it can be, ping is answered, people are asked what the server asks them (elicitation) where
// the listener can do that, and every other request of the server is refused (-32601). In the
// modern era such questions come as a result, and the call is made again with the answers.
// Invariant: a reply's text is the server's, byte by byte.
//
// Source:  MCP 2026-07-28 basic/versioning, basic/transports; MCP 2025-11-25 basic/lifecycle,
//          basic/transports.
// Limits:  McpClientOptions::answer_bytes_max for one message; kQuestionRoundsMax times that a call
//          comes back with questions. The time that people take is not counted.
// Errors:  those of net::HttpClient; too_large (answer_too_large); with the reason kHttpStatus what
//          the status means (unauthenticated, forbidden, rate_limited, unavailable, not_found,
//          invalid_argument); corrupt (kNotMcp: not an answer of the protocol, or none).
// Threads: one shard.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings.h"
#include "base/error.h"
#include "base/log.h"
#include "base/metrics.h"
#include "cli/mcp_answer.h"
#include "net/http_client.h"
#include "rt/shard.h"
#include "rt/task.h"
#include "wire/mcp.h"

namespace junctor::cli {

inline constexpr std::string_view kHttpStatus = "http_status";
inline constexpr std::string_view kNotMcp = "not_mcp";
inline constexpr std::size_t kQuestionRoundsMax = 16;

struct McpClientOptions {
  net::Url url;
  std::vector<agent::UpstreamHeader> headers = {};  // Sent with each request.
  agent::EraChoice era = agent::EraChoice::automatic;
  std::size_t answer_bytes_max = std::size_t{64} << 20;
};

struct McpCall {
  wire::McpMethod method = wire::McpMethod::tools_list;
  std::string params = {};  // The members of params, without braces and `_meta`.
  std::string name = {};    // Of the tool, prompt or resource, for methods that have one.
  // Whole fields, as Mcp-Param-Region; sent in the modern era.
  struct Field {
    std::string name;
    std::string value;
  };
  std::vector<Field> fields = {};
};

struct McpReply {
  enum class Kind : std::uint8_t { result, error } kind = Kind::result;
  std::string json;  // The result or the error object, raw.
};

class McpClient {
 public:
  // All outlive the client. `tls` may be null for a URL that is not https.
  struct Services {
    rt::Shard& shard;
    net::Resolver& resolver;
    net::TlsClient* tls = nullptr;
    Metrics& metrics;
    McpListener* listener = nullptr;  // Null: no progress is asked for.
  };
  McpClient(const Services& services, McpClientOptions options);

  // Once, before the first call.
  [[nodiscard]] rt::Task<Result<>> open(Time deadline);
  // One at a time. An error that the server answers is a reply.
  [[nodiscard]] rt::Task<Result<McpReply>> call(McpCall call, Time deadline);
  // Ends the session, if there is one, and tells of the call that was given up.
  [[nodiscard]] rt::Task<void> close(Time deadline);
  // After open().
  [[nodiscard]] wire::Era era() const noexcept { return era_; }

 private:
  struct Message {
    std::string_view verb;
    std::vector<McpCall::Field> fields = {};
    std::string body = {};
  };
  enum class Envelope : std::uint8_t { modern, legacy, handshake };

  [[nodiscard]] rt::Task<Result<bool>> speaks_modern(Time deadline);
  [[nodiscard]] rt::Task<Result<>> initialize(Time deadline);
  [[nodiscard]] rt::Task<Result<McpReply>> ask(McpCall call, Envelope envelope, Time deadline);
  [[nodiscard]] rt::Task<Result<>> tell(std::string body, Time deadline);
  [[nodiscard]] rt::Task<Result<>> exchange(Message message, McpAnswer& answer, Time deadline);
  [[nodiscard]] rt::Task<Result<>> resume(McpAnswer& answer, Time deadline);
  [[nodiscard]] rt::Task<Result<>> answer_server(McpAnswer::ServerRequest request, Time deadline);
  [[nodiscard]] std::string_view capabilities() const;
  [[nodiscard]] std::string ask_people(std::string_view params);
  // The answers to the questions of that result; nothing when it has none that people can answer.
  [[nodiscard]] std::optional<std::string> answers_to(const McpReply& reply);
  [[nodiscard]] Message message_of(const McpCall& call, Envelope envelope) const;
  [[nodiscard]] Message session_message(std::string_view verb, std::string body = {}) const;
  [[nodiscard]] Result<std::string> head_of(const Message& message) const;

  rt::Shard& shard_;
  McpClientOptions options_;
  McpListener* listener_;
  net::HttpClient http_;
  wire::Era era_ = wire::Era::modern;
  std::string session_id_;
  std::string version_;  // That the session speaks; empty: there is none.
  std::uint64_t last_id_ = 0;
  Duration asked_for_{};        // That people took to answer.
  bool is_unanswered_ = false;  // The call of last_id_ was given up.
};

}  // namespace junctor::cli
