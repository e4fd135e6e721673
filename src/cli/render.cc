#include "cli/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "cli/tool_arguments.h"
#include "wire/json_text.h"

namespace junctor::cli {
namespace {

using wire::JsonKind;
using wire::JsonMembers;
using wire::JsonValue;

constexpr std::string_view kGap = "  ";

// The first line that says something.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    if (!trim(line).empty()) return trim(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

std::string line_of(std::string_view text) {
  std::string line = safe_lines(text);
  if (!line.empty() && !line.ends_with('\n')) line.push_back('\n');
  return line;
}

// Characters, near enough to columns: every byte but those that continue a sequence.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Of base64, without decoding it.
std::size_t decoded_bytes(std::string_view base64) {
  std::size_t bytes = base64.size() / 4 * 3;
  if (base64.ends_with("==")) return bytes - std::min<std::size_t>(bytes, 2);
  return base64.ends_with('=') ? bytes - std::min<std::size_t>(bytes, 1) : bytes;
}

// "[image image/png, 1234 bytes]": named, since nobody reads it on a terminal.
std::string binary_text(std::string_view what, const JsonValue& block, std::string_view data_key) {
  const std::string type = text_or_nothing(block, "mimeType");
  const std::size_t bytes = decoded_bytes(text_or_nothing(block, data_key));
  return fmt::format("[{}{}{}, {} byte{}]\n", what, type.empty() ? "" : " ", safe_for_log(type),
                     bytes, bytes == 1 ? "" : "s");
}

std::string link_text(const JsonValue& block) {
  std::string text = "[resource link " + safe_for_log(text_or_nothing(block, "uri"), 2048);
  const std::string name = text_or_nothing(block, "name");
  const std::string type = text_or_nothing(block, "mimeType");
  const JsonValue size = wire::json_member(block, "size");
  if (!name.empty()) text += fmt::format(" \"{}\"", safe_for_log(name));
  if (!type.empty()) text += " " + safe_for_log(type);
  if (size.kind == JsonKind::number) text += fmt::format(", {} bytes", safe_for_log(size.raw));
  return text + "]\n";
}

// The contents of a resource: its text, or what its blob is.
std::string contents_text(const JsonValue& contents) {
  if (wire::json_member(contents, "text").kind == JsonKind::string) {
    return line_of(text_or_nothing(contents, "text"));
  }
  const std::string uri = safe_for_log(text_or_nothing(contents, "uri"), 2048);
  return binary_text("resource " + uri, contents, "blob");
}

// Servers repeat structured content as text for those who read only that.
bool is_said_as_text(const JsonValue& content, std::string_view structured) {
  return std::ranges::any_of(
      [&content] {
        std::vector<std::string> texts;
        for (const auto& block : JsonMembers{content}) {
          texts.push_back(text_or_nothing(block.value, "text"));
        }
        return texts;
      }(),
      [structured](const std::string& text) { return trim(text) == structured; });
}

std::string heading_of(const JsonValue& item, std::string_view name_key) {
  std::string text = safe_for_log(text_or_nothing(item, name_key), 2048) + "\n";
  for (const std::string_view key : {"title", "description"}) {
    text += line_of(text_or_nothing(item, key));
  }
  return text;
}

// One line a parameter: name, type, whether it is needed, what it means.
std::string parameters_text(const Parameters& parameters,
                            const std::vector<std::string>& meanings) {
  if (parameters.list.empty()) {
    return parameters.others == Parameters::Others::taken ? "" : "\nIt takes no arguments.\n";
  }
  std::vector<std::vector<std::string>> rows{{"ARGUMENT", "TYPE", "NEEDED", "MEANING"}};
  for (std::size_t i = 0; i < parameters.list.size(); ++i) {
    const Parameter& each = parameters.list[i];
    rows.push_back({each.name, type_text(each), each.is_required ? "yes" : "no",
                    i < meanings.size() ? meanings[i] : std::string{}});
  }
  return "\n" + table(rows);
}

// A parameter's description, and what else says which values it takes.
std::string meaning_of(const JsonValue& schema) {
  std::string text{first_line(text_or_nothing(schema, "description"))};
  for (const std::string_view key : {"enum", "default"}) {
    const JsonValue value = wire::json_member(schema, key);
    if (value) text += fmt::format("{}({} {})", text.empty() ? "" : " ", key, value.raw);
  }
  return text;
}

// Members of the hints that are set, as they are: {"readOnlyHint":true}.
std::string raw_line(const JsonValue& item, std::string_view key) {
  const JsonValue value = wire::json_member(item, key);
  return value ? fmt::format("\n{}: {}\n", key, safe_lines(value.raw)) : std::string{};
}

}  // namespace

std::string safe_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = text.find_first_of("\n\t\r\\");
    const std::string_view run = text.substr(0, plain);
    out += safe_for_log(run, 4 * run.size() + 1);  // An escape takes four bytes for one.
    text.remove_prefix(run.size());
    if (text.empty()) break;
    const bool is_line_end = text.starts_with("\r\n");
    if (text.front() == '\r' && !is_line_end) {
      out += "\\x0d";
    } else if (!is_line_end) {
      out.push_back(text.front());
    }
    text.remove_prefix(1);
  }
  return out;
}

