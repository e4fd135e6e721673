#include "app/config.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "app/config_node.h"
#include "app/config_settings.h"
#include "app/read_file.h"
#include "base/assert.h"
#include "base/text.h"
#include "control/control.h"

namespace junctor::app {
namespace {

// Rules that look at more than one value. A value that was bad itself is left alone: one problem
// each.
class CrossChecks {
 public:
  CrossChecks(const Config& config, const ConfigNode& root, ProblemList& problems)
      : config_{config}, root_{root}, problems_{problems} {}

  void run() {
    check_auth();
    check_upstreams();
    check_routes();
  }

 private:
  // The default listens on loopback, so an open address was written by somebody: that person is
  // asked to say that it is meant.
  void check_auth() {
    const ConfigMember* listen = root_.find("listen");
    const ConfigMember* http = listen != nullptr ? listen->value.find("http") : nullptr;
    if (config_.listen.http.is_loopback() || root_.find("auth") != nullptr) return;
    JUNCTOR_ASSERT(http != nullptr);
    problems_.add(http->value.mark, "listen.http",
                  "this address can be reached from other machines, and nobody is asked who they "
                  "are; write `auth: none` at the top level if that is meant, or listen on "
                  "127.0.0.1");
  }

  // The entries of a list of maps, as nodes; the config's list has one element for each.
  [[nodiscard]] std::span<const ConfigNode> entries(std::string_view key) const {
    const ConfigMember* member = root_.find(key);
    return member == nullptr ? std::span<const ConfigNode>{} : member->value.items;
  }

  // Asked of the file and not of the value: a value that could not be read is there all the same.
  void require(const ConfigNode& node, const std::string& path, std::string_view key) {
    if (node.kind == ConfigNode::Kind::map && node.find(key) == nullptr) {
      problems_.add(node.mark, path, fmt::format("`{}:` is missing", key));
    }
  }

  // Entries that belong to a later version (stdio, HTTP+SSE) have been told so, and lack nothing
  // more.
  void check_upstreams() {
    const auto nodes = entries("upstreams");
    for (std::size_t i = 0; i < config_.upstreams.size(); ++i) {
      const std::string path = element_path("upstreams", i);
      require(nodes[i], path, "name");
      check_way(config_.upstreams[i], nodes[i], path);
      check_tls_file(config_.upstreams[i], nodes[i], path);
      check_writable(config_.upstreams[i], nodes[i], path);
      const UpstreamName& name = config_.upstreams[i].name;
      const auto first = std::ranges::find(config_.upstreams, name, &agent::UpstreamSettings::name);
      if (name.empty() || first == config_.upstreams.begin() + static_cast<std::ptrdiff_t>(i)) {
        continue;
      }
      problems_.add(nodes[i].find("name")->value.mark, path + ".name",
                    fmt::format("an upstream named \"{}\" is there already", name.view()));
    }
  }

  // A URL or a command, and nothing that belongs to the other.
  void check_way(const agent::UpstreamSettings& upstream, const ConfigNode& node,
                 const std::string& path) {
    const ConfigMember* const command = node.find("command");
    if (command == nullptr && node.find("sse") == nullptr) require(node, path, "url");
    const auto refuse = [&](std::string_view word, std::string_view sentence) {
      const ConfigMember* const member = node.find(word);
      if (member != nullptr)
        problems_.add(member->mark, member_path(path, word), std::string{sentence});
    };
    if (command != nullptr) {
      refuse("url", "an upstream has a `url:` or a `command:`, not both");
      refuse("headers", "a command is not spoken to over HTTP; give it what it needs by `env:`");
      refuse("tls", "a command is not spoken to over HTTP, so this would do nothing");
    } else if (!upstream.url.host.empty()) {
      refuse("env", "only a `command:` has an environment; give a server at a URL `headers:`");
      refuse("cwd", "only a `command:` runs in a folder");
      refuse("process", "only a `command:` has processes");
    }
  }

