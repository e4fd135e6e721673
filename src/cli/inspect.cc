#include "cli/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "base/variables.h"
#include "cli/mcp_client.h"
#include "cli/questions.h"
#include "cli/render.h"
#include "cli/tool_arguments.h"
#include "net/ares_resolver.h"
#include "rt/clock.h"
#include "rt/kernel_io.h"
#include "wire/http1_fields.h"
#include "wire/json_text.h"
#include "wire/json_write.h"
#include "wire/jsonrpc.h"

namespace junctor::cli {
namespace {

using wire::JsonKind;
using wire::JsonMembers;
using wire::JsonValue;
using wire::McpMethod;

constexpr std::string_view kServerError = "server_error";
constexpr std::string_view kBadArguments = "bad_arguments";

constexpr std::size_t kLineBytesMax = std::size_t{64} << 10;  // Typed as one answer.

std::unexpected<Error> wrong(std::string sentence) {
  return fail(ErrorKind::invalid_argument, kBadArguments, std::move(sentence));
}

std::string shown(std::string_view text) {
  return safe_for_log(text, 128);
}

// What the caller can do next decides, as everywhere: mend the command, or look at the server, at
// the network, at the time given.
int exit_code_of(const Error& error) {
  if (error.reason() == kHttpStatus || error.reason() == kServerError) return kExitRefused;
  if (error.reason() == kNotMcp) return kExitNoAnswer;
  if (error.kind() == ErrorKind::invalid_argument) return kExitUsage;
  if (error.kind() == ErrorKind::deadline_exceeded) return kExitTimeout;
  return error.kind() == ErrorKind::unavailable ? kExitUnreachable : kExitNoAnswer;
}

Inspected failure(const Error& error, const Inspection& inspection) {
  const int code = exit_code_of(error);
  const std::string detail{error.detail().empty() ? error.reason() : error.detail()};
  const std::string server = shown(inspection.shown.empty() ? inspection.url : inspection.shown);
  std::string sentence = detail;
  if (code == kExitUnreachable) {
    sentence = fmt::format("{} cannot be reached: {}", server, detail);
  } else if (code == kExitTimeout) {
    sentence =
        fmt::format("no answer of {} within {}", server, format_duration(inspection.timeout));
  } else if (code == kExitNoAnswer) {
    sentence = fmt::format("no good answer of {}: {}", server, detail);
  }
  return {.exit_code = code, .out = {}, .err = "junctor: " + sentence + "\n"};
}

// The kinds of things that a server lists: the commands for each are the same.
struct Catalog {
  std::string_view noun;
  McpMethod list;
  std::string_view items;  // The member of the list's result.
  std::string_view key;    // What identifies an item.
  std::string (*describe)(const JsonValue&);
};
constexpr Catalog kTools{"tool", McpMethod::tools_list, "tools", "name", tool_description};
constexpr Catalog kPrompts{"prompt", McpMethod::prompts_list, "prompts", "name",
                           prompt_description};
constexpr Catalog kResources{"resource", McpMethod::resources_list, "resources", "uri",
                             resource_description};
constexpr Catalog kTemplates{"resource", McpMethod::resources_templates_list, "resourceTemplates",
                             "uriTemplate", resource_description};

// A whole list. The items are views of the pages, which do not move.
struct Listing {
  std::deque<std::string> pages;
  std::vector<JsonValue> items;

