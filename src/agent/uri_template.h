#pragma once
// Does this URI come from that URI template? Matching, which RFC 6570 leaves open, in bounded time.
//
// A template is a row of literals and expressions. The matcher carries the set of places in the URI
// that the row can have come to, so nothing is tried twice and nothing is taken back: its steps are
// at most (parts of the template) * (bytes of the URI), and each literal and each name compared
// once at each place. `{x}` takes one or more characters but '/', '?' and '#'; `{+x}` takes
// anything; `{#x}`,
// `{.x}`, `{/x}`, `{;x}`, `{?x}` and `{&x}` take their first character and what belongs to them, or
// nothing. Names in `{;x}`, `{?x}` and `{&x}` must be the template's unless it explodes; their
// order is free. A prefix length (`{x:3}`) is read and does not limit.
//
// Source:  RFC 6570 sections 2 and 3, appendix A. A '-' in a variable's name is read as well, since
//          servers write it.
// Limits:  kUriTemplateBytesMax, kUriTemplateExpressionsMax, kUriTemplateVariablesMax,
//          kMatchedUriBytesMax; a MatchBudget for those that try many templates.
// Errors:  a malformed template or one over a limit does not parse; a URI over it does not match.
// Threads: immutable; safe from all.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::agent {

inline constexpr std::size_t kUriTemplateBytesMax = 4096;
inline constexpr std::size_t kUriTemplateExpressionsMax = 32;
inline constexpr std::size_t kUriTemplateVariablesMax = 64;
inline constexpr std::size_t kMatchedUriBytesMax = 8192;

// Steps that are left to a search through many templates. A step is one place in the URI looked at
// for one part of a template, or a literal compared there, by up to kBytesPerStep of its bytes.
struct MatchBudget {
  static constexpr std::size_t kBytesPerStep = 64;
  std::size_t steps = 2'000'000;  // More than any one template can take.

  // Takes all that is left when that is not enough.
  [[nodiscard]] bool try_take(std::size_t amount) noexcept {
    if (amount > steps) {
      steps = 0;
      return false;
    }
    steps -= amount;
    return true;
  }
};

class UriTemplate {
 public:
  // A literal, or an expression with its braces.
  struct Part {
    static constexpr char kLiteral = 0;
    static constexpr char kSimple = ' ';

    char op = kLiteral;  // kLiteral, kSimple, or the operator's character.
    std::string text;
    std::string encoded;             // A literal as expansion writes it.
    std::vector<std::string> names;  // Of an expression's variables.
    bool is_exploded = false;        // Some variable explodes.

    [[nodiscard]] bool is_literal() const noexcept { return op == kLiteral; }
  };

  [[nodiscard]] static std::optional<UriTemplate> parse(std::string_view text);

  // False as well when the budget is used up.
  [[nodiscard]] bool matches(std::string_view uri, MatchBudget& budget) const;
  // A URI of this template as the URI of `other`, which has the same expressions and other literal
  // text: what stands for the expressions is kept byte by byte. Nothing when it does not match.
  [[nodiscard]] std::optional<std::string> translate(std::string_view uri, const UriTemplate& other,
                                                     MatchBudget& budget) const;

  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }

 private:
  // Where each part ends in the URI.
  [[nodiscard]] std::optional<std::vector<std::size_t>> match(std::string_view uri,
                                                              MatchBudget& budget) const;

  std::vector<Part> parts_;
};

[[nodiscard]] constexpr bool is_unreserved_in_uri(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}
// "%2F".
void append_percent_encoded(std::string& out, char byte);

}  // namespace junctor::agent
