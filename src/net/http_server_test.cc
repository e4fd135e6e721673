// Goal: the server routes exactly, keeps every limit and says so, refuses without running what came
// behind, ends gracefully, and survives a lack of descriptors.
// Method: the real server in a simulated world, where a timeout costs no time; two tests over the
// kernel's loopback for what a simulation might get wrong.

#include "net/http_server.h"

#include <gtest/gtest.h>

#include "net/loopback.h"
#include "net/server_rig.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Answered;
using test::Client;
using test::Notes;
using test::ServerRig;
using wire::http1::RequestKind;

constexpr std::string_view kTimeouts = "junctor_http_timeouts_total";

std::string get(std::string_view path, std::string_view more = {}) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{more} + "\r\n";
}

Answer plain(int status) {
  return {.status = status, .content_type = {}, .fields = {}};
}

rt::Task<void> says_ok(Request& request, ResponseWriter& response, Notes& notes) {
  notes.lines.emplace_back(request.head().path);
  response.send(plain(200), "ok");
  co_return;
}
rt::Task<void> reads(Request& request, ResponseWriter& response, Notes&) {
  const auto body = co_await request.body(1 << 20);
  if (body) co_return response.send(plain(200), *body);
  const bool slow = body.error().kind() == ErrorKind::deadline_exceeded;
  response.send(plain(slow ? 408 : 400), body.error().reason());
}
rt::Task<void> waits(Request&, ResponseWriter& response, Notes& notes) {
  (void)co_await notes.gate.wait(kNever);
  response.send(plain(200), "waited");
}
rt::Task<void> streams_released(Request& request, ResponseWriter& response, Notes&) {
  request.release();
  response.start(plain(200));
  response.write("streamed");
  response.finish();
  co_return;
}

void add_routes(ServerRig& rig) {
  rig.route("/ok", {"GET"}, says_ok);
  rig.route("/read", {"POST", "DELETE"}, reads);
  rig.route("/wait", {"GET"}, waits);
  rig.route("/released", {"GET"}, streams_released);
}

// --- routing

TEST(Router, APathHasOneRouteAndIsMatchedExactly) {
  Notes notes;
  const auto handler = std::make_shared<test::PlayHandler>(says_ok, notes);
  Router router;
  ASSERT_TRUE(router.add({.path = "/a", .methods = {"GET"}, .handler = handler, .summary = "x"}));
  const auto again =
      router.add({.path = "/a", .methods = {"POST"}, .handler = handler, .summary = {}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), ErrorKind::conflict);
  ASSERT_NE(router.find("/a"), nullptr);
  EXPECT_EQ(router.find("/a")->summary, "x");
  for (const char* path : {"", "/", "/A", "/a/", "/aa", "a"}) {
    EXPECT_EQ(router.find(path), nullptr) << path;
  }
}

struct RouteCase {
  const char* name = nullptr;
  const char* request = nullptr;  // Line and fields; "Host: a" is added.
  int status = 0;
  const char* allow = "";
};

const RouteCase kRoutes[] = {
    {"get", "GET /ok HTTP/1.1", 200},
    {"head_on_get", "HEAD /ok HTTP/1.1", 200},
    {"query", "GET /ok?a=b HTTP/1.1", 200},
    {"absolute", "GET http://a/ok HTTP/1.1", 200},
    {"post_on_get", "POST /ok HTTP/1.1", 405, "GET, HEAD"},
    {"lower_case_method", "get /ok HTTP/1.1", 405, "GET, HEAD"},
    {"unknown_method", "BREW /read HTTP/1.1", 405, "POST, DELETE"},
    {"head_without_get", "HEAD /read HTTP/1.1", 405, "POST, DELETE"},
    {"no_such_path", "GET /okay HTTP/1.1", 404},
    {"trailing_slash", "GET /ok/ HTTP/1.1", 404},
    {"other_case", "GET /OK HTTP/1.1", 404},
    {"escaped", "GET /%6fk HTTP/1.1", 404},
    {"escaped_slash", "GET %2fok HTTP/1.1", 400},
    {"dots", "GET /x/../ok HTTP/1.1", 404},
    {"double_slash", "GET //ok HTTP/1.1", 404},
    {"parameter", "GET /ok;x HTTP/1.1", 404},
    {"backslash", "GET \\ok HTTP/1.1", 400},
    {"options_star", "OPTIONS * HTTP/1.1", 404},
};