  [[nodiscard]] JsonValue find(std::string_view key, std::string_view wanted) const {
    for (const JsonValue& item : items) {
      const JsonValue value = wire::json_member(item, key);
      if (value.kind == JsonKind::string && wire::json_string_equals(value.raw, wanted))
        return item;
    }
    return {};
  }
};

// The items as the server wrote them, in one array.
std::string array_of(const Listing& listing) {
  std::string text = "[";
  for (const JsonValue& item : listing.items) {
    if (text.size() > 1) text += ",";
    text += item.raw;
  }
  return text + "]";
}

// One page is the server's result as it came; more of them are one list.
std::string list_json(const Catalog& catalog, const Listing& listing) {
  JUNCTOR_ASSERT(!listing.pages.empty());
  if (listing.pages.size() == 1) return listing.pages.front() + "\n";
  return fmt::format("{{\"{}\":{}}}\n", catalog.items, array_of(listing));
}

// The upstreams that a gateway names so in its note on a list.
std::string partial_names(const Listing& listing, std::string_view why) {
  std::string names;
  for (const std::string& page : listing.pages) {
    const JsonValue meta = wire::json_member(wire::json_value(page), "_meta");
    for (const auto& each :
         JsonMembers{wire::json_member(wire::json_member(meta, "io.junctor/partial"), why)}) {
      const std::string name = safe_for_log(wire::unescape_json_string(each.value.raw));
      if (!names.contains(name)) names += (names.empty() ? "" : ", ") + name;
    }
  }
  return names;
}

// A gateway says whose part of a list is not there; a person has to know.
std::string partial_note(const Listing& listing) {
  std::string note;
  if (const std::string names = partial_names(listing, "missing"); !names.empty())
    note += fmt::format("junctor: not there yet, for they have not answered so far: {}\n", names);
  if (const std::string names = partial_names(listing, "otherEra"); !names.empty())
    note += fmt::format(
        "junctor: left out, for they speak the other era of the protocol (see --era): {}\n", names);
  return note;
}

std::string named_table(const Catalog& catalog, const Listing& listing) {
  std::vector<std::vector<std::string>> rows{{"NAME", "DESCRIPTION"}};
  for (const JsonValue& item : listing.items) {
    rows.push_back({text_or_nothing(item, catalog.key), summary_of(item)});
  }
  return table(rows);
}

std::string resource_table(const Listing& resources, const Listing& templates) {
  std::vector<std::vector<std::string>> rows{{"URI", "NAME", "TYPE", "DESCRIPTION"}};
  const auto add = [&rows](const Listing& listing, std::string_view key) {
    for (const JsonValue& item : listing.items) {
      rows.push_back({text_or_nothing(item, key), text_or_nothing(item, "name"),
                      text_or_nothing(item, "mimeType"), summary_of(item)});
    }
  };
  add(resources, kResources.key);
  add(templates, kTemplates.key);
  return table(rows);
}

std::unexpected<Error> unknown_name(const Catalog& catalog, const Listing& listing,
                                    std::string_view name) {
  std::vector<std::string> names;
  names.reserve(listing.items.size());
  for (const JsonValue& item : listing.items) names.push_back(text_or_nothing(item, catalog.key));
  const std::vector<std::string_view> views{names.begin(), names.end()};
  const auto near = did_you_mean(name, views);
  return wrong(fmt::format("the server has no {} \"{}\"{}", catalog.noun, shown(name),
                           near ? fmt::format("; did you mean \"{}\"?", shown(*near)) : ""));
}

// A result to go on with; everything else that a server answers is an error.
//= mcp 2026-07-28 basic#resulttype:absent MUST
Result<std::string> good_result(McpMethod method, Result<McpReply> reply) {
  if (!reply) return std::unexpected{std::move(reply).error()};
  const std::string_view name = wire::method_facts(method).name;
  const JsonValue json = wire::json_value(reply->json);
  if (reply->kind == McpReply::Kind::error) {
    return fail(ErrorKind::invalid_argument, kServerError,
                fmt::format("the server answered {} with error {}", name, error_text(json)));
  }
  const JsonValue type = wire::json_member(json, "resultType");
  if (!type || wire::json_string_equals(type.raw, "complete")) return std::move(reply->json);
  if (wire::json_string_equals(type.raw, "input_required")) {
    return fail(ErrorKind::invalid_argument, kServerError,
                fmt::format("the server wants input, which cannot be given here: {}",
                            wanted_input_text(json)));
  }
  return fail(ErrorKind::invalid_argument, kServerError,
              fmt::format("the server answered {} with a result of another kind: {}", name,
                          shown(type.raw)));
}

bool is_unknown_method(const Result<McpReply>& reply) {
  if (!reply || reply->kind != McpReply::Kind::error) return false;
  const JsonValue code = wire::json_member(wire::json_value(reply->json), "code");
  return wire::json_integer(code.raw) == wire::kMethodNotFound;
}

// The commands, on a client that is open.
class Inspector {
 public:
  Inspector(McpClient& client, const Inspection& inspection, Time deadline) noexcept
      : client_{client}, inspection_{inspection}, deadline_{deadline} {
    JUNCTOR_ASSERT(inspection.timeout > Duration::zero());
  }

  rt::Task<Result<Inspected>> run() {
    switch (inspection_.action) {
      case Inspection::Action::list:
        if (inspection_.subject == Inspection::Subject::resources) co_return co_await resources();
        co_return co_await list();
      case Inspection::Action::describe: co_return co_await describe();
      case Inspection::Action::use: break;
    }
    if (inspection_.subject == Inspection::Subject::resources) co_return co_await read();
    co_return co_await call();
  }

 private:
  enum class IfUnknown : std::uint8_t { fail, nothing };

