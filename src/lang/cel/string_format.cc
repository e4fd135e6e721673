#include "lang/cel/string_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "lang/cel/containers.h"
#include "lang/cel/moment.h"
#include "lang/cel/network.h"
#include "lang/cel/utf8.h"
#include "lang/cel/value_text.h"
#include "wire/json_text.h"

namespace junctor::lang::cel {
namespace {

constexpr int kPrecision = 6;

// In digits alone: as few as tell it from others, and then zeros; no exponent.
std::string plain_double(double value) {
  if (!std::isfinite(value)) return double_text(value);
  const auto written = [value](std::chars_format format) {
    std::array<char, 400> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, format);
    return std::string{digits.data(), end.ptr};
  };
  std::string text = written(std::chars_format::fixed);
  constexpr double kAllDigitsMatterBelow = 0x1p53;
  if (std::abs(value) < kAllDigitsMatterBelow) return text;
  std::string few = written(std::chars_format::scientific);
  few.erase(few.find('e'));
  std::erase(few, '.');
  JUNCTOR_ASSERT(few.size() <= text.size());
  return few + std::string(text.size() - few.size(), '0');
}

// As UTF-8; what is none, together, is one replacement character.
void append_bytes(std::string& out, std::string_view bytes) {
  bool was_invalid = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const Character character = character_at(bytes, at);
    if (character.is_valid) {
      out += bytes.substr(at, character.bytes);
    } else if (!was_invalid) {
      wire::append_utf8(out, kReplacement);
    }
    was_invalid = !character.is_valid;
    at += character.bytes;
  }
}

class Formatter {
 public:
  Formatter(Machine& machine, std::string_view format, const Value& list) noexcept
      : machine_{machine}, format_{format}, cursor_{list} {}

  Value run() {
    while (at_ < format_.size() && !failed_.is_error()) {
      const std::size_t percent = std::min(format_.find('%', at_), format_.size());
      out_ += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ < format_.size()) clause();
      if (out_.size() > kFormatBytesMax) machine_.stop(Fault::memory_exceeded);
      if (machine_.is_stopped()) return machine_.stopped();
    }
    return failed_.is_error() ? failed_ : machine_.copy_string(out_);
  }

 private:
  void fail(std::string_view what) {
    if (!failed_.is_error()) failed_ = machine_.fail_with(Fault::invalid_argument, what);
  }
  void wrong_type(std::string_view clause, const Value& value) {
    fail(fmt::format("format() cannot write a value of type {} as %{}", type_name(value), clause));
  }
  void clause();
  void write(char clause, int precision, const Value& value);
  void write_text(const Value& value, std::size_t depth);
  void write_map(const Value& map, std::size_t depth);
  void write_double(char clause, int precision, const Value& value);
  void write_digits(char clause, unsigned base, const Value& value);
  void write_hex(char clause, const Value& value);

  Machine& machine_;
  std::string_view format_;
  std::size_t at_ = 0;
  ListCursor cursor_;
  std::size_t used_ = 0;
  std::string out_;
  Value failed_;
};

void Formatter::clause() {
  ++at_;
  if (at_ < format_.size() && format_[at_] == '%') {
    out_ += '%';
    ++at_;
    return;
  }
  int precision = -1;
  if (at_ < format_.size() && format_[at_] == '.') {
    const char* const begin = format_.data() + at_ + 1;
    const auto [end, fault] = std::from_chars(begin, format_.data() + format_.size(), precision);
    if (fault != std::errc{} || precision < 0 || precision > kFormatPrecisionMax)
      return fail(fmt::format("format() takes a precision from 0 to {} behind a point",
                              kFormatPrecisionMax));
    at_ = static_cast<std::size_t>(end - format_.data());
  }
  if (at_ == format_.size()) return fail("format() found a % without a letter behind it");
  const char letter = format_[at_++];
  if (!std::string_view{"sdfexXob"}.contains(letter))
    return fail(fmt::format("format() knows no %{}", quote(std::string_view{&letter, 1})));
  Value value;
  if (!cursor_.next(value))
    return fail(fmt::format("format() was given {} values, and more are asked for", used_));
  ++used_;
  if (value.is_error()) {
    failed_ = value;
    return;
  }
  write(letter, precision, value);
}

void Formatter::write(char clause, int precision, const Value& value) {
  switch (clause) {
    case 's': return write_text(value, kValueDepthMax);
    case 'd':
      if (!value.is_number()) return wrong_type("d", value);
      return write_text(value, 1);
    case 'f':
    case 'e': return write_double(clause, precision < 0 ? kPrecision : precision, value);
    case 'o': return write_digits(clause, 8, value);
    case 'b': return write_digits(clause, 2, value);
    default: return write_hex(clause, value);
  }
}

