#include "wire/mcp.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

// clang-format off
constexpr std::array<VersionFacts, kProtocolVersionCount> kVersions = {{
    {.version = ProtocolVersion::v2024_11_05, .name = "2024-11-05", .era = Era::legacy,
     .streamable_http = false, .batches = false, .version_header = false, .priming_event = false,
     .null_id_when_unknown = true, .elicitation = false, .url_elicitation = false, .tasks = false,
     .structured_content = false, .result_type = false},
    {.version = ProtocolVersion::v2025_03_26, .name = "2025-03-26", .era = Era::legacy,
     .streamable_http = true, .batches = true, .version_header = false, .priming_event = false,
     .null_id_when_unknown = true, .elicitation = false, .url_elicitation = false, .tasks = false,
     .structured_content = false, .result_type = false},
    {.version = ProtocolVersion::v2025_06_18, .name = "2025-06-18", .era = Era::legacy,
     .streamable_http = true, .batches = false, .version_header = true, .priming_event = false,
     .null_id_when_unknown = true, .elicitation = true, .url_elicitation = false, .tasks = false,
     .structured_content = true, .result_type = false},
    {.version = ProtocolVersion::v2025_11_25, .name = "2025-11-25", .era = Era::legacy,
     .streamable_http = true, .batches = false, .version_header = true, .priming_event = true,
     .null_id_when_unknown = false, .elicitation = true, .url_elicitation = true, .tasks = true,
     .structured_content = true, .result_type = false},
    {.version = ProtocolVersion::v2026_07_28, .name = "2026-07-28", .era = Era::modern,
     .streamable_http = true, .batches = false, .version_header = true, .priming_event = false,
     .null_id_when_unknown = false, .elicitation = true, .url_elicitation = true, .tasks = false,
     .structured_content = true, .result_type = true},
}};

// clang-format on

using enum McpMethod;
using enum EraSet;
using Way = MethodDirection;
using Name = NameParam;

// What differs from the plain case: a client asks the server, no header mirrors a parameter.
struct Traits {
  Way legacy_way = Way::to_server;
  Way modern_way = Way::to_server;
  Name name = Name::none;
  bool cacheable = false;
  bool may_need_input = false;
};
constexpr Traits kToClient{.legacy_way = Way::to_client, .modern_way = Way::to_client};
constexpr Traits kBothWays{.legacy_way = Way::both, .modern_way = Way::both};
constexpr Traits kCacheable{.cacheable = true};

constexpr MethodFacts row(McpMethod method, std::string_view name, EraSet eras, MethodForm form,
                          const Traits& traits) {
  return {.method = method,
          .name = name,
          .eras = eras,
          .form = form,
          .direction = traits.legacy_way,
          .modern_direction = traits.modern_way,
          .name_param = traits.name,
          .cacheable = traits.cacheable,
          .may_need_input = traits.may_need_input};
}
constexpr MethodFacts request(McpMethod method, std::string_view name, EraSet eras,
                              const Traits& traits = {}) {
  return row(method, name, eras, MethodForm::request, traits);
}
constexpr MethodFacts notice(McpMethod method, std::string_view name, EraSet eras,
                             const Traits& traits) {
  return row(method, name, eras, MethodForm::notification, traits);
}

// In the order of McpMethod, about that of frequency: find_method() searches from the front.
constexpr MethodFacts kMethods[] = {
    request(tools_call, "tools/call", both, {.name = Name::name, .may_need_input = true}),
    request(tools_list, "tools/list", both, kCacheable),
    request(resources_read, "resources/read", both,
            {.name = Name::uri, .cacheable = true, .may_need_input = true}),
    request(resources_list, "resources/list", both, kCacheable),
    request(resources_templates_list, "resources/templates/list", both, kCacheable),
    request(resources_subscribe, "resources/subscribe", legacy),
    request(resources_unsubscribe, "resources/unsubscribe", legacy),
    request(prompts_get, "prompts/get", both, {.name = Name::name, .may_need_input = true}),
    request(prompts_list, "prompts/list", both, kCacheable),
    request(completion_complete, "completion/complete", both),
    request(initialize, "initialize", legacy),
    request(ping, "ping", legacy, kBothWays),
    request(logging_set_level, "logging/setLevel", legacy),
    //= mcp 2026-07-28 server/discover#top MUST
    //= mcp 2026-07-28 basic/versioning#protocol-version-negotiation:discover MUST
    request(server_discover, "server/discover", modern, kCacheable),
    request(subscriptions_listen, "subscriptions/listen", modern),
    request(tasks_get, "tasks/get", both, {.legacy_way = Way::both, .name = Name::task_id}),
    request(tasks_update, "tasks/update", modern, {.name = Name::task_id}),
    request(tasks_cancel, "tasks/cancel", both, {.legacy_way = Way::both, .name = Name::task_id}),
    request(tasks_result, "tasks/result", legacy, {.legacy_way = Way::both}),
    request(tasks_list, "tasks/list", legacy, {.legacy_way = Way::both}),
    request(roots_list, "roots/list", legacy, kToClient),
    request(sampling_create_message, "sampling/createMessage", legacy, kToClient),
    request(elicitation_create, "elicitation/create", legacy, kToClient),
    notice(initialized, "notifications/initialized", legacy, {}),
    notice(cancelled, "notifications/cancelled", both, kBothWays),
    notice(progress, "notifications/progress", both,
           {.legacy_way = Way::both, .modern_way = Way::to_client}),
    notice(message, "notifications/message", both, kToClient),
    notice(tools_list_changed, "notifications/tools/list_changed", both, kToClient),
    notice(prompts_list_changed, "notifications/prompts/list_changed", both, kToClient),
    notice(resources_list_changed, "notifications/resources/list_changed", both, kToClient),
    notice(resources_updated, "notifications/resources/updated", both, kToClient),
    notice(roots_list_changed, "notifications/roots/list_changed", legacy, {}),
    notice(elicitation_complete, "notifications/elicitation/complete", legacy, kToClient),
    notice(subscriptions_acknowledged, "notifications/subscriptions/acknowledged", modern,
           kToClient),
    notice(tasks_status, "notifications/tasks/status", legacy, kBothWays),
    notice(tasks_notification, "notifications/tasks", modern, kToClient),
};

