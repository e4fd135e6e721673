// Goal: each rung of the judgement answers as stated, in the stated order, in both eras.
// Method: a table of bodies and headers with status, code and id expected; good requests are
// checked
//         for what they captured. In bodies, META stands for a complete modern `_meta`.

#include "wire/mcp_request.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace junctor::wire {
namespace {

constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string expand(std::string_view text) {
  std::string out{text};
  for (std::size_t at = out.find("META"); at != std::string::npos; at = out.find("META")) {
    out.replace(at, 4, kMeta);
  }
  return out;
}

// A request of that method and those params, id 1.
std::string call(std::string_view method, std::string_view params) {
  return expand(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string{method} + R"(","params":{)" +
                std::string{params} + "}}");
}

struct Sent {  // The headers of a request; nothing is absent.
  std::optional<std::string_view> version = {};
  std::optional<std::string_view> method = {};
  std::optional<std::string_view> name = {};
};

McpHeader header(const std::optional<std::string_view>& value) {
  if (!value) return {};
  return {.value = *value, .count = 1};
}

McpHeaders headers(const Sent& sent) {
  return {.protocol_version = header(sent.version),
          .method = header(sent.method),
          .name = header(sent.name),
          .session_id = {}};
}

constexpr std::string_view kModern = "2026-07-28";
constexpr Sent kListHeaders{.version = kModern, .method = "tools/list"};

struct RejectCase {
  std::string_view name;
  std::string body;
  Sent sent;
  int status;
  int code;
  std::string_view id = "1";
};

//= mcp 2026-07-28 basic#error-responses:id MUST
//= mcp 2025-11-25 basic#error-responses:id MUST
//= mcp 2026-07-28 basic#meta:missing MUST
//= mcp 2026-07-28 basic#notifications:no-id MUST NOT
//= mcp 2026-07-28 basic/transports#messages:utf-8 MUST
//= mcp 2025-11-25 basic/transports#top:utf-8 MUST
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:single MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:single MUST
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:no-responses MUST NOT
//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:present MUST
//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:match MUST
//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:absent MUST
//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
//= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:required MUST
//= mcp 2026-07-28 basic/transports/streamable-http#server-validation:match MUST
//= mcp 2026-07-28 basic/transports/streamable-http#server-validation:status MUST
//= mcp 2026-07-28 basic/transports/streamable-http#server-validation:decode MUST
//= mcp 2026-07-28 basic/transports/streamable-http#server-validation:intermediary MUST
//= mcp 2025-11-25 basic/transports#protocol-version-header:invalid MUST
const RejectCase kRejectCases[] = {
    // Not JSON; not JSON-RPC.
    {"empty_body", "", {}, 400, -32700, ""},
    {"no_json", "{\"id\":1,", {}, 400, -32700, ""},
    {"bad_utf8", "{\"id\":1,\"x\":\"\xFF\"}", {}, 400, -32700, ""},
    {"no_json_old_revision", "{", {.version = "2025-06-18"}, 400, -32700, "null"},
    {"no_json_new_revision", "{", {.version = "2025-11-25"}, 400, -32700, ""},
    {"batch", "[]", {}, 400, -32600, ""},
    {"modern_batch",
     expand(R"([{"jsonrpc":"2.0","id":1,"method":"x","params":{META}}])"),
     {.version = kModern},
     400,
     -32600,
     ""},
    {"scalar", "7", {}, 400, -32600, ""},
    {"no_jsonrpc", R"({"id":1,"method":"ping"})", {}, 400, -32600},
    {"id_null", R"({"jsonrpc":"2.0","id":null,"method":"ping"})", {}, 400, -32600, ""},
    {"id_fraction", R"({"jsonrpc":"2.0","id":1.0,"method":"ping"})", {}, 400, -32600, ""},
    {"id_fraction_old_revision",
     R"({"jsonrpc":"2.0","id":1.0,"method":"ping"})",
     {.version = "2025-03-26"},
     400,
     -32600,
     "null"},
    {"method_number", R"({"jsonrpc":"2.0","id":1,"method":7})", {}, 400, -32600},
    {"params_array", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", {}, 400, -32600},
    {"method_twice", R"({"jsonrpc":"2.0","id":1,"method":"a","method":"b"})", {}, 400, -32600},
    {"method_twice_escaped",
     R"({"jsonrpc":"2.0","id":1,"method":"a","\u006dethod":"b"})",
     {},
     400,
     -32600},
    {"id_twice", R"({"jsonrpc":"2.0","id":1,"method":"a","id":2})", {}, 400, -32600, ""},
    {"name_twice", call("tools/call", R"("name":"a","name":"b",META)"), {}, 400, -32600},
    {"meta_twice", call("tools/list", "META,META"), {}, 400, -32600},
    {"arguments_twice", call("tools/call", R"("arguments":{},"arguments":{})"), {}, 400, -32600},
    // The modern envelope.
    {"answer", R"({"jsonrpc":"2.0","id":1,"result":{}})", {.version = kModern}, 400, -32600},
    {"no_params", R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", kListHeaders, 400, -32602},
    {"no_meta", call("tools/list", ""), kListHeaders, 400, -32602},
    {"meta_is_no_object", call("tools/list", R"("_meta":7)"), kListHeaders, 400, -32602},
    {"no_version",
     call("tools/list", R"("_meta":{"io.modelcontextprotocol/clientCapabilities":{}})"),
     kListHeaders, 400, -32602},
    {"no_capabilities",
     call("tools/list", R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"})"),
     kListHeaders, 400, -32602},
    {"version_is_a_number",
     call("tools/list", R"("_meta":{"io.modelcontextprotocol/protocolVersion":20260728,)"
                        R"("io.modelcontextprotocol/clientCapabilities":{}})"),
     kListHeaders, 400, -32602},
    {"capabilities_are_an_array",
     call("tools/list", R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                        R"("io.modelcontextprotocol/clientCapabilities":[]})"),
     kListHeaders, 400, -32602},
    // Versions.
    {"initialize_with_modern_header",
     call("initialize", R"("protocolVersion":"2025-11-25")"),
     {.version = kModern},
     400,
     -32020},
    {"no_version_header", call("tools/list", "META"), {.method = "tools/list"}, 400, -32020},
    {"other_version_header",
     call("tools/list", "META"),
     {.version = "2025-11-25", .method = "tools/list"},
     400,
     -32020},
    {"future_version_header",
     call("tools/list", "META"),
     {.version = "2027-01-01", .method = "tools/list"},
     400,
     -32020},
    {"unknown_method_without_its_header", call("x/y", "META"), {.version = kModern}, 400, -32020},
    // Methods.
    {"no_method_header", call("tools/list", "META"), {.version = kModern}, 400, -32020},
    {"other_method_header",
     call("tools/list", "META"),
     {.version = kModern, .method = "tools/call"},
     400,
     -32020},
    {"method_header_of_other_case",
     call("tools/list", "META"),
     {.version = kModern, .method = "Tools/List"},
     400,
     -32020},
    {"encoded_method_header",
     call("tools/list", "META"),
     {.version = kModern, .method = "=?base64?dG9vbHMvbGlzdA==?="},
     400,
     -32020},
    {"unknown_method", call("x/y", "META"), {.version = kModern, .method = "x/y"}, 404, -32601},
    {"method_of_objects",
     call("__proto__", "META"),
     {.version = kModern, .method = "__proto__"},
     404,
     -32601},
    {"initialize",
     call("initialize", "META"),
     {.version = kModern, .method = "initialize"},
     404,
     -32601},
    {"ping", call("ping", "META"), {.version = kModern, .method = "ping"}, 404, -32601},
    {"set_level",
     call("logging/setLevel", "META"),
     {.version = kModern, .method = "logging/setLevel"},
     404,
     -32601},
    {"subscribe",
     call("resources/subscribe", "META"),
     {.version = kModern, .method = "resources/subscribe"},
     404,
     -32601},
    {"unsubscribe",
     call("resources/unsubscribe", "META"),
     {.version = kModern, .method = "resources/unsubscribe"},
     404,
     -32601},
    {"method_of_clients",
     call("roots/list", "META"),
     {.version = kModern, .method = "roots/list"},
     404,
     -32601},
    {"notification_with_an_id",
     call("notifications/cancelled", "META"),
     {.version = kModern, .method = "notifications/cancelled"},
     404,
     -32601},
    // Names.
    {"no_name_header",
     call("tools/call", R"("name":"a",META)"),
     {.version = kModern, .method = "tools/call"},
     400,
     -32020},
    {"other_name_header",
     call("tools/call", R"("name":"a",META)"),
     {.version = kModern, .method = "tools/call", .name = "b"},
     400,
     -32020},
    {"name_header_of_other_case",
     call("tools/call", R"("name":"a",META)"),
     {.version = kModern, .method = "tools/call", .name = "A"},
     400,
     -32020},
    {"joined_name_header",
     call("tools/call", R"("name":"a",META)"),
     {.version = kModern, .method = "tools/call", .name = "a, a"},
     400,
     -32020},
    {"malformed_name_header",
     call("tools/call", R"("name":"a",META)"),
     {.version = kModern, .method = "tools/call", .name = "=?base64?YQ?="},
     400,
     -32020},
    {"no_uri_header",
     call("resources/read", R"("uri":"a:b",META)"),
     {.version = kModern, .method = "resources/read"},
     400,
     -32020},
    {"name_in_place_of_the_uri",
     call("resources/read", R"("uri":"a:b","name":"x",META)"),
     {.version = kModern, .method = "resources/read", .name = "x"},
     400,
     -32020},
    {"other_task_header",
     call("tasks/get", R"("taskId":"t",META)"),
     {.version = kModern, .method = "tasks/get", .name = "u"},
     400,
     -32020},
    {"no_name",
     call("tools/call", "META"),
     {.version = kModern, .method = "tools/call", .name = "a"},
     400,
     -32602},
    {"name_is_a_number",
     call("tools/call", R"("name":7,META)"),
     {.version = kModern, .method = "tools/call", .name = "7"},
     400,
     -32602},
    // Legacy.
    {"legacy_version_unknown", call("ping", ""), {.version = "1999-01-01"}, 400, -32600},
    {"legacy_version_joined", call("ping", ""), {.version = "2025-11-25, 2025-11-25"}, 400, -32600},
};

class Rejected : public testing::TestWithParam<RejectCase> {};

TEST_P(Rejected, AsTheTableSays) {
  const RejectCase& row = GetParam();
  const auto verdict = judge_mcp_post(row.body, headers(row.sent));
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().http_status, row.status);
  EXPECT_EQ(verdict.error().code, row.code) << verdict.error().message;
  EXPECT_EQ(verdict.error().id, row.id);
  Buffer out;
  append_rejection(out, verdict.error());
  EXPECT_EQ(parse_jsonrpc(out.view()).message.kind, JsonRpcKind::error_response) << out.view();
}

INSTANTIATE_TEST_SUITE_P(Rungs, Rejected, testing::ValuesIn(kRejectCases),
                         [](const auto& row) { return std::string{row.param.name}; });

struct MetaCase {
  std::string_view name;
  std::string_view member;
  bool is_fine;
};

//= mcp 2026-07-28 basic/patterns/progress#progress-flow:token MUST
const MetaCase kMetaCases[] = {
    {"client_info", R"("io.modelcontextprotocol/clientInfo":{"name":"a","version":"1"})", true},
    {"client_info_without_version", R"("io.modelcontextprotocol/clientInfo":{"name":"a"})", false},
    {"client_info_string", R"("io.modelcontextprotocol/clientInfo":"a")", false},
    {"client_info_null", R"("io.modelcontextprotocol/clientInfo":null)", false},
    {"log_level", R"("io.modelcontextprotocol/logLevel":"debug")", true},
    {"log_level_unknown", R"("io.modelcontextprotocol/logLevel":"loud")", false},
    {"log_level_number", R"("io.modelcontextprotocol/logLevel":7)", false},
    {"token_string", R"("progressToken":"")", true},
    {"token_integer", R"("progressToken":0)", true},
    {"token_fraction", R"("progressToken":1.5)", false},
    {"token_object", R"("progressToken":{})", false},
    {"unknown_key", R"("com.example/x":[1])", true},
    {"traceparent_is_not_judged", R"("traceparent":7)", true},
};

TEST(MetaKeys, AreOfTheirTypes) {
  for (const MetaCase& row : kMetaCases) {
    std::string body = call("tools/list", "META");
    body.insert(body.find("_meta\":{") + 8, std::string{row.member} + ",");
    const auto verdict = judge_mcp_post(body, headers(kListHeaders));
    EXPECT_EQ(verdict.has_value(), row.is_fine) << row.name;
    if (!verdict) EXPECT_EQ(verdict.error().code, -32602) << row.name;
  }
}

//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:unsupported MUST
//= mcp 2026-07-28 basic/versioning#protocol-version-negotiation:unsupported MUST
TEST(UnsupportedVersion, NamesWhatIsSupportedBeforeAnythingElseIsJudged) {
  for (const std::string_view version : {"2027-01-01", "2025-11-25", "x\\u0079", ""}) {
    std::string body = call("no/such", "META");
    body.replace(body.find("2026-07-28"), 10, version);
    const std::string_view sent = version.starts_with('x') ? "xy" : version;
    const auto verdict = judge_mcp_post(body, headers({.version = sent}));
    ASSERT_FALSE(verdict) << version;
    EXPECT_EQ(verdict.error().http_status, 400);
    EXPECT_EQ(verdict.error().code, -32022) << version;
    EXPECT_EQ(verdict.error().data,
              R"({"supported":["2026-07-28"],"requested":")" + std::string{version} + "\"}");
  }
}

TEST(RepeatedHeaders, AreMismatches) {
  const std::string body = call("tools/call", R"("name":"a",META)");
  const McpHeaders good = headers({.version = kModern, .method = "tools/call", .name = "a"});
  EXPECT_TRUE(judge_mcp_post(body, good));
  for (McpHeader McpHeaders::* const repeated :
       {&McpHeaders::protocol_version, &McpHeaders::method, &McpHeaders::name}) {
    McpHeaders sent = good;
    (sent.*repeated).count = 2;
    const auto verdict = judge_mcp_post(body, sent);
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, -32020);
  }
}

