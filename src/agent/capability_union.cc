#include "agent/capability_union.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

using wire::JsonKind;
using wire::JsonMember;
using wire::JsonMembers;
using wire::JsonValue;

// How the values of one capability become one.
enum class Join : std::uint8_t {
  first,         // Whatever it is.
  first_object,  // A capability of the protocol without members.
  by_key,        // An object of independent members.
  list,          // An object that says how a list behaves.
};

struct JoinRule {
  std::string_view key;
  Join join;
};
constexpr JoinRule kJoinRules[] = {
    {"tools", Join::list},
    {"prompts", Join::list},
    {"resources", Join::list},
    {"logging", Join::first_object},
    {"completions", Join::first_object},
    {"extensions", Join::by_key},
    {"experimental", Join::by_key},
    {"tasks", Join::by_key},
};

Join join_of(std::string_view key) noexcept {
  const auto* const rule = std::ranges::find(kJoinRules, key, &JoinRule::key);
  return rule == std::ranges::end(kJoinRules) ? Join::first : rule->join;
}

// Members in the order in which they came, each key once.
class FirstMembers {
 public:
  void add(std::string key, std::string_view raw) {
    if (seen_.emplace(key, members_.size()).second) members_.emplace_back(std::move(key), raw);
  }
  void write(wire::JsonWriter& writer) const {
    for (const auto& [key, raw] : members_) writer.key(key).raw(raw);
  }

 private:
  std::vector<std::pair<std::string, std::string_view>> members_;
  std::unordered_map<std::string, std::size_t> seen_;
};

struct Capability {
  std::string key;
  Join join = Join::first;
  std::string_view raw;  // Of the first, for those that are not joined.
  bool is_subscribable = false;
  FirstMembers members;
};

class Union {
 public:
  void add(const JsonValue& capabilities) {
    for (const JsonMember& member : JsonMembers{capabilities}) {
      std::string key = wire::unescape_json_string(member.key);
      const Join join = join_of(key);
      const bool is_none = join == Join::first ? member.value.kind == JsonKind::null
                                               : member.value.kind != JsonKind::object;
      if (is_none) continue;
      const auto [at, is_new] = places_.emplace(key, capabilities_.size());
      if (is_new) {
        capabilities_.push_back(
            {.key = std::move(key), .join = join, .raw = member.value.raw, .members = {}});
      }
      add_members(capabilities_[at->second], member.value);
    }
  }

  [[nodiscard]] std::string text() const {
    Buffer out;
    wire::JsonWriter writer{out};
    writer.begin_object();
    for (const Capability& capability : capabilities_) {
      writer.key(capability.key);
      if (capability.join == Join::first || capability.join == Join::first_object) {
        writer.raw(capability.raw);
        continue;
      }
      writer.begin_object();
      if (capability.join == Join::list) writer.key("listChanged").boolean(true);
      if (capability.is_subscribable) writer.key("subscribe").boolean(true);
      capability.members.write(writer);
      writer.end_object();
    }
    writer.end_object();
    return std::string{out.view()};
  }

 private:
  static void add_members(Capability& capability, const JsonValue& value) {
    if (capability.join != Join::by_key && capability.join != Join::list) return;
    for (const JsonMember& member : JsonMembers{value}) {
      std::string key = wire::unescape_json_string(member.key);
      if (capability.join == Join::list && key == "listChanged") continue;
      if (capability.key == "resources" && key == "subscribe") {
        capability.is_subscribable |= member.value.raw == "true";
        continue;
      }
      capability.members.add(std::move(key), member.value.raw);
    }
  }

  std::vector<Capability> capabilities_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::string union_of_capabilities(std::span<const std::string_view> capabilities) {
  Union all;
  for (const std::string_view text : capabilities) {
    if (text.size() > kCapabilitiesBytesMax) continue;
    const auto scan = wire::scan_json(text);
    if (scan && scan.root.kind == JsonKind::object) all.add(scan.root);
  }
  return all.text();
}

}  // namespace junctor::agent
