#include "agent/client_profile.h"

#include "base/buffer.h"
#include "wire/json_write.h"

namespace junctor::agent {

// `elicitation: {}` is the form mode alone: the other came later.
ClientProfile profile_of(const wire::JsonValue& capabilities) {
  const auto has = [](const wire::JsonValue& object, std::string_view key) {
    return wire::json_member(object, key).kind == wire::JsonKind::object;
  };
  const wire::JsonValue sampling = wire::json_member(capabilities, "sampling");
  const wire::JsonValue elicitation = wire::json_member(capabilities, "elicitation");
  const bool elicits = elicitation.kind == wire::JsonKind::object;
  return {.roots = has(capabilities, "roots"),
          .sampling = sampling.kind == wire::JsonKind::object,
          .sampling_tools = has(sampling, "tools"),
          .elicitation_form = elicits && (has(elicitation, "form") || !has(elicitation, "url")),
          .elicitation_url = has(elicitation, "url")};
}

std::string capabilities_of(const ClientProfile& profile) {
  Buffer text;
  wire::JsonWriter json{text};
  const auto empty = [&](std::string_view key) { json.key(key).begin_object().end_object(); };
  json.begin_object();
  if (profile.roots) json.key("roots").begin_object().key("listChanged").raw("true").end_object();
  if (profile.sampling) {
    json.key("sampling").begin_object();
    if (profile.sampling_tools) empty("tools");
    json.end_object();
  }
  if (profile.elicitation_form || profile.elicitation_url) {
    json.key("elicitation").begin_object();
    if (profile.elicitation_form) empty("form");
    if (profile.elicitation_url) empty("url");
    json.end_object();
  }
  json.end_object();
  return std::string{text.view()};
}

}  // namespace junctor::agent