TEST(HttpServer, RoutesExactlyAndSaysWhatIsAllowed) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  for (const RouteCase& each : kRoutes) {
    SCOPED_TRACE(each.name);
    Client client{rig};
    client.send(std::string{each.request} + "\r\nHost: a\r\n\r\n");
    const bool is_head = std::string_view{each.request}.starts_with("HEAD");
    const Answered got = client.answer(is_head ? RequestKind::head : RequestKind::other);
    EXPECT_EQ(got.status, each.status);
    EXPECT_TRUE(got.whole);
    EXPECT_EQ(got.has("Allow: " + std::string{each.allow}), each.allow[0] != '\0') << got.head;
    EXPECT_EQ(got.keep_alive, each.status != 400);
    if (each.status != 400) {
      client.send(get("/ok"));
      EXPECT_EQ(client.answer().status, 200);
    }
  }
}

//= mcp 2026-07-28 basic/transports/streamable-http#security-endpoint:forbidden MUST
//= mcp 2025-11-25 basic/transports#security-warning:forbidden MUST
TEST(HttpServer, ForeignHostsAndOriginsAreForbidden) {
  const struct {
    const char* name;
    std::string request;
    int status;
  } cases[] = {
      {"own", "GET /ok HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", 200},
      {"own_page", "GET /ok HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:1\r\n\r\n",
       200},
      {"foreign_host", "GET /ok HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403},
      {"no_host", "GET /ok HTTP/1.0\r\n\r\n", 403},
      {"foreign_page", "GET /ok HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil\r\n\r\n", 403},
      {"opaque_page", "GET /ok HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403},
      {"empty_origin", "GET /ok HTTP/1.1\r\nHost: localhost\r\nOrigin:\r\n\r\n", 403},
      {"two_origins",
       "GET /ok HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
       "Origin: http://localhost\r\n\r\n",
       403},
      {"checked_before_the_path", "GET /none HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403},
  };
  ServerRig rig;
  rig.options.hosts = HostPolicy::loopback();
  add_routes(rig);
  rig.start();
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    Client client{rig};
    client.send(each.request);
    EXPECT_EQ(client.answer().status, each.status);
  }
  EXPECT_EQ(rig.notes.lines.size(), 2U);
}

// --- refusals

struct Refused {
  const char* name;
  std::string head;
  int status;
  const char* reason;
};

TEST(HttpServer, ARefusedHeadIsAnsweredAndNothingBehindItRuns) {
  const std::string line = "POST /read HTTP/1.1\r\nHost: a\r\n";
  const Refused cases[] = {
      {"head", get("/ok", "X: " + std::string(3000, 'x') + "\r\n"), 431, "head_too_large"},
      {"fields", get("/ok", "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"), 431, "too_many_headers"},
      {"target", get("/" + std::string(300, 't')), 414, "target_too_long"},
      {"both_lengths", line + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400, "both_lengths"},
      {"two_lengths", line + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", 400,
       "several_lengths"},
      {"bad_length", line + "Content-Length: +4\r\n\r\nbody", 400, "bad_length"},
      {"bare_lf", "GET /ok HTTP/1.1\nHost: a\r\n\r\n", 400, "bare_lf"},
      {"obs_fold", get("/ok", "X: a\r\n b\r\n"), 400, "obs_fold"},
      {"blank_before_colon", "GET /ok HTTP/1.1\r\nHost : a\r\n\r\n", 400, "blank_in_name"},
      {"no_host", "GET /ok HTTP/1.1\r\n\r\n", 400, "no_host"},
      {"body_on_get", get("/ok", "Content-Length: 4\r\n") + "body", 400, "body_not_allowed"},
      {"coding", line + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "unknown_coding"},
      {"coding_1_0", "POST /read HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
       "coding_in_http10"},
      {"version", "GET /ok HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version_not_supported"},
      {"connect", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501, "connect_refused"},
      {"expectation", line + "Expect: 200-ok\r\nContent-Length: 1\r\n\r\nx", 417,
       "unknown_expectation"},
      {"tls", "\x16\x03\x01\x02", 400, "bad_method"},
  };
  ServerRig rig;
  rig.options.limits.head = {.head_bytes_max = 2048, .headers_max = 4, .target_bytes_max = 256};
  add_routes(rig);
  rig.start();
  std::int64_t count = 0;
  for (const Refused& each : cases) {
    SCOPED_TRACE(each.name);
    Client client{rig};
    client.send(get("/ok") + each.head + get("/ok"));
    EXPECT_EQ(client.answer().status, 200) << "the good one before it";
    const Answered got = client.answer();
    EXPECT_EQ(got.status, each.status);
    EXPECT_TRUE(got.has("Connection: close"));
    EXPECT_NE(got.body.find(each.reason), std::string::npos) << got.body;
    EXPECT_EQ(client.how_it_ends(), "end");
    EXPECT_EQ(rig.cell("junctor_http_refused_heads_total"), ++count);
  }
  EXPECT_EQ(rig.notes.lines.size(), static_cast<std::size_t>(count));
}

TEST(HttpServer, ARefusalReachesAClientThatReadsLate) {
  sim::Options options;
  options.network.buffer_bytes_min = options.network.buffer_bytes_max = 16;
  ServerRig rig{options};
  add_routes(rig);
  rig.start();
  Client client{rig};
  client.send("BAD\r\n\r\n");
  rig.world.run_for(100ms);
  const Answered got = client.answer();
  EXPECT_EQ(got.status, 400);
  EXPECT_TRUE(got.whole);
  EXPECT_EQ(client.how_it_ends(), "end");
}

// --- time

TEST(HttpServer, ASlowHeadIsAnswered408) {
  ServerRig rig;
  rig.options.limits.head_timeout = 10s;
  add_routes(rig);
  rig.start();
  Client client{rig};
  for (const char byte : std::string{"GET /ok H"}) {  // A byte a second is no excuse.
    client.send(std::string{byte});
    rig.world.run_for(1s);
  }
  EXPECT_EQ(rig.server->connections(), 1U);
  rig.world.run_for(1s);
  const Answered got = client.answer();
  EXPECT_EQ(got.status, 408);
  EXPECT_FALSE(got.keep_alive);
  EXPECT_EQ(client.how_it_ends(), "end");
  EXPECT_EQ(rig.cell(kTimeouts), 1);
}

TEST(HttpServer, WhoSaysNothingIsClosedWithoutAWord) {
  ServerRig rig;
  rig.options.limits.head_timeout = 10s;
  rig.options.limits.idle_timeout = 75s;
  add_routes(rig);
  rig.start();
  Client silent{rig};
  Client idle{rig};
  idle.send(get("/ok"));
  EXPECT_EQ(idle.answer().status, 200);
  rig.world.run_for(9s);
  EXPECT_EQ(rig.server->connections(), 2U);
  rig.world.run_for(3s);
  EXPECT_EQ(rig.server->connections(), 1U) << "no request within the time of a head";
  EXPECT_EQ(silent.how_it_ends(), "end");
  rig.world.run_for(62s);
  EXPECT_EQ(rig.server->connections(), 1U);
  rig.world.run_for(3s);
  EXPECT_EQ(rig.server->connections(), 0U);
  EXPECT_EQ(idle.how_it_ends(), "end");
  EXPECT_EQ(rig.cell(kTimeouts), 0) << "neither was too slow";
}

TEST(HttpServer, ASlowBodyIsAnswered408AndCounted) {
  ServerRig rig;
  rig.options.limits.body_timeout = 5s;
  add_routes(rig);
  rig.start();
  for (const char* framing : {"Content-Length: 100", "Transfer-Encoding: chunked"}) {
    Client client{rig};
    client.send("POST /read HTTP/1.1\r\nHost: a\r\n" + std::string{framing} + "\r\n\r\n5\r\n");
    for (int i = 0; i < 4; ++i) {
      rig.world.run_for(1s);
      client.send("x");
    }
    rig.world.run_for(2s);
    const Answered got = client.answer();
    EXPECT_EQ(got.body, "body_timeout");
    EXPECT_EQ(got.status, 408);
    EXPECT_EQ(client.how_it_ends(), "end");
  }
  EXPECT_EQ(rig.cell(kTimeouts), 2);
}

TEST(HttpServer, WhoGoesOnSendingAfterTheLastAnswerIsNotWaitedForLong) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  Client client{rig};
  client.send("BAD\r\n\r\n");
  for (int i = 0; i < 8; ++i) {
    rig.world.run_for(100ms);
    client.send("more and more");
  }
  EXPECT_EQ(rig.server->connections(), 1U);
  rig.world.run_for(300ms);
  EXPECT_EQ(rig.server->connections(), 0U);
  EXPECT_EQ(client.answer().status, 400);

  Client flood{rig};
  flood.send("BAD\r\n\r\n");
  rig.settle();
  for (int i = 0; i < 4; ++i) {
    (void)rig.world.run(flood.peer().send(std::string(100'000, 'f')));
  }
  rig.settle();
  EXPECT_EQ(rig.server->connections(), 0U) << "nor read for ever";
}

// --- counts

TEST(HttpServer, ConnectionsOverTheLimitAreTurnedAway) {
  ServerRig rig;
  rig.options.limits.connections_max = 2;
  add_routes(rig);
  rig.start();
  Client first{rig};
  {
    Client second{rig};
    rig.settle();
    for (int i = 0; i < 3; ++i) {
      Client third{rig};
      const Answered got = third.answer();
      EXPECT_EQ(got.status, 503);
      EXPECT_TRUE(got.has("Retry-After: 1"));
      EXPECT_TRUE(got.has("Connection: close"));
      EXPECT_TRUE(got.whole);
      EXPECT_EQ(third.how_it_ends(), "end");
    }
    EXPECT_EQ(rig.server->connections(), 2U);
    EXPECT_EQ(rig.cell("junctor_http_shed_total"), 3);
  }
  rig.settle();
  Client again{rig};
  again.send(get("/ok"));
  EXPECT_EQ(again.answer().status, 200) << "a place is free again";
  first.send(get("/ok"));
  EXPECT_EQ(first.answer().status, 200);
}

TEST(HttpServer, WhoIsTurnedAwayWithARequestUnderWayIsNotReset) {
  ServerRig rig;
  rig.options.limits.connections_max = 0;
  add_routes(rig);
  rig.start();
  rig.world.network().fail_accepts(rig.options.at, 1);  // The request is there before the accept.
  Client client{rig};
  client.send(get("/ok"));
  EXPECT_EQ(client.answer().status, 503);
  EXPECT_EQ(client.how_it_ends(), "end");
}

TEST(HttpServer, RequestsOverTheLimitAreTurnedAway) {
  ServerRig rig;
  rig.options.limits.in_flight_max = 1;
  add_routes(rig);
  rig.start();
  Client busy{rig};
  busy.send(get("/wait"));
  rig.settle();
  EXPECT_EQ(rig.server->in_flight(), 1U);
  EXPECT_EQ(rig.cell("junctor_http_requests_in_flight"), 1);
  Client client{rig};
  client.send(get("/ok"));
  const Answered got = client.answer();
  EXPECT_EQ(got.status, 503);
  EXPECT_TRUE(got.has("Retry-After: 1"));
  EXPECT_EQ(client.how_it_ends(), "end");
  EXPECT_EQ(rig.cell("junctor_http_shed_total"), 1);
  rig.notes.gate.set();
  EXPECT_EQ(busy.answer().body, "waited");
  rig.settle();
  EXPECT_EQ(rig.server->in_flight(), 0U);
  Client again{rig};
  again.send(get("/ok"));
  EXPECT_EQ(again.answer().status, 200);
}

TEST(HttpServer, CellsCountWhatHappens) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  {
    Client client{rig};
    client.send(get("/ok") + get("/none") + get("/released"));
    for (int i = 0; i < 3; ++i) (void)client.answer();
    Client leaves{rig};
    leaves.send(get("/wait"));
    rig.settle();
    EXPECT_EQ(rig.cell("junctor_http_connections"), 2);
    leaves.peer().reset();
    rig.settle();
    rig.notes.gate.set();
    rig.settle();
  }
  rig.settle();
  EXPECT_EQ(rig.cell("junctor_http_connections"), 0);
  EXPECT_EQ(rig.cell("junctor_http_requests_in_flight"), 0);
  EXPECT_EQ(rig.cell("junctor_http_connections_accepted_total"), 2);
  EXPECT_EQ(rig.cell("junctor_http_requests_total", "2xx"), 3) << "the last one went nowhere";
  EXPECT_EQ(rig.cell("junctor_http_requests_total", "4xx"), 1);
  EXPECT_EQ(rig.cell("junctor_http_requests_total", "none"), 0);
  EXPECT_EQ(rig.cell("junctor_http_request_duration_seconds"), 4);
}

TEST(HttpServer, OneRequestOfSoManyIsLogged) {
  ServerRig rig;
  rig.options.access_one_in = 3;
  add_routes(rig);
  rig.start();
  Client client{rig};
  for (int i = 0; i < 5; ++i) {
    client.send(get("/ok"));
    EXPECT_EQ(client.answer().body, "ok");
  }
  client.send(get("/released"));
  EXPECT_EQ(client.answer().body, "streamed");
  rig.settle();
  std::vector<std::string> paths;
  LogRecord record;
  while (rig.ring.pop(record)) {
    EXPECT_EQ(record.event, "request");
    for (const LogField& field : record.fields) {
      if (field.key == "path") paths.emplace_back(field.text);
      if (field.key == "status") EXPECT_EQ(field.number, 200U);
      if (field.key == "bytes") EXPECT_GT(field.number, 70U);
    }
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/ok", "/released"})) << "also when it was given back";
}

TEST(HttpServer, TheDateIsOfThisSecond) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  Client client{rig};
  const auto date = [&] {
    client.send(get("/ok"));
    const std::string head = client.answer().head;
    return head.substr(head.find("Date: "), 35);
  };
  EXPECT_EQ(date(), "Date: Tue, 28 Jul 2026 09:30:00 GMT");
  rig.world.run_for(900ms);
  EXPECT_EQ(date(), "Date: Tue, 28 Jul 2026 09:30:00 GMT");
  rig.world.run_for(150ms);
  EXPECT_EQ(date(), "Date: Tue, 28 Jul 2026 09:30:01 GMT");
}

// --- accepting and ending

TEST(HttpServer, WithoutDescriptorsItPausesAndRecovers) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  rig.world.network().fail_accepts(rig.options.at, 3);
  Client client{rig};
  client.send(get("/ok"));
  rig.world.run_for(40ms);
  EXPECT_EQ(rig.cell("junctor_http_shed_total"), 1) << "it does not ask again and again";
  EXPECT_EQ(rig.cell("junctor_http_connections_accepted_total"), 0);
  EXPECT_EQ(client.answer().status, 200) << "the kernel has kept the client";
  EXPECT_EQ(rig.cell("junctor_http_shed_total"), 3);
  LogRecord record;
  ASSERT_TRUE(rig.ring.pop(record));
  EXPECT_EQ(record.event, "accept_paused");
}

TEST(HttpServer, ADrainWhileAcceptingPausesEndsIt) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  rig.world.network().fail_accepts(rig.options.at, 1000);
  sim::Peer peer{rig.world};
  EXPECT_TRUE(rig.world.run(peer.connect(rig.options.at)));
  rig.world.run_for(10ms);
  rig.server->drain();
  rig.world.run_for(100ms);
  EXPECT_EQ(rig.world.shard().tasks().size(), 0U);
}

TEST(HttpServer, ADrainClosesTheIdleAndLetsTheBusyFinish) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  Client idle{rig};
  idle.send(get("/ok"));
  (void)idle.answer();
  Client fresh{rig};
  Client busy{rig};
  busy.send(get("/wait") + get("/ok"));
  Client half{rig};
  half.send("GET /ok HTT");
  rig.settle();
  EXPECT_EQ(rig.server->connections(), 4U);
  rig.server->drain();
  rig.settle();
  EXPECT_EQ(rig.server->connections(), 2U);
  EXPECT_EQ(idle.how_it_ends(), "end");
  EXPECT_EQ(fresh.how_it_ends(), "end");
  sim::Peer late{rig.world};
  EXPECT_FALSE(rig.world.run(late.connect(rig.options.at))) << "nobody listens";

  half.send("P/1.1\r\nHost: a\r\n\r\n");
  const Answered begun = half.answer();
  EXPECT_EQ(begun.status, 200) << "a request that had begun is served";
  EXPECT_TRUE(begun.has("Connection: close"));
  rig.notes.gate.set();
  const Answered last = busy.answer();
  EXPECT_EQ(last.body, "waited");
  EXPECT_TRUE(last.has("Connection: close"));
  EXPECT_EQ(busy.how_it_ends(), "end") << "what is behind it does not run";
  rig.world.run_for(2s);
  EXPECT_EQ(rig.server->connections(), 0U);
  EXPECT_EQ(rig.notes.lines.size(), 2U);
}

