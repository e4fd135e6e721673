#include "agent/upstream.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/negotiation.h"
#include "agent/upstream_message.h"
#include "base/buffer.h"
#include "base/version.h"
#include "wire/json_text.h"
#include "wire/sse_decoder.h"

namespace junctor::agent {
namespace {

constexpr MetricInfo kCalls{.name = "junctor_mcp_calls_total",
                            .help = "Messages of clients to an upstream, by method and outcome.",
                            .kind = MetricKind::counter,
                            .labels = {"upstream", "method", "outcome"}};
constexpr MetricInfo kDuration{.name = "junctor_mcp_call_duration_seconds",
                               .unit = "seconds",
                               .help = "From the judged request to its settled answer.",
                               .kind = MetricKind::histogram,
                               .labels = {"upstream"},
                               .bounds = kMcpDurationBounds};
constexpr MetricInfo kUp{.name = "junctor_upstream_up",
                         .help = "Whether the last attempt to reach the upstream succeeded.",
                         .kind = MetricKind::gauge,
                         .labels = {"upstream"}};
static_assert(is_well_formed(kCalls) && is_well_formed(kDuration) && is_well_formed(kUp));

constexpr std::string_view kOutcomes[] = {"ok", "error_answer", "failed", "cancelled", "refused"};
static_assert(std::size(kOutcomes) == kCallOutcomeCount);

constexpr std::size_t kProbeAnswerBytesMax = 1_MiB;

//= mcp 2026-07-28 basic#meta:required MUST
// A modern request that every modern server must answer, and every other one refuses without having
// done anything.
std::string probe_body() {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":"junctor-probe","method":"server/discover","params":{{"_meta":{{)"
      R"("{}":"{}","{}":{{"name":"junctor","version":"{}"}},"{}":{{}}}}}}}})",
      wire::kMetaProtocolVersion, wire::version_facts(wire::kLatestModernVersion).name,
      wire::kMetaClientInfo, version(), wire::kMetaClientCapabilities);
}

// Takes the answer to a probe as a whole: a JSON body, or the first message of an event stream.
class ProbeAnswer final : public net::AnswerSink {
 public:
  Result<> on_head(const wire::http1::ResponseHead& head) override {
    status = head.status;
    events_ =
        media_type(head.headers.value(wire::http1::HeaderId::content_type)) == MediaType::events;
    return {};
  }
  Result<> on_body(std::string_view piece, net::Part /*part*/) override {
    if (body_.size() + piece.size() > kProbeAnswerBytesMax) {
      return fail(ErrorKind::corrupt, "upstream_invalid",
                  "The answer to server/discover is too large.");
    }
    body_.append(piece);
    return {};
  }
  // The message, as far as it came.
  [[nodiscard]] UpstreamMessage message() {
    if (!events_) return read_upstream_message(body_.view());
    wire::SseDecoder decoder;  // From the start each time: an answer of one short event.
    decoder.feed(body_.view());
    for (auto next = decoder.next(); next; next = decoder.next()) {
      const std::optional<wire::SseEvent>& event = *next;
      if (!event) break;
      if (!event->has_data || event->data.empty()) continue;
      text_ = event->data;
      const UpstreamMessage message = read_upstream_message(text_);
      if (message.is_final()) return message;
    }
    const auto unfinished = decoder.finish();
    text_ = unfinished ? unfinished->data : std::string_view{};
    return read_upstream_message(text_);
  }
  [[nodiscard]] bool has_message() { return events_ && message().is_final(); }

  int status = 0;

