#pragma once
// What the revisions of MCP say, as tables: versions, methods, headers, `_meta` keys, error codes.
//
// Nobody compares version strings or lists methods elsewhere: a question that two revisions answer
// differently is a column here. "Legacy" is 2024-11-05 to 2025-11-25 (a session begun by
// `initialize`), "modern" is 2026-07-28 and later (each request carries its context in `_meta`).
//
// Source:  MCP schemas and specification pages of 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25
//          and 2026-07-28; extension io.modelcontextprotocol/tasks.
// Limits:  none; the tables are constants.
// Threads: safe from all.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/json_scan.h"

namespace junctor::wire {

enum class Era : std::uint8_t { legacy, modern };

enum class ProtocolVersion : std::uint8_t {
  v2024_11_05,
  v2025_03_26,
  v2025_06_18,
  v2025_11_25,
  v2026_07_28,
};
inline constexpr std::size_t kProtocolVersionCount = 5;
inline constexpr ProtocolVersion kLatestLegacyVersion = ProtocolVersion::v2025_11_25;
inline constexpr ProtocolVersion kLatestModernVersion = ProtocolVersion::v2026_07_28;
// What a legacy request without a version header and without a session speaks.
inline constexpr ProtocolVersion kAssumedLegacyVersion = ProtocolVersion::v2025_03_26;

struct VersionFacts {
  ProtocolVersion version;
  std::string_view name;
  Era era;
  bool streamable_http;       // Else the transport of two endpoints.
  bool batches;               // Arrays of messages are received.
  bool version_header;        // MCP-Protocol-Version is required after the handshake.
  bool priming_event;         // Clients understand an event with an id and empty data.
  bool null_id_when_unknown;  // Errors without a readable id carry `id: null`; else no id member.
  bool elicitation;
  bool url_elicitation;
  bool tasks;  // The experimental core tasks.
  bool structured_content;
  bool result_type;  // Every result carries `resultType`.
};

[[nodiscard]] const VersionFacts& version_facts(ProtocolVersion version) noexcept;
// Nothing when the name is not one of ours.
[[nodiscard]] const VersionFacts* find_version(std::string_view name) noexcept;
// A raw JSON string.
[[nodiscard]] const VersionFacts* find_version(const JsonValue& name) noexcept;
// True for a known modern version and for any later date: a name that no legacy peer would send.
[[nodiscard]] bool is_modern_version_name(std::string_view name) noexcept;

// What a legacy `initialize` that asks for `requested` is answered: the same version where we speak
// it, else the latest legacy one, also for modern and unknown names.
[[nodiscard]] ProtocolVersion negotiate_legacy_version(std::string_view requested) noexcept;

// JSON arrays of version names, latest first. `data.supported` of -32022 and `supportedVersions`
// name the modern ones alone: a client would put a legacy one into a modern envelope and ask for
// ever.
inline constexpr std::string_view kModernVersionsJson = R"(["2026-07-28"])";
inline constexpr std::string_view kLegacyVersionsJson =
    R"(["2025-11-25","2025-06-18","2025-03-26","2024-11-05"])";
inline constexpr std::string_view kAllVersionsJson =
    R"(["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"])";

//= mcp 2026-07-28 basic#error-codes:reserved MUST NOT
// Error codes of MCP. The specification keeps -32020 ... -32099 for itself; these are all it uses.
inline constexpr int kHeaderMismatch = -32020;
inline constexpr int kMissingClientCapability = -32021;
inline constexpr int kUnsupportedVersion = -32022;
// Of legacy revisions alone: accepted from upstreams, never sent to a modern client.
inline constexpr int kLegacyResourceNotFound = -32002;
inline constexpr int kLegacyUrlElicitationRequired = -32042;

enum class McpMethod : std::uint8_t {
  tools_call,
  tools_list,
  resources_read,
  resources_list,
  resources_templates_list,
  resources_subscribe,
  resources_unsubscribe,
  prompts_get,
  prompts_list,
  completion_complete,
  initialize,
  ping,
  logging_set_level,
  server_discover,
  subscriptions_listen,
  tasks_get,
  tasks_update,
  tasks_cancel,
  tasks_result,
  tasks_list,
  roots_list,
  sampling_create_message,
  elicitation_create,
  initialized,
  cancelled,
  progress,
  message,
  tools_list_changed,
  prompts_list_changed,
  resources_list_changed,
  resources_updated,
  roots_list_changed,
  elicitation_complete,
  subscriptions_acknowledged,
  tasks_status,
  tasks_notification,
};

enum class EraSet : std::uint8_t { legacy = 1, modern = 2, both = 3 };
[[nodiscard]] constexpr bool contains(EraSet set, Era era) noexcept {
  return (static_cast<unsigned>(set) & (era == Era::legacy ? 1U : 2U)) != 0;
}

enum class MethodForm : std::uint8_t { request, notification };
enum class MethodDirection : std::uint8_t { to_server, to_client, both };
// The parameter that the header Mcp-Name mirrors.
enum class NameParam : std::uint8_t { none, name, uri, task_id };

struct MethodFacts {
  McpMethod method;
  std::string_view name;
  EraSet eras;  // Where it exists as a message of its own.
  MethodForm form;
  MethodDirection direction;         // In the legacy era.
  MethodDirection modern_direction;  // In the modern era; says nothing where it does not exist.
  NameParam name_param;              // Modern era.
  bool cacheable;                    // Modern results carry ttlMs and cacheScope.
  bool may_need_input;               // Modern results may be `input_required`.
};

// Nothing for a name that no era knows.
[[nodiscard]] const MethodFacts* find_method(std::string_view name) noexcept;
[[nodiscard]] const MethodFacts* find_method(const JsonValue& name) noexcept;
[[nodiscard]] const MethodFacts& method_facts(McpMethod method) noexcept;
[[nodiscard]] std::span<const MethodFacts> all_methods() noexcept;
// May a client send it to a server of that era, as a request or as a notification?
[[nodiscard]] bool is_client_method(const MethodFacts& facts, Era era, MethodForm form) noexcept;

// Header names as we write them; they are compared without regard to case.
inline constexpr std::string_view kProtocolVersionHeader = "MCP-Protocol-Version";
inline constexpr std::string_view kMethodHeader = "Mcp-Method";
inline constexpr std::string_view kNameHeader = "Mcp-Name";
inline constexpr std::string_view kParamHeaderPrefix = "Mcp-Param-";
inline constexpr std::string_view kSessionIdHeader = "Mcp-Session-Id";
inline constexpr std::string_view kLastEventIdHeader = "Last-Event-ID";

// Keys of `_meta`.
inline constexpr std::string_view kMetaReservedPrefix = "io.modelcontextprotocol/";
inline constexpr std::string_view kMetaProtocolVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kMetaClientCapabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kMetaClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kMetaLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kMetaServerInfo = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kMetaSubscriptionId = "io.modelcontextprotocol/subscriptionId";
inline constexpr std::string_view kMetaRelatedTask = "io.modelcontextprotocol/related-task";
inline constexpr std::string_view kMetaProgressToken = "progressToken";
inline constexpr std::string_view kMetaTraceparent = "traceparent";
inline constexpr std::string_view kMetaTracestate = "tracestate";
inline constexpr std::string_view kMetaBaggage = "baggage";
// Under a prefix whose second label is `modelcontextprotocol` or `mcp`.
[[nodiscard]] bool is_reserved_meta_key(std::string_view key) noexcept;

// The eight levels of `logging/setLevel` and of kMetaLogLevel (RFC 5424).
[[nodiscard]] bool is_log_level(const JsonValue& level) noexcept;
// How grave it is: 0 for "debug", one more for each that follows. Nothing for any other value.
[[nodiscard]] std::optional<std::size_t> log_level_rank(const JsonValue& level) noexcept;

}  // namespace junctor::wire
