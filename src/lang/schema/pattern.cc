#include "lang/schema/pattern.h"

#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "base/assert.h"
#include "lang/code_points.h"
#include "lang/json_tree.h"

namespace junctor::lang::schema {
namespace {

constexpr std::uint32_t kAsciiEnd = 0x80;
constexpr std::uint64_t kEngineCost = 20;  // To ask it at all.
constexpr std::size_t kRowMax = 16;        // Bits of a word of ascii_.

bool are_apart(const CodePointSet& a, const CodePointSet& b) noexcept {
  for (auto of_a = a.begin(), of_b = b.begin(); of_a != a.end() && of_b != b.end();) {
    if (of_a->last < of_b->first) {
      ++of_a;
    } else if (of_b->last < of_a->first) {
      ++of_b;
    } else {
      return false;
    }
  }
  return true;
}

// Taking as many as there are is never wrong: what comes next begins with another character.
bool is_without_choice(const TranslatedRegex& regex) noexcept {
  if (!regex.is_row || !regex.is_from_start || regex.row.size() > kRowMax) return false;
  for (std::size_t i = 0; i < regex.row.size(); ++i) {
    if (regex.row[i].min == regex.row[i].max) continue;
    for (std::size_t k = i + 1; k < regex.row.size(); ++k) {
      if (!are_apart(regex.row[i].set, regex.row[k].set)) return false;
      if (regex.row[k].min != 0) break;
    }
  }
  return true;
}

bool is_literal(const TranslatedRegex& regex) noexcept {
  const auto is_ascii_character = [](const RegexStep& step) {
    return step.min == 1 && step.max == 1 && step.set.size() == 1 &&
           step.set[0].first == step.set[0].last && step.set[0].last < kAsciiEnd;
  };
  return regex.is_row && !regex.is_from_start && !regex.is_to_end &&
         std::ranges::all_of(regex.row, is_ascii_character);
}

}  // namespace

Pattern::Pattern(Pattern&& other) noexcept = default;
Pattern& Pattern::operator=(Pattern&& other) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view text, const PatternLimits& limits) {
  if (text.size() > limits.pattern_bytes_max)
    return fail(ErrorKind::too_large, "pattern_too_large",
                "the pattern has " + std::to_string(text.size()) + " bytes; at most " +
                    std::to_string(limits.pattern_bytes_max) + " are allowed (pattern_bytes_max)");
  JUNCTOR_TRY(const TranslatedRegex translated, translate_ecma_regex(text));
  Pattern pattern;
  pattern.text_ = text;
  if (is_literal(translated)) {
    for (const RegexStep& step : translated.row)
      pattern.literal_ += static_cast<char>(step.set[0].first);
    return pattern;
  }
  if (is_without_choice(translated)) {
    pattern.take_row(translated);
    return pattern;
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(static_cast<std::int64_t>(limits.engine_bytes_max));
  pattern.engine_ = std::make_unique<RE2>(translated.re2, options);
  if (!pattern.engine_->ok()) {
    // RE2 counts to 1000, nested counts multiplied.
    if (pattern.engine_->error_code() == RE2::ErrorRepeatSize)
      return fail(ErrorKind::too_large, "pattern_too_large",
                  "the pattern repeats what is repeated more than 1000 times in all");
    if (pattern.engine_->error_code() == RE2::ErrorPatternTooLarge)
      return fail(ErrorKind::too_large, "pattern_too_large",
                  "the pattern asks for more repetitions than a program of " +
                      std::to_string(limits.engine_bytes_max) + " bytes holds (engine_bytes_max)");
    return fail(ErrorKind::invalid_argument, "bad_pattern",
                "the pattern cannot be compiled: " + pattern.engine_->error());
  }
  pattern.instructions_ = static_cast<std::size_t>(std::max(pattern.engine_->ProgramSize(), 1));
  // At its worst RE2 keeps a state for each instruction and looks at all of them for each byte.
  pattern.cost_per_16_bytes_ = 4 + pattern.instructions_;
  pattern.cost_at_least_ = kEngineCost;
  return pattern;
}

void Pattern::take_row(const TranslatedRegex& translated) {
  is_row_ = true;
  is_to_end_ = translated.is_to_end;
  for (const RegexStep& from : translated.row) {
    Step& step = row_.emplace_back();
    step.min = from.min;
    step.max = from.max;
    for (const CodePointRange& range : from.set) {
      for (std::uint32_t c = range.first; c < kAsciiEnd && c <= range.last; ++c)
        ascii_.at(c) |= static_cast<std::uint16_t>(1U << (row_.size() - 1));
      if (range.last >= kAsciiEnd)
        step.wide.push_back({std::max(range.first, kAsciiEnd), range.last});
    }
  }
  fix_length();
}

// "^[0-9]{4}-[0-9]{2}$" and its like, of ASCII alone.
void Pattern::fix_length() {
  constexpr std::size_t kFixedMax = 64;
  std::vector<std::uint16_t> bits;
  for (std::size_t i = 0; i < row_.size(); ++i) {
    const Step& step = row_[i];
    if (step.min != step.max || !step.wide.empty() || bits.size() + step.max > kFixedMax) return;
    bits.insert(bits.end(), step.max, static_cast<std::uint16_t>(1U << i));
  }
  if (is_to_end_) fixed_ = std::move(bits);
}

bool Pattern::Step::has(std::uint32_t code_point) const noexcept {
  const auto above = std::ranges::upper_bound(wide, code_point, {}, &CodePointRange::first);
  return above != wide.begin() && std::prev(above)->last >= code_point;
}

bool Pattern::matches_row(std::string_view text) const noexcept {
  if (!fixed_.empty()) {
    if (text.size() != fixed_.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((ascii_[static_cast<unsigned char>(text[i])] & fixed_[i]) == 0) return false;
    }
    return true;
  }
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint32_t bit = 1;
  for (const Step& step : row_) {
    const char* const begin = at;
    const auto left = static_cast<std::size_t>(end - at);
    const char* const stop = step.max < left ? at + step.max : end;
    while (at != stop && (ascii_[static_cast<unsigned char>(*at)] & bit) != 0) ++at;
    auto count = static_cast<std::uint32_t>(at - begin);
    // From the first character on that is none of ASCII, one by one.
    const bool is_wide = at != end && static_cast<unsigned char>(*at) >= kAsciiEnd;
    for (; is_wide && count < step.max && at != end; ++count) {
      const CodePoint next = code_point_at({at, end});
      const bool has_it =
          next.value < kAsciiEnd ? (ascii_[next.value] & bit) != 0 : step.has(next.value);
      if (!has_it) break;
      at += next.bytes;
    }
    if (count < step.min) return false;
    bit <<= 1U;
  }
  return !is_to_end_ || at == end;
}

bool Pattern::matches(std::string_view text) const {
  if (is_row_) return matches_row(text);
  if (engine_ == nullptr) return text.contains(literal_);
  return engine_->Match(text, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace junctor::lang::schema
