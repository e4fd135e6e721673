// Goal: a configuration means exactly what it says, in YAML and in JSON, and everything that is
// wrong with one is said at once, with its place, and without a secret. Method: rows of text and
// what must come of them; the sources of ${...} are a table.

#include "app/config.h"

#include <gtest/gtest.h>

#include <map>

#include "app/config_node.h"

namespace junctor::app {
namespace {

using namespace std::chrono_literals;

ConfigSources table_sources() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            const std::map<std::string, std::string> known{{"KEY", "s3cret"}, {"SHARDS", "3"}};
            const auto found = known.find(name);
            return found == known.end() ? std::nullopt : std::optional{found->second};
          },
          .file_blocking = [](const std::string& path) -> Result<std::string> {
            if (path == "key") return std::string{"0123456789abcdef0123456789abcdef\n"};
            return fail(ErrorKind::not_found, "file_unreadable", "cannot read " + path);
          }};
}

std::string problems_of(std::string_view text) {
  const auto config = parse_config(text, table_sources());
  if (config) return "none";
  std::string all;
  for (const ConfigProblem& problem : config.error()) all += describe(problem, "f") + "\n";
  return all;
}

Config good(std::string_view text) {
  auto config = parse_config(text, table_sources());
  EXPECT_TRUE(config.has_value()) << (config ? "" : problems_of(text));
  return config ? *config : Config{};
}

TEST(Config, AnEmptyFileMeansTheDefaults) {
  for (const std::string_view text : {"", "# nothing\n", "{}", "---\n"}) {
    const Config config = good(text);
    EXPECT_EQ(config.listen.http.text(), "127.0.0.1:8080");
    EXPECT_FALSE(config.listen.admin.has_value());
    EXPECT_EQ(config.http.body_bytes_max, 16_MiB);
    EXPECT_TRUE(config.upstreams.empty());
  }
  EXPECT_EQ(default_config().listen.admin->text(), "127.0.0.1:8081");
}

constexpr std::string_view kWhole = R"(
listen:
  http: "[::1]:0"
  admin: 127.0.0.1:9
  allowed_hosts: [gateway.example]
shards: "${env:SHARDS}"
upstreams:
  - name: tickets
    url: https://tickets.example/mcp
    era: modern
    headers: {X-Api-Key: "a${env:KEY}b", Plain: "$${x}"}
    timeout: 5s
    tls: {ca_file: /etc/ca.pem}
  - {name: plain, url: "http://127.0.0.1:1/x"}
upstream_defaults:
  connect_timeout: 250ms
  timeout: 7s
routes:
  - {path: /mcp, upstream: tickets}
  - {path: /all, upstreams: [plain]}
limits: {body_bytes_max: 1MiB, head_timeout: 2s}
sessions: {max: 5}
log: {level: off, format: json, access: sampled, access_one_in: 10}
drain: {delay: 0, timeout: 1m}
seal: {keys: ["${file:key}"]}
)";

TEST(Config, EveryKindOfValueArrives) {
  const Config config = good(kWhole);
  EXPECT_EQ(config.listen.http.text(), "[::1]:0");
  EXPECT_EQ(config.listen.admin->port(), 9);
  EXPECT_EQ(config.listen.allowed_hosts, std::vector<std::string>{"gateway.example"});
  EXPECT_EQ(config.shards, 3U);
  ASSERT_EQ(config.upstreams.size(), 2U);
  const agent::UpstreamSettings& tickets = config.upstreams[0];
  EXPECT_EQ(tickets.name.view(), "tickets");
  EXPECT_EQ(tickets.url.scheme, net::Url::Scheme::https);
  EXPECT_EQ(tickets.era, agent::EraChoice::modern);
  ASSERT_EQ(tickets.headers.size(), 2U);
  EXPECT_EQ(tickets.headers[0].value.reveal(), "as3cretb");
  EXPECT_EQ(tickets.headers[1].value.reveal(), "${x}");
  EXPECT_EQ(tickets.timeouts.total, 5s);
  EXPECT_EQ(tickets.ca_file, "/etc/ca.pem");
  EXPECT_EQ(config.http.body_bytes_max, 1_MiB);
  EXPECT_EQ(config.http.head_timeout, 2s);
  EXPECT_EQ(config.agent.sessions.max, 5U);
  EXPECT_EQ(config.log.level, LogLevel::off);
  EXPECT_EQ(config.log.access, AccessLog::sampled);
  EXPECT_EQ(config.drain.timeout, 60s);
  ASSERT_EQ(config.seal_keys.size(), 1U);
  EXPECT_EQ(config.seal_keys[0].reveal().size(), 32U);
}

