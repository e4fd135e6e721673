#pragma once
// Secret: text that must not be shown: a key, a token, a password.
//
// It prints as "***" wherever fmt prints it, has no implicit way out (reveal() is the word to grep
// for) and overwrites its memory when it ends, is moved from or assigned. Copies are Secrets too.
//
// Limits:  what the allocator or the peer's socket buffer saw before is beyond its reach.
// Threads: values; safe from all.

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace junctor {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& text);  // Wipes the string it takes from.
  explicit Secret(std::string_view text) : text_{text} {}
  explicit Secret(const char*) = delete;  // A secret is never a literal.
  ~Secret() { wipe(); }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;

  // The text itself, for the one place that sends or derives from it; valid until the Secret
  // changes.
  [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  // Takes no longer for equal beginnings.
  friend bool operator==(const Secret& a, const Secret& b) noexcept;

 private:
  void wipe() noexcept;

  std::string text_;
};

}  // namespace junctor

template <>
struct fmt::formatter<junctor::Secret> : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const junctor::Secret&, Context& context) const {
    return fmt::formatter<fmt::string_view>::format("***", context);
  }
};
