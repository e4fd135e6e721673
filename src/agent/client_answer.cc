#include "agent/client_answer.h"

#include <algorithm>

#include "wire/json_write.h"
#include "wire/sse_encoder.h"

namespace junctor::agent {
namespace {

constexpr std::string_view kJsonLines =
    "Content-Type: application/json\r\nCache-Control: no-store\r\n";
// Proxies in front are asked not to keep events back or change them.
constexpr std::string_view kEventLines =
    "Content-Type: text/event-stream\r\nCache-Control: no-cache, "
    "no-transform\r\nX-Accel-Buffering: no\r\n";
constexpr std::string_view kExposed =
    "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Retry-After";

// A message on several lines needs a data field for each; nearly all are one line, and go out as
// they came.
bool has_line_end(const Pieces& message) noexcept {
  return std::ranges::any_of(message.view(), [](std::string_view piece) {
    return piece.find('\n') != std::string_view::npos || piece.find('\r') != std::string_view::npos;
  });
}

std::string join(const Pieces& message) {
  std::string text;
  for (const auto piece : message.view()) text += piece;
  return text;
}

}  // namespace

// The fields of an answer's head, but for its type.
class ClientAnswer::Fields {
 public:
  explicit Fields(const ClientAnswer& answer) {
    if (answer.named_ == nullptr) return;
    const Named& named = *answer.named_;
    if (!named.session_id.empty()) add("Mcp-Session-Id", named.session_id);
    if (named.origin.empty()) return;
    add("Access-Control-Allow-Origin", named.origin);
    add("Access-Control-Expose-Headers", kExposed);
    add("Vary", "Origin");
  }
  void add(std::string_view name, std::string_view value) {
    JUNCTOR_ASSERT(count_ < fields_.size());
    fields_[count_++] = {name, value};
  }
  [[nodiscard]] std::span<const net::Field> view() const { return {fields_.data(), count_}; }

