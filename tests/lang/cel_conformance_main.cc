// Runs the official CEL conformance tests, which tests/lang/cel_conformance turns into JSON.
//
//   cel_conformance_main ZONEINFO_DIRECTORY FILE.json...
//
// One line a test: "pass", or "fail" and why, with its name (file/section/test) between tabs. A
// test that is checked must give the same when its types are not checked.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "lang/cel/containers.h"
#include "lang/cel/moment.h"
#include "lang/cel/program.h"
#include "lang/cel/value_text.h"
#include "lang/json_tree.h"

namespace junctor::lang::cel {
namespace {

std::optional<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"),
                                                             &std::fclose};
  if (!file) return std::nullopt;
  std::string text;
  std::vector<char> piece(1U << 16U);
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), file.get()))
    text.append(piece.data(), size);
  return text;
}

std::string text_of(JsonNode node) {
  return node ? std::string{node.text()} : std::string{};
}

// The zones that the tests name.
std::shared_ptr<const TimeZones> read_zones(const std::string& directory) {
  auto zones = std::make_shared<TimeZones>();
  for (const char* name :
       {"Australia/Sydney", "US/Central", "America/St_Johns", "Asia/Kathmandu"}) {
    const auto bytes = read_file(directory + "/" + name);
    if (!bytes || !zones->add(name, *bytes))
      fmt::print(stderr, "the time zone {} could not be read\n", name);
  }
  return zones;
}

// The messages that stand for values of CEL, and what they stand for.
struct KnownMessage {
  std::string_view name;
  std::string_view type;
};
constexpr KnownMessage kKnownMessages[] = {
    {"BoolValue", "bool"},      {"BytesValue", "bytes"},        {"DoubleValue", "double"},
    {"FloatValue", "double"},   {"Int32Value", "int"},          {"Int64Value", "int"},
    {"UInt32Value", "uint"},    {"UInt64Value", "uint"},        {"StringValue", "string"},
    {"ListValue", "list(dyn)"}, {"Struct", "map(string, dyn)"}, {"Value", "dyn"},
    {"Duration", "duration"},   {"Timestamp", "timestamp"},
};

std::optional<std::string> type_of_message(std::string_view name) {
  constexpr std::string_view kPackage = "google.protobuf.";
  if (!name.starts_with(kPackage)) return std::nullopt;
  for (const KnownMessage& known : kKnownMessages) {
    if (known.name == name.substr(kPackage.size())) return std::string{known.type};
  }
  return std::nullopt;
}

// A type of the tests as our text; nothing for those of protocol buffers.
std::optional<std::string> type_of(JsonNode type) {
  if (const JsonNode message = type.find("messageType")) return type_of_message(message.text());
  if (type.find("dyn")) return "dyn";
  if (type.find("null")) return "null_type";
  if (const JsonNode parameter = type.find("typeParam")) return text_of(parameter);
  if (const JsonNode primitive = type.find("primitive")) {
    const std::string name = text_of(primitive);
    if (name == "INT64") return "int";
    if (name == "UINT64") return "uint";
    return to_lower(name);
  }
  if (const JsonNode known = type.find("wellKnown")) {
    if (known.text() == "TIMESTAMP") return "google.protobuf.Timestamp";
    if (known.text() == "DURATION") return "google.protobuf.Duration";
    return "dyn";
  }
  if (const JsonNode list = type.find("listType")) {
    const auto element = type_of(list.find("elemType"));
    if (!element) return std::nullopt;
    return "list(" + *element + ")";
  }
  if (const JsonNode map = type.find("mapType")) {
    const auto key = type_of(map.find("keyType"));
    const auto value = type_of(map.find("valueType"));
    if (!key || !value) return std::nullopt;
    return "map(" + *key + ", " + *value + ")";
  }
  if (const JsonNode inner = type.find("type")) {
    const auto held = type_of(inner);
    if (!held) return std::nullopt;
    return "type(" + *held + ")";
  }
  if (const JsonNode abstract = type.find("abstractType")) {
    std::string text;
    for (const JsonNode each : abstract.find("parameterTypes").elements()) {
      const auto parameter = type_of(each);
      if (!parameter) return std::nullopt;
      text += (text.empty() ? "" : ", ") + *parameter;
    }
    return text_of(abstract.find("name")) + (text.empty() ? "" : "(" + text + ")");
  }
  return std::nullopt;
}

