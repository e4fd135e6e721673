// The operators of the standard library that evaluate all their operands.

#include <algorithm>
#include <cmath>
#include <limits>

#include "lang/cel/containers.h"
#include "lang/cel/library.h"
#include "lang/cel/moment.h"

namespace junctor::lang::cel {
namespace {

Value overflow(std::string_view type) noexcept {
  return Machine::fail(Fault::overflow, type);
}

Value never(Machine& /*machine*/, Arguments /*arguments*/) {
  // Operations of the evaluator's own: their rows are for the checker.
  return Machine::fail(Fault::no_such_overload, {});
}

Value add_uint(Machine& /*machine*/, Arguments a) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a[0].as_uint64(), a[1].as_uint64(), &sum) ? overflow("uint")
                                                                          : Value::uint64(sum);
}

Value subtract_uint(Machine& /*machine*/, Arguments a) {
  std::uint64_t rest = 0;
  return __builtin_sub_overflow(a[0].as_uint64(), a[1].as_uint64(), &rest) ? overflow("uint")
                                                                           : Value::uint64(rest);
}

Value multiply_uint(Machine& /*machine*/, Arguments a) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a[0].as_uint64(), a[1].as_uint64(), &product)
             ? overflow("uint")
             : Value::uint64(product);
}

Value divide_uint(Machine& /*machine*/, Arguments a) {
  if (a[1].as_uint64() == 0) return Machine::fail(Fault::divide_by_zero, {});
  return Value::uint64(a[0].as_uint64() / a[1].as_uint64());
}

Value modulo_uint(Machine& /*machine*/, Arguments a) {
  if (a[1].as_uint64() == 0) return Machine::fail(Fault::modulus_by_zero, {});
  return Value::uint64(a[0].as_uint64() % a[1].as_uint64());
}

template <class Operation>
Value of_doubles(Machine& /*machine*/, Arguments a) {
  return Value::float64(Operation{}(a[0].as_float64(), a[1].as_float64()));
}

// One text behind the other; the first character's address, or null.
char* join(Machine& machine, Arguments a, std::size_t& size) {
  size = a[0].text().size() + a[1].text().size();
  if (!machine.charge_bytes(size)) return nullptr;
  char* const to = machine.allocate<char>(size);
  if (to != nullptr) std::ranges::copy(a[1].text(), std::ranges::copy(a[0].text(), to).out);
  return to;
}

Value add_strings(Machine& machine, Arguments a) {
  std::size_t size = 0;
  const char* const text = join(machine, a, size);
  return text == nullptr ? machine.stopped() : Value::string({text, size});
}

Value add_bytes(Machine& machine, Arguments a) {
  std::size_t size = 0;
  const char* const text = join(machine, a, size);
  return text == nullptr ? machine.stopped() : Value::bytes({text, size});
}

Value add_lists(Machine& machine, Arguments a) {
  const std::size_t size = size_of(a[0]) + size_of(a[1]);
  if (!machine.charge(size)) return machine.stopped();
  Value* const elements = machine.allocate<Value>(size);
  if (elements == nullptr) return machine.stopped();
  Value* at = elements;
  for (const Value& list : a.values) {
    for (ListCursor cursor{list}; at != elements + size && cursor.next(*at);) ++at;
  }
  return Value::list({elements, size});
}

Value as_timestamp(Moment moment) noexcept {
  return fits_timestamp(moment) ? Value::timestamp(moment)
                                : Machine::fail(Fault::out_of_range,
                                                "the timestamp is out of the range of the years "
                                                "1 to 9999");
}

Value as_duration(Moment moment) noexcept {
  return fits_duration(moment) ? Value::duration(moment)
                               : Machine::fail(Fault::out_of_range,
                                               "the duration is out of range: it may have "
                                               "about 10000 years");
}

Value timestamp_add(Machine& /*machine*/, Arguments a) {
  return as_timestamp(timestamp_plus(a[0].moment(), a[1].moment()));
}

Value duration_add_timestamp(Machine& /*machine*/, Arguments a) {
  return as_timestamp(timestamp_plus(a[1].moment(), a[0].moment()));
}

Value duration_add(Machine& /*machine*/, Arguments a) {
  return as_duration(duration_plus(a[0].moment(), a[1].moment()));
}

Value timestamp_subtract(Machine& /*machine*/, Arguments a) {
  return as_timestamp(timestamp_minus(a[0].moment(), a[1].moment()));
}

Value timestamps_subtract(Machine& /*machine*/, Arguments a) {
  return as_duration(difference(a[0].moment(), a[1].moment()));
}

Value duration_subtract(Machine& /*machine*/, Arguments a) {
  return as_duration(duration_plus(a[0].moment(), negate(a[1].moment())));
}

Value negate_int(Machine& /*machine*/, Arguments a) {
  const std::int64_t value = a[0].as_int64();
  return value == std::numeric_limits<std::int64_t>::min() ? overflow("int") : Value::int64(-value);
}

Value negate_double(Machine& /*machine*/, Arguments a) {
  return Value::float64(-a[0].as_float64());
}