  // A setting that does nothing is a mistake about the url, mostly.
  void check_tls_file(const agent::UpstreamSettings& upstream, const ConfigNode& node,
                      const std::string& path) {
    const ConfigMember* tls = node.find("tls");
    if (tls == nullptr || upstream.url.host.empty()) return;
    if (upstream.url.scheme == net::Url::Scheme::https) return;
    problems_.add(tls->mark, path + ".tls", "the url is not https, so this would do nothing");
  }

  void check_writable(const agent::UpstreamSettings& upstream, const ConfigNode& node,
                      const std::string& path) {
    const rt::Confinement& confinement = upstream.stdio.confinement;
    const bool is_moot = confinement.files == rt::ChildFiles::shared;
    if (!upstream.is_stdio() || !is_moot || confinement.writable.empty()) return;
    problems_.add(node.mark, path + ".process.writable",
                  "all files can be written already; write `files: read_only` beside it if that "
                  "is meant");
  }

  void check_routes() {
    const auto nodes = entries("routes");
    for (std::size_t i = 0; i < config_.routes.size(); ++i) {
      const std::string path = element_path("routes", i);
      require(nodes[i], path, "path");
      if (nodes[i].find("upstreams") == nullptr) require(nodes[i], path, "upstream");
      check_route_path(i, nodes[i], path);
      check_route_upstreams(config_.routes[i], nodes[i], path);
    }
  }

  // The router would refuse these too, but knows no lines and columns.
  void check_route_path(std::size_t index, const ConfigNode& node, const std::string& path) {
    const std::string& taken = config_.routes[index].path;
    if (taken.empty()) return;
    const auto first = std::ranges::find(config_.routes, taken, &RouteConfig::path);
    const bool is_first = first == config_.routes.begin() + static_cast<std::ptrdiff_t>(index);
    const bool is_control =
        !config_.listen.admin &&
        std::ranges::find(control::kPaths, std::string_view{taken}) != std::end(control::kPaths);
    if (is_first && !is_control) return;
    problems_.add(node.find("path")->value.mark, path + ".path",
                  is_control ? "the gateway serves this path itself; choose another, or move its "
                               "own paths away with listen.admin"
                             : "another route has this path already");
  }

  void check_route_upstreams(const RouteConfig& route, const ConfigNode& node,
                             const std::string& path) {
    if (const ConfigMember* const one = node.find("upstream"); one != nullptr) {
      check_upstream_name(route.upstream, one->value, path + ".upstream");
      if (const ConfigMember* const naming = node.find("naming"); naming != nullptr) {
        problems_.add(naming->mark, path + ".naming",
                      "names of one upstream are not changed; this is for `upstreams:`");
      }
      return;
    }
    const ConfigMember* const several = node.find("upstreams");
    for (std::size_t i = 0; i < route.members.size(); ++i) {
      const ConfigNode& item = several->value.items[i];
      const std::string item_path = element_path(path + ".upstreams", i);
      check_upstream_name(route.members[i], item, item_path);
      const auto first = std::ranges::find(route.members, route.members[i]);
      if (!route.members[i].empty() &&
          first - route.members.begin() < static_cast<std::ptrdiff_t>(i))
        problems_.add(item.mark, item_path, "the same upstream stands here twice");
    }
  }

