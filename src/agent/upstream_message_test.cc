// Goal: an upstream's message reaches the client with three repairs and no other changed byte.
// Method: a table of messages, each with what the client must read; and for every row the proof
// that the pieces are views of the message but for what was inserted.

#include "agent/upstream_message.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::agent {
namespace {

using wire::Era;
using wire::JsonRpcKind;

struct Case {
  std::string_view name;
  std::string_view message;
  std::string_view id;
  std::string_view modern;
  std::string_view legacy;
};

//= mcp 2026-07-28 basic#result-responses:id MUST
//= mcp 2026-07-28 basic#result-responses:result-type MUST
//= mcp 2026-07-28 basic#resulttype:absent MUST
//= mcp 2025-11-25 basic#result-responses:id MUST
constexpr Case kCases[] = {
    {"right_id_and_type_pass", R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}})",
     "7", R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}})",
     R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}})"},
    {"missing_type_is_added", R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})", "7",
     R"({"jsonrpc":"2.0","id":7,"result":{"a":1,"resultType":"complete"}})",
     R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})"},
    {"empty_result", R"({"jsonrpc":"2.0","id":7,"result":{}})", "7",
     R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}})",
     R"({"jsonrpc":"2.0","id":7,"result":{}})"},
    {"blank_result", "{\"id\":7,\"result\":{ \n }}", "7",
     "{\"id\":7,\"result\":{ \n \"resultType\":\"complete\"}}", "{\"id\":7,\"result\":{ \n }}"},
    {"another_type_stays", R"({"id":7,"result":{"resultType":"input_required"}})", "7",
     R"({"id":7,"result":{"resultType":"input_required"}})",
     R"({"id":7,"result":{"resultType":"input_required"}})"},
    {"type_deeper_does_not_count", R"({"id":7,"result":{"x":{"resultType":"task"}}})", "7",
     R"({"id":7,"result":{"x":{"resultType":"task"},"resultType":"complete"}})",
     R"({"id":7,"result":{"x":{"resultType":"task"}}})"},
    {"type_in_escapes_counts", R"({"id":7,"result":{"result\u0054ype":"complete"}})", "7",
     R"({"id":7,"result":{"result\u0054ype":"complete"}})",
     R"({"id":7,"result":{"result\u0054ype":"complete"}})"},
    {"rounded_id", R"({"id":9223372036854776000,"result":{"resultType":"complete"}})",
     "9223372036854775807", R"({"id":9223372036854775807,"result":{"resultType":"complete"}})",
     R"({"id":9223372036854775807,"result":{"resultType":"complete"}})"},
    {"id_with_exponent", R"({"id":1.2345678901234568e+29,"result":{"resultType":"complete"}})",
     "9223372036854775807", R"({"id":9223372036854775807,"result":{"resultType":"complete"}})",
     R"({"id":9223372036854775807,"result":{"resultType":"complete"}})"},
    {"id_as_a_string", R"({"id":"7","result":{"resultType":"complete"}})", "7",
     R"({"id":7,"result":{"resultType":"complete"}})",
     R"({"id":7,"result":{"resultType":"complete"}})"},
    {"null_id_of_an_error", R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"},"id":null})",
     R"("x")", R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"},"id":"x"})",
     R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"},"id":"x"})"},
    {"absent_id_of_an_error", R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"}})", R"("x")",
     R"({"id":"x","jsonrpc":"2.0","error":{"code":-1,"message":"no"}})",
     R"({"id":"x","jsonrpc":"2.0","error":{"code":-1,"message":"no"}})"},
    {"result_in_front_of_the_id", R"({"result":{"a":1},"id":8})", "7",
     R"({"result":{"a":1,"resultType":"complete"},"id":7})", R"({"result":{"a":1},"id":7})"},
    {"both_repairs_around_blanks", "{ \"id\" : 8 , \"result\" : { \"a\" : 1 } }", "7",
     "{ \"id\" : 7 , \"result\" : { \"a\" : 1 ,\"resultType\":\"complete\"} }",
     "{ \"id\" : 7 , \"result\" : { \"a\" : 1 } }"},
    {"numbers_and_escapes_stay",
     R"({"id":7,"result":{"n":1e400,"z":-0,"s":"\ud800\u0000\/","resultType":"complete"}})", "7",
     R"({"id":7,"result":{"n":1e400,"z":-0,"s":"\ud800\u0000\/","resultType":"complete"}})",
     R"({"id":7,"result":{"n":1e400,"z":-0,"s":"\ud800\u0000\/","resultType":"complete"}})"},
    {"a_result_that_is_no_object", R"({"id":7,"result":[1]})", "7", R"({"id":7,"result":[1]})",
     R"({"id":7,"result":[1]})"},
    {"a_notification_stays", R"({"method":"notifications/message","params":{"id":3}})", "7",
     R"({"method":"notifications/message","params":{"id":3}})",
     R"({"method":"notifications/message","params":{"id":3}})"},
    {"a_request_keeps_its_id", R"({"id":3,"method":"ping"})", "7", R"({"id":3,"method":"ping"})",
     R"({"id":3,"method":"ping"})"},
    {"no_request_to_answer", R"({"id":3,"result":{"resultType":"complete"}})", "",
     R"({"id":3,"result":{"resultType":"complete"}})",
     R"({"id":3,"result":{"resultType":"complete"}})"},
};

