#include "lang/cel/machine.h"
#include "lang/cel/containers.h"

#include <algorithm>
#include <bit>

#include "lang/cel/value_text.h"

namespace junctor::lang::cel {

bool Machine::charge_walk(const Value& container) noexcept {
  if (container.is(Kind::map) && container.is_json()) {
    // Every name is looked for among the others, since the last of equal ones counts.
    const std::size_t size = container.node().size();
    return charge(size + size * size / kBytesPerStep);
  }
  if (container.is_json()) return charge(container.node().size());
  return charge(size_of(container));
}

bool Machine::charge_sort(std::span<const Value> values, std::size_t stride) noexcept {
  std::uint64_t once = 0;
  for (std::size_t i = 0; i < values.size(); i += stride) {
    const bool is_text = values[i].is(Kind::string) || values[i].is(Kind::bytes);
    once += 1 + (is_text ? values[i].text().size() / kBytesPerStep : 0);
  }
  return charge(once * static_cast<std::uint64_t>(std::bit_width(values.size() / stride)));
}

Value Machine::fail_with(Fault fault, std::string_view text) {
  const std::string_view kept = arena_.copy(text);
  return Value::error(fault, kept.data() == nullptr ? std::string_view{} : kept);
}

Value Machine::copy_string(std::string_view text) {
  if (!charge_bytes(text.size())) return stopped();
  char* const to = allocate<char>(text.size());
  if (to == nullptr) return stopped();
  std::ranges::copy(text, to);
  return Value::string({to, text.size()});
}

Value Machine::copy_bytes(std::string_view bytes) {
  const Value copied = copy_string(bytes);
  return copied.is_error() ? copied : Value::bytes(copied.text());
}

Value Machine::some(const Value& held) {
  Value* const kept = allocate<Value>(1);
  if (kept == nullptr) return stopped();
  *kept = held;
  return Value::some(*kept);
}

Value Machine::map_of(std::span<const MapEntry> entries) {
  if (!charge(entries.size())) return stopped();
  const Value* repeated = nullptr;
  const MapData* const data = make_map(arena_, entries, &repeated);
  if (data == nullptr) {
    stop(Fault::memory_exceeded);
    return stopped();
  }
  if (repeated != nullptr) return fail_with(Fault::duplicate_key, to_text(*repeated));
  return Value::map(*data);
}

}  // namespace junctor::lang::cel
