#include "app/config_yaml.h"

#include <optional>
#include <streambuf>
#include <utility>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/assert.h"
#include "base/text.h"
#include "wire/json_text.h"

namespace junctor::app {
namespace {

// yaml-cpp reads streams; this one gives the text without a copy.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    // setg() wants mutable characters; nothing writes to a get area.
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// The decimal numbers of YAML's core schema (section 10.3.2). Hexadecimal, octal and the infinities
// are texts here, and refused where a number is expected.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto digits = [&text] {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    text.remove_prefix(count);
    return count;
  };
  std::size_t seen = digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    seen += digits();
  }
  if (seen == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

// YAML 1.2's core schema: "yes", "no", "on" and "off" are texts, as they were meant.
ConfigNode::Kind kind_of_plain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return ConfigNode::Kind::null;
  }
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return ConfigNode::Kind::boolean;
  }
  return is_decimal(text) ? ConfigNode::Kind::number : ConfigNode::Kind::text;
}

// Events and not the library's own document: that would resolve aliases (a small file could become
// a huge tree), and forget which of two equal keys came first.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(ProblemList& problems) : problems_{problems} {}

  [[nodiscard]] ConfigNode take() && { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(ConfigNode::Kind::null, mark, anchor, "?"));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark_of(mark), "aliases (*name) are not supported; write the value out");
    add(make(ConfigNode::Kind::null, mark, YAML::NullAnchor, "?"));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    ConfigNode node = make(ConfigNode::Kind::text, mark, anchor, tag);
    if (tag == "?") node.kind = kind_of_plain(value);
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(ConfigNode::Kind::list, mark, anchor, tag));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(ConfigNode::Kind::map, mark, anchor, tag));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    ConfigNode node;
    std::optional<ConfigMember> member;  // Of a map: its key is read, its value is next.
  };

  static ConfigMark mark_of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return {.line = static_cast<std::size_t>(mark.line) + 1,
            .column = static_cast<std::size_t>(mark.column) + 1};
  }

  // Only the first: what follows something that is not supported is not read.
  void refuse(ConfigMark mark, const char* sentence) {
    if (!std::exchange(refused_, true)) problems_.add(mark, "", sentence);
  }

  // Every node comes through here, so the limits do too. "!" is the tag of a quoted text, "?" that
  // of a plain one.
  ConfigNode make(ConfigNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
                  const std::string& tag) {
    ConfigNode node;
    node.kind = kind;
    node.mark = mark_of(mark);
    if (anchor != YAML::NullAnchor) refuse(node.mark, "anchors (&name) are not supported");
    if (!tag.empty() && tag != "?" && tag != "!")
      refuse(node.mark, "tags (!name) are not supported");
    if (++nodes_ > kConfigNodesMax || levels_.size() > kConfigDepthMax) {
      refuse(node.mark, "too many or too deeply nested values");
    }
    return node;
  }

  void open(ConfigNode node) { levels_.push_back({.node = std::move(node), .member = {}}); }

  void close() {
    JUNCTOR_ASSERT(!levels_.empty());
    ConfigNode node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  // To the list or map that is open; in a map keys and values take turns.
  void add(ConfigNode node) {
    if (refused_) return;
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == ConfigNode::Kind::list) {
      level.node.items.push_back(std::move(node));
    } else if (level.member) {
      level.member->value = std::move(node);
      level.node.members.push_back(*std::exchange(level.member, std::nullopt));
    } else if (node.is_scalar()) {
      level.member = ConfigMember{.key = std::move(node.text), .mark = node.mark, .value = {}};
    } else {
      refuse(node.mark, "a key is a word, not a list or a map");
    }
  }

  ProblemList& problems_;
  ConfigNode root_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
  bool refused_ = false;
};

// YAML allows UTF-8 without control characters (section 5.1). yaml-cpp takes more than that, and
// guesses UTF-16 and UTF-32 from the first bytes, after which its marks mean nothing here.
bool is_readable(std::string_view text, ProblemList& problems) {
  ConfigMark mark{.line = 1, .column = 1};
  for (std::size_t at = 0; at < text.size();) {
    const char* begin = text.data() + at;
    const std::size_t bytes = wire::utf8_sequence_bytes(begin, text.data() + text.size());
    const auto first = static_cast<unsigned char>(*begin);
    const bool is_blank = first == '\t' || first == '\n' || first == '\r';
    if (bytes == 0 || (first < ' ' && !is_blank) || first == 0x7F) {
      problems.add(mark, "", bytes == 0 ? "this is not UTF-8" : "a control character stands here");
      return false;
    }
    at += bytes;
    ++mark.column;
    if (first == '\n') mark = {.line = mark.line + 1, .column = 1};
  }
  return true;
}

}  // namespace

// The one place where the library's exceptions can come out.
ConfigNode read_yaml(std::string_view text, ProblemList& problems) {
  if (!is_readable(text, problems)) return {};
  TextBuffer buffer{text};
  std::istream stream{&buffer};
  TreeBuilder builder{problems};
  try {
    YAML::Parser parser{stream};
    if (!parser.HandleNextDocument(builder)) {
      // An empty file means: the defaults.
      ConfigNode empty;
      empty.kind = ConfigNode::Kind::map;
      return empty;
    }
    ProblemList ignored;
    TreeBuilder rest{ignored};
    if (problems.empty() && parser.HandleNextDocument(rest)) {
      problems.add({}, "", "more than one document (---) in the file");
    }
  } catch (const YAML::Exception& failure) {
    problems.add({.line = static_cast<std::size_t>(failure.mark.line + 1),
                  .column = static_cast<std::size_t>(failure.mark.column + 1)},
                 "", fmt::format("this is not YAML: {}", safe_for_log(failure.msg)));
  }
  return std::move(builder).take();
}

}  // namespace junctor::app
