#include "agent/http_leg.h"

#include <fmt/format.h>

#include <optional>

#include "agent/negotiation.h"
#include "agent/own_words.h"
#include "base/buffer.h"
#include "base/version.h"
#include "wire/sse_decoder.h"

namespace junctor::agent {
namespace {

using wire::http1::HeaderId;

constexpr std::size_t kProbeAnswerBytesMax = 1_MiB;

// Takes an answer as a whole: a JSON body, or the answer among the messages of an event stream.
class WholeAnswer final : public net::AnswerSink {
 public:
  explicit WholeAnswer(std::size_t bytes_max) noexcept
      : bytes_max_{bytes_max}, events_{wire::SseDecoder::Limits{bytes_max}} {}

  Result<> on_head(const wire::http1::ResponseHead& head) override {
    answer.status = head.status;
    answer.session_id = head.headers.value(HeaderId::mcp_session_id);
    has_events_ = media_type(head.headers.value(HeaderId::content_type)) == MediaType::events;
    return {};
  }
  Result<> on_body(std::string_view piece, net::Part part) override {
    if (!has_events_) {
      if (answer.text.size() + piece.size() > bytes_max_) return too_large();
      answer.text += piece;
      return {};
    }
    if (is_final_) return {};
    events_.feed(piece);
    while (!is_final_) {
      const auto next = events_.next();
      if (!next) return too_large();
      const std::optional<wire::SseEvent>& event = *next;
      if (!event) break;
      take(*event);
    }
    if (part == net::Part::last && !is_final_) {
      if (const auto unfinished = events_.finish(); unfinished) take(*unfinished);
    }
    return {};
  }
  // Nothing that follows matters.
  [[nodiscard]] bool is_whole() const noexcept { return is_final_; }

  OwnAnswer answer;

 private:
  void take(const wire::SseEvent& event) {
    if (!event.has_data || !read_upstream_message(event.data).is_final()) return;
    answer.text = event.data;
    is_final_ = true;
  }
  static std::unexpected<Error> too_large() {
    return fail(ErrorKind::corrupt, "upstream_too_large",
                "An answer to a question of the gateway's own is over the limit.");
  }

  std::size_t bytes_max_;
  wire::SseDecoder events_;
  bool has_events_ = false;
  bool is_final_ = false;
};

// Why an answer of that status says nothing of the protocol; empty when it does.
std::string_view no_evidence(int status) noexcept {
  if (status == 401 || status == 403) return "upstream_auth";
  if (status == 429 || status == 503) return "upstream_busy";
  if (status >= 500) return "upstream_error";
  return status >= 300 && status < 400 ? "upstream_invalid" : std::string_view{};
}

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:post MUST
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:accept MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:post MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accept MUST
//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:accept MUST
// The lines that are the same for every request of a method are made once.
std::string make_lines(const UpstreamSettings& settings, std::string_view method,
                       std::string_view accept) {
  Buffer text;
  JUNCTOR_ASSERT(wire::http1::append_request_line(text, method, settings.url.target));
  const auto add = [&](std::string_view name, std::string_view value) {
    // The configuration's check passed it.
    JUNCTOR_ASSERT(wire::http1::append_header(text, name, value));
  };
  add("Host", settings.url.authority);
  add("User-Agent", fmt::format("junctor/{}", version()));
  add("Accept", accept);
  if (method == "POST") add("Content-Type", "application/json");
  for (const UpstreamHeader& header : settings.headers) add(header.name, header.value.reveal());
  return std::string{text.view()};
}

}  // namespace

HttpLeg::HttpLeg(const Services& services, const UpstreamSettings& settings)
    : client_{services.shard,
              {.upstream = settings.name.str(), .url = settings.url, .limits = settings.client},
              services.resolver,
              services.tls,
              services.metrics,
              services.log},
      lines_{make_lines(settings, "POST", "application/json, text/event-stream"),
             make_lines(settings, "GET", "text/event-stream"),
             make_lines(settings, "DELETE", "application/json, text/event-stream")} {}

rt::Task<Result<OwnAnswer>> HttpLeg::ask(OwnRequest request, Time deadline) {
  const auto fields = [&](wire::http1::HeadWriter& head) {
    if (!request.version.empty()) head.header(wire::kProtocolVersionHeader, request.version);
    if (!request.method.empty()) head.header(wire::kMethodHeader, request.method);
    if (!request.session_id.empty()) head.header(wire::kSessionIdHeader, request.session_id);
  };
  Buffer head;
  const std::size_t room =
      lines_[static_cast<std::size_t>(Method::post)].size() + request.session_id.size() + 1_KiB;
  JUNCTOR_CO_TRY(const std::size_t bytes,
                 write_head(head.prepare(room), Method::post, request.body.size(), fields));
  head.commit(bytes);
  const std::string_view pieces[] = {head.view(), request.body};
  JUNCTOR_CO_TRY(net::ClientCall call,
                 co_await client_.call(pieces, wire::http1::RequestKind::other,
                                       net::Repeatable::yes, deadline));
  WholeAnswer whole{request.answer_bytes_max};
  while (!whole.is_whole()) {
    JUNCTOR_CO_TRY(const auto progress, co_await call.read(whole, deadline));
    if (progress == net::ClientCall::Progress::ended) break;
  }
  if (const std::string_view reason = no_evidence(whole.answer.status); !reason.empty()) {
    co_return fail(ErrorKind::unavailable, reason,
                   fmt::format("The upstream answered with HTTP {}.", whole.answer.status));
  }
  co_return std::move(whole.answer);
}

// Any answer of the protocol is evidence, errors too; what a proxy, a login page or an overloaded
// server says is none.
rt::Task<Result<bool>> HttpLeg::probe(Time deadline) {
  OwnRequest request{.body = era_probe(),
                     .version = wire::version_facts(wire::kLatestModernVersion).name,
                     .method = "server/discover",
                     .answer_bytes_max = kProbeAnswerBytesMax};
  JUNCTOR_CO_TRY(const OwnAnswer answer, co_await ask(std::move(request), deadline));
  co_return is_modern_answer(read_upstream_message(answer.text));
}

}  // namespace junctor::agent
