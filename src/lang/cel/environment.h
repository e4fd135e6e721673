#pragma once
// Environment: what an expression may speak of: variables, functions, extensions; and its limits.
//
//   Environment environment;
//   JUNCTOR_CHECK(environment.declare("request", "map(string, dyn)"));
//   environment.enable(Extensions::all());
//   JUNCTOR_TRY(const auto program, compile("request.path.startsWith('/v1/')", environment));
//
// A program keeps what it needs: an environment may go before its programs.
//
// Source:  CEL language definition, "Name Resolution", "Evaluation Environment".
// Limits:  Limits, each with its default.
// Errors:  invalid_argument "bad_type", "bad_function", "bad_name".
// Threads: one owner while it is filled; then read by all.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "lang/cel/extensions.h"
#include "lang/cel/library.h"
#include "lang/cel/parser.h"
#include "lang/cel/time_zones.h"
#include "lang/cel/type.h"

namespace junctor::lang::cel {

// A function of the host. It must not keep its arguments, and gives a value that lives as long as
// they or the machine's arena do.
using HostFunction = std::function<Value(Machine&, std::span<const Value>)>;

enum class Typing : std::uint8_t {
  checked,  // Types are inferred, and what cannot work is refused by compile().
  dynamic,  // Names are resolved, and everything else shows when it runs.
};

class Environment {
 public:
  struct Limits {
    std::size_t expression_bytes_max = std::size_t{64} * 1024;
    std::size_t depth_max = 200;
    std::size_t expressions_max = 20'000;
    std::uint64_t cost_max = 250'000;  // Of one evaluation; see machine.h.
    std::size_t memory_bytes_max = std::size_t{4} * 1024 * 1024;  // Of one evaluation.
  };

  Environment();

  // `name` may have dots; `type` as parse_type() reads it.
  [[nodiscard]] Result<> declare(std::string_view name, std::string_view type);
  // `signature`: "string, int -> bool". A method's target is its first parameter. Kinds that an
  // overload of that name has already are refused.
  [[nodiscard]] Result<> define(std::string_view name, CallStyle style, std::string_view signature,
                                HostFunction function);
  void enable(Extensions extensions);
  // "a.b": names are looked for as a.b.name, a.name and name.
  void set_container(std::string_view container) { container_ = container; }
  void set_typing(Typing typing) noexcept { typing_ = typing; }
  void set_macros(Macros macros) noexcept { macros_ = macros; }
  void set_time_zones(std::shared_ptr<const TimeZones> zones) { zones_ = std::move(zones); }
  void set_limits(const Limits& limits) noexcept { limits_ = limits; }

  // For the compiler.
  struct Variable {
    std::string_view name;
    const Type* type = nullptr;
  };
  // The variable or type of that exact name; its type is null when there is none.
  [[nodiscard]] const Type* variable(std::string_view name) const;
  [[nodiscard]] const Type* type_named(std::string_view name) const;
  [[nodiscard]] std::span<const Overload* const> functions(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names_like_variables() const;
  [[nodiscard]] std::vector<std::string_view> names_like_functions() const;
  [[nodiscard]] Extensions extensions() const noexcept { return extensions_; }
  [[nodiscard]] std::string_view container() const noexcept { return container_; }
  [[nodiscard]] Typing typing() const noexcept { return typing_; }
  [[nodiscard]] Macros macros() const noexcept { return macros_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] const std::shared_ptr<const TimeZones>& time_zones() const noexcept {
    return zones_;
  }
  // What programs keep alive.
  [[nodiscard]] std::shared_ptr<const void> host() const noexcept { return host_; }

 private:
  // The host's functions and their types, which programs share.
  struct Host {
    TypePool types;
    std::deque<HostFunction> functions;
    std::deque<Overload> overloads;
  };
  void add(const Overload& overload);

  std::shared_ptr<Host> host_;
  std::map<std::string, const Type*, std::less<>> variables_;
  std::map<std::string, const Type*, std::less<>> types_;
  std::unordered_map<std::string_view, std::vector<const Overload*>> functions_;
  Extensions extensions_;
  std::string container_;
  Typing typing_ = Typing::checked;
  Macros macros_ = Macros::on;
  std::shared_ptr<const TimeZones> zones_;
  Limits limits_;
};

}  // namespace junctor::lang::cel
