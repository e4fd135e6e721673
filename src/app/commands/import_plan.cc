#include "app/commands/import_plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "app/commands/import_secret.h"
#include "app/config.h"
#include "base/assert.h"
#include "base/text.h"

namespace junctor::app {
namespace {

using Kind = ImportPart::Kind;

void for_each_part(const ImportedServer& server,
                   const std::function<void(const ImportPart&)>& see) {
  const auto value = [&see](const ImportValue& each) {
    for (const ImportPart& part : each.parts) see(part);
  };
  for (const ImportValue& word : server.command) value(word);
  for (const auto& [name, each] : server.env) value(each);
  value(server.cwd);
  value(server.url);
  for (const auto& [name, each] : server.headers) value(each);
}

std::vector<const ImportPart*> secrets_of(const ImportedServer& server) {
  std::vector<const ImportPart*> found;
  for_each_part(server, [&found](const ImportPart& part) {
    if (part.kind == Kind::secret) found.push_back(&part);
  });
  return found;
}

// Two servers that were given different keys are two servers.
bool has_same_secrets(const ImportedServer& a, const ImportedServer& b) {
  return std::ranges::equal(
      secrets_of(a), secrets_of(b),
      [](const ImportPart* one, const ImportPart* other) { return one->secret == other->secret; });
}

// All that a server is reached by as one text, with its secrets as variables of `name`. The order
// of a map does not count. No text holds the separators: NUL is refused before.
std::string reach_text(const ImportedServer& server, std::string_view name) {
  constexpr char kBetween = '\0';
  std::string made;
  const auto add = [&made](std::string_view word) { made.append(word).push_back(kBetween); };
  const auto add_fields = [&](const ImportFields& fields) {
    std::map<std::string, std::string> sorted;
    for (const auto& [key, value] : fields) sorted[key] = config_text(value, name);
    add(std::to_string(sorted.size()));
    for (const auto& [key, value] : sorted) {
      add(key);
      add(value);
    }
  };
  add(std::to_string(server.command.size()));
  for (const ImportValue& word : server.command) add(config_text(word, name));
  add_fields(server.env);
  add(config_text(server.cwd, name));
  add(config_text(server.url, name));
  add_fields(server.headers);
  return made;
}

// "github-2" is of the family of "github".
bool is_of_family(std::string_view name, std::string_view family) {
  if (!name.starts_with(family)) return false;
  const std::string_view rest = name.substr(family.size());
  return rest.empty() || (rest.starts_with('-') && parse_unsigned(rest.substr(1)));
}

class Planner {
 public:
  explicit Planner(const ExistingUpstreams& existing) : existing_{existing} {
    for (const ImportedServer& server : existing.servers) {
      by_reach_[reach_text(server, "")].push_back({.name = server.name, .server = server});
    }
    names_.insert(existing.names.begin(), existing.names.end());
  }

  void add(ImportedServer server) {
    const std::string wanted = upstream_name_of(server.name);
    if (say_known(server, wanted)) return;
    if (names_.size() >= kUpstreamsMax) {
      return note(server, fmt::format("is left out: a configuration has at most {} upstreams",
                                      kUpstreamsMax));
    }
    const std::string name = free_name(wanted);
    say_name(server, wanted, name);
    names_.insert(name);
    say_variables(server, name);
    by_reach_[reach_text(server, "")].push_back({.name = name, .server = server});
    plan_.added.push_back({.name = name, .server = std::move(server)});
  }

  ImportPlan take() && { return std::move(plan_); }

 private:
  void note(const ImportedServer& server, std::string_view sentence) {
    plan_.notes.push_back(
        fmt::format("server {} ({}) {}", shown_text(server.name), server.origin, sentence));
  }

