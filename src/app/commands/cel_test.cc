// Goal: `cel eval` gives the value of an expression as JSON, or says what is wrong and where.
// Method: expressions with an input in a file, and what must be printed.

#include "app/commands/cel.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace junctor::app {
namespace {

// A file with a text, gone with this object.
class TextFile {
 public:
  explicit TextFile(std::string_view text) {
    const int fd = ::mkstemp(path_.data());
    EXPECT_GE(fd, 0);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TextFile() { ::unlink(path_.c_str()); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "junctor_cel_XXXXXX";
};

TEST(CelCommand, PrintsTheValueAsJson) {
  struct Case {
    const char* expression = "";
    const char* input = "";
    const char* out = "";
  };
  constexpr Case kCases[] = {
      {"1 + 2", "{}", "3\n"},
      {"a.b == 'x' && c > 1.0", R"({"a": {"b": "x"}, "c": 2})", "true\n"},
      {"c.map(x, x * 2.0)", R"({"c": [1, 2.5]})", "[2,5]\n"},
      {"{'k': a, 'n': [null, 18446744073709551615u]}", R"({"a": {"z": 1.10}})",
       "{\"k\":{\"z\":1.1},\"n\":[null,18446744073709551615]}\n"},
      {"a.?b.orValue('none')", R"({"a": {}})", "\"none\"\n"},
      {"timestamp('2024-07-01T10:00:00Z').getHours('+02:00')", "{}", "12\n"},
      {"b'\\x00\\xff'", "{}", "\"AP8=\"\n"},
      {"a", R"({"a": 1, "a": 2, "not-a-name": 3})", "2\n"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.expression);
    const TextFile input{c.input};
    const auto outcome = cel_blocking({.expression = c.expression, .input = input.path()});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.out, c.out);
  }
  EXPECT_EQ(cel_blocking({.expression = "size('abc')"}).out, "3\n");
}

TEST(CelCommand, SaysWhatIsWrongAndWhere) {
  struct Case {
    const char* expression = "";
    const char* input = "";
    const char* says = "";
  };
  constexpr Case kCases[] = {
      {"a.b ==", R"({"a": 1})", "line 1, column 7: expected a value"},
      {"user.role", R"({"users": 1})", "line 1, column 1: there is no variable \"user\""},
      {"1 +\n 'a'", "{}", "line 1, column 3: "},
      {"a.b", R"({"a": {}})", "line 1, column 1: "},
      {"1 / 0", "{}", "line 1, column 1: "},
      {"a", "[1]", "must hold a JSON object"},
      {"a", "{\"a\":\n ?}", "line 2, column 2: no valid JSON"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.expression);
    const TextFile input{c.input};
    const auto outcome = cel_blocking({.expression = c.expression, .input = input.path()});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(c.says), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(cel_blocking({.expression = "1", .input = "/no/such/file"}).err,
            "junctor: cannot read /no/such/file: No such file or directory\n");
}

TEST(CelCommand, ExplainsWhatEachPartCameTo) {
  const TextFile input{R"({"user": {"role": "guest"}, "items": [1, 2, 3]})"};
  const auto outcome =
      cel_blocking({.expression = "user.role == 'admin' && items.exists(i, i > 2.0)",
                    .input = input.path(),
                    .explains = true});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.out.find("1:1:   user.role == 'admin' -> false\n"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("items.exists(i, i > 2.0) -> not evaluated\n"), std::string::npos);
  EXPECT_TRUE(outcome.out.ends_with("\nfalse\n"));
  // Of a failure, what led to it.
  const auto failing =
      cel_blocking({.expression = "user.name == 'x'", .input = input.path(), .explains = true});
  EXPECT_EQ(failing.exit_code, 1);
  EXPECT_NE(failing.out.find("user -> "), std::string::npos) << failing.out;
}

// Where the machine has no zone data, the name is unknown, and that is said.
TEST(CelCommand, KnowsTheZonesThatTheExpressionNames) {
  const bool has_data = ::access("/usr/share/zoneinfo/Europe/Paris", R_OK) == 0;
  const auto outcome =
      cel_blocking({.expression = "timestamp('2024-07-01T10:00:00Z').getHours('Europe/Paris')"});
  EXPECT_EQ(outcome.out, has_data ? "12\n" : "");
  EXPECT_EQ(outcome.err.empty(), has_data);
}

}  // namespace
}  // namespace junctor::app
