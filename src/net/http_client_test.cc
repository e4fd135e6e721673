// Goal: a call on a pooled connection costs one send and one receive; connections are reused only
// when that is safe; a request is never written twice when it may have been processed; and each way
// in which a call can fail has its documented error. Method: the real client against a scripted
// server on the same shard, over the kernel's loopback.

#include "net/http_client.h"

#include <gtest/gtest.h>

#include "net/loopback.h"
#include "net/scripted_server.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Loop;
using test::Script;
using test::ScriptedServer;
using test::Step;
using wire::http1::RequestKind;
using Do = Step::Do;

constexpr std::string_view kRequest =
    "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Told final : AnswerSink {
  int status = 0;
  std::string body;
  int lasts = 0;

  Result<> on_head(const wire::http1::ResponseHead& head) override {
    status = head.status;
    return {};
  }
  Result<> on_body(std::string_view piece, Part part) override {
    body += piece;
    lasts += part == Part::last ? 1 : 0;
    return {};
  }
};

// What a call came to: "ok" or the reason.
struct Outcome {
  std::string word;
  ErrorKind kind = ErrorKind::internal;
  Told told;
  int reads = 0;
};

rt::Task<Outcome> whole_call(HttpClient& client, std::string request, RequestKind kind,
                             Repeatable repeatable, Time deadline) {
  Outcome out;
  const std::string_view pieces[] = {
      std::string_view{request}.substr(0, 10), {}, std::string_view{request}.substr(10)};
  auto call = co_await client.call(pieces, kind, repeatable, deadline);
  if (!call) {
    out.word = call.error().reason();
    out.kind = call.error().kind();
    co_return out;
  }
  request.assign(request.size(), '!');  // It is the client's no more.
  while (*call) {
    const auto progress = co_await call->read(out.told, deadline);
    ++out.reads;
    if (!progress) {
      out.word = progress.error().reason();
      out.kind = progress.error().kind();
      co_return out;
    }
    EXPECT_EQ(*progress == ClientCall::Progress::more, static_cast<bool>(*call));
  }
  EXPECT_EQ(out.told.lasts, 1);
  out.word = "ok";
  co_return out;
}

class HttpClientTest : public testing::Test {
 protected:
  void open(ClientLimits limits = {}) {
    limits_ = limits;
    resolver_.names["a"] = {server_.at()};
    auto url = Url::parse("http://a/mcp");
    ASSERT_TRUE(url);
    client_ = std::make_unique<HttpClient>(
        loop_.shard, HttpClient::Options{.upstream = "up", .url = *url, .limits = limits},
        resolver_, nullptr, metrics_, Logger{});
  }
  Outcome call(Repeatable repeatable = Repeatable::no, RequestKind kind = RequestKind::other,
               std::string request = std::string{kRequest}, Duration patience = 5s) {
    return loop_.run(
        whole_call(*client_, std::move(request), kind, repeatable, loop_.in(patience)));
  }
  std::int64_t metric(std::string_view name, std::string_view second = {}) {
    Metrics* const cells[] = {&metrics_};
    for (const MetricFamily& family : snapshot(cells)) {
      if (family.info->name != name) continue;
      for (const MetricSample& sample : family.samples) {
        if (sample.label_values[0] != "up") continue;
        if (second.empty() || sample.label_values[1] == second) return sample.value;
      }
    }
    return -1;
  }
  void TearDown() override {
    client_.reset();
    EXPECT_EQ(metric("junctor_upstream_connections_open"), 0);
  }

  Loop loop_;
  ScriptedServer server_{loop_.shard};
  test::TableResolver resolver_;
  Metrics metrics_;
  ClientLimits limits_;
  std::unique_ptr<HttpClient> client_;
};

Script answer(std::string_view text) {
  return {{Do::take}, {Do::send, std::string{text}}, {Do::await_end}};
}

