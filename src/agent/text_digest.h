#pragma once
// text_digest: eight bytes that are another text's only by an accident that nobody can bring about;
// the same in every process.
//
// Source:  FIPS 180-4 (SHA-256, its first eight bytes).
// Limits:  none: a text of any size.
// Threads: pure; safe from all.

#include <cstdint>
#include <string_view>

namespace junctor::agent {

[[nodiscard]] std::uint64_t text_digest(std::string_view text);

}  // namespace junctor::agent
