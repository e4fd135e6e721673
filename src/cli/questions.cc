#include "cli/questions.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/tool_arguments.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::cli {
namespace {

using wire::JsonKind;
using wire::JsonMembers;
using wire::JsonValue;

constexpr std::string_view kDecline = R"({"action":"decline"})";
constexpr std::string_view kCancel = R"({"action":"cancel"})";
constexpr std::size_t kShownBytesMax = 2000;

std::string shown(std::string_view text) {
  return safe_for_log(text, kShownBytesMax);
}

std::string text_of(const JsonValue& object, std::string_view member) {
  return wire::json_text_member(object, member).value_or("");
}

// What may be chosen: `enum`, `oneOf` and `anyOf` with a title each, of the field or of its items.
struct Choice {
  std::string value;  // Unescaped.
  std::string title;
};
std::vector<Choice> choices_of(const JsonValue& schema) {
  std::vector<Choice> choices;
  for (const auto& each : JsonMembers{wire::json_member(schema, "enum")}) {
    if (each.value.kind == JsonKind::string)
      choices.push_back({.value = wire::unescape_json_string(each.value.raw), .title = {}});
  }
  for (const std::string_view word : {"oneOf", "anyOf"}) {
    for (const auto& each : JsonMembers{wire::json_member(schema, word)}) {
      if (auto value = wire::json_text_member(each.value, "const"))
        choices.push_back({.value = *std::move(value), .title = text_of(each.value, "title")});
    }
  }
  return choices;
}

struct Field {
  Parameter parameter;
  std::vector<Choice> choices;
  bool takes_several = false;
};

Field field_of(const Parameter& parameter) {
  const JsonValue items = wire::json_member(parameter.schema, "items");
  const bool several = static_cast<bool>(items);
  return {.parameter = parameter,
          .choices = choices_of(several ? items : parameter.schema),
          .takes_several = several};
}

// "Colour (red, green; required) [red]: "
std::string prompt_of(const Field& field) {
  const JsonValue& schema = field.parameter.schema;
  const std::string title = text_of(schema, "title");
  std::string notes;
  for (const Choice& choice : field.choices) {
    notes += (notes.empty() ? "" : ", ") + choice.value;
    if (!choice.title.empty() && choice.title != choice.value)
      notes += fmt::format(" = {}", choice.title);
  }
  if (field.choices.empty()) notes = type_text(field.parameter);
  if (field.takes_several) notes += "; several with commas";
  if (field.parameter.is_required) notes += "; required";
  std::string prompt;
  if (const std::string what = text_of(schema, "description"); !what.empty())
    prompt = fmt::format("  {}\n", shown(what));
  prompt +=
      fmt::format("  {} ({})", shown(title.empty() ? field.parameter.name : title), shown(notes));
  const JsonValue preset = wire::json_member(schema, "default");
  if (preset.kind == JsonKind::string) {
    prompt += fmt::format(" [{}]", shown(wire::unescape_json_string(preset.raw)));
  } else if (preset) {
    prompt += fmt::format(" [{}]", shown(preset.raw));
  }
  return prompt + ": ";
}

Result<std::string> chosen(const Field& field, std::string_view text) {
  const auto is_meant = [&](const Choice& choice) {
    return choice.value == text || (!choice.title.empty() && choice.title == text);
  };
  const auto found = std::ranges::find_if(field.choices, is_meant);
  if (found != field.choices.end()) return wire::quoted_json(found->value);
  return fail(ErrorKind::invalid_argument, "bad_arguments",
              fmt::format("\"{}\" is none of the choices", shown(text)));
}

// The field's value as JSON.
Result<std::string> value_of(const Field& field, std::string_view line) {
  if (!field.takes_several) {
    return field.choices.empty() ? typed_value(field.parameter, line) : chosen(field, line);
  }
  std::string list = "[";
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(','), line.size());
    const std::string_view word = trim(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
    std::string value = wire::quoted_json(word);
    if (!field.choices.empty()) {
      JUNCTOR_TRY(value, chosen(field, word));
    }
    list += (list.size() > 1 ? "," : "") + value;
  }
  return list + "]";
}

enum class Asked : std::uint8_t { answered, left_out, ended };

// Adds `"name":value` to the members of the content.
Asked ask_field(const QuestionDesk& desk, const Field& field, std::string& members) {
  const std::string name = wire::quoted_json(field.parameter.name);
  const JsonValue preset = wire::json_member(field.parameter.schema, "default");
  for (std::size_t tries = 0; tries < kQuestionTriesMax; ++tries) {
    desk.write(prompt_of(field));
    const auto line = desk.read_line();
    if (!line) return Asked::ended;
    std::string value;
    if (line->empty() && preset) {
      value = preset.raw;
    } else if (line->empty() && !field.parameter.is_required) {
      return Asked::left_out;
    } else if (line->empty()) {
      desk.write("  a value is required; Ctrl-D cancels\n");
      continue;
    } else if (auto read = value_of(field, *line)) {
      value = *std::move(read);
    } else {
      desk.write(fmt::format("  {}\n", read.error().detail()));
      continue;
    }
    members += fmt::format("{}{}:{}", members.empty() ? "" : ",", name, value);
    return Asked::answered;
  }
  return Asked::ended;
}

}  // namespace

std::string ask_people(const QuestionDesk& desk, std::string_view params) {
  const wire::ScanResult scan = wire::scan_json(params);
  const JsonValue object = scan ? scan.root : JsonValue{};
  const std::string mode = text_of(object, "mode");
  const JsonValue schema = wire::json_member(object, "requestedSchema");
  const Parameters fields = tool_parameters(schema);
  if ((!mode.empty() && mode != "form") || schema.kind != JsonKind::object ||
      fields.list.size() > kQuestionFieldsMax) {
    desk.write("The server asks for something that cannot be answered here; declined.\n");
    return std::string{kDecline};
  }
  desk.write(
      fmt::format("The server asks: {}\n  Answer it? [Y/n] ", shown(text_of(object, "message"))));
  const auto wish = desk.read_line();
  if (!wish) return std::string{kCancel};
  if (!wish->empty() && ascii_lower(wish->front()) == 'n') return std::string{kDecline};
  std::string members;
  for (const Parameter& parameter : fields.list) {
    if (ask_field(desk, field_of(parameter), members) == Asked::ended) return std::string{kCancel};
  }
  return fmt::format(R"({{"action":"accept","content":{{{}}}}})", members);
}

}  // namespace junctor::cli