std::string table(std::span<const std::vector<std::string>> rows) {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    auto& made = cells.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      made.push_back(safe_for_log(row[i], kCellBytesMax));
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(made[i]));
    }
  }
  std::string text;
  for (const auto& row : cells) {
    JUNCTOR_ASSERT(row.size() <= widths.size());
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 == row.size()) break;
      line.append(widths[i] - width_of(row[i]), ' ').append(kGap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string text_or_nothing(const JsonValue& object, std::string_view key) {
  return wire::json_text_member(object, key).value_or("");
}

std::string summary_of(const JsonValue& item) {
  std::string title = text_or_nothing(item, "title");
  if (!first_line(title).empty()) return std::string{first_line(title)};
  return std::string{first_line(text_or_nothing(item, "description"))};
}

std::string content_text(const JsonValue& block) {
  const std::string type = text_or_nothing(block, "type");
  if (type == "text") return line_of(text_or_nothing(block, "text"));
  if (type == "image" || type == "audio") return binary_text(type, block, "data");
  if (type == "resource_link") return link_text(block);
  if (type == "resource") return contents_text(wire::json_member(block, "resource"));
  return line_of(block.raw);
}

std::string tool_result_text(const JsonValue& result) {
  const JsonValue content = wire::json_member(result, "content");
  std::string text;
  for (const auto& block : JsonMembers{content}) text += content_text(block.value);
  const JsonValue structured = wire::json_member(result, "structuredContent");
  if (structured && !is_said_as_text(content, structured.raw)) text += line_of(structured.raw);
  return text;
}

std::string prompt_text(const JsonValue& result) {
  std::string text;
  for (const auto& message : JsonMembers{wire::json_member(result, "messages")}) {
    text += safe_for_log(text_or_nothing(message.value, "role")) + ":\n";
    const JsonValue content = wire::json_member(message.value, "content");
    if (content.kind == JsonKind::object) text += content_text(content);
    for (const auto& block : JsonMembers{content}) {
      if (content.kind == JsonKind::array) text += content_text(block.value);
    }
  }
  return text;
}

std::string resource_text(const JsonValue& result) {
  std::string text;
  for (const auto& each : JsonMembers{wire::json_member(result, "contents")}) {
    text += contents_text(each.value);
  }
  return text;
}

std::string tool_description(const JsonValue& tool) {
  const JsonValue schema = wire::json_member(tool, "inputSchema");
  std::vector<std::string> meanings;
  for (const auto& property : JsonMembers{wire::json_member(schema, "properties")}) {
    meanings.push_back(meaning_of(property.value));
  }
  return heading_of(tool, "name") + parameters_text(tool_parameters(schema), meanings) +
         raw_line(tool, "annotations") + raw_line(tool, "outputSchema");
}

std::string prompt_description(const JsonValue& prompt) {
  const JsonValue arguments = wire::json_member(prompt, "arguments");
  std::vector<std::string> meanings;
  for (const auto& each : JsonMembers{arguments}) {
    // As prompt_parameters() leaves out what has no name.
    if (wire::json_member(each.value, "name").kind == JsonKind::string) {
      meanings.push_back(summary_of(each.value));
    }
  }
  return heading_of(prompt, "name") + parameters_text(prompt_parameters(arguments), meanings);
}

std::string resource_description(const JsonValue& resource) {
  const bool is_template = wire::json_member(resource, "uriTemplate").kind == JsonKind::string;
  std::string text = heading_of(resource, is_template ? "uriTemplate" : "uri");
  std::vector<std::vector<std::string>> rows;
  for (const std::string_view key : {"name", "mimeType", "size", "annotations"}) {
    const JsonValue value = wire::json_member(resource, key);
    if (!value) continue;
    const bool is_text = value.kind == JsonKind::string;
    rows.push_back(
        {std::string{key}, is_text ? text_or_nothing(resource, key) : std::string{value.raw}});
  }
  return rows.empty() ? text : text + "\n" + table(rows);
}

std::string error_text(const JsonValue& error) {
  const std::string message = text_or_nothing(error, "message");
  const JsonValue data = wire::json_member(error, "data");
  return fmt::format("{}: {}{}{}", safe_for_log(wire::json_member(error, "code").raw, 32),
                     safe_for_log(message, 4096), data ? " " : "",
                     data ? safe_for_log(data.raw, 4096) : std::string{});
}

std::string wanted_input_text(const JsonValue& result) {
  std::string text;
  for (const auto& request : JsonMembers{wire::json_member(result, "inputRequests")}) {
    const JsonValue params = wire::json_member(request.value, "params");
    const std::string message = text_or_nothing(params, "message");
    text += fmt::format("{}{} ({}{}{})", text.empty() ? "" : ", ",
                        safe_for_log(wire::unescape_json_string(request.key), 64),
                        safe_for_log(text_or_nothing(request.value, "method"), 64),
                        message.empty() ? "" : ": ", safe_for_log(message));
  }
  return text.empty() ? "that it is asked again" : text;
}

std::string progress_text(const JsonValue& params) {
  std::string text = safe_for_log(wire::json_member(params, "progress").raw, 32);
  const JsonValue total = wire::json_member(params, "total");
  if (total) text += "/" + safe_for_log(total.raw, 32);
  const std::string message = text_or_nothing(params, "message");
  return message.empty() ? text : text + " " + safe_for_log(message);
}

}  // namespace junctor::cli
