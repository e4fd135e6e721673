#include "wire/json_write.h"

#include <array>
#include <charconv>
#include <system_error>

#include "base/assert.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

void append_code_escape(Buffer& out, unsigned code) {
  JUNCTOR_ASSERT(code <= 0xFFFF);
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::array<char, 6> escape{'\\',
                                   'u',
                                   kDigits[code >> 12],
                                   kDigits[code >> 8 & 0xF],
                                   kDigits[code >> 4 & 0xF],
                                   kDigits[code & 0xF]};
  out.append({escape.data(), escape.size()});
}

void append_ascii_escape(Buffer& out, char byte) {
  switch (byte) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: append_code_escape(out, static_cast<unsigned char>(byte));
  }
}

// Writes the character at `at`, which is beyond ASCII; returns how many bytes of the text it took.
// A surrogate in WTF-8 came from an escape and becomes one again; nothing else may leave as bytes
// that are no UTF-8, since the receiver would refuse the whole message.
std::size_t append_multibyte(Buffer& out, const char* at, const char* end) {
  const std::size_t bytes = utf8_sequence_bytes(at, end);
  if (bytes != 0) {
    out.append({at, bytes});
    return bytes;
  }
  const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at[i]); };
  const bool is_surrogate =
      end - at >= 3 && byte(0) == 0xED && (byte(1) & 0xE0) == 0xA0 && (byte(2) & 0xC0) == 0x80;
  if (!is_surrogate) {
    out.append("\xEF\xBF\xBD");  // U+FFFD.
    return 1;
  }
  append_code_escape(out, 0xD000U | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU));
  return 3;
}

}  // namespace

// Characters beyond ASCII are written as they are: an escape for each would double most of the
// world's texts.
void append_json_string(Buffer& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  out.append('"');
  while (at != end) {
    const char* const plain = json_plain_end(at, end);
    out.append({at, static_cast<std::size_t>(plain - at)});
    at = plain;
    if (at == end) break;
    if (static_cast<unsigned char>(*at) >= 0x80) {
      at += append_multibyte(out, at, end);
    } else {
      append_ascii_escape(out, *at++);
    }
  }
  out.append('"');
}

std::string quoted_json(std::string_view text) {
  Buffer out;
  append_json_string(out, text);
  return std::string{out.view()};
}

void append_json_integer(Buffer& out, std::int64_t value) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  JUNCTOR_ASSERT(error == std::errc{});
  out.append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

// One flag is enough: a bracket or a key clears it, a value sets it, at any depth.
void JsonWriter::separate() {
  if (comma_is_due_) out_.append(',');
  comma_is_due_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_.append(bracket);
  ++depth_;
  comma_is_due_ = false;
  return *this;
}

// Which bracket closes is the caller's word; that one is open at all is checked.
JsonWriter& JsonWriter::close(char bracket) {
  JUNCTOR_ASSERT(depth_ > 0);
  --depth_;
  out_.append(bracket);
  comma_is_due_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  JUNCTOR_ASSERT(depth_ > 0);
  separate();
  append_json_string(out_, name);
  out_.append(':');
  comma_is_due_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_json_integer(out_, value);
  return *this;
}

// A span of the sender's text, or a constant; it was validated where it came from.
JsonWriter& JsonWriter::raw(std::string_view json) {
  JUNCTOR_ASSERT(!json.empty());
  separate();
  out_.append(json);
  return *this;
}

}  // namespace junctor::wire
