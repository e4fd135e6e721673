#include "app/commands/import_edit.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "app/commands/import_gateways.h"
#include "app/commands/import_yaml.h"
#include "app/config_node.h"
#include "base/assert.h"
#include "base/text.h"

namespace junctor::app {
namespace {

using NodeKind = ConfigNode::Kind;
constexpr std::size_t kNone = std::string_view::npos;

bool is_same(const ConfigNode& a, const ConfigNode& b) {
  return a.kind == b.kind && a.text == b.text && std::ranges::equal(a.items, b.items, is_same) &&
         std::ranges::equal(a.members, b.members,
                            [](const ConfigMember& one, const ConfigMember& other) {
                              return one.key == other.key && is_same(one.value, other.value);
                            });
}

ConfigNode* find(ConfigNode& node, std::string_view key) {
  const auto found = std::ranges::find(node.members, key, &ConfigMember::key);
  return found == node.members.end() ? nullptr : &found->value;
}

// The member of that name as a list, made where there is nothing.
ConfigNode& list_at(ConfigNode& root, std::string_view key) {
  ConfigNode* found = find(root, key);
  if (found == nullptr) {
    root.members.push_back({.key = std::string{key}, .mark = {}, .value = {}});
    found = &root.members.back().value;
  }
  if (found->kind == NodeKind::null) *found = {};
  found->kind = NodeKind::list;
  return *found;
}

bool is_missing(ConfigNode& root, std::string_view key) {
  const ConfigNode* found = find(root, key);
  return found == nullptr || found->kind == NodeKind::null ||
         (found->kind == NodeKind::list && found->items.empty());
}

// The first route that names its upstreams in a list.
ConfigNode* shared_route(ConfigNode& root) {
  ConfigNode* routes = find(root, "routes");
  if (routes == nullptr) return nullptr;
  for (ConfigNode& route : routes->items) {
    ConfigNode* upstreams = find(route, "upstreams");
    if (upstreams != nullptr && upstreams->kind == NodeKind::list) return upstreams;
  }
  return nullptr;
}

// Where lines begin, and what stands on them.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_{text} {
    for (std::size_t at = 0; at < text.size();) {
      begins_.push_back(at);
      const std::size_t end = text.find('\n', at);
      at = end == kNone ? text.size() : end + 1;
    }
  }
  [[nodiscard]] std::size_t count() const { return begins_.size(); }
  // From 0; that behind the last line is the end of the text.
  [[nodiscard]] std::size_t begin(std::size_t line) const {
    return line < begins_.size() ? begins_[line] : text_.size();
  }
  // Without blanks in front and without its end.
  [[nodiscard]] std::string_view content(std::size_t line) const {
    std::string_view whole = text_.substr(begin(line), begin(line + 1) - begin(line));
    while (whole.ends_with('\n') || whole.ends_with('\r')) whole.remove_suffix(1);
    return trim(whole);
  }
  [[nodiscard]] std::size_t indent(std::size_t line) const {
    const std::size_t found = text_.find_first_not_of(' ', begin(line));
    return std::min(found, text_.size()) - begin(line);
  }
  [[nodiscard]] bool is_comment(std::size_t line) const { return content(line).starts_with('#'); }

 private:
  std::string_view text_;
  std::vector<std::size_t> begins_;
};

struct Edit {
  std::size_t at = 0;
  std::size_t removed = 0;
  std::string added;
};

// Finds the places of the new entries. A place that is not certain is none: the caller compares
// what comes out with what should.
class Editor {
 public:
  Editor(std::string_view text, ConfigNode& root, std::span<const PlannedUpstream> added)
      : text_{text}, root_{root}, added_{added}, lines_{text} {}

  // False when there is no place.
  [[nodiscard]] bool place_upstreams() {
    const auto entries = [this](std::size_t indent) {
      std::string made;
      for (const PlannedUpstream& upstream : added_) made += upstream_yaml(upstream, indent);
      return made;
    };
    return place_list("upstreams", entries);
  }

  [[nodiscard]] bool place_route(std::span<const std::string> names) {
    return place_list("routes", [names](std::size_t indent) { return route_yaml(names, indent); });
  }

