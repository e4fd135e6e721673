#include "cli/example_tools.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base/assert.h"
#include "rt/event.h"
#include "rt/shard.h"
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

constexpr std::size_t kBigBytesDefault = 65'536;
constexpr std::size_t kStepsDefault = 3;
constexpr std::size_t kStepMsDefault = 200;

// Two milliseconds of sound: a WAV file, in base64.
constexpr std::string_view kWav =
    "UklGRjQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YRAAAACAyP/IgDgAOIDI/8iAOAA4";

enum class Tool : std::uint8_t { echo, add, slow, big, fail, image, log, ask, sample, touch };

struct ToolFacts {
  Tool tool;
  std::string_view name;
  std::string_view definition;  // Its members behind the name.
};

constexpr ToolFacts kTools[] = {
    {Tool::echo, "echo",
     R"("description":"Gives the text back.","inputSchema":{"type":"object",)"
     R"("properties":{"text":{"type":"string"}},"required":["text"]})"},
    {Tool::add, "add",
     R"("description":"Adds two whole numbers.","inputSchema":{"type":"object",)"
     R"("properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a","b"]},)"
     R"("outputSchema":{"type":"object","properties":{"sum":{"type":"integer"}},)"
     R"("required":["sum"]})"},
    {Tool::slow, "slow",
     R"("description":"Takes `steps` steps of `step_ms` milliseconds and reports progress.",)"
     R"("inputSchema":{"type":"object","properties":{"steps":{"type":"integer","default":3},)"
     R"("step_ms":{"type":"integer","default":200}}})"},
    {Tool::big, "big",
     R"("description":"Gives `bytes` bytes of text.","inputSchema":{"type":"object",)"
     R"("properties":{"bytes":{"type":"integer","default":65536}}})"},
    {Tool::fail, "fail", R"("description":"Always fails.","inputSchema":{"type":"object"})"},
    {Tool::image, "image",
     R"("description":"Gives a picture, a sound and a link to a resource.",)"
     R"("inputSchema":{"type":"object"})"},
    {Tool::log, "log",
     R"("description":"Logs `text` at each level; what the level asked for lets through is sent.",)"
     R"("inputSchema":{"type":"object","properties":{"text":{"type":"string",)"
     R"("default":"Hello."}}})"},
    {Tool::ask, "ask",
     R"("description":"Asks you for your name by elicitation.","inputSchema":{"type":"object",)"
     R"("properties":{"question":{"type":"string","default":"What is your name?"}}})"},
    {Tool::sample, "sample",
     R"("description":"Asks your model by sampling.","inputSchema":{"type":"object",)"
     R"("properties":{"prompt":{"type":"string","default":"Say hello."}}})"},
    {Tool::touch, "touch",
     R"("description":"Changes a resource, so that its subscribers are told.",)"
     R"("inputSchema":{"type":"object","properties":{"uri":{"type":"string",)"
     R"("default":"example://greeting"}}})"},
};

const ToolFacts* find_tool(const McpRequest& call) {
  const JsonValue& name = call.part(McpPart::name);
  if (name.kind != JsonKind::string) return nullptr;
  const auto* found = std::ranges::find_if(kTools, [&](const ToolFacts& facts) {
    return wire::json_string_equals(name.raw, facts.name);
  });
  return found == std::end(kTools) ? nullptr : found;
}

ExampleReply echo(const McpRequest& call) {
  const auto text = text_argument(call, "text");
  if (!text) return ExampleReply::refusal(wire::kInvalidParams, "echo needs `text`, a string");
  return tool_text(call.era, *text);
}

ExampleReply add(const McpRequest& call) {
  const auto a = integer_argument(call, "a");
  const auto b = integer_argument(call, "b");
  std::int64_t sum = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &sum)) {
    return ExampleReply::refusal(wire::kInvalidParams,
                                 "add needs `a` and `b`, whole numbers of 64 bits");
  }
  return tool_text(call.era, std::to_string(sum), fmt::format(R"({{"sum":{}}})", sum));
}

ExampleReply image(Era era) {
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("content").begin_array();
  out.begin_object().key("type").string("image").key("data").string(kExamplePng);
  out.key("mimeType").string("image/png").end_object();
  out.begin_object().key("type").string("audio").key("data").string(kWav);
  out.key("mimeType").string("audio/wav").end_object();
  out.begin_object().key("type").string("resource_link").key("uri").string("example://picture");
  out.key("name").string("picture").key("mimeType").string("image/png").end_object();
  out.end_array();
  add_result_members(out, era);
  out.end_object();
  return reply;
}