 private:
  bool events_ = false;
  Buffer body_;
  std::string text_;
};

// An array of version names, or an object that has one under `key`.
bool names_modern_version(const wire::JsonValue& versions) {
  for (const auto& each : wire::JsonMembers{versions}) {
    if (wire::json_string_equals(each.value.raw,
                                 wire::version_facts(wire::kLatestModernVersion).name))
      return true;
  }
  return false;
}

// Why an answer of that status says nothing of the protocol; empty when it does.
std::string_view no_evidence(int status) noexcept {
  if (status == 401 || status == 403) return "upstream_auth";
  if (status == 429 || status == 503) return "upstream_busy";
  if (status >= 500) return "upstream_error";
  return status >= 300 && status < 400 ? "upstream_invalid" : std::string_view{};
}

bool is_modern_answer(const UpstreamMessage& message) {
  if (message.kind == wire::JsonRpcKind::response) {
    return names_modern_version(wire::json_member(message.result, "supportedVersions"));
  }
  if (message.kind != wire::JsonRpcKind::error_response) return false;
  const auto code = wire::json_integer(message.error_code.raw);
  if (code == wire::kUnsupportedVersion) {
    const auto error = wire::json_member({message.text, wire::JsonKind::object}, "error");
    return names_modern_version(wire::json_member(wire::json_member(error, "data"), "supported"));
  }
  return code == wire::kHeaderMismatch || code == wire::kMissingClientCapability;
}

}  // namespace

Upstream::Upstream(const Services& services, const UpstreamSettings& settings, const Limits& limits)
    : shard_{services.shard},
      settings_{settings},
      limits_{limits},
      metrics_{services.metrics},
      log_{services.log},
      client_{services.shard,
              {.upstream = settings.name.str(), .url = settings.url, .limits = settings.client},
              services.resolver,
              services.tls,
              services.metrics,
              services.log},
      lines_{make_lines("POST", "application/json, text/event-stream"),
             make_lines("GET", "text/event-stream"),
             make_lines("DELETE", "application/json, text/event-stream")},
      in_flight_{limits.in_flight_max},
      duration_{metrics_.histogram(kDuration, {settings.name.view()})},
      up_{metrics_.gauge(kUp, {settings.name.view()})} {
  if (settings.era == EraChoice::legacy) modern_ = Verdict::no;
  if (settings.era == EraChoice::modern) modern_ = Verdict::yes;
}

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:post MUST
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:accept MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:post MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accept MUST
//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:accept MUST
// The lines that are the same for every request of a method are made once.
std::string Upstream::make_lines(std::string_view method, std::string_view accept) const {
  Buffer text;
  JUNCTOR_ASSERT(wire::http1::append_request_line(text, method, settings_.url.target));
  const auto add = [&](std::string_view name, std::string_view value) {
    // The configuration's check passed it.
    JUNCTOR_ASSERT(wire::http1::append_header(text, name, value));
  };
  add("Host", settings_.url.authority);
  add("User-Agent", fmt::format("junctor/{}", version()));
  add("Accept", accept);
  if (method == "POST") add("Content-Type", "application/json");
  for (const UpstreamHeader& header : settings_.headers) add(header.name, header.value.reveal());
  return std::string{text.view()};
}

// Asked once, by the first who needs to know; the others wait for that answer. A verdict is kept,
// "no" for a while and "yes" for good; a failure is not.
rt::Task<Result<bool>> Upstream::speaks_modern(Time deadline) {
  for (;;) {
    if (modern_ == Verdict::no && shard_.now() >= verdict_until_) modern_ = Verdict::unknown;
    if (modern_ != Verdict::unknown) co_return modern_ == Verdict::yes;
    if (!probing_) break;
    const rt::Wake wake = co_await probed_.wait(deadline);
    if (wake == rt::Wake::timeout)
      co_return fail(ErrorKind::deadline_exceeded, "upstream_timeout",
                     "The upstream did not say which protocol it speaks.");
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
    if (modern_ == Verdict::unknown && probe_failure_) co_return std::unexpected{*probe_failure_};
  }
  probing_ = true;
  probed_.reset();
  probe_failure_.reset();
  auto verdict = co_await probe(std::min(deadline, shard_.now() + limits_.probe_timeout));
  probing_ = false;
  if (verdict) {
    modern_ = *verdict;
    // A server may be replaced by one that speaks both, and nothing would ever tell.
    verdict_until_ = shard_.now() + limits_.legacy_verdict_ttl;
    log_.info("era_found", "asked an upstream which protocol it speaks",
              {{"upstream", name()}, {"speaks_modern", modern_ == Verdict::yes}});
  }
  // Who waited would hear the same; but a probe that was cancelled says nothing.
  if (!verdict && verdict.error().kind() != ErrorKind::cancelled) probe_failure_ = verdict.error();
  probed_.set();
  if (!verdict) co_return std::unexpected{std::move(verdict).error()};
  co_return modern_ == Verdict::yes;
}

