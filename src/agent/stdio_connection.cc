#include "agent/stdio_connection.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/splice.h"
#include "rt/task_group.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

// For what a process wrote before it ended, which may be told later than its end.
constexpr Duration kLastWords = std::chrono::milliseconds{100};
// Of a process that writes without a pause; then others have a turn.
constexpr int kReadsInARow = 4;
constexpr std::size_t kErrorReadBytes = 4_KiB;
constexpr std::size_t kGarbageShownMax = 200;

}  // namespace

// --- calls ---------------------------------------------------------------------------------------

StdioCall::StdioCall(StdioConnection& connection, MessageSink& sink, Client client)
    : connection_{connection},
      sink_{sink},
      client_{std::move(client)},
      number_{++connection.last_number_} {
  connection_.calls_.push_back(this);
}

StdioCall::~StdioCall() {
  std::erase(connection_.calls_, this);
}

void StdioCall::take(const UpstreamMessage& message) {
  sink_.take(message);
  changed.set();
}

void StdioCall::fail(const Error& why) {
  failure_ = why;
  changed.set();
}

// --- the process ---------------------------------------------------------------------------------

StdioConnection::StdioConnection(const Services& services, std::unique_ptr<rt::Child> child)
    : shard_{services.shard},
      upstream_{services.upstream},
      settings_{services.settings},
      garbage_{services.garbage},
      errors_lost_{services.errors_lost},
      log_{services.log},
      child_{std::move(child)},
      lines_{services.line_bytes_max} {
  unpaused_.set();
}

StdioConnection::~StdioConnection() {
  JUNCTOR_ASSERT(calls_.empty() && pauses_ == 0);
}

//= mcp 2025-11-25 basic/lifecycle#stdio SHOULD
// Three streams and the end of the process, each with a task of its own, so that none can hold up
// another. Calls fail before the process is stopped, which may take a while.
rt::Task<void> StdioConnection::run() {
  rt::TaskGroup streams;
  streams.spawn(read_messages());
  streams.spawn(read_errors());
  streams.spawn(write_messages());
  streams.spawn(watch_end());
  (void)co_await over_.wait(kNever);
  over_.set();  // Where this task was cancelled.
  fail_calls();
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_ended();
  co_await child_->stop(settings_.stop_grace);
  streams.cancel();
  (void)co_await streams.join();
}

void StdioConnection::close() noexcept {
  over_.set();
}

// The first reason stands.
void StdioConnection::end_with(ErrorKind kind, std::string_view reason, std::string detail) {
  if (over_.is_set()) return;
  failure_.emplace(kind, reason, std::move(detail));
  over_.set();
}

// From a copy: a call that is told may end, and takes itself out.
void StdioConnection::fail_calls() {
  const Error why = failure_.value_or(
      Error{ErrorKind::unavailable, "upstream_stream_lost", "The server's process was stopped."});
  const std::vector<StdioCall*> calls = calls_;
  for (StdioCall* call : calls) call->fail(why);
}

// What it wrote last is read first: an answer may be among it.
rt::Task<void> StdioConnection::watch_end() {
  if (co_await child_->ended().wait(kNever) == rt::Wake::cancelled) co_return;
  if (co_await output_over_.wait(shard_.now() + kLastWords) == rt::Wake::cancelled) co_return;
  const rt::ChildEnd& end = *child_->end();
  const std::string how = end.signal != 0 ? fmt::format("signal {}", end.signal)
                                          : fmt::format("status {}", end.exit_status);
  if (has_spoken_) {
    end_with(ErrorKind::unavailable, "upstream_stream_lost",
             fmt::format("The server's process ended ({}).", how));
  } else {
    end_with(
        ErrorKind::unavailable, "upstream_unavailable",
        fmt::format("The server's process ended ({}) before it said anything; what it wrote to "
                    "its standard error is in the gateway's log.",
                    how));
  }
}

// --- what it is told -----------------------------------------------------------------------------

// Written by a task of its own, so that all that is said in one round leaves in one write.
Result<> StdioConnection::send(const Pieces& message) {
  if (ended())
    return std::unexpected{failure_.value_or(Error{ErrorKind::unavailable, "upstream_stream_lost",
                                                   "The server's process was stopped."})};
  std::size_t bytes = 1;
  for (const auto piece : message.view()) bytes += piece.size();
  if (input_.size() + bytes > kInputBacklogMax) {
    return junctor::fail(ErrorKind::rate_limited, "upstream_busy",
                         "The server's process does not read what it is sent.");
  }
  const std::size_t begin = input_.size();
  for (const auto piece : message.view()) input_.append(piece);
  std::span<char> line{input_.data() + begin, bytes - 1};
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  input_.append('\n');
  wanted_.set();
  return {};
}

