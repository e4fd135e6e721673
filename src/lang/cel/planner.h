#pragma once
// Planner: from a checked expression to the plan that runs.
//
// Constants are folded: lists and maps of constants, and calls of the library's functions on them.
// A call that fails stays as it is, so that it fails where it stands and only if it is reached.
//
// Limits:  folding may cost kFoldingCostMax in all, constant regular expressions kPatternsCostMax.
// Errors:  issues: a constant regular expression that is none, or too much of them.
// Threads: a function of its arguments.

#include <memory>
#include <vector>

#include "lang/cel/checker.h"
#include "lang/cel/environment.h"
#include "lang/cel/plan.h"

namespace junctor::lang::cel {

inline constexpr std::uint64_t kFoldingCostMax = 100'000;
inline constexpr std::uint64_t kPatternsCostMax = 100'000;

// `plan` has its text. The texts of literals are copied into it.
[[nodiscard]] std::vector<Issue> make_plan(const Syntax& syntax, const Checked& checked,
                                           const Environment& environment, Plan& plan);

}  // namespace junctor::lang::cel
