#include "app/config_settings.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

#include "app/setting_units.h"
#include "base/text.h"
#include "base/units.h"
#include "wire/http1.h"

namespace junctor::app {
namespace {

using enum SettingType;

constexpr std::size_t kHeadersPerUpstreamMax = 32;
constexpr std::size_t kHeaderValueBytesMax = 8_KiB;
constexpr std::size_t kCommandWordsMax = 256;
constexpr std::size_t kVariablesPerUpstreamMax = 128;
constexpr std::size_t kVariableBytesMax = 64_KiB;
constexpr std::size_t kWritableMax = 32;

constexpr std::string_view kEraChoices[] = {"auto", "legacy", "modern"};
constexpr std::string_view kStartChoices[] = {"on_demand", "at_boot"};
constexpr std::string_view kIsolationChoices[] = {"session", "request", "shared"};
constexpr std::string_view kNetworkChoices[] = {"shared", "none"};
constexpr std::string_view kFilesChoices[] = {"shared", "read_only"};

// Header values are mostly keys of an API: no problem here repeats one.
void read_header(std::vector<agent::UpstreamHeader>& headers, const ConfigMember& member,
                 const std::string& path, ProblemList& problems) {
  const ConfigNode& value = member.value;
  if (!wire::http1::is_token(member.key)) {
    return problems.add(member.mark, path, "expected the name of an HTTP header");
  }
  if (agent::is_own_header(member.key)) {
    return problems.add(member.mark, path, "the gateway writes this header itself; leave it out");
  }
  for (const agent::UpstreamHeader& header : headers) {
    if (equals_ignoring_case(header.name, member.key)) {
      return problems.add(member.mark, path, "the same header stands here twice");
    }
  }
  if (value.kind != ConfigNode::Kind::text) {
    return problems.add(
        value.mark, path,
        fmt::format("expected text, not {}; put the value in quotes", kind_text(value.kind)));
  }
  if (!agent::is_header_value(value.text) || value.text.size() > kHeaderValueBytesMax) {
    return problems.add(value.mark, path,
                        fmt::format("expected at most {} bytes on one line without blanks at "
                                    "their ends",
                                    kHeaderValueBytesMax));
  }
  headers.push_back({.name = member.key, .value = Secret{std::string_view{value.text}}});
}

void read_headers(agent::UpstreamSettings& upstream, const ConfigNode& node,
                  const std::string& path, const SettingFacts& facts, ProblemList& problems) {
  if (node.kind != ConfigNode::Kind::map || node.members.size() > facts.max) {
    return problems.add(node.mark, path,
                        fmt::format("expected a map of at most {} headers, as in "
                                    "{{X-Api-Key: \"...\"}}",
                                    facts.max));
  }
  for (const ConfigMember& member : node.members) {
    read_header(upstream.headers, member, member_path(path, member.key), problems);
  }
}

void read_name(agent::UpstreamSettings& upstream, const ConfigNode& node, const std::string& path,
               const SettingFacts& facts, ProblemList& problems) {
  read_upstream_name(upstream.name, {node, path, facts, problems});
}

// argv as the program is given it: a shell would read it again, and differently.
void read_command(agent::UpstreamSettings& upstream, const ConfigNode& node,
                  const std::string& path, const SettingFacts& facts, ProblemList& problems) {
  if (node.kind == ConfigNode::Kind::text) {
    return problems.add(node.mark, path,
                        "expected a list of words, as in [npx, -y, \"@scope/server\"]; there is no "
                        "shell that would split a line");
  }
  std::vector<std::string> words;
  read_value({node, path, facts, problems}, words);
  if (words.empty() && node.kind != ConfigNode::Kind::list) return;  // Said already.
  if (words.empty() || words.front().empty()) {
    return problems.add(node.mark, path, "expected the program first, as in [npx, -y, server]");
  }
  for (const std::string& word : words) {
    if (word.find('\0') != std::string::npos)
      return problems.add(node.mark, path, "a word of a command cannot hold a NUL byte");
  }
  upstream.stdio.command = std::move(words);
}

// Values are keys more often than not: no problem here repeats one.
void read_variable(std::vector<agent::StdioSettings::Variable>& variables,
                   const ConfigMember& member, const std::string& path, ProblemList& problems) {
  const ConfigNode& value = member.value;
  if (member.key.empty() ||
      member.key.find_first_of(std::string_view{"=\0", 2}) != std::string::npos)
    return problems.add(member.mark, path, "expected the name of an environment variable");
  if (value.kind != ConfigNode::Kind::text) {
    return problems.add(
        value.mark, path,
        fmt::format("expected text, not {}; put the value in quotes", kind_text(value.kind)));
  }
  if (value.text.size() > kVariableBytesMax || value.text.find('\0') != std::string::npos) {
    return problems.add(value.mark, path,
                        fmt::format("expected at most {} bytes without NUL", kVariableBytesMax));
  }
  variables.push_back({.name = member.key, .value = Secret{std::string_view{value.text}}});
}

void read_environment(agent::UpstreamSettings& upstream, const ConfigNode& node,
                      const std::string& path, const SettingFacts& facts, ProblemList& problems) {
  if (node.kind != ConfigNode::Kind::map || node.members.size() > facts.max) {
    return problems.add(
        node.mark, path,
        fmt::format("expected a map of at most {} variables, as in {{LOG_LEVEL: warn}}",
                    facts.max));
  }
  for (const ConfigMember& member : node.members) {
    if (member.value.unresolved) continue;  // Said already.
    read_variable(upstream.stdio.environment, member, member_path(path, member.key), problems);
  }
}

// ---- what of it is offered

using SelectedKind = agent::ItemSelection agent::Selection::*;

// Nothing when they are not good; that is said.
std::optional<std::vector<std::string>> read_patterns(const ReadPlace& place) {
  const std::size_t before = place.problems.size();
  std::vector<std::string> patterns;
  read_value(place, patterns);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i].size() <= agent::kSelectionNameBytesMax) continue;
    place.problems.add(place.node.items[i].mark, element_path(place.path, i),
                       fmt::format("expected at most {} bytes", agent::kSelectionNameBytesMax));
  }
  if (place.problems.size() != before) return std::nullopt;
  return patterns;
}

