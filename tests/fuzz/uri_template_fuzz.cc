// Property: no template and no URI take more steps than the header says; a URI that is expanded
// from simple values matches its template, and so does one of the exposed form of that template,
// which is translated to a URI of the template itself.
// The input is a template, the byte 0xFF and a URI; the URI's bytes also choose the values.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/naming.h"
#include "agent/uri_template.h"
#include "base/assert.h"

namespace {

using junctor::agent::MatchBudget;
using junctor::agent::UriTemplate;
using Part = UriTemplate::Part;

// RFC 6570 section 3.2 for values that need no encoding. `seed` chooses which variables have none;
// those of an expression without an operator always have one, since it takes at least a character.
std::string expanded(const Part& part, std::string_view seed) {
  if (part.is_literal()) return part.encoded;
  constexpr std::string_view kValues[] = {"v", "value.1", "a-b", "~_"};
  const bool is_named = part.op == ';' || part.op == '?' || part.op == '&';
  std::string text;
  for (std::size_t i = 0; i < part.names.size(); ++i) {
    const auto choice = seed.empty() ? 0U : static_cast<unsigned char>(seed[i % seed.size()]);
    const bool is_simple = part.op == Part::kSimple;
    if (!is_simple && choice % 3 == 0) continue;
    if (!text.empty()) {
      text += part.op == '?'                                    ? '&'
              : (is_simple || part.op == '+' || part.op == '#') ? ','
                                                                : part.op;
    } else if (!is_simple && part.op != '+') {
      text += part.op;
    }
    if (is_named) text += part.names[i] + "=";
    text += kValues[choice % std::size(kValues)];
    if (part.op == '+' || part.op == '#') text += "/x?y#z";
  }
  return text;
}

std::string expanded(const UriTemplate& uri_template, std::string_view seed) {
  std::string uri;
  for (const auto& part : uri_template.parts()) uri += expanded(part, seed);
  return uri;
}

std::size_t steps_max(const UriTemplate& uri_template, std::size_t uri_bytes) {
  std::size_t per_place = 1;
  for (const auto& part : uri_template.parts()) {
    per_place += 2 + part.names.size() + part.text.size() / MatchBudget::kBytesPerStep;
  }
  return per_place * (uri_bytes + 1);
}

bool matches(const UriTemplate& uri_template, std::string_view uri) {
  MatchBudget budget;
  const bool is_match = uri_template.matches(uri, budget);
  const std::size_t taken = MatchBudget{}.steps - budget.steps;
  JUNCTOR_ASSERT(budget.steps > 0 && taken <= steps_max(uri_template, uri.size()));
  return is_match;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto border = std::min(input.find('\xFF'), size);
  const auto text = input.substr(0, border);
  const auto uri = input.substr(std::min(border + 1, size));
  const auto parsed = UriTemplate::parse(text);
  if (!parsed) return 0;
  std::string rebuilt;
  for (const auto& part : parsed->parts()) rebuilt += part.text;
  JUNCTOR_ASSERT(rebuilt == text);
  matches(*parsed, uri);
  const std::string own = expanded(*parsed, uri);
  if (own.size() > junctor::agent::kMatchedUriBytesMax) return 0;
  JUNCTOR_ASSERT(matches(*parsed, own));

  const auto exposed = UriTemplate::parse(junctor::agent::exposed_template("up", text));
  if (!exposed) return 0;  // Encoded it is over the limit.
  const std::string outside = expanded(*exposed, uri);
  if (outside.size() > junctor::agent::kMatchedUriBytesMax) return 0;
  JUNCTOR_ASSERT(matches(*exposed, outside));
  MatchBudget budget;
  const auto back = exposed->translate(outside, *parsed, budget);
  JUNCTOR_ASSERT(back && matches(*parsed, *back));
  return 0;
}
