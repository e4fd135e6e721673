#pragma once
// Value: what a CEL expression computes with. A small tagged value that owns nothing.
//
// It refers to memory of the program (constants), of the input (a JsonNode, used where it stands,
// without conversion) or of the evaluation's arena, and is valid as long as these are. Lists and
// maps are either arrays of values or JSON; containers.h hides which.
// Invariant: keys of a map are bool, int, uint or string, and no two of them are equal.
//
// A JSON number is a double, as CEL's JSON mapping says; in a variable that is declared with int or
// uint (or a list or map of these) it is that, and one that does not fit is an error value. Of
// members of equal name the last counts.
//
// Source:  CEL language definition, "Values", "JSON Data Conversion", "Equality", "Ordering".
// Limits:  kValueDepthMax nested containers are compared or written; deeper ones are unequal.
// Errors:  an error is a value too (Kind::error), because && and || may absorb it.
// Threads: values; safe from all as long as what they refer to does not change.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "lang/json_tree.h"

namespace junctor::lang::cel {

inline constexpr std::size_t kValueDepthMax = 256;

enum class Kind : std::uint8_t {
  null,
  boolean,
  int64,
  uint64,
  float64,
  string,
  bytes,
  list,
  map,
  timestamp,
  duration,
  type,
  optional,
  ip,
  cidr,
  error,
};

// What went wrong; fault_name() gives the reason of the Error that comes out.
enum class Fault : std::uint8_t {
  none,
  no_such_overload,
  no_such_key,
  no_field_selection,
  index_out_of_range,
  divide_by_zero,
  modulus_by_zero,
  overflow,
  out_of_range,
  invalid_argument,
  bad_conversion,
  duplicate_key,
  unsupported_key,
  no_value,
  undeclared,
  unbound,
  too_deep,
  cost_exceeded,
  memory_exceeded,
};
[[nodiscard]] std::string_view fault_name(Fault fault) noexcept;

// What the numbers of a JSON value are taken for.
enum class JsonNumbers : std::uint8_t { float64, int64, uint64 };

// Seconds since 1970-01-01T00:00:00Z, or a length of time; nanos have the sign of the seconds in a
// length of time, and are never negative in a point of time.
struct Moment {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const Moment&, const Moment&) = default;
};

// In network order, IPv4 in the first four bytes.
struct IpAddress {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint8_t family = 4;       // Or 6.
  std::uint8_t prefix_bits = 0;  // Of a network.
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

struct MapEntry;
struct MapData;

class Value {
 public:
  Value() noexcept : int64_{0} {}  // null
  [[nodiscard]] static Value boolean(bool value) noexcept {
    Value made{Kind::boolean};
    made.int64_ = value ? 1 : 0;
    return made;
  }
  [[nodiscard]] static Value int64(std::int64_t value) noexcept {
    Value made{Kind::int64};
    made.int64_ = value;
    return made;
  }
  [[nodiscard]] static Value uint64(std::uint64_t value) noexcept {
    Value made{Kind::uint64};
    made.uint64_ = value;
    return made;
  }
  [[nodiscard]] static Value float64(double value) noexcept {
    Value made{Kind::float64};
    made.float64_ = value;
    return made;
  }
  // Valid UTF-8 is the caller's promise.
  [[nodiscard]] static Value string(std::string_view text) noexcept {
    return of_text(Kind::string, text);
  }
  [[nodiscard]] static Value bytes(std::string_view text) noexcept {
    return of_text(Kind::bytes, text);
  }
  // A type by its name: "int", "list", "google.protobuf.Timestamp".
  [[nodiscard]] static Value type(std::string_view name) noexcept {
    return of_text(Kind::type, name);
  }
  [[nodiscard]] static Value list(std::span<const Value> elements) noexcept {
    Value made{Kind::list};
    made.values_ = elements.data();
    made.size_ = elements.size();
    return made;
  }
  [[nodiscard]] static Value map(const MapData& data) noexcept {
    Value made{Kind::map};
    made.map_ = &data;
    return made;
  }
  [[nodiscard]] static Value timestamp(Moment moment) noexcept {
    return of_moment(Kind::timestamp, moment);
  }
  [[nodiscard]] static Value duration(Moment moment) noexcept {
    return of_moment(Kind::duration, moment);
  }
  [[nodiscard]] static Value none() noexcept { return Value{Kind::optional}; }
  // `held` must live as long as the value.
  [[nodiscard]] static Value some(const Value& held) noexcept {
    Value made{Kind::optional};
    made.values_ = &held;
    made.size_ = 1;
    return made;
  }
  [[nodiscard]] static Value ip(const IpAddress& address) noexcept {
    return of_address(Kind::ip, address);
  }
  [[nodiscard]] static Value cidr(const IpAddress& network) noexcept {
    return of_address(Kind::cidr, network);
  }
  // `text`: what it is about (a key, a type) or a sentence.
  [[nodiscard]] static Value error(Fault fault, std::string_view text) noexcept {
    Value made = of_text(Kind::error, text);
    made.detail_ = static_cast<std::uint8_t>(fault);
    made.extra_ = -1;
    return made;
  }
  [[nodiscard]] static Value json(JsonNode node,
                                  JsonNumbers numbers = JsonNumbers::float64) noexcept;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is(Kind kind) const noexcept { return kind_ == kind; }
  [[nodiscard]] bool is_error() const noexcept { return kind_ == Kind::error; }
  [[nodiscard]] bool is_true() const noexcept { return kind_ == Kind::boolean && int64_ != 0; }
  [[nodiscard]] bool is_false() const noexcept { return kind_ == Kind::boolean && int64_ == 0; }
  [[nodiscard]] bool is_number() const noexcept {
    return kind_ == Kind::int64 || kind_ == Kind::uint64 || kind_ == Kind::float64;
  }