// An empty list is a list: nothing is offered then.
template <SelectedKind kKind>
void read_allow(agent::UpstreamSettings& upstream, const ConfigNode& node, const std::string& path,
                const SettingFacts& facts, ProblemList& problems) {
  if (auto patterns = read_patterns({node, path, facts, problems}))
    (upstream.selection.*kKind).allow = *std::move(patterns);
}

template <SelectedKind kKind>
void read_deny(agent::UpstreamSettings& upstream, const ConfigNode& node, const std::string& path,
               const SettingFacts& facts, ProblemList& problems) {
  if (auto patterns = read_patterns({node, path, facts, problems}))
    (upstream.selection.*kKind).deny = *std::move(patterns);
}

void read_rename(agent::ItemSelection& selection, const ConfigMember& member,
                 const std::string& path, ProblemList& problems) {
  const auto is_name = [](std::string_view name) {
    return !name.empty() && name.size() <= agent::kSelectionNameBytesMax;
  };
  const ConfigNode& value = member.value;
  if (member.key.find('*') != std::string::npos) {
    return problems.add(member.mark, path,
                        "expected one name, not a pattern; patterns are for `allow:` and `deny:`");
  }
  if (value.kind != ConfigNode::Kind::text || !is_name(value.text) || !is_name(member.key)) {
    return problems.add(value.mark, path,
                        fmt::format("expected what the upstream calls it and the name to give it, "
                                    "each of at most {} bytes, as in {{create_issue: file_bug}}",
                                    agent::kSelectionNameBytesMax));
  }
  if (std::ranges::find(selection.rename, value.text, &agent::ItemSelection::Rename::to) !=
      selection.rename.end()) {
    return problems.add(value.mark, path, "another name is replaced by this one already");
  }
  selection.rename.push_back({.from = member.key, .to = value.text});
}

template <SelectedKind kKind>
void read_renames(agent::UpstreamSettings& upstream, const ConfigNode& node,
                  const std::string& path, const SettingFacts& facts, ProblemList& problems) {
  if (node.kind != ConfigNode::Kind::map || node.members.size() > facts.max) {
    return problems.add(
        node.mark, path,
        fmt::format("expected a map of at most {} names, as in {{create_issue: file_bug}}",
                    facts.max));
  }
  for (const ConfigMember& member : node.members) {
    if (member.value.unresolved) continue;  // Said already.
    read_rename(upstream.selection.*kKind, member, member_path(path, member.key), problems);
  }
}

