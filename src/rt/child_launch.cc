#include "rt/child_launch.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"

namespace junctor::rt {
namespace {

constexpr std::string_view kParent = "--parent";
constexpr std::string_view kGivenFiles = "--given-files";
constexpr std::string_view kFolder = "--folder";
constexpr std::string_view kMemory = "--memory";
constexpr std::string_view kFiles = "--files";
constexpr std::string_view kCpu = "--cpu";
constexpr std::string_view kNice = "--nice";
constexpr std::string_view kNetwork = "--network";
constexpr std::string_view kNone = "none";
constexpr std::string_view kFileAccess = "--file-access";
constexpr std::string_view kReadOnly = "read-only";
constexpr std::string_view kWritable = "--writable";
constexpr std::string_view kCommandFollows = "--";

std::unexpected<Error> wrong_usage(std::string_view what) {
  return fail(
      ErrorKind::invalid_argument, "wrong_usage",
      fmt::format("{}: {}; the gateway itself starts this command", kExecChildCommand, what));
}

std::optional<int> parse_nice(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const auto number = parse_unsigned(text);
  if (!number || *number > 20) return std::nullopt;
  const int nice = is_negative ? -static_cast<int>(*number) : static_cast<int>(*number);
  return nice <= kNiceMax ? std::optional{nice} : std::nullopt;
}

std::optional<pid_t> parse_pid(std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number || *number == 0 || *number > std::numeric_limits<pid_t>::max()) return std::nullopt;
  return static_cast<pid_t>(*number);
}

template <class Number>
bool keep(std::optional<Number> parsed, Number& into) {
  if (parsed) into = *parsed;
  return parsed.has_value();
}

// False when the option is not known or its value is none.
bool take_option(std::string_view name, std::string_view value, ChildLaunch& into) {
  ChildLimits& limits = into.spec.limits;
  if (name == kParent) return keep(parse_pid(value), into.origin.parent);
  if (name == kGivenFiles) return keep(parse_unsigned(value), into.origin.open_files);
  if (name == kMemory) return keep(parse_unsigned(value), limits.address_space_bytes);
  if (name == kFiles) return keep(parse_unsigned(value), limits.open_files);
  if (name == kCpu) return keep(parse_unsigned(value), limits.cpu_seconds);
  if (name == kNice) return keep(parse_nice(value), limits.nice);
  if (name == kNetwork) {
    into.spec.confinement.network = ChildNetwork::none;
    return value == kNone;
  }
  if (name == kFileAccess) {
    into.spec.confinement.files = ChildFiles::read_only;
    return value == kReadOnly;
  }
  if (name == kWritable) {
    into.spec.confinement.writable.emplace_back(value);
    return !value.empty();
  }
  if (name != kFolder || value.empty()) return false;
  into.spec.folder = value;
  return true;
}

bool has_nul(std::string_view text) {
  return text.contains('\0');
}

}  // namespace

Result<> check_spec(const ChildSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return fail(ErrorKind::invalid_argument, "bad_command", "the command is empty");
  }
  if (spec.limits.nice < kNiceMin || spec.limits.nice > kNiceMax) {
    return fail(
        ErrorKind::invalid_argument, "bad_command",
        fmt::format("nice is {}; it goes from {} to {}", spec.limits.nice, kNiceMin, kNiceMax));
  }
  // Cut there, the texts would say something else.
  if (has_nul(spec.folder) || std::ranges::any_of(spec.argv, has_nul) ||
      std::ranges::any_of(spec.environment, has_nul) ||
      std::ranges::any_of(spec.confinement.writable, has_nul)) {
    return fail(ErrorKind::invalid_argument, "bad_command",
                "the command, its folders or its environment has a NUL byte in it");
  }
  return {};
}

std::vector<std::string> launch_words(const ChildSpec& spec, const ChildOrigin& origin) {
  std::vector<std::string> words{"junctor", std::string{kExecChildCommand}};
  const auto add = [&words](std::string_view name, std::string value) {
    words.emplace_back(name);
    words.push_back(std::move(value));
  };
  const auto add_number = [&add](std::string_view name, auto number) {
    if (number != 0) add(name, std::to_string(number));
  };
  add_number(kParent, origin.parent);
  add_number(kGivenFiles, origin.open_files);
  add_number(kMemory, spec.limits.address_space_bytes);
  add_number(kFiles, spec.limits.open_files);
  add_number(kCpu, spec.limits.cpu_seconds);
  add_number(kNice, spec.limits.nice);
  if (!spec.folder.empty()) add(kFolder, spec.folder);
  const Confinement& confinement = spec.confinement;
  if (confinement.network == ChildNetwork::none) add(kNetwork, std::string{kNone});
  if (confinement.files == ChildFiles::read_only) add(kFileAccess, std::string{kReadOnly});
  for (const std::string& each : confinement.writable) add(kWritable, each);
  words.emplace_back(kCommandFollows);
  words.insert(words.end(), spec.argv.begin(), spec.argv.end());
  return words;
}

Result<ChildLaunch> parse_launch(std::span<const char* const> words) {
  ChildLaunch launch;
  while (!words.empty() && words.front() != kCommandFollows) {
    const std::string_view name = words.front();
    if (words.size() < 2 || !take_option(name, words[1], launch)) {
      return wrong_usage(fmt::format("\"{}\" is not understood", safe_for_log(name)));
    }
    words = words.subspan(2);
  }
  if (words.size() < 2 || *words[1] == '\0') return wrong_usage("there is no command behind --");
  if (launch.origin.parent == 0) return wrong_usage("there is no --parent");
  launch.spec.argv.assign(words.begin() + 1, words.end());
  return launch;
}

}  // namespace junctor::rt
