// Evaluates CEL expressions, to be compared with cel-go by cel_differential.py.
//
//   cel_eval_main < LINES
//
// Each line is {"expr": ..., "input": {...}}, and is answered by one: {"value": ...} with the types
// of all parts, so that the int 1 is not the double 1, or {"error": ...} with what went wrong.
// Where the checker refuses, "refused" says why, and the rest is what comes of it without checking.

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/text.h"
#include "lang/cel/containers.h"
#include "lang/cel/moment.h"
#include "lang/cel/program.h"
#include "lang/cel/value_json.h"
#include "lang/json_tree.h"
#include "wire/json_write.h"

namespace junctor::lang::cel {
namespace {

struct Declared {
  const char* name;
  const char* type;
};
// What the inputs hold; as in cel_differential/main.go.
constexpr Declared kVariables[] = {
    {"m", "map(string, dyn)"},
    {"l", "list(dyn)"},
    {"d", "dyn"},
    {"s", "string"},
    {"t", "string"},
    {"b", "bool"},
    {"f", "double"},
    {"i", "int"},
    {"j", "int"},
    {"u", "uint"},
    {"k", "list(int)"},
};

std::string tagged(std::string_view type, std::string_view text) {
  return fmt::format("{{\"{}\":{}}}", type, wire::quoted_json(text));
}

std::string describe(const Value& value);

std::string describe_list(const Value& list) {
  std::string text;
  Value each;
  for (ListCursor cursor{list}; cursor.next(each);)
    text += (text.empty() ? "" : ",") + describe(each);
  return "[" + text + "]";
}

std::string describe_map(const Value& map) {
  std::string text;
  Value key;
  Value value;
  for (MapCursor cursor{map}; cursor.next(key, value);)
    text += fmt::format("{}[{},{}]", text.empty() ? "" : ",", describe(key), describe(value));
  return "{\"map\":[" + text + "]}";
}

// In nanoseconds, as cel-go has them; what is too long for it, as text.
std::string describe_duration(Moment duration) {
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(duration.seconds, kNanosPerSecond, &nanos) ||
      __builtin_add_overflow(nanos, duration.nanos, &nanos))
    return tagged("duration", duration_text(duration));
  return fmt::format("{{\"duration\":{}}}", nanos);
}

std::string describe(const Value& value) {
  switch (value.kind()) {
    case Kind::null: return "null";
    case Kind::boolean: return value.as_boolean() ? "true" : "false";
    case Kind::int64: return tagged("int", std::to_string(value.as_int64()));
    case Kind::uint64: return tagged("uint", std::to_string(value.as_uint64()));
    case Kind::float64:
      if (std::isnan(value.as_float64())) return tagged("double", "nan");
      return tagged("double",
                    fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value.as_float64())));
    case Kind::string: return tagged("string", value.text());
    case Kind::bytes: return tagged("bytes", base64_encode(value.text()));
    case Kind::type: return tagged("type", value.text());
    case Kind::list: return describe_list(value);
    case Kind::map: return describe_map(value);
    case Kind::timestamp: return tagged("timestamp", timestamp_text(value.moment()));
    case Kind::duration: return describe_duration(value.moment());
    case Kind::optional:
      return "{\"optional\":[" + (value.held() == nullptr ? "" : describe(*value.held())) + "]}";
    default: return tagged("unknown", fault_name(value.fault()));
  }
}

// A member, as "value" is one.
std::string failed(std::string_view stage, const Error& error) {
  return "\"error\":" +
         wire::quoted_json(fmt::format("{}: {}: {}", stage, error.reason(), error.detail()));
}

class Runner {
 public:
  bool set_up() {
    for (Environment* const environment : {&environment_, &unchecked_}) {
      environment->enable(Extensions::all());
      for (const Declared& each : kVariables) {
        if (!environment->declare(each.name, each.type)) return false;
      }
    }
    unchecked_.set_typing(Typing::dynamic);
    return true;
  }
  std::string run(std::string_view line) {
    if (const auto filled = tree_.fill(line); !filled)
      return "{" + failed("input", filled.error()) + "}";
    const std::string_view expression = tree_.root().find("expr").text();
    const auto program = compile(expression, environment_);
    if (program) return "{" + evaluated(**program) + "}";
    const auto unchecked = compile(expression, unchecked_);
    return fmt::format("{{\"refused\":{},{}}}", wire::quoted_json(program.error().detail()),
                       unchecked ? evaluated(**unchecked) : failed("compile", unchecked.error()));
  }

 private:
  std::string evaluated(const Program& program) {
    Activation activation{program};
    for (const JsonNamed& each : tree_.root().find("input").members())
      activation.bind(each.name, each.value);
    const auto value = evaluate(program, activation, scratch_);
    if (!value) return failed("evaluate", value.error());
    // As `junctor cel eval` would print it; the reader of this line sees that it is JSON.
    const auto json = to_json(*value);
    return fmt::format("\"value\":{},\"json\":{}", describe(*value),
                       json ? *json : wire::quoted_json(json.error().reason()));
  }

  Environment environment_;
  Environment unchecked_;
  JsonTree tree_;
  Scratch scratch_;
};

int run_lines() {
  Runner runner;
  if (!runner.set_up()) return 2;
  std::string line;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    fmt::print("{}\n", runner.run(line));
    line.clear();
  }
  return 0;
}

}  // namespace
}  // namespace junctor::lang::cel

int main() {
  return junctor::lang::cel::run_lines();
}
