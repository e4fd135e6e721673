#pragma once
// Ids: one type per kind of id, so that an upstream's name never stands where a route belongs.
//
// A Name holds text somebody chose (in the configuration, or a peer); a Number is one we count.
// Both compare and hash as what they hold, and convert to nothing by themselves.
//
// Limits:  none of their own; who reads a name from outside checks its length first.
// Threads: values; safe from all.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace junctor {

template <class Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) noexcept : text_{std::move(text)} {}
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  std::string text_;
};

template <class Tag>
class Number {
 public:
  constexpr Number() noexcept = default;
  explicit constexpr Number(std::uint64_t value) noexcept : value_{value} {}
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
  friend constexpr auto operator<=>(Number, Number) noexcept = default;

 private:
  std::uint64_t value_ = 0;
};

using UpstreamName = Name<struct UpstreamNameTag>;
using RouteId = Number<struct RouteIdTag>;            // Position of the route in its generation.
using GenerationId = Number<struct GenerationIdTag>;  // Counts configurations since the start.

// Names one request in logs, spans, answers and audit; 64 random bits, shown as 16 hex digits.
using RequestId = Number<struct RequestIdTag>;
inline constexpr std::size_t kRequestIdChars = 16;
[[nodiscard]] std::array<char, kRequestIdChars> hex_digits(RequestId id) noexcept;
[[nodiscard]] std::string to_string(RequestId id);

}  // namespace junctor

template <class Tag>
struct std::hash<junctor::Name<Tag>> {
  std::size_t operator()(const junctor::Name<Tag>& name) const noexcept {
    return std::hash<std::string_view>{}(name.view());
  }
};

template <class Tag>
struct std::hash<junctor::Number<Tag>> {
  std::size_t operator()(junctor::Number<Tag> number) const noexcept {
    return std::hash<std::uint64_t>{}(number.value());
  }
};
