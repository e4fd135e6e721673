#pragma once
// NameTable: from the name of a member to its number, for the names a schema gives.
//
// A name is compared as its length and two words, its first and its last eight bytes: that is the
// whole of it up to sixteen bytes. Members mostly come in the order in which the schema has them,
// so the entry behind the last hit is looked at before anything is hashed.
//
// Names may be made so that they all meet in one place of the table: where they do, it is searched
// by halves instead, so that no lookup looks at more than kWalkMax or at the logarithm of their
// number.
//
// Limits:  2^31 names.
// Threads: immutable once built; safe from all.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::lang::schema {

struct NameWords {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::uint32_t bytes = 0;

  friend bool operator==(const NameWords&, const NameWords&) = default;
};

[[nodiscard]] inline NameWords words_of(std::string_view name) noexcept {
  const auto load = [](const char* at, auto word) {
    std::memcpy(&word, at, sizeof(word));
    return static_cast<std::uint64_t>(word);
  };
  const char* const at = name.data();
  const std::size_t bytes = name.size();
  NameWords words{.bytes = static_cast<std::uint32_t>(bytes)};
  if (bytes >= 8) {
    words.head = load(at, std::uint64_t{});
    words.tail = load(at + bytes - 8, std::uint64_t{});
  } else if (bytes >= 4) {
    words.head = load(at, std::uint32_t{});
    words.tail = load(at + bytes - 4, std::uint32_t{});
  } else if (bytes != 0) {
    // First, middle and last are all there are.
    words.head = load(at, std::uint8_t{}) | load(at + bytes / 2, std::uint8_t{}) << 8U |
                 load(at + bytes - 1, std::uint8_t{}) << 16U;
  }
  return words;
}

class NameTable {
 public:
  static constexpr std::uint32_t kAbsent = 0xFFFF'FFFF;

  // The number of the name, which is how many were added before it.
  std::uint32_t add(std::string_view name);
  // After the last add().
  void build();

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::string_view name(std::uint32_t number) const noexcept {
    return names_[number];
  }
  // `expected`: what is looked at first; one behind it when it was found.
  [[nodiscard, gnu::always_inline]] std::uint32_t find(std::string_view name,
                                                       std::uint32_t& expected) const noexcept {
    const NameWords words = words_of(name);
    if (expected < count_ && is_at(expected, words, name)) return expected++;
    return find_hashed(words, name, expected);
  }
  // Few names are looked through: that takes less than a hash.
  [[nodiscard]] std::uint32_t find(std::string_view name) const noexcept {
    constexpr std::uint32_t kFew = 4;
    const NameWords words = words_of(name);
    if (count_ > kFew) {
      std::uint32_t none = kAbsent;
      return find_hashed(words, name, none);
    }
    for (std::uint32_t number = 0; number < count_; ++number) {
      if (is_at(number, words, name)) return number;
    }
    return kAbsent;
  }

 private:
  static constexpr std::size_t kWalkMax = 16;

  [[nodiscard]] std::uint32_t find_hashed(const NameWords& words, std::string_view name,
                                          std::uint32_t& expected) const noexcept;
  void sort();
  [[nodiscard]] std::uint32_t find_sorted(std::string_view name) const noexcept;
  [[nodiscard]] bool is_at(std::uint32_t number, const NameWords& words,
                           std::string_view name) const noexcept {
    return entries_[number] == words && (words.bytes <= 16 || names_[number] == name);
  }
  [[nodiscard]] static std::size_t slot_of(const NameWords& words) noexcept {
    constexpr std::uint64_t kHeadFactor = 0x9E37'79B9'7F4A'7C15;
    constexpr std::uint64_t kTailFactor = 0xC2B2'AE3D'27D4'EB4F;
    // A product's upper half hangs on all bits of what was multiplied, its lower half does not.
    const std::uint64_t mixed =
        (words.head + words.bytes) * kHeadFactor ^ std::rotl(words.tail * kTailFactor, 32);
    return static_cast<std::size_t>(mixed ^ (mixed >> 32U));
  }

  std::vector<NameWords> entries_;
  std::uint32_t count_ = 0;  // Of them, once the table is built.
  std::vector<std::string> names_;
  std::vector<std::uint32_t> slots_ = {kAbsent};  // A power of two, at most half full.
  std::size_t mask_ = 0;
  std::vector<std::uint32_t> sorted_;  // Numbers by name; empty: the slots are what is searched.
};

}  // namespace junctor::lang::schema
