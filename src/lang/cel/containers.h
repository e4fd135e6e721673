#pragma once
// Lists and maps, whether they are arrays of values or JSON where it stands: size, look-up, and
// going through them.
//
// Source:  CEL language definition, "Aggregate Values"; RFC 8259 section 4 (names that repeat).
// Limits:  going through the members of a JSON object takes time quadratic in their number.
// Errors:  nothing where there is no such element or key.
// Threads: functions of their arguments; safe from all.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "lang/cel/arena.h"
#include "lang/cel/value.h"

namespace junctor::lang::cel {

// A map of these entries, which must live as long as it; null at the arena's limit, or when its
// keys were made to collide. `repeated` is set to the first key that is there twice, if one is.
[[nodiscard]] MapData* make_map(Arena& arena, std::span<const MapEntry> entries,
                                const Value** repeated = nullptr);

// Of a list or map; of duplicate members of a JSON object the last counts alone.
[[nodiscard]] std::size_t size_of(const Value& container) noexcept;
// No less than size_of(), and at once: for making room.
[[nodiscard]] inline std::size_t size_max_of(const Value& container) noexcept {
  return container.is_json() ? container.node().size() : size_of(container);
}
// Of a list; nothing behind the last.
[[nodiscard]] std::optional<Value> element(const Value& list, std::size_t index) noexcept;
// Of a map. Numbers that are equal are the same key.
[[nodiscard]] std::optional<Value> find(const Value& map, const Value& key) noexcept;
[[nodiscard]] std::optional<Value> find(const Value& map, std::string_view key) noexcept;
// Short texts without the call that memcmp() is: names are short, and the call is most of it.
[[nodiscard]] inline bool is_same_text(const char* a, const char* b, std::size_t size) noexcept {
  const auto differs = [&]<class Word>(std::size_t at, Word) {
    Word one = 0;
    Word other = 0;
    std::memcpy(&one, a + at, sizeof(Word));
    std::memcpy(&other, b + at, sizeof(Word));
    return one != other;
  };
  if (size > 16) return std::memcmp(a, b, size) == 0;
  // The first and the last bytes, which overlap.
  if (size >= 8) return !differs(0, std::uint64_t{}) && !differs(size - 8, std::uint64_t{});
  if (size >= 4) return !differs(0, std::uint32_t{}) && !differs(size - 4, std::uint32_t{});
  if (size >= 2) return !differs(0, std::uint16_t{}) && !differs(size - 2, std::uint16_t{});
  return size == 0 || *a == *b;
}
// Names of one length differ in their last byte more often than in the first.
[[nodiscard]] inline bool is_name(const JsonCell& cell, std::string_view name) noexcept {
  if (cell.bytes != name.size()) return false;
  if (name.empty()) return true;
  return cell.at[name.size() - 1] == name.back() && is_same_text(cell.at, name.data(), name.size());
}
// The name of the member behind this one. Most values are one cell, and a processor that guesses so
// goes on at once; added up alone, every step waits for the memory of the one before.
[[nodiscard]] inline const JsonCell* behind_member(const JsonCell* name) noexcept {
  const std::uint32_t cells = (name + 1)->next;
  if (cells != 1) return name + 1 + cells;
  const JsonCell* next = name + 2;
  asm("" : "+r"(next));  // Or the two ways are made one again.
  return next;
}
// As JsonNode::find(), the last of equal names, but with the lengths compared first and in place:
// this is where policies spend their time.
[[nodiscard]] inline JsonNode find_member(JsonNode object, std::string_view name) noexcept {
  const JsonCell* const cell = object.cell();
  const JsonCell* const end = cell + cell->next;
  const JsonCell* found = nullptr;
  for (const JsonCell* at = cell + 1; at != end; at = behind_member(at)) {
    if (is_name(*at, name)) found = at + 1;
  }
  return JsonNode{found};
}
[[nodiscard]] std::size_t hash_of_key(const Value& key) noexcept;

class ListCursor {
 public:
  explicit ListCursor(const Value& list) noexcept;
  // False at the end.
  bool next(Value& element) noexcept;

 private:
  const Value* at_ = nullptr;
  const Value* end_ = nullptr;
  const JsonCell* cell_ = nullptr;
  const JsonCell* cells_end_ = nullptr;
  JsonNumbers numbers_ = JsonNumbers::float64;
};

class MapCursor {
 public:
  explicit MapCursor(const Value& map) noexcept;
  bool next(Value& key, Value& value) noexcept;

 private:
  const MapEntry* at_ = nullptr;
  const MapEntry* end_ = nullptr;
  const JsonCell* cell_ = nullptr;
  const JsonCell* cells_end_ = nullptr;
  JsonNumbers numbers_ = JsonNumbers::float64;
};

}  // namespace junctor::lang::cel
