#include "lang/cel/well_known.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "lang/cel/containers.h"
#include "lang/cel/moment.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

Value out_of_range(std::string_view text) noexcept {
  return Machine::fail(Fault::out_of_range, text);
}

Value same(Machine& /*machine*/, Arguments a) {
  return a[0];
}

Value int32(Machine& /*machine*/, Arguments a) {
  const std::int64_t value = a[0].as_int64();
  if (std::in_range<std::int32_t>(value)) return a[0];
  return out_of_range("the number is out of the range of 32 bits");
}

Value uint32(Machine& /*machine*/, Arguments a) {
  const std::uint64_t value = a[0].as_uint64();
  if (std::in_range<std::uint32_t>(value)) return a[0];
  return out_of_range("the number is out of the range of 32 bits");
}

Value float32(Machine& /*machine*/, Arguments a) {
  const double value = a[0].as_float64();
  // What no float can hold is infinite; the conversion itself would not be defined.
  if (std::abs(value) > std::numeric_limits<float>::max())
    return Value::float64(std::copysign(HUGE_VAL, value));
  return Value::float64(static_cast<double>(static_cast<float>(value)));
}

Value timestamp(Machine& /*machine*/, Arguments a) {
  const std::int64_t nanos = a[1].as_int64();
  const Moment moment{.seconds = a[0].as_int64(), .nanos = static_cast<std::int32_t>(nanos)};
  if (nanos < 0 || nanos >= kNanosPerSecond || !fits_timestamp(moment))
    return out_of_range("the timestamp is out of the range of the years 1 to 9999");
  return Value::timestamp(moment);
}

Value duration(Machine& /*machine*/, Arguments a) {
  const std::int64_t nanos = a[1].as_int64();
  const Moment moment{.seconds = a[0].as_int64(), .nanos = static_cast<std::int32_t>(nanos)};
  if (nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond || !fits_duration(moment))
    return out_of_range("the duration is out of range: it may have about 10000 years");
  const bool is_mixed = (moment.seconds < 0 && nanos > 0) || (moment.seconds > 0 && nanos < 0);
  if (is_mixed) return out_of_range("the seconds and the nanos of a duration have one sign");
  return Value::duration(moment);
}

Value null(Machine& /*machine*/, Arguments /*arguments*/) {
  return {};
}

// As JSON has it: numbers are doubles, or texts where no double is as exact; keys are texts.
class JsonTaker {
 public:
  explicit JsonTaker(Machine& machine) noexcept : machine_{machine} {}

  Value take(const Value& value, std::size_t depth) {
    switch (value.kind()) {
      case Kind::null:
      case Kind::boolean:
      case Kind::float64:
      case Kind::string:
      case Kind::error: return value;
      case Kind::int64: return number(value.as_int64());
      case Kind::uint64: return number(value.as_uint64());
      case Kind::list: return depth == 0 ? too_deep() : list(value, depth - 1);
      case Kind::map: return depth == 0 ? too_deep() : map(value, depth - 1);
      default: return Machine::fail(Fault::invalid_argument, "a value that JSON does not have");
    }
  }

 private:
  static Value too_deep() noexcept { return Machine::fail(Fault::too_deep, {}); }
  template <class Integer>
  Value number(Integer value) {
    constexpr Integer kExactMax = Integer{1} << 53U;
    // Adding keeps the least int within its range.
    const bool is_exact = value <= kExactMax && (value >= 0 || value + kExactMax >= 0);
    return is_exact ? Value::float64(static_cast<double>(value))
                    : machine_.copy_string(std::to_string(value));
  }
  Value list(const Value& list, std::size_t depth) {
    if (!machine_.charge_walk(list)) return machine_.stopped();
    Value* const elements = machine_.allocate<Value>(size_of(list));
    if (elements == nullptr) return machine_.stopped();
    std::size_t size = 0;
    Value each;
    for (ListCursor cursor{list}; cursor.next(each); ++size) {
      elements[size] = take(each, depth);
      if (elements[size].is_error()) return elements[size];
    }
    return Value::list({elements, size});
  }
  Value map(const Value& map, std::size_t depth) {
    if (!machine_.charge_walk(map)) return machine_.stopped();
    MapEntry* const entries = machine_.allocate<MapEntry>(size_max_of(map));
    if (entries == nullptr) return machine_.stopped();
    std::size_t size = 0;
    Value key;
    Value value;
    for (MapCursor cursor{map}; cursor.next(key, value); ++size) {
      if (!key.is(Kind::string))
        return Machine::fail(Fault::invalid_argument, "a key that JSON does not have");
      entries[size] = {.key = key, .value = take(value, depth)};
      if (entries[size].value.is_error()) return entries[size].value;
    }
    return machine_.map_of({entries, size});
  }

