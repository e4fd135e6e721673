#include "lang/schema/sentences.h"

#include <string_view>

#include <fmt/format.h>

#include "lang/code_points.h"
#include "lang/schema/brief.h"
#include "lang/schema/formats.h"

namespace junctor::lang::schema {
namespace {

struct TypeName {
  Types types;
  std::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {kObjectType, "an object"}, {kArrayType, "an array"},         {kStringType, "a string"},
    {kNumberType, "a number"},  {kIntegerType, "a whole number"}, {kBooleanType, "true or false"},
    {kNullType, "null"},
};

// "a string, a number or null".
std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string type_sentence(const Instruction& instruction, JsonNode value) {
  std::vector<std::string> words;
  Types left = instruction.types;
  for (const TypeName& each : kTypeNames) {
    if ((left & each.types) != each.types) continue;
    words.emplace_back(each.name);
    left = static_cast<Types>(left & ~each.types);
  }
  return fmt::format("must be {}, but is {}", listed(words), brief_json(value));
}

std::string choice_sentence(const Program& program, const Instruction& instruction,
                            JsonNode value) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < instruction.count && i < kChoicesShownMax; ++i)
    words.push_back(brief_json(program.values[instruction.first + i]));
  if (instruction.count > kChoicesShownMax)
    words.push_back(fmt::format("one of {} more", instruction.count - kChoicesShownMax));
  if (words.empty()) return "has no value that is allowed";
  return fmt::format("must be {}, but is {}", listed(words), brief_json(value));
}

std::string_view bound_words(Op op) noexcept {
  switch (op) {
    case Op::minimum: return "at least";
    case Op::maximum: return "at most";
    case Op::exclusive_minimum: return "more than";
    case Op::exclusive_maximum: return "less than";
    default: break;
  }
  return "a multiple of";
}

std::string count_sentence(std::string_view words, std::string_view noun, std::int64_t bound,
                           std::size_t is) {
  return fmt::format("must have {} {} {}{}, but has {}", words, bound, noun, bound == 1 ? "" : "s",
                     is);
}

std::string required_sentence(const Program& program, const Instruction& instruction,
                              JsonNode value) {
  std::vector<std::string> missing;
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    const std::string& name = program.names[instruction.first + i];
    if (value.find(name)) continue;
    if (missing.size() == kChoicesShownMax) {
      missing.emplace_back("others");
      break;
    }
    missing.push_back("\"" + brief_text(name) + "\"");
  }
  std::string out = "must have the member ";
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (i != 0) out += i + 1 == missing.size() ? " and " : ", ";
    out += missing[i];
  }
  return out;
}

std::string dependent_sentence(const Program& program, const Instruction& instruction,
                               JsonNode value) {
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    const Dependency& dependency = program.dependencies[instruction.first + i];
    if (!value.find(dependency.name)) continue;
    for (std::uint32_t k = 0; k < dependency.name_count; ++k) {
      const std::string& name = program.names[dependency.first_name + k];
      if (!value.find(name))
        return fmt::format("must have the member \"{}\", because it has \"{}\"", brief_text(name),
                           brief_text(dependency.name));
    }
  }
  return {};
}

std::string contains_sentence(const Instruction& instruction, std::size_t matches) {
  const bool is_over = matches > instruction.count;
  return fmt::format("must have at {} {} that \"contains\" describes, but has {}",
                     is_over ? "most" : "least",
                     is_over ? std::int64_t{instruction.count} : instruction.number, matches);
}

std::string_view content_sentence(const Instruction& instruction) noexcept {
  if ((instruction.flags & kJson) == 0) return "must be base64";
  return (instruction.flags & kBase64) == 0 ? "must be a JSON text"
                                            : "must be a JSON text in base64";
}

}  // namespace

std::string failure_sentence(const Program& program, const Instruction& instruction, JsonNode value,
                             std::size_t matches) {
  const auto shown = [&] { return brief_json(program.values[instruction.first]); };
  switch (instruction.op) {
    case Op::fail: return "is not allowed";
    case Op::type: return type_sentence(instruction, value);
    case Op::constant: return fmt::format("must be {}, but is {}", shown(), brief_json(value));
    case Op::enumeration: return choice_sentence(program, instruction, value);
    case Op::any_of:
      return fmt::format("must match at least one of {} schemas, but matches none",
                         instruction.count);
    case Op::one_of:
      return fmt::format("must match exactly one of {} schemas, but matches {}", instruction.count,
                         matches == 0 ? "none" : "several");
    case Op::negation: return "must not match the schema of \"not\"";
    case Op::minimum:
    case Op::maximum:
    case Op::exclusive_minimum:
    case Op::exclusive_maximum:
    case Op::multiple_of:
      return fmt::format("must be {} {}, but is {}", bound_words(instruction.op), shown(),
                         brief_json(value));
    case Op::min_length:
      return count_sentence("at least", "character", instruction.number,
                            count_code_points(value.text()));
    case Op::max_length:
      return count_sentence("at most", "character", instruction.number,
                            count_code_points(value.text()));
    case Op::pattern:
      return fmt::format("must match the pattern \"{}\", but is {}",
                         brief_text(program.patterns[instruction.first].text()), brief_json(value));
    case Op::format:
      return fmt::format("must be {}, but is {}",
                         format_meaning(static_cast<Format>(instruction.first)), brief_json(value));
    case Op::content: return std::string{content_sentence(instruction)};
    case Op::min_items:
      return count_sentence("at least", "element", instruction.number, value.size());
    case Op::max_items:
      return count_sentence("at most", "element", instruction.number, value.size());
    case Op::unique_items: return "must not have equal elements";
    case Op::contains: return contains_sentence(instruction, matches);
    case Op::min_properties:
      return count_sentence("at least", "member", instruction.number, value.size());
    case Op::max_properties:
      return count_sentence("at most", "member", instruction.number, value.size());
    case Op::required: return required_sentence(program, instruction, value);
    case Op::dependent_required: return dependent_sentence(program, instruction, value);
    default: break;
  }
  return {};
}

}  // namespace junctor::lang::schema
