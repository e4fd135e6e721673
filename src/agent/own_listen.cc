#include "agent/own_listen.h"

#include <fmt/format.h>

#include "agent/http_leg.h"
#include "agent/negotiation.h"
#include "agent/own_words.h"
#include "agent/splice.h"
#include "agent/stdio_leg.h"
#include "agent/stdio_shared.h"
#include "wire/mcp.h"
#include "wire/sse_decoder.h"

namespace junctor::agent {
namespace {

std::string params_of(std::string_view filter, std::string_view capabilities) {
  return fmt::format(R"({{"notifications":{},{}}})", filter, own_meta(capabilities));
}

// The messages of an event stream, as they come.
class Messages final : public net::AnswerSink {
 public:
  Messages(MessageSink& sink, std::size_t event_bytes_max) noexcept
      : sink_{sink}, events_{wire::SseDecoder::Limits{event_bytes_max}} {}

  Result<> on_head(const wire::http1::ResponseHead& head) override {
    const auto type = media_type(head.headers.value(wire::http1::HeaderId::content_type));
    if (head.status == 200 && type == MediaType::events) return {};
    const bool is_busy = head.status >= 500 || head.status == 429;
    return fail(
        is_busy ? ErrorKind::unavailable : ErrorKind::corrupt, "upstream_invalid",
        fmt::format("The upstream does not let itself be listened to (HTTP {}).", head.status));
  }
  Result<> on_body(std::string_view piece, net::Part /*part*/) override {
    events_.feed(piece);
    while (true) {
      JUNCTOR_TRY(const std::optional<wire::SseEvent> event, events_.next());
      if (!event) return {};
      if (!event->has_data || event->data.empty()) continue;
      const UpstreamMessage message = read_upstream_message(event->data);
      if (message.kind != wire::JsonRpcKind::invalid) sink_.take(message);
    }
  }

 private:
  MessageSink& sink_;
  wire::SseDecoder events_;
};

rt::Task<Result<>> listen_over_http(Upstream& upstream, std::string params,
                                    std::size_t event_bytes_max, MessageSink& sink) {
  const std::string body = fmt::format(
      R"({{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}})", params);
  const auto fields = [](wire::http1::HeadWriter& head) {
    head.header(wire::kProtocolVersionHeader, wire::version_facts(wire::kLatestModernVersion).name);
    head.header(wire::kMethodHeader, "subscriptions/listen");
  };
  Buffer head;
  JUNCTOR_CO_TRY(
      const std::size_t bytes,
      upstream.http().write_head(head.prepare(32_KiB), HttpLeg::Method::post, body.size(), fields));
  head.commit(bytes);
  const std::string_view pieces[] = {head.view(), body};
  const Time deadline = upstream.shard().now() + upstream.timeouts().first_byte;
  JUNCTOR_CO_TRY(net::ClientCall call,
                 co_await upstream.http().client().call(pieces, wire::http1::RequestKind::other,
                                                        net::Repeatable::yes, deadline));
  Messages messages{sink, event_bytes_max};
  while (true) {
    JUNCTOR_CO_TRY(const auto progress, co_await call.read(messages, kNever));
    if (progress == net::ClientCall::Progress::ended) co_return Result<>{};
  }
}

class UntilFinal final : public MessageSink {
 public:
  explicit UntilFinal(MessageSink& sink) noexcept : sink_{sink} {}
  void take(const UpstreamMessage& message) override {
    is_over = is_over || message.is_final();
    sink_.take(message);
  }
  bool is_over = false;

 private:
  MessageSink& sink_;
};

rt::Task<Result<>> listen_over_stdio(StdioLeg& leg, std::string params, MessageSink& sink) {
  const StdioShared::Use use{leg.shared()};
  JUNCTOR_CO_TRY(const std::shared_ptr<StdioConnection> process,
                 co_await leg.shared().process(leg.shard().now() + leg.settings().start_timeout));
  UntilFinal until{sink};
  StdioCall call{*process, until, {}};
  const std::string text =
      fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"subscriptions/listen","params":{}}})",
                  call.number(), params);
  Pieces message;
  message.add(text);
  JUNCTOR_CO_CHECK(process->send(message));
  while (!until.is_over) {
    const auto next = co_await next_message(call, kNever);
    if (!next) {
      tell_cancelled(*process, call, "nobody listens any more");
      co_return next;
    }
    if (const auto& failure = call.failure()) co_return std::unexpected{*failure};
  }
  co_return Result<>{};
}

}  // namespace

rt::Task<Result<>> own_listen(Upstream& upstream, const std::string& filter,
                              const std::string& capabilities, std::size_t event_bytes_max,
                              MessageSink& sink) {
  std::string params = params_of(filter, capabilities);
  if (StdioLeg* const leg = upstream.stdio(); leg != nullptr)
    return listen_over_stdio(*leg, std::move(params), sink);
  return listen_over_http(upstream, std::move(params), event_bytes_max, sink);
}

}  // namespace junctor::agent
