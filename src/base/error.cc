#include "base/error.h"

#include <array>

namespace junctor {
namespace {

using enum FailureClass;

//= mcp 2026-07-28 basic#error-codes:legacy MUST NOT
//= mcp 2026-07-28 basic#error-codes:retired MUST NOT
constexpr std::array<ErrorFacts, kErrorKindCount> kFacts{{
    {"invalid_argument", 400, -32602, false, caller},
    {"unauthenticated", 401, -32603, false, caller},
    {"forbidden", 403, -32603, false, caller},
    {"not_found", 404, -32601, false, caller},
    {"conflict", 409, -32603, true, caller},
    {"too_large", 413, -32600, false, caller},
    {"rate_limited", 429, -32603, true, surely_not_done},
    {"deadline_exceeded", 504, -32603, true, maybe_done},
    {"cancelled", 499, -32603, true, maybe_done},
    {"unavailable", 503, -32603, true, surely_not_done},
    {"corrupt", 502, -32603, false, maybe_done},
    {"internal", 500, -32603, false, maybe_done},
}};
static_assert(kFacts.back().name == "internal", "one row per ErrorKind, in order");

}  // namespace

const ErrorFacts& error_facts(ErrorKind kind) noexcept {
  return kFacts[static_cast<std::size_t>(kind)];
}

Error::Error(ErrorKind kind, std::string_view reason, std::string detail, Location where)
    : about_{std::make_unique<About>(reason, std::move(detail), where)}, kind_{kind} {}

Error::Error(const Error& other)
    : about_{std::make_unique<About>(*other.about_)}, kind_{other.kind_} {}

Error& Error::operator=(const Error& other) {
  if (this != &other) *this = Error{other};
  return *this;
}

}  // namespace junctor