TEST(HttpServer, CancellingTheShardEndsConnectionsInEveryState) {
  ServerRig rig;
  add_routes(rig);
  rig.start();
  Client idle{rig};
  Client busy{rig};
  busy.send(get("/wait"));
  Client reading{rig};
  reading.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
  Client half{rig};
  half.send("GET ");
  rig.settle();
  rig.world.shard().tasks().cancel();
  rig.settle();
  EXPECT_EQ(rig.world.shard().tasks().size(), 0U);
  EXPECT_EQ(rig.server->connections(), 0U);
  EXPECT_EQ(rig.server->in_flight(), 0U);
}

// --- over the kernel

class KernelServer {
 public:
  KernelServer() : server_{loop.shard, options(), router, metrics, Logger{}} {}
  ~KernelServer() {
    loop.shard.tasks().cancel();
    EXPECT_TRUE(loop.until([this] { return loop.shard.tasks().size() == 0; }));
  }
  void start() { ASSERT_TRUE(server_.start()); }

  // Everything the server says to `request`, read `pause` rounds late; "!" and the errno when the
  // connection broke.
  static rt::Task<std::string> ask(rt::Shard& shard, rt::Endpoint to, std::string request) {
    rt::Socket socket{shard, shard.io().connect(to)};
    std::string said;
    std::string_view left = request;
    char room[4096];
    for (;;) {
      if (!left.empty()) {
        const iovec piece{const_cast<char*>(left.data()), std::min<std::size_t>(left.size(), 5000)};
        const ssize_t sent = socket.try_send({&piece, 1});
        if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
        if (sent == -EAGAIN && said.empty()) {
          const rt::Wake wake = co_await socket.writable(shard.now() + 100ms);
          if (wake == rt::Wake::cancelled) co_return "cancelled";
        }
        if (sent > 0 || (sent == -EAGAIN && said.empty())) continue;
      }
      const ssize_t got = socket.try_receive(room);
      if (got > 0) said.append(room, static_cast<std::size_t>(got));
      if (got == 0) co_return said;
      if (got < 0 && got != -EAGAIN) co_return said + "!" + std::to_string(-got);
      if (got == -EAGAIN) (void)co_await socket.readable(kNever);
    }
  }
  std::string ask(std::string request) {
    return loop.run(ask(loop.shard, server_.bound(), std::move(request)));
  }