TEST_F(HttpClientTest, CostsOneSendAndOneReceiveOnAPooledConnection) {
  open();
  Script script;
  for (int i = 0; i < 10; ++i)
    script.insert(script.end(), {{Do::take}, {Do::send, std::string{kOk}}});
  script.push_back({Do::await_end});
  server_.scripts.push_back(script);
  ASSERT_EQ(call().word, "ok");
  const std::size_t sends = loop_.io.sends;
  const std::size_t receives = loop_.io.receives;
  for (int i = 0; i < 9; ++i) {
    const Outcome got = call();
    ASSERT_EQ(got.word, "ok");
    EXPECT_EQ(got.told.status, 200);
    EXPECT_EQ(got.told.body, "ok");
    EXPECT_EQ(got.reads, 1);
  }
  // The server's own: one send, and a receive of the request and one that finds nothing.
  EXPECT_EQ(loop_.io.sends - sends, 9U * 2);
  EXPECT_LE(loop_.io.receives - receives, 9U * 3);
  EXPECT_EQ(server_.accepted, 1U);
  EXPECT_EQ(server_.requests.size(), 10U);
  EXPECT_EQ(server_.requests.back(), kRequest);
  EXPECT_EQ(metric("junctor_upstream_connections_opened_total"), 1);
  EXPECT_EQ(metric("junctor_upstream_connections_reused_total"), 9);
  EXPECT_EQ(metric("junctor_upstream_connections_open"), 1);
}

rt::Task<Result<ClientCall>> begin(HttpClient& client, Time deadline,
                                   Repeatable repeatable = Repeatable::no) {
  const std::string_view pieces[] = {kRequest};
  co_return co_await client.call(pieces, RequestKind::other, repeatable, deadline);
}

rt::Task<Outcome> rest(ClientCall call, Time deadline) {
  Outcome out;
  while (call) {
    const auto progress = co_await call.read(out.told, deadline);
    ++out.reads;
    if (!progress) {
      out.word = progress.error().reason();
      out.kind = progress.error().kind();
      co_return out;
    }
  }
  out.word = "ok";
  co_return out;
}

TEST_F(HttpClientTest, UsesTheConnectionUsedLast) {
  open();
  const auto tagged = [](std::string tag) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + tag;
    return Script{{Do::take}, {Do::send, text}, {Do::take}, {Do::send, text}, {Do::await_end}};
  };
  server_.scripts = {tagged("1"), tagged("2")};
  auto first = loop_.run(begin(*client_, loop_.in(5s)));
  auto second = loop_.run(begin(*client_, loop_.in(5s)));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(client_->open_connections(), 2U);
  EXPECT_EQ(loop_.run(rest(*std::move(first), loop_.in(5s))).told.body, "1");
  EXPECT_EQ(loop_.run(rest(*std::move(second), loop_.in(5s))).told.body, "2");
  EXPECT_EQ(client_->idle_connections(), 2U);
  EXPECT_EQ(call().told.body, "2");
  EXPECT_EQ(server_.accepted, 2U);
}

TEST_F(HttpClientTest, SeesAtOnceThatAnIdleConnectionIsClosed) {
  open();
  server_.scripts = {{{Do::take}, {Do::send, std::string{kOk}}, {Do::gate}, {Do::finish}},
                     answer(kOk)};
  ASSERT_EQ(call().word, "ok");
  EXPECT_EQ(client_->idle_connections(), 1U);
  server_.gate.set();
  EXPECT_TRUE(loop_.until([this] { return client_->idle_connections() == 0; }));
  EXPECT_EQ(client_->open_connections(), 0U);
  EXPECT_EQ(metric("junctor_upstream_idle_closed_total", "peer"), 1);
  EXPECT_EQ(call().word, "ok") << "not repeatable, and not a retry";
  EXPECT_EQ(metric("junctor_upstream_retries_total"), 0);
}

TEST_F(HttpClientTest, DropsAnIdleConnectionThatSpeaksUnasked) {
  open();
  server_.scripts = {{{Do::take},
                      {Do::send, std::string{kOk}},
                      {Do::gate},
                      {Do::send, std::string{kOk}},
                      {Do::await_end}}};
  ASSERT_EQ(call().word, "ok");
  server_.gate.set();
  EXPECT_TRUE(loop_.until([this] { return server_.ends_seen == 1; }));
  EXPECT_EQ(client_->idle_connections(), 0U);
}

