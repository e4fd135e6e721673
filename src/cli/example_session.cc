#include "cli/example_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/text.h"
#include "rt/shard.h"
#include "wire/json_text.h"
#include "wire/jsonrpc.h"

namespace junctor::cli {
namespace {

using wire::JsonKind;
using wire::JsonValue;
using wire::McpMethod;

constexpr std::string_view kLevels[] = {"debug", "info",     "notice", "warning",
                                        "error", "critical", "alert",  "emergency"};
static_assert(std::size(kLevels) == kLogLevels);

}  // namespace

bool declares(const JsonValue& capabilities, McpMethod question) {
  if (question == McpMethod::sampling_create_message) {
    return wire::json_member(capabilities, "sampling").kind == JsonKind::object;
  }
  JUNCTOR_ASSERT(question == McpMethod::elicitation_create);
  const JsonValue modes = wire::json_member(capabilities, "elicitation");
  if (modes.kind != JsonKind::object) return false;
  return wire::json_member(modes, "form") || !wire::json_member(modes, "url");
}

std::size_t log_level_number(const JsonValue& level) {
  JUNCTOR_ASSERT(wire::is_log_level(level));
  const auto* found = std::ranges::find_if(
      kLevels, [&](std::string_view name) { return wire::json_string_equals(level.raw, name); });
  return static_cast<std::size_t>(found - std::begin(kLevels));
}

std::string_view log_level_name(std::size_t number) {
  JUNCTOR_ASSERT(number < kLogLevels);
  return kLevels[number];
}

ExampleSession::Call::Call(ExampleSession& session, std::string_view id, ExampleStream& stream)
    : session_{session}, id_{id}, stream_{stream} {
  JUNCTOR_ASSERT(!session_.full());
  session_.calls_.push_back(this);
  if (session_.ended()) stream_.cancel();
}

ExampleSession::Call::~Call() {
  const std::size_t erased = std::erase(session_.calls_, this);
  JUNCTOR_ASSERT(erased == 1);
}

ExampleSession::ExampleSession(std::string id, const JsonValue& capabilities)
    : id_{std::move(id)},
      has_forms_{declares(capabilities, McpMethod::elicitation_create)},
      has_sampling_{declares(capabilities, McpMethod::sampling_create_message)} {
  JUNCTOR_ASSERT(!id_.empty());
}

bool ExampleSession::may_ask(McpMethod question) const noexcept {
  return question == McpMethod::sampling_create_message ? has_sampling_ : has_forms_;
}

rt::Task<std::optional<std::string>> ExampleSession::ask(ExampleStream& stream, McpMethod method,
                                                         std::string params) {
  JUNCTOR_ASSERT(may_ask(method));
  Question question;
  question.id = fmt::format("\"question-{}\"", ++questions_asked_);
  questions_.push_back(&question);
  Buffer message;
  wire::append_request(message, question.id, wire::method_facts(method).name, params);
  stream.send(message.view());
  (void)co_await question.over.wait(rt::Shard::current().now() + kExampleAnswerWaitMax);
  std::erase(questions_, &question);
  co_return std::move(question.result);
}

void ExampleSession::answered(const wire::JsonRpcMessage& answer) {
  const auto found = std::ranges::find_if(
      questions_, [&](const Question* open) { return open->id == answer.id.raw; });
  if (found == questions_.end() || (*found)->over.is_set()) return;
  if (answer.kind == wire::JsonRpcKind::response) (*found)->result = answer.result.raw;
  (*found)->over.set();
}

// Ids compare by their text, as they are answered.
void ExampleSession::cancel(const JsonValue& call_id) noexcept {
  const auto found =
      std::ranges::find_if(calls_, [&](const Call* call) { return call->id_ == call_id.raw; });
  if (found != calls_.end()) (*found)->stream_.cancel();
}

void ExampleSession::end() noexcept {
  JUNCTOR_ASSERT(!ended_);
  ended_ = true;
  for (const Call* call : calls_) call->stream_.cancel();
  if (standalone != nullptr) standalone->cancel();
}

std::shared_ptr<ExampleSession> ExampleSessions::open(const JsonValue& capabilities) {
  std::array<unsigned char, 16> bytes{};
  random_.fill(bytes);
  if (sessions_.size() >= kExampleSessionsMax) {
    sessions_.front()->end();
    sessions_.erase(sessions_.begin());
  }
  sessions_.push_back(std::make_shared<ExampleSession>(
      to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}), capabilities));
  return sessions_.back();
}

std::shared_ptr<ExampleSession> ExampleSessions::find(std::string_view id) const {
  const auto found = std::ranges::find(sessions_, id, &ExampleSession::id);
  return found == sessions_.end() ? nullptr : *found;
}

bool ExampleSessions::end(std::string_view id) {
  const auto found = std::ranges::find(sessions_, id, &ExampleSession::id);
  if (found == sessions_.end()) return false;
  (*found)->end();
  sessions_.erase(found);
  return true;
}

}  // namespace junctor::cli
