// Runs files of the official JSON Schema test suite, as schema_suite.py asks for it.
//
// usage: schema_suite_main DIALECT annotate|check|output FOLDER FILE...
//
// Each file holds groups of a schema and of instances with the verdict they must have; with
// "output" instead a schema for what is said about them. What the schemas refer to under
// http://localhost:1234/ stands in FOLDER, as does, for "output", the schema of all output. Prints
// "FAIL" with what went wrong for each test that fails, and in the end "passed N" and "failed N".
// A valid value must cost no allocation when it is validated again.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "dialect_named.h"
#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/schema.h"
#include "lang/schema/validate.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const memory = std::malloc(bytes)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

namespace junctor::lang::schema {
namespace {

constexpr std::string_view kRemote = "http://localhost:1234/";

std::optional<std::string> read_file(const std::string& path) {
  std::FILE* const opened = std::fopen(path.c_str(), "rb");
  if (opened == nullptr) return std::nullopt;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{opened, std::fclose};
  std::string text;
  std::size_t got = 0;
  do {
    constexpr std::size_t kPiece = std::size_t{64} * 1024;
    text.resize(text.size() + kPiece);
    got = std::fread(text.data() + text.size() - kPiece, 1, kPiece, file.get());
    text.resize(text.size() - kPiece + got);
  } while (got != 0);
  return text;
}

enum class Kind : std::uint8_t { verdicts, output };

class Suite {
 public:
  Suite(Dialect dialect, FormatUse formats, Kind kind, const std::string& folder) : kind_{kind} {
    options_.dialect = dialect;
    options_.formats = formats;
    options_.resolver = [folder](std::string_view uri) -> std::optional<std::string> {
      if (uri.ends_with("/output/schema")) return read_file(folder + "/output-schema.json");
      if (!uri.starts_with(kRemote)) return std::nullopt;
      return read_file(folder + "/" + std::string{uri.substr(kRemote.size())});
    };
  }

  bool run(const std::string& path) {
    const auto text = read_file(path);
    JsonTree tree;
    if (!text || !tree.fill(*text)) return false;
    for (const JsonNode group : tree.root().elements()) run_group(path, group);
    return true;
  }
  [[nodiscard]] int finish() const {
    fmt::print("passed {}\nfailed {}\n", passed_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void run_group(const std::string& path, JsonNode group) {
    const JsonNode schema = group.find("schema");
    const std::string quoted = "\"" + std::string{schema.text()} + "\"";
    const auto compiled = Schema::compile(schema.is_string() ? quoted : schema.text(), options_);
    for (const JsonNode test : group.find("tests").elements()) {
      std::string said = compiled ? "" : "does not compile: " + compiled.error().detail();
      if (compiled)
        said = kind_ == Kind::output ? wrong_output(**compiled, test) : wrong(**compiled, test);
      ++(said.empty() ? passed_ : failed_);
      if (!said.empty())
        fmt::print("FAIL {} | {} | {} | {}\n", path, group.find("description").text(),
                   test.find("description").text(), said);
    }
  }

  // Both evaluators must say what the suite says.
  std::string wrong(const Schema& schema, JsonNode test) {
    const JsonNode data = test.find("data");
    const Verdict expected = test.find("valid").is_true() ? Verdict::valid : Verdict::invalid;
    const Verdict verdict = validate(schema, data, scratch_);
    if (verdict != expected) return fmt::format("validate() says {}", static_cast<int>(verdict));
    const std::size_t before = allocations;
    if (validate(schema, data, scratch_) != verdict) return "validate() says something else again";
    // Some formats work in memory of their own.
    if (verdict == Verdict::valid && allocations != before &&
        options_.formats == FormatUse::annotate)
      return "validate() allocates";
    for (const OutputFormat format :
         {OutputFormat::flag, OutputFormat::basic, OutputFormat::detailed}) {
      const Output output = describe(schema, data, format);
      if (output.verdict != expected)
        return fmt::format("describe() says {}: {}", static_cast<int>(output.verdict), output.json);
      JsonTree tree;
      if (!tree.fill(output.json) ||
          tree.root().find("valid").is_true() != (expected == Verdict::valid))
        return "describe() writes " + output.json;
    }
    return {};
  }

  // What is said must be valid under the schema of the format.
  std::string wrong_output(const Schema& schema, JsonNode test) {
    for (const JsonNamed each : test.find("output").members()) {
      const OutputFormat format = each.name == "flag"    ? OutputFormat::flag
                                  : each.name == "basic" ? OutputFormat::basic
                                                         : OutputFormat::detailed;
      const Output output = describe(schema, test.find("data"), format);
      const auto expected = Schema::compile(each.value.text(), options_);
      if (!expected) return "does not compile: " + expected.error().detail();
      JsonTree tree;
      if (!tree.fill(output.json)) return "describe() writes no JSON: " + output.json;
      const Output verdict = describe(**expected, tree.root(), OutputFormat::flag);
      if (verdict.verdict != Verdict::valid) return verdict.sentence + " in " + output.json;
    }
    return {};
  }

  Kind kind_;
  SchemaOptions options_;
  Scratch scratch_;
  int passed_ = 0;
  int failed_ = 0;
};

int run(int count, char** arguments) {
  constexpr int kFiles = 4;
  const auto dialect = count > kFiles ? dialect_named(arguments[1]) : std::nullopt;
  if (!dialect) {
    fmt::print(stderr, "usage: schema_suite_main DIALECT annotate|check|output FOLDER FILE...\n");
    return 2;
  }
  const std::string_view mode = arguments[2];
  Suite suite{*dialect, mode == "check" ? FormatUse::check : FormatUse::annotate,
              mode == "output" ? Kind::output : Kind::verdicts, arguments[3]};
  for (int i = kFiles; i < count; ++i) {
    if (suite.run(arguments[i])) continue;
    fmt::print(stderr, "{} cannot be read\n", arguments[i]);
    return 2;
  }
  return suite.finish();
}

}  // namespace
}  // namespace junctor::lang::schema

int main(int count, char** arguments) {
  return junctor::lang::schema::run(count, arguments);
}