TEST(Config, DefaultsOfUpstreamsCountWhereverTheyStand) {
  const Config config = good(kWhole);
  EXPECT_EQ(config.upstreams[0].client.connect_timeout, 250ms);
  EXPECT_EQ(config.upstreams[1].client.connect_timeout, 250ms);
  EXPECT_EQ(config.upstreams[1].timeouts.total, 7s);
}

TEST(Config, RoutesFindTheirUpstreams) {
  const agent::Settings settings = agent_settings(good(kWhole));
  ASSERT_EQ(settings.routes.size(), 2U);
  EXPECT_EQ(settings.routes[0].upstream, 0U);
  EXPECT_TRUE(settings.routes[0].members.empty()) << "an identity route";
  EXPECT_EQ(settings.routes[1].members, std::vector<std::size_t>{1}) << "federated, though of one";
  EXPECT_EQ(settings.limits.body_bytes_max, 1_MiB) << "one setting bounds both rooms";
}

TEST(Config, WhatIsOfferedOfAnUpstreamArrives) {
  const Config config = good(
      "upstreams:\n  - name: a\n    url: http://a/\n"
      "    tools: {allow: [\"list_*\", echo], deny: [list_secrets], rename: {echo: say}}\n"
      "    prompts: {allow: []}\n"
      "routes: [{path: /a, upstream: a}]\n");
  const agent::Selection& selection = config.upstreams.at(0).selection;
  EXPECT_EQ(selection.tools.allow, (std::vector<std::string>{"list_*", "echo"}));
  EXPECT_EQ(selection.tools.deny, (std::vector<std::string>{"list_secrets"}));
  EXPECT_EQ(selection.tools.renamed("echo"), "say");
  EXPECT_EQ(selection.prompts.allow, std::vector<std::string>{});
  EXPECT_TRUE(selection.resources.is_everything());
}

TEST(Config, AnUpstreamThatIsOfferedInPartHasNoIdentityRoute) {
  constexpr std::string_view kText =
      "upstreams:\n  - {name: a, url: \"http://a/\"}\n"
      "  - {name: b, url: \"http://b/\", tools: {deny: [x]}}\n"
      "routes: [{path: /a, upstream: a}, {path: /b, upstream: b}]\n";
  const agent::Settings settings = agent_settings(good(kText));
  EXPECT_TRUE(settings.routes.at(0).members.empty());
  EXPECT_EQ(settings.routes.at(1).members, (std::vector<std::size_t>{1}));
}

TEST(Config, JsonMeansTheSame) {
  const Config config = good(
      R"({"shards":2,"upstreams":[{"name":"\u0061","url":"http:\/\/127.0.0.1\/","timeout":"1s"}],)"
      R"("routes":[{"path":"/mcp","upstream":"a"}],"log":{"level":"warn"}})");
  EXPECT_EQ(config.shards, 2U);
  ASSERT_EQ(config.upstreams.size(), 1U);
  EXPECT_EQ(config.upstreams[0].name.view(), "a");
  EXPECT_EQ(config.log.level, LogLevel::warn);
}

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view problem;  // The beginning of the only one.
};

