#pragma once
// A text with some parts of it replaced, and the rest as it was.
//
// Limits:  kSplicesMax replacements.
// Threads: pure; safe from all.

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "agent/upstream_message.h"

namespace junctor::agent {

inline constexpr std::size_t kSplicesMax = 3;

struct Splice {
  std::string_view part;  // A view of the text; an empty one (of no data) replaces nothing.
  std::string_view by;
};

// The pieces are views of `text` and of what replaces.
[[nodiscard]] inline Pieces spliced(std::string_view text, std::initializer_list<Splice> splices) {
  std::array<Splice, kSplicesMax> sorted;
  std::size_t count = 0;
  for (const Splice& each : splices) {
    if (each.part.data() == nullptr || each.part.empty()) continue;
    JUNCTOR_ASSERT(count < kSplicesMax && each.part.data() >= text.data() &&
                   each.part.data() + each.part.size() <= text.data() + text.size());
    sorted[count++] = each;
  }
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(count);
  std::sort(sorted.begin(), end,
            [](const Splice& a, const Splice& b) { return a.part.data() < b.part.data(); });
  Pieces pieces;
  const char* at = text.data();
  for (auto each = sorted.begin(); each != end; ++each) {
    pieces.add({at, static_cast<std::size_t>(each->part.data() - at)});
    pieces.add(each->by);
    at = each->part.data() + each->part.size();
  }
  pieces.add({at, static_cast<std::size_t>(text.data() + text.size() - at)});
  return pieces;
}

}  // namespace junctor::agent