// The server closes its reused connection when the second request comes.
Script dies_on_second() {
  return {{Do::take}, {Do::send, std::string{kOk}}, {Do::slam}};
}

TEST_F(HttpClientTest, RepeatsOnceWhatMayBeRepeated) {
  open();
  server_.scripts = {dies_on_second(), answer(kOk)};
  ASSERT_EQ(call(Repeatable::yes).word, "ok");
  EXPECT_EQ(call(Repeatable::yes).word, "ok");
  EXPECT_EQ(server_.accepted, 2U);
  EXPECT_EQ(metric("junctor_upstream_retries_total"), 1);
}

TEST_F(HttpClientTest, NeverRepeatsWhatMayHaveBeenDone) {
  open();
  server_.scripts = {dies_on_second(), answer(kOk)};
  ASSERT_EQ(call(Repeatable::no).word, "ok");
  const Outcome got = call(Repeatable::no);
  EXPECT_EQ(got.word, "upstream_stream_lost");
  EXPECT_EQ(error_facts(got.kind).failure, FailureClass::maybe_done);
  EXPECT_EQ(server_.accepted, 1U);
  EXPECT_EQ(metric("junctor_upstream_retries_total"), 0);
}

TEST_F(HttpClientTest, NeverRepeatsTwice) {
  open();
  server_.scripts = {dies_on_second(), {{Do::slam}}, answer(kOk)};
  ASSERT_EQ(call(Repeatable::yes).word, "ok");
  EXPECT_EQ(call(Repeatable::yes).word, "upstream_stream_lost");
  EXPECT_EQ(server_.accepted, 2U);
}

TEST_F(HttpClientTest, NeverRepeatsOnceAnAnswerHasBegun) {
  open();
  server_.scripts = {{{Do::take},
                      {Do::send, std::string{kOk}},
                      {Do::take},
                      {Do::send, "HTTP/1.1 2"},
                      {Do::finish}},
                     answer(kOk)};
  ASSERT_EQ(call(Repeatable::yes).word, "ok");
  EXPECT_EQ(call(Repeatable::yes).word, "upstream_stream_lost");
  EXPECT_EQ(server_.accepted, 1U);
}

struct Shape {
  std::string_view name;
  std::string_view text;
  std::string_view word;
  std::string_view body = {};
  bool reused = false;  // A second call finds the connection.
  RequestKind kind = RequestKind::other;
};

