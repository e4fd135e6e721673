#pragma once
// The functions of CEL: one table says for each overload its name, types and implementation, so
// that checker and evaluator cannot disagree.
//
// Invariant: overloads of one name and style differ in the number or in the kinds of their
// arguments, so that the kinds of the values alone choose one.
//
// Source:  CEL language definition, "Standard Definitions"; the documentation of the extensions.
// Limits:  kArgumentsMax arguments.
// Threads: built once, then immutable; safe from all.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/cel/extensions.h"
#include "lang/cel/machine.h"
#include "lang/cel/type.h"

namespace junctor::lang::cel {

inline constexpr std::size_t kArgumentsMax = 8;

enum class CallStyle : std::uint8_t { function, method };

struct Overload {
  std::string name;
  CallStyle style = CallStyle::function;
  std::vector<const Type*> parameters;
  const Type* result = nullptr;
  Implementation run = nullptr;
  const void* context = nullptr;
  std::array<KindMask, kArgumentsMax> kinds{};

  // Whether it takes values of these kinds.
  [[nodiscard]] bool takes(std::span<const Value> arguments) const noexcept {
    if (arguments.size() != parameters.size()) return false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if ((kinds[i] & mask_of(arguments[i].kind())) == 0) return false;
    }
    return true;
  }
};

// `signature`: "string, int -> bool"; a method's target is its first parameter.
struct FunctionRow {
  std::string_view name;
  CallStyle style;
  std::string_view signature;
  Implementation run;
};

[[nodiscard]] Result<Overload> make_overload(const FunctionRow& row, TypePool& pool);

// Those of the standard library, or of an extension. Live as long as the process.
[[nodiscard]] std::span<const Overload> library(std::optional<Extension> extension);

// The tables that library() is made of, each in its file.
[[nodiscard]] std::span<const FunctionRow> operator_functions() noexcept;
[[nodiscard]] std::span<const FunctionRow> conversion_functions() noexcept;
[[nodiscard]] std::span<const FunctionRow> text_functions() noexcept;
[[nodiscard]] std::span<const FunctionRow> time_functions() noexcept;
[[nodiscard]] std::span<const FunctionRow> string_extension() noexcept;
[[nodiscard]] std::span<const FunctionRow> math_extension() noexcept;
[[nodiscard]] std::span<const FunctionRow> list_extension() noexcept;
[[nodiscard]] std::span<const FunctionRow> set_extension() noexcept;
[[nodiscard]] std::span<const FunctionRow> encoder_extension() noexcept;
[[nodiscard]] std::span<const FunctionRow> optional_extension() noexcept;
[[nodiscard]] std::span<const FunctionRow> network_extension() noexcept;
// Stands in the rows of or() and orValue(), which the evaluator runs itself.
[[nodiscard]] Implementation optional_or() noexcept;

}  // namespace junctor::lang::cel