  test::Loop loop;
  Notes notes;
  Router router;
  Metrics metrics;

 private:
  static HttpServer::Options options() {
    return {.at = rt::Endpoint::ipv4({127, 0, 0, 1}, 0), .limits = {}, .hosts = {}};
  }
  HttpServer server_;
};

rt::Task<void> refuses(Request&, ResponseWriter& response, Notes&) {
  response.send(plain(413), "too much");
  co_return;
}
rt::Task<void> floods_the_socket(Request&, ResponseWriter& response, Notes&) {
  response.send(plain(200), std::string(6 << 20, 'k'));
  co_return;
}
rt::Task<void> streams_much(Request&, ResponseWriter& response, Notes&) {
  response.start(plain(200));
  for (int i = 0; i < 300; ++i) {
    response.write(std::string(20'000, static_cast<char>('a' + i % 26)));
    if (response.backlog_bytes() < 500'000) continue;
    const auto drained = co_await response.drain(kNever);
    if (!drained) co_return;
  }
  response.finish();
}

TEST(HttpServerOnTheKernel, TheLastAnswerIsNotLostToAReset) {
  KernelServer server;
  const auto handler = std::make_shared<test::PlayHandler>(refuses, server.notes);
  ASSERT_TRUE(
      server.router.add({.path = "/", .methods = {"POST"}, .handler = handler, .summary = {}}));
  server.start();
  std::string said = server.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
                                std::string(200'000, 'x'));
  const Answered got = test::take_answer(said, RequestKind::other, true);
  EXPECT_EQ(got.status, 413);
  EXPECT_EQ(got.body, "too much");
  EXPECT_EQ(said, "") << "the stream ended in order";
}

TEST(HttpServerOnTheKernel, LargeAnswersArriveWhole) {
  KernelServer server;
  ASSERT_TRUE(server.router.add(
      {.path = "/whole",
       .methods = {"GET"},
       .handler = std::make_shared<test::PlayHandler>(floods_the_socket, server.notes),
       .summary = {}}));
  ASSERT_TRUE(
      server.router.add({.path = "/stream",
                         .methods = {"GET"},
                         .handler = std::make_shared<test::PlayHandler>(streams_much, server.notes),
                         .summary = {}}));
  server.start();
  std::string said = server.ask(get("/whole") + get("/stream", "Connection: close\r\n"));
  const Answered whole = test::take_answer(said, RequestKind::other, true);
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(whole.body.size(), std::size_t{6} << 20);
  const Answered streamed = test::take_answer(said, RequestKind::other, true);
  EXPECT_TRUE(streamed.whole);
  EXPECT_EQ(streamed.body.size(), 6'000'000U);
  EXPECT_EQ(said, "");
}

TEST(HttpServerOnTheKernel, AnAddressThatCannotBeHadIsSaid) {
  test::Loop loop;
  Router router;
  Metrics metrics;
  HttpServer server{loop.shard,
                    {.at = rt::Endpoint::ipv4({192, 0, 2, 1}, 1), .limits = {}, .hosts = {}},
                    router,
                    metrics,
                    Logger{}};
  const auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(started.error().reason(), "cannot_listen");
  EXPECT_NE(started.error().detail().find("192.0.2.1:1"), std::string::npos);
}

}  // namespace
}  // namespace junctor::net
