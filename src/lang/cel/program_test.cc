// Goal: a program is compiled once, run often and by many, says where it failed, explains itself,
// and allocates nothing in common use. Method: programs of one line, and what is said of them.

#include "lang/cel/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

std::shared_ptr<const Program> compiled(std::string_view expression) {
  const Environment environment =
      testing::environment_with({{"user", "map(string, dyn)"}, {"n", "int"}});
  auto program = compile(expression, environment);
  EXPECT_TRUE(program) << program.error().detail();
  return *program;
}

TEST(Program, SaysWhereItFailed) {
  const auto program = compiled("true &&\n  user.name.first == 'a'");
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"name": {}})"));
  Activation activation{*program};
  activation.bind("user", tree.root());
  Scratch scratch;
  const auto value = evaluate(*program, activation, scratch);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(value.error().reason(), "no_such_key");
  EXPECT_EQ(value.error().detail(),
            "line 2, column 3: there is no key \"first\", in: user.name.first");
}

TEST(Program, SaysWhichTypesDoNotGoTogether) {
  struct Case {
    const char* expression = "";
    const char* says = "";
  };
  const Case cases[] = {
      {"user.a + 1", "double + int; numbers of JSON are double: write 1.0 for 1, or int(x)"},
      {"user.a + user.s", "double + string"},
      {"user.a < user.s", "double < string"},
      {"user.s >= user.a", "string >= double"},
      {"size(user.a)", "size(double)"},
      {"user.a.contains(user.s)", "double.contains(string)"},
      {"user.s[n]", "string[int]"},
      {"user.l[user.s]", "list[string]"},
      {"user.s in user.a", "string in double"},
      {"-user.s", "-string"},
  };
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"a": 5, "s": "x", "l": [1]})"));
  for (const Case& c : cases) {
    const auto program = compiled(c.expression);
    Activation activation{*program};
    activation.bind("user", tree.root());
    activation.bind("n", Value::int64(0));
    Scratch scratch;
    const auto value = evaluate(*program, activation, scratch);
    ASSERT_FALSE(value) << c.expression;
    EXPECT_EQ(value.error().detail(),
              fmt::format("line 1, column 1: no function takes such values: {}, in: {}", c.says,
                          c.expression));
  }
}

TEST(Program, VariablesHaveSlots) {
  const auto program = compiled("n > 1 && user.a == n && n < 9");
  EXPECT_EQ(program->variable_count(), 2U);
  ASSERT_TRUE(program->slot_of("user"));
  EXPECT_EQ(program->variable_name(*program->slot_of("n")), "n");
  EXPECT_FALSE(program->slot_of("other"));
  EXPECT_EQ(program->result_type(), "bool");
}

TEST(Program, AVariableWithoutValueIsAnError) {
  const auto program = compiled("n == 1");
  Activation activation{*program};
  Scratch scratch;
  EXPECT_EQ(evaluate(*program, activation, scratch).error().reason(), "unbound");
  activation.bind("n", Value::int64(1));
  activation.bind("unknown", Value::int64(1));
  EXPECT_TRUE(evaluate(*program, activation, scratch)->as_boolean());
  activation.clear();
  EXPECT_FALSE(evaluate(*program, activation, scratch));
}

TEST(Program, OutlivesItsEnvironment) {
  std::shared_ptr<const Program> program;
  {
    Environment environment;
    ASSERT_TRUE(environment.define("twice", CallStyle::function, "int -> int",
                                   [](Machine&, std::span<const Value> arguments) {
                                     return Value::int64(arguments[0].as_int64() * 2);
                                   }));
    std::string text = "twice(21)";
    program = *compile(text, environment);
    text.assign(text.size(), 'x');
  }
  Activation activation{*program};
  Scratch scratch;
  EXPECT_EQ(evaluate(*program, activation, scratch)->as_int64(), 42);
  EXPECT_EQ(program->text(), "twice(21)");
}

TEST(Program, RunsOnManyThreads) {
  const auto program = compiled("[1, 2, 3].map(x, x * n).exists(x, x == 3 * n)");
  std::vector<std::thread> threads;
  std::array<bool, 4> results{};
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&program, &results, i] {
      Activation activation{*program};
      activation.bind("n", Value::int64(static_cast<std::int64_t>(i)));
      Scratch scratch;
      bool all = true;
      for (int round = 0; round < 1000; ++round)
        all = all && evaluate(*program, activation, scratch)->is_true();
      results[i] = all;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const bool result : results) EXPECT_TRUE(result);
}

TEST(Program, ExplainsEachPart) {
  const auto program =
      compiled("user.role == 'admin' && user.groups.exists(g, g == 'ops') || n > 5");
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"role": "admin", "groups": ["dev", "ops", "all"]})"));
  Activation activation{*program};
  activation.bind("user", tree.root());
  Scratch scratch;
  std::string all;
  for (const Explained& each : explain(*program, activation, scratch)) {
    all += std::string(each.depth * 2, ' ') + std::string{each.text} + " = " +
           (each.count == 0 ? "-" : each.value) + (each.count > 1 ? " (last)" : "") + "\n";
  }
  EXPECT_EQ(all,
            R"(user.role == 'admin' && user.groups.exists(g, g == 'ops') || n > 5 = true
  user.role == 'admin' && user.groups.exists(g, g == 'ops') = true
    user.role == 'admin' = true
      user.role = "admin"
        user = {"role": "admin", "groups": ["dev", "ops", "all"]}
    user.groups.exists(g, g == 'ops') = true
      user.groups = ["dev", "ops", "all"]
        user = {"role": "admin", "groups": ["dev", "ops", "all"]}
      g == 'ops' = true (last)
        g = "ops" (last)
  n > 5 = -
    n = -
)");
}

TEST(Program, ExplainsErrors) {
  const auto program = compiled("user.a == 1 || 1 / n == 1");
  Activation activation{*program};
  JsonTree tree;
  ASSERT_TRUE(tree.fill("{}"));
  activation.bind("user", tree.root());
  activation.bind("n", Value::int64(0));
  Scratch scratch;
  const auto parts = explain(*program, activation, scratch);
  ASSERT_GE(parts.size(), 3U);
  EXPECT_EQ(parts[2].text, "user.a");
  EXPECT_EQ(parts[2].value, "error: no_such_key (there is no key \"a\")");
}

TEST(Program, IssuesShowTheLineAndACaret) {
  const Environment environment = testing::environment_with({{"n", "int"}});
  const auto program = compile("n == 1 &&\n\u00e9", environment);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().detail(),
            "line 2, column 1: this character has no meaning here\n  \u00e9\n  ^");
}

TEST(Program, ALongExpressionIsRefusedUnread) {
  const auto program = compile(std::string(70'000, ' ') + "1", Environment{});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().kind(), ErrorKind::too_large);
  EXPECT_EQ(program.error().reason(), "expression_too_large");
}

TEST(Program, TheResultOfAProgramLivesInItsScratch) {
  const auto program = compiled("[n, n + 1].map(x, string(x))");
  Activation activation{*program};
  activation.bind("n", Value::int64(1));
  Scratch scratch;
  const auto value = evaluate(*program, activation, scratch);
  ASSERT_TRUE(value);
  EXPECT_EQ(to_text(*value), R"(["1", "2"])");
  EXPECT_GT(scratch.arena.bytes_used(), 0U);
}

}  // namespace
}  // namespace junctor::lang::cel
