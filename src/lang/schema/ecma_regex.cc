#include "lang/schema/ecma_regex.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "lang/code_points.h"
#include "lang/schema/unicode_names.h"

namespace junctor::lang::schema {
namespace {

constexpr std::uint32_t kRe2RepeatMax = 1000;
constexpr std::uint32_t kRepeatMax = 100'000;

const CodePointSet kDigits = {{'0', '9'}};
const CodePointSet kWords = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const CodePointSet kSpaces = {
    {0x09, 0x0D},     {0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
const CodePointSet kLineEnds = {{0x0A, 0x0A}, {0x0D, 0x0D}, {0x2028, 0x2029}};

CodePointSet normalized(CodePointSet set) {
  std::ranges::sort(set, {}, &CodePointRange::first);
  CodePointSet out;
  for (const CodePointRange& each : set) {
    if (!out.empty() && each.first <= out.back().last + 1) {
      out.back().last = std::max(out.back().last, each.last);
    } else {
      out.push_back(each);
    }
  }
  return out;
}

// Of a normalized set.
CodePointSet complement(const CodePointSet& set) {
  CodePointSet out;
  std::uint32_t next = 0;
  for (const CodePointRange& each : set) {
    if (each.first > next) out.push_back({next, each.first - 1});
    next = each.last + 1;
  }
  if (next <= kCodePointMax) out.push_back({next, kCodePointMax});
  return out;
}

bool is_digit(std::uint32_t c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_letter(std::uint32_t c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// One member of a class or one atom.
struct Item {
  CodePointSet set;
  std::string property = {};  // What RE2 calls it: "\p{L}". Then the set is unknown.
  bool is_character = false;
};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_{pattern}, rest_{pattern} {}
  Result<TranslatedRegex> run();

 private:
  std::unexpected<Error> bad(std::string_view what) const;
  std::uint32_t peek() const noexcept;
  std::uint32_t take() noexcept;
  bool take_if(std::string_view text) noexcept;

  Result<> term();
  Result<> open_group();
  Result<> close_group();
  Result<> escape();
  Result<> quantifier();
  Result<> repeat(std::uint32_t min, std::uint32_t max);
  Result<> char_class();
  Result<Item> class_item();
  Result<Item> character_escape();
  Result<Item> property(std::uint32_t letter);
  Result<std::uint32_t> hex(std::size_t digits);
  Result<std::uint32_t> unicode_escape();
  std::optional<std::uint32_t> number() noexcept;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> counts() noexcept;

  void atom(const Item& item);
  void anchor(std::string_view text);
  static std::string written(const CodePointSet& set);

  std::string_view pattern_;
  std::string_view rest_;
  TranslatedRegex out_;
  std::vector<std::size_t> groups_;  // Where each open one begins in what was written.
  std::size_t atom_at_ = 0;          // Where the last atom begins.
  bool can_repeat_ = false;          // There is one.
};

std::unexpected<Error> Translator::bad(std::string_view what) const {
  return fail(
      ErrorKind::invalid_argument, "bad_pattern",
      fmt::format("at byte {} of the pattern: {}", pattern_.size() - rest_.size() + 1, what));
}

// The next character; more than kCodePointMax at the end.
std::uint32_t Translator::peek() const noexcept {
  return rest_.empty() ? kUnbounded : code_point_at(rest_).value;
}

std::uint32_t Translator::take() noexcept {
  const CodePoint next = code_point_at(rest_);
  rest_.remove_prefix(next.bytes);
  return next.value;
}

bool Translator::take_if(std::string_view text) noexcept {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

// Explicit ranges, so that nothing depends on how RE2 reads a letter.
std::string Translator::written(const CodePointSet& set) {
  std::string out;
  for (const CodePointRange& each : set) {
    out += fmt::format("\\x{{{:X}}}", each.first);
    if (each.last != each.first) out += fmt::format("-\\x{{{:X}}}", each.last);
  }
  return out;
}

void Translator::atom(const Item& item) {
  atom_at_ = out_.re2.size();
  can_repeat_ = true;
  if (!item.property.empty()) {
    out_.re2 += item.property;
    out_.is_row = false;
    return;
  }
  if (item.set.empty()) {
    out_.re2 += fmt::format("[^\\x{{0}}-\\x{{{:X}}}]", kCodePointMax);
  } else if (item.set.size() == 1 && item.set[0].first == item.set[0].last) {
    out_.re2 += written(item.set);
  } else {
    out_.re2 += "[" + written(item.set) + "]";
  }
  if (out_.is_to_end) out_.is_row = false;
  if (out_.is_row) out_.row.push_back({.set = item.set});
}

void Translator::anchor(std::string_view text) {
  out_.re2 += text;
  can_repeat_ = false;
}

Result<TranslatedRegex> Translator::run() {
  out_.is_row = true;
  while (!rest_.empty()) {
    JUNCTOR_CHECK(term());
    if (out_.re2.size() > kTranslatedBytesMax) return bad("it repeats too much");
  }
  if (!groups_.empty()) return bad("a ')' is missing");
  return std::move(out_);
}

Result<> Translator::term() {
  switch (peek()) {
    case '^':
      take();
      if (out_.re2.empty()) {
        out_.is_from_start = true;
      } else {
        out_.is_row = false;
      }
      anchor("^");
      return {};
    case '$':
      take();
      if (out_.is_to_end) out_.is_row = false;
      out_.is_to_end = true;
      anchor("$");
      return {};
    case '|':
      take();
      out_.is_row = false;
      anchor("|");
      return {};
    case '(': return open_group();
    case ')': return close_group();
    case '[': return char_class();
    case '\\': return escape();
    case '*':
    case '+':
    case '?':
    case '{': return quantifier();
    case '.':
      take();
      atom({.set = complement(kLineEnds)});
      return {};
    default: break;
  }
  const std::uint32_t character = take();
  atom({.set = {{character, character}}});
  return {};
}

Result<> Translator::open_group() {
  constexpr std::string_view kLookAround =
      "look-around cannot be used: patterns are matched in linear time, which rules it out";
  if (rest_.starts_with("(?=") || rest_.starts_with("(?!") || rest_.starts_with("(?<=") ||
      rest_.starts_with("(?<!"))
    return bad(kLookAround);
  if (take_if("(?<")) {
    const std::size_t end = rest_.find('>');
    if (end == std::string_view::npos || end == 0) return bad("the name of the group does not end");
    rest_.remove_prefix(end + 1);
  } else if (!take_if("(?:")) {
    if (rest_.starts_with("(?"))
      return bad("a group that begins with \"(?\" is none that is known");
    take();
  }
  groups_.push_back(out_.re2.size());
  out_.re2 += "(?:";
  out_.is_row = false;
  can_repeat_ = false;
  return {};
}

Result<> Translator::close_group() {
  if (groups_.empty()) return bad("a ')' closes nothing");
  take();
  out_.re2 += ")";
  atom_at_ = groups_.back();
  groups_.pop_back();
  can_repeat_ = true;
  return {};
}

std::optional<std::uint32_t> Translator::number() noexcept {
  if (!is_digit(peek())) return std::nullopt;
  std::uint32_t value = 0;
  while (is_digit(peek())) value = std::min(value * 10 + (take() - '0'), kRepeatMax + 1);
  return value;
}

// "{2}", "{2,}" or "{2,3}"; nothing and nothing taken when it is none.
std::optional<std::pair<std::uint32_t, std::uint32_t>> Translator::counts() noexcept {
  const std::string_view before = rest_;
  take();
  if (const auto min = number()) {
    std::uint32_t max = *min;
    if (take_if(",")) max = number().value_or(kUnbounded);
    if (take_if("}")) return std::pair{*min, max};
  }
  rest_ = before;
  return std::nullopt;
}

Result<> Translator::quantifier() {
  std::uint32_t min = 0;
  std::uint32_t max = kUnbounded;
  if (take_if("+")) {
    min = 1;
  } else if (take_if("?")) {
    max = 1;
  } else if (!take_if("*")) {
    const auto both = counts();
    if (!both) {  // A mere bracket.
      take();
      atom({.set = {{'{', '{'}}});
      return {};
    }
    std::tie(min, max) = *both;
  }
  if (!can_repeat_) return bad("there is nothing to repeat");
  if (min > max) return bad("the counts of a repetition are in the wrong order");
  if (min > kRepeatMax || (max != kUnbounded && max > kRepeatMax))
    return bad(fmt::format("nothing can be repeated more than {} times", kRepeatMax));
  // Lazy or not, the same texts match.
  take_if("?");
  if (out_.is_row) {
    out_.row.back().min = min;
    out_.row.back().max = max;
  }
  can_repeat_ = false;
  return repeat(min, max);
}

// RE2 counts to kRe2RepeatMax: more are written one behind the other.
Result<> Translator::repeat(std::uint32_t min, std::uint32_t max) {
  const bool is_unbounded = max == kUnbounded;
  if (min > kRe2RepeatMax || (!is_unbounded && max > kRe2RepeatMax)) {
    const std::string what = out_.re2.substr(atom_at_);
    out_.re2.resize(atom_at_);
    const auto has_room = [&] { return out_.re2.size() <= kTranslatedBytesMax; };
    while (min > kRe2RepeatMax && has_room()) {
      out_.re2 += fmt::format("{}{{{}}}", what, kRe2RepeatMax);
      min -= kRe2RepeatMax;
      max -= is_unbounded ? 0 : kRe2RepeatMax;
    }
    while (!is_unbounded && max > kRe2RepeatMax && max > min && has_room()) {
      const std::uint32_t step = std::min(max - min, kRe2RepeatMax);
      out_.re2 += fmt::format("{}{{0,{}}}", what, step);
      max -= step;
    }
    out_.re2 += what;
  }
  out_.re2 += is_unbounded ? fmt::format("{{{},}}", min) : fmt::format("{{{},{}}}", min, max);
  return {};
}

Result<> Translator::escape() {
  if (take_if("\\b")) {
    anchor("\\b");
    out_.is_row = false;
    return {};
  }
  if (take_if("\\B")) {
    anchor("\\B");
    out_.is_row = false;
    return {};
  }
  if (rest_.size() > 1 && (rest_[1] == 'k' || (rest_[1] >= '1' && rest_[1] <= '9')))
    return bad(
        "back-references cannot be used: patterns are matched in linear time, which rules "
        "them out");
  JUNCTOR_TRY(const Item item, character_escape());
  atom(item);
  return {};
}

Result<std::uint32_t> Translator::hex(std::size_t digits) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const std::uint32_t c = peek();
    if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
      return bad(fmt::format("{} hexadecimal digits are expected", digits));
    take();
    value = value * 16 + (is_digit(c) ? c - '0' : (c | 0x20U) - 'a' + 10);
  }
  return value;
}

// Behind "\u". A pair of surrogates is one character.
Result<std::uint32_t> Translator::unicode_escape() {
  if (take_if("{")) {
    std::uint32_t value = 0;
    const std::size_t end = rest_.find('}');
    if (end == 0 || end > 8) return bad("\\u{...} must hold a code point");
    JUNCTOR_TRY(value, hex(end));
    if (value > kCodePointMax) return bad("\\u{...} must hold a code point");
    take();
    return value;
  }
  JUNCTOR_TRY(const std::uint32_t first, hex(4));
  if (first < 0xD800 || first > 0xDBFF || !rest_.starts_with("\\u")) return first;
  const std::string_view before = rest_;
  rest_.remove_prefix(2);
  if (const auto second = hex(4); second && *second >= 0xDC00 && *second <= 0xDFFF)
    return 0x10000 + ((first - 0xD800) << 10U) + (*second - 0xDC00);
  rest_ = before;
  return first;
}

Result<Item> Translator::character_escape() {
  const auto one = [](std::uint32_t c) {
    return Item{.set = {{c, c}}, .property = {}, .is_character = true};
  };
  take();
  if (rest_.empty()) return bad("the pattern ends in a backslash");
  const std::uint32_t c = take();
  switch (c) {
    case 'd': return Item{.set = kDigits};
    case 'D': return Item{.set = complement(kDigits)};
    case 'w': return Item{.set = kWords};
    case 'W': return Item{.set = complement(kWords)};
    case 's': return Item{.set = kSpaces};
    case 'S': return Item{.set = complement(kSpaces)};
    case 't': return one('\t');
    case 'n': return one('\n');
    case 'v': return one('\v');
    case 'f': return one('\f');
    case 'r': return one('\r');
    case 'p':
    case 'P': return property(c);
    case 'c':
      if (!is_letter(peek())) return bad("\\c must be followed by a letter");
      return one(take() % 32);
    case '0':
      if (is_digit(peek())) return bad("\\0 must not be followed by a digit");
      return one(0);
    case 'x': {
      JUNCTOR_TRY(const std::uint32_t value, hex(2));
      return one(value);
    }
    case 'u': {
      JUNCTOR_TRY(const std::uint32_t value, unicode_escape());
      return one(value);
    }
    default: break;
  }
  if (is_letter(c) || is_digit(c))
    return bad(fmt::format("\\{} is no escape of ECMA-262", static_cast<char>(c)));
  return one(c);
}

Result<Item> Translator::property(std::uint32_t letter) {
  const std::size_t end = rest_.find('}');
  if (!rest_.starts_with('{') || end == std::string_view::npos)
    return bad("\\p must be followed by {the name of a property}");
  const std::string_view name = rest_.substr(1, end - 1);
  const std::string known = re2_property(name);
  if (known.empty()) return bad(fmt::format("the property \\p{{{}}} is not supported", name));
  rest_.remove_prefix(end + 1);
  const bool is_positive = letter == 'p';
  if (name == "Any") {
    const CodePointSet all = {{0, kCodePointMax}};
    return Item{.set = is_positive ? all : CodePointSet{}};
  }
  if (name == "ASCII") {
    const CodePointSet ascii = {{0, 0x7F}};
    return Item{.set = is_positive ? ascii : complement(ascii)};
  }
  return Item{.set = {}, .property = fmt::format("\\{}{{{}}}", static_cast<char>(letter), known)};
}

Result<Item> Translator::class_item() {
  if (peek() != '\\') {
    const std::uint32_t c = take();
    return Item{.set = {{c, c}}, .property = {}, .is_character = true};
  }
  if (take_if("\\b")) return Item{.set = {{'\b', '\b'}}, .property = {}, .is_character = true};
  return character_escape();
}

Result<> Translator::char_class() {
  take();
  const bool is_negated = take_if("^");
  CodePointSet set;
  std::string properties;
  while (true) {
    if (rest_.empty()) return bad("a ']' is missing");
    if (take_if("]")) break;
    JUNCTOR_TRY(const Item item, class_item());
    const bool is_range =
        item.is_character && rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']';
    if (is_range) {
      take();
      JUNCTOR_TRY(const Item last, class_item());
      if (last.is_character) {
        if (last.set[0].first < item.set[0].first) return bad("a range is in the wrong order");
        set.push_back({item.set[0].first, last.set[0].first});
        continue;
      }
      set.push_back({'-', '-'});
      set.insert(set.end(), last.set.begin(), last.set.end());
      properties += last.property;
    }
    set.insert(set.end(), item.set.begin(), item.set.end());
    properties += item.property;
  }
  set = normalized(std::move(set));
  if (properties.empty()) {
    atom({.set = is_negated ? complement(set) : std::move(set)});
  } else {
    atom({.set = {},
          .property = fmt::format("[{}{}{}]", is_negated ? "^" : "", written(set), properties)});
  }
  return {};
}

}  // namespace

Result<TranslatedRegex> translate_ecma_regex(std::string_view pattern) {
  return Translator{pattern}.run();
}

}  // namespace junctor::lang::schema
