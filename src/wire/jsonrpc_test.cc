// Goal: messages are told apart and judged rule by rule; ids keep their text; answers are
// well-formed. Method: a table of texts with kind, flaw and the id known; what is written is parsed
// again.

#include "wire/jsonrpc.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::wire {
namespace {

struct Case {
  std::string_view name;
  std::string_view text;
  JsonRpcKind kind;
  JsonRpcFlaw flaw = JsonRpcFlaw::none;
  std::string_view id = {};
};

constexpr JsonRpcKind kInvalid = JsonRpcKind::invalid;
constexpr JsonRpcKind kRequest = JsonRpcKind::request;
constexpr JsonRpcKind kNotification = JsonRpcKind::notification;
constexpr JsonRpcKind kResponse = JsonRpcKind::response;
constexpr JsonRpcKind kErrorResponse = JsonRpcKind::error_response;

//= mcp 2026-07-28 basic#messages:json-rpc MUST
//= mcp 2026-07-28 basic#requests:id MUST
//= mcp 2026-07-28 basic#result-responses:result MUST
//= mcp 2025-11-25 basic#messages:json-rpc MUST
//= mcp 2025-11-25 basic#requests:id MUST
//= mcp 2025-11-25 basic#result-responses:result MUST
const Case kCases[] = {
    {"request", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", kRequest, JsonRpcFlaw::none, "1"},
    {"request_with_params", R"({"method":"m","params":{},"id":"a","jsonrpc":"2.0"})", kRequest,
     JsonRpcFlaw::none, R"("a")"},
    {"notification", R"({"jsonrpc":"2.0","method":"m"})", kNotification},
    {"response", R"({"jsonrpc":"2.0","id":1,"result":{}})", kResponse, JsonRpcFlaw::none, "1"},
    {"result_null_is_a_result", R"({"jsonrpc":"2.0","id":1,"result":null})", kResponse,
     JsonRpcFlaw::none, "1"},
    {"error", R"({"jsonrpc":"2.0","id":1,"error":{}})", kErrorResponse, JsonRpcFlaw::none, "1"},
    {"error_without_id", R"({"jsonrpc":"2.0","error":{}})", kErrorResponse},
    {"error_with_null_id", R"({"jsonrpc":"2.0","id":null,"error":{}})", kErrorResponse},
    {"extra_members", R"({"jsonrpc":"2.0","id":1,"method":"m","x":[]})", kRequest,
     JsonRpcFlaw::none, "1"},
    {"id_zero", R"({"jsonrpc":"2.0","id":0,"method":"m"})", kRequest, JsonRpcFlaw::none, "0"},
    {"id_negative", R"({"jsonrpc":"2.0","id":-1,"method":"m"})", kRequest, JsonRpcFlaw::none, "-1"},
    {"id_empty_string", R"({"jsonrpc":"2.0","id":"","method":"m"})", kRequest, JsonRpcFlaw::none,
     R"("")"},
    {"id_of_any_size", R"({"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"m"})",
     kRequest, JsonRpcFlaw::none, "123456789012345678901234567890"},
    {"id_text_is_kept", R"({"jsonrpc":"2.0","id":"\u0031\/","method":"m"})", kRequest,
     JsonRpcFlaw::none, R"("\u0031\/")"},
    {"id_null", R"({"jsonrpc":"2.0","id":null,"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"id_fraction", R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"id_whole_fraction", R"({"jsonrpc":"2.0","id":1.0,"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"id_exponent", R"({"jsonrpc":"2.0","id":1e0,"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"id_object", R"({"jsonrpc":"2.0","id":{},"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"id_array", R"({"jsonrpc":"2.0","id":[1],"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"id_boolean", R"({"jsonrpc":"2.0","id":true,"method":"m"})", kInvalid, JsonRpcFlaw::id},
    {"null_id_of_a_result", R"({"jsonrpc":"2.0","id":null,"result":{}})", kInvalid,
     JsonRpcFlaw::id},
    {"object_id_of_an_error", R"({"jsonrpc":"2.0","id":{},"error":{}})", kInvalid, JsonRpcFlaw::id},
    {"no_version", R"({"id":1,"method":"m"})", kInvalid, JsonRpcFlaw::version, "1"},
    {"version_1", R"({"jsonrpc":"1.0","id":1,"method":"m"})", kInvalid, JsonRpcFlaw::version, "1"},
    {"version_number", R"({"jsonrpc":2.0,"id":1,"method":"m"})", kInvalid, JsonRpcFlaw::version,
     "1"},
    {"method_number", R"({"jsonrpc":"2.0","id":1,"method":1})", kInvalid, JsonRpcFlaw::method, "1"},
    {"method_null", R"({"jsonrpc":"2.0","id":1,"method":null})", kInvalid, JsonRpcFlaw::method,
     "1"},
    {"params_array", R"({"jsonrpc":"2.0","id":1,"method":"m","params":[]})", kInvalid,
     JsonRpcFlaw::params, "1"},
    {"params_null", R"({"jsonrpc":"2.0","id":1,"method":"m","params":null})", kInvalid,
     JsonRpcFlaw::params, "1"},
    {"method_and_result", R"({"jsonrpc":"2.0","id":1,"method":"m","result":{}})", kInvalid,
     JsonRpcFlaw::result_or_error, "1"},
    {"result_and_error", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", kInvalid,
     JsonRpcFlaw::result_or_error, "1"},
    {"none_of_the_three", R"({"jsonrpc":"2.0","id":1})", kInvalid, JsonRpcFlaw::result_or_error,
     "1"},
    {"empty_object", "{}", kInvalid, JsonRpcFlaw::version},
    {"error_string", R"({"jsonrpc":"2.0","id":1,"error":"x"})", kInvalid, JsonRpcFlaw::error, "1"},
    {"result_without_id", R"({"jsonrpc":"2.0","result":{}})", kInvalid, JsonRpcFlaw::missing_id},
    {"batch", R"([{"jsonrpc":"2.0","id":1,"method":"m"}])", kInvalid, JsonRpcFlaw::batch},
    {"empty_batch", "[]", kInvalid, JsonRpcFlaw::batch},
    {"string", R"("x")", kInvalid, JsonRpcFlaw::not_an_object},
    {"no_json", "{", kInvalid},
};

