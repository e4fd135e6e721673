#include "app/config_json.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::app {
namespace {

// Builds the tree from a text that has been scanned, so nothing here can fail but the limits.
class JsonTree {
 public:
  JsonTree(std::string_view text, ProblemList& problems) : text_{text}, problems_{problems} {}

  // Recursive, with a depth that the limit bounds.
  ConfigNode read(const wire::JsonValue& value, std::size_t depth) {
    JUNCTOR_ASSERT(depth <= wire::kJsonDepthMax);
    ConfigNode node;
    node.mark = mark_of(value.raw);
    if (depth > kConfigDepthMax || ++nodes_ > kConfigNodesMax) {
      if (!std::exchange(too_large_, true)) {
        problems_.add(node.mark, "", "too many or too deeply nested values");
      }
      return node;
    }
    node.kind = kind_of(value.kind);
    if (node.kind == ConfigNode::Kind::text) {
      node.text = wire::unescape_json_string(value.raw);
    } else if (node.is_scalar()) {
      node.text = value.raw;
    }
    for (const wire::JsonMember& member : wire::JsonMembers{value}) {
      ConfigNode inner = read(member.value, depth + 1);
      if (node.kind == ConfigNode::Kind::list) {
        node.items.push_back(std::move(inner));
      } else {
        node.members.push_back({.key = wire::unescape_json_string(member.key),
                                .mark = mark_of(member.key),
                                .value = std::move(inner)});
      }
    }
    return node;
  }

  // Offsets come in ascending order except for those of keys, so counting goes on where it was.
  ConfigMark mark_of(std::string_view token) {
    const char* const at = token.data();
    JUNCTOR_ASSERT(at >= text_.data() && at <= text_.data() + text_.size());
    const auto offset = static_cast<std::size_t>(at - text_.data());
    if (offset < counted_) counted_ = line_begin_ = 0, line_ = 1;
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] != '\n') continue;
      ++line_;
      line_begin_ = counted_ + 1;
    }
    return {.line = line_, .column = offset - line_begin_ + 1};
  }

 private:
  static ConfigNode::Kind kind_of(wire::JsonKind kind) {
    switch (kind) {
      case wire::JsonKind::object: return ConfigNode::Kind::map;
      case wire::JsonKind::array: return ConfigNode::Kind::list;
      case wire::JsonKind::string: return ConfigNode::Kind::text;
      case wire::JsonKind::number: return ConfigNode::Kind::number;
      case wire::JsonKind::boolean: return ConfigNode::Kind::boolean;
      case wire::JsonKind::null:
      case wire::JsonKind::none: return ConfigNode::Kind::null;
    }
    std::unreachable();
  }

  std::string_view text_;
  ProblemList& problems_;
  std::size_t nodes_ = 0;
  bool too_large_ = false;
  std::size_t counted_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

// The fault's offset may be the end of the text: then the place is behind its last character.
ConfigNode read_json(std::string_view text, ProblemList& problems) {
  const wire::ScanResult scan = wire::scan_json(text);
  JsonTree tree{text, problems};
  if (!scan) {
    const std::size_t offset = std::min(scan.offset, text.size());
    problems.add(tree.mark_of(text.substr(offset)), "",
                 fmt::format("this is not JSON ({})", wire::json_fault_name(scan.fault)));
    return {};
  }
  return tree.read(scan.root, 0);
}

}  // namespace junctor::app