struct Plus {
  double operator()(double a, double b) const noexcept { return a + b; }
};
struct Minus {
  double operator()(double a, double b) const noexcept { return a - b; }
};
struct Times {
  double operator()(double a, double b) const noexcept { return a * b; }
};
// Division of doubles by 0 is infinite or no number, as IEEE 754 says.
struct Over {
  [[clang::no_sanitize("float-divide-by-zero")]] double operator()(double a,
                                                                   double b) const noexcept {
    return a / b;
  }
};

constexpr auto kFunction = CallStyle::function;

constexpr FunctionRow kOperators[] = {
    {"_==_", kFunction, "A, A -> bool", never},
    {"_!=_", kFunction, "A, A -> bool", never},
    {"!_", kFunction, "bool -> bool", never},
    {"_[_]", kFunction, "list(A), int -> A", never},
    {"_[_]", kFunction, "map(A, B), A -> B", never},
    {"@in", kFunction, "A, list(A) -> bool", never},
    {"@in", kFunction, "A, map(A, B) -> bool", never},
    {"_+_", kFunction, "int, int -> int", never},
    {"_+_", kFunction, "uint, uint -> uint", add_uint},
    {"_+_", kFunction, "double, double -> double", of_doubles<Plus>},
    {"_+_", kFunction, "string, string -> string", add_strings},
    {"_+_", kFunction, "bytes, bytes -> bytes", add_bytes},
    {"_+_", kFunction, "list(A), list(A) -> list(A)", add_lists},
    {"_+_", kFunction, "timestamp, duration -> timestamp", timestamp_add},
    {"_+_", kFunction, "duration, timestamp -> timestamp", duration_add_timestamp},
    {"_+_", kFunction, "duration, duration -> duration", duration_add},
    {"_-_", kFunction, "int, int -> int", never},
    {"_-_", kFunction, "uint, uint -> uint", subtract_uint},
    {"_-_", kFunction, "double, double -> double", of_doubles<Minus>},
    {"_-_", kFunction, "timestamp, timestamp -> duration", timestamps_subtract},
    {"_-_", kFunction, "timestamp, duration -> timestamp", timestamp_subtract},
    {"_-_", kFunction, "duration, duration -> duration", duration_subtract},
    {"_*_", kFunction, "int, int -> int", never},
    {"_*_", kFunction, "uint, uint -> uint", multiply_uint},
    {"_*_", kFunction, "double, double -> double", of_doubles<Times>},
    {"_/_", kFunction, "int, int -> int", never},
    {"_/_", kFunction, "uint, uint -> uint", divide_uint},
    {"_/_", kFunction, "double, double -> double", of_doubles<Over>},
    {"_%_", kFunction, "int, int -> int", never},
    {"_%_", kFunction, "uint, uint -> uint", modulo_uint},
    {"-_", kFunction, "int -> int", negate_int},
    {"-_", kFunction, "double -> double", negate_double},
    {"_<_", kFunction, "bool, bool -> bool", never},
    {"_<_", kFunction, "int, int -> bool", never},
    {"_<_", kFunction, "uint, uint -> bool", never},
    {"_<_", kFunction, "double, double -> bool", never},
    {"_<_", kFunction, "string, string -> bool", never},
    {"_<_", kFunction, "bytes, bytes -> bool", never},
    {"_<_", kFunction, "timestamp, timestamp -> bool", never},
    {"_<_", kFunction, "duration, duration -> bool", never},
    {"_<=_", kFunction, "bool, bool -> bool", never},
    {"_<=_", kFunction, "int, int -> bool", never},
    {"_<=_", kFunction, "uint, uint -> bool", never},
    {"_<=_", kFunction, "double, double -> bool", never},
    {"_<=_", kFunction, "string, string -> bool", never},
    {"_<=_", kFunction, "bytes, bytes -> bool", never},
    {"_<=_", kFunction, "timestamp, timestamp -> bool", never},
    {"_<=_", kFunction, "duration, duration -> bool", never},
    {"_>_", kFunction, "bool, bool -> bool", never},
    {"_>_", kFunction, "int, int -> bool", never},
    {"_>_", kFunction, "uint, uint -> bool", never},
    {"_>_", kFunction, "double, double -> bool", never},
    {"_>_", kFunction, "string, string -> bool", never},
    {"_>_", kFunction, "bytes, bytes -> bool", never},
    {"_>_", kFunction, "timestamp, timestamp -> bool", never},
    {"_>_", kFunction, "duration, duration -> bool", never},
    {"_>=_", kFunction, "bool, bool -> bool", never},
    {"_>=_", kFunction, "int, int -> bool", never},
    {"_>=_", kFunction, "uint, uint -> bool", never},
    {"_>=_", kFunction, "double, double -> bool", never},
    {"_>=_", kFunction, "string, string -> bool", never},
    {"_>=_", kFunction, "bytes, bytes -> bool", never},
    {"_>=_", kFunction, "timestamp, timestamp -> bool", never},
    {"_>=_", kFunction, "duration, duration -> bool", never},
};

}  // namespace

std::span<const FunctionRow> operator_functions() noexcept {
  return kOperators;
}

}  // namespace junctor::lang::cel