ExampleReply touch(const McpRequest& call, ExampleResources& resources) {
  const std::string uri = text_argument(call, "uri").value_or("example://greeting");
  if (!resources.touch(uri)) {
    return tool_text(call.era, "There is no such resource.", {}, ToolOutcome::failed);
  }
  return tool_text(call.era, fmt::format("Touched {}.", uri));
}

// Progress after each step, if it is wanted.
rt::Task<ExampleReply> slow(const McpRequest& call, ExampleStream& stream) {
  const std::size_t steps = bounded_argument(call, "steps", kStepsDefault, kExampleStepsMax);
  constexpr auto kMost = static_cast<std::size_t>(kExampleStepMax / std::chrono::milliseconds{1});
  const std::size_t step_ms = bounded_argument(call, "step_ms", kStepMsDefault, kMost);
  const std::string_view token = call.part(McpPart::progress_token).raw;
  for (std::size_t step = 1; step <= steps; ++step) {
    const Time next = rt::Shard::current().now() + std::chrono::milliseconds{step_ms};
    if (co_await rt::sleep_until(next) != rt::Wake::timeout) break;
    if (token.empty()) continue;
    stream.notify(
        McpMethod::progress,
        fmt::format(R"({{"progressToken":{},"progress":{},"total":{}}})", token, step, steps));
  }
  co_return tool_text(call.era, fmt::format("Took {} steps.", steps));
}

// Nothing is sent to a modern request that names no level.
std::size_t log_level_wanted(const McpRequest& call, const ExampleSession* session) {
  if (session != nullptr) return session->log_level;
  const JsonValue& level = call.part(McpPart::log_level);
  return level ? log_level_number(level) : kLogLevels;
}

ExampleReply log(const McpRequest& call, ExampleStream& stream, const ExampleSession* session) {
  const std::string text = text_argument(call, "text").value_or("Hello.");
  const std::size_t from = log_level_wanted(call, session);
  for (std::size_t level = from; level < kLogLevels; ++level) {
    Buffer params;
    JsonWriter out{params};
    out.begin_object().key("level").string(log_level_name(level));
    out.key("logger").string("junctor-example").key("data").string(text).end_object();
    stream.notify(McpMethod::message, params.view());
  }
  return tool_text(call.era, fmt::format("Sent {} of {} messages.", kLogLevels - from, kLogLevels));
}

}  // namespace

ExampleReply ExampleTools::list(Era era) {
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("tools").begin_array();
  for (const ToolFacts& facts : kTools) {
    out.raw(fmt::format(R"({{"name":"{}",{}}})", facts.name, facts.definition));
  }
  out.end_array();
  add_result_members(out, era, CacheHint::minute);
  out.end_object();
  return reply;
}

bool ExampleTools::is_streamed(const McpRequest& call) {
  const ToolFacts* const facts = find_tool(call);
  if (facts == nullptr) return false;
  const bool asks = facts->tool == Tool::ask || facts->tool == Tool::sample;
  return facts->tool == Tool::slow || facts->tool == Tool::log || (asks && call.era == Era::legacy);
}

ExampleReply ExampleTools::call(const McpRequest& call) {
  JUNCTOR_ASSERT(!is_streamed(call));
  const ToolFacts* const facts = find_tool(call);
  if (facts == nullptr) {
    return ExampleReply::refusal(wire::kInvalidParams,
                                 "unknown tool; tools/list names those there are");
  }
  switch (facts->tool) {
    case Tool::echo: return echo(call);
    case Tool::add: return add(call);
    case Tool::big: {
      const std::size_t bytes =
          bounded_argument(call, "bytes", kBigBytesDefault, kExampleBigBytesMax);
      return tool_text(call.era, std::string(bytes, 'x'));
    }
    case Tool::fail: return tool_text(call.era, "This tool always fails.", {}, ToolOutcome::failed);
    case Tool::image: return image(call.era);
    case Tool::touch: return touch(call, resources_);
    case Tool::ask: return ask_by_result(call, seal_, form_question(call));
    case Tool::sample: return ask_by_result(call, seal_, sampling_question(call));
    case Tool::slow:
    case Tool::log: break;
  }
  std::unreachable();
}

rt::Task<ExampleReply> ExampleTools::run(const McpRequest& call, ExampleStream& stream,
                                         ExampleSession* session) {
  JUNCTOR_ASSERT(is_streamed(call) && (session != nullptr) == (call.era == Era::legacy));
  switch (find_tool(call)->tool) {
    case Tool::slow: co_return co_await slow(call, stream);
    case Tool::log: co_return log(call, stream, session);
    case Tool::ask: co_return co_await ask_by_request(*session, stream, form_question(call));
    case Tool::sample: co_return co_await ask_by_request(*session, stream, sampling_question(call));
    default: break;
  }
  std::unreachable();
}

}  // namespace junctor::cli
