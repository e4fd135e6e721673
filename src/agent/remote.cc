#include "agent/remote.h"

#include <deque>
#include <string>
#include <vector>

#include "agent/plane.h"
#include "agent/text_request.h"
#include "base/buffer.h"
#include "base/units.h"
#include "rt/event.h"
#include "wire/http1_writer.h"

namespace junctor::agent {
namespace {

constexpr Duration kInboxPause = std::chrono::milliseconds{10};
// Of an answer that its client does not take; as net::HttpLimits::backlog_bytes_max.
constexpr std::size_t kBacklogBytesMax = 24_MiB;

// One thing that the serving shard does to the answer.
struct Act {
  enum class Kind : std::uint8_t { send, start, write, flush, finish, abort, over } kind;
  int status = 0;
  std::string content_type = {};
  std::string lines = {};
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string bytes = {};
};

class RemoteResponse;

// What both sides hold. Each member is touched by one shard alone.
struct Handover {
  Handover(rt::Shard& holder, rt::Shard& server) noexcept : home{holder}, there{server} {}

  rt::Shard& home;   // Has the connection.
  rt::Shard& there;  // Serves.
  // Home:
  std::deque<Act> acts;
  rt::Event acted;
  // There:
  RemoteResponse* response = nullptr;
};

class RemoteResponse final : public net::ResponseWriter {
 public:
  explicit RemoteResponse(std::shared_ptr<Handover> handover) : handover_{std::move(handover)} {
    handover_->response = this;
  }
  ~RemoteResponse() override { handover_->response = nullptr; }

  void send(const net::Answer& answer, std::span<const std::string_view> body) override {
    started_ = true;
    Act act = head_of(Act::Kind::send, answer);
    for (const auto piece : body) act.bytes += piece;
    post(std::move(act));
  }
  void start(const net::Answer& answer) override {
    started_ = true;
    post(head_of(Act::Kind::start, answer));
  }
  // Counted until the client's shard says that its socket took it, so that a slow client slows the
  // upstream here as it would at home.
  void write(std::span<const std::string_view> pieces) override {
    Act act{.kind = Act::Kind::write};
    for (const auto piece : pieces) act.bytes += piece;
    backlog_bytes_ += act.bytes.size();
    const bool is_over_limit = backlog_bytes_ > kBacklogBytesMax;
    post(std::move(act));
    if (is_over_limit) cut();
  }
  void flush() override { post({.kind = Act::Kind::flush}); }
  void finish() override { post({.kind = Act::Kind::finish}); }
  void abort() override { post({.kind = Act::Kind::abort}); }
  [[nodiscard]] bool started() const noexcept override { return started_; }
  [[nodiscard]] std::size_t backlog_bytes() const noexcept override { return backlog_bytes_; }
  [[nodiscard]] rt::Task<Result<>> drain(Time deadline) override {
    while (backlog_bytes_ != 0 && !gone_) {
      taken_event_.reset();
      const rt::Wake wake = co_await taken_event_.wait(deadline);
      if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
      if (wake == rt::Wake::timeout) break;
    }
    if (gone_ || backlog_bytes_ != 0) co_return fail(ErrorKind::unavailable, "client_gone");
    co_return Result<>{};
  }
  [[nodiscard]] bool gone() const noexcept override { return gone_; }
  [[nodiscard]] bool half_closed() const noexcept override { return half_closed_; }
  void listen(net::ClientListener* listener) noexcept override { listener_ = listener; }

  // Told by the home shard.
  void taken(std::size_t bytes) noexcept {
    JUNCTOR_ASSERT(bytes <= backlog_bytes_);
    backlog_bytes_ -= bytes;
    taken_event_.set();
  }
  void client_gone() noexcept {
    if (std::exchange(gone_, true)) return;
    taken_event_.set();
    if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_client_gone();
  }
  void client_half_closed() noexcept {
    half_closed_ = true;
    if (listener_ != nullptr) listener_->on_client_half_closed();
  }

 private:
  static Act head_of(Act::Kind kind, const net::Answer& answer) {
    Act act{.kind = kind,
            .status = answer.status,
            .content_type = std::string{answer.content_type},
            .lines = std::string{answer.lines}};
    act.fields.reserve(answer.fields.size());
    for (const net::Field& field : answer.fields) act.fields.emplace_back(field.name, field.value);
    return act;
  }
  // The answer ends where it stands: nothing that follows may make it look whole.
  void cut() noexcept {
    cut_ = true;
    client_gone();
  }
  void post(Act act) {
    if (cut_) return;
    const bool taken = handover_->home.post([handover = handover_, act = std::move(act)]() mutable {
      handover->acts.push_back(std::move(act));
      handover->acted.set();
    });
    if (!taken) cut();  // A full inbox loses a part of this answer.
  }

