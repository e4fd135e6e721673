// Goal: each ${...} is replaced once and by what it names, and everything else stays. Method: a
// table of texts; the lookup knows one name, whose content looks like a variable itself.
#include "base/variables.h"

#include <gtest/gtest.h>

namespace junctor {
namespace {

std::string expanded(std::string_view text) {
  const auto lookup = [](std::string_view name) -> std::expected<std::string, std::string> {
    if (name == "a") return "${b}";
    return std::unexpected{"no " + std::string{name}};
  };
  const auto made = expand_variables(text, lookup);
  return made ? *made : "error: " + made.error();
}

TEST(Variables, AreReplacedOnceFromLeftToRight) {
  const struct {
    const char* text;
    const char* want;
  } rows[] = {{"", ""},
              {"plain $ } {", "plain $ } {"},
              {"${a}", "${b}"},
              {"x${a}y${a}z", "x${b}y${b}z"},
              {"$${a}", "${a}"},
              {"$${a} ${a}", "${a} ${b}"},
              {"${c}", "error: no c"},
              {"${}", "error: no "},
              {"x ${a", "error: a ${ without its }; write $${ for a plain ${"}};
  for (const auto& row : rows) EXPECT_EQ(expanded(row.text), row.want) << row.text;
}

}  // namespace
}  // namespace junctor
