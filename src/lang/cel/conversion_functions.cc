// The conversions of the standard library, and type() and dyn().

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "lang/cel/library.h"
#include "lang/cel/moment.h"
#include "lang/cel/network.h"
#include "lang/cel/value_text.h"
#include "wire/json_text.h"

namespace junctor::lang::cel {
namespace {

constexpr std::string_view kOutOfRange = "the value is out of the range of the type";

Value out_of_range() noexcept {
  return Machine::fail(Fault::out_of_range, kOutOfRange);
}

Value unreadable(Machine& machine, std::string_view text, std::string_view type) {
  return machine.fail_with(Fault::invalid_argument,
                           quote(text.substr(0, 64)) + " is no " + std::string{type});
}

Value same(Machine& /*machine*/, Arguments a) {
  return a[0];
}

Value type_of(Machine& /*machine*/, Arguments a) {
  return Value::type(type_name(a[0]));
}

Value int_of_uint(Machine& /*machine*/, Arguments a) {
  if (a[0].as_uint64() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return out_of_range();
  return Value::int64(static_cast<std::int64_t>(a[0].as_uint64()));
}

// Both ends of int are refused: a double near them stands for many numbers.
Value int_of_double(Machine& /*machine*/, Arguments a) {
  const double value = a[0].as_float64();
  if (!(value > -0x1p63 && value < 0x1p63)) return out_of_range();
  return Value::int64(static_cast<std::int64_t>(value));
}

template <class Number>
bool read(std::string_view text, Number& value) noexcept {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && end == text.data() + text.size() && !text.empty();
}

Value int_of_string(Machine& machine, Arguments a) {
  std::int64_t value = 0;
  return read(a[0].text(), value) ? Value::int64(value) : unreadable(machine, a[0].text(), "int");
}

Value int_of_timestamp(Machine& /*machine*/, Arguments a) {
  return Value::int64(a[0].moment().seconds);
}

Value uint_of_int(Machine& /*machine*/, Arguments a) {
  if (a[0].as_int64() < 0) return out_of_range();
  return Value::uint64(static_cast<std::uint64_t>(a[0].as_int64()));
}

Value uint_of_double(Machine& /*machine*/, Arguments a) {
  const double value = a[0].as_float64();
  if (!(value >= 0 && value < 0x1p64)) return out_of_range();
  return Value::uint64(static_cast<std::uint64_t>(value));
}

Value uint_of_string(Machine& machine, Arguments a) {
  std::uint64_t value = 0;
  return read(a[0].text(), value) ? Value::uint64(value) : unreadable(machine, a[0].text(), "uint");
}

Value double_of_int(Machine& /*machine*/, Arguments a) {
  return Value::float64(static_cast<double>(a[0].as_int64()));
}

Value double_of_uint(Machine& /*machine*/, Arguments a) {
  return Value::float64(static_cast<double>(a[0].as_uint64()));
}

Value double_of_string(Machine& machine, Arguments a) {
  double value = 0;
  if (read(a[0].text(), value)) return Value::float64(value);
  return unreadable(machine, a[0].text(), "double");
}

Value bool_of_string(Machine& machine, Arguments a) {
  constexpr std::string_view kTrue[] = {"1", "t", "true", "TRUE", "True"};
  constexpr std::string_view kFalse[] = {"0", "f", "false", "FALSE", "False"};
  for (const std::string_view word : kTrue) {
    if (a[0].text() == word) return Value::boolean(true);
  }
  for (const std::string_view word : kFalse) {
    if (a[0].text() == word) return Value::boolean(false);
  }
  return unreadable(machine, a[0].text(), "bool");
}

Value string_of_bool(Machine& /*machine*/, Arguments a) {
  return Value::string(a[0].as_boolean() ? "true" : "false");
}

Value string_of_int(Machine& machine, Arguments a) {
  return machine.copy_string(std::to_string(a[0].as_int64()));
}

Value string_of_uint(Machine& machine, Arguments a) {
  return machine.copy_string(std::to_string(a[0].as_uint64()));
}

Value string_of_double(Machine& machine, Arguments a) {
  return machine.copy_string(double_text(a[0].as_float64()));
}

Value string_of_bytes(Machine& machine, Arguments a) {
  if (!machine.charge_bytes(a[0].text().size())) return machine.stopped();
  if (wire::is_valid_utf8(a[0].text())) return Value::string(a[0].text());
  return Machine::fail(Fault::invalid_argument, "these bytes are no UTF-8");
}

Value string_of_timestamp(Machine& machine, Arguments a) {
  return machine.copy_string(timestamp_text(a[0].moment()));
}

Value string_of_duration(Machine& machine, Arguments a) {
  return machine.copy_string(duration_text(a[0].moment()));
}

Value bytes_of_string(Machine& /*machine*/, Arguments a) {
  return Value::bytes(a[0].text());
}

Value timestamp_of_string(Machine& machine, Arguments a) {
  const ParsedMoment parsed = parse_timestamp(a[0].text());
  if (parsed.moment) return Value::timestamp(*parsed.moment);
  if (parsed.is_out_of_range) return out_of_range();
  return unreadable(machine, a[0].text(), "timestamp of RFC 3339 (2009-02-13T23:31:30Z)");
}

Value timestamp_of_int(Machine& /*machine*/, Arguments a) {
  const Moment moment{.seconds = a[0].as_int64(), .nanos = 0};
  return fits_timestamp(moment) ? Value::timestamp(moment) : out_of_range();
}

Value duration_of_string(Machine& machine, Arguments a) {
  const ParsedMoment parsed = parse_duration(a[0].text());
  if (parsed.moment) return Value::duration(*parsed.moment);
  if (parsed.is_out_of_range) return out_of_range();
  return unreadable(machine, a[0].text(), "duration (1h30m, 1.5s)");
}

constexpr auto kFunction = CallStyle::function;

constexpr FunctionRow kConversions[] = {
    {"dyn", kFunction, "A -> dyn", same},
    {"type", kFunction, "A -> type(A)", type_of},
    {"int", kFunction, "int -> int", same},
    {"int", kFunction, "uint -> int", int_of_uint},
    {"int", kFunction, "double -> int", int_of_double},
    {"int", kFunction, "string -> int", int_of_string},
    {"int", kFunction, "timestamp -> int", int_of_timestamp},
    {"uint", kFunction, "uint -> uint", same},
    {"uint", kFunction, "int -> uint", uint_of_int},
    {"uint", kFunction, "double -> uint", uint_of_double},
    {"uint", kFunction, "string -> uint", uint_of_string},
    {"double", kFunction, "double -> double", same},
    {"double", kFunction, "int -> double", double_of_int},
    {"double", kFunction, "uint -> double", double_of_uint},
    {"double", kFunction, "string -> double", double_of_string},
    {"bool", kFunction, "bool -> bool", same},
    {"bool", kFunction, "string -> bool", bool_of_string},
    {"string", kFunction, "string -> string", same},
    {"string", kFunction, "bool -> string", string_of_bool},
    {"string", kFunction, "int -> string", string_of_int},
    {"string", kFunction, "uint -> string", string_of_uint},
    {"string", kFunction, "double -> string", string_of_double},
    {"string", kFunction, "bytes -> string", string_of_bytes},
    {"string", kFunction, "timestamp -> string", string_of_timestamp},
    {"string", kFunction, "duration -> string", string_of_duration},
    {"bytes", kFunction, "bytes -> bytes", same},
    {"bytes", kFunction, "string -> bytes", bytes_of_string},
    {"timestamp", kFunction, "timestamp -> timestamp", same},
    {"timestamp", kFunction, "string -> timestamp", timestamp_of_string},
    {"timestamp", kFunction, "int -> timestamp", timestamp_of_int},
    {"duration", kFunction, "duration -> duration", same},
    {"duration", kFunction, "string -> duration", duration_of_string},
};

}  // namespace

std::span<const FunctionRow> conversion_functions() noexcept {
  return kConversions;
}

}  // namespace junctor::lang::cel
