// The extension "strings".

#include <algorithm>
#include <string>
#include <vector>

#include "lang/cel/containers.h"
#include "lang/cel/library.h"
#include "lang/cel/string_format.h"
#include "lang/cel/utf8.h"
#include "wire/json_text.h"

namespace junctor::lang::cel {
namespace {

Value out_of_range(Machine& machine, std::int64_t index) {
  return machine.fail_with(Fault::index_out_of_range,
                           "the index " + std::to_string(index) + " is out of range of the text");
}

// The offset of the character of that index; nothing when there is none. One past the last is its
// end.
bool offset_of(std::string_view text, std::int64_t index, std::size_t& offset) noexcept {
  if (index < 0 || index > static_cast<std::int64_t>(text.size())) return false;
  std::size_t at = 0;
  for (; index != 0 && at < text.size(); --index) at += character_at(text, at).bytes;
  offset = at;
  return index == 0;
}

std::int64_t index_at(std::string_view text, std::size_t offset) noexcept {
  std::int64_t index = 0;
  for (std::size_t at = 0; at < offset; ++index) at += character_at(text, at).bytes;
  return index;
}

Value char_at(Machine& machine, Arguments a) {
  const std::string_view text = a[0].text();
  std::size_t at = 0;
  if (!machine.charge_bytes(text.size())) return machine.stopped();
  if (!offset_of(text, a[1].as_int64(), at)) return out_of_range(machine, a[1].as_int64());
  return Value::string(text.substr(at, character_at(text, at).bytes));
}

Value index_of_from(Machine& machine, Arguments a, std::size_t from) {
  if (!machine.charge_search(a[0].text(), a[1].text())) return machine.stopped();
  const std::size_t found = find_text(a[0].text(), a[1].text(), from);
  return Value::int64(found == std::string_view::npos ? -1 : index_at(a[0].text(), found));
}

Value index_of(Machine& machine, Arguments a) {
  return index_of_from(machine, a, 0);
}

Value index_of_behind(Machine& machine, Arguments a) {
  std::size_t from = 0;
  if (!offset_of(a[0].text(), a[2].as_int64(), from)) return out_of_range(machine, a[2].as_int64());
  return index_of_from(machine, a, from);
}

Value last_index_of_from(Machine& machine, Arguments a, std::size_t from) {
  // Backwards, time may be the product of both lengths.
  if (!machine.charge(a[0].text().size() / Machine::kBytesPerStep * (1 + a[1].text().size() / 4)))
    return machine.stopped();
  const std::size_t found = a[0].text().rfind(a[1].text(), from);
  return Value::int64(found == std::string_view::npos ? -1 : index_at(a[0].text(), found));
}

Value last_index_of(Machine& machine, Arguments a) {
  return last_index_of_from(machine, a, std::string_view::npos);
}

Value last_index_of_before(Machine& machine, Arguments a) {
  std::size_t from = 0;
  if (!offset_of(a[0].text(), a[2].as_int64(), from)) return out_of_range(machine, a[2].as_int64());
  return last_index_of_from(machine, a, from);
}

Value substring_of(Machine& machine, Arguments a, std::int64_t begin, std::int64_t end) {
  const std::string_view text = a[0].text();
  if (!machine.charge_bytes(text.size())) return machine.stopped();
  std::size_t from = 0;
  std::size_t to = text.size();
  if (!offset_of(text, begin, from)) return out_of_range(machine, begin);
  if (end >= 0 && !offset_of(text, end, to)) return out_of_range(machine, end);
  if (to < from)
    return machine.fail_with(Fault::invalid_argument, "substring() ends before it begins: from " +
                                                          std::to_string(begin) + " to " +
                                                          std::to_string(end));
  return Value::string(text.substr(from, to - from));
}

Value substring(Machine& machine, Arguments a) {
  return substring_of(machine, a, a[1].as_int64(), -1);
}

Value substring_to(Machine& machine, Arguments a) {
  if (a[2].as_int64() < 0) return out_of_range(machine, a[2].as_int64());
  return substring_of(machine, a, a[1].as_int64(), a[2].as_int64());
}

template <char kFrom, char kTo>
Value change_case(Machine& machine, Arguments a) {
  const std::string_view text = a[0].text();
  if (!machine.charge_bytes(text.size())) return machine.stopped();
  char* const to = machine.allocate<char>(text.size());
  if (to == nullptr) return machine.stopped();
  std::ranges::transform(text, to, [](char c) {
    return c >= kFrom && c < kFrom + 26 ? static_cast<char>(c - kFrom + kTo) : c;
  });
  return Value::string({to, text.size()});
}

// `most` replacements; negative: all.
Value replace_some(Machine& machine, Arguments a, std::int64_t most) {
  const std::string_view text = a[0].text();
  const std::string_view old = a[1].text();
  const std::string_view with = a[2].text();
  if (!machine.charge_search(a[0].text(), a[1].text())) return machine.stopped();
  std::string out;
  std::size_t at = 0;
  while (most != 0) {
    // Nothing is found before each character, and at the end.
    const std::size_t found =
        old.empty() ? (at <= text.size() ? at : std::string_view::npos) : find_text(text, old, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += with;
    if (out.size() > Arena::kBytesMax ||
        !machine.charge_bytes(with.size() + Machine::kBytesPerStep))
      break;
    if (most > 0) --most;
    at = found + old.size();
    if (!old.empty()) continue;
    const std::size_t bytes = character_at(text, at).bytes;
    if (bytes == 0) return machine.copy_string(out);
    out += text.substr(at, bytes);
    at += bytes;
  }
  if (out.size() > Arena::kBytesMax) machine.stop(Fault::memory_exceeded);
  if (machine.is_stopped()) return machine.stopped();
  out += text.substr(std::min(at, text.size()));
  return machine.copy_string(out);
}

Value replace(Machine& machine, Arguments a) {
  return replace_some(machine, a, -1);
}

Value replace_most(Machine& machine, Arguments a) {
  return replace_some(machine, a, a[3].as_int64());
}

// At most `most` parts; negative: all.
Value split_to(Machine& machine, Arguments a, std::int64_t most) {
  const std::string_view text = a[0].text();
  const std::string_view by = a[1].text();
  if (!machine.charge_search(a[0].text(), a[1].text())) return machine.stopped();
  if (most == 0) return Value::list({});
  std::vector<Value> parts;
  std::size_t at = 0;
  while (most < 0 || static_cast<std::int64_t>(parts.size()) + 1 < most) {
    if (!machine.charge()) return machine.stopped();
    if (by.empty()) {
      const std::size_t bytes = character_at(text, at).bytes;
      if (bytes == 0) break;
      if (at + bytes == text.size()) break;
      parts.push_back(Value::string(text.substr(at, bytes)));
      at += bytes;
      continue;
    }
    const std::size_t found = find_text(text, by, at);
    if (found == std::string_view::npos) break;
    parts.push_back(Value::string(text.substr(at, found - at)));
    at = found + by.size();
  }
  if (!by.empty() || !text.empty()) parts.push_back(Value::string(text.substr(at)));
  Value* const elements = machine.allocate<Value>(parts.size());
  if (elements == nullptr) return machine.stopped();
  std::ranges::copy(parts, elements);
  return Value::list({elements, parts.size()});
}

Value split(Machine& machine, Arguments a) {
  return split_to(machine, a, -1);
}

Value split_most(Machine& machine, Arguments a) {
  return split_to(machine, a, a[2].as_int64());
}

Value join_with(Machine& machine, const Value& list, std::string_view between) {
  std::size_t size = 0;
  std::size_t count = 0;
  Value each;
  for (ListCursor cursor{list}; cursor.next(each); ++count) {
    if (each.is_error()) return each;
    if (!each.is(Kind::string)) return Machine::fail(Fault::no_such_overload, "join");
    size += each.text().size() + (count == 0 ? 0 : between.size());
    if (!machine.charge()) return machine.stopped();
  }
  if (!machine.charge_bytes(size)) return machine.stopped();
  char* const text = machine.allocate<char>(size);
  if (text == nullptr) return machine.stopped();
  char* at = text;
  for (ListCursor cursor{list}; cursor.next(each);) {
    at = std::ranges::copy(each.text(), at).out;
    if (--count != 0) at = std::ranges::copy(between, at).out;
  }
  return Value::string({text, size});
}

Value join(Machine& machine, Arguments a) {
  return join_with(machine, a[0], {});
}

Value join_between(Machine& machine, Arguments a) {
  return join_with(machine, a[0], a[1].text());
}

// White space of Unicode.
bool is_space(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

Value trim(Machine& machine, Arguments a) {
  const std::string_view text = a[0].text();
  if (!machine.charge_bytes(text.size())) return machine.stopped();
  std::size_t begin = 0;
  while (begin < text.size() && is_space(character_at(text, begin).code))
    begin += character_at(text, begin).bytes;
  std::size_t end = begin;
  for (std::size_t at = begin; at < text.size();) {
    const Character character = character_at(text, at);
    at += character.bytes;
    if (!is_space(character.code)) end = at;
  }
  return Value::string(text.substr(begin, end - begin));
}

Value reverse(Machine& machine, Arguments a) {
  const std::string_view text = a[0].text();
  if (!machine.charge_bytes(text.size())) return machine.stopped();
  char* const to = machine.allocate<char>(text.size());
  if (to == nullptr) return machine.stopped();
  char* at = to + text.size();
  for (std::size_t from = 0; from < text.size();) {
    const std::string_view character = text.substr(from, character_at(text, from).bytes);
    at -= character.size();
    std::ranges::copy(character, at);
    from += character.size();
  }
  return Value::string({to, text.size()});
}

Value quote_text(Machine& machine, Arguments a) {
  constexpr std::string_view kCharacters = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  const std::string_view text = a[0].text();
  if (!machine.charge_bytes(2 * text.size())) return machine.stopped();
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const std::size_t index = kCharacters.find(text[at]);
    if (index != std::string_view::npos) {
      out += '\\';
      out += kLetters[index];
    } else if (character.is_valid) {
      out += text.substr(at, character.bytes);
    } else {
      wire::append_utf8(out, kReplacement);
    }
    at += character.bytes;
  }
  return machine.copy_string(out + "\"");
}

Value format(Machine& machine, Arguments a) {
  return format_string(machine, a[0].text(), a[1]);
}

constexpr auto kFunction = CallStyle::function;
constexpr auto kMethod = CallStyle::method;

constexpr FunctionRow kStrings[] = {
    {"charAt", kMethod, "string, int -> string", char_at},
    {"indexOf", kMethod, "string, string -> int", index_of},
    {"indexOf", kMethod, "string, string, int -> int", index_of_behind},
    {"lastIndexOf", kMethod, "string, string -> int", last_index_of},
    {"lastIndexOf", kMethod, "string, string, int -> int", last_index_of_before},
    {"substring", kMethod, "string, int -> string", substring},
    {"substring", kMethod, "string, int, int -> string", substring_to},
    {"lowerAscii", kMethod, "string -> string", change_case<'A', 'a'>},
    {"upperAscii", kMethod, "string -> string", change_case<'a', 'A'>},
    {"replace", kMethod, "string, string, string -> string", replace},
    {"replace", kMethod, "string, string, string, int -> string", replace_most},
    {"split", kMethod, "string, string -> list(string)", split},
    {"split", kMethod, "string, string, int -> list(string)", split_most},
    {"join", kMethod, "list(string) -> string", join},
    {"join", kMethod, "list(string), string -> string", join_between},
    {"trim", kMethod, "string -> string", trim},
    {"reverse", kMethod, "string -> string", reverse},
    {"strings.quote", kFunction, "string -> string", quote_text},
    {"format", kMethod, "string, list(dyn) -> string", format},
};

}  // namespace

std::span<const FunctionRow> string_extension() noexcept {
  return kStrings;
}

}  // namespace junctor::lang::cel
