#include "agent/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "agent/federated_session.h"
#include "agent/stdio_twin.h"
#include "agent/upstream.h"

namespace junctor::agent {
namespace {

// "<digits>" in front of `rest`, and the '-' behind it.
std::optional<std::uint32_t> take_number(std::string_view& rest) noexcept {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (fault != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.starts_with('-')) rest.remove_prefix(1);
  return number;
}

}  // namespace

// --- streams -------------------------------------------------------------------------------------

// One reader at a time: who comes back is the same client, and the connection it had before is dead
// whether we know it or not.
void SessionStream::attach(ClientAnswer& reader) {
  if (reader_ == &reader) return;
  close_reader();
  reader_ = &reader;
}

void SessionStream::detach(const ClientAnswer& reader) noexcept {
  if (reader_ == &reader) reader_ = nullptr;
}

// Taken out first: what is told may come back here.
void SessionStream::close_reader() {
  if (reader_ == nullptr) return;
  ClientAnswer& reader = *std::exchange(reader_, nullptr);
  reader.end_events();
  reader.left.set();
}

//= mcp 2025-11-25 basic/transports#multiple-connections:one MUST
// Sent before it is kept: the pieces still point into the upstream's bytes then, and need no copy
// on the way to the client.
void SessionStream::publish(const Pieces& message) {
  JUNCTOR_ASSERT(!ended_);
  const std::uint32_t number = ++count_;
  if (reader_ != nullptr) {
    reader_->event(session_.event_id(number_, number), message);
    delivered_ = number;
  }
  session_.record(number_, number, text_of(message));
}

SessionStream& SessionStream::outlet() noexcept {
  const bool is_members = session_.whole_ != nullptr && number_ == 0;
  return is_members ? *session_.whole_->main().standalone() : *this;
}

void SessionStream::say(const UpstreamMessage& message) {
  if (session_.whole_ != nullptr) return session_.whole_->say(session_.member_, *this, message);
  publish(repaired(message, {}, wire::Era::legacy));
}

void SessionStream::prime(std::optional<std::chrono::milliseconds> retry) {
  if (!session_.version().priming_event) return;
  const std::uint32_t number = ++count_;
  if (reader_ != nullptr) reader_->prime(session_.event_id(number_, number), retry);
  session_.record(number_, number, {});
}

// The session forgets the stream; its events stay until they are pushed out by newer ones.
void SessionStream::end() {
  ended_ = true;
  close_reader();
  std::erase_if(session_.streams_, [this](const auto& each) { return each.get() == this; });
}

// --- sessions ------------------------------------------------------------------------------------

Session::Session(rt::Shard& shard, const SessionLimits& limits, Upstream* upstream,
                 Identity identity, std::uint64_t tag) noexcept
    : shard_{shard},
      limits_{limits},
      upstream_{upstream},
      keeps_{upstream == nullptr ? nullptr : upstream->weak_from_this().lock()},
      identity_{std::move(identity)},
      tag_{fmt::format("{:016x}", tag)},
      standalone_{std::make_shared<SessionStream>(*this, 0)} {
  rest();
}

Session::~Session() {
  JUNCTOR_ASSERT(uses_ == 0 && calls_.empty() && tasks_.size() == 0);
}

// A session in use does not age; the clock starts with the end of its last request.
Session::Use::Use(std::shared_ptr<Session> session) noexcept : session_{std::move(session)} {
  ++session_->uses_;
  session_->disarm();
}

Session::Use::~Use() {
  JUNCTOR_ASSERT(session_->uses_ > 0);
  if (--session_->uses_ == 0) session_->rest();
}

void Session::rest() noexcept {
  if (!closed_) arm(shard_.timers(), shard_.now() + limits_.idle_timeout);
}

void Session::on_timer() noexcept {
  const auto drop = on_idle;  // The store drops this session, and the function with it.
  if (drop) drop();
}

// In a session that was closed meanwhile the call still runs, to its first wait: one way of ending
// is enough.
Result<> Session::begin(Call& call) {
  if (calls_.size() >= limits_.in_flight_max) {
    return fail(ErrorKind::rate_limited, "session_busy",
                "Too many requests of this session are under way.");
  }
  calls_.push_back(&call);
  if (closed_) call.scope.request();
  return {};
}

void Session::end(Call& call) noexcept {
  std::erase(calls_, &call);
}

// The oldest of that id: clients count their ids, and a few use one twice at the same time.
Session::Call* Session::find_call(std::string_view id) noexcept {
  const auto found = std::ranges::find_if(calls_, [&](const Call* each) { return each->id == id; });
  return found == calls_.end() ? nullptr : *found;
}

std::shared_ptr<SessionStream> Session::open_stream() {
  auto stream = std::make_shared<SessionStream>(*this, next_stream_++);
  streams_.push_back(stream);
  return stream;
}

//= mcp 2025-11-25 basic/transports#resumability-and-redelivery:unique MUST
// The tag tells sessions apart: an id of another session is unknown here, and not somebody else's
// event.
std::string Session::event_id(std::uint32_t stream, std::uint32_t number) const {
  return fmt::format("{}-{}-{}", tag_, stream, number);
}

// Two bounds, one on the number and one on the bytes; the oldest goes first, of whichever stream.
void Session::record(std::uint32_t stream, std::uint32_t number, std::string data) {
  events_bytes_ += data.size();
  events_.push_back({stream, number, std::move(data)});
  while (events_.size() > limits_.events_max || events_bytes_ > limits_.events_bytes_max) {
    events_bytes_ -= events_.front().data.size();
    events_.pop_front();
  }
}

// An event that is no longer kept can still be named: what came after it is then all there is.
Result<Session::Resumption> Session::find_event(std::string_view event_id) const {
  const auto unknown = [] {
    return fail(ErrorKind::not_found, "unknown_event_id", "This session has no such event.");
  };
  if (!event_id.starts_with(tag_) || event_id.size() <= tag_.size() || event_id[tag_.size()] != '-')
    return unknown();
  event_id.remove_prefix(tag_.size() + 1);
  const auto stream = take_number(event_id);
  const auto number = take_number(event_id);
  if (!stream || !number || !event_id.empty() || *stream >= next_stream_) return unknown();
  Resumption found{.stream = nullptr, .number = *stream, .after = *number};
  if (*stream == 0) found.stream = standalone_;
  for (const auto& each : streams_) {
    if (each->number() == *stream) found.stream = each;
  }
  return found;
}

//= mcp 2025-11-25 basic/transports#resumability-and-redelivery:own MUST NOT
void Session::replay(const Resumption& from, ClientAnswer& reader) const {
  for (const Event& event : events_) {
    if (event.stream != from.number || event.number <= from.after || event.data.empty()) continue;
    Pieces message;
    message.add(event.data);
    reader.event(event_id(event.stream, event.number), message);
  }
}

// Calls are asked to end and tell their clients themselves; the session's memory lives until the
// last of them has.
void Session::close() noexcept {
  if (std::exchange(closed_, true)) return;
  disarm();
  for (Call* call : calls_) call->scope.request();
  tasks_.cancel();
  if (stdio_ != nullptr) stdio_->close();
  if (federated_ != nullptr) federated_->close();
  standalone_->close_reader();
}

void Session::set_federated(std::unique_ptr<FederatedSession> federated) {
  JUNCTOR_ASSERT(federated_ == nullptr && upstream_ == nullptr);
  federated_ = std::move(federated);
  pumping = true;
}

void Session::take_twin(std::unique_ptr<StdioTwin> twin) {
  JUNCTOR_ASSERT(stdio_ == nullptr && twin != nullptr);
  stdio_ = std::move(twin);
  stdio_->belong_to(this);
  pumping = true;
}

void Session::spawn(const std::shared_ptr<Session>& session, rt::Task<void> task) {
  session->tasks_.spawn(std::move(task));
  if (session->tasks_.size() == 0 || std::exchange(session->kept_, true)) return;
  session->shard_.tasks().spawn(keep(session));
}

// The last reference must not be a child's own, whose group would go with it.
rt::Task<void> Session::keep(std::shared_ptr<Session> session) {
  while (session->tasks_.size() != 0) (void)co_await session->tasks_.join();
  session->kept_ = false;
}

}  // namespace junctor::agent