TEST(ModernRequest, IsTakenApart) {
  const std::string body = call(
      "tools/call",
      R"("na\u006de":"a\u0062","arguments":{"x":1e400},"requestState":"s","inputResponses":{},)"
      R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7,)"
      R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}},"traceparent":"t",)"
      R"("io.modelcontextprotocol/clientInfo":{"name":"n","version":"v"},)"
      R"("io.modelcontextprotocol/logLevel":"info"})");
  const auto verdict =
      judge_mcp_post(body, headers({.version = kModern, .method = "tools/call", .name = "ab"}));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->era, Era::modern);
  EXPECT_EQ(verdict->message.kind, JsonRpcKind::request);
  EXPECT_EQ(verdict->message.id.raw, "1");
  EXPECT_EQ(verdict->method, "tools/call");
  EXPECT_EQ(verdict->facts, &method_facts(McpMethod::tools_call));
  EXPECT_EQ(verdict->version, &version_facts(ProtocolVersion::v2026_07_28));
  EXPECT_EQ(verdict->name_param().raw, R"("a\u0062")");
  EXPECT_EQ(verdict->part(McpPart::arguments).raw, R"({"x":1e400})");
  EXPECT_EQ(verdict->part(McpPart::request_state).raw, R"("s")");
  EXPECT_EQ(verdict->part(McpPart::input_responses).raw, "{}");
  EXPECT_EQ(verdict->part(McpPart::progress_token).raw, "7");
  EXPECT_EQ(verdict->part(McpPart::client_capabilities).raw, R"({"roots":{}})");
  EXPECT_EQ(verdict->part(McpPart::log_level).raw, R"("info")");
  EXPECT_EQ(verdict->part(McpPart::traceparent).raw, R"("t")");
  EXPECT_EQ(verdict->part(McpPart::client_name).raw, R"("n")");
  EXPECT_FALSE(verdict->part(McpPart::cursor));
}