  std::shared_ptr<Handover> handover_;
  net::ClientListener* listener_ = nullptr;
  std::size_t backlog_bytes_ = 0;
  rt::Event taken_event_;
  bool started_ = false;
  bool gone_ = false;
  bool half_closed_ = false;
  bool cut_ = false;
};

// The response ends before the word that all is over, for that is what makes the other side let go.
rt::Task<void> serve_there(Plane& plane, std::string path, std::unique_ptr<TextRequest> request,
                           std::shared_ptr<Handover> handover) {
  {
    RemoteResponse response{handover};
    const std::shared_ptr<net::HttpHandler> handler = plane.handler(path);
    if (handler != nullptr) {
      co_await handler->handle(*request, response);
    } else {  // A reload has removed it here, and not yet where the request came in.
      response.send({.status = 404, .content_type = {}, .fields = {}},
                    std::span<const std::string_view>{});
    }
  }
  // The other side waits for this word; a full inbox only delays it.
  const auto tell_over = [&handover] {
    return handover->home.post([handover] {
      handover->acts.push_back({.kind = Act::Kind::over});
      handover->acted.set();
    });
  };
  while (!tell_over()) {
    if (co_await rt::sleep_until(plane.shard().now() + kInboxPause) == rt::Wake::cancelled) break;
  }
}

// The client's side of it: tells the serving shard when the client leaves.
class HomeListener final : public net::ClientListener {
 public:
  explicit HomeListener(std::shared_ptr<Handover> handover) : handover_{std::move(handover)} {}
  void on_client_gone() noexcept override {
    tell([](RemoteResponse& response) { response.client_gone(); });
  }
  void on_client_half_closed() noexcept override {
    tell([](RemoteResponse& response) { response.client_half_closed(); });
  }
  void tell(std::move_only_function<void(RemoteResponse&)> what) noexcept {
    (void)handover_->there.post([handover = handover_, what = std::move(what)]() mutable {
      if (handover->response != nullptr) what(*handover->response);
    });
  }

 private:
  std::shared_ptr<Handover> handover_;
};

// One act of the serving shard, done to the real connection.
void perform(const Act& act, net::ResponseWriter& response) {
  std::vector<net::Field> fields;
  fields.reserve(act.fields.size());
  for (const auto& [name, value] : act.fields) fields.push_back({name, value});
  const net::Answer answer{
      .status = act.status, .content_type = act.content_type, .lines = act.lines, .fields = fields};
  switch (act.kind) {
    case Act::Kind::send: response.send(answer, act.bytes); break;
    case Act::Kind::start: response.start(answer); break;
    case Act::Kind::write: response.write(act.bytes); break;
    case Act::Kind::flush: response.flush(); break;
    case Act::Kind::finish: response.finish(); break;
    case Act::Kind::abort: response.abort(); break;
    case Act::Kind::over: break;
  }
}

// The head, written again from what was parsed: the same fields in the same order.
Result<std::string> head_text(const wire::http1::RequestHead& head) {
  Buffer text;
  JUNCTOR_CHECK(wire::http1::append_request_line(text, head.method_text, head.target));
  for (const auto& field : head.headers) {
    JUNCTOR_CHECK(wire::http1::append_header(text, field.name, field.value));
  }
  wire::http1::append_head_end(text);
  return std::string{text.view()};
}

}  // namespace

// The request is copied, and its answer comes back act by act: for requests of a session that came
// in on another connection than its first.
rt::Task<void> hand_over(Plane& plane, std::string path, const Limits& limits,
                         net::Request& request, std::string_view body,
                         net::ResponseWriter& response) {
  auto text = head_text(request.head());
  JUNCTOR_ASSERT(text.has_value());
  Buffer bytes;
  bytes.append(body);
  auto copied = TextRequest::make(*std::move(text), std::move(bytes), request.peer());
  JUNCTOR_ASSERT(copied.has_value());  // The head was parsed once before.
  request.release();
  auto handover = std::make_shared<Handover>(rt::Shard::current(), plane.shard());
  const bool taken = plane.shard().post(
      [&plane, path = std::move(path), copy = *std::move(copied), handover]() mutable {
        plane.shard().tasks().spawn(
            serve_there(plane, std::move(path), std::move(copy), std::move(handover)));
      });
  if (!taken) co_return response.send({.status = 503, .content_type = {}, .fields = {}});
  HomeListener listener{handover};
  response.listen(&listener);
  if (response.gone()) listener.on_client_gone();
  for (bool over = false; !over;) {
    handover->acted.reset();
    if (handover->acts.empty() && co_await handover->acted.wait(kNever) == rt::Wake::cancelled) {
      // This shard is ending; the other one is told, and finds no reader.
      listener.on_client_gone();
      break;
    }
    while (!handover->acts.empty() && !over) {
      const Act act = std::move(handover->acts.front());
      handover->acts.pop_front();
      over = act.kind == Act::Kind::over;
      perform(act, response);
      if (act.kind != Act::Kind::write) continue;
      if (response.backlog_bytes() != 0) {
        (void)co_await response.drain(handover->home.now() + limits.write_timeout);
      }
      listener.tell([bytes = act.bytes.size()](RemoteResponse& there) { there.taken(bytes); });
    }
  }
  response.listen(nullptr);
}

}  // namespace junctor::agent
