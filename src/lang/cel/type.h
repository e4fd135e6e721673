#pragma once
// Types as the checker knows them: finer than the kinds of values.
//
// Types are immutable and shared by address within a pool; the same type may be there twice, so
// compare with is_same(). A parameter ("A" in "list(A)") stands for any type.
//
// Source:  CEL language definition, "Gradual Type Checking".
// Limits:  kTypeDepthMax nested types in a text.
// Errors:  invalid_argument "bad_type".
// Threads: a pool has one owner while it grows; types may be read from all.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/cel/value.h"

namespace junctor::lang::cel {

inline constexpr std::size_t kTypeDepthMax = 16;

enum class TypeKind : std::uint8_t {
  dyn,
  null,
  boolean,
  int64,
  uint64,
  float64,
  string,
  bytes,
  timestamp,
  duration,
  list,       // Of one parameter.
  map,        // Of two.
  type,       // Of one: the type it is the value of.
  opaque,     // By name: optional_type(T), net.IP, those of the host.
  parameter,  // By name.
};

struct Type {
  TypeKind kind = TypeKind::dyn;
  std::string name;  // Of an opaque type or a parameter.
  std::vector<const Type*> parameters;

  [[nodiscard]] bool is(TypeKind other) const noexcept { return kind == other; }
  [[nodiscard]] bool is_optional() const noexcept {
    return kind == TypeKind::opaque && name == "optional_type";
  }
};

class TypePool {
 public:
  const Type* add(TypeKind kind, std::vector<const Type*> parameters = {}, std::string name = {}) {
    return &types_.emplace_back(Type{kind, std::move(name), std::move(parameters)});
  }

 private:
  std::deque<Type> types_;
};

// Of no parameters; they live as long as the process.
[[nodiscard]] const Type* simple_type(TypeKind kind) noexcept;
[[nodiscard]] bool is_same(const Type* a, const Type* b) noexcept;
// "map(string, dyn)"; a parameter by its name.
[[nodiscard]] std::string type_text(const Type* type);
// The name of the value that type() gives for it: "map".
[[nodiscard]] std::string_view runtime_name(const Type* type) noexcept;

// bool, int, uint, double, string, bytes, null_type, dyn, timestamp, duration, list(T), map(K, V),
// type(T), optional_type(T), or another dotted name with or without parameters. A name of one
// capital letter is a parameter. "list" is "list(dyn)".
[[nodiscard]] Result<const Type*> parse_type(std::string_view text, TypePool& pool);
// "string, int -> bool": the parameters, and the result last.
[[nodiscard]] Result<std::vector<const Type*>> parse_signature(std::string_view text,
                                                               TypePool& pool);

// One bit for each kind of value that a type may have.
using KindMask = std::uint32_t;
[[nodiscard]] constexpr KindMask mask_of(Kind kind) noexcept {
  return KindMask{1} << static_cast<unsigned>(kind);
}
inline constexpr KindMask kAnyKind = ~mask_of(Kind::error);
[[nodiscard]] KindMask mask_of(const Type* type) noexcept;

}  // namespace junctor::lang::cel