TEST(ModernRequest, MayHaveEncodedOrEmptyNames) {
  const auto accepts = [](std::string_view name, std::optional<std::string_view> sent) {
    const std::string body = call("prompts/get", R"("name":")" + std::string{name} + R"(",META)");
    return judge_mcp_post(body,
                          headers({.version = kModern, .method = "prompts/get", .name = sent}))
        .has_value();
  };
  EXPECT_TRUE(accepts("\xC3\xA4", "=?base64?w6Q=?="));
  EXPECT_TRUE(accepts("a", "=?base64?YQ==?="));
  EXPECT_TRUE(accepts("=?BASE64?a?=", "=?BASE64?a?="));
  EXPECT_TRUE(accepts("", ""));
  EXPECT_TRUE(accepts("", std::nullopt));
  EXPECT_FALSE(accepts("a", ""));
  EXPECT_FALSE(accepts("\\ud800", "\xED\xA0\x80x"));
}

TEST(ModernRequest, OfUnknownMethodPassesWhereTheUpstreamIsToAnswer) {
  const McpHeaders sent = headers({.version = kModern, .method = "x/y"});
  const std::string body = call("x/y", "META");
  const auto passed = judge_mcp_post(body, sent, UnknownMethods::pass);
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->facts, nullptr);
  EXPECT_EQ(passed->method, "x/y");
  EXPECT_FALSE(passed->name_param());
  const std::string ping = call("ping", "META");
  const auto removed =
      judge_mcp_post(ping, headers({.version = kModern, .method = "ping"}), UnknownMethods::pass);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().http_status, 404);
}

