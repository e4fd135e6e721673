#include "lang/cel/containers.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace junctor::lang::cel {
namespace {

// Keys made to fall together would make every look-up slow; no others come near it.
constexpr std::size_t kChainMax = 256;
constexpr std::size_t kTableFromEntries = 8;  // Fewer are faster looked through.

constexpr std::uint64_t mix(std::uint64_t word) noexcept {
  word *= 0x9E37'79B9'7F4A'7C15;
  return word ^ (word >> 29U);
}

// The whole number that a double is, if it is one of int or uint.
std::optional<Value> whole(double value) noexcept {
  constexpr double kInt64End = 0x1p63;
  constexpr double kUint64End = 0x1p64;
  if (!(value >= -kInt64End && value < kUint64End) || std::trunc(value) != value)
    return std::nullopt;
  if (value < kInt64End) return Value::int64(static_cast<std::int64_t>(value));
  return Value::uint64(static_cast<std::uint64_t>(value));
}

bool is_key(const Value& value) noexcept {
  return value.is(Kind::string) || value.is(Kind::int64) || value.is(Kind::uint64) ||
         value.is(Kind::boolean);
}

}  // namespace

std::size_t hash_of_key(const Value& key) noexcept {
  switch (key.kind()) {
    case Kind::string: return std::hash<std::string_view>{}(key.text());
    case Kind::boolean: return key.as_boolean() ? 3 : 5;
    case Kind::int64:
    case Kind::uint64: return mix(key.as_uint64() + 7);
    default: return 0;
  }
}

MapData* make_map(Arena& arena, std::span<const MapEntry> entries, const Value** repeated) {
  MapData* const data = arena.allocate_array<MapData>(1);
  if (data == nullptr) return nullptr;
  *data = {.entries = entries.data(), .size = entries.size()};
  if (entries.size() < kTableFromEntries) {
    for (std::size_t i = 0; repeated != nullptr && i < entries.size(); ++i) {
      for (std::size_t j = 0; j < i && *repeated == nullptr; ++j) {
        if (is_equal(entries[i].key, entries[j].key)) *repeated = &entries[i].key;
      }
    }
    return data;
  }
  std::size_t slots = 1;
  while (slots < 2 * entries.size()) slots *= 2;
  std::uint32_t* const table = arena.allocate_array<std::uint32_t>(slots);
  if (table == nullptr) return nullptr;
  std::fill_n(table, slots, 0U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::size_t slot = hash_of_key(entries[i].key) & (slots - 1);
    for (std::size_t chain = 0; table[slot] != 0; ++chain) {
      if (chain == kChainMax) return nullptr;
      if (repeated != nullptr && is_equal(entries[table[slot] - 1].key, entries[i].key))
        *repeated = &entries[i].key;
      slot = (slot + 1) & (slots - 1);
    }
    table[slot] = static_cast<std::uint32_t>(i + 1);
  }
  data->table = table;
  data->table_mask = slots - 1;
  return data;
}

std::size_t size_of(const Value& container) noexcept {
  if (container.is(Kind::map)) {
    if (!container.is_json()) return container.entries().size;
    std::size_t size = 0;
    Value key;
    Value value;
    for (MapCursor cursor{container}; cursor.next(key, value);) ++size;
    return size;
  }
  return container.is_json() ? container.node().size() : container.elements().size();
}

std::optional<Value> element(const Value& list, std::size_t index) noexcept {
  if (list.is_json()) {
    const JsonNode node = list.node().element(index);
    if (!node) return std::nullopt;
    return Value::json(node, list.numbers());
  }
  if (index >= list.elements().size()) return std::nullopt;
  return list.elements()[index];
}

std::optional<Value> find(const Value& map, std::string_view key) noexcept {
  if (!map.is_json()) return find(map, Value::string(key));
  const JsonNode found = find_member(map.node(), key);
  if (!found) return std::nullopt;
  return Value::json(found, map.numbers());
}

std::optional<Value> find(const Value& map, const Value& key) noexcept {
  if (key.is(Kind::float64)) {
    const std::optional<Value> same = whole(key.as_float64());
    return same ? find(map, *same) : std::nullopt;
  }
  if (!is_key(key)) return std::nullopt;
  if (map.is_json()) return key.is(Kind::string) ? find(map, key.text()) : std::nullopt;
  const MapData& data = map.entries();
  if (data.table == nullptr) {
    for (std::size_t i = 0; i < data.size; ++i) {
      if (is_equal(data.entries[i].key, key)) return data.entries[i].value;
    }
    return std::nullopt;
  }
  for (std::size_t slot = hash_of_key(key) & data.table_mask; data.table[slot] != 0;
       slot = (slot + 1) & data.table_mask) {
    const MapEntry& entry = data.entries[data.table[slot] - 1];
    if (is_equal(entry.key, key)) return entry.value;
  }
  return std::nullopt;
}

ListCursor::ListCursor(const Value& list) noexcept {
  if (list.is_json()) {
    const JsonCell* const cell = list.node().cell();
    cell_ = cell + 1;
    cells_end_ = cell + cell->next;
    numbers_ = list.numbers();
  } else {
    at_ = list.elements().data();
    end_ = at_ + list.elements().size();
  }
}

bool ListCursor::next(Value& element) noexcept {
  if (at_ != end_) {
    element = *at_++;
    return true;
  }
  if (cell_ == cells_end_) return false;
  element = Value::json(JsonNode{cell_}, numbers_);
  cell_ += cell_->next;
  return true;
}

MapCursor::MapCursor(const Value& map) noexcept {
  if (map.is_json()) {
    const JsonCell* const cell = map.node().cell();
    cell_ = cell + 1;
    cells_end_ = cell + cell->next;
    numbers_ = map.numbers();
  } else {
    at_ = map.entries().entries;
    end_ = at_ + map.entries().size;
  }
}

namespace {

// Whether a name of an object comes again behind this member.
bool comes_again(const JsonCell* name, const JsonCell* end) noexcept {
  const std::string_view wanted{name->at, name->bytes};
  for (const JsonCell* at = behind_member(name); at != end; at = behind_member(at)) {
    if (is_name(*at, wanted)) return true;
  }
  return false;
}

}  // namespace

bool MapCursor::next(Value& key, Value& value) noexcept {
  if (at_ != end_) {
    key = at_->key;
    value = at_->value;
    ++at_;
    return true;
  }
  while (cell_ != cells_end_) {
    const JsonCell* const name = cell_;
    cell_ = behind_member(name);
    if (comes_again(name, cells_end_)) continue;
    key = Value::string({name->at, name->bytes});
    value = Value::json(JsonNode{name + 1}, numbers_);
    return true;
  }
  return false;
}

}  // namespace junctor::lang::cel
