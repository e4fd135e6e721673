#include "cli/example_server.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "agent/stdio_service.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/version.h"
#include "cli/example_prompts.h"
#include "cli/example_resources.h"
#include "cli/example_session.h"
#include "cli/example_stream.h"
#include "cli/example_tools.h"
#include "net/http_server.h"
#include "rt/clock.h"
#include "rt/kernel_io.h"
#include "rt/signals.h"
#include "wire/json_text.h"
#include "wire/json_write.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"
#include "wire/mcp_request.h"

namespace junctor::cli {
namespace {

using wire::Era;
using wire::JsonWriter;
using wire::McpMethod;
using wire::McpPart;
using wire::McpRequest;
using wire::http1::HeaderId;
using wire::http1::Method;
using SharedSession = std::shared_ptr<ExampleSession>;

constexpr int kAccepted = 202;
constexpr int kNotFound = 404;
constexpr int kNotAllowed = 405;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kCapabilities =
    R"({"tools":{},"resources":{"subscribe":true},"prompts":{},"completions":{},"logging":{}})";

int status_of(ErrorKind kind) {
  return error_facts(kind).http_status;
}

void add_server_info(JsonWriter& out) {
  out.begin_object().key("name").string("junctor-example").key("version").string(version());
  out.end_object();
}

// The modern era's counterpart of initialize: nothing is begun by it.
ExampleReply discover() {
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("supportedVersions").raw(wire::kModernVersionsJson);
  out.key("capabilities").raw(kCapabilities);
  add_result_members(out, Era::modern, CacheHint::minute);
  out.key("_meta").begin_object().key(wire::kMetaServerInfo);
  add_server_info(out);
  out.end_object().end_object();
  return reply;
}

// A version that we do not have is answered by one that we have; the client decides whether it goes
// on.
ExampleReply initialize(const McpRequest& request) {
  const wire::JsonValue& asked = request.part(McpPart::initialize_version);
  const std::string wanted =
      asked.kind == wire::JsonKind::string ? wire::unescape_json_string(asked.raw) : std::string{};
  //= mcp 2025-11-25 basic/lifecycle#version-negotiation:same MUST
  const auto version = wire::negotiate_legacy_version(wanted);
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("protocolVersion").string(wire::version_facts(version).name);
  out.key("capabilities").raw(kCapabilities).key("serverInfo");
  add_server_info(out);
  out.end_object();
  return reply;
}

ExampleReply set_log_level(const McpRequest& request, ExampleSession& session) {
  const wire::JsonValue& level = request.part(McpPart::level);
  if (!wire::is_log_level(level)) {
    return ExampleReply::refusal(wire::kInvalidParams, "`level` names none of the eight levels");
  }
  session.log_level = log_level_number(level);
  return ExampleReply::done(request.era);
}

wire::McpHeader header_of(const net::Request& request, HeaderId id) {
  const auto& headers = request.head().headers;
  const auto* found = headers.find(id);
  if (found == nullptr) return {};
  return {.value = found->value, .count = headers.is_repeated(id) ? 2U : 1U};
}

auto judge(const net::Request& request, std::string_view body) {
  return wire::judge_mcp_post(
      body, {.protocol_version = header_of(request, HeaderId::mcp_protocol_version),
             .method = header_of(request, HeaderId::mcp_method),
             .name = header_of(request, HeaderId::mcp_name),
             .session_id = header_of(request, HeaderId::mcp_session_id)});
}

bool is_method(const McpRequest& request, McpMethod method) {
  return request.facts != nullptr && request.facts->method == method;
}

void send_reply(std::string_view id, const ExampleReply& reply, net::ResponseWriter& response) {
  Buffer out;
  reply.append_to(out, id);
  response.send({.status = reply.status, .content_type = kJson}, out.view());
}

// Both eras at one path, as the gateway's own endpoint has them.
class ExampleEndpoint final : public net::HttpHandler {
 public:
  ExampleEndpoint(rt::Shard& shard, wire::KeyRing keys)
      : sessions_{shard.random()},
        tools_{resources_,
               {.keys = std::move(keys), .clock = shard.clock(), .random = shard.random()}} {}