void StdioConnection::on_socket(unsigned bits) noexcept {
  if ((bits & rt::kGone) != 0) wanted_.set();
}

// A process that reads no more cannot be asked, even if what was written found room in the pipe.
rt::Task<void> StdioConnection::write_messages() {
  rt::Socket& to = child_->input();
  to.observe(this);
  while (!to.gone()) {
    if (input_.empty()) {
      wanted_.reset();
      if (co_await wanted_.wait(kNever) == rt::Wake::cancelled) co_return;
      continue;
    }
    const iovec piece{input_.data(), input_.size()};
    const ssize_t sent = to.try_send({&piece, 1});
    if (sent == -EAGAIN) {
      if (co_await to.writable(kNever) == rt::Wake::cancelled) co_return;
    } else if (sent <= 0) {
      break;
    } else {
      input_.consume(static_cast<std::size_t>(sent));
    }
  }
  // If it ended, its end says more than this.
  (void)co_await child_->ended().wait(shard_.now() + kLastWords);
  if (child_->end()) co_return;
  end_with(ErrorKind::unavailable, "upstream_stream_lost",
           "The server's process closed its standard input.");
}

// --- what it says --------------------------------------------------------------------------------

// The scratch is used up before anything is awaited.
rt::Task<void> StdioConnection::read_messages() {
  rt::Socket& from = child_->output();
  int reads_in_a_row = 0;
  while (true) {
    if (!unpaused_.is_set() && co_await unpaused_.wait(kNever) == rt::Wake::cancelled) co_return;
    if (!from.maybe_readable()) {
      if (co_await from.readable(kNever) == rt::Wake::cancelled) co_return;
      reads_in_a_row = 0;
    } else if (++reads_in_a_row == kReadsInARow) {
      if (co_await rt::NextRound{} == rt::Wake::cancelled) co_return;
      reads_in_a_row = 0;
    }
    const std::span<char> room = shard_.scratch();
    const ssize_t got = from.try_receive(room);
    if (got == -EAGAIN) continue;
    if (got <= 0) break;
    if (feed({room.data(), static_cast<std::size_t>(got)}) == Fed::over) co_return;
  }
  if (const auto last = lines_.finish()) take_line(*last);
  output_over_.set();
  if (co_await child_->ended().wait(shard_.now() + kLastWords) == rt::Wake::cancelled) co_return;
  if (!child_->end()) {
    end_with(ErrorKind::unavailable, "upstream_stream_lost",
             "The server's process closed its standard output.");
  }
}

StdioConnection::Fed StdioConnection::feed(std::string_view piece) {
  lines_.feed(piece);
  while (true) {
    const auto line = lines_.next();
    if (!line) {
      end_with(ErrorKind::corrupt, "upstream_too_large",
               "A message of the server's process is over the limit.");
      return Fed::over;
    }
    const std::optional<std::string_view>& whole = *line;
    if (!whole) return Fed::more;
    take_line(*whole);
    if (ended()) return Fed::over;
  }
}

// An answer to nobody is one whose call was given up.
void StdioConnection::take_line(std::string_view line) {
  const UpstreamMessage message = read_upstream_message(line);
  if (message.kind == wire::JsonRpcKind::invalid) return take_garbage(line);
  garbage_in_a_row_ = 0;
  has_spoken_ = true;
  if (!message.is_final()) {
    if (listener_ != nullptr) listener_->on_said(message);
  } else if (StdioCall* const call = find_call(message.id.raw); call != nullptr) {
    call->take(message);
  }
}

// Servers print banners and log lines where only messages belong.
void StdioConnection::take_garbage(std::string_view line) {
  garbage_.add();
  if (garbage_in_a_row_++ == 0) {
    log_.warn("stdout_garbage", "a server writes to its standard output what is no message",
              {{"upstream", upstream_}, {"line", line.substr(0, kGarbageShownMax)}});
  }
  if (garbage_in_a_row_ > kGarbageMax) {
    end_with(ErrorKind::corrupt, "upstream_invalid",
             "The server's process writes no messages to its standard output.");
  }
}

StdioCall* StdioConnection::find_call(std::string_view raw_id) const noexcept {
  const auto number = wire::json_integer(raw_id);
  if (!number || *number <= 0) return nullptr;
  const auto wanted = static_cast<std::uint64_t>(*number);
  const auto found = std::ranges::lower_bound(calls_, wanted, {}, &StdioCall::number);
  return found != calls_.end() && (*found)->number() == wanted ? *found : nullptr;
}

