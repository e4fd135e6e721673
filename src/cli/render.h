#pragma once
// What a server said, as text for people: tables, content, descriptions, errors.
//
// Invariant: no control sequence of the server gets through; every text of it passes safe_lines()
//            or safe_for_log() (base/text.h). Lines end in '\n', and there is no colour.
//
// Source:  MCP 2026-07-28 and 2025-11-25, server/tools, server/prompts, server/resources.
// Limits:  kCellBytesMax of one cell of a table.
// Errors:  none: what is not as the specification has it is shown as JSON.
// Threads: pure functions; safe from all.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json_scan.h"

namespace junctor::cli {

inline constexpr std::size_t kCellBytesMax = 160;

// Text of unknown origin with its lines: '\n' and tabs stay, "\r\n" becomes '\n', every other
// control and what is not UTF-8 becomes \xNN.
[[nodiscard]] std::string safe_lines(std::string_view text);

// Rows of cells under a row of headings, in columns; no line ends in blanks. Cells are made safe.
// The last column is the only one that is not padded.
[[nodiscard]] std::string table(std::span<const std::vector<std::string>> rows);

// The text of a string member; empty when there is none: a table shows both alike.
[[nodiscard]] std::string text_or_nothing(const wire::JsonValue& object, std::string_view key);
// The title, or the first line of the description.
[[nodiscard]] std::string summary_of(const wire::JsonValue& item);

// One block of `content`, or one of a resource's `contents`.
[[nodiscard]] std::string content_text(const wire::JsonValue& block);
// The result of tools/call, prompts/get and resources/read.
[[nodiscard]] std::string tool_result_text(const wire::JsonValue& result);
[[nodiscard]] std::string prompt_text(const wire::JsonValue& result);
[[nodiscard]] std::string resource_text(const wire::JsonValue& result);

// One item of a list with all that it says for people.
[[nodiscard]] std::string tool_description(const wire::JsonValue& tool);
[[nodiscard]] std::string prompt_description(const wire::JsonValue& prompt);
[[nodiscard]] std::string resource_description(const wire::JsonValue& resource);

// "-32602: unknown tool", and its data behind it.
[[nodiscard]] std::string error_text(const wire::JsonValue& error);
// What an `input_required` result asks for, on one line.
[[nodiscard]] std::string wanted_input_text(const wire::JsonValue& result);
// The params of notifications/progress: "2/3 copying".
[[nodiscard]] std::string progress_text(const wire::JsonValue& params);

}  // namespace junctor::cli
