#include "cli/example_prompts.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/assert.h"
#include "cli/example_resources.h"
#include "wire/json_text.h"

namespace junctor::cli {
namespace {

using wire::Era;
using wire::JsonValue;
using wire::JsonWriter;
using wire::McpPart;
using wire::McpRequest;

constexpr std::string_view kPrompts =
    R"([{"name":"hello","description":"Says hello."})"
    R"(,{"name":"explain","description":"Asks for an explanation.","arguments":[)"
    R"({"name":"topic","description":"What is to be explained.","required":true},)"
    R"({"name":"style","description":"How; see completion/complete.","required":false}]}])";

constexpr std::string_view kStyles[] = {"plain", "playful", "poetic", "precise"};

ExampleReply message_of_user(Era era, std::string_view description, std::string_view text) {
  JUNCTOR_ASSERT(!text.empty());
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("description").string(description).key("messages").begin_array();
  out.begin_object().key("role").string("user").key("content").begin_object();
  out.key("type").string("text").key("text").string(text);
  out.end_object().end_object().end_array();
  add_result_members(out, era);
  out.end_object();
  return reply;
}

ExampleReply explain(const McpRequest& request) {
  const auto topic = text_argument(request, "topic");
  if (!topic) return ExampleReply::refusal(wire::kInvalidParams, "explain needs `topic`, a text");
  const std::string style = text_argument(request, "style").value_or("plain");
  return message_of_user(request.era, "Asks for an explanation.",
                         fmt::format("Explain {} in a {} way.", *topic, style));
}

// What can be completed; nothing for another reference or another argument.
std::optional<std::vector<std::string>> candidates(const JsonValue& reference,
                                                   std::string_view argument) {
  const auto type = wire::json_text_member(reference, "type");
  if (type == "ref/prompt" && wire::json_text_member(reference, "name") == "explain") {
    if (argument == "style") return std::vector<std::string>{kStyles, std::end(kStyles)};
    if (argument == "topic") return std::vector<std::string>{};
  }
  if (type == "ref/resource" && wire::json_text_member(reference, "uri") == kExampleNoteTemplate &&
      argument == "id") {
    std::vector<std::string> ids;
    for (std::size_t id = 1; id <= kExampleNotes; ++id) ids.push_back(std::to_string(id));
    return ids;
  }
  return std::nullopt;
}

static_assert(kExampleNotes <= kExampleCompletionsMax);
static_assert(std::size(kStyles) <= kExampleCompletionsMax);

}  // namespace

ExampleReply list_example_prompts(Era era) {
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("prompts").raw(kPrompts);
  add_result_members(out, era, CacheHint::minute);
  out.end_object();
  return reply;
}

ExampleReply get_example_prompt(const McpRequest& request) {
  const auto name = wire::json_text_member(request.part(McpPart::params), "name");
  if (name == "hello") return message_of_user(request.era, "Says hello.", "Say hello to me.");
  if (name == "explain") return explain(request);
  return ExampleReply::refusal(wire::kInvalidParams,
                               "no such prompt; prompts/list names those there are");
}

// The values that begin with what was typed.
ExampleReply complete_example(const McpRequest& request) {
  const JsonValue& params = request.part(McpPart::params);
  const JsonValue argument = wire::json_member(params, "argument");
  const auto name = wire::json_text_member(argument, "name");
  const auto typed = wire::json_text_member(argument, "value");
  const auto known = name ? candidates(wire::json_member(params, "ref"), *name) : std::nullopt;
  if (!known || !typed) {
    return ExampleReply::refusal(wire::kInvalidParams,
                                 "`ref` and `argument` name nothing that could be completed");
  }
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("completion").begin_object().key("values").begin_array();
  std::int64_t total = 0;
  for (const std::string& value : *known) {
    if (!value.starts_with(*typed)) continue;
    out.string(value);
    ++total;
  }
  out.end_array().key("total").integer(total).key("hasMore").boolean(false).end_object();
  add_result_members(out, request.era);
  out.end_object();
  return reply;
}

}  // namespace junctor::cli