class Messages : public testing::TestWithParam<Case> {};

TEST_P(Messages, AreJudgedAsTheTableSays) {
  const JsonRpcMessage message = parse_jsonrpc(GetParam().text).message;
  EXPECT_EQ(message.kind, GetParam().kind);
  EXPECT_EQ(message.flaw, GetParam().flaw) << jsonrpc_flaw_text(message.flaw);
  EXPECT_EQ(message.id.raw, GetParam().id);
  EXPECT_FALSE(jsonrpc_flaw_text(message.flaw).empty());
}

INSTANTIATE_TEST_SUITE_P(Rules, Messages, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Versions, MayBeMissingInAnswersOfUpstreamsOnly) {
  const auto kind = [](std::string_view text, JsonRpcVersionRule rule) {
    return parse_jsonrpc(text, rule).message.kind;
  };
  constexpr auto kLenient = JsonRpcVersionRule::missing_is_fine;
  EXPECT_EQ(kind(R"({"id":1,"result":{}})", kLenient), kResponse);
  EXPECT_EQ(kind(R"({"id":1,"result":{}})", JsonRpcVersionRule::strict), kInvalid);
  EXPECT_EQ(kind(R"({"jsonrpc":"1.0","id":1,"result":{}})", kLenient), kInvalid);
}

TEST(Duplicates, AreReportedWithTheFirstKept) {
  const JsonRpcParse parse =
      parse_jsonrpc(R"({"jsonrpc":"2.0","id":1,"method":"a","metho\u0064":"b"})");
  EXPECT_EQ(parse.scan.fault, JsonFault::duplicate_key);
  EXPECT_EQ(parse.message.method.raw, R"("a")");
  EXPECT_EQ(parse.message.id.raw, "1");
}

std::string text_of(const Buffer& out) {
  EXPECT_TRUE(scan_json(out.view())) << out.view();
  return std::string{out.view()};
}

//= mcp 2026-07-28 basic#error-responses:members MUST
//= mcp 2025-11-25 basic#error-responses:members MUST
TEST(Answers, CarryTheIdAsItWasOrNone) {
  Buffer with_id;
  append_error_response(with_id, R"("\u0031")", {.code = kInvalidParams, .message = "a \"b\""});
  EXPECT_EQ(text_of(with_id),
            R"({"jsonrpc":"2.0","id":"\u0031","error":{"code":-32602,"message":"a \"b\""}})");
  Buffer without;
  append_error_response(without, kNoId, {.code = kParseError, .message = "x", .data = "[1]"});
  EXPECT_EQ(text_of(without),
            R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"x","data":[1]}})");
  Buffer null;
  append_error_response(null, kNullId, {.message = "x"});
  EXPECT_EQ(text_of(null), R"({"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"x"}})");
  Buffer result;
  append_result_response(result, "7", R"({"a": 1})");
  EXPECT_EQ(text_of(result), R"({"jsonrpc":"2.0","id":7,"result":{"a": 1}})");
}

TEST(Calls, AreWrittenSoThatTheyAreReadBack) {
  Buffer request;
  append_request(request, "3", "tools/call", R"({"name":"x"})");
  EXPECT_EQ(text_of(request),
            R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"x"}})");
  EXPECT_EQ(parse_jsonrpc(request.view()).message.kind, kRequest);
  Buffer bare;
  append_request(bare, "3", "ping", {});
  EXPECT_EQ(text_of(bare), R"({"jsonrpc":"2.0","id":3,"method":"ping"})");
  Buffer notification;
  append_notification(notification, "notifications/initialized", {});
  EXPECT_EQ(parse_jsonrpc(text_of(notification)).message.kind, kNotification);
}

std::string join(const Splice& pieces) {
  std::string out;
  for (const std::string_view piece : pieces) out += piece;
  return out;
}

TEST(SpliceSpan, ReplacesThatPartAlone) {
  const std::string_view text = R"({"jsonrpc":"2.0","id": 1 ,"method":"m"})";
  const JsonRpcMessage message = parse_jsonrpc(text).message;
  const std::string spliced = join(splice_span(text, message.id.raw, R"("new")"));
  EXPECT_EQ(spliced, R"({"jsonrpc":"2.0","id": "new" ,"method":"m"})");
  EXPECT_EQ(parse_jsonrpc(spliced).message.id.raw, R"("new")");
}

TEST(SpliceSpan, ReachesBothEnds) {
  const std::string_view text = "abc";
  EXPECT_EQ(join(splice_span(text, text, "x")), "x");
  EXPECT_EQ(join(splice_span(text, text.substr(0, 1), "")), "bc");
  EXPECT_EQ(join(splice_span(text, text.substr(2), "yy")), "abyy");
}

}  // namespace
}  // namespace junctor::wire
