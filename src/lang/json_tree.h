#pragma once
// JsonTree: a JSON text as a flat array of cells, for code that looks at values by name, more than
// once, or in any order.
//
// Built in two passes: the strict scan of wire/json_scan.h, which refuses, and a second one that
// notes where each value stands. Strings are unescaped, and point into the text unless they had an
// escape; numbers stay the digits that were written. A tree is filled again and again: it keeps its
// memory, so that the usual instance costs no allocation. Invariant: a JsonNode is valid while its
// tree is neither filled again nor gone, and while the text that it was filled from lives.
//
// Source:  RFC 8259. Of members of equal name all are there; find() gives the last, as most do.
// Limits:  wire::kJsonDepthMax nested containers, kCellsMax values and names, 4 GiB of text.
// Errors:  invalid_argument "bad_json" with line and column; too_large "json_too_large".
// Threads: one owner; a filled tree may be read from all.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/error.h"
#include "wire/json_scan.h"

namespace junctor::lang {

using wire::JsonKind;

// One value or one name of a member. A container is followed by what is in it: elements, or names
// and values in turn.
struct JsonCell {
  const char* at = nullptr;  // A string's characters, without escapes; else the value's text.
  std::uint32_t bytes = 0;   // Of that.
  std::uint32_t next = 1;    // So many cells on stands what follows this value.
  std::uint32_t count = 0;   // Elements or members.
  JsonKind kind = JsonKind::none;
  bool is_plain = true;  // A string that stands in the text as it is here.
};

class JsonNode {
 public:
  JsonNode() = default;  // None: of no kind, and without members.
  explicit JsonNode(const JsonCell* cell) noexcept : cell_{cell} {}

  explicit operator bool() const noexcept { return cell_ != nullptr; }
  [[nodiscard]] JsonKind kind() const noexcept {
    return cell_ == nullptr ? JsonKind::none : cell_->kind;
  }
  [[nodiscard]] bool is_object() const noexcept { return kind() == JsonKind::object; }
  [[nodiscard]] bool is_array() const noexcept { return kind() == JsonKind::array; }
  [[nodiscard]] bool is_string() const noexcept { return kind() == JsonKind::string; }
  [[nodiscard]] bool is_number() const noexcept { return kind() == JsonKind::number; }
  [[nodiscard]] bool is_boolean() const noexcept { return kind() == JsonKind::boolean; }
  [[nodiscard]] bool is_null() const noexcept { return kind() == JsonKind::null; }
  // A string's characters (WTF-8 where half a surrogate pair was written), a number's digits, the
  // text of anything else.
  [[nodiscard]] std::string_view text() const noexcept { return {cell_->at, cell_->bytes}; }
  [[nodiscard]] bool is_true() const noexcept { return is_boolean() && *cell_->at == 't'; }
  [[nodiscard]] bool is_false() const noexcept { return is_boolean() && *cell_->at == 'f'; }
  // Elements or members; 0 for what is no container.
  [[nodiscard]] std::size_t size() const noexcept { return cell_ == nullptr ? 0 : cell_->count; }
  // The last of that name; none when there is none, or this is no object.
  [[nodiscard]] JsonNode find(std::string_view name) const noexcept;
  // None behind the last.
  [[nodiscard]] JsonNode element(std::size_t index) const noexcept;
  [[nodiscard]] const JsonCell* cell() const noexcept { return cell_; }

  class Elements;
  class Members;
  // Of what is no container of that kind: an empty range.
  [[nodiscard]] Elements elements() const noexcept;
  [[nodiscard]] Members members() const noexcept;

  friend bool operator==(JsonNode, JsonNode) = default;  // The same place, not an equal value.

 private:
  const JsonCell* cell_ = nullptr;
};

struct JsonNamed {
  std::string_view name;
  JsonNode value;
};

class JsonNode::Elements {
 public:
  class Iterator {
   public:
    explicit Iterator(const JsonCell* at) noexcept : at_{at} {}
    JsonNode operator*() const noexcept { return JsonNode{at_}; }
    Iterator& operator++() noexcept {
      at_ += at_->next;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const JsonCell* at_;
  };
  Elements(const JsonCell* begin, const JsonCell* end) noexcept : begin_{begin}, end_{end} {}
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{begin_}; }
  [[nodiscard]] Iterator end() const noexcept { return Iterator{end_}; }

 private:
  const JsonCell* begin_;
  const JsonCell* end_;
};

class JsonNode::Members {
 public:
  class Iterator {
   public:
    explicit Iterator(const JsonCell* at) noexcept : at_{at} {}
    JsonNamed operator*() const noexcept { return {{at_->at, at_->bytes}, JsonNode{at_ + 1}}; }
    Iterator& operator++() noexcept {
      ++at_;
      at_ += at_->next;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const JsonCell* at_;
  };
  Members(const JsonCell* begin, const JsonCell* end) noexcept : begin_{begin}, end_{end} {}
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{begin_}; }
  [[nodiscard]] Iterator end() const noexcept { return Iterator{end_}; }

 private:
  const JsonCell* begin_;
  const JsonCell* end_;
};

inline JsonNode::Elements JsonNode::elements() const noexcept {
  if (!is_array()) return {nullptr, nullptr};
  return {cell_ + 1, cell_ + cell_->next};
}

inline JsonNode::Members JsonNode::members() const noexcept {
  if (!is_object()) return {nullptr, nullptr};
  return {cell_ + 1, cell_ + cell_->next};
}

class JsonTree {
 public:
  static constexpr std::size_t kCellsMax = std::size_t{1} << 24U;

  JsonTree() = default;
  // Not moved either: a short unescaped text lives in the object itself.
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  // What was there before is gone. `text` must live as long as it is read.
  [[nodiscard]] Result<> fill(std::string_view text);
  [[nodiscard]] JsonNode root() const noexcept {
    return cells_.empty() ? JsonNode{} : JsonNode{cells_.data()};
  }

 private:
  std::vector<JsonCell> cells_;
  std::string unescaped_;
};

// Where a byte of a text stands, counted from 1; columns in characters. For messages to people.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 1;
};
[[nodiscard]] TextPlace place_in(std::string_view text, std::size_t offset) noexcept;

}  // namespace junctor::lang
