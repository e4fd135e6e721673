// The extension "math".

#include <cmath>
#include <limits>

#include "lang/cel/containers.h"
#include "lang/cel/library.h"

namespace junctor::lang::cel {
namespace {

// `kSign`: 1 for the greatest, -1 for the least. The first of equals; there is none among numbers
// of which one is NaN.
template <int kSign>
Value extremum(Machine& machine, Arguments a) {
  Value best;
  const auto offer = [&](const Value& value) -> Value {
    if (value.is_error()) return value;
    if (!value.is_number())
      return Machine::fail(Fault::no_such_overload, "math.greatest, math.least");
    if (best.is(Kind::null)) return value;
    const auto order = compare(value, best);
    if (order == std::partial_ordering::unordered)
      return Machine::fail(Fault::invalid_argument, "NaN is neither greater nor less than others");
    return (kSign > 0 ? *order > 0 : *order < 0) ? value : best;
  };
  if (a.size() == 1 && a[0].is(Kind::list)) {
    if (!machine.charge(size_of(a[0]))) return machine.stopped();
    Value each;
    for (ListCursor cursor{a[0]}; cursor.next(each) && !best.is_error();) best = offer(each);
    if (best.is(Kind::null))
      return Machine::fail(Fault::invalid_argument, "an empty list has no greatest and no least");
    return best;
  }
  for (const Value& each : a.values) {
    best = offer(each);
    if (best.is_error()) break;
  }
  return best;
}

template <double (*kFunction)(double)>
Value of_double(Machine& /*machine*/, Arguments a) {
  return Value::float64(kFunction(a[0].as_float64()));
}

double ceil_of(double value) {
  return std::ceil(value);
}
double floor_of(double value) {
  return std::floor(value);
}
double round_of(double value) {
  return std::round(value);
}
double trunc_of(double value) {
  return std::trunc(value);
}
double abs_of(double value) {
  return std::abs(value);
}
double sqrt_of(double value) {
  return std::sqrt(value);
}
double sign_of(double value) {
  if (std::isnan(value)) return value;
  return value < 0 ? -1.0 : (value > 0 ? 1.0 : 0.0);
}

Value same(Machine& /*machine*/, Arguments a) {
  return a[0];
}

Value abs_int(Machine& /*machine*/, Arguments a) {
  const std::int64_t value = a[0].as_int64();
  if (value == std::numeric_limits<std::int64_t>::min())
    return Machine::fail(Fault::overflow, "int");
  return Value::int64(value < 0 ? -value : value);
}

Value sign_int(Machine& /*machine*/, Arguments a) {
  const std::int64_t value = a[0].as_int64();
  return Value::int64(value < 0 ? -1 : (value > 0 ? 1 : 0));
}

Value sign_uint(Machine& /*machine*/, Arguments a) {
  return Value::uint64(a[0].as_uint64() == 0 ? 0 : 1);
}

Value sqrt_int(Machine& /*machine*/, Arguments a) {
  return Value::float64(std::sqrt(static_cast<double>(a[0].as_int64())));
}

Value sqrt_uint(Machine& /*machine*/, Arguments a) {
  return Value::float64(std::sqrt(static_cast<double>(a[0].as_uint64())));
}

Value is_nan(Machine& /*machine*/, Arguments a) {
  return Value::boolean(std::isnan(a[0].as_float64()));
}

Value is_inf(Machine& /*machine*/, Arguments a) {
  return Value::boolean(std::isinf(a[0].as_float64()));
}

Value is_finite(Machine& /*machine*/, Arguments a) {
  return Value::boolean(std::isfinite(a[0].as_float64()));
}

Value of_bits(Kind kind, std::uint64_t bits) noexcept {
  return kind == Kind::uint64 ? Value::uint64(bits) : Value::int64(static_cast<std::int64_t>(bits));
}

Value bit_and(Machine& /*machine*/, Arguments a) {
  return of_bits(a[0].kind(), a[0].as_uint64() & a[1].as_uint64());
}

Value bit_or(Machine& /*machine*/, Arguments a) {
  return of_bits(a[0].kind(), a[0].as_uint64() | a[1].as_uint64());
}

Value bit_xor(Machine& /*machine*/, Arguments a) {
  return of_bits(a[0].kind(), a[0].as_uint64() ^ a[1].as_uint64());
}

Value bit_not(Machine& /*machine*/, Arguments a) {
  return of_bits(a[0].kind(), ~a[0].as_uint64());
}

enum class Shift : std::uint8_t { left, right };

// To the right, zeros come in from the left for int too.
template <Shift kShift>
Value shift(Machine& /*machine*/, Arguments a) {
  const std::int64_t by = a[1].as_int64();
  if (by < 0) return Machine::fail(Fault::invalid_argument, "a shift by a negative offset");
  if (by >= 64) return of_bits(a[0].kind(), 0);
  const auto bits = static_cast<unsigned>(by);
  return of_bits(a[0].kind(),
                 kShift == Shift::left ? a[0].as_uint64() << bits : a[0].as_uint64() >> bits);
}

constexpr auto kFunction = CallStyle::function;
constexpr std::string_view kDouble = "double -> double";

constexpr FunctionRow kMath[] = {
    {"math.@max", kFunction, "int -> int", extremum<1>},
    {"math.@max", kFunction, "uint -> uint", extremum<1>},
    {"math.@max", kFunction, "double -> double", extremum<1>},
    {"math.@max", kFunction, "list(int) -> int", extremum<1>},
    {"math.@max", kFunction, "list(uint) -> uint", extremum<1>},
    {"math.@max", kFunction, "list(double) -> double", extremum<1>},
    {"math.@max", kFunction, "list(dyn) -> dyn", extremum<1>},
    {"math.@max", kFunction, "int, int -> int", extremum<1>},
    {"math.@max", kFunction, "uint, uint -> uint", extremum<1>},
    {"math.@max", kFunction, "double, double -> double", extremum<1>},
    {"math.@max", kFunction, "int, uint -> dyn", extremum<1>},
    {"math.@max", kFunction, "int, double -> dyn", extremum<1>},
    {"math.@max", kFunction, "uint, int -> dyn", extremum<1>},
    {"math.@max", kFunction, "uint, double -> dyn", extremum<1>},
    {"math.@max", kFunction, "double, int -> dyn", extremum<1>},
    {"math.@max", kFunction, "double, uint -> dyn", extremum<1>},
    {"math.@min", kFunction, "int -> int", extremum<-1>},
    {"math.@min", kFunction, "uint -> uint", extremum<-1>},
    {"math.@min", kFunction, "double -> double", extremum<-1>},
    {"math.@min", kFunction, "list(int) -> int", extremum<-1>},
    {"math.@min", kFunction, "list(uint) -> uint", extremum<-1>},
    {"math.@min", kFunction, "list(double) -> double", extremum<-1>},
    {"math.@min", kFunction, "list(dyn) -> dyn", extremum<-1>},
    {"math.@min", kFunction, "int, int -> int", extremum<-1>},
    {"math.@min", kFunction, "uint, uint -> uint", extremum<-1>},
    {"math.@min", kFunction, "double, double -> double", extremum<-1>},
    {"math.@min", kFunction, "int, uint -> dyn", extremum<-1>},
    {"math.@min", kFunction, "int, double -> dyn", extremum<-1>},
    {"math.@min", kFunction, "uint, int -> dyn", extremum<-1>},
    {"math.@min", kFunction, "uint, double -> dyn", extremum<-1>},
    {"math.@min", kFunction, "double, int -> dyn", extremum<-1>},
    {"math.@min", kFunction, "double, uint -> dyn", extremum<-1>},
    {"math.ceil", kFunction, kDouble, of_double<ceil_of>},
    {"math.floor", kFunction, kDouble, of_double<floor_of>},
    {"math.round", kFunction, kDouble, of_double<round_of>},
    {"math.trunc", kFunction, kDouble, of_double<trunc_of>},
    {"math.abs", kFunction, kDouble, of_double<abs_of>},
    {"math.abs", kFunction, "int -> int", abs_int},
    {"math.abs", kFunction, "uint -> uint", same},
    {"math.sign", kFunction, kDouble, of_double<sign_of>},
    {"math.sign", kFunction, "int -> int", sign_int},
    {"math.sign", kFunction, "uint -> uint", sign_uint},
    {"math.sqrt", kFunction, kDouble, of_double<sqrt_of>},
    {"math.sqrt", kFunction, "int -> double", sqrt_int},
    {"math.sqrt", kFunction, "uint -> double", sqrt_uint},
    {"math.isNaN", kFunction, "double -> bool", is_nan},
    {"math.isInf", kFunction, "double -> bool", is_inf},
    {"math.isFinite", kFunction, "double -> bool", is_finite},
    {"math.bitAnd", kFunction, "int, int -> int", bit_and},
    {"math.bitAnd", kFunction, "uint, uint -> uint", bit_and},
    {"math.bitOr", kFunction, "int, int -> int", bit_or},
    {"math.bitOr", kFunction, "uint, uint -> uint", bit_or},
    {"math.bitXor", kFunction, "int, int -> int", bit_xor},
    {"math.bitXor", kFunction, "uint, uint -> uint", bit_xor},
    {"math.bitNot", kFunction, "int -> int", bit_not},
    {"math.bitNot", kFunction, "uint -> uint", bit_not},
    {"math.bitShiftLeft", kFunction, "int, int -> int", shift<Shift::left>},
    {"math.bitShiftLeft", kFunction, "uint, int -> uint", shift<Shift::left>},
    {"math.bitShiftRight", kFunction, "int, int -> int", shift<Shift::right>},
    {"math.bitShiftRight", kFunction, "uint, int -> uint", shift<Shift::right>},
};

}  // namespace

std::span<const FunctionRow> math_extension() noexcept {
  return kMath;
}

}  // namespace junctor::lang::cel
