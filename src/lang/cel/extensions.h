#pragma once
// What may be switched on beyond the standard library, by name.
//
// Source:  the extensions of the official conformance tests (cel.dev/expr).
// Threads: values; safe from all.

#include <cstdint>
#include <initializer_list>

namespace junctor::lang::cel {

enum class Extension : std::uint8_t {
  strings,        // charAt, format, indexOf, join, replace, split, substring, trim, …
  math,           // math.greatest, math.abs, math.bitAnd, …
  lists,          // slice, flatten, distinct, reverse, sort, sortBy, lists.range
  encoders,       // base64.encode, base64.decode
  optionals,      // optional.of, a.?b, a[?b], [?x], optMap, …
  bindings,       // cel.bind
  sets,           // sets.contains, sets.equivalent, sets.intersects
  network,        // ip, cidr, isIP, …
  two_variables,  // all, exists, … with two variables; transformList, transformMap, …
  blocks,         // cel.block, for programs written by optimisers.
};

class Extensions {
 public:
  constexpr Extensions() = default;
  constexpr Extensions(std::initializer_list<Extension> extensions) noexcept {
    for (const Extension each : extensions) add(each);
  }
  // All but `blocks`, which is not for people.
  [[nodiscard]] static constexpr Extensions all() noexcept {
    Extensions every;
    every.bits_ = (1U << static_cast<unsigned>(Extension::blocks)) - 1;
    return every;
  }
  constexpr void add(Extension extension) noexcept {
    bits_ |= 1U << static_cast<unsigned>(extension);
  }
  [[nodiscard]] constexpr bool has(Extension extension) const noexcept {
    return (bits_ >> static_cast<unsigned>(extension) & 1U) != 0;
  }

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace junctor::lang::cel