  void check_upstream_name(const UpstreamName& name, const ConfigNode& node,
                           const std::string& path) {
    if (name.empty()) return;
    std::vector<std::string_view> names;
    names.reserve(config_.upstreams.size());
    for (const agent::UpstreamSettings& upstream : config_.upstreams) {
      names.push_back(upstream.name.view());
    }
    if (std::ranges::find(names, name.view()) != names.end()) return;
    const auto near = did_you_mean(name.view(), names);
    problems_.add(node.mark, path,
                  fmt::format("no upstream is named \"{}\"{}", name.view(),
                              near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
  }

  const Config& config_;
  const ConfigNode& root_;
  ProblemList& problems_;
};

// Without a place: the file could not be read, or not at all.
std::unexpected<ConfigProblems> whole_file_problem(std::string sentence) {
  ConfigProblem problem;
  problem.sentence = std::move(sentence);
  return std::unexpected{ConfigProblems{std::move(problem)}};
}

// `upstream_defaults` is read before `upstreams` wherever it stands in the file.
void put_defaults_first(ConfigNode& root) {
  const auto defaults =
      std::ranges::find(root.members, std::string_view{"upstream_defaults"}, &ConfigMember::key);
  if (defaults != root.members.end()) {
    std::rotate(root.members.begin(), defaults, std::next(defaults));
  }
}

}  // namespace

// Without a file there is nothing to route, but health and metrics can be looked at.
Config default_config() {
  Config config;
  config.listen.admin = rt::Endpoint::ipv4({127, 0, 0, 1}, 8081);
  return config;
}

// Names become positions once, here; what the file calls things is for people.
agent::Settings agent_settings(const Config& config) {
  agent::Settings settings{.upstreams = config.upstreams, .routes = {}, .limits = config.agent};
  settings.limits.body_bytes_max = config.http.body_bytes_max;
  settings.limits.write_timeout = config.http.write_timeout;
  for (const RouteConfig& route : config.routes) {
    const auto index_of = [&](const UpstreamName& name) {
      const auto found = std::ranges::find(config.upstreams, name, &agent::UpstreamSettings::name);
      JUNCTOR_ASSERT(found != config.upstreams.end());
      return static_cast<std::size_t>(found - config.upstreams.begin());
    };
    agent::RouteSettings made{.path = route.path, .naming = route.naming};
    for (const UpstreamName& name : route.members) made.members.push_back(index_of(name));
    if (made.members.empty()) made.upstream = index_of(route.upstream);
    // What is left out of an upstream must not be had by asking for it.
    if (made.members.empty() && !config.upstreams[made.upstream].selection.is_everything())
      made.members = {made.upstream};
    settings.routes.push_back(std::move(made));
  }
  return settings;
}

// As compilers write it, so that editors jump to the place.
std::string describe(const ConfigProblem& problem, std::string_view file) {
  std::string text{file};
  if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
  text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  return text + problem.sentence;
}

ConfigSources system_sources(std::string folder) {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value == nullptr ? std::nullopt : std::optional<std::string>{value};
          },
          .file_blocking =
              [folder = std::move(folder)](const std::string& path) {
                return read_file_blocking(path.starts_with('/') ? path : folder + "/" + path,
                                          kConfigBytesMax);
              }};
}

// Everything that is wrong is told at once. Syntax is the exception: behind it nothing can be
// trusted.
std::expected<Config, ConfigProblems> parse_config(std::string_view text,
                                                   const ConfigSources& sources) {
  if (text.size() > kConfigBytesMax) {
    return whole_file_problem(fmt::format("the file has more than {} bytes", kConfigBytesMax));
  }
  auto root = read_config_tree(text);
  if (!root) return std::unexpected{std::move(root.error())};
  if (root->kind == ConfigNode::Kind::null) root->kind = ConfigNode::Kind::map;

  ProblemList problems;
  substitute(*root, sources, problems);
  put_defaults_first(*root);
  Config config;
  read_map(config, *root, "", Vocabulary<Config>{config_settings(), config_not_yet()}, problems);
  CrossChecks{config, *root, problems}.run();
  if (!problems.empty()) return std::unexpected{std::move(problems).take()};
  return config;
}

// Files that the configuration names are looked for beside it, from wherever the program is
// started.
std::expected<Config, ConfigProblems> load_config_blocking(const std::string& path) {
  const auto text = read_file_blocking(path, kConfigBytesMax);
  if (!text) return whole_file_problem(text.error().detail());
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  auto config = parse_config(*text, system_sources(folder));
  if (!config) return config;
  const auto place = [&folder](std::string& file) {
    if (!file.empty() && !file.starts_with('/')) file.insert(0, folder + "/");
  };
  for (agent::UpstreamSettings& upstream : config->upstreams) {
    place(upstream.ca_file);
    place(upstream.stdio.folder);
    for (std::string& each : upstream.stdio.confinement.writable) place(each);
  }
  return config;
}

}  // namespace junctor::app