const Shape kShapes[] = {
    {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "ok", "hello", true},
    {"chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "ok",
     "hello", true},
    {"close_delimited", "HTTP/1.1 200 OK\r\n\r\nhello", "ok", "hello"},
    {"informational_first",
     "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "ok", "x",
     true},
    {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", "ok", "", true},
    {"to_head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "ok", "", true, RequestKind::head},
    {"connection_close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", "ok",
     "x"},
    {"keep_alive_of_a_second",
     "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 1\r\n\r\nx", "ok", "x"},
    {"keep_alive_of_a_minute",
     "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 1\r\n\r\nx", "ok", "x", true},
    {"both_lengths",
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "upstream_invalid"},
    {"garbage", "220 smtp.example.com ESMTP\r\n", "upstream_invalid"},
    {"upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "upstream_invalid"},
    {"dies_within_the_head", "HTTP/1.1 200 OK\r\nContent-", "upstream_stream_lost"},
    {"dies_within_the_body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
     "upstream_stream_lost", "he"},
    {"dies_within_the_chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
     "upstream_stream_lost", "he"},
    {"dies_at_once", "", "upstream_stream_lost"},
};

class HttpClientShape : public HttpClientTest, public testing::WithParamInterface<Shape> {};

TEST_P(HttpClientShape, IsReadWholeAndByteByByte) {
  const Shape& row = GetParam();
  open();
  for (const Do how : {Do::send, Do::drip}) {
    const std::size_t before = server_.accepted;
    Script script{{Do::take}, {how, std::string{row.text}}};
    if (row.reused)
      script.insert(script.end(), {{Do::take}, {Do::send, std::string{kOk}}, {Do::await_end}});
    server_.scripts = {script, answer(kOk)};
    const Outcome got = call(Repeatable::no, row.kind);
    EXPECT_EQ(got.word, row.word);
    EXPECT_EQ(got.told.body, row.body);
    EXPECT_EQ(call().word, "ok");
    EXPECT_EQ(server_.accepted - before, row.reused ? 1U : 2U);
    client_->close_idle();
    EXPECT_EQ(client_->open_connections(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Answers, HttpClientShape, testing::ValuesIn(kShapes),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST_F(HttpClientTest, DoesNotReuseAConnectionWithBytesBehindTheEnd) {
  open();
  server_.scripts = {answer(std::string{kOk} + "HTTP/1.1 200"), answer(kOk)};
  EXPECT_EQ(call().word, "ok");
  EXPECT_EQ(client_->open_connections(), 0U);
  EXPECT_EQ(call().word, "ok");
  EXPECT_EQ(server_.accepted, 2U);
}

TEST_F(HttpClientTest, ReadsAnAnswerOfManyMegabytes) {
  open();
  const std::string body(std::size_t{5} << 20, 'b');
  server_.scripts = {answer("HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n" + body)};
  const Outcome got = call();
  EXPECT_EQ(got.word, "ok");
  EXPECT_TRUE(got.told.body == body);
  EXPECT_EQ(client_->idle_connections(), 1U);
}

TEST_F(HttpClientTest, ReusesAConnectionWhoseAnswerFillsTheScratchExactly) {
  open();
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 65488\r\n\r\n";
  const std::string text = head + std::string(65488, 'x');
  server_.scripts = {
      {{Do::take}, {Do::send, text}, {Do::take}, {Do::send, std::string{kOk}}, {Do::await_end}}};
  EXPECT_EQ(call().word, "ok");
  EXPECT_EQ(call().word, "ok");
  EXPECT_EQ(server_.accepted, 1U);
}

std::string large_request() {
  const std::string body(std::size_t{16} << 20, 'q');
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST_F(HttpClientTest, SendsALargeRequestWhileItWaits) {
  open();
  server_.scripts = {answer(kOk), answer(kOk)};
  const std::string request = large_request();
  EXPECT_EQ(call(Repeatable::no, RequestKind::other, request).word, "ok");
  ASSERT_EQ(server_.requests.size(), 1U);
  EXPECT_TRUE(server_.requests[0] == request);
  EXPECT_EQ(client_->idle_connections(), 1U);
}

TEST_F(HttpClientTest, HearsAnAnswerBeforeItsRequestIsTaken) {
  open();
  constexpr std::string_view kTooLarge = "HTTP/1.1 413 Too Large\r\nContent-Length: 1\r\n\r\nx";
  server_.scripts = {
      {{Do::take_head}, {Do::send, std::string{kTooLarge}}, {Do::gate}, {Do::await_end}}};
  const Outcome got = call(Repeatable::no, RequestKind::other, large_request());
  EXPECT_EQ(got.word, "ok");
  EXPECT_EQ(got.told.status, 413);
  EXPECT_EQ(client_->open_connections(), 0U) << "half a request is on it";
  server_.gate.set();
}

TEST_F(HttpClientTest, WaitsNoLongerThanItsDeadline) {
  open();
  server_.scripts = {{{Do::take}, {Do::gate}}};
  const Outcome got = call(Repeatable::no, RequestKind::other, std::string{kRequest}, 20ms);
  EXPECT_EQ(got.word, "upstream_timeout");
  EXPECT_EQ(got.kind, ErrorKind::deadline_exceeded);
  EXPECT_EQ(client_->open_connections(), 0U);
}

TEST_F(HttpClientTest, MayBeReadAgainAfterATimeout) {
  open();
  server_.scripts = {{{Do::take}, {Do::gate}, {Do::send, std::string{kOk}}}};
  auto call = loop_.run(begin(*client_, loop_.in(5s)));
  ASSERT_TRUE(call);
  Told told;
  const auto early = loop_.run(call->read(told, loop_.in(1ms)));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().reason(), "upstream_timeout");
  server_.gate.set();
  EXPECT_EQ(loop_.run(rest(*std::move(call), loop_.in(5s))).told.body, "ok");
}

TEST_F(HttpClientTest, ADeadlineEndsWhatNeverHasToBeWaitedFor) {
  open();
  server_.scripts = {{{Do::take}, {Do::send, std::string{kOk}}, {Do::await_end}}};
  auto call = loop_.run(begin(*client_, loop_.in(5s)));
  ASSERT_TRUE(call);
  ASSERT_TRUE(loop_.until([&call] { return call->maybe_readable(); }));
  Told told;
  const auto late = loop_.run(call->read(told, loop_.in(-1s)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason(), "upstream_timeout");
  EXPECT_EQ(loop_.run(rest(*std::move(call), loop_.in(5s))).told.body, "ok");
}

TEST_F(HttpClientTest, ClosesTheConnectionOfACallThatIsDropped) {
  open();
  server_.scripts = {{{Do::take}, {Do::send, "HTTP/1.1 200 OK\r\n\r\npart"}, {Do::await_end}}};
  {
    auto call = loop_.run(begin(*client_, loop_.in(5s)));
    ASSERT_TRUE(call);
    Told told;
    ASSERT_TRUE(loop_.run(call->read(told, loop_.in(5s))));
    EXPECT_EQ(told.body, "part");
  }
  EXPECT_EQ(client_->open_connections(), 0U);
  EXPECT_TRUE(loop_.until([this] { return server_.ends_seen == 1; }));
}

TEST_F(HttpClientTest, RefusesOneConnectionTooMany) {
  open({.connections_max = 2});
  server_.scripts = {answer(kOk), answer(kOk)};
  auto first = loop_.run(begin(*client_, loop_.in(5s)));
  auto second = loop_.run(begin(*client_, loop_.in(5s)));
  ASSERT_TRUE(first && second);
  const Outcome third = call();
  EXPECT_EQ(third.word, "upstream_busy");
  EXPECT_EQ(error_facts(third.kind).failure, FailureClass::surely_not_done);
  EXPECT_EQ(metric("junctor_upstream_busy_total"), 1);
  EXPECT_EQ(loop_.run(rest(*std::move(first), loop_.in(5s))).word, "ok");
}

TEST_F(HttpClientTest, KeepsNoMoreIdleConnectionsThanItsLimit) {
  open({.idle_max = 1});
  server_.scripts = {answer(kOk), answer(kOk)};
  auto first = loop_.run(begin(*client_, loop_.in(5s)));
  auto second = loop_.run(begin(*client_, loop_.in(5s)));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(loop_.run(rest(*std::move(first), loop_.in(5s))).word, "ok");
  EXPECT_EQ(loop_.run(rest(*std::move(second), loop_.in(5s))).word, "ok");
  EXPECT_EQ(client_->idle_connections(), 1U);
  EXPECT_EQ(client_->open_connections(), 1U);
  EXPECT_EQ(metric("junctor_upstream_idle_closed_total", "full"), 1);
}

TEST_F(HttpClientTest, ClosesWhatIsIdleForTooLong) {
  open({.idle_timeout = 20ms});
  server_.scripts = {{{Do::take}, {Do::send, std::string{kOk}}, {Do::await_end}}};
  EXPECT_EQ(call().word, "ok");
  EXPECT_EQ(client_->idle_connections(), 1U);
  EXPECT_TRUE(loop_.until([this] { return server_.ends_seen == 1; }));
  EXPECT_EQ(client_->idle_connections(), 0U);
  EXPECT_EQ(metric("junctor_upstream_idle_closed_total", "timeout"), 1);
}

struct NoConnection {
  std::string_view name;
  bool known;      // To the resolver.
  bool listening;  // Otherwise refused.
  bool hole;       // Neither.
  std::string_view label;
};

const NoConnection kNoConnections[] = {
    {"no_such_name", false, false, false, "dns"},
    {"refused", true, false, false, "refused"},
    {"silent", true, true, true, "timeout"},
};

class HttpClientConnect : public HttpClientTest,
                          public testing::WithParamInterface<NoConnection> {};

TEST_P(HttpClientConnect, SaysThatNothingWasDone) {
  const NoConnection& row = GetParam();
  open({.connect_timeout = 30ms});
  if (!row.known) resolver_.names.clear();
  if (!row.listening) server_.stop();
  if (row.hole) loop_.io.holes.insert(server_.at().text());
  const Outcome got = call(Repeatable::yes);
  EXPECT_EQ(got.word, "upstream_unavailable");
  EXPECT_EQ(error_facts(got.kind).failure, FailureClass::surely_not_done);
  EXPECT_EQ(metric("junctor_upstream_connect_failures_total", row.label), 1);
  EXPECT_EQ(client_->open_connections(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Table, HttpClientConnect, testing::ValuesIn(kNoConnections),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST_F(HttpClientTest, TellsItsCallersTimeFromItsOwn) {
  open({.connect_timeout = 5s});
  loop_.io.holes.insert(server_.at().text());
  const Outcome got = call(Repeatable::no, RequestKind::other, std::string{kRequest}, 20ms);
  EXPECT_EQ(got.word, "upstream_timeout");
}

TEST_F(HttpClientTest, RefusesAnAnswerWithAHugeHead) {
  open({.head = {.head_bytes_max = 1024}});
  server_.scripts = {answer("HTTP/1.1 200 OK\r\nX: " + std::string(4096, 'x') + "\r\n\r\n")};
  EXPECT_EQ(call().word, "upstream_invalid");
}

struct Stopped {
  std::string_view name;
  bool names_gated = false;
  bool hole = false;
  bool reused = false;
  std::string_view begun = {};  // Of the answer, before the call is cancelled.
};

const Stopped kStopped[] = {
    {"resolving", true},
    {"connecting", false, true},
    {"awaiting_the_head"},
    {"awaiting_the_first_byte", false, false, true},
    {"within_the_head", false, false, false, "HTTP/1.1 200 OK\r\n"},
    {"within_the_body", false, false, false, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"},
};

class HttpClientCancel : public HttpClientTest, public testing::WithParamInterface<Stopped> {};

rt::Task<void> keep(rt::Task<Outcome> task, Outcome& out) {
  out = co_await std::move(task);
}

TEST_P(HttpClientCancel, EndsTheCallWhereverItWaits) {
  const Stopped& row = GetParam();
  open();
  Script script;
  if (row.reused) script = {{Do::take}, {Do::send, std::string{kOk}}};
  script.insert(script.end(), {{Do::take}, {Do::send, std::string{row.begun}}, {Do::await_end}});
  server_.scripts = {script};
  if (row.reused) {
    ASSERT_EQ(call().word, "ok");
  }
  if (row.names_gated) resolver_.gate.reset();
  if (row.hole) loop_.io.holes.insert(server_.at().text());
  Outcome out;
  rt::TaskGroup group;
  group.spawn(
      keep(whole_call(*client_, std::string{kRequest}, RequestKind::other, Repeatable::yes, kNever),
           out));
  const bool arrives = !row.names_gated && !row.hole;
  const std::size_t requests = row.reused ? 2 : 1;
  EXPECT_TRUE(!arrives || loop_.until([&] { return server_.requests.size() == requests; }));
  for (int i = 0; i < 3; ++i) loop_.shard.round(loop_.shard.now());
  EXPECT_EQ(group.size(), 1U);
  group.cancel();
  EXPECT_TRUE(loop_.until([&group] { return group.size() == 0; }));
  EXPECT_EQ(out.kind, ErrorKind::cancelled);
  EXPECT_EQ(client_->open_connections(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Waits, HttpClientCancel, testing::ValuesIn(kStopped),
                         [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace junctor::net
