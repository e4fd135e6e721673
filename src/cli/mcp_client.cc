#include "cli/mcp_client.h"

#include <fmt/format.h>

#include <utility>

#include "agent/own_words.h"
#include "agent/upstream_message.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/questions.h"
#include "rt/event.h"
#include "wire/header_sentinel.h"
#include "wire/http1_writer.h"
#include "wire/json_text.h"
#include "wire/jsonrpc.h"

namespace junctor::cli {
namespace {

using wire::Era;
using wire::JsonValue;
using wire::McpMethod;

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kTooManyRequests = 429;
constexpr int kFirstError = 400;
constexpr int kFirstServerError = 500;

std::string_view modern_version() {
  return wire::version_facts(wire::kLatestModernVersion).name;
}

ErrorKind kind_of_status(int status) noexcept {
  if (status == kUnauthorized) return ErrorKind::unauthenticated;
  if (status == kForbidden) return ErrorKind::forbidden;
  if (status == kNotFound) return ErrorKind::not_found;
  if (status == kTooManyRequests) return ErrorKind::rate_limited;
  const bool is_refusal = status >= kFirstError && status < kFirstServerError;
  return is_refusal ? ErrorKind::invalid_argument : ErrorKind::unavailable;
}

std::unexpected<Error> status_failure(std::string_view method, int status) {
  const std::string_view phrase = wire::http1::reason_phrase(status);
  return fail(kind_of_status(status), kHttpStatus,
              fmt::format("the server answered {} with HTTP {}{}{}", method, status,
                          phrase.empty() ? "" : " ", phrase));
}

// A login page, an overloaded server or a redirect says nothing of the protocol.
bool is_evidence(int status) noexcept {
  if (status == kUnauthorized || status == kForbidden || status == kTooManyRequests) return false;
  return status < kFirstServerError && (status < 300 || status >= kFirstError);
}

// What the answer to server/discover says: that we can go on in the modern era, that the server is
// of the other one, or that it is of a modern revision which is not ours.
enum class Discovered : std::uint8_t { modern, legacy, foreign };
Discovered judge_versions(const JsonValue& versions) {
  Discovered found = Discovered::legacy;
  for (const auto& each : wire::JsonMembers{versions}) {
    if (each.value.kind != wire::JsonKind::string) continue;
    if (wire::json_string_equals(each.value.raw, modern_version())) return Discovered::modern;
    const std::string name = wire::unescape_json_string(each.value.raw);
    if (wire::is_modern_version_name(name)) found = Discovered::foreign;
  }
  return found;
}

Discovered judge_discovery(const McpReply& reply) {
  const JsonValue json = wire::json_value(reply.json);
  if (reply.kind == McpReply::Kind::result) {
    return judge_versions(wire::json_member(json, "supportedVersions"));
  }
  const auto code = wire::json_integer(wire::json_member(json, "code").raw);
  if (code == wire::kUnsupportedVersion) {
    return judge_versions(wire::json_member(wire::json_member(json, "data"), "supported"));
  }
  const bool is_modern = code == wire::kHeaderMismatch || code == wire::kMissingClientCapability;
  return is_modern ? Discovered::modern : Discovered::legacy;
}

// The message, taken apart; the error says why it is none.
Result<McpReply> read_reply(std::string_view method, const McpAnswer& answer) {
  const std::optional<std::string>& text = answer.answer();
  if (!text) {
    if (answer.status() >= 300) return status_failure(method, answer.status());
    return fail(ErrorKind::corrupt, kNotMcp,
                fmt::format("the server's answer to {} (HTTP {}) holds no answer of MCP", method,
                            answer.status()));
  }
  const agent::UpstreamMessage message = agent::read_upstream_message(*text);
  JUNCTOR_ASSERT(message.is_final());
  if (message.kind == wire::JsonRpcKind::error_response) {
    const JsonValue whole = wire::json_value(message.text);
    return McpReply{.kind = McpReply::Kind::error,
                    .json = std::string{wire::json_member(whole, "error").raw}};
  }
  if (message.result.kind != wire::JsonKind::object) {
    return fail(ErrorKind::corrupt, kNotMcp, fmt::format("the result of {} is no object", method));
  }
  return McpReply{.json = std::string{message.result.raw}};
}

}  // namespace

McpClient::McpClient(const Services& services, McpClientOptions options)
    : shard_{services.shard},
      options_{std::move(options)},
      listener_{services.listener},
      http_{services.shard,    {.upstream = "server", .url = options_.url, .limits = {}},
            services.resolver, services.tls,
            services.metrics,  Logger{}} {
  JUNCTOR_ASSERT(options_.url.scheme == net::Url::Scheme::http || services.tls != nullptr);
}

rt::Task<Result<>> McpClient::open(Time deadline) {
  JUNCTOR_ASSERT(last_id_ == 0);
  if (options_.era == agent::EraChoice::modern) co_return Result<>{};
  if (options_.era == agent::EraChoice::automatic) {
    JUNCTOR_CO_TRY(const auto is_modern, co_await speaks_modern(deadline));
    if (is_modern) co_return Result<>{};
  }
  era_ = Era::legacy;
  co_return co_await initialize(deadline);
}

// An error of the modern era is a yes too; every other answer of the protocol is a no.
rt::Task<Result<bool>> McpClient::speaks_modern(Time deadline) {
  auto reply = co_await ask({.method = McpMethod::server_discover}, Envelope::modern, deadline);
  is_unanswered_ = false;
  if (!reply) {
    const bool says_nothing = reply.error().reason() != kNotMcp &&
                              (reply.error().reason() != kHttpStatus ||
                               (reply.error().kind() != ErrorKind::not_found &&
                                reply.error().kind() != ErrorKind::invalid_argument));
    if (says_nothing) co_return std::unexpected{std::move(reply).error()};
    co_return false;
  }
  const Discovered found = judge_discovery(*reply);
  if (found == Discovered::foreign) {
    co_return fail(ErrorKind::invalid_argument, kNotMcp,
                   fmt::format("the server speaks none of the protocol's versions that are known "
                               "here; the latest of them is {}",
                               modern_version()));
  }
  co_return found == Discovered::modern;
}

//= mcp 2025-11-25 basic/lifecycle#initialization:first MUST
//= mcp 2025-11-25 basic/lifecycle#initialization:ask MUST
//= mcp 2025-11-25 basic/lifecycle#initialization:initialized MUST
//= mcp 2025-11-25 basic/lifecycle#version-negotiation:ask MUST
rt::Task<Result<>> McpClient::initialize(Time deadline) {
  McpCall call{.method = McpMethod::initialize, .params = agent::handshake_members(capabilities())};
  auto reply = co_await ask(std::move(call), Envelope::handshake, deadline);
  is_unanswered_ = false;  // A handshake is not cancelled.
  if (!reply) co_return std::unexpected{std::move(reply).error()};
  const JsonValue json = wire::json_value(reply->json);
  if (reply->kind == McpReply::Kind::error) {
    const JsonValue text = wire::json_member(json, "message");
    co_return fail(ErrorKind::invalid_argument, kHttpStatus,
                   fmt::format("the server refused to begin a session: {}",
                               text.kind == wire::JsonKind::string
                                   ? safe_for_log(wire::unescape_json_string(text.raw))
                                   : "it does not say why"));
  }
  const JsonValue version = wire::json_member(json, "protocolVersion");
  const wire::VersionFacts* facts =
      version.kind == wire::JsonKind::string ? wire::find_version(version) : nullptr;
  if (facts == nullptr || facts->era != Era::legacy) {
    co_return fail(ErrorKind::corrupt, kNotMcp,
                   "the server began a session in a version of the protocol that is not known");
  }
  version_ = facts->name;
  co_return co_await tell(std::string{agent::kInitialized}, deadline);
}

rt::Task<Result<McpReply>> McpClient::call(McpCall call, Time deadline) {
  JUNCTOR_ASSERT(era_ == Era::modern || !version_.empty());  // It is open.
  if (era_ == Era::legacy) co_return co_await ask(std::move(call), Envelope::legacy, deadline);
  const std::string params = call.params;
  for (std::size_t round = 0;; ++round) {
    JUNCTOR_CO_TRY(McpReply reply, co_await ask(call, Envelope::modern, deadline));
    const auto answers = round < kQuestionRoundsMax ? answers_to(reply) : std::nullopt;
    if (!answers) co_return reply;
    call.params = params + (params.empty() ? "" : ",") + *answers;
  }
}

std::string_view McpClient::capabilities() const {
  return listener_ != nullptr && listener_->answers_questions() ? kQuestionCapabilities : "{}";
}

std::string McpClient::ask_people(std::string_view params) {
  McpListener::PeoplesAnswer answer = listener_->on_question(params);
  asked_for_ += answer.took;
  return std::move(answer.result);
}

//= mcp 2026-07-28 basic/patterns/mrtr#client-requirements-basic-workflow:echo MUST
std::optional<std::string> McpClient::answers_to(const McpReply& reply) {
  const JsonValue result = wire::json_value(reply.json);
  const bool asks = reply.kind == McpReply::Kind::result &&
                    wire::json_text_member(result, "resultType") == "input_required" &&
                    listener_ != nullptr && listener_->answers_questions();
  if (!asks) return std::nullopt;
  std::string answers;
  for (const auto& each : wire::JsonMembers{wire::json_member(result, "inputRequests")}) {
    const auto method = wire::json_text_member(each.value, "method");
    if (method != wire::method_facts(McpMethod::elicitation_create).name) return std::nullopt;
    answers += fmt::format("{}{}:{}", answers.empty() ? "" : ",", each.key,
                           ask_people(wire::json_member(each.value, "params").raw));
  }
  std::string members = fmt::format(R"("inputResponses":{{{}}})", answers);
  if (const JsonValue state = wire::json_member(result, "requestState"))
    members += fmt::format(R"(,"requestState":{})", state.raw);
  return members;
}

rt::Task<Result<McpReply>> McpClient::ask(McpCall call, Envelope envelope, Time deadline) {
  ++last_id_;
  is_unanswered_ = true;
  const std::string_view method = wire::method_facts(call.method).name;
  McpAnswer answer{std::to_string(last_id_), options_.answer_bytes_max, listener_};
  JUNCTOR_CO_CHECK(co_await exchange(message_of(call, envelope), answer, deadline));
  while (!answer.is_complete() && envelope == Envelope::legacy && !answer.last_event_id().empty()) {
    JUNCTOR_CO_CHECK(co_await resume(answer, deadline));
  }
  is_unanswered_ = false;
  if (envelope == Envelope::handshake) session_id_ = answer.session_id();
  if (call.method == McpMethod::server_discover && !is_evidence(answer.status())) {
    co_return status_failure(method, answer.status());
  }
  co_return read_reply(method, answer);
}

// The server said where it stopped; it is asked again after the time that it wishes.
rt::Task<Result<>> McpClient::resume(McpAnswer& answer, Time deadline) {
  const Time until = deadline + asked_for_;
  const Time next = shard_.now() + answer.retry();
  if (co_await rt::sleep_until(std::min(next, until)) == rt::Wake::cancelled) {
    co_return fail(ErrorKind::cancelled);
  }
  if (next >= until) {
    co_return fail(ErrorKind::deadline_exceeded, "upstream_timeout",
                   "the server did not answer in time.");
  }
  JUNCTOR_ASSERT(!answer.last_event_id().empty());
  Message message = session_message("GET");
  message.fields.push_back({std::string{wire::kLastEventIdHeader}, answer.last_event_id()});
  JUNCTOR_CO_CHECK(co_await exchange(std::move(message), answer, deadline));
  if (answer.status() >= 300) co_return status_failure("a resumed stream", answer.status());
  co_return Result<>{};
}

// A notification or an answer of ours: only whether it was accepted is of interest.
rt::Task<Result<>> McpClient::tell(std::string body, Time deadline) {
  McpAnswer answer{{}, options_.answer_bytes_max, nullptr};
  JUNCTOR_CO_CHECK(co_await exchange(session_message("POST", std::move(body)), answer, deadline));
  if (answer.status() >= 300) co_return status_failure("a notification", answer.status());
  co_return Result<>{};
}

// Stops reading at the answer: some servers never end their streams.
rt::Task<Result<>> McpClient::exchange(Message message, McpAnswer& answer, Time deadline) {
  JUNCTOR_CO_TRY(const std::string head, head_of(message));
  // People may have been asked since the deadline was set.
  const auto until = [&] { return deadline + asked_for_; };
  const std::string_view pieces[] = {head, message.body};
  const auto count = message.body.empty() ? std::size_t{1} : std::size_t{2};
  JUNCTOR_CO_TRY(net::ClientCall call, co_await http_.call(std::span{pieces}.first(count),
                                                           wire::http1::RequestKind::other,
                                                           net::Repeatable::no, until()));
  while (true) {
    JUNCTOR_CO_TRY(const auto progress, co_await call.read(answer, until()));
    auto requests = answer.take_requests();
    for (McpAnswer::ServerRequest& request : requests) {
      if (era_ == Era::modern) break;  // None exist there.
      JUNCTOR_CO_CHECK(co_await answer_server(std::move(request), deadline));
    }
    if (progress == net::ClientCall::Progress::ended || answer.is_complete()) break;
  }
  co_return Result<>{};
}

//= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
rt::Task<Result<>> McpClient::answer_server(McpAnswer::ServerRequest request, Time deadline) {
  Buffer body;
  if (request.method == wire::method_facts(McpMethod::ping).name) {
    wire::append_result_response(body, request.id, "{}");
  } else if (request.method == wire::method_facts(McpMethod::elicitation_create).name &&
             capabilities() == kQuestionCapabilities) {
    wire::append_result_response(body, request.id, ask_people(request.params));
  } else {
    wire::append_error_response(body, request.id,
                                {.code = wire::kMethodNotFound,
                                 .message = "this client does not answer such requests",
                                 .data = {}});
  }
  co_return co_await tell(std::string{body.view()}, deadline);
}

//= mcp 2025-11-25 basic/utilities/cancellation#behavior-requirements:in-progress MUST
//= mcp 2025-11-25 basic/utilities/cancellation#behavior-requirements:initialize MUST NOT
rt::Task<void> McpClient::close(Time deadline) {
  if (version_.empty()) co_return;
  asked_for_ = {};  // The deadline is a new one.
  if (std::exchange(is_unanswered_, false)) {
    (void)co_await tell(
        fmt::format(R"({{"jsonrpc":"2.0","method":"notifications/cancelled","params":)"
                    R"({{"requestId":{},"reason":"the client stopped waiting"}}}})",
                    last_id_),
        deadline);
  }
  if (!session_id_.empty()) {
    McpAnswer answer{{}, options_.answer_bytes_max, nullptr};
    (void)co_await exchange(session_message("DELETE"), answer, deadline);
  }
  version_.clear();
  session_id_.clear();
}

//= mcp 2026-07-28 basic#meta:required MUST
//= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:required MUST
//= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:encode MUST
McpClient::Message McpClient::message_of(const McpCall& call, Envelope envelope) const {
  const wire::MethodFacts& facts = wire::method_facts(call.method);
  std::string meta;
  if (envelope == Envelope::modern) meta = agent::own_meta_members(capabilities());
  if (listener_ != nullptr && envelope != Envelope::handshake) {
    meta +=
        fmt::format(R"({}"{}":{})", meta.empty() ? "" : ",", wire::kMetaProgressToken, last_id_);
  }
  std::string params = call.params;
  if (!meta.empty()) {
    params += fmt::format(R"({}"_meta":{{{}}})", params.empty() ? "" : ",", meta);
  }
  std::string body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{{}}}}})",
                                 last_id_, facts.name, params);
  if (envelope == Envelope::handshake) return {.verb = "POST", .body = std::move(body)};
  if (envelope == Envelope::legacy) return session_message("POST", std::move(body));
  Message message{.verb = "POST", .fields = call.fields, .body = std::move(body)};
  message.fields.push_back(
      {std::string{wire::kProtocolVersionHeader}, std::string{modern_version()}});
  message.fields.push_back({std::string{wire::kMethodHeader}, std::string{facts.name}});
  if (facts.name_param != wire::NameParam::none) {
    Buffer name;
    wire::append_header_value(name, call.name);
    message.fields.push_back({std::string{wire::kNameHeader}, std::string{name.view()}});
  }
  return message;
}