  [[nodiscard]] const Catalog& catalog() const noexcept {
    switch (inspection_.subject) {
      case Inspection::Subject::tools: return kTools;
      case Inspection::Subject::prompts: return kPrompts;
      case Inspection::Subject::resources: break;
    }
    return kResources;
  }
  [[nodiscard]] bool wants_json() const noexcept {
    return inspection_.form == Inspection::Form::json;
  }

  // IfUnknown::nothing: a server without that method has an empty list.
  rt::Task<Result<Listing>> list_all(const Catalog& what, IfUnknown if_unknown) {
    Listing listing;
    std::string cursor;  // As a member of params.
    while (true) {
      auto reply = co_await client_.call({.method = what.list, .params = cursor}, deadline_);
      if (if_unknown == IfUnknown::nothing && is_unknown_method(reply)) co_return listing;
      JUNCTOR_CO_TRY(std::string page, good_result(what.list, std::move(reply)));
      JUNCTOR_CO_TRY(std::string next, take_page(what, std::move(page), listing));
      if (next.empty()) co_return listing;
      if (next == cursor) co_return no_list(what, "names the same page as the next one for ever");
      cursor = std::move(next);
    }
  }

  static std::unexpected<Error> no_list(const Catalog& what, std::string_view why) {
    return fail(
        ErrorKind::corrupt, kNotMcp,
        fmt::format("the server's answer to {} {}", wire::method_facts(what.list).name, why));
  }

  // The cursor for the page behind it, as a member of params; empty when it was the last.
  static Result<std::string> take_page(const Catalog& what, std::string page, Listing& listing) {
    if (listing.pages.size() == kListPagesMax)
      return no_list(what, fmt::format("has more than {} pages", kListPagesMax));
    const std::string& kept = listing.pages.emplace_back(std::move(page));
    const JsonValue result = wire::json_value(kept);
    const JsonValue items = wire::json_member(result, what.items);
    if (items.kind != JsonKind::array) return no_list(what, "holds no list");
    for (const auto& item : JsonMembers{items}) {
      if (listing.items.size() == kListItemsMax)
        return no_list(what, fmt::format("has more than {} items", kListItemsMax));
      listing.items.push_back(item.value);
    }
    const JsonValue cursor = wire::json_member(result, "nextCursor");
    return cursor.kind == JsonKind::string ? fmt::format("\"cursor\":{}", cursor.raw)
                                           : std::string{};
  }

  rt::Task<Result<Inspected>> list() {
    JUNCTOR_CO_TRY(const Listing listing, co_await list_all(catalog(), IfUnknown::fail));
    co_return Inspected{
        .out = wants_json() ? list_json(catalog(), listing) : named_table(catalog(), listing),
        .err = partial_note(listing)};
  }

  rt::Task<Result<Inspected>> resources() {
    JUNCTOR_CO_TRY(const Listing found, co_await list_all(kResources, IfUnknown::fail));
    JUNCTOR_CO_TRY(const Listing templates, co_await list_all(kTemplates, IfUnknown::nothing));
    if (!wants_json()) co_return Inspected{.out = resource_table(found, templates)};
    co_return Inspected{.out = fmt::format("{{\"{}\":{},\"{}\":{}}}\n", kResources.items,
                                           array_of(found), kTemplates.items, array_of(templates))};
  }

  rt::Task<Result<Inspected>> describe() {
    const Catalog* what = &catalog();
    JUNCTOR_CO_TRY(Listing listing, co_await list_all(*what, IfUnknown::fail));
    JsonValue item = listing.find(what->key, inspection_.name);
    Listing templates;
    if (!item && what == &kResources) {
      JUNCTOR_CO_TRY(templates, co_await list_all(kTemplates, IfUnknown::nothing));
      item = templates.find(kTemplates.key, inspection_.name);
    }
    if (!item) co_return unknown_name(*what, listing, inspection_.name);
    co_return Inspected{.out = wants_json() ? std::string{item.raw} + "\n" : what->describe(item)};
  }

  rt::Task<Result<Inspected>> read() {
    McpCall call{.method = McpMethod::resources_read,
                 .params = "\"uri\":" + wire::quoted_json(inspection_.name),
                 .name = inspection_.name};
    auto reply = co_await client_.call(std::move(call), deadline_);
    JUNCTOR_CO_TRY(const std::string result,
                   good_result(McpMethod::resources_read, std::move(reply)));
    co_return Inspected{.out =
                            wants_json() ? result + "\n" : resource_text(wire::json_value(result))};
  }

