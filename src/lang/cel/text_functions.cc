// size, contains, startsWith, endsWith and matches of the standard library.

#include "lang/cel/containers.h"
#include "lang/cel/library.h"
#include "lang/cel/utf8.h"
#include "lang/code_points.h"

namespace junctor::lang::cel {
namespace {

Value size_of_string(Machine& machine, Arguments a) {
  if (!machine.charge_bytes(a[0].text().size())) return machine.stopped();
  return Value::int64(static_cast<std::int64_t>(count_code_points(a[0].text())));
}

Value size_of_bytes(Machine& /*machine*/, Arguments a) {
  return Value::int64(static_cast<std::int64_t>(a[0].text().size()));
}

Value size_of_container(Machine& machine, Arguments a) {
  if (a[0].is(Kind::map) && a[0].is_json() && !machine.charge_walk(a[0])) return machine.stopped();
  return Value::int64(static_cast<std::int64_t>(size_of(a[0])));
}

Value contains(Machine& machine, Arguments a) {
  if (!machine.charge_search(a[0].text(), a[1].text())) return machine.stopped();
  return Value::boolean(find_text(a[0].text(), a[1].text()) != std::string_view::npos);
}

Value starts_with(Machine& machine, Arguments a) {
  if (!machine.charge_bytes(a[1].text().size())) return machine.stopped();
  return Value::boolean(a[0].text().starts_with(a[1].text()));
}

Value ends_with(Machine& machine, Arguments a) {
  if (!machine.charge_bytes(a[1].text().size())) return machine.stopped();
  return Value::boolean(a[0].text().ends_with(a[1].text()));
}

Value matches(Machine& machine, Arguments a) {
  const PatternCache::Found found = machine.patterns().get(a[1].text());
  // A pattern of the input is compiled when it is seen first.
  if (found.was_made && !machine.charge(found.pattern.compile_cost())) return machine.stopped();
  if (!found.pattern.is_valid())
    return machine.fail_with(
        Fault::invalid_argument,
        "this is no regular expression that can be used: " + found.pattern.problem());
  if (!machine.charge(found.pattern.cost(a[0].text().size()))) return machine.stopped();
  return Value::boolean(found.pattern.matches(a[0].text()));
}

constexpr auto kFunction = CallStyle::function;
constexpr auto kMethod = CallStyle::method;

constexpr FunctionRow kTexts[] = {
    {"size", kFunction, "string -> int", size_of_string},
    {"size", kFunction, "bytes -> int", size_of_bytes},
    {"size", kFunction, "list(A) -> int", size_of_container},
    {"size", kFunction, "map(A, B) -> int", size_of_container},
    {"size", kMethod, "string -> int", size_of_string},
    {"size", kMethod, "bytes -> int", size_of_bytes},
    {"size", kMethod, "list(A) -> int", size_of_container},
    {"size", kMethod, "map(A, B) -> int", size_of_container},
    {"contains", kMethod, "string, string -> bool", contains},
    {"startsWith", kMethod, "string, string -> bool", starts_with},
    {"endsWith", kMethod, "string, string -> bool", ends_with},
    {"matches", kMethod, "string, string -> bool", matches},
    {"matches", kFunction, "string, string -> bool", matches},
};

}  // namespace

std::span<const FunctionRow> text_functions() noexcept {
  return kTexts;
}

}  // namespace junctor::lang::cel
