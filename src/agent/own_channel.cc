#include "agent/own_channel.h"

#include <fmt/format.h>

#include "agent/http_leg.h"
#include "agent/own_words.h"
#include "agent/session_streams.h"
#include "agent/stdio_handshake.h"
#include "agent/stdio_leg.h"
#include "agent/stdio_shared.h"
#include "wire/json_scan.h"

namespace junctor::agent {
namespace {

// The result of an answer; its error as ours.
Result<std::string> result_of(std::string_view text) {
  const UpstreamMessage message = read_upstream_message(text);
  if (message.kind == wire::JsonRpcKind::response) return std::string{message.result.raw};
  if (message.kind != wire::JsonRpcKind::error_response) {
    return fail(ErrorKind::corrupt, "upstream_invalid", "The upstream's answer is no MCP message.");
  }
  return fail(ErrorKind::corrupt, "upstream_refused",
              fmt::format("The upstream refused with error {}.", message.error_code.raw));
}

std::string whole(std::string_view rest) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":1,{}}})", rest);
}

// For the end of what was begun in vain.
constexpr Duration kGoodbye = std::chrono::seconds{2};

const wire::VersionFacts& version_of(std::string_view hello) {
  const auto named = wire::json_member(wire::json_value(hello), "protocolVersion");
  const wire::VersionFacts* const version = wire::find_version(named);
  return version != nullptr ? *version : wire::version_facts(wire::kLatestLegacyVersion);
}

rt::Task<Result<>> finish_handshake(Upstream& upstream, OwnSession& session,
                                    std::string_view answer, Time deadline) {
  JUNCTOR_CO_TRY(session.hello, result_of(answer));
  session.version = &version_of(session.hello);
  OwnRequest initialized{.body = std::string{kInitialized},
                         .version = session.version->name,
                         .method = {},
                         .session_id = session.id};
  JUNCTOR_CO_CHECK(co_await upstream.http().ask(std::move(initialized), deadline));
  co_return Result<>{};
}

}  // namespace

rt::Task<Result<OwnSession>> open_own_session(Upstream& upstream, std::string params,
                                              Time deadline) {
  OwnRequest hello{.body = whole(R"("method":"initialize","params":)" + params)};
  JUNCTOR_CO_TRY(OwnAnswer answer, co_await upstream.http().ask(std::move(hello), deadline));
  OwnSession session{.id = std::move(answer.session_id),
                     .version = &wire::version_facts(wire::kLatestLegacyVersion),
                     .hello = {}};
  const auto begun = co_await finish_handshake(upstream, session, answer.text, deadline);
  if (begun) co_return session;
  if (!session.id.empty())
    co_await end_upstream_session(upstream, session.id, *session.version, kGoodbye);
  co_return std::unexpected{begun.error()};
}

// A process of the stateless era is not ours alone.
OwnChannel::~OwnChannel() {
  if (era_ == wire::Era::legacy && process_ != nullptr) process_->close();
}

rt::Task<Result<std::unique_ptr<OwnChannel>>> OwnChannel::open(Upstream& upstream, wire::Era era,
                                                               std::string capabilities,
                                                               Time deadline) {
  auto channel = std::make_unique<OwnChannel>(upstream, era, std::move(capabilities));
  if (era == wire::Era::modern) {
    JUNCTOR_CO_CHECK(co_await channel->open_modern(deadline));
  } else {
    JUNCTOR_CO_CHECK(co_await channel->open_legacy(deadline));
  }
  co_return channel;
}

// A server that was configured as modern need not know server/discover.
rt::Task<Result<>> OwnChannel::open_modern(Time deadline) {
  if (StdioLeg* const leg = upstream_.stdio(); leg != nullptr) {
    use_.emplace(leg->shared());
    JUNCTOR_CO_TRY(process_, co_await leg->shared().process(deadline));
  }
  auto hello = co_await ask(wire::McpMethod::server_discover, {}, deadline);
  if (hello) {
    hello_ = *std::move(hello);
  } else if (hello.error().reason() != "upstream_refused") {
    co_return std::unexpected{std::move(hello).error()};
  }
  co_return Result<>{};
}

rt::Task<Result<>> OwnChannel::open_legacy(Time deadline) {
  if (StdioLeg* const leg = upstream_.stdio(); leg != nullptr) {
    JUNCTOR_CO_TRY(process_, co_await leg->start(deadline));
    SessionWords words{
        .handshake = handshake_params(capabilities_), .level = {}, .subscriptions = {}};
    JUNCTOR_CO_TRY(const std::string answer,
                   co_await begin_session(*process_, std::move(words), deadline));
    JUNCTOR_CO_TRY(hello_, result_of(answer));
    co_return Result<>{};
  }
  JUNCTOR_CO_TRY(session_,
                 co_await open_own_session(upstream_, handshake_params(capabilities_), deadline));
  hello_ = session_.hello;
  co_return Result<>{};
}

std::string OwnChannel::rest_of(const wire::MethodFacts& method, std::string_view members) const {
  if (era_ == wire::Era::legacy) {
    return fmt::format(R"("method":"{}","params":{{{}}})", method.name, members);
  }
  return fmt::format(R"("method":"{}","params":{{{}{}{}}})", method.name, members,
                     members.empty() ? "" : ",", own_meta(capabilities_));
}

rt::Task<Result<std::string>> OwnChannel::ask(wire::McpMethod method, std::string members,
                                              Time deadline) {
  const wire::MethodFacts& facts = wire::method_facts(method);
  std::string rest = rest_of(facts, members);
  if (upstream_.stdio() != nullptr) {
    JUNCTOR_CO_TRY(const std::string answer,
                   co_await agent::ask(*process_, std::move(rest), deadline));
    co_return result_of(answer);
  }
  OwnRequest request{.body = whole(rest), .answer_bytes_max = kOwnAnswerBytesMax};
  if (era_ == wire::Era::modern) {
    request.version = wire::version_facts(wire::kLatestModernVersion).name;
    request.method = facts.name;
  } else {
    request.version = session_.version->name;
    request.session_id = session_.id;
  }
  JUNCTOR_CO_TRY(const OwnAnswer answer,
                 co_await upstream_.http().ask(std::move(request), deadline));
  co_return result_of(answer.text);
}

rt::Task<void> OwnChannel::close(Time deadline) {
  if (era_ == wire::Era::modern) co_return;
  if (process_ != nullptr) co_return std::exchange(process_, nullptr)->close();
  if (session_.id.empty()) co_return;
  const Duration limit = deadline - upstream_.shard().now();
  co_await end_upstream_session(upstream_, session_.id, *session_.version, limit);
}

}  // namespace junctor::agent