// A value of the tests; nothing for messages of protocol buffers.
class Values {
 public:
  std::optional<Value> read(JsonNode node) {
    if (const JsonNode value = node.find("boolValue")) return Value::boolean(value.is_true());
    if (const JsonNode value = node.find("int64Value"))
      return Value::int64(std::strtoll(text_of(value).c_str(), nullptr, 10));
    if (const JsonNode value = node.find("uint64Value"))
      return Value::uint64(std::strtoull(text_of(value).c_str(), nullptr, 10));
    if (const JsonNode value = node.find("doubleValue"))
      return Value::float64(std::strtod(text_of(value).c_str(), nullptr));
    if (const JsonNode value = node.find("stringValue")) return Value::string(value.text());
    if (const JsonNode value = node.find("typeValue")) return Value::type(value.text());
    if (const JsonNode value = node.find("bytesValue"))
      return Value::bytes(arena_.copy(base64_decode(value.text()).value_or("")));
    if (const JsonNode value = node.find("listValue")) return list(value);
    if (const JsonNode value = node.find("mapValue")) return map(value);
    if (const JsonNode value = node.find("objectValue")) return object(value);
    if (node.find("nullValue")) return Value{};
    return std::nullopt;
  }

 private:
  std::optional<Value> list(JsonNode node) {
    const JsonNode values = node.find("values");
    auto* const elements = arena_.allocate_array<Value>(values.size());
    std::size_t size = 0;
    for (const JsonNode each : values.elements()) {
      const auto value = read(each);
      if (!value) return std::nullopt;
      elements[size++] = *value;
    }
    return Value::list({elements, size});
  }
  std::optional<Value> map(JsonNode node) {
    const JsonNode entries = node.find("entries");
    auto* const made = arena_.allocate_array<MapEntry>(entries.size());
    std::size_t size = 0;
    for (const JsonNode each : entries.elements()) {
      const auto key = read(each.find("key"));
      const auto value = read(each.find("value"));
      if (!key || !value) return std::nullopt;
      made[size++] = {.key = *key, .value = *value};
    }
    return Value::map(*make_map(arena_, {made, size}));
  }
  // A message that stands for a value of CEL.
  std::optional<Value> object(JsonNode node) {
    const std::string url = text_of(node.find("@type"));
    const auto type = type_of_message(std::string_view{url}.substr(url.find('/') + 1));
    const JsonNode held = node.find("value");
    const std::string text = text_of(held);
    if (!type || !held) return std::nullopt;
    if (*type == "duration") {
      const auto parsed = parse_duration(text).moment;
      return parsed ? std::optional{Value::duration(*parsed)} : std::nullopt;
    }
    if (*type == "timestamp") {
      const auto parsed = parse_timestamp(text).moment;
      return parsed ? std::optional{Value::timestamp(*parsed)} : std::nullopt;
    }
    if (*type == "int") return Value::int64(std::strtoll(text.c_str(), nullptr, 10));
    if (*type == "uint") return Value::uint64(std::strtoull(text.c_str(), nullptr, 10));
    if (*type == "bytes") return Value::bytes(arena_.copy(base64_decode(text).value_or("")));
    return Value::json(held);
  }

  Arena arena_{std::size_t{1} << 28U};
};

// Of the same kind and value all the way down; NaN is itself here.
bool is_identical(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::float64) && std::isnan(a.as_float64())) return std::isnan(b.as_float64());
  if (a.is(Kind::list)) {
    if (size_of(a) != size_of(b)) return false;
    for (std::size_t i = 0; i < size_of(a); ++i) {
      if (!is_identical(*element(a, i), *element(b, i))) return false;
    }
    return true;
  }
  if (!a.is(Kind::map)) return is_equal(a, b);
  if (size_of(a) != size_of(b)) return false;
  Value key;
  Value value;
  for (MapCursor cursor{a}; cursor.next(key, value);) {
    const auto other = find(b, key);
    if (!other || !is_identical(value, *other)) return false;
  }
  return true;
}

// Why something failed, when an error is what the test wants: it must not be for want of protocol
// buffers, which would be the wrong reason.
std::string check_reason(const std::string& detail) {
  for (const char* word : {"no messages here", "\"TestAllTypes\"", "\"GlobalEnum\""}) {
    if (detail.contains(word)) return "fails for want of protocol buffers: " + detail;
  }
  return {};
}

class Test {
 public:
  Test(JsonNode test, std::shared_ptr<const TimeZones> zones)
      : test_{test}, zones_{std::move(zones)} {}

  // Why it fails; empty when it passes.
  std::string run() {
    const bool is_checked = !test_.find("disableCheck").is_true();
    std::string failed = run(is_checked ? Typing::checked : Typing::dynamic);
    if (failed.empty() && is_checked && !test_.find("checkOnly").is_true()) {
      failed = run(Typing::dynamic);
      if (!failed.empty()) failed = "without checking: " + failed;
    }
    return failed;
  }