TEST(ModernNotification, IsAcceptedWhateverItsHeaders) {
  const std::string with_meta =
      expand(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{META}})");
  const auto by_body = judge_mcp_post(with_meta, {});
  ASSERT_TRUE(by_body);
  EXPECT_EQ(by_body->era, Era::modern);
  EXPECT_EQ(by_body->facts, &method_facts(McpMethod::cancelled));
  const auto by_header =
      judge_mcp_post(R"({"jsonrpc":"2.0","method":"x"})", headers({.version = kModern}));
  ASSERT_TRUE(by_header);
  EXPECT_EQ(by_header->era, Era::modern);
  EXPECT_EQ(by_header->message.kind, JsonRpcKind::notification);
}

TEST(LegacyMessages, AreJudgedByTheirBodyAlone) {
  struct Row {
    std::string body;
    Sent sent;
    JsonRpcKind kind;
    std::optional<ProtocolVersion> version;
  };
  using enum ProtocolVersion;
  const Row rows[] = {
      {call("initialize", R"("protocolVersion":"2025-06-18")"), {}, JsonRpcKind::request, {}},
      {call("initialize", ""), {.version = "0000"}, JsonRpcKind::request, {}},
      {call("tools/call", R"("name":"a")"), {}, JsonRpcKind::request, {}},
      {call("tools/call", R"("name":"a")"),
       {.version = "2025-06-18", .method = "x", .name = "y"},
       JsonRpcKind::request,
       v2025_06_18},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
       {.version = "2025-11-25"},
       JsonRpcKind::request,
       v2025_11_25},
      {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
       {},
       JsonRpcKind::notification,
       {}},
      {R"({"jsonrpc":"2.0","id":1,"result":{}})",
       {.version = "2025-11-25"},
       JsonRpcKind::response,
       {}},
      {R"({"jsonrpc":"2.0","error":{}})", {}, JsonRpcKind::error_response, {}},
  };
  for (const Row& row : rows) {
    const auto verdict = judge_mcp_post(row.body, headers(row.sent));
    ASSERT_TRUE(verdict) << row.body << verdict.error().message;
    EXPECT_EQ(verdict->era, Era::legacy) << row.body;
    EXPECT_EQ(verdict->message.kind, row.kind) << row.body;
    EXPECT_EQ(verdict->version, row.version ? &version_facts(*row.version) : nullptr) << row.body;
  }
}