 private:
  std::array<net::Field, 10> fields_;
  std::size_t count_ = 0;
};

// Copies what it needs of the request, whose memory is given back while the answer goes on.
ClientAnswer::ClientAnswer(rt::Shard& shard, net::ResponseWriter& writer,
                           const net::Request& request, const Limits& limits)
    : shard_{shard},
      writer_{writer},
      limits_{limits},
      accepted_{accepted_types(request.head().headers)} {
  writer_.listen(this);
  const std::string_view origin = request.header(wire::http1::HeaderId::origin);
  if (!origin.empty()) named().origin = origin;
}

ClientAnswer::Named& ClientAnswer::named() {
  if (named_ == nullptr) named_ = std::make_unique<Named>();
  return *named_;
}

// Also for a client that left before anybody listened.
void ClientAnswer::cancel_on_gone(rt::Cancellation& scope) {
  scope_ = &scope;
  if (writer_.gone()) return scope.request();
  if (writer_.half_closed()) on_client_half_closed();
}

// What the upstream said, else a second.
void ClientAnswer::add_retry_after(Fields& fields, int status) const {
  if (status != 429 && status != 503) return;
  const bool is_named = named_ != nullptr && !named_->retry_after.empty();
  fields.add("Retry-After", is_named ? std::string_view{named_->retry_after} : "1");
}

void ClientAnswer::send(int status, const Pieces& message) {
  JUNCTOR_ASSERT(phase_ == Phase::waiting);
  phase_ = Phase::ended;
  Fields fields{*this};
  add_retry_after(fields, status);
  writer_.send({.status = status, .content_type = {}, .lines = kJsonLines, .fields = fields.view()},
               message.view());
}

void ClientAnswer::send_empty(int status, std::span<const net::Field> more) {
  JUNCTOR_ASSERT(phase_ == Phase::waiting);
  phase_ = Phase::ended;
  Fields fields{*this};
  for (const net::Field& field : more) fields.add(field.name, field.value);
  writer_.send({.status = status, .content_type = {}, .fields = fields.view()});
}

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:forms MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:forms MUST
// In the form that was begun; if none was, JSON where the client takes it, for an event stream
// cannot carry a status.
void ClientAnswer::send_final(int status, const Pieces& message) {
  if (phase_ == Phase::ended) return;
  if (phase_ == Phase::json) return abort();  // Half of another body is out.
  if (phase_ == Phase::waiting && (accepted_.json || status >= 300)) return send(status, message);
  event({}, message);
  end_events();
}

void ClientAnswer::send_error(int status, std::string_view id, const wire::JsonRpcError& error) {
  Buffer text;
  wire::append_error_response(text, id, error);
  Pieces message;
  message.add(text.view());
  send_final(status, message);
}

//= mcp 2026-07-28 basic/versioning#protocol-version-negotiation:unsupported MUST
void ClientAnswer::send_unsupported_version(std::string_view id, std::string_view supported,
                                            std::string_view requested) {
  const std::string data = fmt::format(R"({{"supported":{},"requested":{}}})", supported,
                                       requested.empty() ? "null" : requested);
  send_error(400, id,
             {wire::kUnsupportedVersion,
              "What is behind this route does not speak this protocol version; use one of "
              "data.supported.",
              data});
}

void ClientAnswer::send_error(std::string_view id, const Error& error, std::string_view upstream) {
  const ErrorFacts& facts = error_facts(error.kind());
  Buffer data;
  wire::JsonWriter json{data};
  json.begin_object().key("reason").string(error.reason());
  if (!upstream.empty()) json.key("upstream").string(upstream);
  if (facts.retryable) json.key("retryable").boolean(true);
  json.end_object();
  const std::string_view text =
      error.detail().empty() ? facts.name : std::string_view{error.detail()};
  // An error of an upstream is told in band: the HTTP exchange with us went well.
  const bool in_band = facts.jsonrpc_code == wire::kInternalError &&
                       error.kind() != ErrorKind::rate_limited && !id.empty();
  send_error(in_band ? 200 : facts.http_status, id, {facts.jsonrpc_code, text, data.view()});
}

void ClientAnswer::begin_json(int status) {
  JUNCTOR_ASSERT(phase_ == Phase::waiting);
  phase_ = Phase::json;
  Fields fields{*this};
  add_retry_after(fields, status);
  writer_.start(
      {.status = status, .content_type = {}, .lines = kJsonLines, .fields = fields.view()});
}

// Idempotent: whoever has an event to send need not know whether it is the first.
void ClientAnswer::begin_events() {
  if (phase_ != Phase::waiting) return;
  phase_ = Phase::events;
  const Fields fields{*this};
  writer_.start({.status = 200, .content_type = {}, .lines = kEventLines, .fields = fields.view()});
  rest();
}

// The parts of the message go to the socket from where they are, with the framing around them.
void ClientAnswer::event(std::string_view id, const Pieces& message) {
  begin_events();
  if (phase_ != Phase::events) return;
  rest();
  if (has_line_end(message)) {
    Buffer text;
    wire::append_sse_event(text,
                           {.id = id.empty() ? std::nullopt : std::optional{id}, .type = "message"},
                           join(message));
    writer_.write(text.view());
    return;
  }
  std::array<std::string_view, Pieces::kMax + 4> pieces;
  std::size_t count = 0;
  if (!id.empty()) {
    pieces[count++] = "id: ";
    pieces[count++] = id;
    pieces[count++] = "\nevent: message\ndata: ";
  } else {
    pieces[count++] = "event: message\ndata: ";
  }
  for (const auto piece : message.view()) pieces[count++] = piece;
  pieces[count++] = "\n\n";
  writer_.write(std::span<const std::string_view>{pieces.data(), count});
}

void ClientAnswer::prime(std::string_view id, std::optional<std::chrono::milliseconds> retry) {
  begin_events();
  if (phase_ != Phase::events) return;
  Buffer text;
  wire::append_sse_priming_event(text, id, retry);
  writer_.write(text.view());
}

// A stream that never began is begun, so that a client that waits for one gets one that is empty.
void ClientAnswer::end_events() {
  begin_events();
  if (phase_ != Phase::events) return;
  phase_ = Phase::ended;
  disarm();
  writer_.finish();
}

// The stream's timer first: it would write to a connection that is closing.
void ClientAnswer::on_client_gone() noexcept {
  disarm();
  left.set();
  if (scope_ != nullptr) scope_->request();
}

void ClientAnswer::on_client_half_closed() noexcept {
  // A comment on the stream meets a reset if nobody is there.
  if (scope_ == nullptr || !accepted_.events || phase_ == Phase::json || phase_ == Phase::ended)
    return;
  begin_events();
  on_timer();
}

// A comment, which clients skip: it keeps proxies from closing a quiet stream, and finds out that
// nobody is there.
void ClientAnswer::on_timer() noexcept {
  if (phase_ != Phase::events) return;
  writer_.write(":\n\n");
  writer_.flush();
  if (!writer_.gone()) rest();
}

}  // namespace junctor::agent