  rt::Task<void> handle(net::Request& request, net::ResponseWriter& response) override {
    switch (request.head().method) {
      case Method::delete_: end_session(request, response); break;
      case Method::post: co_await handle_post(request, response); break;
      default: co_await handle_get(request, response); break;
    }
  }

 private:
  rt::Task<void> handle_post(net::Request& request, net::ResponseWriter& response) {
    const auto body = co_await request.body(kExampleBodyBytesMax);
    if (!body) {
      response.send({.status = status_of(body.error().kind()), .content_type = {}});
      co_return;
    }
    const auto judged = judge(request, *body);
    if (!judged) {
      Buffer out;
      wire::append_rejection(out, judged.error());
      response.send({.status = judged.error().http_status, .content_type = kJson}, out.view());
      co_return;
    }
    if (judged->era == Era::legacy && is_method(*judged, McpMethod::initialize)) {
      open_session(*judged, response);
      co_return;
    }
    SharedSession session;
    if (judged->era == Era::legacy) {
      session = session_of(request, judged->message.id.raw, response);
      if (session == nullptr) co_return;
    }
    // The body stays valid until the handler ends, so the judged spans do.
    co_await handle_message(*judged, session.get(), response);
  }

  // `session` is null in the modern era, and there alone.
  rt::Task<void> handle_message(const McpRequest& judged, ExampleSession* session,
                                net::ResponseWriter& response) {
    JUNCTOR_ASSERT((session != nullptr) == (judged.era == Era::legacy));
    if (judged.message.kind != wire::JsonRpcKind::request) {
      //= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accepted MUST
      if (session != nullptr) note(judged, *session);
      response.send({.status = kAccepted, .content_type = {}});
    } else if (is_method(judged, McpMethod::tools_call) && ExampleTools::is_streamed(judged)) {
      co_await run_tool(judged, session, response);
    } else if (is_method(judged, McpMethod::subscriptions_listen)) {
      co_await listen(judged, response);
    } else {
      send_reply(judged.message.id.raw, answer(judged, session), response);
    }
  }

  // What a session is told without being asked: an answer to a question, a cancellation.
  static void note(const McpRequest& judged, ExampleSession& session) {
    if (is_method(judged, McpMethod::cancelled)) {
      session.cancel(judged.part(McpPart::cancelled_id));
    } else if (judged.message.kind != wire::JsonRpcKind::notification) {
      session.answered(judged.message);
    }
  }

  ExampleReply answer(const McpRequest& request, ExampleSession* session) {
    const Era era = request.era;
    // Methods that need a session exist in its era alone.
    JUNCTOR_ASSERT((session != nullptr) == (era == Era::legacy));
    if (request.facts != nullptr) {
      switch (request.facts->method) {
        case McpMethod::server_discover: return discover();
        case McpMethod::tools_list: return ExampleTools::list(era);
        case McpMethod::tools_call: return tools_.call(request);
        case McpMethod::resources_list: return ExampleResources::list(request);
        case McpMethod::resources_templates_list: return ExampleResources::list_templates(era);
        case McpMethod::resources_read: return resources_.read(request);
        case McpMethod::resources_subscribe:
        case McpMethod::resources_unsubscribe:
          return ExampleResources::set_wanted(request, session->wanted);
        case McpMethod::prompts_list: return list_example_prompts(era);
        case McpMethod::prompts_get: return get_example_prompt(request);
        case McpMethod::completion_complete: return complete_example(request);
        case McpMethod::logging_set_level: return set_log_level(request, *session);
        //= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
        case McpMethod::ping: return ExampleReply::done(era);
        default: break;
      }
    }
    ExampleReply reply =
        ExampleReply::refusal(wire::kMethodNotFound, "this server has no such method");
    //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
    if (era == Era::modern) reply.status = kNotFound;
    return reply;
  }