// Any answer of the protocol is evidence, errors too; what a proxy, a login page or an overloaded
// server says is none.
rt::Task<Result<Upstream::Verdict>> Upstream::probe(Time deadline) {
  const std::string body = probe_body();
  Buffer head;
  const auto fields = [](wire::http1::HeadWriter& head) {
    head.header(wire::kProtocolVersionHeader, wire::version_facts(wire::kLatestModernVersion).name);
    head.header(wire::kMethodHeader, "server/discover");
  };
  const std::size_t room = lines_[static_cast<std::size_t>(Method::post)].size() + 1_KiB;
  JUNCTOR_CO_TRY(const std::size_t bytes,
                 write_head(head.prepare(room), Method::post, body.size(), fields));
  head.commit(bytes);
  const std::string_view pieces[] = {head.view(), body};
  auto call = co_await client_.call(pieces, wire::http1::RequestKind::other, net::Repeatable::yes,
                                    deadline);
  note_attempt(call ? nullptr : &call.error());
  if (!call) co_return std::unexpected{std::move(call).error()};
  ProbeAnswer answer;
  while (!answer.has_message()) {
    JUNCTOR_CO_TRY(const auto progress, co_await call->read(answer, deadline));
    if (progress == net::ClientCall::Progress::ended) break;
  }
  if (const std::string_view reason = no_evidence(answer.status); !reason.empty()) {
    co_return fail(
        ErrorKind::unavailable, reason,
        fmt::format("The upstream answered server/discover with HTTP {}.", answer.status));
  }
  co_return is_modern_answer(answer.message()) ? Verdict::yes : Verdict::no;
}

Counter& Upstream::calls(const wire::MethodFacts* method, CallOutcome outcome) {
  const std::size_t row =
      method == nullptr ? kMethods - 1 : static_cast<std::size_t>(method->method);
  JUNCTOR_ASSERT(row < kMethods);
  Counter*& cell = calls_[row][static_cast<std::size_t>(outcome)];
  if (cell == nullptr) {
    cell = &metrics_.counter(kCalls, {name(), method == nullptr ? kMetricOther : method->name,
                                      kOutcomes[static_cast<std::size_t>(outcome)]});
  }
  return *cell;
}

// A refused call never took its place.
void Upstream::settle(const wire::MethodFacts* method, CallOutcome outcome,
                      Duration took) noexcept {
  if (outcome != CallOutcome::refused) in_flight_.give(1);
  calls(method, outcome).add();
  duration_.observe(took);
}

void Upstream::note_attempt(const Error* error) noexcept {
  // Our own limits, and a caller that went away, say nothing of the upstream.
  if (error == nullptr || error->reason() == "upstream_unavailable") {
    note_reach(error == nullptr ? UpstreamStatus::Reach::up : UpstreamStatus::Reach::down);
  }
}

// Told when it changes: an upstream that is down would fill the log with every call.
void Upstream::note_reach(UpstreamStatus::Reach now) noexcept {
  if (reach_.load(std::memory_order_relaxed) == now) return;
  reach_.store(now, std::memory_order_relaxed);
  const bool is_up = now == UpstreamStatus::Reach::up;
  up_.set(is_up ? 1 : 0);
  if (is_up) {
    log_.info("upstream_up", "an upstream answers", {{"upstream", name()}});
  } else {
    log_.warn("upstream_down", "an upstream cannot be reached", {{"upstream", name()}});
  }
}

UpstreamStatus Upstream::status() const {
  return {.name = settings_.name.str(),
          .reach = reach_.load(std::memory_order_relaxed),
          .connections = client_.open_connections()};
}

}  // namespace junctor::agent
