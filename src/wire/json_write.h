#pragma once
// Writing JSON: everything is appended to a Buffer, and what is appended is always valid.
//
// append_json_string() takes any bytes: control characters, quote and backslash are escaped, a lone
// surrogate in WTF-8 (see json_text.h) goes out as its escape, and other bytes that are not UTF-8
// as U+FFFD. JsonWriter puts the commas; the nesting is the caller's to balance.
//
// Source:  RFC 8259 section 7.
// Limits:  none of its own.
// Threads: one owner at a time.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer.h"

namespace junctor::wire {

void append_json_string(Buffer& out, std::string_view text);
void append_json_integer(Buffer& out, std::int64_t value);

// The same as a text of its own.
[[nodiscard]] std::string quoted_json(std::string_view text);

// JsonWriter{out}.begin_object().key("id").raw(id).key("method").string("ping").end_object();
class JsonWriter {
 public:
  explicit JsonWriter(Buffer& out) noexcept : out_{out} {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  // Inside an object, before each value.
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // A valid JSON text, as it is.
  JsonWriter& raw(std::string_view json);

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  Buffer& out_;
  std::uint16_t depth_ = 0;
  bool comma_is_due_ = false;
};

}  // namespace junctor::wire
