#include "agent/own_words.h"

#include <fmt/format.h>

#include "base/version.h"
#include "wire/json_text.h"
#include "wire/mcp.h"

namespace junctor::agent {
namespace {

// An array of version names, or an object that has one under `key`.
bool names_modern_version(const wire::JsonValue& versions) {
  for (const auto& each : wire::JsonMembers{versions}) {
    if (wire::json_string_equals(each.value.raw,
                                 wire::version_facts(wire::kLatestModernVersion).name))
      return true;
  }
  return false;
}

}  // namespace

//= mcp 2026-07-28 basic#meta:required MUST
std::string own_meta_members(std::string_view capabilities) {
  return fmt::format(R"("{}":"{}","{}":{{"name":"junctor","version":"{}"}},"{}":{})",
                     wire::kMetaProtocolVersion,
                     wire::version_facts(wire::kLatestModernVersion).name, wire::kMetaClientInfo,
                     version(), wire::kMetaClientCapabilities, capabilities);
}

std::string own_meta(std::string_view capabilities) {
  return fmt::format(R"("_meta":{{{}}})", own_meta_members(capabilities));
}

std::string handshake_members(std::string_view capabilities, const wire::VersionFacts& spoken) {
  return fmt::format(R"("protocolVersion":"{}","capabilities":{},)"
                     R"("clientInfo":{{"name":"junctor","version":"{}"}})",
                     spoken.name, capabilities, version());
}

std::string handshake_params(std::string_view capabilities, const wire::VersionFacts& spoken) {
  return fmt::format("{{{}}}", handshake_members(capabilities, spoken));
}

std::string era_probe_rest() {
  return fmt::format(R"("method":"server/discover","params":{{{}}})", own_meta("{}"));
}

std::string era_probe() {
  return R"({"jsonrpc":"2.0","id":"junctor-probe",)" + era_probe_rest() + '}';
}

bool is_modern_answer(const UpstreamMessage& message) {
  if (message.kind == wire::JsonRpcKind::response) {
    return names_modern_version(wire::json_member(message.result, "supportedVersions"));
  }
  if (message.kind != wire::JsonRpcKind::error_response) return false;
  const auto code = wire::json_integer(message.error_code.raw);
  if (code == wire::kUnsupportedVersion) {
    const auto error = wire::json_member(wire::json_value(message.text), "error");
    return names_modern_version(wire::json_member(wire::json_member(error, "data"), "supported"));
  }
  return code == wire::kHeaderMismatch || code == wire::kMissingClientCapability;
}

}  // namespace junctor::agent
