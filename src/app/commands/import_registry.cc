#include "app/commands/import_registry.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include <fmt/core.h>

#include "base/assert.h"

namespace junctor::app {
namespace {

using NodeKind = ConfigNode::Kind;
using Kind = ImportPart::Kind;

const ConfigNode* get(const ConfigNode& node, std::string_view key, std::string_view older = {}) {
  const ConfigMember* member = node.find(key);
  if (member == nullptr && !older.empty()) member = node.find(older);
  return member == nullptr || member->value.kind == NodeKind::null ? nullptr : &member->value;
}

std::string text_of(const ConfigNode& node, std::string_view key, std::string_view older = {}) {
  const ConfigNode* found = get(node, key, older);
  return found != nullptr && found->is_scalar() ? found->text : std::string{};
}

bool is_true(const ConfigNode& node, std::string_view key, std::string_view older) {
  return text_of(node, key, older) == "true";
}

std::span<const ConfigNode> list_of(const ConfigNode& node, std::string_view key,
                                    std::string_view older = {}) {
  const ConfigNode* found = get(node, key, older);
  return found == nullptr ? std::span<const ConfigNode>{} : found->items;
}

ImportValue variable(std::string_view words) {
  // Through the reader, which makes a name of any words.
  return read_import_value(fmt::format("${{input:{}}}", words), VariableSyntax::braces);
}

void append(ImportValue& value, ImportValue more) {
  for (ImportPart& part : more.parts) {
    const bool joins =
        !value.parts.empty() && part.kind == Kind::plain && value.parts.back().kind == Kind::plain;
    if (joins) {
      value.parts.back().text += part.text;
    } else {
      value.parts.push_back(std::move(part));
    }
  }
}

ImportValue plain(std::string_view text) {
  return read_import_value(text, VariableSyntax::none);
}

// A value as the registry describes inputs: given, by default, to be asked for, or nothing.
// `words` name the variable that stands for what is to be asked for.
std::optional<ImportValue> given_value(const ConfigNode& input, std::string_view words) {
  const bool is_secret = is_true(input, "isSecret", "is_secret");
  for (const std::string_view key : {"value", "default"}) {
    const std::string text = text_of(input, key);
    if (!text.empty() && !is_secret) return plain(text);
  }
  if (is_secret || is_true(input, "isRequired", "is_required")) return variable(words);
  return std::nullopt;
}

std::size_t bytes_of(const ImportValue& value) {
  std::size_t bytes = 0;
  for (const ImportPart& part : value.parts) bytes += part.text.size();
  return bytes;
}

// "{name}" in a template stands for one of the input's variables; other braces for themselves. One
// level deep, and no farther than the draft takes: a small file must not become a huge text.
ImportValue filled(std::string_view text, const ConfigNode& input) {
  ImportValue made;
  const ConfigNode* variables = get(input, "variables");
  for (std::size_t at = 0; at < text.size() && bytes_of(made) <= kImportTextBytesMax;) {
    const std::size_t begin = std::min(text.find('{', at), text.size());
    const std::size_t end = text.find('}', begin);
    append(made, plain(text.substr(at, begin - at)));
    if (end == std::string_view::npos) {
      append(made, plain(text.substr(begin)));
      break;
    }
    const std::string_view name = text.substr(begin + 1, end - begin - 1);
    const ConfigNode* known = variables == nullptr ? nullptr : get(*variables, name);
    if (known != nullptr) {
      append(made, given_value(*known, name).value_or(variable(name)));
    } else {
      append(made, plain(text.substr(begin, end + 1 - begin)));
    }
    at = end + 1;
  }
  return made;
}

std::optional<ImportValue> input_value(const ConfigNode& input, std::string_view words) {
  for (const std::string_view key : {"value", "default"}) {
    const std::string text = text_of(input, key);
    if (!text.empty() && get(input, "variables") != nullptr) return filled(text, input);
  }
  return given_value(input, words);
}

// ---- packages

struct Runner {
  std::string_view registry;
  std::string_view program;
  std::string_view version_mark;  // Between identifier and version.
  std::string_view before;        // A word before the package.
  std::string_view behind;
};
constexpr Runner kRunners[] = {
    {"npm", "npx", "@", "-y", ""},      {"pypi", "uvx", "==", "", ""},
    {"nuget", "dnx", "@", "", "--yes"}, {"oci", "docker", ":", "", ""},
    {"docker", "docker", ":", "", ""},
};

const Runner* runner_of(const ConfigNode& package) {
  const std::string registry = text_of(package, "registryType", "registry_type");
  const std::string older = text_of(package, "registry_name");
  const auto* found =
      std::ranges::find(kRunners, registry.empty() ? older : registry, &Runner::registry);
  return found == std::end(kRunners) ? nullptr : found;
}

bool starts_over_stdio(const ConfigNode& package) {
  const ConfigNode* transport = get(package, "transport");
  return transport == nullptr || text_of(*transport, "type") == "stdio";
}

std::string package_words(const ConfigNode& package, const Runner& runner) {
  std::string identifier = text_of(package, "identifier", "name");
  const std::string version = text_of(package, "version");
  const std::size_t slash = identifier.rfind('/');
  const std::size_t last = slash == std::string::npos ? 0 : slash + 1;
  // Newer descriptions of images have the version in the identifier.
  const bool has_version = identifier.find_first_of(":@=", last) != std::string::npos;
  if (version.empty() || version == "latest" || has_version) return identifier;
  return fmt::format("{}{}{}", identifier, runner.version_mark, version);
}

void add_arguments(ServerDraft& draft, std::span<const ConfigNode> arguments) {
  for (const ConfigNode& argument : arguments) {
    const std::string name = text_of(argument, "name");
    const bool is_named = text_of(argument, "type") == "named" && !name.empty();
    const std::string hint = text_of(argument, "valueHint", "value_hint");
    const std::string words = is_named ? name : hint.empty() ? std::string{"argument"} : hint;
    const auto value = input_value(argument, words);
    const bool is_required = is_true(argument, "isRequired", "is_required");
    const bool is_bare = is_named && get(argument, "value") == nullptr &&
                         get(argument, "default") == nullptr && is_required && hint.empty() &&
                         text_of(argument, "format").empty() &&
                         !is_true(argument, "isSecret", "is_secret");
    if (is_bare) {
      draft.add_word(name);
    } else if (value) {
      if (is_named) draft.add_word(name);
      draft.add_word_value(*value);
    } else {
      draft.lose(words, "an optional argument without a value");
    }
  }
}

// A container sees no variable that it is not given.
void add_container_words(ServerDraft& draft, const ConfigNode& package) {
  for (const std::string_view word : {"run", "-i", "--rm"}) draft.add_word(word);
  for (const ConfigNode& input :
       list_of(package, "environmentVariables", "environment_variables")) {
    const std::string name = text_of(input, "name");
    if (!input_value(input, name)) continue;
    draft.add_word("-e");
    draft.add_word(name);
  }
}

void read_package(ServerDraft& draft, const ConfigNode& package, const Runner& runner) {
  const std::string hint = text_of(package, "runtimeHint", "runtime_hint");
  draft.add_word(hint.empty() ? runner.program : std::string_view{hint});
  const auto runtime = list_of(package, "runtimeArguments", "runtime_arguments");
  if (runner.program == "docker") {
    add_container_words(draft, package);
  } else if (runtime.empty() && !runner.before.empty()) {
    draft.add_word(runner.before);
  }
  add_arguments(draft, runtime);
  draft.add_word(package_words(package, runner));
  if (!runner.behind.empty()) draft.add_word(runner.behind);
  add_arguments(draft, list_of(package, "packageArguments", "package_arguments"));
  for (const ConfigNode& input :
       list_of(package, "environmentVariables", "environment_variables")) {
    const std::string name = text_of(input, "name");
    if (const auto value = input_value(input, name)) draft.add_variable(name, *value);
  }
}

// ---- remotes

bool is_streamable(const ConfigNode& remote) {
  const std::string type = text_of(remote, "type", "transport_type");
  return type == "streamable-http" || type == "streamable";
}

void read_remote(ServerDraft& draft, const ConfigNode& remote) {
  draft.set_url(filled(text_of(remote, "url"), remote));
  for (const ConfigNode& header : list_of(remote, "headers")) {
    const std::string name = text_of(header, "name");
    if (const auto value = input_value(header, name)) {
      draft.add_header(name, *value);
    } else {
      draft.lose(fmt::format("headers.{}", name), "an optional header without a value");
    }
  }
}

// "io.github.someone/weather" is weather.
std::string_view short_name(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos || slash + 1 == name.size() ? name
                                                                     : name.substr(slash + 1);
}

void say_other_ways(ServerDraft& draft, std::size_t ways) {
  if (ways > 1) {
    draft.lose("packages and remotes",
               fmt::format("{} ways to reach it, of which the first that works is taken", ways));
  }
}

}  // namespace

bool is_registry_server(const ConfigNode& node) {
  const ConfigNode* name = get(node, "name");
  const ConfigNode* packages = get(node, "packages");
  const ConfigNode* remotes = get(node, "remotes");
  const auto is_list = [](const ConfigNode* found) {
    return found != nullptr && found->kind == NodeKind::list;
  };
  return name != nullptr && name->is_scalar() && (is_list(packages) || is_list(remotes));
}

void read_registry_server(const ConfigNode& server, ImportReading& reading) {
  JUNCTOR_ASSERT(is_registry_server(server));
  if (!has_room_for_server(reading)) return;
  const std::string name = text_of(server, "name");
  ServerDraft draft{reading, short_name(name), VariableSyntax::none};
  const auto remotes = list_of(server, "remotes");
  const auto packages = list_of(server, "packages");
  say_other_ways(draft, remotes.size() + packages.size());
  for (const ConfigNode& remote : remotes) {
    if (!is_streamable(remote)) continue;
    read_remote(draft, remote);
    return std::move(draft).finish();
  }
  for (const ConfigNode& package : packages) {
    const Runner* runner = runner_of(package);
    if (runner == nullptr || !starts_over_stdio(package)) continue;
    read_package(draft, package, *runner);
    return std::move(draft).finish();
  }
  draft.leave_out(packages.empty()
                      ? "it is reached over HTTP+SSE, which is not supported yet"
                      : "no package of it starts over stdio from npm, pypi, nuget or oci");
  std::move(draft).finish();
}

}  // namespace junctor::app