  [[nodiscard]] bool place_names(const ConfigNode& list) {
    const std::size_t line = list.mark.line - 1;
    if (list.mark.line == 0 || line >= lines_.count()) return false;
    const bool is_block = !list.items.empty() && lines_.content(line).starts_with("- ") &&
                          list.mark.column == lines_.indent(line) + 1;
    return is_block ? place_block_names(list) : place_flow_names(line);
  }

  [[nodiscard]] std::string apply() && {
    std::string made{text_};
    std::ranges::sort(edits_, std::ranges::greater{}, &Edit::at);
    const bool has_returns = text_.find("\r\n") != kNone;
    for (const Edit& edit : edits_) {
      made.replace(edit.at, edit.removed, has_returns ? with_returns(edit.added) : edit.added);
    }
    if (at_end_.empty()) return made;
    if (!made.empty() && !made.ends_with('\n')) made += has_returns ? "\r\n" : "\n";
    return made + (has_returns ? with_returns(at_end_) : at_end_);
  }

 private:
  static std::string with_returns(std::string_view text) {
    std::string made;
    for (const char c : text) {
      if (c == '\n') made += '\r';
      made += c;
    }
    return made;
  }

  template <class Entries>
  bool place_list(std::string_view key, Entries entries) {
    constexpr std::size_t kIndent = 2;
    const auto member = std::ranges::find(root_.members, key, &ConfigMember::key);
    if (member == root_.members.end()) {
      at_end_ += fmt::format("{}:\n{}", key, entries(kIndent));
      return true;
    }
    const ConfigNode& list = member->value;
    const std::size_t key_line = member->mark.line - 1;
    if (list.kind == NodeKind::null) {
      insert_line(key_line + 1, entries(kIndent));
      return true;
    }
    if (list.kind != NodeKind::list) return false;
    if (list.items.empty()) return replace_empty(key_line, entries(kIndent));
    const std::size_t item_line = list.items[0].mark.line - 1;
    if (item_line >= lines_.count() || !lines_.content(item_line).starts_with("- ")) return false;
    const std::size_t indent = lines_.indent(item_line);
    insert_line(block_end(member - root_.members.begin(), indent), entries(indent));
    return true;
  }

  // `[]` gives way to a block.
  bool replace_empty(std::size_t key_line, std::string entries) {
    const std::size_t at = text_.find("[]", lines_.begin(key_line));
    if (at == kNone || at >= lines_.begin(key_line + 1)) return false;
    edits_.push_back({.at = at, .removed = 2, .added = {}});
    insert_line(key_line + 1, std::move(entries));
    return true;
  }

  // The line behind the last entry of a list at the top. Comments that are indented as its entries
  // are belong to it; those before the next key belong to that.
  std::size_t block_end(std::ptrdiff_t member, std::size_t indent) const {
    const auto next = static_cast<std::size_t>(member) + 1;
    const std::size_t begin = root_.members[next - 1].mark.line;
    const std::size_t stop =
        next < root_.members.size() ? root_.members[next].mark.line - 1 : lines_.count();
    std::size_t end = stop;
    while (end > begin && (lines_.content(end - 1).empty() || lines_.is_comment(end - 1))) --end;
    while (end < stop && indent > 0 && lines_.is_comment(end) && lines_.indent(end) >= indent) {
      ++end;
    }
    return end;
  }

  bool place_block_names(const ConfigNode& list) {
    const std::size_t last = list.items.back().mark.line - 1;
    if (last >= lines_.count() || !lines_.content(last).starts_with("- ")) return false;
    std::string made;
    for (const PlannedUpstream& upstream : added_) {
      made += fmt::format("{:{}}- {}\n", "", lines_.indent(last), yaml_scalar(upstream.name));
    }
    insert_line(last + 1, std::move(made));
    return true;
  }

  // Before the bracket that closes the first list behind the key on that line.
  bool place_flow_names(std::size_t line) {
    const std::size_t key = text_.find("upstreams", lines_.begin(line));
    const std::size_t open = key == kNone ? kNone : text_.find('[', key);
    const std::size_t close = open == kNone ? kNone : text_.find(']', open);
    if (close == kNone) return false;
    const std::size_t last = text_.find_last_not_of(" \t\r\n", close - 1);
    std::string made;
    for (const PlannedUpstream& upstream : added_) {
      const bool is_first = made.empty() && (text_[last] == '[' || text_[last] == ',');
      made += is_first ? (text_[last] == ',' ? " " : "") : ", ";
      made += yaml_scalar(upstream.name);
    }
    edits_.push_back({.at = last + 1, .removed = 0, .added = std::move(made)});
    return true;
  }

