#include "agent/session_streams.h"

#include <utility>

#include "agent/deadlines.h"
#include "agent/http_leg.h"
#include "wire/json_write.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"

namespace junctor::agent {
namespace {

using net::ClientCall;
using Asked = AnswerRelay::Asked;
using Outcome = AnswerRelay::Outcome;

// Between two looks whether a reader has taken what there is.
constexpr Duration kBackedUpLook = std::chrono::milliseconds{20};

// By looking: the reader may leave meanwhile, and another one come. One that takes nothing for so
// long is left, and may come back for the rest.
rt::Task<Result<>> wait_for_reader(rt::Shard& shard, SessionStream& stream, Duration limit) {
  const Time until = shard.now() + limit;
  while (stream.outlet().is_backed_up()) {
    if (shard.now() >= until) {
      stream.outlet().close_reader();
      break;
    }
    if (co_await rt::sleep_until(shard.now() + kBackedUpLook) == rt::Wake::cancelled)
      co_return fail(ErrorKind::cancelled, "cancelled");
  }
  co_return Result<>{};
}

struct EventsAsked {
  std::string_view last_event_id;
  Deadlines deadlines;
  std::shared_ptr<PumpStart> start = nullptr;  // To be told how it began; null: nobody.
};

rt::Task<Result<>> get_events(Session& session, SessionStream& stream, AnswerRelay& relay,
                              const Limits& limits, EventsAsked asked) {
  Upstream& upstream = session.upstream();
  const auto fields = [&](wire::http1::HeadWriter& head) {
    head.header(wire::kProtocolVersionHeader, session.version().name);
    if (!session.upstream_id().empty()) head.header(wire::kSessionIdHeader, session.upstream_id());
    if (!asked.last_event_id.empty()) head.header(wire::kLastEventIdHeader, asked.last_event_id);
  };
  Buffer head;
  JUNCTOR_CO_TRY(const std::size_t bytes,
                 upstream.http().write_head(head.prepare(16_KiB), HttpLeg::Method::get, 0, fields));
  head.commit(bytes);
  const std::string_view pieces[] = {head.view()};
  JUNCTOR_CO_TRY(ClientCall call, co_await upstream.http().client().call(
                                      pieces, wire::http1::RequestKind::other, net::Repeatable::yes,
                                      asked.deadlines.first_byte));
  head.release();
  while (relay.outcome() == Outcome::open) {
    auto progress =
        co_await call.read(relay, asked.deadlines.next(upstream.shard().now(), awaited_by(relay)));
    if (asked.start != nullptr && relay.status() != 0) {
      asked.start->status = relay.status();
      asked.start->session_lost = relay.outcome() == Outcome::session_lost;
      std::exchange(asked.start, nullptr)->told.set();
    }
    if (!progress) co_return std::unexpected{std::move(progress).error()};
    if (*progress == ClientCall::Progress::ended) break;
    if (stream.outlet().is_backed_up())
      JUNCTOR_CO_CHECK(co_await wait_for_reader(upstream.shard(), stream, limits.write_timeout));
  }
  co_return Result<>{};
}

//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:retry MUST
// The upstream says when to come back (retry) and from where (the last event's id). Each event is
// progress, and starts the count of attempts again; an upstream that only ever closes is given up.
rt::Task<Result<>> resume_until_final(Session& session, SessionStream& stream, Resume resume,
                                      const Limits& limits) {
  rt::Shard& shard = session.upstream().shard();
  for (int attempt = 0; attempt < kResumptionsMax && shard.now() < resume.total;) {
    if (co_await rt::sleep_until(shard.now() + resume.retry) == rt::Wake::cancelled) {
      co_return fail(ErrorKind::cancelled, "cancelled");
    }
    AnswerRelay relay{limits,
                      nullptr,
                      {.asked = Asked::resumption,
                       .era = wire::Era::legacy,
                       .had_session = session.has_twin(),
                       .id = resume.id,
                       .stream = &stream}};
    Deadlines deadlines = deadlines_of(session.upstream(), shard.now(), Ends::in_time);
    deadlines.total = resume.total;
    const auto transfer =
        co_await get_events(session, stream, relay, limits,
                            {.last_event_id = resume.last_event_id, .deadlines = deadlines});
    if (relay.outcome() == Outcome::answered) co_return Result<>{};
    if (relay.outcome() == Outcome::session_lost) break;
    if (!transfer && transfer.error().kind() == ErrorKind::cancelled)
      co_return std::unexpected{transfer.error()};
    if (relay.outcome() == Outcome::failed) co_return std::unexpected{relay.failure()};
    ++attempt;
    if (!relay.last_event_id().empty()) {
      resume.last_event_id = relay.last_event_id();
      resume.retry = relay.retry();
      attempt = 0;
    }
  }
  co_return std::unexpected{interruption()};
}

}  // namespace

Error interruption() {
  return Error{
      ErrorKind::corrupt, "upstream_stream_lost",
      "The upstream's stream ended before its answer; whether the call was executed is not known."};
}

void tell(SessionStream& stream, std::string_view id, const Error& error,
          std::string_view upstream) {
  Buffer data;
  wire::JsonWriter json{data};
  json.begin_object()
      .key("reason")
      .string(error.reason())
      .key("upstream")
      .string(upstream)
      .end_object();
  Buffer text;
  wire::append_error_response(text, id, {wire::kInternalError, error.detail(), data.view()});
  Pieces message;
  message.add(text.view());
  stream.publish(message);
}

rt::Task<void> resume_stream(std::shared_ptr<Session> session,
                             std::shared_ptr<SessionStream> stream, Resume resume,
                             const Limits& limits) {
  const Session::Use use{session};
  const std::string id = resume.id;
  Session::Call call;
  call.id = id;
  const bool begun = session->begin(call).has_value();
  auto done =
      co_await call.scope.run(resume_until_final(*session, *stream, std::move(resume), limits));
  if (begun) session->end(call);
  if (stream->ended()) co_return;
  if (!done && !call.is_unwanted) tell(*stream, id, done.error(), session->upstream().name());
  stream->end();
}

// One task per session, owned by the session: it ends with it.
rt::Task<void> pump_standalone(std::shared_ptr<Session> session, const Limits& limits,
                               std::shared_ptr<PumpStart> start) {
  AnswerRelay relay{limits,
                    nullptr,
                    {.asked = Asked::events,
                     .era = wire::Era::legacy,
                     .had_session = session->has_twin(),
                     .stream = session->standalone().get()}};
  const Deadlines deadlines =
      deadlines_of(session->upstream(), session->upstream().shard().now(), Ends::never);
  (void)co_await get_events(
      *session, *session->standalone(), relay, limits,
      {.last_event_id = session->upstream_event_id, .deadlines = deadlines, .start = start});
  if (!relay.last_event_id().empty()) session->upstream_event_id = relay.last_event_id();
  session->pumping = false;
  start->told.set();
  // The client comes back, and finds out how things stand. One that was told nothing yet is waiting
  // for `start`.
  SessionStream& stream = *session->standalone();
  if (stream.reader() != nullptr && stream.reader()->started()) stream.close_reader();
}

// A courtesy: an upstream that cannot be reached, or refuses, ends the session by its own timeout.
rt::Task<void> end_upstream_session(Upstream& upstream, std::string upstream_id,
                                    const wire::VersionFacts& version, Duration limit) {
  const auto kept = upstream.weak_from_this().lock();  // A retired one might go meanwhile.
  class Ignored final : public net::AnswerSink {
    Result<> on_head(const wire::http1::ResponseHead& /*head*/) override { return {}; }
    Result<> on_body(std::string_view /*piece*/, net::Part /*part*/) override { return {}; }
  };
  const Time deadline = upstream.shard().now() + limit;
  const auto fields = [&](wire::http1::HeadWriter& head) {
    head.header(wire::kProtocolVersionHeader, version.name);
    head.header(wire::kSessionIdHeader, upstream_id);
  };
  Buffer head;
  const auto bytes =
      upstream.http().write_head(head.prepare(16_KiB), HttpLeg::Method::delete_, 0, fields);
  if (!bytes) co_return;
  head.commit(*bytes);
  const std::string_view pieces[] = {head.view()};
  auto call = co_await upstream.http().client().call(pieces, wire::http1::RequestKind::other,
                                                     net::Repeatable::yes, deadline);
  if (!call) co_return;
  Ignored answer;
  for (;;) {
    const auto progress = co_await call->read(answer, deadline);
    if (!progress || *progress == ClientCall::Progress::ended) break;
  }
}

}  // namespace junctor::agent
