#include "app/commands/import_jsonc.h"

#include <cstddef>

#include "base/assert.h"

namespace junctor::app {
namespace {

constexpr std::size_t kNone = std::string::npos;

// Behind the string that begins at `at`; the end of the text when nothing closes it.
std::size_t string_end(std::string_view text, std::size_t at) {
  JUNCTOR_ASSERT(text[at] == '"');
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at < text.size() ? at + 1 : text.size();
}

// Behind the comment that begins at `at`, or `at` when none does.
std::size_t comment_end(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) {
    const std::size_t end = text.find_first_of("\r\n", at);
    return end == kNone ? text.size() : end;
  }
  if (!rest.starts_with("/*")) return at;
  const std::size_t end = text.find("*/", at + 2);
  return end == kNone ? text.size() : end + 2;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::string blank_comments(std::string_view text) {
  std::string made{text};
  std::size_t comma = kNone;  // Behind a value, while nothing but blanks has followed it.
  char before = ',';          // The last character that is no blank.
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t end = comment_end(text, at); end > at) {
      for (; at < end; ++at) {
        if (!is_blank(made[at])) made[at] = ' ';
      }
      continue;
    }
    const char c = text[at];
    if (comma != kNone && (c == '}' || c == ']')) made[comma] = ' ';
    if (!is_blank(c)) {
      const bool is_behind_value = before != ',' && before != '{' && before != '[';
      comma = c == ',' && is_behind_value ? at : kNone;
      before = c;
    }
    at = c == '"' ? string_end(text, at) : at + 1;
  }
  JUNCTOR_ASSERT(made.size() == text.size());
  return made;
}

}  // namespace junctor::app