  // tools/call and prompts/get: looked up, checked, then sent.
  rt::Task<Result<Inspected>> call() {
    const bool is_tool = inspection_.subject == Inspection::Subject::tools;
    const McpMethod method = is_tool ? McpMethod::tools_call : McpMethod::prompts_get;
    JUNCTOR_CO_TRY(McpCall call, co_await prepare(method));
    auto reply = co_await client_.call(std::move(call), deadline_);
    JUNCTOR_CO_TRY(const std::string result, good_result(method, std::move(reply)));
    const JsonValue json = wire::json_value(result);
    const bool has_failed = is_tool && wire::json_member(json, "isError").raw == "true";
    Inspected outcome{.exit_code = has_failed ? kExitRefused : 0};
    std::string& into = has_failed && !wants_json() ? outcome.err : outcome.out;
    if (wants_json()) {
      into = result + "\n";
    } else {
      into = is_tool ? tool_result_text(json) : prompt_text(json);
    }
    co_return outcome;
  }

  rt::Task<Result<McpCall>> prepare(McpMethod method) {
    JUNCTOR_CO_TRY(const Listing listing, co_await list_all(catalog(), IfUnknown::fail));
    const JsonValue item = listing.find(catalog().key, inspection_.name);
    if (!item) co_return unknown_name(catalog(), listing, inspection_.name);
    const bool is_tool = method == McpMethod::tools_call;
    const JsonValue schema = wire::json_member(item, is_tool ? "inputSchema" : "arguments");
    std::string arguments = inspection_.arguments;
    if (arguments.empty()) {
      const Parameters known = is_tool ? tool_parameters(schema) : prompt_parameters(schema);
      JUNCTOR_CO_TRY(arguments, typed_arguments(known, inspection_.pairs));
    }
    JUNCTOR_ASSERT(!arguments.empty());
    McpCall call{.method = method, .name = inspection_.name};
    if (is_tool && client_.era() == wire::Era::modern) {
      JUNCTOR_CO_TRY(call.fields, parameter_fields(schema, wire::json_value(arguments)));
    }
    call.params =
        fmt::format("\"name\":{},\"arguments\":{}", wire::quoted_json(inspection_.name), arguments);
    co_return call;
  }

