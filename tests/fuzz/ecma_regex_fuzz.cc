// Property: what is translated, RE2 takes, or finds too large; and a pattern that is matched
// without RE2 matches what RE2 would. The input is a pattern, the byte 0xFF and a text.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <re2/re2.h>

#include "base/assert.h"
#include "lang/schema/ecma_regex.h"
#include "lang/schema/pattern.h"
#include "wire/json_text.h"

using junctor::lang::schema::Pattern;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto border = std::min(input.find('\xFF'), size);
  const auto text = input.substr(std::min(border + 1, size));
  const auto written = input.substr(0, border);
  // Both come out of a JSON text, which holds nothing else.
  if (!junctor::wire::is_valid_utf8(written) || !junctor::wire::is_valid_utf8(text)) return 0;
  const auto translated = junctor::lang::schema::translate_ecma_regex(written);
  if (!translated) return 0;
  const auto pattern = Pattern::compile(written, {});
  if (!pattern) {
    JUNCTOR_ASSERT(pattern.error().kind() == junctor::ErrorKind::too_large);
    return 0;
  }
  const bool is_match = pattern->matches(text);
  if (pattern->instructions() != 0) return 0;
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 engine{translated->re2, options};
  if (engine.ok()) JUNCTOR_ASSERT(RE2::PartialMatch(text, engine) == is_match);
  return 0;
}