  rt::Task<void> run_tool(const McpRequest& call, ExampleSession* session,
                          net::ResponseWriter& response) {
    if (session != nullptr && session->full()) {
      ExampleReply reply =
          ExampleReply::refusal(wire::kInternalError, "too many calls of this session are open");
      reply.status = status_of(ErrorKind::unavailable);
      send_reply(call.message.id.raw, reply, response);
      co_return;
    }
    ExampleStream stream{response};
    std::optional<ExampleSession::Call> open;
    if (session != nullptr) open.emplace(*session, call.message.id.raw, stream);
    const ExampleReply reply = co_await stream.run(ExampleTools::run(call, stream, session));
    if (!stream.cancelled()) {
      Buffer message;
      reply.append_to(message, call.message.id.raw);
      stream.send(message.view());
    }
    stream.finish();
  }

  // The modern era's way to be told: until the client leaves.
  rt::Task<void> listen(const McpRequest& request, net::ResponseWriter& response) {
    JUNCTOR_ASSERT(request.era == Era::modern);
    const std::string_view id = request.message.id.raw;
    const auto wanted = ExampleResources::filter_of(request);
    if (!wanted) {
      send_reply(id, ExampleReply::refusal(wire::kInvalidParams, "`notifications` is no filter"),
                 response);
      co_return;
    }
    if (resources_.full()) {
      ExampleReply reply = ExampleReply::refusal(wire::kInternalError, "too many subscriptions");
      reply.status = status_of(ErrorKind::unavailable);
      send_reply(id, reply, response);
      co_return;
    }
    ExampleStream stream{response};
    stream.notify(McpMethod::subscriptions_acknowledged,
                  ExampleResources::acknowledgment(id, *wanted));
    {
      const ExampleResources::Subscriber subscriber{resources_, stream, *wanted, id};
      co_await stream.run(stream.keep_open());
    }
    // With a client that is still there, the server ends.
    if (stream.has_client()) stream.send(listen_end(id));
    stream.finish();
  }

  static std::string listen_end(std::string_view id) {
    JUNCTOR_ASSERT(!id.empty());
    Buffer result;
    JsonWriter out{result};
    out.begin_object().key("_meta").begin_object().key(wire::kMetaSubscriptionId).raw(id);
    out.end_object();
    add_result_members(out, Era::modern);
    out.end_object();
    Buffer message;
    wire::append_result_response(message, id, result.view());
    return std::string{message.view()};
  }

  //= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:answer MUST
  // The legacy era's way: one stream of a session, until the client leaves or the session ends.
  rt::Task<void> handle_get(net::Request& request, net::ResponseWriter& response) {
    static constexpr net::Field kAllow[] = {{"Allow", "POST"}};
    const bool is_get = request.head().method == Method::get;
    if (!is_get || header_of(request, HeaderId::mcp_session_id).count == 0) {
      response.send({.status = kNotAllowed, .content_type = {}, .fields = kAllow});
      co_return;
    }
    const SharedSession session = session_of(request, wire::kNoId, response);
    if (session == nullptr) co_return;
    if (session->standalone != nullptr || resources_.full()) {
      const bool is_second = session->standalone != nullptr;
      response.send({.status = status_of(is_second ? ErrorKind::conflict : ErrorKind::unavailable),
                     .content_type = {}});
      co_return;
    }
    request.release();
    ExampleStream stream{response};
    session->standalone = &stream;
    {
      const ExampleResources::Subscriber subscriber{resources_, stream, session->wanted, {}};
      co_await stream.run(stream.keep_open());
    }
    JUNCTOR_ASSERT(session->standalone == &stream);
    session->standalone = nullptr;
    stream.finish();
  }

