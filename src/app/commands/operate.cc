#include "app/commands/operate.h"

#include <sys/socket.h>

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/config.h"
#include "app/config_node.h"
#include "base/assert.h"
#include "base/text.h"
#include "cli/render.h"
#include "net/ares_resolver.h"
#include "net/http_client.h"
#include "rt/kernel_io.h"
#include "rt/shard.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::app {
namespace {

using wire::JsonKind;
using wire::JsonValue;

constexpr int kExitRefused = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnreachable = 3;
constexpr int kOk = 200;
constexpr int kRefused = 422;

struct Told {
  int status = 0;
  std::string text;
};

class Whole final : public net::AnswerSink {
 public:
  Result<> on_head(const wire::http1::ResponseHead& head) override {
    told.status = head.status;
    return {};
  }
  Result<> on_body(std::string_view piece, net::Part /*part*/) override {
    if (told.text.size() + piece.size() > kStatusBytesMax)
      return fail(ErrorKind::too_large, "too_large", "its answer is too large");
    told.text += piece;
    return {};
  }
  Told told;
};

// Where the operators' listener is. Of the tree and not of a Config: no variable of its secrets has
// to be set for that.
Result<std::string> url_of(const ConfigNode& root, std::string_view file) {
  const auto refuse = [file](std::string_view sentence) {
    return fail(ErrorKind::invalid_argument, "no_url",
                fmt::format("{}: {}; give --url", file, sentence));
  };
  rt::Endpoint endpoint = ListenConfig{}.http;
  if (const ConfigMember* const listen = root.find("listen"); listen != nullptr) {
    const ConfigMember* at = listen->value.find("admin");
    if (at == nullptr) at = listen->value.find("http");
    if (at != nullptr) {
      const auto parsed = rt::Endpoint::parse(at->value.text);
      if (!parsed || parsed->family() == AF_UNIX)
        return refuse("the listener for operators is no address with a port");
      endpoint = *parsed;
    }
  }
  if (endpoint.port() == 0) return refuse("the listener for operators takes any free port");
  std::string text = endpoint.text();
  if (text.starts_with("0.0.0.0:") || text.starts_with("[::]:"))
    text = "127.0.0.1" + text.substr(text.rfind(':'));
  return fmt::format("http://{}/", text);
}

Result<net::Url> url_for_blocking(const cli::Operation& wishes) {
  if (!wishes.url.empty()) return net::Url::parse(wishes.url);
  if (wishes.config.empty()) {
    const std::optional<rt::Endpoint> admin = default_config().listen.admin;
    JUNCTOR_ASSERT(admin.has_value());
    return net::Url::parse(fmt::format("http://{}/", admin->text()));
  }
  JUNCTOR_TRY(const std::string text, system_sources(".").file_blocking(wishes.config));
  const std::string shown = safe_for_log(wishes.config);
  const auto root = read_config_tree(text);
  if (!root) {
    return fail(ErrorKind::invalid_argument, "bad_config", describe(root.error().front(), shown));
  }
  JUNCTOR_TRY(const std::string url, url_of(*root, shown));
  return net::Url::parse(url);
}

rt::Task<Result<Told>> exchange(rt::Shard& shard, net::HttpClient& client, std::string request) {
  const Time deadline = shard.now() + kOperateTimeout;
  const std::string_view pieces[] = {request};
  JUNCTOR_CO_TRY(net::ClientCall call, co_await client.call(pieces, wire::http1::RequestKind::other,
                                                            net::Repeatable::no, deadline));
  Whole whole;
  while (true) {
    JUNCTOR_CO_TRY(const auto progress, co_await call.read(whole, deadline));
    if (progress == net::ClientCall::Progress::ended) co_return std::move(whole.told);
  }
}

rt::Task<void> exchange_and_stop(rt::Shard& shard, net::HttpClient& client, std::string request,
                                 std::optional<Result<Told>>& outcome) {
  outcome = co_await exchange(shard, client, std::move(request));
  client.close_idle();
  shard.stop();
}

Result<Told> ask_blocking(const net::Url& url, std::string_view method, std::string_view path) {
  if (url.scheme == net::Url::Scheme::https) {
    return fail(ErrorKind::invalid_argument, "no_url",
                "the gateway listens without TLS: the URL begins with http://");
  }
  rt::SystemClock clock;
  rt::SystemRandom random;
  rt::KernelIo io;
  Metrics metrics;
  rt::Shard shard{0, io, clock, random};
  net::AresResolver resolver{shard, io, {}};
  const rt::Shard::Entered entered{shard};
  net::HttpClient client{shard,    {.upstream = "gateway", .url = url, .limits = {}},
                         resolver, nullptr,
                         metrics,  Logger{}};
  std::optional<Result<Told>> outcome;
  shard.tasks().spawn(
      exchange_and_stop(shard, client,
                        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n",
                                    method, path, url.authority),
                        outcome));
  shard.run();
  JUNCTOR_ASSERT(outcome.has_value());
  return *std::move(outcome);
}

OperateOutcome failure(int exit_code, std::string_view sentence) {
  return {.exit_code = exit_code, .out = {}, .err = fmt::format("junctor: {}\n", sentence)};
}

