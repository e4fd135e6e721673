// Property: whatever a configuration file holds, it gives a Config or problems, each with a
// sentence on one line and a place inside of the file; and the same text gives the same answer
// twice.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/config.h"
#include "base/assert.h"

namespace {

using junctor::app::ConfigProblem;
using junctor::app::ConfigSources;

ConfigSources fixed_sources() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            if (name == "SET") return "3";
            return std::nullopt;
          },
          .file_blocking = [](const std::string& path) -> junctor::Result<std::string> {
            if (path == "key") return std::string(32, 'k');
            return junctor::fail(junctor::ErrorKind::not_found, "file_unreadable", "not there");
          }};
}

void check_problem(const ConfigProblem& problem, std::size_t lines) {
  JUNCTOR_ASSERT(!problem.sentence.empty());
  JUNCTOR_ASSERT(problem.line <= lines);
  const std::string text = junctor::app::describe(problem, "f");
  JUNCTOR_ASSERT(std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto first = junctor::app::parse_config(text, fixed_sources());
  const auto second = junctor::app::parse_config(text, fixed_sources());
  JUNCTOR_ASSERT(first.has_value() == second.has_value());
  if (first) {
    (void)junctor::app::agent_settings(*first);
    return 0;
  }
  JUNCTOR_ASSERT(!first.error().empty() && first.error().size() == second.error().size());
  // A carriage return is a line end to YAML as well.
  const auto lines = static_cast<std::size_t>(std::ranges::count_if(
                         text, [](char c) { return c == '\n' || c == '\r'; })) +
                     2;
  for (const ConfigProblem& problem : first.error()) check_problem(problem, lines);
  return 0;
}
