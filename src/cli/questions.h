#pragma once
// What a server asks people by elicitation, asked as lines at a terminal.
//
// First whether to answer at all, since what is typed goes to the server; then each field of the
// form, with its type, its choices and its default. What does not fit is said and asked again; an
// empty line leaves a field out, or takes its default; the end of the input cancels. Invariant:
// what a server says cannot move the cursor or colour the screen.
//
// Source:  MCP 2025-11-25 and 2026-07-28 client/elicitation (form mode).
// Limits:  kQuestionFieldsMax fields of a form; kQuestionTriesMax lines that do not fit one field.
// Threads: one at a time; blocks where the lines come from.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace junctor::cli {

inline constexpr std::size_t kQuestionFieldsMax = 100;
inline constexpr std::size_t kQuestionTriesMax = 10;
// What a client that asks people says of itself.
inline constexpr std::string_view kQuestionCapabilities = R"({"elicitation":{"form":{}}})";

struct QuestionDesk {
  std::function<void(std::string_view text)> write;
  // One line without its end; nothing at the end of the input.
  std::function<std::optional<std::string>()> read_line;
};

// `params` of elicitation/create, raw; gives the raw result: accept with the content, decline or
// cancel. A form that is none, or asks for a mode that is not known, is declined.
[[nodiscard]] std::string ask_people(const QuestionDesk& desk, std::string_view params);

}  // namespace junctor::cli