const Case kCases[] = {
    {"unknown_key", "shard: 1", "f:1:1: shard: unknown key; did you mean \"shards\"?"},
    {"unknown_key_below", "log:\n  leve: info",
     "f:2:3: log.leve: unknown key; did you mean \"level\"?"},
    {"nothing_near", "log: {zzzzzz: 1}", "f:1:7: log.zzzzzz: unknown key; expected level, format"},
    {"a_path_is_no_key", "log.level: off", "f:1:1: log.level: unknown key"},
    {"dots_in_a_key_below", "log: {a.b: off}", "f:1:7: log.a.b: unknown key; expected level"},
    {"empty_key", "'': 1", "f:1:1: "},
    {"control_bytes_in_a_key", "\"a\\nb\": 1", "f:1:1: a\\x0ab: unknown key"},
    {"twice", "shards: 1\nshards: 2", "f:2:1: shards: stands twice"},
    {"twice_in_json", R"({"log":{"level":"off","lev\u0065l":"off"}})",
     "f:1:23: log.level: stands twice"},
    {"not_a_number", "shards: many", "f:1:9: shards: expected a whole number, not \"many\""},
    {"negative", "shards: -1", "f:1:9: shards: expected a whole number"},
    {"fraction", "shards: 1.5", "f:1:9: shards: expected a whole number"},
    {"over_the_bound", "shards: 257",
     "f:1:9: shards: expected a value between 0 and 256, not \"257\""},
    {"a_list_for_a_number", "shards: [1]", "f:1:9: shards: expected a whole number, not a list"},
    {"a_boolean_for_a_number", "shards: true",
     "f:1:9: shards: expected a whole number, not a boolean"},
    {"nothing_for_a_number", "shards:", "f:1:1: shards: expected a whole number, not nothing"},
    {"a_word_for_a_map", "log: info", "f:1:6: log: expected a map (key: value), not text"},
    {"size_without_unit_i", "limits: {body_bytes_max: 1MB}",
     "f:1:26: limits.body_bytes_max: expected a size"},
    {"time_without_unit", "limits: {head_timeout: 5}",
     "f:1:24: limits.head_timeout: expected a time"},
    {"time_over_the_bound", "drain: {delay: 2h}",
     "f:1:16: drain.delay: expected a value between 0s and 1h"},
    {"choice", "log: {level: warm}",
     "f:1:14: log.level: expected debug, info, warn, error or off, not \"warm\"; did you mean "
     "\"warn\"?"},
    {"address", "listen: {http: nowhere}", "f:1:16: listen.http: "},
    {"open_without_auth", "listen: {http: \"0.0.0.0:80\"}",
     "f:1:16: listen.http: this address can be reached"},
    {"auth_of_another_kind", "auth: oidc", "f:1:7: auth: expected none"},
    {"tls_to_clients", "listen: {tls: {cert: a}}",
     "f:1:10: listen.tls: TLS towards clients is not supported yet"},
    {"text_for_a_list", "listen: {allowed_hosts: a}",
     "f:1:25: listen.allowed_hosts: expected a list of texts"},
    {"upstreams_as_a_map", "upstreams: {a: b}", "f:1:12: upstreams: expected a list"},
    {"no_name", "upstreams: [{url: \"http://a/\"}]", "f:1:13: upstreams[0]: `name:` is missing"},
    {"no_url", "upstreams: [{name: a}]", "f:1:13: upstreams[0]: `url:` is missing"},
    {"command_as_a_line", "upstreams: [{name: a, command: npx -y x}]",
     "f:1:32: upstreams[0].command: expected a list of words"},
    {"command_without_a_program", "upstreams: [{name: a, command: []}]",
     "f:1:32: upstreams[0].command: expected the program first"},
    {"command_and_url", "upstreams: [{name: a, command: [x], url: \"http://a/\"}]",
     "f:1:37: upstreams[0].url: an upstream has a `url:` or a `command:`, not both"},
    {"command_with_headers", "upstreams: [{name: a, command: [x], headers: {A: b}}]",
     "f:1:37: upstreams[0].headers: a command is not spoken to over HTTP"},
    {"url_with_environment", "upstreams: [{name: a, url: \"http://a/\", env: {A: b}}]",
     "f:1:41: upstreams[0].env: only a `command:` has an environment"},
    {"url_with_a_folder", "upstreams: [{name: a, url: \"http://a/\", cwd: b}]",
     "f:1:41: upstreams[0].cwd: only a `command:` runs in a folder"},
    {"url_with_processes", "upstreams: [{name: a, url: \"http://a/\", process: {max: 2}}]",
     "f:1:41: upstreams[0].process: only a `command:` has processes"},
    {"writable_without_read_only", "upstreams: [{name: a, command: [x], process: {writable: [d]}}]",
     "f:1:13: upstreams[0].process.writable: all files can be written already"},
    {"writable_without_a_name",
     "upstreams: [{name: a, command: [x], process: {files: read_only, writable: [\"\"]}}]",
     "f:1:76: upstreams[0].process.writable[0]: expected text"},
    {"unknown_network", "upstreams: [{name: a, command: [x], process: {network: some}}]",
     "f:1:56: upstreams[0].process.network: expected"},
    {"variable_that_is_no_text", "upstreams: [{name: a, command: [x], env: {A: [b]}}]",
     "f:1:46: upstreams[0].env.A: expected text"},
    {"variable_name", "upstreams: [{name: a, command: [x], env: {\"A=B\": b}}]",
     "f:1:43: upstreams[0].env.A=B: expected the name of an environment variable"},
    {"sse", "upstreams: [{name: a, sse: \"http://a/\"}]",
     "f:1:23: upstreams[0].sse: the HTTP+SSE transport is not"},
    {"name_with_blank", "upstreams: [{name: a b, url: \"http://a/\"}]",
     "f:1:20: upstreams[0].name: expected a name"},
    {"name_is_a_number", "upstreams: [{name: 7, url: \"http://a/\"}]",
     "f:1:20: upstreams[0].name: expected text; put the number in quotes"},
    {"same_name", "upstreams: [{name: a, url: \"http://a/\"}, {name: a, url: \"http://b/\"}]",
     "f:1:49: upstreams[1].name: an upstream named \"a\" is there already"},
    {"own_header", "upstreams: [{name: a, url: \"http://a/\", headers: {content-LENGTH: \"1\"}}]",
     "f:1:51: upstreams[0].headers.content-LENGTH: the gateway writes this header itself"},
    {"mcp_header", "upstreams: [{name: a, url: \"http://a/\", headers: {Mcp-Param-X: \"1\"}}]",
     "f:1:51: upstreams[0].headers.Mcp-Param-X: the gateway writes"},
    {"header_injection", "upstreams: [{name: a, url: \"http://a/\", headers: {X: \"a\\r\\nb\"}}]",
     "f:1:54: upstreams[0].headers.X: expected at most"},
    {"header_twice", "upstreams: [{name: a, url: \"http://a/\", headers: {X: a, x: b}}]",
     "f:1:57: upstreams[0].headers.x: the same header"},
    {"header_is_a_number", "upstreams: [{name: a, url: \"http://a/\", headers: {X: 1}}]",
     "f:1:54: upstreams[0].headers.X: expected text, not a number"},
    {"tls_of_plain_http", "upstreams: [{name: a, url: \"http://a/\", tls: {ca_file: x}}]",
     "f:1:41: upstreams[0].tls: the url is not https"},
    {"no_such_upstream",
     "upstreams: [{name: tickets, url: \"http://a/\"}]\nroutes: [{path: /a, upstream: ticket}]",
     "f:2:31: routes[0].upstream: no upstream is named \"ticket\"; did you mean \"tickets\"?"},
    {"several_upstreams_one_unknown",
     "upstreams: [{name: a, url: \"http://a/\"}]\nroutes: [{path: /a, upstreams: [a, b]}]",
     "f:2:36: routes[0].upstreams[1]: no upstream is named \"b\""},
    {"an_upstream_twice",
     "upstreams: [{name: a, url: \"http://a/\"}]\nroutes: [{path: /a, upstreams: [a, a]}]",
     "f:2:36: routes[0].upstreams[1]: the same upstream stands here twice"},
    {"naming_of_one",
     "upstreams: [{name: a, url: \"http://a/\"}]\n"
     "routes: [{path: /a, upstream: a, naming: always}]",
     "f:2:34: routes[0].naming: names of one upstream are not changed"},
    {"no_upstream", "routes: [{path: /a}]", "f:1:10: routes[0]: `upstream:` is missing"},
    {"two_ways",
     "upstreams: [{name: a, url: \"http://a/\"}]\nroutes: [{path: /a, upstream: a, upstreams: "
     "[a]}]",
     "f:2:45: routes[0].upstreams: a route has `upstream:` or `upstreams:`, not both"},
    {"strange_path",
     "upstreams: [{name: a, url: \"http://a/\"}]\nroutes: [{path: /a/../b, upstream: a}]",
     "f:2:17: routes[0].path: expected a path such as /mcp"},
    {"same_path",
     "upstreams: [{name: a, url: \"http://a/\"}]\nroutes: [{path: /a, upstream: a}, {path: /a, "
     "upstream: a}]",
     "f:2:42: routes[1].path: another route has this path"},
    {"own_path",
     "upstreams: [{name: a, url: \"http://a/\"}]\nroutes: [{path: /metrics, upstream: a}]",
     "f:2:17: routes[0].path: the gateway serves this path itself"},
    {"short_seal_key", "seal: {keys: [short]}", "f:1:14: seal.keys: "},
    {"variable_not_set", "shards: \"${env:NOPE}\"",
     "f:1:9: shards: the environment variable NOPE is not set"},
    {"file_not_there", "seal: {keys: [\"${file:nope}\"]}",
     "f:1:15: seal.keys[0]: cannot read nope"},
    {"unknown_substitution", "log: {level: \"${vault:x}\"}",
     "f:1:14: log.level: expected ${env:NAME} or ${file:PATH}"},
    {"open_substitution", "log: {level: \"${env:x\"}", "f:1:14: log.level: a ${ without its }"},
    {"not_utf8", "a: 1\nb: \xff", "f:2:4: this is not UTF-8"},
    {"utf16", "\xff\xfe\x61\x3a", "f:1:1: this is not UTF-8"},
    {"address_with_control_bytes", "listen: {http: \"a\\nb\"}",
     "f:1:16: listen.http: expected HOST:PORT with a numeric address, such as 127.0.0.1:8080 or "
     "[::1]:8080, or unix:PATH, not \"a\\x0ab\""},
    {"control_character", "a: \x01", "f:1:4: a control character stands here"},
    {"yaml_syntax", "a: [1", "f:"},
    {"yaml_tab", "a:\n\t- b", "f:2:2: this is not YAML"},
    {"anchor", "log: &a {level: off}", "f:1:6: anchors"},
    {"alias", "log: *a", "f:"},
    {"tag", "shards: !!int 1", "f:1:9: tags"},
    {"two_documents", "shards: 1\n---\nshards: 2", "f: more than one document"},
    {"a_list_as_key", "? [a]\n: b", "f:1:3: a key is a word"},
    {"top_level_list", "- a", "f:1:1: expected a map"},
    {"json_syntax", "{\"a\":}", "f:1:6: this is not JSON (syntax)"},
    {"json_trailing", "{} x", "f:1:4: this is not JSON (trailing)"},
};