TEST(LegacyMessages, CarryWhatTheSessionLayerReads) {
  const std::string body = call("initialize", R"("protocolVersion":"2025-06-18",)"
                                              R"("capabilities":{},"clientInfo":{"name":"c"})");
  const auto verdict = judge_mcp_post(body, {});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->facts, &method_facts(McpMethod::initialize));
  EXPECT_EQ(verdict->part(McpPart::initialize_version).raw, R"("2025-06-18")");
  EXPECT_EQ(verdict->part(McpPart::initialize_capabilities).raw, "{}");
  EXPECT_EQ(verdict->part(McpPart::initialize_client_info).raw, R"({"name":"c"})");
  const std::string cancel =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"7"}})";
  EXPECT_EQ(judge_mcp_post(cancel, {})->part(McpPart::cancelled_id).raw, R"("7")");
}

TEST(LegacyMessages, OfUnknownOrModernMethodsHaveNoFacts) {
  for (const std::string_view method : {"server/discover", "x", "roots/list", "a\\u0062"}) {
    const std::string body = call(method, "");
    const auto verdict = judge_mcp_post(body, {});
    ASSERT_TRUE(verdict) << method;
    EXPECT_EQ(verdict->era, Era::legacy);
    EXPECT_EQ(verdict->facts, nullptr) << method;
    EXPECT_EQ(verdict->method, method);
  }
}

