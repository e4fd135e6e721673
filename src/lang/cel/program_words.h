#pragma once
// What is said of a program: why it does not compile, why it failed, what its parts came to.
//
// Threads: functions of their arguments; safe from all.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/cel/evaluator.h"
#include "lang/cel/expression.h"
#include "lang/cel/plan.h"
#include "lang/cel/program.h"

namespace junctor::lang::cel {

// For each: place, sentence, the line of the source, and a caret below it.
[[nodiscard]] std::string issues_text(std::string_view text, std::span<const Issue> issues);
// Of an error value that came out.
[[nodiscard]] Error fault_error(const Plan& plan, const Value& value);
[[nodiscard]] std::vector<Explained> explained(const Plan& plan, std::span<const NodeTrace> trace);

}  // namespace junctor::lang::cel