void Formatter::write_double(char clause, int precision, const Value& value) {
  double number = 0;
  if (value.is(Kind::float64)) {
    number = value.as_float64();
  } else if (value.is(Kind::int64)) {
    number = static_cast<double>(value.as_int64());
  } else if (value.is(Kind::uint64)) {
    number = static_cast<double>(value.as_uint64());
  } else {
    return wrong_type({&clause, 1}, value);
  }
  if (!std::isfinite(number)) {
    out_ += double_text(number);
  } else if (clause == 'f') {
    out_ += fmt::format("{:.{}f}", number, precision);
  } else {
    out_ += fmt::format("{:.{}e}", number, precision);
  }
}

void Formatter::write_digits(char clause, unsigned base, const Value& value) {
  std::uint64_t size = 0;
  if (value.is(Kind::int64)) {
    const std::int64_t number = value.as_int64();
    if (number < 0) out_ += '-';
    size = number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  } else if (value.is(Kind::uint64)) {
    size = value.as_uint64();
  } else if (value.is(Kind::boolean) && clause == 'b') {
    size = value.as_boolean() ? 1 : 0;
  } else {
    return wrong_type({&clause, 1}, value);
  }
  std::array<char, 65> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), size, static_cast<int>(base));
  std::string text{digits.data(), end.ptr};
  if (clause == 'X')
    std::ranges::transform(text, text.begin(), [](char c) {
      return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  out_ += text;
}

void Formatter::write_hex(char clause, const Value& value) {
  if (!value.is(Kind::string) && !value.is(Kind::bytes)) return write_digits(clause, 16, value);
  if (!machine_.charge_bytes(value.text().size() * 2)) return;
  for (const char byte : value.text().substr(0, kFormatBytesMax)) {
    const auto number = static_cast<unsigned char>(byte);
    out_ += clause == 'x' ? fmt::format("{:02x}", number) : fmt::format("{:02X}", number);
  }
}

void Formatter::write_map(const Value& map, std::size_t depth) {
  std::vector<std::pair<std::string, Value>> entries;
  if (!machine_.charge_walk(map)) return;
  Value key;
  Value value;
  for (MapCursor cursor{map}; cursor.next(key, value);) {
    std::string before;
    std::swap(before, out_);
    write_text(key, 1);
    std::swap(before, out_);
    entries.emplace_back(std::move(before), value);
  }
  std::ranges::sort(entries, {}, &std::pair<std::string, Value>::first);
  out_ += '{';
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i != 0) out_ += ", ";
    out_ += entries[i].first + ": ";
    write_text(entries[i].second, depth);
  }
  out_ += '}';
}

void Formatter::write_text(const Value& value, std::size_t depth) {
  if (failed_.is_error() || machine_.is_stopped()) return;
  if (depth == 0) return fail("format() was given values that are nested too deeply");
  if (out_.size() > kFormatBytesMax) return machine_.stop(Fault::memory_exceeded);
  if (!machine_.charge()) return;
  switch (value.kind()) {
    case Kind::null: out_ += "null"; return;
    case Kind::boolean: out_ += value.as_boolean() ? "true" : "false"; return;
    case Kind::int64: out_ += std::to_string(value.as_int64()); return;
    case Kind::uint64: out_ += std::to_string(value.as_uint64()); return;
    case Kind::float64: out_ += plain_double(value.as_float64()); return;
    case Kind::string:
    case Kind::type: out_ += value.text(); return;
    case Kind::bytes: return append_bytes(out_, value.text());
    case Kind::timestamp: out_ += timestamp_text(value.moment()); return;
    case Kind::duration: out_ += duration_text(value.moment()); return;
    case Kind::map: return write_map(value, depth - 1);
    case Kind::list: break;
    case Kind::error: failed_ = value; return;
    default: return wrong_type("s", value);
  }
  out_ += '[';
  bool is_first = true;
  Value each;
  for (ListCursor cursor{value}; !failed_.is_error() && cursor.next(each); is_first = false) {
    if (machine_.is_stopped()) return;
    if (!is_first) out_ += ", ";
    write_text(each, depth - 1);
  }
  out_ += ']';
}

}  // namespace

Value format_string(Machine& machine, std::string_view format, const Value& list) {
  return Formatter{machine, format, list}.run();
}

}  // namespace junctor::lang::cel