// What it answered, or how the command ends without.
std::expected<Told, OperateOutcome> told_by_blocking(const cli::Operation& wishes,
                                                     std::string_view method,
                                                     std::string_view path) {
  const auto url = url_for_blocking(wishes);
  if (!url) return std::unexpected{failure(kExitUsage, url.error().detail())};
  auto told = ask_blocking(*url, method, path);
  if (!told && told.error().kind() == ErrorKind::invalid_argument)
    return std::unexpected{failure(kExitUsage, told.error().detail())};
  if (!told) {
    return std::unexpected{
        failure(kExitUnreachable, fmt::format("no gateway answers at {}: {}",
                                              safe_for_log(url->text()), told.error().detail()))};
  }
  const bool is_ours = (told->status == kOk || told->status == kRefused) &&
                       wire::scan_json(told->text).root.kind == JsonKind::object;
  if (is_ours) return *std::move(told);
  return std::unexpected{failure(
      kExitUnreachable,
      fmt::format("{} does not serve operators (HTTP {}); that is the listener listen.admin of the "
                  "gateway, or without one listen.http on a loopback address",
                  safe_for_log(url->text()), told->status))};
}

JsonValue object(std::string_view text) {
  return wire::scan_json(text).root;
}

// Each on a line of its own.
void append_texts(std::string& out, std::string_view prefix, const JsonValue& list) {
  for (const wire::JsonMember& each : wire::JsonMembers{list}) {
    if (each.value.kind != JsonKind::string) continue;
    out += fmt::format("{}{}\n", prefix, safe_for_log(wire::unescape_json_string(each.value.raw)));
  }
}

std::string raw_of(const JsonValue& parent, std::string_view key) {
  return safe_for_log(wire::json_member(parent, key).raw);
}

std::string restart_text(const JsonValue& reload) {
  std::string text;
  append_texts(text, "needs a restart: ", wire::json_member(reload, "needsRestart"));
  return text;
}

std::string upstream_table(const JsonValue& upstreams) {
  std::vector<std::vector<std::string>> rows{
      {"UPSTREAM", "REACH", "CONNECTIONS", "PROCESSES", "CRASHES", "BACKING OFF"}};
  for (const wire::JsonMember& each : wire::JsonMembers{upstreams}) {
    const JsonValue& upstream = each.value;
    const bool is_program = static_cast<bool>(wire::json_member(upstream, "processes"));
    const bool backs_off = raw_of(upstream, "backsOff") == "true";
    rows.push_back({cli::text_or_nothing(upstream, "name"), cli::text_or_nothing(upstream, "reach"),
                    raw_of(upstream, "connections"),
                    is_program ? raw_of(upstream, "processes") : "-",
                    is_program ? raw_of(upstream, "crashes") : "-",
                    is_program ? (backs_off ? "yes" : "no") : "-"});
  }
  return cli::table(rows);
}

// Tools that are not what they were when the gateway first saw them.
std::string changed_tools(const JsonValue& upstreams) {
  std::string text;
  for (const wire::JsonMember& each : wire::JsonMembers{upstreams}) {
    append_texts(
        text,
        fmt::format("changed tool: {}: ", safe_for_log(cli::text_or_nothing(each.value, "name"))),
        wire::json_member(each.value, "changedTools"));
  }
  return text;
}

}  // namespace

OperateOutcome reload_blocking(const cli::Operation& wishes) {
  auto told = told_by_blocking(wishes, "POST", "/reload");
  if (!told) return std::move(told).error();
  const JsonValue report = object(told->text);
  const bool is_refused = told->status != kOk;
  if (wishes.form == cli::Operation::Form::json)
    return {.exit_code = is_refused ? kExitRefused : 0, .out = told->text, .err = {}};
  if (is_refused) {
    OperateOutcome outcome{.exit_code = kExitRefused, .out = {}, .err = {}};
    append_texts(outcome.err, "", wire::json_member(report, "problems"));
    outcome.err += "junctor: the configuration was not changed\n";
    return outcome;
  }
  std::string out = fmt::format("{}: generation {}\n", cli::text_or_nothing(report, "outcome"),
                                raw_of(report, "generation"));
  append_texts(out, "", wire::json_member(report, "changes"));
  return {.exit_code = 0, .out = out + restart_text(report), .err = {}};
}

OperateOutcome status_blocking(const cli::Operation& wishes) {
  auto told = told_by_blocking(wishes, "GET", "/status");
  if (!told) return std::move(told).error();
  if (wishes.form == cli::Operation::Form::json)
    return {.exit_code = 0, .out = told->text, .err = {}};
  const JsonValue status = object(told->text);
  const JsonValue reload = wire::json_member(status, "reload");
  std::string out = fmt::format("junctor {}, generation {}, sessions {}\n",
                                safe_for_log(cli::text_or_nothing(status, "version")),
                                raw_of(status, "generation"), raw_of(status, "sessions"));
  if (const std::string at = cli::text_or_nothing(reload, "at"); !at.empty()) {
    out += fmt::format("last reload: {} at {}\n",
                       safe_for_log(cli::text_or_nothing(reload, "outcome")), safe_for_log(at));
    append_texts(out, "problem: ", wire::json_member(reload, "problems"));
    out += restart_text(reload);
  }
  const JsonValue upstreams = wire::json_member(status, "upstreams");
  return {
      .exit_code = 0, .out = out + upstream_table(upstreams) + changed_tools(upstreams), .err = {}};
}

}  // namespace junctor::app