// Always read, or the process would wait for us; a line that is too long is cut.
rt::Task<void> StdioConnection::read_errors() {
  rt::Socket& from = child_->errors();
  std::string line;
  while (true) {
    if (!from.maybe_readable() && co_await from.readable(kNever) == rt::Wake::cancelled) co_return;
    std::array<char, kErrorReadBytes> room{};
    const ssize_t got = from.try_receive(room);
    if (got == -EAGAIN) continue;
    if (got <= 0) break;
    std::string_view piece{room.data(), static_cast<std::size_t>(got)};
    for (std::size_t end = piece.find('\n'); !piece.empty(); end = piece.find('\n')) {
      line += piece.substr(0, std::min(end, kErrorLineBytesMax - line.size()));
      if (end == std::string_view::npos) break;
      take_error_line(std::exchange(line, {}));
      piece.remove_prefix(end + 1);
    }
    if (co_await rt::NextRound{} == rt::Wake::cancelled) co_return;
  }
  take_error_line(line);
}

void StdioConnection::take_error_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return;
  const Time now = shard_.now();
  if (now - errors_second_ >= std::chrono::seconds{1}) {
    errors_second_ = now;
    errors_in_second_ = 0;
  }
  if (++errors_in_second_ > kErrorLinesPerSecondMax) return errors_lost_.add();
  const LogField fields[] = {{"upstream", upstream_}};
  log_.write(settings_.errors_level, "stderr", line, fields);
}

// --- asking --------------------------------------------------------------------------------------

namespace {

class WholeAnswer final : public MessageSink {
 public:
  void take(const UpstreamMessage& message) override {
    if (message.is_final()) text = message.text;
  }
  std::string text;
};

}  // namespace

StdioCall* find_call(const StdioConnection& connection, std::string_view raw_number) {
  const auto number = wire::json_integer(raw_number);
  if (!number) return nullptr;
  for (StdioCall* call : connection.calls()) {
    if (call->number() == static_cast<std::uint64_t>(*number)) return call;
  }
  return nullptr;
}

//= mcp 2026-07-28 basic/patterns#top:requests MUST NOT
bool take_progress(const StdioConnection& connection, const UpstreamMessage& message) {
  const auto params = wire::json_member(wire::json_value(message.text), "params");
  const auto token = wire::json_member(params, "progressToken");
  if (!token) return false;
  StdioCall* const call = find_call(connection, token.raw);
  if (call == nullptr || call->client().progress_token.empty()) return true;
  const std::string text =
      text_of(spliced(message.text, {{token.raw, call->client().progress_token}}));
  call->take(read_upstream_message(text));
  return true;
}

//= mcp 2026-07-28 basic/patterns/cancellation#transport-specific-cancellation:stdio MUST
//= mcp 2025-11-25 basic/lifecycle#timeouts SHOULD
void tell_cancelled(StdioConnection& connection, const StdioCall& call, std::string_view reason) {
  const std::string text = fmt::format(R"({{"jsonrpc":"2.0","method":"notifications/cancelled",)"
                                       R"("params":{{"requestId":{},"reason":"{}"}}}})",
                                       call.number(), reason);
  Pieces message;
  message.add(text);
  (void)connection.send(message);  // A process that is gone needs no word.
}

rt::Task<Result<>> next_message(StdioCall& call, Time deadline) {
  const rt::Wake wake = co_await call.changed.wait(deadline);
  call.changed.reset();
  if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
  if (wake == rt::Wake::timeout) {
    co_return fail(ErrorKind::deadline_exceeded, "upstream_timeout",
                   "The server's process did not answer in time.");
  }
  co_return Result<>{};
}

rt::Task<Result<std::string>> ask(StdioConnection& connection, std::string rest, Time deadline) {
  WholeAnswer answer;
  StdioCall call{connection, answer, {}};
  const std::string head = fmt::format(R"({{"jsonrpc":"2.0","id":{},)", call.number());
  Pieces message;
  message.add(head);
  message.add(rest);
  message.add("}");
  JUNCTOR_CO_CHECK(connection.send(message));
  while (answer.text.empty()) {
    JUNCTOR_CO_CHECK(co_await next_message(call, deadline));
    const std::optional<Error>& failure = call.failure();
    if (failure && answer.text.empty()) co_return std::unexpected{*failure};
  }
  co_return std::move(answer.text);
}

}  // namespace junctor::agent