//= mcp 2025-11-25 basic/transports#protocol-version-header:sent MUST
//= mcp 2025-11-25 basic/transports#session-management:header MUST
McpClient::Message McpClient::session_message(std::string_view verb, std::string body) const {
  JUNCTOR_ASSERT(era_ == Era::legacy && !version_.empty());
  Message message{.verb = verb, .body = std::move(body)};
  message.fields.push_back({std::string{wire::kProtocolVersionHeader}, version_});
  if (!session_id_.empty()) {
    message.fields.push_back({std::string{wire::kSessionIdHeader}, session_id_});
  }
  return message;
}

Result<std::string> McpClient::head_of(const Message& message) const {
  const bool is_post = message.verb == "POST";
  Buffer head;
  JUNCTOR_CHECK(wire::http1::append_request_line(head, message.verb, options_.url.target));
  JUNCTOR_CHECK(wire::http1::append_header(head, "Host", options_.url.authority));
  JUNCTOR_CHECK(
      wire::http1::append_header(head, "User-Agent", fmt::format("junctor/{}", version())));
  JUNCTOR_CHECK(wire::http1::append_header(
      head, "Accept",
      message.verb == "GET" ? "text/event-stream" : "application/json, text/event-stream"));
  if (is_post) {
    JUNCTOR_CHECK(wire::http1::append_header(head, "Content-Type", "application/json"));
    JUNCTOR_CHECK(wire::http1::append_header(head, "Content-Length", message.body.size()));
  }
  for (const agent::UpstreamHeader& field : options_.headers) {
    JUNCTOR_CHECK(wire::http1::append_header(head, field.name, field.value.reveal()));
  }
  for (const McpCall::Field& field : message.fields) {
    JUNCTOR_CHECK(wire::http1::append_header(head, field.name, field.value));
  }
  wire::http1::append_head_end(head);
  return std::string{head.view()};
}

}  // namespace junctor::cli