TEST(Config, EachRuleSaysWhatWasExpectedAndWhere) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    std::string problems = problems_of(c.text);
    EXPECT_TRUE(problems.starts_with(c.problem)) << problems;
    EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 1) << problems;
  }
}

TEST(Config, AllProblemsAreReportedInTheOrderOfTheFile) {
  EXPECT_EQ(problems_of("shards: x\nlog: {level: y}\ndrain: {timeout: z}\nzzz: 1"),
            "f:1:9: shards: expected a whole number, not \"x\"\n"
            "f:2:14: log.level: expected debug, info, warn, error or off, not \"y\"\n"
            "f:3:18: drain.timeout: expected a time such as 30s or 250ms, not \"z\"\n"
            "f:4:1: zzz: unknown key; expected listen, auth, shards, upstream_defaults, "
            "upstreams, routes, limits, sessions, log, drain, reload or seal\n");
}

TEST(Config, WhatCameFromOutsideIsNotRepeated) {
  for (const std::string_view text :
       {"shards: \"${env:KEY}\"", "limits: {head_timeout: \"${env:KEY}\"}",
        "log: {level: \"${env:KEY}\"}", "limits: {body_bytes_max: \"${env:KEY}\"}"}) {
    const std::string problems = problems_of(text);
    EXPECT_NE(problems, "none");
    EXPECT_EQ(problems.find("s3cret"), std::string::npos) << problems;
  }
}

