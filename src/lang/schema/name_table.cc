#include "lang/schema/name_table.h"

#include "base/assert.h"

namespace junctor::lang::schema {

std::uint32_t NameTable::add(std::string_view name) {
  JUNCTOR_ASSERT(entries_.size() < kAbsent / 2);
  entries_.push_back(words_of(name));
  names_.emplace_back(name);
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

std::uint32_t NameTable::find_hashed(const NameWords& words, std::string_view name,
                                     std::uint32_t& expected) const noexcept {
  if (!sorted_.empty()) return find_sorted(name);
  for (std::size_t slot = slot_of(words);; ++slot) {
    const std::uint32_t number = slots_[slot & mask_];
    if (number == kAbsent) return kAbsent;
    if (!is_at(number, words, name)) continue;
    expected = number + 1;
    return number;
  }
}

std::uint32_t NameTable::find_sorted(std::string_view name) const noexcept {
  const auto name_of = [this](std::uint32_t number) -> std::string_view { return names_[number]; };
  const auto found = std::ranges::lower_bound(sorted_, name, {}, name_of);
  return found != sorted_.end() && name_of(*found) == name ? *found : kAbsent;
}

// Of equal names the first is found, either way.
void NameTable::build() {
  slots_.assign(std::bit_ceil(entries_.size() * 2 + 1), kAbsent);
  mask_ = slots_.size() - 1;
  sorted_.clear();
  count_ = static_cast<std::uint32_t>(entries_.size());
  for (std::uint32_t number = 0; number < entries_.size(); ++number) {
    std::size_t walked = 0;
    std::size_t slot = slot_of(entries_[number]);
    for (; slots_[slot & mask_] != kAbsent && walked <= kWalkMax; ++slot) ++walked;
    if (walked > kWalkMax) return sort();
    slots_[slot & mask_] = number;
  }
}

void NameTable::sort() {
  for (std::uint32_t number = 0; number < names_.size(); ++number) sorted_.push_back(number);
  std::ranges::sort(sorted_, [this](std::uint32_t a, std::uint32_t b) {
    const int order = names_[a].compare(names_[b]);
    return order != 0 ? order < 0 : a < b;
  });
}

}  // namespace junctor::lang::schema
