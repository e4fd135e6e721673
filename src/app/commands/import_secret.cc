#include "app/commands/import_secret.h"

#include <algorithm>
#include <span>

#include "base/text.h"

namespace junctor::app {
namespace {

constexpr std::string_view kSecretNames[] = {"key",        "token",         "secret",
                                             "password",   "passwd",        "passphrase",
                                             "credential", "authorization", "cookie"};
constexpr std::string_view kSecretWords[] = {
    "key",        "apikey",      "token",      "accesstoken", "secret",        "password",
    "passwd",     "pwd",         "passphrase", "auth",        "authorization", "bearer",
    "credential", "credentials", "sig",        "signature"};
// Behind such a word stands a place, not the secret itself.
constexpr std::string_view kPlaceWords[] = {"file", "path", "dir", "folder", "name", "id"};

// Of keys that services issue. A short one counts only where a word begins.
constexpr std::string_view kPrefixes[] = {
    "ghp_",  "gho_",  "ghu_",  "ghs_",     "ghr_",     "github_pat_", "glpat-",  "xoxb-", "xoxp-",
    "xoxa-", "xoxs-", "xapp-", "sk_live_", "sk_test_", "rk_live_",    "AKIA",    "ASIA",  "AIza",
    "ya29",  "npm_",  "pypi-", "lin_api_", "shpat_",   "dop_v1_",     "sntrys_", "figd_", "tvly-",
    "pplx-", "gsk_",  "ntn_",  "sk-",      "hf_",      "eyJ",         "rk_",     "key-"};
constexpr std::size_t kShortPrefixBytes = 3;
constexpr std::size_t kPrefixRestBytesMin = 12;

constexpr std::size_t kRandomBytesMin = 20;  // Letters and digits in one piece.
constexpr std::size_t kRandomDigitsMin = 2;
constexpr std::size_t kMixedCaseBytesMin = 24;  // Letters alone, in both cases.
constexpr std::size_t kMixedCaseChangesOneIn = 4;
constexpr std::size_t kUuidBytes = 36;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_run_character(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}
std::size_t digits_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, is_digit));
}

bool is_uuid(std::string_view run) {
  if (run.size() != kUuidBytes) return false;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char low = ascii_lower(run[i]);
    if (is_dash ? run[i] != '-' : !is_digit(low) && (low < 'a' || low > 'f')) return false;
  }
  return true;
}

bool has_key_prefix(std::string_view run) {
  for (const std::string_view prefix : kPrefixes) {
    const std::size_t at = run.find(prefix);
    if (at == std::string_view::npos || (prefix.size() <= kShortPrefixBytes && at > 0)) continue;
    const std::string_view rest = run.substr(at + prefix.size());
    if (rest.size() >= kPrefixRestBytesMin && digits_of(rest) > 0) return true;
  }
  return false;
}

// Words have few digits, and few capitals inside.
bool is_random(std::string_view piece) {
  const std::size_t digits = digits_of(piece);
  if (piece.size() >= kRandomBytesMin && digits >= kRandomDigitsMin && digits < piece.size()) {
    return true;
  }
  if (piece.size() < kMixedCaseBytesMin) return false;
  std::size_t changes = 0;
  for (std::size_t i = 1; i < piece.size(); ++i) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (is_upper(piece[i]) != is_upper(piece[i - 1])) ++changes;
  }
  return changes * kMixedCaseChangesOneIn > piece.size();
}

bool is_secret_run(std::string_view run) {
  if (is_uuid(run) || has_key_prefix(run)) return true;
  for (std::size_t begin = 0; begin < run.size();) {
    const std::size_t end = std::min(run.find_first_of("_-", begin), run.size());
    if (is_random(run.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;  // begin: nothing was found.
};

// The digest of a container image and the commit of a repository are long, but everybody may know
// them.
bool is_digest(std::string_view text, Range run) {
  constexpr std::size_t kCommitBytes = 40;
  const std::string_view before = text.substr(0, run.begin);
  if (before.ends_with("sha256:")) return true;
  const std::string_view digits = text.substr(run.begin, run.end - run.begin);
  return before.ends_with('@') && digits.size() == kCommitBytes &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "user:password" of the first "scheme://user:password@host" from `from` on.
Range user_info(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("://", from); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    const std::size_t end = std::min(text.find_first_of("/?# \"'", begin), text.size());
    const std::string_view authority = text.substr(begin, end - begin);
    const std::string_view user = authority.substr(0, authority.rfind('@'));
    if (user.size() == authority.size() || user.find(':') == std::string_view::npos) continue;
    return {.begin = begin, .end = begin + user.size()};
  }
  return {};
}

Range secret_run(std::string_view text, std::size_t from) {
  for (std::size_t begin = from; begin < text.size();) {
    if (!is_run_character(text[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < text.size() && is_run_character(text[end])) ++end;
    const Range run{.begin = begin, .end = end};
    if (is_secret_run(text.substr(begin, end - begin)) && !is_digest(text, run)) return run;
    begin = end;
  }
  return {};
}

// The first of them from `from` on.
Range first_secret(std::string_view text, std::size_t from) {
  const Range user = user_info(text, from);
  const Range run = secret_run(text, from);
  if (user.end == user.begin) return run;
  return run.end == run.begin || user.begin <= run.begin ? user : run;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string low = to_lower(name);
  return std::ranges::any_of(
      kSecretNames, [&low](std::string_view word) { return low.find(word) != std::string::npos; });
}

bool is_secret_option(std::string_view name) {
  const std::string low = to_lower(name);
  bool has_secret_word = false;
  std::string_view last;
  for (std::size_t begin = 0; begin <= low.size();) {
    const std::size_t end = std::min(low.find_first_of("_-.", begin), low.size());
    last = std::string_view{low}.substr(begin, end - begin);
    has_secret_word = has_secret_word || is_one_of(last, kSecretWords);
    begin = end + 1;
  }
  return has_secret_word && !is_one_of(last, kPlaceWords);
}

bool has_secret_shape(std::string_view text) {
  const Range found = first_secret(text, 0);
  return found.end > found.begin;
}

// Hidden first and cut then: the beginning of a key no longer has its shape. What is looked at is
// bounded too, and ends where a word does.
std::string shown_text(std::string_view text, std::size_t bytes_max) {
  constexpr std::size_t kLookedAtBytesMax = 4096;
  if (text.size() > kLookedAtBytesMax) {
    text = text.substr(0, kLookedAtBytesMax);
    while (!text.empty() && is_run_character(text.back())) text.remove_suffix(1);
  }
  std::string made;
  std::size_t from = 0;
  for (Range found = first_secret(text, from); found.end > found.begin;
       found = first_secret(text, from)) {
    made.append(text.substr(from, found.begin - from)).append("***");
    from = found.end;
  }
  made.append(text.substr(from));
  return safe_for_log(made, bytes_max);
}

}  // namespace junctor::app
