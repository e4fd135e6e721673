// Verdicts on many values under many schemas, as schema_differential.py asks for them.
//
// usage: schema_verdicts_main < REQUESTS
//
// A request is a line of JSON:
//   {"schema": ..., "instances": [...], "dialect": "draft2020-12", "formats": "annotate"|"check"}
// and is answered by a line of JSON:
//   {"valid": [true, false, null]}   (null: cost_exceeded)
//   {"error": "..."}                 (the schema does not compile)
// Both evaluators are asked, and the fast one twice where it says valid, so that what a Scratch
// keeps from before is met as well. When they do not say the same, the answer is an error, and the
// exit status is 1 in the end; it is 2 after a line that is no request.

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "dialect_named.h"
#include "input_lines.h"
#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/schema.h"
#include "lang/schema/validate.h"
#include "wire/json_write.h"

namespace junctor::lang::schema {
namespace {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid: return "true";
    case Verdict::invalid: return "false";
    case Verdict::cost_exceeded: return "null";
  }
  return "no verdict";
}

class Answers {
 public:
  // Nothing: the line is no request.
  std::optional<std::string> answer(std::string_view line) {
    if (!request_.fill(line)) return std::nullopt;
    const JsonNode schema = request_.root().find("schema");
    const JsonNode dialect = request_.root().find("dialect");
    const JsonNode formats = request_.root().find("formats");
    if (!schema || !dialect.is_string() || !formats.is_string()) return std::nullopt;
    const auto named = dialect_named(dialect.text());
    if (!named) return std::nullopt;
    const SchemaOptions options{
        .dialect = *named,
        .formats = formats.text() == "check" ? FormatUse::check : FormatUse::annotate};
    // A string stands in its tree without quotes, and is no schema either way.
    const auto compiled = Schema::compile(schema.is_string() ? "\"\"" : schema.text(), options);
    if (!compiled) return error(compiled.error().detail());
    return verdicts(**compiled, request_.root().find("instances"));
  }
  [[nodiscard]] bool have_differed() const noexcept { return have_differed_; }

 private:
  static std::string error(std::string_view sentence) {
    return "{\"error\": " + wire::quoted_json(sentence) + "}";
  }

  std::string verdicts(const Schema& schema, JsonNode instances) {
    std::string said;
    for (const JsonNode instance : instances.elements()) {
      const Verdict verdict = validate(schema, instance, scratch_);
      if (auto difference = difference_to(verdict, schema, instance); !difference.empty()) {
        have_differed_ = true;
        return error("evaluators disagree: " + difference);
      }
      said += fmt::format("{}{}", said.empty() ? "" : ", ", name_of(verdict));
    }
    return "{\"valid\": [" + said + "]}";
  }

  std::string difference_to(Verdict verdict, const Schema& schema, JsonNode instance) {
    if (verdict == Verdict::valid && validate(schema, instance, scratch_) != verdict)
      return "validate() says something else again of " + shown(instance);
    for (const OutputFormat format :
         {OutputFormat::flag, OutputFormat::basic, OutputFormat::detailed}) {
      const Output output = describe(schema, instance, format);
      // They count their steps in ways of their own: one may come to an end where the other stops.
      if (output.verdict != verdict && output.verdict != Verdict::cost_exceeded &&
          verdict != Verdict::cost_exceeded)
        return fmt::format("validate() says {}, and describe() {} ({}) of {}", name_of(verdict),
                           name_of(output.verdict), output.sentence, shown(instance));
      if (output.sentence.empty() != (output.verdict == Verdict::valid))
        return fmt::format("describe() says {} of {} with the sentence \"{}\"",
                           name_of(output.verdict), shown(instance), output.sentence);
    }
    return {};
  }

  static std::string shown(JsonNode node) {
    return node.is_string() ? wire::quoted_json(node.text()) : std::string{node.text()};
  }

  JsonTree request_;
  Scratch scratch_;
  bool have_differed_ = false;
};

int run() {
  constexpr int kNoRequest = 2;
  Answers answers;
  InputLines lines;
  while (const auto line = lines.next()) {
    const auto answer = answers.answer(*line);
    if (!answer) {
      fmt::print(stderr, "no request: {}\n", *line);
      return kNoRequest;
    }
    fmt::print("{}\n", *answer);
    // Whoever waits for this answer may send the next request only then.
    std::fflush(stdout);
  }
  return answers.have_differed() ? 1 : 0;
}

}  // namespace
}  // namespace junctor::lang::schema

int main() {
  return junctor::lang::schema::run();
}