struct SelectionWords {
  std::string_view allow;
  std::string_view deny;
  std::string_view rename;
  std::string_view allow_help;
  std::string_view deny_help;
  std::string_view rename_help;
};

template <SelectedKind kKind>
consteval std::array<Setting<agent::UpstreamSettings>, 3> selection_settings(SelectionWords words) {
  using agent::UpstreamSettings;
  return {custom<UpstreamSettings>({.path = words.allow,
                                    .type = text_list,
                                    .max = agent::kSelectionEntriesMax,
                                    .help = words.allow_help},
                                   read_allow<kKind>),
          custom<UpstreamSettings>({.path = words.deny,
                                    .type = text_list,
                                    .max = agent::kSelectionEntriesMax,
                                    .help = words.deny_help},
                                   read_deny<kKind>),
          custom<UpstreamSettings>({.path = words.rename,
                                    .type = section,
                                    .max = agent::kSelectionEntriesMax,
                                    .help = words.rename_help},
                                   read_renames<kKind>)};
}

constexpr auto kToolSettings = selection_settings<&agent::Selection::tools>(
    {.allow = "tools.allow",
     .deny = "tools.deny",
     .rename = "tools.rename",
     .allow_help = "Names of the tools that clients are offered, as the upstream gives them; '*' "
                   "stands for any characters, as in [\"list_*\", search]. Absent: all.",
     .deny_help = "Tools that clients are not offered and cannot call, whatever else names them.",
     .rename_help = "Other names for tools, as in {create_issue: file_bug}."});
constexpr auto kPromptSettings = selection_settings<&agent::Selection::prompts>(
    {.allow = "prompts.allow",
     .deny = "prompts.deny",
     .rename = "prompts.rename",
     .allow_help = "The same for prompts; [] offers none.",
     .deny_help = "Prompts that clients are not offered.",
     .rename_help = "Other names for prompts."});
constexpr auto kResourceSettings = selection_settings<&agent::Selection::resources>(
    {.allow = "resources.allow",
     .deny = "resources.deny",
     .rename = "resources.rename",
     .allow_help = "The same for resources, by URI, and for templates, by their text. What a "
                   "template that is offered describes may be read.",
     .deny_help = "Resources and templates that clients are not offered and cannot read, as in "
                  "[\"file:///etc/*\"].",
     .rename_help = "Other URIs for resources."});

// ---- the tables

using agent::CallTimeouts;
using agent::StdioSettings;
using agent::UpstreamSettings;
using net::ClientLimits;

constexpr auto kTimeouts = &UpstreamSettings::timeouts;
constexpr auto kClient = &UpstreamSettings::client;
constexpr auto kClientHead = &ClientLimits::head;
constexpr auto kStdio = &UpstreamSettings::stdio;
constexpr auto kConfinement = &StdioSettings::confinement;

