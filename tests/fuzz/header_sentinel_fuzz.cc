// Property: decode(encode(text)) is the text and the value is safe in a header; and a value that
// decodes is the only spelling of its text in that form.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/text.h"
#include "wire/header_sentinel.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace {

using junctor::wire::HeaderForm;
using junctor::wire::HeaderText;

void check_text(std::string_view text) {
  junctor::Buffer value;
  junctor::wire::append_header_value(value, text);
  const bool is_safe =
      std::ranges::all_of(value.view(), [](char byte) { return byte >= 0x20 && byte < 0x7F; });
  JUNCTOR_ASSERT(is_safe && !value.empty());
  const HeaderText decoded = junctor::wire::decode_header_value(value.view());
  JUNCTOR_ASSERT(decoded.form != HeaderForm::malformed);
  const bool is_literal = decoded.form == HeaderForm::literal;
  JUNCTOR_ASSERT((is_literal ? value.view() : decoded.decoded) == text);
  junctor::Buffer json;
  junctor::wire::append_json_string(json, text);
  JUNCTOR_ASSERT(junctor::wire::header_equals_json(value.view(), json.view()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  if (junctor::wire::is_valid_utf8(input)) check_text(input);
  const HeaderText decoded = junctor::wire::decode_header_value(input);
  if (decoded.form == HeaderForm::encoded) {
    JUNCTOR_ASSERT(junctor::wire::is_valid_utf8(decoded.decoded));
    const std::string again = "=?base64?" + junctor::base64_encode(decoded.decoded) + "?=";
    JUNCTOR_ASSERT(again == input);
    check_text(decoded.decoded);
  }
  return 0;
}