// --- members that stand twice
// ---------------------------------------------------------------------

// Whoever reads on may take the other one, so no member that is read may stand twice.
struct Twice {
  std::string_view where;  // The body, with KEY for a member.
  std::vector<std::string_view> keys;
};

const Twice kTwice[] = {
    {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{},KEY})",
     {"jsonrpc", "method", "params", "result", "error"}},
    {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{META,KEY}})",
     {"name", "arguments", "uri", "taskId", "cursor", "inputResponses", "requestState", "task",
      "level", "requestId", "progressToken", "protocolVersion", "capabilities", "clientInfo",
      "notifications", "_meta"}},
    {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{KEY}}})",
     {kMetaProtocolVersion, kMetaClientCapabilities, kMetaClientInfo, kMetaLogLevel,
      kMetaProgressToken, kMetaTraceparent, kMetaTracestate, kMetaBaggage}},
    {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{)"
     R"("io.modelcontextprotocol/clientInfo":{KEY}}}})",
     {"name", "version"}},
};

std::string with_members(std::string_view where, const std::string& members) {
  std::string body = expand(where);
  return body.replace(body.find("KEY"), 3, members);
}

// The first character as an escape: the same key to every reader of JSON.
std::string escaped(std::string_view key) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto first = static_cast<unsigned char>(key.front());
  return std::string{"\\u00"} + kHex[first >> 4U] + kHex[first & 0xFU] + std::string{key.substr(1)};
}

TEST(MembersThatStandTwice, AreRefusedWhateverTheirValues) {
  for (const Twice& row : kTwice) {
    for (const std::string_view key : row.keys) {
      for (const std::string& second : {std::string{key}, escaped(key)}) {
        for (const std::string_view values : {"1 1", "null null", "{} []"}) {
          const std::string first{values.substr(0, values.find(' '))};
          const std::string other{values.substr(values.find(' ') + 1)};
          const std::string body = with_members(
              row.where, "\"" + std::string{key} + "\":" + first + ",\"" + second + "\":" + other);
          SCOPED_TRACE(body);
          const auto judged = judge_mcp_post(body, headers({}));
          ASSERT_FALSE(judged.has_value());
          EXPECT_EQ(judged.error().http_status, 400);
          EXPECT_EQ(judged.error().code, kInvalidRequest);
          EXPECT_EQ(judged.error().id, "1") << "the id was read, so the answer has it";
        }
      }
    }
  }
}

TEST(MembersThatStandTwice, AreTheSendersOwnWhereNobodyReadsThem) {
  for (const std::string_view where :
       {R"({"jsonrpc":"2.0","id":1,"method":"ping",KEY})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{KEY}})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"arguments":{KEY}}})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{KEY}}})"}) {
    const std::string body = with_members(where, R"("x":1,"x":{"name":1,"name":2})");
    EXPECT_TRUE(judge_mcp_post(body, headers({})).has_value()) << body;
  }
}

TEST(MembersThatStandTwice, AreOneInEachObject) {
  const std::string body = expand(
      R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"name":"a","arguments":{"name":"b"},)"
      R"("_meta":{"name":"c"},"id":2,"method":3}})");
  EXPECT_TRUE(judge_mcp_post(body, headers({})).has_value());
}

}  // namespace
}  // namespace junctor::wire
