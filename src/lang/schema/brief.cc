#include "lang/schema/brief.h"

#include "base/text.h"

namespace junctor::lang::schema {

std::string brief_text(std::string_view text) {
  constexpr std::string_view kBackslash = "\\x5c";
  std::string out = safe_for_log(text, kBriefBytesMax);
  for (std::size_t at = out.find(kBackslash); at != std::string::npos;
       at = out.find(kBackslash, at + 1))
    out.replace(at, kBackslash.size(), "\\");
  return out;
}

std::string brief_json(JsonNode node) {
  if (!node) return "absent";
  const std::string text = brief_text(node.text());
  return node.is_string() ? "\"" + text + "\"" : text;
}

}  // namespace junctor::lang::schema
