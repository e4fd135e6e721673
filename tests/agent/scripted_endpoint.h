#pragma once
// An MCP endpoint that does what a test says, and keeps what it was asked: for tests of the legs in
// front of one.
//
// The method of a message is the script: echo, slow, mute, torn, early, tell; initialize and
// notifications are what they are. A GET is the standalone stream, or with Last-Event-ID the rest
// of `early`.
//
// Threads: one shard.

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "rt/event.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::agent::test {

class ScriptedEndpoint final : public net::HttpHandler {
 public:
  struct Asked {
    std::string verb;  // The HTTP method, and of a POST the message's.
    std::string version;
    std::string session;
    std::string body;
  };
  std::vector<Asked> asked;
  int gone = 0;          // Clients that left while their call was slow.
  int get_status = 200;  // Of the standalone stream; none when it is no success.
  int streams = 0;       // Standalone ones that are open.
  bool refuses_initialize = false;
  int first_session = 1;  // Those before it are lost.
  rt::Event notes_go;     // What notifications wait for, once hold_notes is set.
  bool hold_notes = false;
  rt::Event end_stream;  // Ends the standalone stream.

  // Slow calls go on.
  void release() {
    is_released_ = true;
    go_.set();
  }
  [[nodiscard]] std::vector<std::string> verbs() const {
    std::vector<std::string> all;
    for (const Asked& each : asked) all.push_back(each.verb);
    return all;
  }

  rt::Task<void> handle(net::Request& request, net::ResponseWriter& response) override {
    using wire::http1::HeaderId;
    using wire::http1::Method;
    const std::string body{request.body_now(~std::size_t{0}).value()};
    const wire::JsonValue message{body, wire::JsonKind::object};
    Asked now{.verb = std::string{request.head().method_text},
              .version = std::string{request.header(HeaderId::mcp_protocol_version)},
              .session = std::string{request.header(HeaderId::mcp_session_id)},
              .body = body};
    if (!now.session.empty() && std::stoi(now.session.substr(2)) < first_session) {
      asked.push_back({.verb = "lost", .version = {}, .session = now.session, .body = body});
      co_return response.send({.status = 404, .content_type = "application/json"},
                              R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"lost"}})");
    }
    if (request.head().method == Method::get) {
      const std::string last{request.header(HeaderId::last_event_id)};
      asked.push_back(now);
      if (!last.empty()) co_return rest_of_early(last, response);
      co_return co_await stand_alone(response);
    }
    if (request.head().method == Method::delete_) {
      asked.push_back(now);
      end_stream.set();
      co_return response.send({.status = 200, .content_type = {}});
    }
    const std::string method = wire::json_text_member(message, "method").value_or("");
    now.verb += " " + (method.empty() ? "answer" : method);
    asked.push_back(now);
    const std::string id{wire::json_member(message, "id").raw};
    if (method.empty() || id.empty()) co_return co_await take_note(response);
    co_await answer(method, id, wire::json_member(message, "params"), response);
  }

  static std::string result(std::string_view id, std::string_view value) {
    return R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"result":)" + std::string{value} +
           "}";
  }

 private:
  struct Listener final : net::ClientListener {
    Listener(net::ResponseWriter& answer, rt::Event& event) : response{answer}, left{event} {
      response.listen(this);
    }
    ~Listener() { response.listen(nullptr); }
    void on_client_gone() noexcept override {
      is_gone = true;
      left.set();
    }
    void on_client_half_closed() noexcept override {}
    net::ResponseWriter& response;
    rt::Event& left;
    bool is_gone = false;
  };

  rt::Task<void> answer(std::string method, std::string id, wire::JsonValue params,
                        net::ResponseWriter& response) {
    static constexpr std::string_view kJson = "application/json";
    static constexpr std::string_view kEvents = "text/event-stream";
    if (method == "initialize" && refuses_initialize) {
      response.send({.status = 503, .content_type = {}});
    } else if (method == "initialize") {
      const std::string session = "s-" + std::to_string(++sessions_);
      const net::Field fields[] = {{"Mcp-Session-Id", session}};
      response.send({.content_type = kJson, .fields = fields},
                    result(id, R"({"protocolVersion":"2025-11-25"})"));
    } else if (method == "slow") {
      co_await be_slow(std::move(id), response);
    } else if (method == "mute") {
      response.send({.status = 202, .content_type = {}});
    } else if (method == "torn") {
      response.start({.content_type = kJson});
      response.write(R"({"jsonrpc":"2.0",)");
      response.abort();
    } else if (method == "early") {
      early_ = id;
      response.send({.content_type = kEvents}, "id: e-1\nretry: 100\ndata: \n\n");
    } else {
      response.send({.content_type = kJson}, result(id, params ? params.raw : "{}"));
    }
  }

  rt::Task<void> be_slow(std::string id, net::ResponseWriter& response) {
    const Listener listener{response, go_};
    rt::Wake wake = rt::Wake::ready;
    while (!listener.is_gone && !is_released_ && wake == rt::Wake::ready) {
      go_.reset();
      wake = co_await go_.wait(kNever);
    }
    if (listener.is_gone) ++gone;
    if (is_released_) {
      response.send({.content_type = "application/json"}, result(id, R"("slow")"));
    }
  }

  rt::Task<void> take_note(net::ResponseWriter& response) {
    if (hold_notes) (void)co_await notes_go.wait(kNever);
    response.send({.status = 202, .content_type = {}});
  }

  // Three tries, each a little further.
  void rest_of_early(std::string last, net::ResponseWriter& response) {
    const std::string note = R"({"jsonrpc":"2.0","method":"n"})";
    if (last == "e-1") {
      response.send({.content_type = "text/event-stream"}, "id: e-2\ndata: " + note + "\n\n");
    } else {
      response.send({.content_type = "text/event-stream"},
                    "data: " + result(early_, R"("late")") + "\n\n");
    }
  }

  rt::Task<void> stand_alone(net::ResponseWriter& response) {
    if (get_status != 200) co_return response.send({.status = get_status, .content_type = {}});
    response.start({.content_type = "text/event-stream"});
    response.write("data: {\"jsonrpc\":\"2.0\",\"method\":\"news\"}\n\n");
    ++streams;
    end_stream.reset();
    (void)co_await end_stream.wait(kNever);
    --streams;
    response.finish();
  }

  rt::Event go_;  // What slow calls wait for.
  bool is_released_ = false;
  int sessions_ = 0;
  std::string early_;
};

}  // namespace junctor::agent::test