  void insert_line(std::size_t line, std::string added) {
    const std::size_t at = lines_.begin(line);
    if (at > 0 && text_[at - 1] != '\n') added.insert(0, 1, '\n');
    edits_.push_back({.at = at, .removed = 0, .added = std::move(added)});
  }

  std::string_view text_;
  ConfigNode& root_;
  std::span<const PlannedUpstream> added_;
  Lines lines_;
  std::vector<Edit> edits_;
  std::string at_end_;
};

std::expected<ConfigNode, std::string> read_root(std::string_view text, std::string_view file) {
  if (text.size() > kConfigBytesMax) {
    return std::unexpected{fmt::format("{} has more than {} bytes", file, kConfigBytesMax)};
  }
  auto root = read_config_tree(text);
  if (!root) return std::unexpected{describe(root.error().front(), file)};
  if (root->kind == NodeKind::null) root->kind = NodeKind::map;
  if (root->kind != NodeKind::map) {
    return std::unexpected{fmt::format("{} is no configuration: expected a map", file)};
  }
  return *std::move(root);
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != kNone && text[first] == '{';
}

void append_items(ConfigNode& list, const ConfigNode& more) {
  list.items.insert(list.items.end(), more.items.begin(), more.items.end());
}

std::vector<std::string> names_of(const ConfigNode& upstreams) {
  std::vector<std::string> names;
  for (const ConfigNode& node : upstreams.items) {
    if (const ConfigMember* name = node.find("name")) names.push_back(name->value.text);
  }
  return names;
}

std::unexpected<std::string> no_place() {
  return std::unexpected{std::string{
      "the way the file is written leaves no place to insert lines without rewriting it"}};
}

constexpr std::string_view kRouteNote =
    "no route names its upstreams in a list: name the new ones in a route, or nobody reaches them";

}  // namespace

std::expected<ExistingUpstreams, std::string> read_existing(std::string_view text,
                                                            std::string_view file) {
  ExistingUpstreams existing;
  auto root = read_root(text, file);
  if (!root) return std::unexpected{std::move(root).error()};
  if (!is_junctor_config(*root)) return existing;
  ImportReading reading;
  reading.origin = std::string{file};
  read_junctor_config(*root, reading);
  existing.servers = std::move(reading.servers);
  existing.names = names_of(root->find("upstreams")->value);
  return existing;
}

std::expected<EditedConfig, std::string> add_to_config(std::string_view text,
                                                       std::span<const PlannedUpstream> added) {
  JUNCTOR_ASSERT(!added.empty());
  auto root = read_root(text, "the file");
  if (!root) return std::unexpected{std::move(root).error()};
  const auto news = read_config_tree(standalone_yaml(added));
  if (!news) return std::unexpected{std::string{"it would have more values than a file may"}};
  // What is to come out, as a tree, against which the edited text is held.
  ConfigNode wanted = *root;
  Editor editor{text, *root, added};
  if (is_json(text) || !editor.place_upstreams()) return no_place();
  ConfigNode& upstreams = list_at(wanted, "upstreams");
  append_items(upstreams, news->find("upstreams")->value);
  EditedConfig edited;
  if (is_missing(*root, "routes")) {
    const std::vector<std::string> names = names_of(upstreams);
    const auto route = read_config_tree("routes:\n" + route_yaml(names, 0));
    if (!route || !editor.place_route(names)) return no_place();
    append_items(list_at(wanted, "routes"), route->find("routes")->value);
  } else if (const ConfigNode* shared = shared_route(*root)) {
    append_items(*shared_route(wanted),
                 news->find("routes")->value.items[0].find("upstreams")->value);
    if (!editor.place_names(*shared)) return no_place();
  } else {
    edited.route_note = kRouteNote;
  }
  edited.text = std::move(editor).apply();
  const auto made = read_config_tree(edited.text);
  if (edited.text.size() > kConfigBytesMax || !made || !is_same(*made, wanted)) return no_place();
  return edited;
}

}  // namespace junctor::app