TEST(UpstreamMessage, RepairsChangeNothingElse) {
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.name);
    const UpstreamMessage message = read_upstream_message(each.message);
    ASSERT_NE(message.kind, JsonRpcKind::invalid);
    EXPECT_EQ(text_of(repaired(message, each.id, Era::modern)), each.modern);
    EXPECT_EQ(text_of(repaired(message, each.id, Era::legacy)), each.legacy);
  }
}

TEST(UpstreamMessage, EveryByteThatIsNotInsertedIsAViewOfTheMessage) {
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.name);
    const UpstreamMessage message = read_upstream_message(each.message);
    const char* at = each.message.data();
    const Pieces pieces = repaired(message, each.id, Era::modern);
    for (const auto piece : pieces.view()) {
      const bool is_view = piece.data() >= each.message.data() &&
                           piece.data() <= each.message.data() + each.message.size();
      if (!is_view) continue;
      EXPECT_GE(piece.data(), at) << "in order, nothing twice";
      at = piece.data() + piece.size();
    }
    EXPECT_EQ(at, each.message.data() + each.message.size());
  }
}

TEST(UpstreamMessage, BlanksAroundAMessageAreNotPassedOn) {
  const UpstreamMessage message = read_upstream_message("\r\n {\"id\":1,\"result\":{}} \n");
  EXPECT_EQ(text_of(repaired(message, "1", Era::legacy)), R"({"id":1,"result":{}})");
}

struct KindCase {
  std::string_view text;
  JsonRpcKind kind;
};

constexpr KindCase kKinds[] = {
    {R"({"id":1,"result":{}})", JsonRpcKind::response},
    {R"({"id":1,"error":{"code":1}})", JsonRpcKind::error_response},
    {R"({"error":{"code":1}})", JsonRpcKind::error_response},
    {R"({"method":"a"})", JsonRpcKind::notification},
    {R"({"method":"a","id":1})", JsonRpcKind::request},
    {R"({"result":{}})", JsonRpcKind::invalid},
    {R"({"id":null,"result":{}})", JsonRpcKind::invalid},
    {R"({"id":1,"result":{},"error":{}})", JsonRpcKind::invalid},
    {R"({"id":1,"id":2,"result":{}})", JsonRpcKind::invalid},
    {R"({"jsonrpc":"1.0","id":1,"result":{}})", JsonRpcKind::invalid},
    {R"([{"id":1,"result":{}}])", JsonRpcKind::invalid},
    {R"({"id":1})", JsonRpcKind::invalid},
    {"true", JsonRpcKind::invalid},
    {"", JsonRpcKind::invalid},
    {"{", JsonRpcKind::invalid},
};

TEST(UpstreamMessage, KindsAreToldApart) {
  for (const KindCase& each : kKinds) {
    EXPECT_EQ(read_upstream_message(each.text).kind, each.kind) << each.text;
  }
}

TEST(UpstreamMessage, CapturesWhatTheGatewayReads) {
  const auto initialized =
      read_upstream_message(R"({"id":1,"result":{"protocolVersion":"2025-06-18"}})");
  EXPECT_EQ(initialized.protocol_version.raw, R"("2025-06-18")");
  const auto error = read_upstream_message(R"({"id":1,"error":{"code":-32000,"message":"x"}})");
  EXPECT_EQ(error.error_code.raw, "-32000");
  EXPECT_EQ(read_upstream_message("{} {}").fault, wire::JsonFault::trailing);
}

}  // namespace
}  // namespace junctor::agent
