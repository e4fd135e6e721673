#include "agent/stdio_front.h"

#include <algorithm>
#include <utility>

#include "agent/own_words.h"
#include "base/assert.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

using wire::Era;
using wire::JsonRpcKind;
using wire::McpMethod;
using Asked = LineResponse::Asked;

// Tries to read the rest of an answer; each that brings a message starts the count again.
constexpr int kResumptionsMax = 5;

// Who the requests come from: this machine.
rt::Endpoint here() noexcept {
  return rt::Endpoint::ipv4({127, 0, 0, 1}, 0);
}

Buffer buffer_of(std::string_view text) {
  Buffer buffer;
  buffer.append(text);
  return buffer;
}

// A server that has no such stream, or no such session, will not have it later either.
bool will_stay_so(int status) noexcept {
  constexpr int kConflict = 409;
  constexpr int kTooMany = 429;
  return status >= 400 && status < 500 && status != kConflict && status != kTooMany;
}

}  // namespace

// A request under way, findable by its id while it lives.
class StdioFront::Call {
 public:
  Call(StdioFront& front, LineResponse& answer, std::string_view id, Era of)
      : response{answer}, id{id}, era{of}, front_{front} {
    front_.calls_.push_back(this);
  }
  ~Call() {
    const std::size_t erased = std::erase(front_.calls_, this);
    JUNCTOR_ASSERT(erased == 1);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  LineResponse& response;
  std::string_view id;
  Era era;

 private:
  StdioFront& front_;
};

// --- lines in ------------------------------------------------------------------------------------

rt::Task<void> StdioFront::take(Result<Buffer> line) {
  if (!line) {
    refuse(wire::kNullId, {.code = wire::kParseError, .message = line.error().detail()});
    co_return;
  }
  const StdioMessage message = read_stdio_message(line->view());
  if (const auto flaw = flaw_of(message, line->view())) {
    refuse(flaw->id, {.code = flaw->code, .message = flaw->sentence});
  } else if (message.rpc.kind == JsonRpcKind::request) {
    co_await take_request(message, *std::move(line));
  } else {
    co_await take_note(message, *std::move(line));
  }
}

//= mcp 2026-07-28 basic/versioning SHOULD
bool StdioFront::settle_era(const StdioMessage& message) {
  const std::string_view id = message.rpc.id.raw;
  if (!message.version) {
    if (era_ != Era::modern || !message.is(McpMethod::initialize)) return true;
    Buffer data;
    wire::JsonWriter json{data};
    json.begin_object().key("supported").raw(wire::kModernVersionsJson).key("requested");
    message.initialize_version ? json.raw(message.initialize_version.raw) : json.null();
    json.end_object();
    refuse(id, {.code = wire::kUnsupportedVersion,
                .message = "This connection speaks a version that has no initialize.",
                .data = data.view()});
    return false;
  }
  if (era_ == Era::legacy) {
    refuse(id, {.code = wire::kInvalidRequest,
                .message = "This connection was begun by initialize, and speaks that version."});
    return false;
  }
  if (message.has_known_modern_version() && !message.is(McpMethod::server_discover)) {
    era_ = Era::modern;
  }
  return true;
}

rt::Task<void> StdioFront::take_request(const StdioMessage& message, Buffer line) {
  if (!settle_era(message)) co_return;
  if (message.is(McpMethod::initialize) && !message.version) {
    co_return co_await open_session(message, std::move(line));
  }
  if (calls_.size() >= limits_.calls_max) {
    const Error full{ErrorKind::rate_limited, "too_many_calls",
                     "Too many requests of this client are under way."};
    co_return refuse(message.rpc.id.raw, full);
  }
  const bool is_modern = message.version || era_ == Era::modern;
  std::string id{message.rpc.id.raw};
  std::string text{is_modern || session_.id.empty() ? std::string_view{} : line.view()};
  auto request = request_of(message, std::move(line), session_);
  if (request == nullptr) co_return;
  tasks_.spawn(run_call(std::move(request), std::move(id), is_modern ? Era::modern : Era::legacy,
                        std::move(text)));
}

//= mcp 2026-07-28 basic/transports/streamable-http#cancellation:silence MUST NOT
// A modern call is cancelled as if its HTTP client had left; a session's is told so in its session.
void StdioFront::cancel(const StdioMessage& message) noexcept {
  for (Call* const call : calls_) {
    if (call->id != message.cancelled_id.raw) continue;
    call->era == Era::modern ? call->response.leave() : call->response.forgo();
  }
}

rt::Task<void> StdioFront::take_note(const StdioMessage& message, Buffer line) {
  if (message.is(McpMethod::cancelled)) {
    cancel(message);
    if (era_ != Era::legacy) co_return;
  }
  const bool ends_handshake = message.is(McpMethod::initialized);
  auto request = request_of(message, std::move(line), session_);
  if (request == nullptr) co_return;
  while (notes_.size() >= limits_.notes_max) {
    handed_over_.reset();
    if (co_await handed_over_.wait(kNever) == rt::Wake::cancelled) co_return;
  }
  notes_.push_back(std::move(request));
  if (!is_handing_over_) tasks_.spawn(hand_over_notes());
  while (ends_handshake && is_handing_over_) {
    handed_over_.reset();
    if (co_await handed_over_.wait(kNever) == rt::Wake::cancelled) co_return;
  }
}

// The id first: the line goes with the request.
std::unique_ptr<TextRequest> StdioFront::request_of(const StdioMessage& message, Buffer line,
                                                    const StdioSession& session) {
  const bool is_request = message.rpc.kind == JsonRpcKind::request;
  const std::string id{message.rpc.id.raw};
  auto head = post_head(message, line.size(), era_, session);
  auto made = head ? TextRequest::make(*std::move(head), std::move(line), here())
                   : std::unexpected{std::move(head).error()};
  if (made) return *std::move(made);
  if (is_request) {
    refuse(id, {.code = wire::kInvalidRequest, .message = made.error().detail()});
  }
  return nullptr;
}

// --- calls and notes -----------------------------------------------------------------------------

rt::Task<void> StdioFront::run_call(std::unique_ptr<TextRequest> request, std::string id, Era era,
                                    std::string line) {
  LineResponse response{sink_, Asked::request, id, limits_.response};
  const Call call{*this, response, id, era};
  const StdioSession session = line.empty() ? StdioSession{} : session_;
  if (!session.id.empty()) response.keep_loss_back();
  co_await handler_.handle(*request, response);
  request->release();
  if (!session.id.empty()) co_await read_rest(response, session);
  if (response.is_session_lost()) co_await repeat(response, session, line);
  response.conclude();
}

//= mcp 2025-11-25 basic/transports#resumability-and-redelivery SHOULD
// A server may end a stream early and keep the rest for who comes back, when and from where it
// said.
rt::Task<void> StdioFront::read_rest(LineResponse& response, const StdioSession& session) {
  for (int attempt = 0; attempt < kResumptionsMax && response.may_resume(); ++attempt) {
    const Time next = shard_.now() + response.retry();
    if (co_await rt::sleep_until(next) == rt::Wake::cancelled) co_return;
    const std::size_t before = response.messages();
    const auto request = request_in(session, SessionVerb::get, response.last_event_id());
    if (request == nullptr) co_return;
    response.resume();
    co_await handler_.handle(*request, response);
    if (response.messages() != before) attempt = -1;
  }
}

// One behind the other: an answer must not overtake the notification that was said before it.
rt::Task<void> StdioFront::hand_over_notes() {
  is_handing_over_ = true;
  while (!notes_.empty()) {
    const std::unique_ptr<TextRequest> request = std::move(notes_.front());
    notes_.pop_front();
    LineResponse response{sink_, Asked::note, {}, limits_.response};
    co_await handler_.handle(*request, response);
    handed_over_.set();
  }
  is_handing_over_ = false;
  handed_over_.set();
}

// --- the legacy session --------------------------------------------------------------------------

//= mcp 2025-11-25 basic/lifecycle#initialization:first MUST
// A client that initializes once more begins anew; one that was refused may try again.
rt::Task<void> StdioFront::open_session(const StdioMessage& message, Buffer line) {
  std::string id{message.rpc.id.raw};
  std::string text{line.view()};
  const auto request = request_of(message, std::move(line), session_);
  if (request == nullptr) co_return;
  LineResponse response{sink_, Asked::request, std::move(id), limits_.response};
  co_await handler_.handle(*request, response);
  response.conclude();
  if (!response.succeeded()) co_return;
  if (!session_.id.empty()) {
    tasks_.spawn(end_session(std::exchange(session_, {}), nullptr));
  }
  era_ = Era::legacy;
  initialize_ = std::move(text);
  session_ = {.id = response.session_id(), .version = response.protocol_version()};
  if (!session_.id.empty()) tasks_.spawn(read_standalone(session_));
}

//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server MAY
// What the server says outside of requests. It may have no such stream, or end it and begin
// another.
rt::Task<void> StdioFront::read_standalone(StdioSession session) {
  Duration pause = limits_.reopen_min;
  while (session.id == session_.id) {
    const auto request = request_in(session, SessionVerb::get);
    if (request == nullptr) co_return;
    LineResponse response{sink_, Asked::stream, {}, limits_.response};
    const Time begun = shard_.now();
    co_await handler_.handle(*request, response);
    if (will_stay_so(response.status())) co_return;
    if (response.messages() != 0 || shard_.now() - begun > pause) pause = limits_.reopen_min;
    if (co_await rt::sleep_until(shard_.now() + pause) == rt::Wake::cancelled) co_return;
    pause = std::min(pause * 2, limits_.reopen_max);
  }
}

//= mcp 2025-11-25 basic/transports#session-management:anew MUST
// 404 says that nothing was done, so that the request may be made again; once.
rt::Task<void> StdioFront::repeat(LineResponse& response, const StdioSession& lost,
                                  std::string_view line) {
  if (!co_await renew(lost) || response.gone()) co_return;
  const auto request = request_of(read_stdio_message(line), buffer_of(line), session_);
  if (request == nullptr) co_return;
  const StdioSession session = session_;
  response.resume();
  co_await handler_.handle(*request, response);
  request->release();
  co_await read_rest(response, session);
}

// Of many requests that find out, one begins the new session.
rt::Task<bool> StdioFront::renew(const StdioSession& lost) {
  while (is_renewing_) {
    renewed_.reset();
    if (co_await renewed_.wait(kNever) == rt::Wake::cancelled) co_return false;
  }
  if (session_.id != lost.id) co_return !session_.id.empty();
  is_renewing_ = true;
  const bool has_begun = co_await begin_again();
  is_renewing_ = false;
  renewed_.set();
  co_return has_begun;
}

// The client has agreed on a version, and on no other. Requests that come meanwhile still name the
// lost session, and wait as those before them: nothing overtakes the handshake.
rt::Task<bool> StdioFront::begin_again() {
  const auto hello = request_of(read_stdio_message(initialize_), buffer_of(initialize_), {});
  if (hello == nullptr) co_return false;
  LineResponse response{sink_, Asked::own, {}, limits_.response};
  co_await handler_.handle(*hello, response);
  const StdioSession session{.id = response.session_id(), .version = response.protocol_version()};
  if (!response.succeeded() || session.id.empty() || session.version != session_.version) {
    co_return false;
  }
  const auto done = request_of(read_stdio_message(kInitialized), buffer_of(kInitialized), session);
  if (done == nullptr) co_return false;
  LineResponse ignored{sink_, Asked::note, {}, limits_.response};
  co_await handler_.handle(*done, ignored);
  session_ = session;
  tasks_.spawn(read_standalone(session_));
  co_return true;
}

rt::Task<void> StdioFront::end_session(StdioSession session, rt::Event* ended) {
  if (const auto request = request_in(session, SessionVerb::delete_); request != nullptr) {
    LineResponse response{sink_, Asked::note, {}, limits_.response};
    co_await handler_.handle(*request, response);
  }
  if (ended != nullptr) ended->set();
}

std::unique_ptr<TextRequest> StdioFront::request_in(const StdioSession& session, SessionVerb verb,
                                                    std::string_view last_event_id) {
  auto made = TextRequest::make(session_head(verb, session, last_event_id), {}, here());
  return made ? *std::move(made) : nullptr;
}

// --- the end -------------------------------------------------------------------------------------

// The session ends while its tasks can still do so; then whatever is left.
rt::Task<void> StdioFront::end() {
  for (Call* const call : calls_) call->response.leave();
  if (!session_.id.empty()) {
    rt::Event ended;
    tasks_.spawn(end_session(std::exchange(session_, {}), &ended));
    (void)co_await ended.wait(shard_.now() + limits_.end_max);
    tasks_.cancel();
    (void)co_await tasks_.join();  // `ended` outlives who sets it.
    co_return;
  }
  tasks_.cancel();
  (void)co_await tasks_.join();
}

void StdioFront::refuse(std::string_view id, const wire::JsonRpcError& error) {
  Buffer text;
  wire::append_error_response(text, id, error);
  put(text.view());
}

void StdioFront::refuse(std::string_view id, const Error& error) {
  Buffer text;
  append_error(text, id, error);
  put(text.view());
}

void StdioFront::put(std::string_view message) {
  if (!sink_.gone()) sink_.put({&message, 1});
}

}  // namespace junctor::agent
