#pragma once
// What is typed as key=value becomes the arguments of a tool or a prompt, typed as its list says.
//
// A tool's parameters are the properties of its inputSchema. A value is read as the first type of
// its schema that it fits, a string last; where the schema names none, as JSON if it is JSON, and
// as text otherwise. Everything that is wrong is said before anything is sent. Whether values keep
// the rest of the schema (bounds, patterns, items) is for the server to judge.
//
// Source:  MCP 2026-07-28 server/tools, server/prompts, basic/transports (x-mcp-header);
//          JSON Schema 2020-12 (type, properties, required, additionalProperties).
// Limits:  kParametersMax parameters are looked at; kSchemaDepthMax levels of properties.
// Errors:  invalid_argument with a sentence for the user; texts of the server in it are safe.
// Threads: pure functions; safe from all.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/mcp_client.h"
#include "wire/json_scan.h"

namespace junctor::cli {

inline constexpr std::size_t kParametersMax = 1000;
inline constexpr std::size_t kSchemaDepthMax = 16;

// The values are views of the list they were read from.
struct Parameter {
  std::string name;
  wire::JsonValue schema = {};  // None: any value.
  bool is_required = false;
};

struct Parameters {
  enum class Others : std::uint8_t { refused, taken };

  std::vector<Parameter> list;
  Others others = Others::taken;  // What is not in the list.

  [[nodiscard]] const Parameter* find(std::string_view name) const noexcept;
};

// Of a tool's inputSchema; a schema without properties takes everything.
[[nodiscard]] Parameters tool_parameters(const wire::JsonValue& input_schema);
// Of a prompt's `arguments`: all are strings.
[[nodiscard]] Parameters prompt_parameters(const wire::JsonValue& arguments);
// "integer", "string or null", "any": safe text.
[[nodiscard]] std::string type_text(const Parameter& parameter);

// What is typed for one of them, as JSON; a sentence when it does not fit.
[[nodiscard]] Result<std::string> typed_value(const Parameter& parameter, std::string_view text);

// A JSON object. `pairs`: KEY=VALUE.
[[nodiscard]] Result<std::string> typed_arguments(const Parameters& parameters,
                                                  std::span<const std::string> pairs);

// The fields Mcp-Param-* that a call of the modern era carries: for each property that is annotated
// with x-mcp-header, its value in `arguments` (a valid JSON object). Error: an annotation is
// against the rules, and such a tool must not be called.
[[nodiscard]] Result<std::vector<McpCall::Field>> parameter_fields(
    const wire::JsonValue& input_schema, const wire::JsonValue& arguments);

}  // namespace junctor::cli
