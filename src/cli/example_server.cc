#include "cli/example_server.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/text.h"
#include "base/version.h"
#include "net/http_server.h"
#include "rt/clock.h"
#include "rt/event.h"
#include "rt/kernel_io.h"
#include "rt/signals.h"
#include "wire/json_text.h"
#include "wire/json_write.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"
#include "wire/mcp_request.h"
#include "wire/sse_encoder.h"

namespace junctor::cli {
namespace {

using wire::Era;
using wire::JsonWriter;
using wire::McpMethod;
using wire::McpPart;
using wire::McpRequest;
using wire::http1::HeaderId;

constexpr int kOk = 200;
constexpr int kAccepted = 202;
constexpr int kNotFound = 404;
constexpr std::string_view kJson = "application/json";
// Of `slow`: with kExampleStepsMax it bounds how long one call lasts.
constexpr Duration kStepMax = std::chrono::seconds{10};

// One tool for each thing that a client or a gateway may want to see: a result, a structured one,
// progress, a large one, a failure.
constexpr std::string_view kTools =
    R"([{"name":"echo","description":"Gives the text back.",)"
    R"("inputSchema":{"type":"object","properties":{"text":{"type":"string"}},)"
    R"("required":["text"]}})"
    R"(,{"name":"add","description":"Adds two whole numbers.",)"
    R"("inputSchema":{"type":"object","properties":{"a":{"type":"integer"},)"
    R"("b":{"type":"integer"}},"required":["a","b"]},"outputSchema":{"type":"object",)"
    R"("properties":{"sum":{"type":"integer"}},"required":["sum"]}})"
    R"(,{"name":"slow",)"
    R"("description":"Takes `steps` steps of `step_ms` milliseconds and reports progress.",)"
    R"("inputSchema":{"type":"object","properties":{"steps":{"type":"integer",)"
    R"("default":3},"step_ms":{"type":"integer","default":200}}}})"
    R"(,{"name":"big","description":"Gives `bytes` bytes of text.",)"
    R"("inputSchema":{"type":"object","properties":{"bytes":{"type":"integer",)"
    R"("default":65536}}}})"
    R"(,{"name":"fail","description":"Always fails.","inputSchema":{"type":"object"}}])";

// What a request is answered with: a result, or a JSON-RPC error with the status that carries it.
struct Reply {
  Buffer result;
  std::optional<wire::JsonRpcError> error;
  int status = kOk;
};

// The error's texts are of static storage.
Reply refuse(int code, std::string_view message, int status = kOk) {
  Reply reply;
  reply.error = wire::JsonRpcError{.code = code, .message = message, .data = {}};
  reply.status = status;
  return reply;
}

void add_server_info(JsonWriter& out) {
  out.begin_object().key("name").string("junctor-example").key("version").string(version());
  out.end_object();
}

// Members that every modern result has, and those of one that may be cached.
enum class Cacheable : std::uint8_t { no, yes };
void add_result_members(JsonWriter& out, Era era, Cacheable cacheable) {
  if (era == Era::legacy) return;
  //= mcp 2026-07-28 basic#result-responses:result-type MUST
  out.key("resultType").string("complete");
  if (cacheable == Cacheable::no) return;
  //= mcp 2026-07-28 server/utilities/caching#cacheable-results:hints MUST
  out.key("ttlMs").integer(60'000).key("cacheScope").string("public");
}

// The modern era's counterpart of initialize: nothing is begun by it.
Reply discover() {
  Reply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("supportedVersions").raw(wire::kModernVersionsJson);
  out.key("capabilities").raw(R"({"tools":{}})");
  add_result_members(out, Era::modern, Cacheable::yes);
  out.key("_meta").begin_object().key(wire::kMetaServerInfo);
  add_server_info(out);
  out.end_object().end_object();
  return reply;
}

// A version that we do not have is answered by one that we have; the client decides whether it goes
// on.
Reply initialize(const McpRequest& request) {
  const wire::JsonValue& asked = request.part(McpPart::initialize_version);
  const std::string wanted =
      asked.kind == wire::JsonKind::string ? wire::unescape_json_string(asked.raw) : std::string{};
  //= mcp 2025-11-25 basic/lifecycle#version-negotiation:same MUST
  const auto version = wire::negotiate_legacy_version(wanted);
  Reply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("protocolVersion").string(wire::version_facts(version).name);
  out.key("capabilities").raw(R"({"tools":{}})").key("serverInfo");
  add_server_info(out);
  out.end_object();
  return reply;
}

Reply list_tools(Era era) {
  Reply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("tools").raw(kTools);
  add_result_members(out, era, Cacheable::yes);
  out.end_object();
  return reply;
}

enum class Outcome : std::uint8_t { good, failed };
// `structured`: a JSON text or empty.
Reply tool_text(Era era, std::string_view text, std::string_view structured = {},
                Outcome outcome = Outcome::good) {
  Reply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("content").begin_array();
  out.begin_object().key("type").string("text").key("text").string(text).end_object().end_array();
  if (!structured.empty()) out.key("structuredContent").raw(structured);
  if (outcome == Outcome::failed) out.key("isError").boolean(true);
  add_result_members(out, era, Cacheable::no);
  out.end_object();
  return reply;
}

// Arguments of tools are looked up by a walk: the scan captures only what every request has.
std::optional<std::int64_t> integer_argument(const McpRequest& request, std::string_view name) {
  const wire::JsonValue value = wire::json_member(request.part(McpPart::arguments), name);
  if (value.kind != wire::JsonKind::number) return std::nullopt;
  return wire::json_integer(value.raw);
}

// Absent is `fallback`; what is there is kept between 0 and `most`.
std::size_t bounded_argument(const McpRequest& request, std::string_view name, std::size_t fallback,
                             std::size_t most) {
  const auto value = integer_argument(request, name);
  if (!value) return fallback;
  return *value < 0 ? 0 : std::min(static_cast<std::size_t>(*value), most);
}

Reply echo(const McpRequest& request) {
  const wire::JsonValue text = wire::json_member(request.part(McpPart::arguments), "text");
  if (text.kind != wire::JsonKind::string) {
    return refuse(wire::kInvalidParams, "echo needs `text`, a string");
  }
  return tool_text(request.era, wire::unescape_json_string(text.raw));
}

Reply add(const McpRequest& request) {
  const auto a = integer_argument(request, "a");
  const auto b = integer_argument(request, "b");
  std::int64_t sum = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &sum)) {
    return refuse(wire::kInvalidParams, "add needs `a` and `b`, whole numbers of 64 bits");
  }
  const std::string structured = fmt::format("{{\"sum\":{}}}", sum);
  return tool_text(request.era, std::to_string(sum), structured);
}

bool is_call_of(const McpRequest& request, std::string_view tool) {
  const wire::JsonValue& name = request.part(McpPart::name);
  return name.kind == wire::JsonKind::string && wire::json_string_equals(name.raw, tool);
}

// A tool that fails is a result; a tool that does not exist is an error of the protocol.
Reply call_tool(const McpRequest& request) {
  if (is_call_of(request, "echo")) return echo(request);
  if (is_call_of(request, "add")) return add(request);
  if (is_call_of(request, "big")) {
    const std::size_t bytes = bounded_argument(request, "bytes", 65'536, kExampleBigBytesMax);
    return tool_text(request.era, std::string(bytes, 'x'));
  }
  if (is_call_of(request, "fail")) {
    return tool_text(request.era, "This tool always fails.", {}, Outcome::failed);
  }
  return refuse(wire::kInvalidParams, "unknown tool; tools/list names those there are");
}

// `slow` is not here: it takes its time, and has a coroutine.
Reply answer(const McpRequest& request) {
  JUNCTOR_ASSERT(request.facts != nullptr);
  switch (request.facts->method) {
    case McpMethod::server_discover: return discover();
    case McpMethod::initialize: return initialize(request);
    case McpMethod::tools_list: return list_tools(request.era);
    case McpMethod::tools_call: return call_tool(request);
    //= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
    case McpMethod::ping: {
      Reply reply;
      reply.result.append("{}");
      return reply;
    }
    default: break;
  }
  //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
  return refuse(wire::kMethodNotFound, "this server has tools alone",
                request.era == Era::modern ? kNotFound : kOk);
}

wire::McpHeader header_of(const net::Request& request, HeaderId id) {
  const auto& headers = request.head().headers;
  const auto* found = headers.find(id);
  if (found == nullptr) return {};
  return {.value = found->value, .count = headers.is_repeated(id) ? 2U : 1U};
}

void append_reply(Buffer& out, std::string_view id, const Reply& reply) {
  if (reply.error) {
    wire::append_error_response(out, id, *reply.error);
  } else {
    wire::append_result_response(out, id, reply.result.view());
  }
}

// Both eras at one path, as the gateway's own endpoint has them; sessions are names and hold
// nothing.
class ExampleEndpoint final : public net::HttpHandler {
 public:
  explicit ExampleEndpoint(rt::Shard& shard) noexcept : shard_{shard} {}

  rt::Task<void> handle(net::Request& request, net::ResponseWriter& response) override {
    if (request.head().method == wire::http1::Method::delete_) {
      end_session(request, response);
      co_return;
    }
    const auto body = co_await request.body(kBodyBytesMax);
    if (!body) {
      response.send({.status = error_facts(body.error().kind()).http_status, .content_type = {}});
      co_return;
    }
    const auto judged = wire::judge_mcp_post(
        *body, {.protocol_version = header_of(request, HeaderId::mcp_protocol_version),
                .method = header_of(request, HeaderId::mcp_method),
                .name = header_of(request, HeaderId::mcp_name),
                .session_id = header_of(request, HeaderId::mcp_session_id)});
    if (!judged) {
      Buffer out;
      wire::append_rejection(out, judged.error());
      response.send({.status = judged.error().http_status, .content_type = kJson}, out.view());
      co_return;
    }
    if (!admit(*judged, request, response)) co_return;
    if (judged->message.kind != wire::JsonRpcKind::request) {
      //= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accepted MUST
      response.send({.status = kAccepted, .content_type = {}});
    } else if (judged->facts->method == McpMethod::tools_call && is_call_of(*judged, "slow")) {
      co_await run_slow(*judged, response);
    } else {
      send_reply(*judged, response);
    }
  }

 private:
  static constexpr std::size_t kBodyBytesMax = std::size_t{16} << 20;

  // False when the session has been answered for already: a legacy request without one we know.
  bool admit(const McpRequest& judged, const net::Request& request, net::ResponseWriter& response) {
    const bool opens = judged.facts != nullptr && judged.facts->method == McpMethod::initialize;
    if (judged.era == Era::modern || opens) return true;
    const wire::McpHeader id = header_of(request, HeaderId::mcp_session_id);
    if (id.count == 1 && std::ranges::find(sessions_, id.value) != sessions_.end()) return true;
    //= mcp 2025-11-25 basic/transports#session-management:terminated MUST
    const int status =
        id.count == 1 ? kNotFound : error_facts(ErrorKind::invalid_argument).http_status;
    Buffer out;
    wire::append_error_response(out, judged.message.id.raw,
                                {.code = wire::kInvalidRequest,
                                 .message = "no such session; begin with initialize",
                                 .data = {}});
    response.send({.status = status, .content_type = kJson}, out.view());
    return false;
  }

  // The oldest makes room: nobody ends the sessions of a server to try things on.
  std::string open_session() {
    std::array<unsigned char, 16> bytes{};
    shard_.random().fill(bytes);
    if (sessions_.size() >= kExampleSessionsMax) sessions_.erase(sessions_.begin());
    sessions_.push_back(to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    return sessions_.back();
  }

  void end_session(const net::Request& request, net::ResponseWriter& response) {
    const wire::McpHeader id = header_of(request, HeaderId::mcp_session_id);
    const auto found = std::ranges::find(sessions_, id.value);
    const bool is_known = id.count == 1 && found != sessions_.end();
    if (is_known) sessions_.erase(found);
    response.send({.status = is_known ? kOk : kNotFound, .content_type = {}});
  }

  void send_reply(const McpRequest& judged, net::ResponseWriter& response) {
    const Reply reply = answer(judged);
    Buffer out;
    append_reply(out, judged.message.id.raw, reply);
    std::string session;
    std::vector<net::Field> fields;
    if (judged.facts->method == McpMethod::initialize) {
      session = open_session();
      fields.push_back({wire::kSessionIdHeader, session});
    }
    response.send({.status = reply.status, .content_type = kJson, .fields = fields}, out.view());
  }

  // An event stream: a progress notification after each step if they are wanted, then the result.
  // The body stays valid until the handler ends, so the judged spans do.
  rt::Task<void> run_slow(const McpRequest& judged, net::ResponseWriter& response) {
    const std::size_t steps = bounded_argument(judged, "steps", 3, kExampleStepsMax);
    const auto step_ms = bounded_argument(
        judged, "step_ms", 200, static_cast<std::size_t>(kStepMax / std::chrono::milliseconds{1}));
    static constexpr net::Field kFields[] = {{"Cache-Control", "no-store"},
                                             {"X-Accel-Buffering", "no"}};
    response.start({.content_type = "text/event-stream", .fields = kFields});
    response.flush();
    const std::string_view token = judged.part(McpPart::progress_token).raw;
    for (std::size_t step = 1; step <= steps; ++step) {
      const Time next = shard_.now() + std::chrono::milliseconds{step_ms};
      if (co_await rt::sleep_until(next) != rt::Wake::timeout || response.gone()) {
        response.abort();
        co_return;
      }
      if (!token.empty()) send_progress(token, step, steps, response);
    }
    const Reply reply = tool_text(judged.era, fmt::format("Took {} steps.", steps));
    Buffer message;
    append_reply(message, judged.message.id.raw, reply);
    Buffer event;
    wire::append_sse_event(event, {}, message.view());
    response.write(event.view());
    response.finish();
  }

  static void send_progress(std::string_view token, std::size_t step, std::size_t steps,
                            net::ResponseWriter& response) {
    Buffer message;
    wire::append_notification(
        message, wire::method_facts(McpMethod::progress).name,
        fmt::format(R"({{"progressToken":{},"progress":{},"total":{}}})", token, step, steps));
    Buffer event;
    wire::append_sse_event(event, {}, message.view());
    response.write(event.view());
    response.flush();
  }

  rt::Shard& shard_;
  std::vector<std::string> sessions_;  // The oldest first.
};

}  // namespace

std::vector<net::HttpRoute> example_routes(rt::Shard& shard) {
  //= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:answer MUST
  // No GET: the server has nothing to say by itself, so the router answers 405.
  return {{.path = "/mcp",
           .methods = {"POST", "DELETE"},
           .handler = std::make_shared<ExampleEndpoint>(shard),
           .summary = "The example MCP server"}};
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
  for (net::HttpRoute& route : example_routes(shard)) JUNCTOR_CHECK(router.add(std::move(route)));
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

}  // namespace junctor::cli