 private:
  std::string set_up(Environment& environment, Typing typing) {
    Extensions extensions = Extensions::all();
    extensions.add(Extension::blocks);
    environment.enable(extensions);
    environment.set_typing(typing);
    environment.set_time_zones(zones_);
    environment.set_container(text_of(test_.find("container")));
    if (test_.find("disableMacros").is_true()) environment.set_macros(Macros::off);
    for (const JsonNamed& binding : test_.find("bindings").members()) {
      if (!environment.declare(binding.name, "dyn")) return "a name cannot be declared";
    }
    for (const JsonNode each : test_.find("typeEnv").elements()) {
      const std::string name = text_of(each.find("name"));
      if (const JsonNode identifier = each.find("ident")) {
        const auto type = type_of(identifier.find("type"));
        if (!type) return "the variable " + name + " has a type of protocol buffers";
        if (!environment.declare(name, *type)) return "bad type " + *type;
      }
      for (const JsonNode overload : each.find("function").find("overloads").elements()) {
        std::string signature;
        for (const JsonNode parameter : overload.find("params").elements())
          signature += (signature.empty() ? "" : ", ") + type_of(parameter).value_or("?");
        signature += " -> " + type_of(overload.find("resultType")).value_or("?");
        const CallStyle style =
            overload.find("isInstanceFunction").is_true() ? CallStyle::method : CallStyle::function;
        const auto defined =
            environment.define(name, style, signature, [](Machine&, std::span<const Value>) {
              return Machine::fail(Fault::invalid_argument, "declared only");
            });
        if (!defined) return defined.error().detail();
      }
    }
    return {};
  }

  std::string run(Typing typing) {
    Environment environment;
    if (std::string failed = set_up(environment, typing); !failed.empty()) return failed;
    const std::string expression = text_of(test_.find("expr"));
    const bool wants_error = test_.find("evalError") || test_.find("anyEvalErrors");
    const auto program = compile(expression, environment);
    if (!program)
      return wants_error ? check_reason(program.error().detail())
                         : "does not compile: " + program.error().detail();
    const JsonNode typed = test_.find("typedResult");
    if (typed && typing == Typing::checked) {
      const auto type = type_of(typed.find("deducedType"));
      if (!type) return "the result has a type of protocol buffers";
      if ((*program)->result_type() != *type)
        return fmt::format("type {}, and not {}", (*program)->result_type(), *type);
    }
    if (test_.find("checkOnly").is_true()) return {};
    Activation activation{**program};
    for (const JsonNamed& binding : test_.find("bindings").members()) {
      const auto value = values_.read(binding.value.find("value"));
      if (!value) return "a variable is bound to a message of protocol buffers";
      activation.bind(binding.name, *value);
    }
    Scratch scratch;
    const auto result = evaluate(**program, activation, scratch);
    if (!result)
      return wants_error ? check_reason(result.error().detail())
                         : "fails: " + result.error().detail();
    if (wants_error) return "no error, but " + to_text(*result);
    std::optional<Value> wanted = Value::boolean(true);
    if (const JsonNode value = test_.find("value")) wanted = values_.read(value);
    if (typed) wanted = values_.read(typed.find("result"));
    if (!wanted) return "the result is a message of protocol buffers, and not " + to_text(*result);
    if (is_identical(*result, *wanted)) return {};
    return fmt::format("gives {}, and not {}", to_text(*result), to_text(*wanted));
  }

  JsonNode test_;
  std::shared_ptr<const TimeZones> zones_;
  Values values_;
};

int run_file(const std::string& path, const std::shared_ptr<const TimeZones>& zones) {
  const auto text = read_file(path);
  JsonTree tree;
  if (!text || !tree.fill(*text)) {
    fmt::print(stderr, "{} cannot be read as JSON\n", path);
    return 1;
  }
  const JsonNode file = tree.root();
  for (const JsonNode section : file.find("section").elements()) {
    for (const JsonNode test : section.find("test").elements()) {
      std::string failed = Test{test, zones}.run();
      for (char& c : failed) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
      }
      fmt::print("{}\t{}/{}/{}\t{}\n", failed.empty() ? "pass" : "fail", file.find("name").text(),
                 section.find("name").text(), test.find("name").text(), failed);
    }
  }
  return 0;
}

}  // namespace
}  // namespace junctor::lang::cel

int main(int count, char** arguments) {
  if (count < 3) {
    fmt::print(stderr, "usage: cel_conformance_main ZONEINFO_DIRECTORY FILE.json...\n");
    return 2;
  }
  const auto zones = junctor::lang::cel::read_zones(arguments[1]);
  int failed = 0;
  for (int i = 2; i < count; ++i) failed |= junctor::lang::cel::run_file(arguments[i], zones);
  return failed;
}
