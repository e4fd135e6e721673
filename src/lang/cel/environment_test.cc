// Goal: an environment takes declarations that make sense and refuses others, and its functions are
// called. Method: declarations, good and bad, and expressions that use them.

#include "lang/cel/environment.h"

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

Value answer(Machine& /*machine*/, std::span<const Value> /*arguments*/) {
  return Value::int64(42);
}

TEST(Environment, RefusesBadNamesAndTypes) {
  Environment environment;
  for (const char* name : {"", ".", "a.", ".a", "1a", "a..b", "a-b", "a b"})
    EXPECT_EQ(environment.declare(name, "int").error().reason(), "bad_name") << name;
  EXPECT_EQ(environment.declare("a", "list(").error().reason(), "bad_type");
  EXPECT_TRUE(environment.declare("a.b_1", "list(int)"));
}

TEST(Environment, RefusesFunctionsThatCouldNotBeToldApart) {
  Environment environment;
  EXPECT_EQ(
      environment.define("size", CallStyle::function, "string -> int", answer).error().reason(),
      "bad_function");
  EXPECT_EQ(environment.define("size", CallStyle::function, "dyn -> int", answer).error().reason(),
            "bad_function");
  EXPECT_EQ(environment.define("m", CallStyle::method, "-> int", answer).error().reason(),
            "bad_function");
  EXPECT_EQ(environment
                .define("f", CallStyle::function,
                        "int, int, int, int, int, int, int, int, int -> int", answer)
                .error()
                .reason(),
            "bad_function");
  EXPECT_TRUE(environment.define("size", CallStyle::function, "int -> int", answer));
  EXPECT_EQ(testing::run("size(1) + size('abc')", environment), "45");
}

TEST(Environment, HostFunctionsAreCalled) {
  Environment environment;
  ASSERT_TRUE(environment.define("host.greet", CallStyle::function, "string -> string",
                                 [](Machine& machine, std::span<const Value> arguments) {
                                   return machine.copy_string("hello " +
                                                              std::string{arguments[0].text()});
                                 }));
  ASSERT_TRUE(environment.define("greets", CallStyle::method, "string, string -> bool",
                                 [](Machine&, std::span<const Value> arguments) {
                                   return Value::boolean(arguments[0].text() > arguments[1].text());
                                 }));
  ASSERT_TRUE(environment.define("fails", CallStyle::function, "-> bool",
                                 [](Machine& machine, std::span<const Value>) {
                                   return machine.fail_with(Fault::invalid_argument,
                                                            "it is "
                                                            "so");
                                 }));
  EXPECT_EQ(testing::run("host.greet('you')", environment), "\"hello you\"");
  EXPECT_EQ(testing::run("'b'.greets('a')", environment), "true");
  EXPECT_EQ(testing::run("fails() || true", environment), "true");
  EXPECT_EQ(testing::run("fails()", environment), "error: invalid_argument");
}

TEST(Environment, ExtensionsAreOffUntilEnabled) {
  constexpr testing::Row kRows[] = {
      {"strings", "'a'.charAt(0)", "\"a\""},
      {"math", "math.abs(-1)", "1"},
      {"lists", "[1].reverse()", "[1]"},
      {"encoders", "base64.encode(b'a')", "\"YQ==\""},
      {"optionals", "optional.of(1)", "optional.of(1)"},
      {"bindings", "cel.bind(x, 1, x)", "1"},
      {"sets", "sets.contains([1], [1])", "true"},
      {"network", "ip('1.2.3.4').family()", "4"},
      {"two_variables", "[1].all(i, v, v > i)", "true"},
  };
  for (const testing::Row& row : kRows) {
    EXPECT_EQ(testing::run(row.expression, Environment{}), "error: bad_expression") << row.name;
    EXPECT_EQ(testing::run(row.expression), row.expected) << row.name;
  }
}

TEST(Environment, TimeZonesAreGiven) {
  Environment environment;
  EXPECT_EQ(testing::run("timestamp(0).getHours('+02:00')", environment), "2");
  EXPECT_EQ(testing::run("timestamp(0).getHours('Europe/Paris')", environment),
            "error: invalid_argument");
}

}  // namespace
}  // namespace junctor::lang::cel
