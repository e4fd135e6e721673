#pragma once
// The one error type that crosses room boundaries, and the one table that says what it means
// outside.
//
// A kind is chosen by what the *caller* should do next, not by what broke inside. error_facts() is
// the only place that translates a kind for the outside world, so that every protocol tells the
// same story about the same failure.
//
// Sources: RFC 9110 section 15 (status codes), JSON-RPC 2.0 section 5.1, MCP 2026-07-28 (error
//          codes: -32020 ... -32099 are the specification's, -32000 ... -32019 are not minted).
// Threads: values; safe from all.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace junctor {

enum class ErrorKind : std::uint8_t {
  invalid_argument,   // The request is wrong; sending it again will not help.
  unauthenticated,    // We do not know who you are.
  forbidden,          // We know who you are, and the answer is no.
  not_found,          // No such route, session, tool or stream.
  conflict,           // Someone else changed it first; read again, then retry.
  too_large,          // Over a documented limit; detail() names it.
  rate_limited,       // Retry later; Retry-After says when.
  deadline_exceeded,  // The caller's time ran out. The work may or may not have happened.
  cancelled,          // The caller went away, or the server is draining.
  unavailable,        // A dependency is down or full; surely nothing was done.
  corrupt,            // Bytes of a peer or a store failed a check.
  internal,           // Our bug.
};

inline constexpr std::size_t kErrorKindCount = 12;

// What a failure says about the place where it happened; breakers and retries read it, nothing
// else.
enum class FailureClass : std::uint8_t {
  caller,           // The caller's fault; says nothing about the dependency.
  surely_not_done,  // Safe to send again.
  maybe_done,       // May have been executed; sent again only when declared safe to repeat.
};

// How the outside world sees a kind.
struct ErrorFacts {
  std::string_view name;  // Stable: in logs, metric labels and API bodies.
  int http_status;        // 499 is for logs alone: the caller has left.
  int jsonrpc_code;
  bool retryable;  // The same request may succeed later, unchanged.
  FailureClass failure;
};

[[nodiscard]] const ErrorFacts& error_facts(ErrorKind kind) noexcept;

// Where an error was made.
class Location {
 public:
  static constexpr Location current(const char* file = __builtin_FILE(),
                                    int line = __builtin_LINE()) noexcept {
    return Location{file, line};
  }
  [[nodiscard]] constexpr const char* file() const noexcept { return file_; }
  [[nodiscard]] constexpr int line() const noexcept { return line_; }

 private:
  constexpr Location(const char* file, int line) noexcept : file_{file}, line_{line} {}
  const char* file_;
  int line_;
};

// Two words, so that a Result is small in the frames of coroutines: all but the kind is kept apart,
// and paid for by failures alone.
class [[nodiscard]] Error {
 public:
  // `reason`: a stable word for machines ("upstream_unavailable"), of static storage; empty means
  // the kind's name. `detail`: a sentence that is shown to the caller: never a secret.
  explicit Error(ErrorKind kind, std::string_view reason = {}, std::string detail = {},
                 Location where = Location::current());
  Error(const Error& other);
  Error(Error&& other) noexcept = default;
  Error& operator=(const Error& other);
  Error& operator=(Error&& other) noexcept = default;
  ~Error() = default;

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] std::string_view reason() const noexcept {
    return about_->reason.empty() ? error_facts(kind_).name : about_->reason;
  }
  [[nodiscard]] const std::string& detail() const noexcept { return about_->detail; }
  // Logged, never shown.
  [[nodiscard]] const Location& where() const noexcept { return about_->where; }

 private:
  struct About {
    std::string_view reason;
    std::string detail;
    Location where;
  };
  std::unique_ptr<About> about_;  // Null only in an Error that was moved from.
  ErrorKind kind_;
};

template <class T = void>
using Result = std::expected<T, Error>;

// return fail(ErrorKind::not_found, "no_such_route", "no route at " + path);
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string_view reason = {},
                                                 std::string detail = {},
                                                 Location where = Location::current()) {
  return std::unexpected<Error>{Error{kind, reason, std::move(detail), where}};
}

}  // namespace junctor

// Early return on error. JUNCTOR_TRY in functions, JUNCTOR_CO_TRY in coroutines; the first argument
// is a declaration, so that the good value has a name and a type the reader can see.
//   JUNCTOR_TRY(const Route route, routes.find(path));
// JUNCTOR_CHECK and JUNCTOR_CO_CHECK are for results without a value.
// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are declarations and statements.
#define JUNCTOR_TRY(declaration, expression) \
  JUNCTOR_TRY_IMPL(JUNCTOR_CAT(junctor_try_, __LINE__), declaration, expression, return)
#define JUNCTOR_CO_TRY(declaration, expression) \
  JUNCTOR_TRY_IMPL(JUNCTOR_CAT(junctor_try_, __LINE__), declaration, expression, co_return)
#define JUNCTOR_CHECK(expression) \
  JUNCTOR_CHECK_IMPL(JUNCTOR_CAT(junctor_check_, __LINE__), expression, return)
#define JUNCTOR_CO_CHECK(expression) \
  JUNCTOR_CHECK_IMPL(JUNCTOR_CAT(junctor_check_, __LINE__), expression, co_return)

#define JUNCTOR_CAT_IMPL(a, b) a##b
#define JUNCTOR_CAT(a, b) JUNCTOR_CAT_IMPL(a, b)
#define JUNCTOR_TRY_IMPL(result, declaration, expression, leave)        \
  auto result = (expression);                                           \
  if (!result) [[unlikely]] {                                           \
    leave std::unexpected<::junctor::Error>{std::move(result).error()}; \
  }                                                                     \
  declaration = *std::move(result)
#define JUNCTOR_CHECK_IMPL(result, expression, leave)                   \
  if (auto result = (expression); !result) [[unlikely]] {               \
    leave std::unexpected<::junctor::Error>{std::move(result).error()}; \
  }                                                                     \
  static_assert(true)
// NOLINTEND(bugprone-macro-parentheses)