template <class Row, class Key>
constexpr bool is_in_order(const Row& rows, Key key) {
  std::size_t index = 0;
  return std::ranges::all_of(
      rows, [&](const auto& row) { return static_cast<std::size_t>(key(row)) == index++; });
}
static_assert(is_in_order(kVersions, [](const VersionFacts& row) { return row.version; }));
static_assert(is_in_order(kMethods, [](const MethodFacts& row) { return row.method; }));

constexpr std::string_view kLogLevels[] = {"debug", "info",     "notice", "warning",
                                           "error", "critical", "alert",  "emergency"};

// Dates compare as text once their shape is known.
bool is_date(std::string_view text) noexcept {
  constexpr std::string_view kShape = "dddd-dd-dd";
  return std::ranges::equal(text, kShape, [](char have, char want) {
    return want == 'd' ? have >= '0' && have <= '9' : have == want;
  });
}

}  // namespace

const VersionFacts& version_facts(ProtocolVersion version) noexcept {
  const auto index = static_cast<std::size_t>(version);
  JUNCTOR_ASSERT(index < kVersions.size());
  return kVersions[index];
}

const VersionFacts* find_version(std::string_view name) noexcept {
  // The latest are asked for most.
  for (std::size_t i = kVersions.size(); i-- > 0;) {
    if (kVersions[i].name == name) return &kVersions[i];
  }
  return nullptr;
}

const VersionFacts* find_version(const JsonValue& name) noexcept {
  if (name.kind != JsonKind::string) return nullptr;
  const std::string_view plain = json_string_body(name.raw);
  if (const VersionFacts* const found = find_version(plain); found != nullptr) return found;
  for (const VersionFacts& facts : kVersions) {
    if (json_string_equals(name.raw, facts.name)) return &facts;
  }
  return nullptr;
}

// Later dates too: the sender follows the modern rules, and is told what is supported by those.
bool is_modern_version_name(std::string_view name) noexcept {
  return is_date(name) && name >= version_facts(ProtocolVersion::v2026_07_28).name;
}

ProtocolVersion negotiate_legacy_version(std::string_view requested) noexcept {
  const VersionFacts* const facts = find_version(requested);
  if (facts == nullptr || facts->era != Era::legacy) return kLatestLegacyVersion;
  return facts->version;
}

const MethodFacts* find_method(std::string_view name) noexcept {
  for (const MethodFacts& facts : kMethods) {
    if (facts.name == name) return &facts;
  }
  return nullptr;
}

// Nearly all names come without escapes; the slow way is for the sender who writes "tools\/call".
const MethodFacts* find_method(const JsonValue& name) noexcept {
  if (name.kind != JsonKind::string) return nullptr;
  const std::string_view body = json_string_body(name.raw);
  const bool is_escaped = body.find('\\') != std::string_view::npos;
  if (!is_escaped) return find_method(body);
  for (const MethodFacts& facts : kMethods) {
    if (json_string_equals(name.raw, facts.name)) return &facts;
  }
  return nullptr;
}

const MethodFacts& method_facts(McpMethod method) noexcept {
  const auto index = static_cast<std::size_t>(method);
  JUNCTOR_ASSERT(index < std::size(kMethods));
  return kMethods[index];
}

std::span<const MethodFacts> all_methods() noexcept {
  return kMethods;
}

// The form counts as much as the name: tools/call without an id is no request and must not be
// executed, and a notification with an id asks for an answer that does not exist.
bool is_client_method(const MethodFacts& facts, Era era, MethodForm form) noexcept {
  if (!contains(facts.eras, era) || facts.form != form) return false;
  const MethodDirection way = era == Era::legacy ? facts.direction : facts.modern_direction;
  return way != MethodDirection::to_client;
}

bool is_reserved_meta_key(std::string_view key) noexcept {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view prefix = key.substr(0, slash);
  const std::size_t dot = prefix.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view rest = prefix.substr(dot + 1);
  const std::string_view second = rest.substr(0, rest.find('.'));
  return second == "modelcontextprotocol" || second == "mcp";
}

std::optional<std::size_t> log_level_rank(const JsonValue& level) noexcept {
  if (level.kind != JsonKind::string) return std::nullopt;
  const auto* const found = std::ranges::find_if(
      kLogLevels, [&](std::string_view name) { return json_string_equals(level.raw, name); });
  if (found == std::end(kLogLevels)) return std::nullopt;
  return static_cast<std::size_t>(found - std::begin(kLogLevels));
}

bool is_log_level(const JsonValue& level) noexcept {
  return log_level_rank(level).has_value();
}

}  // namespace junctor::wire