TEST(Config, AnOpenAddressIsFineWhenItIsMeant) {
  EXPECT_EQ(good("listen: {http: \"*:80\"}\nauth: none").auth, AuthMode::none);
}

TEST(Config, OwnPathsAreFreeWithAnAdminListener) {
  const Config config = good(
      "listen: {admin: \"127.0.0.1:1\"}\nupstreams: [{name: a, url: \"http://a/\"}]\n"
      "routes: [{path: /metrics, upstream: a}]");
  EXPECT_EQ(config.routes.size(), 1U);
}

TEST(Config, DepthAndSizeAreBounded) {
  EXPECT_NE(problems_of(std::string(100, '[') + std::string(100, ']')), "none");
  EXPECT_NE(problems_of("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"), "none");
  EXPECT_NE(problems_of(std::string(kConfigBytesMax + 1, ' ')), "none");
}

TEST(Config, AFileThatIsNotThereIsOneProblem) {
  const auto config = load_config_blocking("/nonexistent/junctor.yaml");
  ASSERT_FALSE(config.has_value());
  ASSERT_EQ(config.error().size(), 1U);
  EXPECT_EQ(describe(config.error()[0], "f"),
            "f: cannot read /nonexistent/junctor.yaml: No such file or directory");
  EXPECT_FALSE(load_config_blocking("/").has_value());
}

TEST(ConfigTree, YamlScalarsAreToldApart) {
  const auto root = read_config_tree("[~, true, 12, -1.5e3, 0x10, '12', text, 2026-07-28, .5, +7]");
  ASSERT_TRUE(root.has_value());
  using Kind = ConfigNode::Kind;
  const Kind expected[] = {Kind::null, Kind::boolean, Kind::number, Kind::number, Kind::text,
                           Kind::text, Kind::text,    Kind::text,   Kind::number, Kind::number};
  ASSERT_EQ(root->items.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(root->items[i].kind, expected[i]) << root->items[i].text;
  }
}

TEST(ConfigTree, MarksCountLinesAndColumnsFromOne) {
  const auto json = read_config_tree("{\n  \"a\": [1,\n 2]}");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(json->members[0].mark.line, 2U);
  EXPECT_EQ(json->members[0].mark.column, 3U);
  EXPECT_EQ(json->members[0].value.items[1].mark.line, 3U);
  EXPECT_EQ(json->members[0].value.items[1].mark.column, 2U);
}

}  // namespace
}  // namespace junctor::app
