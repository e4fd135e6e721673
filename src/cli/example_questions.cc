#include "cli/example_questions.h"

#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/crypto.h"
#include "wire/json_text.h"

namespace junctor::cli {
namespace {

using wire::Era;
using wire::JsonKind;
using wire::JsonValue;
using wire::JsonWriter;
using wire::McpMethod;
using wire::McpPart;
using wire::McpRequest;

// The question's key among `inputRequests`: each round has one alone.
constexpr std::string_view kKey = "question";

std::optional<std::string> read_form(const JsonValue& result) {
  const auto action = wire::json_text_member(result, "action");
  if (action == "decline") return "You declined.";
  if (action == "cancel") return "You cancelled.";
  if (action != "accept") return std::nullopt;
  const auto name = wire::json_text_member(wire::json_member(result, "content"), "name");
  if (!name) return std::nullopt;
  return fmt::format("Hello, {}.", *name);
}

std::optional<std::string> read_sample(const JsonValue& result) {
  const auto model = wire::json_text_member(result, "model");
  const JsonValue content = wire::json_member(result, "content");
  if (!model || !content) return std::nullopt;
  const auto text = wire::json_text_member(content, "text");
  return fmt::format("The model {} says: {}", *model, text.value_or("(not a text)"));
}

std::string_view capability_of(McpMethod question) {
  return question == McpMethod::sampling_create_message ? "sampling" : "elicitation";
}

// The client that asked and is to answer is the same in all that this server knows of it, so the
// seal binds the state to the tool and the question.
std::string bound_to(const ExampleQuestion& question) {
  const auto digest = sha256(question.params).value();
  return fmt::format("{} {}", question.tool,
                     to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()}));
}

Result<std::string> seal_state(ExampleSeal& seal, const ExampleQuestion& question) {
  AeadNonce nonce{};
  seal.random.fill(nonce);
  return wire::seal_token(seal.keys, wire::TokenPurpose::request_state, question.tool,
                          bound_to(question), seal.clock.wall_now() + kExampleStateLife, nonce);
}

bool is_our_state(const ExampleSeal& seal, const ExampleQuestion& question,
                  const JsonValue& state) {
  if (state.kind != JsonKind::string) return false;
  const auto opened =
      wire::open_token(seal.keys, wire::TokenPurpose::request_state, question.tool,
                       wire::unescape_json_string(state.raw), seal.clock.wall_now());
  return opened && *opened == bound_to(question);
}

ExampleReply input_required(ExampleSeal& seal, const ExampleQuestion& question) {
  const auto state = seal_state(seal, question);
  if (!state) return ExampleReply::refusal(wire::kInternalError, "the state cannot be sealed");
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("resultType").string("input_required");
  out.key("inputRequests").begin_object().key(kKey).begin_object();
  out.key("method").string(wire::method_facts(question.method).name);
  out.key("params").raw(question.params).end_object().end_object();
  out.key("requestState").string(*state).end_object();
  return reply;
}

ExampleReply capability_missing(McpMethod question) {
  ExampleReply reply = ExampleReply::refusal(wire::kMissingClientCapability,
                                             "this tool needs a capability of the client");
  reply.error_data =
      fmt::format(R"({{"requiredCapabilities":{{"{}":{{}}}}}})", capability_of(question));
  reply.status = error_facts(ErrorKind::invalid_argument).http_status;
  return reply;
}

}  // namespace

ExampleQuestion form_question(const McpRequest& call) {
  const std::string text = text_argument(call, "question").value_or("What is your name?");
  Buffer params;
  JsonWriter out{params};
  out.begin_object().key("message").string(text).key("requestedSchema");
  out.raw(R"({"type":"object","properties":{"name":{"type":"string","title":"Name"}},)"
          R"("required":["name"]})");
  out.end_object();
  return {.tool = "ask",
          .method = McpMethod::elicitation_create,
          .params = std::string{params.view()},
          .read = read_form};
}

ExampleQuestion sampling_question(const McpRequest& call) {
  const std::string text = text_argument(call, "prompt").value_or("Say hello.");
  Buffer params;
  JsonWriter out{params};
  out.begin_object().key("messages").begin_array().begin_object().key("role").string("user");
  out.key("content").begin_object().key("type").string("text").key("text").string(text);
  out.end_object().end_object().end_array().key("maxTokens").integer(100).end_object();
  return {.tool = "sample",
          .method = McpMethod::sampling_create_message,
          .params = std::string{params.view()},
          .read = read_sample};
}

// An answer that is missing or is none is asked for again; a state that we did not give out, or
// gave to another question, is refused.
ExampleReply ask_by_result(const McpRequest& call, ExampleSeal& seal,
                           const ExampleQuestion& question) {
  JUNCTOR_ASSERT(call.era == Era::modern);
  if (!declares(call.part(McpPart::client_capabilities), question.method)) {
    return capability_missing(question.method);
  }
  const JsonValue& answers = call.part(McpPart::input_responses);
  const JsonValue& state = call.part(McpPart::request_state);
  if ((answers || state) && !is_our_state(seal, question, state)) {
    return ExampleReply::refusal(wire::kInvalidParams,
                                 "requestState is missing, too old, or not of this call");
  }
  const JsonValue answer = wire::json_member(answers, kKey);
  const auto text = answer ? question.read(answer) : std::nullopt;
  if (!text) return input_required(seal, question);
  return tool_text(Era::modern, *text);
}

rt::Task<ExampleReply> ask_by_request(ExampleSession& session, ExampleStream& stream,
                                      ExampleQuestion question) {
  if (!session.may_ask(question.method)) {
    co_return tool_text(Era::legacy,
                        fmt::format("The client has not declared the capability {}.",
                                    capability_of(question.method)),
                        {}, ToolOutcome::failed);
  }
  const auto answer = co_await session.ask(stream, question.method, std::move(question.params));
  if (!answer) {
    co_return tool_text(Era::legacy, "The client gave no answer.", {}, ToolOutcome::failed);
  }
  const wire::ScanResult scan = wire::scan_json(*answer);
  JUNCTOR_ASSERT(scan);
  const auto text = question.read(scan.root);
  if (!text) {
    co_return tool_text(Era::legacy, "The client's answer is none.", {}, ToolOutcome::failed);
  }
  co_return tool_text(Era::legacy, *text);
}

}  // namespace junctor::cli