  McpClient& client_;
  const Inspection& inspection_;
  Time deadline_;
};

// A session is ended whatever came before, and nobody waits long for that.
rt::Task<Result<Inspected>> inspect(rt::Shard& shard, const McpClient::Services& services,
                                    McpClientOptions options, const Inspection& inspection) {
  const Time deadline = shard.now() + inspection.timeout;
  McpClient client{services, std::move(options)};
  Result<Inspected> outcome;
  auto opened = co_await client.open(deadline);
  if (opened) {
    Inspector inspector{client, inspection, deadline};
    outcome = co_await inspector.run();
  } else {
    outcome = std::unexpected{std::move(opened).error()};
  }
  co_await client.close(shard.now() + kGoodbyeTimeout);
  co_return outcome;
}

rt::Task<void> inspect_and_stop(rt::Shard& shard, rt::Task<Result<Inspected>> task,
                                std::optional<Result<Inspected>>& outcome) {
  outcome.emplace(co_await std::move(task));
  shard.stop();
}

// `@FILE` and `-` are read; everything else is the text itself.
Result<std::string> arguments_text_blocking(const std::string& given) {
  if (given != "-" && !given.starts_with('@')) return given;
  const bool is_stdin = given == "-";
  std::FILE* file = is_stdin ? stdin : std::fopen(given.c_str() + 1, "re");
  if (file == nullptr) {
    return wrong(fmt::format("cannot read {}: {}", shown(given.substr(1)), std::strerror(errno)));
  }
  std::string text;
  char piece[65'536];
  std::size_t got = sizeof piece;
  while (got == sizeof piece && text.size() <= kArgumentsBytesMax) {
    got = std::fread(piece, 1, sizeof piece, file);
    text.append(piece, got);
  }
  const bool has_failed = std::ferror(file) != 0;
  if (!is_stdin) (void)std::fclose(file);
  if (has_failed)
    return wrong(
        fmt::format("cannot read {}", is_stdin ? "the standard input" : shown(given.substr(1))));
  if (text.size() > kArgumentsBytesMax) return wrong("the arguments are larger than 16 MiB");
  return text;
}

// The inspection with its arguments read and checked.
Result<Inspection> with_arguments_blocking(Inspection inspection) {
  if (inspection.arguments.empty()) return inspection;
  if (!inspection.pairs.empty()) return wrong("either key=value or --arguments, not both");
  JUNCTOR_TRY(const std::string text, arguments_text_blocking(inspection.arguments));
  const wire::ScanResult scan = wire::scan_json(text);
  if (!scan || scan.root.kind != JsonKind::object) {
    return wrong(scan ? "the arguments have to be a JSON object"
                      : fmt::format("the arguments are no JSON: {} at byte {}",
                                    wire::json_fault_name(scan.fault), scan.offset));
  }
  inspection.arguments = scan.root.raw;
  return inspection;
}

Result<McpClientOptions> options_of(const Inspection& inspection) {
  JUNCTOR_TRY(net::Url url, net::Url::parse(inspection.url));
  McpClientOptions options{.url = std::move(url), .era = inspection.era};
  const Variables environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  for (const std::string& text : inspection.headers) {
    JUNCTOR_TRY(agent::UpstreamHeader header, parse_header(text, environment));
    options.headers.push_back(std::move(header));
  }
  return options;
}

Result<Inspected> run_blocking(const Inspection& given, McpListener* listener) {
  JUNCTOR_TRY(const Inspection inspection, with_arguments_blocking(given));
  JUNCTOR_TRY(McpClientOptions options, options_of(inspection));
  std::unique_ptr<net::TlsClient> tls;
  if (options.url.scheme == net::Url::Scheme::https) {
    JUNCTOR_TRY(tls, net::TlsClient::make_blocking({}));
  }
  rt::SystemClock clock;
  rt::SystemRandom random;
  rt::KernelIo io;
  Metrics metrics;
  rt::Shard shard{0, io, clock, random};
  net::AresResolver resolver{shard, io, {}};
  const McpClient::Services services{.shard = shard,
                                     .resolver = resolver,
                                     .tls = tls.get(),
                                     .metrics = metrics,
                                     .listener = listener};
  const rt::Shard::Entered entered{shard};
  std::optional<Result<Inspected>> outcome;
  shard.tasks().spawn(
      inspect_and_stop(shard, inspect(shard, services, std::move(options), inspection), outcome));
  shard.run();
  JUNCTOR_ASSERT(outcome.has_value());
  return *std::move(outcome);
}

// Of the standard input; nothing at its end.
std::optional<std::string> read_line_blocking() {
  std::string line;
  for (int c = std::getchar(); c != '\n'; c = std::getchar()) {
    if (c == EOF) {
      std::clearerr(stdin);  // A terminal can go on behind Ctrl-D.
      return std::nullopt;
    }
    if (line.size() < kLineBytesMax) line += static_cast<char>(c);
  }
  return line;
}

// The client names itself, too.
bool is_our_own(std::string_view name) {
  return agent::is_own_header(name) ||
         wire::http1::classify(name) == wire::http1::HeaderId::user_agent;
}

std::expected<std::string, std::string> environment_value(std::string_view inside,
                                                          const Variables& variable) {
  constexpr std::string_view kKind = "env:";
  if (!inside.starts_with(kKind) || inside.size() == kKind.size()) {
    return std::unexpected{fmt::format(
        "expected ${{env:NAME}}, not ${{{}}}; write $${{ for a plain ${{", shown(inside))};
  }
  const std::string name{inside.substr(kKind.size())};
  if (auto value = variable(name)) return *std::move(value);
  return std::unexpected{fmt::format("the environment variable {} is not set", shown(name))};
}

}  // namespace

Inspected inspect_blocking(const Inspection& inspection, McpListener* listener) {
  auto outcome = run_blocking(inspection, listener);
  if (outcome) return *std::move(outcome);
  return failure(outcome.error(), inspection);
}

Result<agent::UpstreamHeader> parse_header(std::string_view text, const Variables& variable) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon == std::string_view::npos || !wire::http1::is_token(name)) {
    return wrong("a header is written as \"Name: value\"");  // It may be a secret: not repeated.
  }
  if (is_our_own(name)) {
    return wrong(fmt::format("the header {} is set by the client itself", shown(name)));
  }
  auto value = expand_variables(trim(text.substr(colon + 1)), [&](std::string_view inside) {
    return environment_value(inside, variable);
  });
  if (!value) return wrong(fmt::format("the header {}: {}", shown(name), value.error()));
  if (!agent::is_header_value(*value)) {
    return wrong(
        fmt::format("the header {} is no single line without blanks at its ends", shown(name)));
  }
  return agent::UpstreamHeader{.name = std::string{name}, .value = Secret{*std::move(value)}};
}

void Terminal::on_progress(std::string_view params) {
  const std::string line = progress_text(wire::json_value(params)) + "\n";
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

McpListener::PeoplesAnswer Terminal::on_question(std::string_view params) {
  rt::SystemClock clock;
  const Time began = clock.now();
  const QuestionDesk desk{
      .write =
          [](std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); },
      .read_line = read_line_blocking};
  std::string result = ask_people(desk, params);
  return {.result = std::move(result), .took = clock.now() - began};
}

}  // namespace junctor::cli
