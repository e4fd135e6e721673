#pragma once
// The byte scans of the HTTP/1 parser: classes of bytes, and where the first offending one stands.
//
// Each scan has a scalar form, which is the definition, and on x86-64 an SSE2 form of sixteen bytes
// a step that must agree with it everywhere. Neither reads outside [from, end), so no padding is
// needed.
//
// Source:  RFC 9110 section 5.5 (field values), 5.6.2 (tokens); RFC 9112 section 3 (request
//          target).
// Threads: pure functions.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace junctor::wire::http1 {

// Classes of bytes; a byte may be in several.
using ByteClass = std::uint8_t;
inline constexpr ByteClass kTokenByte = 1;       // tchar.
inline constexpr ByteClass kUnderscore = 2;      // '-' to those who turn names into variables.
inline constexpr ByteClass kHostByte = 4;        // Unreserved: letter, digit, '-', '.', '_', '~'.
inline constexpr ByteClass kPlainPathByte = 8;   // pchar without '%' and ';', and '/'.
inline constexpr ByteClass kIpLiteralByte = 16;  // Hexadecimal digit, ':' or '.'.
inline constexpr ByteClass kDigit = 32;

// Built by the compiler; the lists are those of the grammars.
consteval std::array<std::uint8_t, 256> make_byte_classes() {
  std::array<std::uint8_t, 256> table = {};
  const auto mark = [&table](std::string_view bytes, unsigned classes) {
    for (const char byte : bytes) {
      auto& entry = table[static_cast<std::uint8_t>(byte)];
      entry = static_cast<std::uint8_t>(entry | classes);
    }
  };
  mark("0123456789", kTokenByte | kHostByte | kPlainPathByte | kIpLiteralByte | kDigit);
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", kTokenByte | kHostByte | kPlainPathByte);
  mark("abcdefghijklmnopqrstuvwxyz", kTokenByte | kHostByte | kPlainPathByte);
  mark("!#$%&'*+-.^_`|~", kTokenByte);
  mark("_", kUnderscore);
  mark("-._~", kHostByte | kPlainPathByte);
  mark("!$&'()*+,=:@/", kPlainPathByte);
  mark("ABCDEFabcdef:.", kIpLiteralByte);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kByteClasses = make_byte_classes();

[[nodiscard]] inline std::uint8_t byte_classes(char byte) noexcept {
  return kByteClasses[static_cast<std::uint8_t>(byte)];
}
[[nodiscard]] inline bool is_in(char byte, ByteClass wanted) noexcept {
  return (byte_classes(byte) & wanted) != 0;
}
// A byte of a field value: no control byte but tab.
[[nodiscard]] constexpr bool may_stand_in_value(char byte) noexcept {
  const auto value = static_cast<std::uint8_t>(byte);
  return (value >= 0x20 && value != 0x7F) || value == '\t';
}
// The blanks of the grammar (OWS): no others are trimmed or skipped.
[[nodiscard]] constexpr bool is_blank(char byte) noexcept {
  return byte == ' ' || byte == '\t';
}

// Stops at a control byte or DEL. Tab is one, though a value may hold it: see value_end().
struct ControlScan {
  static bool stops_at(char byte) noexcept {
    const auto value = static_cast<std::uint8_t>(byte);
    return value < 0x20 || value == 0x7F;
  }
#if defined(__SSE2__)
  static __m128i stops_at(__m128i bytes) noexcept {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    return _mm_or_si128(low, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
  }
#endif
};

// Stops at a byte that is not visible ASCII.
struct InvisibleScan {
  static bool stops_at(char byte) noexcept {
    const auto value = static_cast<std::uint8_t>(byte);
    return value <= 0x20 || value >= 0x7F;
  }
#if defined(__SSE2__)
  // The comparison is signed: bytes from 0x80 are below everything.
  static __m128i stops_at(__m128i bytes) noexcept {
    return _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21)),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
  }
#endif
};

// Stops at ':' or at a byte that is not visible ASCII.
struct NameEndScan {
  static bool stops_at(char byte) noexcept { return byte == ':' || InvisibleScan::stops_at(byte); }
#if defined(__SSE2__)
  static __m128i stops_at(__m128i bytes) noexcept {
    return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')), InvisibleScan::stops_at(bytes));
  }
#endif
};

// Stops where the path of a target ends, or at a '#', which no target may hold.
struct PathEndScan {
  static bool stops_at(char byte) noexcept { return byte == '?' || byte == '#'; }
#if defined(__SSE2__)
  static __m128i stops_at(__m128i bytes) noexcept {
    return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('?')),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#')));
  }
#endif
};

// The first byte in [from, end) at which `Scan` stops, or `end`.
// One byte a step: the definition, the tail of the vector form, and all there is on other machines.
template <class Scan>
[[nodiscard]] const char* scan_scalar(const char* from, const char* end) noexcept {
  while (from != end && !Scan::stops_at(*from)) ++from;
  return from;
}

// The same, sixteen bytes a step where the machine can.
template <class Scan>
[[nodiscard]] inline const char* scan(const char* from, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - from >= 16; from += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const auto stops = static_cast<unsigned>(_mm_movemask_epi8(Scan::stops_at(bytes)));
    if (stops != 0) return from + std::countr_zero(stops);
  }
#endif
  return scan_scalar<Scan>(from, end);
}

// The first byte that may not stand in a field value, or `end`. Leaving tabs to this loop saves
// three instructions of the fourteen a step takes.
[[nodiscard]] inline const char* value_end(const char* from, const char* end) noexcept {
  const char* stop = scan<ControlScan>(from, end);
  while (stop != end && *stop == '\t') [[unlikely]]
    stop = scan<ControlScan>(stop + 1, end);
  return stop;
}

// Bytes as they stand in memory; `at` need not be aligned.
template <class Word>
[[nodiscard]] Word load_word(const char* at) noexcept {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Are these bytes `known` (in small letters), ignoring case? Compares word by word, the last one
// overlapping. Setting bit 5 makes letters small; that is exact as long as `text` holds no control
// byte, for only those would fold onto a digit or '-'. Field values and names that passed their
// scan hold none.
template <std::size_t Size>
[[nodiscard]] bool is_folded(const char* text, const char (&known)[Size]) noexcept {
  constexpr std::size_t kBytes = Size - 1;
  const auto is_same = [text, &known]<class Word>(std::size_t at, Word fold) {
    return (load_word<Word>(text + at) | fold) == load_word<Word>(known + at);
  };
  if constexpr (kBytes >= 8) {
    constexpr std::uint64_t kFold = 0x2020202020202020;
    for (std::size_t at = 0; at + 8 < kBytes; at += 8) {
      if (!is_same(at, kFold)) return false;
    }
    return is_same(kBytes - 8, kFold);
  } else if constexpr (kBytes >= 4) {
    constexpr std::uint32_t kFold = 0x20202020;
    return is_same(0, kFold) && is_same(kBytes - 4, kFold);
  } else {
    constexpr std::uint16_t kFold = 0x2020;
    return (load_word<std::uint16_t>(text) | kFold) == load_word<std::uint16_t>(known) &&
           (load_word<std::uint16_t>(text + kBytes - 2) | kFold) ==
               load_word<std::uint16_t>(known + kBytes - 2);
  }
}

// The same, of a text whose size is not known to match.
template <std::size_t Size>
[[nodiscard]] bool is_folded(std::string_view text, const char (&known)[Size]) noexcept {
  return text.size() == Size - 1 && is_folded(text.begin(), known);
}

}  // namespace junctor::wire::http1