  Machine& machine_;
};

Value json(Machine& machine, Arguments a) {
  return JsonTaker{machine}.take(a[0], kValueDepthMax);
}

struct Declared {
  std::string_view message;
  std::array<std::string_view, 2> fields;
  std::string_view signature;
  Implementation run;
};

// What may be null elsewhere is dyn here: a wrapper is compared with null, too.
constexpr Declared kDeclared[] = {
    {"google.protobuf.BoolValue", {"value"}, "bool -> dyn", same},
    {"google.protobuf.BytesValue", {"value"}, "bytes -> dyn", same},
    {"google.protobuf.DoubleValue", {"value"}, "double -> dyn", same},
    {"google.protobuf.FloatValue", {"value"}, "double -> dyn", float32},
    {"google.protobuf.Int32Value", {"value"}, "int -> dyn", int32},
    {"google.protobuf.Int64Value", {"value"}, "int -> dyn", same},
    {"google.protobuf.UInt32Value", {"value"}, "uint -> dyn", uint32},
    {"google.protobuf.UInt64Value", {"value"}, "uint -> dyn", same},
    {"google.protobuf.StringValue", {"value"}, "string -> dyn", same},
    {"google.protobuf.Timestamp", {"seconds", "nanos"}, "int, int -> timestamp", timestamp},
    {"google.protobuf.Duration", {"seconds", "nanos"}, "int, int -> duration", duration},
    {"google.protobuf.ListValue", {"values"}, "list(dyn) -> list(dyn)", json},
    {"google.protobuf.Struct", {"fields"}, "map(string, dyn) -> map(string, dyn)", json},
    {"google.protobuf.Value", {"null_value"}, "int -> dyn", null},
    {"google.protobuf.Value", {"bool_value"}, "bool -> dyn", same},
    {"google.protobuf.Value", {"number_value"}, "double -> dyn", same},
    {"google.protobuf.Value", {"string_value"}, "string -> dyn", same},
    {"google.protobuf.Value", {"list_value"}, "list(dyn) -> dyn", json},
    {"google.protobuf.Value", {"struct_value"}, "map(string, dyn) -> dyn", json},
};

std::span<const MessageRow> rows() {
  static const std::vector<MessageRow> kRows = [] {
    static TypePool pool;
    std::vector<MessageRow> made;
    for (const Declared& each : kDeclared) {
      Result<Overload> overload =
          make_overload({each.message, CallStyle::function, each.signature, each.run}, pool);
      JUNCTOR_ASSERT(overload.has_value());
      JUNCTOR_ASSERT(overload->parameters.size() == (each.fields[1].empty() ? 1 : 2));
      made.push_back(
          {.message = each.message, .fields = each.fields, .make = *std::move(overload)});
    }
    return made;
  }();
  return kRows;
}

}  // namespace

bool is_well_known(std::string_view message) noexcept {
  return std::ranges::find(kDeclared, message, &Declared::message) != std::end(kDeclared);
}

const MessageRow* well_known_message(std::string_view message,
                                     std::span<const std::string_view> fields) noexcept {
  for (const MessageRow& row : rows()) {
    const bool has_all = std::ranges::all_of(fields, [&](std::string_view field) {
      return std::ranges::find(row.fields, field) != row.fields.end();
    });
    if (row.message == message && has_all) return &row;
  }
  return nullptr;
}

Value zero_of(const Type* field) noexcept {
  static constexpr MapData kNoEntries{};
  switch (field->kind) {
    case TypeKind::boolean: return Value::boolean(false);
    case TypeKind::int64: return Value::int64(0);
    case TypeKind::uint64: return Value::uint64(0);
    case TypeKind::float64: return Value::float64(0);
    case TypeKind::string: return Value::string({});
    case TypeKind::bytes: return Value::bytes({});
    case TypeKind::list: return Value::list({});
    case TypeKind::map: return Value::map(kNoEntries);
    default: return {};
  }
}

}  // namespace junctor::lang::cel