// What may be said for one upstream or for all of them.
constexpr std::array kTuningSettings{
    setting<UpstreamSettings, &UpstreamSettings::era>(
        {.path = "era",
         .type = choice,
         .choices = kEraChoices,
         .help = "Which protocol era the upstream is spoken to in; auto finds out."}),
    setting<UpstreamSettings, kTimeouts, &CallTimeouts::total>(
        {.path = "timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(24),
         .help = "For a whole call; streams of events that were asked for as such have none."}),
    setting<UpstreamSettings, kTimeouts, &CallTimeouts::first_byte>(
        {.path = "first_byte_timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(24),
         .help = "Until the upstream begins to answer a call."}),
    setting<UpstreamSettings, kTimeouts, &CallTimeouts::idle>(
        {.path = "piece_timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(24),
         .help = "Between two pieces of an answer."}),
    setting<UpstreamSettings, kClient, &ClientLimits::connect_timeout>(
        {.path = "connect_timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(1),
         .help = "For a connection to be made, TLS included."}),
    setting<UpstreamSettings, kClient, &ClientLimits::attempt_delay>(
        {.path = "attempt_delay",
         .type = duration,
         .min = milliseconds(10),
         .max = seconds(60),
         .help = "Before the next address of the upstream is tried beside the one before."}),
    setting<UpstreamSettings, kClient, &ClientLimits::connections_max>(
        {.path = "connections_max",
         .type = count,
         .min = 1,
         .max = 1'000'000,
         .help = "Connections to the upstream, per shard; a call beyond gets upstream_busy."}),
    setting<UpstreamSettings, kClient, &ClientLimits::idle_max>(
        {.path = "idle_max",
         .type = count,
         .min = 0,
         .max = 1'000'000,
         .help = "Idle connections kept for reuse, per shard."}),
    setting<UpstreamSettings, kClient, &ClientLimits::idle_timeout>(
        {.path = "idle_timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(24),
         .help = "After which an idle connection to the upstream is closed."}),
    setting<UpstreamSettings, kClient, kClientHead, &wire::http1::Limits::head_bytes_max>(
        {.path = "head_bytes_max",
         .type = bytes,
         .min = 1_KiB,
         .max = 1_MiB,
         .help = "Largest head of an answer; a larger one makes the answer invalid."}),
    setting<UpstreamSettings, kClient, kClientHead, &wire::http1::Limits::headers_max>(
        {.path = "headers_max",
         .type = count,
         .min = 1,
         .max = wire::http1::kHeadersCapacity,
         .help = "Most header fields of an answer."}),
    setting<UpstreamSettings, &UpstreamSettings::ca_file>(
        {.path = "tls.ca_file",
         .type = text,
         .max = 4_KiB,
         .help = "PEM file of the certificates that an https upstream is checked against; the "
                 "system's store when absent."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::start>(
        {.path = "process.start",
         .type = choice,
         .choices = kStartChoices,
         .help = "Of a command: whether its process is started by the first who needs it, or with "
                 "the gateway."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::isolation>(
        {.path = "process.isolation",
         .type = choice,
         .choices = kIsolationChoices,
         .help = "session: a process for each client session, and one for all clients of the "
                 "stateless era. request: there each call has a process of its own, too, for a "
                 "server that keeps what one call must not see of another (at_boot starts none "
                 "then). shared: sessions share "
                 "one as well (per shard and protocol version), for a server that keeps nothing of "
                 "a client; a client with roots, sampling or elicitation still has its own."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::children_max>(
        {.path = "process.max",
         .type = count,
         .min = 1,
         .max = 100'000,
         .help =
             "Of a command: its processes. Each client session has one; an idle one makes room."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::idle_timeout>(
        {.path = "process.idle_timeout",
         .type = duration,
         .min = milliseconds(100),
         .max = hours(720),
         .help =
             "After which a process without a call is stopped; the next call starts it again."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::start_timeout>(
        {.path = "process.start_timeout",
         .type = duration,
         .min = milliseconds(100),
         .max = hours(1),
         .help = "For a process to answer for the first time."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::stop_grace>(
        {.path = "process.stop_grace",
         .type = duration,
         .min = 0,
         .max = hours(1),
         .help = "For a process to end when its standard input is closed, and again when it was "
                 "sent SIGTERM; then SIGKILL."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::backoff_min>(
        {.path = "process.backoff_min",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(1),
         .help = "Before a process that ended soon after its start is started again; doubled each "
                 "time."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::backoff_max>(
        {.path = "process.backoff_max",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(24),
         .help = "The longest such wait."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::memory_bytes_max>(
        {.path = "process.memory_max",
         .type = bytes,
         .min = 0,
         .max = 1024_GiB,
         .help = "Address space of each process (RLIMIT_AS); 0: as the gateway's own. Programs on "
                 "Node.js reserve far more than they use."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::open_files_max>(
        {.path = "process.open_files_max",
         .type = count,
         .min = 0,
         .max = 10'000'000,
         .help =
             "Open files of each process (RLIMIT_NOFILE); 0: as the gateway was started with."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::cpu_seconds_max>(
        {.path = "process.cpu_seconds_max",
         .type = count,
         .min = 0,
         .max = 1'000'000'000,
         .help = "CPU time of each process (RLIMIT_CPU); 0: as the gateway's own."}),
    setting<UpstreamSettings, kStdio, &StdioSettings::nice>(
        {.path = "process.nice",
         .type = count,
         .min = 0,
         .max = 19,
         .help = "How much each process gives way to others."}),
    setting<UpstreamSettings, kStdio, kConfinement, &rt::Confinement::network>(
        {.path = "process.network",
         .type = choice,
         .choices = kNetworkChoices,
         .help = "none: no process of it has a network, beyond a loopback of its own. Needs user "
                 "namespaces, which some containers and kernels do not allow: then none is "
                 "started, and `junctor check` says so."}),
    setting<UpstreamSettings, kStdio, kConfinement, &rt::Confinement::files>(
        {.path = "process.files",
         .type = choice,
         .choices = kFilesChoices,
         .help =
             "read_only: its processes can change no file, and have an empty /tmp and /dev/shm "
             "of their own, unless the command, its folder or a path that it names is in there. "
             "Needs what process.network needs."}),
    setting<UpstreamSettings, kStdio, kConfinement, &rt::Confinement::writable>(
        {.path = "process.writable",
         .type = text_list,
         .max = kWritableMax,
         .help = "Folders that stay writable with `files: read_only`, as in [data, /home/me/.npm]; "
                 "relative to the file."}),
};

// What only one upstream can have.
constexpr std::array kUpstreamOwnSettings{
    custom<agent::UpstreamSettings>({.path = "name",
                                     .type = text,
                                     .max = kUpstreamNameBytesMax,
                                     .help = "Required. What routes, logs and metrics call it."},
                                    read_name),
    setting<agent::UpstreamSettings, &agent::UpstreamSettings::url>(
        {.path = "url",
         .type = url,
         .help = "Where the MCP server is, as in https://tickets.example/mcp. Required, unless "
                 "there is a command."}),
    custom<agent::UpstreamSettings>(
        {.path = "command",
         .type = text_list,
         .max = kCommandWordsMax,
         .help = "In place of url: the program that is the MCP server, and its arguments, as in "
                 "[npx, -y, \"@scope/server\"]. It is spoken to over stdin and stdout; there is no "
                 "shell."},
        read_command),
    custom<agent::UpstreamSettings>(
        {.path = "env",
         .type = section,
         .max = kVariablesPerUpstreamMax,
         .help = "Of a command: environment variables, as in {API_KEY: \"${env:API_KEY}\"}. Beside "
                 "them it is given PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_ALL, TZ and TMPDIR, "
                 "and nothing else.",
         .shown = Shown::never},
        read_environment),
    setting<agent::UpstreamSettings, &agent::UpstreamSettings::stdio,
            &agent::StdioSettings::folder>(
        {.path = "cwd",
         .type = text,
         .max = 4_KiB,
         .help = "Of a command: the folder that it runs in; relative to the file. Absent: where "
                 "the gateway runs."}),
    custom<agent::UpstreamSettings>(
        {.path = "headers",
         .type = section,
         .max = kHeadersPerUpstreamMax,
         .help = "Header fields added to each request, as in {X-Api-Key: "
                 "\"${env:TICKETS_KEY}\"}.",
         .shown = Shown::never},
        read_headers),
};

template <std::size_t... kSizes>
consteval auto joined(const std::array<Setting<agent::UpstreamSettings>, kSizes>&... tables) {
  std::array<Setting<agent::UpstreamSettings>, (kSizes + ...)> all;
  auto end = all.begin();
  ((end = std::ranges::copy(tables, end).out), ...);
  return all;
}
constexpr auto kUpstreamSettings = joined(kUpstreamOwnSettings, kToolSettings, kPromptSettings,
                                          kResourceSettings, kTuningSettings);

constexpr NotYet kUpstreamNotYet[] = {
    {"sse",
     "the HTTP+SSE transport is not supported yet; give the `url:` of a Streamable HTTP "
     "server"},
};

}  // namespace

// A token, since names stand in log lines, metric labels and answers.
void read_upstream_name(UpstreamName& name, const ReadPlace& place) {
  std::string text;
  read_value(place, text);
  if (text.empty()) return;
  if (!wire::http1::is_token(text)) {
    return place.problem("expected a name of letters, digits and . _ - such as \"tickets\"");
  }
  name = UpstreamName{std::move(text)};
}

std::span<const Setting<agent::UpstreamSettings>> upstream_settings() noexcept {
  return kUpstreamSettings;
}
std::span<const Setting<agent::UpstreamSettings>> tuning_settings() noexcept {
  return kTuningSettings;
}
std::span<const NotYet> upstream_not_yet() noexcept {
  return kUpstreamNotYet;
}

}  // namespace junctor::app