  // Null when the request has been answered for: it has no session, or one that we do not know.
  SharedSession session_of(const net::Request& request, std::string_view message_id,
                           net::ResponseWriter& response) const {
    const wire::McpHeader id = header_of(request, HeaderId::mcp_session_id);
    SharedSession session = id.count == 1 ? sessions_.find(id.value) : nullptr;
    if (session != nullptr) return session;
    //= mcp 2025-11-25 basic/transports#session-management:terminated MUST
    ExampleReply reply =
        ExampleReply::refusal(wire::kInvalidRequest, "no such session; begin with initialize");
    reply.status = id.count == 1 ? kNotFound : status_of(ErrorKind::invalid_argument);
    send_reply(message_id, reply, response);
    return nullptr;
  }

  void open_session(const McpRequest& request, net::ResponseWriter& response) {
    if (request.message.kind != wire::JsonRpcKind::request) {
      response.send({.status = status_of(ErrorKind::invalid_argument), .content_type = {}});
      return;
    }
    const SharedSession session = sessions_.open(request.part(McpPart::initialize_capabilities));
    Buffer out;
    initialize(request).append_to(out, request.message.id.raw);
    const net::Field fields[] = {{wire::kSessionIdHeader, session->id()}};
    response.send({.content_type = kJson, .fields = fields}, out.view());
  }

  void end_session(const net::Request& request, net::ResponseWriter& response) {
    const wire::McpHeader id = header_of(request, HeaderId::mcp_session_id);
    const bool was_there = id.count == 1 && sessions_.end(id.value);
    response.send({.status = was_there ? 200 : kNotFound, .content_type = {}});
  }

  ExampleSessions sessions_;
  ExampleResources resources_;
  ExampleTools tools_;
};

}  // namespace

Result<std::vector<net::HttpRoute>> example_routes(rt::Shard& shard) {
  JUNCTOR_TRY(wire::KeyRing keys, wire::KeyRing::random());
  std::vector<net::HttpRoute> routes;
  routes.push_back({.path = "/mcp",
                    .methods = {"GET", "POST", "DELETE"},
                    .handler = std::make_shared<ExampleEndpoint>(shard, std::move(keys)),
                    .summary = "The example MCP server"});
  return routes;
}

// One shard on one thread, and the main thread for the signals. The URL is printed once it can be
// called, for scripts that wait for the line.
Result<> example_server_blocking(const std::string& listen) {
  JUNCTOR_TRY(const rt::Endpoint at, rt::Endpoint::parse(listen));
  rt::Signals signals{SIGINT, SIGTERM};
  rt::SystemClock clock;
  rt::SystemRandom random;
  rt::KernelIo io;
  Metrics metrics;
  rt::Shard shard{0, io, clock, random};
  net::Router router;
  JUNCTOR_TRY(auto routes, example_routes(shard));
  for (net::HttpRoute& route : routes) JUNCTOR_CHECK(router.add(std::move(route)));
  net::HttpServer::Options options{.at = at, .limits = {}, .hosts = {}};
  if (at.is_loopback()) options.hosts = net::HostPolicy::loopback();
  net::HttpServer server{shard, std::move(options), router, metrics, Logger{}};
  {
    const rt::Shard::Entered entered{shard};
    JUNCTOR_CHECK(server.start());
  }
  std::thread thread{[&shard] { shard.run(); }};
  std::printf("http://%s/mcp\n", server.bound().text().c_str());
  std::fflush(stdout);
  (void)signals.wait_blocking();
  shard.stop();
  thread.join();
  return {};
}

// The same endpoint behind a front of lines instead of a listener.
Result<> example_server_stdio_blocking() {
  rt::Signals signals{SIGINT, SIGTERM};
  rt::SystemClock clock;
  rt::SystemRandom random;
  rt::KernelIo io;
  rt::Shard shard{0, io, clock, random};
  JUNCTOR_TRY(const auto routes, example_routes(shard));
  agent::StdioService service{shard, *routes.front().handler, signals, {}};
  {
    const rt::Shard::Entered entered{shard};
    service.start();
  }
  std::thread thread{[&shard] { shard.run(); }};
  service.wait_blocking();
  shard.stop();
  thread.join();
  return {};
}

}  // namespace junctor::cli
