#include "lang/cel/environment.h"

#include <algorithm>
#include <utility>

#include "lang/cel/lexer.h"

namespace junctor::lang::cel {
namespace {

// Names joined by dots.
bool is_name(std::string_view name) noexcept {
  bool is_start = true;
  for (const char c : name) {
    if (c == '.' ? is_start : !is_identifier_start(c) && (is_start || !is_digit(c))) return false;
    is_start = c == '.';
  }
  return !is_start;
}

std::unexpected<Error> bad_name(std::string_view name) {
  return fail(ErrorKind::invalid_argument, "bad_name",
              "\"" + std::string{name} +
                  "\" is no name: expected words of letters, digits and \"_\", joined by dots");
}

// What is the type of a value of that name: "list" is the type of list(dyn).
constexpr std::string_view kTypeNames[] = {
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
};

Value run_host_function(Machine& machine, Arguments arguments) {
  return (*static_cast<const HostFunction*>(arguments.context))(machine, arguments.values);
}

// Whether some values would fit both.
bool overlap(const Overload& a, const Overload& b) noexcept {
  if (a.style != b.style || a.parameters.size() != b.parameters.size()) return false;
  for (std::size_t i = 0; i < a.parameters.size(); ++i) {
    if ((a.kinds[i] & b.kinds[i]) == 0) return false;
  }
  return true;
}

}  // namespace

Environment::Environment() : host_{std::make_shared<Host>()} {
  for (const Overload& overload : library(std::nullopt)) add(overload);
  for (const std::string_view name : kTypeNames)
    types_.emplace(name, parse_type(name, host_->types).value_or(nullptr));
}

void Environment::add(const Overload& overload) {
  functions_[overload.name].push_back(&overload);
}

void Environment::enable(Extensions extensions) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Extension::blocks); ++i) {
    const auto extension = static_cast<Extension>(i);
    if (!extensions.has(extension) || extensions_.has(extension)) continue;
    extensions_.add(extension);
    for (const Overload& overload : library(extension)) add(overload);
  }
  const auto add_type = [this](std::string_view name) {
    types_.emplace(name, parse_type(name, host_->types).value_or(nullptr));
  };
  if (extensions.has(Extension::optionals)) add_type("optional_type");
  if (extensions.has(Extension::network)) {
    add_type("net.IP");
    add_type("net.CIDR");
  }
}

Result<> Environment::declare(std::string_view name, std::string_view type) {
  if (!is_name(name)) return bad_name(name);
  JUNCTOR_TRY(const Type* const parsed, parse_type(type, host_->types));
  variables_.insert_or_assign(std::string{name}, parsed);
  return {};
}

Result<> Environment::define(std::string_view name, CallStyle style, std::string_view signature,
                             HostFunction function) {
  if (!is_name(name)) return bad_name(name);
  JUNCTOR_TRY(Overload overload,
              make_overload({name, style, signature, &run_host_function}, host_->types));
  if (style == CallStyle::method && overload.parameters.empty())
    return fail(ErrorKind::invalid_argument, "bad_function",
                "a method takes its target as first parameter: " + std::string{name});
  for (const Overload* const other : functions(name)) {
    if (overlap(overload, *other))
      return fail(ErrorKind::invalid_argument, "bad_function",
                  "there is a function " + std::string{name} + " for such arguments already");
  }
  overload.context = &host_->functions.emplace_back(std::move(function));
  add(host_->overloads.emplace_back(std::move(overload)));
  return {};
}

const Type* Environment::variable(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : found->second;
}

const Type* Environment::type_named(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : found->second;
}

std::span<const Overload* const> Environment::functions(std::string_view name) const {
  const auto found = functions_.find(name);
  if (found == functions_.end()) return {};
  return found->second;
}

std::vector<std::string_view> Environment::names_like_variables() const {
  std::vector<std::string_view> names;
  names.reserve(variables_.size());
  for (const auto& [name, type] : variables_) names.emplace_back(name);
  return names;
}

std::vector<std::string_view> Environment::names_like_functions() const {
  std::vector<std::string_view> names;
  for (const auto& [name, overloads] : functions_) {
    if (is_identifier_start(name.front())) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace junctor::lang::cel