  // Whether it is there already, under whatever name.
  bool say_known(const ImportedServer& server, const std::string& wanted) {
    if (const auto found = by_reach_.find(reach_text(server, "")); found != by_reach_.end()) {
      for (const PlannedUpstream& known : found->second) {
        if (!has_same_secrets(server, known.server)) continue;
        note(server, known.name == wanted
                         ? std::string{"is there already"}
                         : fmt::format("is there already, under the name {}", known.name));
        return true;
      }
    }
    if (secrets_of(server).empty()) return false;
    for (const ImportedServer& known : existing_.servers) {
      if (!is_of_family(known.name, wanted)) continue;
      if (reach_text(server, known.name) != reach_text(known, known.name)) continue;
      if (!secrets_of(known).empty() && !has_same_secrets(server, known)) continue;
      note(server, fmt::format("is there already as {}; whether its secrets are the same is not "
                               "known",
                               known.name));
      // What comes after may be the same with the same secrets, which are known now.
      by_reach_[reach_text(server, "")].push_back({.name = known.name, .server = server});
      return true;
    }
    return false;
  }

  std::string free_name(const std::string& wanted) const {
    std::string name = wanted;
    for (std::size_t number = 2; names_.contains(name); ++number) {
      const std::string suffix = fmt::format("-{}", number);
      name = wanted.substr(0, kUpstreamNameBytesMax - suffix.size()) + suffix;
      JUNCTOR_ASSERT(number <= kUpstreamsMax + 1);
    }
    return name;
  }

  void say_name(const ImportedServer& server, const std::string& wanted, const std::string& name) {
    if (name != wanted) {
      note(server, fmt::format("is called {}, since {} is another server", name, wanted));
    } else if (name != server.name) {
      note(server, fmt::format("is called {}: names have letters, digits and . _ -, and at most {} "
                               "bytes",
                               name, kUpstreamNameBytesMax));
    }
  }

  void say_variables(const ImportedServer& server, const std::string& name) {
    for_each_part(server, [&](const ImportPart& part) {
      if (part.kind == Kind::variable) say_reference(part, name);
      if (part.kind == Kind::secret) say_secret(part, server, name);
    });
  }

  void say_reference(const ImportPart& part, const std::string& name) {
    if (!said_.insert(part.text).second) return;
    plan_.variables.push_back(
        fmt::format("{}: of server {}, written {} there", part.text, name, part.origin));
  }

  void say_secret(const ImportPart& part, const ImportedServer& server, const std::string& name) {
    const std::string variable = variable_name(name, part.text);
    const auto [found, is_new] = secrets_.try_emplace(variable, part.secret);
    if (!is_new && !(found->second == part.secret)) {
      note(server, fmt::format("would share the variable {} with another server, whose secret is "
                               "another: rename one of them in the configuration",
                               variable));
    }
    if (!said_.insert(variable).second) return;
    plan_.variables.push_back(fmt::format("{}: the secret in {} of server {} ({})", variable,
                                          part.origin, name, server.origin));
  }

  const ExistingUpstreams& existing_;
  std::unordered_map<std::string, std::vector<PlannedUpstream>> by_reach_;
  std::set<std::string> names_;
  std::set<std::string> said_;
  std::map<std::string, Secret> secrets_;
  ImportPlan plan_;
};

}  // namespace

ImportPlan plan_import(std::vector<ImportedServer> found, const ExistingUpstreams& existing) {
  Planner planner{existing};
  for (ImportedServer& server : found) planner.add(std::move(server));
  return std::move(planner).take();
}

std::string upstream_name_of(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (has_secret_shape(text)) return "server";
  if (!text.empty() && text.size() <= kUpstreamNameBytesMax && std::ranges::all_of(text, is_good)) {
    return std::string{text};
  }
  std::string made;
  for (const char c : text) {
    if (made.size() == kUpstreamNameBytesMax) break;
    if (is_good(c) && c != '-') {
      made += ascii_lower(c);
    } else if (!made.empty() && made.back() != '-') {
      made += '-';
    }
  }
  while (made.ends_with('-')) made.pop_back();
  return made.empty() || has_secret_shape(made) ? "server" : made;
}

std::string reached_by(const PlannedUpstream& upstream) {
  if (!upstream.server.url.empty()) {
    return shown_text(config_text(upstream.server.url, upstream.name));
  }
  std::string made;
  for (const ImportValue& word : upstream.server.command) {
    if (!made.empty()) made += ' ';
    made += config_text(word, upstream.name);
  }
  return shown_text(made);
}

}  // namespace junctor::app