  // Each for a value of that kind.
  [[nodiscard]] bool as_boolean() const noexcept { return int64_ != 0; }
  [[nodiscard]] std::int64_t as_int64() const noexcept { return int64_; }
  [[nodiscard]] std::uint64_t as_uint64() const noexcept { return uint64_; }
  [[nodiscard]] double as_float64() const noexcept { return float64_; }
  // Of a string, of bytes, a type's name, an error's text.
  [[nodiscard]] std::string_view text() const noexcept { return {text_, size_}; }
  [[nodiscard]] Moment moment() const noexcept { return {.seconds = int64_, .nanos = extra_}; }
  [[nodiscard]] IpAddress address() const noexcept;
  [[nodiscard]] Fault fault() const noexcept { return static_cast<Fault>(detail_); }
  // Of an optional: null when there is none.
  [[nodiscard]] const Value* held() const noexcept { return size_ == 0 ? nullptr : values_; }

  // Of a list or map.
  [[nodiscard]] bool is_json() const noexcept { return is_json_; }
  [[nodiscard]] JsonNode node() const noexcept { return JsonNode{cell_}; }
  [[nodiscard]] JsonNumbers numbers() const noexcept { return static_cast<JsonNumbers>(detail_); }
  [[nodiscard]] std::span<const Value> elements() const noexcept { return {values_, size_}; }
  [[nodiscard]] const MapData& entries() const noexcept { return *map_; }

  // Where in the program an error came to be: a node's index, or -1.
  [[nodiscard]] std::int32_t node_index() const noexcept { return extra_; }
  void set_node_index(std::int32_t index) noexcept { extra_ = index; }

 private:
  explicit Value(Kind kind) noexcept : kind_{kind}, int64_{0} {}
  static Value of_text(Kind kind, std::string_view text) noexcept {
    Value made{kind};
    made.text_ = text.data();
    made.size_ = text.size();
    return made;
  }
  static Value of_moment(Kind kind, Moment moment) noexcept {
    Value made{kind};
    made.int64_ = moment.seconds;
    made.extra_ = moment.nanos;
    return made;
  }
  static Value of_address(Kind kind, const IpAddress& address) noexcept;
  static Value json_number(std::string_view token, JsonNumbers numbers) noexcept;

  Kind kind_ = Kind::null;
  bool is_json_ = false;
  std::uint8_t detail_ = 0;  // Fault, JsonNumbers or family.
  std::uint8_t prefix_ = 0;
  std::int32_t extra_ = 0;  // Nanoseconds or the node of an error.
  union {
    std::int64_t int64_;
    std::uint64_t uint64_;
    double float64_;
    const char* text_;
    const Value* values_;
    const MapData* map_;
    const JsonCell* cell_;
  };
  std::uint64_t size_ = 0;
};

static_assert(sizeof(Value) == 24 && std::is_trivially_copyable_v<Value>);

inline Value Value::json(JsonNode node, JsonNumbers numbers) noexcept {
  switch (node.kind()) {
    case JsonKind::none:
    case JsonKind::null: return {};
    case JsonKind::boolean: return boolean(node.is_true());
    case JsonKind::number: return json_number(node.text(), numbers);
    case JsonKind::string: return string(node.text());
    case JsonKind::array:
    case JsonKind::object: break;
  }
  Value made{node.is_array() ? Kind::list : Kind::map};
  made.is_json_ = true;
  made.detail_ = static_cast<std::uint8_t>(numbers);
  made.cell_ = node.cell();
  return made;
}

struct MapEntry {
  Value key;
  Value value;
};

// The entries of a map in their order, and perhaps a table to find them by.
struct MapData {
  const MapEntry* entries = nullptr;
  std::size_t size = 0;
  const std::uint32_t* table = nullptr;  // Index + 1 of an entry, or 0; by hash_of_key().
  std::size_t table_mask = 0;
};

// As `==` of two values of any kinds: numbers by value, else of equal kind. Errors equal nothing.
// Looks at no more than `steps` values (or pieces of 32 bytes of text), and takes those it looked
// at from it: at 0 the answer is unknown. (Values share their parts, so that a small one may be
// exponentially large to walk.)
[[nodiscard]] bool is_equal(const Value& a, const Value& b, std::uint64_t& steps) noexcept;
[[nodiscard]] bool is_equal(const Value& a, const Value& b) noexcept;
// As `<`: nothing where no order is defined between the two; unordered for a NaN.
[[nodiscard]] std::optional<std::partial_ordering> compare(const Value& a, const Value& b) noexcept;
// Whether values of this kind have an order among themselves.
[[nodiscard]] bool has_order(Kind kind) noexcept;
// For sorting values of one kind that has an order; a NaN stands before all other doubles.
[[nodiscard]] bool sorts_before(const Value& a, const Value& b) noexcept;

}  // namespace junctor::lang::cel
