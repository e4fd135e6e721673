// Goal: a connection serves requests in order however they are cut, its answers are framed as each
// version of HTTP wants them, and what is wrong ends it without running what came behind.
// Method: the real server in a simulated world; a client that sends exact bytes and reads answers
// strictly. Time is simulated.

#include "net/http_connection.h"

#include <gtest/gtest.h>

#include "net/server_rig.h"

extern "C" __attribute__((weak)) int __asan_address_is_poisoned(const volatile void* address);

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Answered;
using test::Client;
using test::Notes;
using test::ServerRig;
using wire::http1::RequestKind;

std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{more} +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

// "4\r\nWiki\r\n" for each piece, and the end.
std::string chunked(std::initializer_list<std::string_view> pieces) {
  Buffer out;
  for (const auto piece : pieces) wire::http1::append_chunk(out, piece);
  out.append(wire::http1::kLastChunk);
  return std::string{out.view()};
}

std::string post_chunked(std::string_view path, std::initializer_list<std::string_view> pieces) {
  return "POST " + std::string{path} +
         " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(pieces);
}

std::string get(std::string_view path, std::string_view more = {}) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{more} + "\r\n";
}

Answer plain(int status) {
  return {.status = status, .content_type = {}, .fields = {}};
}
constexpr Answer kText{.status = 200, .content_type = "text/plain", .fields = {}};

// --- handlers

rt::Task<void> echo(Request& request, ResponseWriter& response, Notes& notes) {
  const auto body = co_await request.body(1 << 20);
  if (!body) {
    notes.lines.emplace_back(body.error().reason());
    co_return response.send(plain(error_facts(body.error().kind()).http_status));
  }
  // The padding is readable, whatever is in it.
  for (std::size_t i = 0; i < kBufferPadding; ++i)
    notes.bytes += body->data()[body->size() + i] & 1;
  notes.lines.emplace_back(*body);
  response.send(kText, *body);
}

rt::Task<void> stream(Request&, ResponseWriter& response, Notes&) {
  response.start(kText);
  response.write("one");
  const std::string_view pieces[] = {"t", "", "wo"};
  response.write(pieces);
  response.write("");
  response.finish();
  co_return;
}

rt::Task<void> never_reads(Request&, ResponseWriter& response, Notes&) {
  response.send(plain(403), "no");
  co_return;
}

// --- reading

struct CutCase {
  const char* name;
  std::string text;
  std::vector<std::string> bodies;
};

std::vector<CutCase> cut_cases() {
  const std::string long_body(300, 'x');
  return {
      {"one_length", post("/echo", "hello"), {"hello"}},
      {"length_then_chunked_then_get",
       post("/echo", "first") + post_chunked("/echo", {"se", "cond"}) + get("/echo"),
       {"first", "second", ""}},
      {"behind_a_chunked_body",
       post_chunked("/echo", {long_body, "y"}) + post("/echo", "z") + post_chunked("/echo", {}),
       {long_body + "y", "z", ""}},
      {"empty_lines_between", post("/echo", "a") + "\r\n" + post("/echo", "b"), {"a", "b"}},
      {"trailers",
       "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\nq\r\n0\r\n"
       "X-T: v\r\n\r\n" +
           get("/echo"),
       {"q", ""}},
  };
}

void expect_bodies(ServerRig& rig, Client& client, const CutCase& each) {
  for (const std::string& body : each.bodies) {
    const Answered got = client.answer();
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, body);
    EXPECT_TRUE(got.keep_alive);
  }
  EXPECT_EQ(client.leftovers(), "");
  EXPECT_EQ(rig.notes.lines, each.bodies);
  rig.notes.lines.clear();
}

TEST(HttpConnection, PipelinedRequestsAreAnsweredInOrderWhereverTheyAreCut) {
  ServerRig rig;
  rig.route("/echo", {"GET", "POST"}, echo);
  rig.start();
  for (const CutCase& each : cut_cases()) {
    SCOPED_TRACE(each.name);
    for (std::size_t cut = 1; cut <= each.text.size(); ++cut) {
      SCOPED_TRACE(cut);
      Client client{rig};
      client.send(each.text.substr(0, cut));
      rig.settle();
      if (cut < each.text.size()) client.send(each.text.substr(cut));
      expect_bodies(rig, client, each);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(HttpConnection, RequestsMayComeByteByByte) {
  ServerRig rig;
  rig.route("/echo", {"GET", "POST"}, echo);
  rig.start();
  for (const CutCase& each : cut_cases()) {
    SCOPED_TRACE(each.name);
    Client client{rig};
    for (const char byte : each.text) {
      client.send(std::string{byte});
      rig.settle();
    }
    expect_bodies(rig, client, each);
  }
}

TEST(HttpConnection, ABodyIsPaddedEvenWhenItIsEmpty) {
  ServerRig rig;
  rig.route("/echo", {"GET", "POST"}, echo);
  rig.start();
  Client client{rig};
  client.send(get("/echo") + post_chunked("/echo", {}) + post("/echo", ""));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.answer().status, 200);
}

struct BadBody {
  const char* name;
  std::string text;
  int status;
  std::string reason;
};

TEST(HttpConnection, ABadBodyIsTheHandlersToAnswerAndEndsTheConnection) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  const std::string coded = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string next = post("/echo", "smuggled");
  const std::string mega(1100 << 10, 'b');
  const BadBody cases[] = {
      {"length_over_the_limit", head + "Content-Length: 1048577\r\n\r\n" + next, 413,
       "body_too_large"},
      {"chunks_over_the_limit", coded + chunked({mega}) + next, 413, "body_too_large"},
      {"bad_size", coded + "0x5\r\nhello\r\n0\r\n\r\n" + next, 400, "bad_chunk_size"},
      {"bad_size_later", coded + "1\r\na\r\n+1\r\nb\r\n0\r\n\r\n" + next, 400, "bad_chunk_size"},
      {"bare_lf", coded + "1\na\r\n0\r\n\r\n" + next, 400, "bare_lf"},
      {"no_chunk_end", coded + "1\r\naXX0\r\n\r\n" + next, 400, "no_chunk_end"},
      {"forbidden_trailer", coded + "0\r\nHost: b\r\n\r\n" + next, 400, "forbidden_trailer"},
  };
  for (const BadBody& each : cases) {
    for (const bool whole : {true, false}) {
      SCOPED_TRACE(std::string{each.name} + (whole ? " whole" : " cut behind the head"));
      ServerRig rig;
      rig.route("/echo", {"POST"}, echo);
      rig.start();
      Client client{rig};
      const std::size_t cut = whole ? 0 : each.text.find("\r\n\r\n") + 4;
      if (cut != 0) client.send(each.text.substr(0, cut));
      rig.settle();
      // It may be refused, and closed, before all of it is sent.
      (void)rig.world.run(client.peer().send(each.text.substr(cut)));
      const Answered got = client.answer();
      EXPECT_EQ(got.status, each.status);
      EXPECT_FALSE(got.keep_alive);
      EXPECT_EQ(rig.notes.lines, std::vector{each.reason}) << "and nothing behind it has run";
    }
  }
}

TEST(HttpConnection, AClientThatLeavesInItsBodyIsUnavailable) {
  ServerRig rig;
  rig.route("/echo", {"POST"}, echo);
  rig.start();
  Client gone{rig};
  gone.send(post("/echo", "whole").substr(0, 53));
  rig.settle();
  gone.peer().reset();
  Client half{rig};
  half.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  half.peer().shutdown_write();
  EXPECT_EQ(half.answer().status, 503) << "one that still reads is told";
  EXPECT_EQ(half.how_it_ends(), "end");
  EXPECT_EQ(rig.notes.lines, (std::vector<std::string>{"client_gone", "client_gone"}));
}

rt::Task<void> reads_twice(Request& request, ResponseWriter& response, Notes& notes) {
  for (int i = 0; i < 2; ++i) {
    const auto body = co_await request.body(10);
    notes.lines.emplace_back(body ? *body : body.error().reason());
  }
  response.send(plain(200));
}

TEST(HttpConnection, ABodyMayBeReadAgainUnlessReadingFailed) {
  ServerRig rig;
  rig.route("/twice", {"POST"}, reads_twice);
  rig.start();
  Client client{rig};
  client.send(post("/twice", "abc") + post_chunked("/twice", {"d", "e"}) +
              post_chunked("/twice", {"0123456789", "over"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(rig.notes.lines,
            (std::vector<std::string>{"abc", "abc", "de", "de", "body_too_large", "body_lost"}));
  EXPECT_EQ(client.how_it_ends(), "end");
}

TEST(HttpConnection, AHandlerThatNeverReadsKeepsAConnectionOnlyWhenTheBodyCameWithTheHead) {
  ServerRig rig;
  rig.route("/no", {"POST"}, never_reads);
  rig.route("/echo", {"GET"}, echo);
  rig.start();
  Client whole{rig};
  whole.send(post("/no", "abc") + get("/echo"));
  EXPECT_TRUE(whole.answer().keep_alive);
  EXPECT_EQ(whole.answer().status, 200);

  for (const std::string& request :
       {post("/no", std::string(100'000, 'x')), post_chunked("/no", {"abc"})}) {
    Client client{rig};
    client.send(request.substr(0, request.find("\r\n\r\n") + 4));
    rig.settle();
    client.send(request.substr(request.find("\r\n\r\n") + 4) + get("/echo"));
    const Answered got = client.answer();
    EXPECT_EQ(got.status, 403);
    EXPECT_TRUE(got.has("Connection: close")) << got.head;
    EXPECT_EQ(client.how_it_ends(), "end") << "nothing behind it is run, and nothing is reset";
  }
}

// --- Expect

rt::Task<void> starts_and_reads(Request& request, ResponseWriter& response, Notes&) {
  response.start(plain(200));
  const auto body = co_await request.body(100);
  response.write(body ? *body : "none");
  response.finish();
}

TEST(HttpConnection, ContinueIsSaidWhenTheBodyIsWantedAndNotThereYet) {
  ServerRig rig;
  rig.route("/echo", {"POST"}, echo);
  rig.route("/no", {"POST"}, never_reads);
  rig.route("/early", {"POST"}, starts_and_reads);
  rig.start();
  const std::string expect = "Expect: 100-continue\r\n";
  const auto split = [&](std::string_view path) {
    const std::string all = post(path, "body", expect);
    return std::pair{all.substr(0, all.size() - 4), std::string{"body"}};
  };
  {
    Client client{rig};
    client.send(split("/echo").first);
    const Answered interim = client.answer();
    EXPECT_EQ(interim.status, 100);
    EXPECT_EQ(client.leftovers(), "");
    client.send("body");
    EXPECT_EQ(client.answer().body, "body");
    client.send(get("/echo"));
    EXPECT_EQ(client.answer().status, 405) << "the connection goes on";
  }
  {
    Client client{rig};
    client.send(split("/no").first);
    EXPECT_EQ(client.answer().status, 403) << "refused without asking for the body";
    EXPECT_EQ(client.how_it_ends(), "end");
  }
  {
    Client client{rig};
    client.send(post("/echo", "body", expect));
    EXPECT_EQ(client.answer().status, 200) << "the body came with the head: nothing to wait for";
  }
  {
    Client client{rig};
    client.send(split("/echo").first + "b");
    rig.settle();
    EXPECT_EQ(client.leftovers(), "") << "the client did not wait";
    client.send("ody");
    EXPECT_EQ(client.answer().body, "body");
  }
  {
    Client client{rig};
    client.send(split("/early").first);
    rig.settle();
    client.send("body");
    const Answered got = client.answer();
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "body") << "an interim answer inside another would be a part of it";
  }
}

// --- framing of answers

rt::Task<void> no_content(Request&, ResponseWriter& response, Notes&) {
  response.send(plain(204), "never sent");
  co_return;
}
rt::Task<void> not_modified(Request&, ResponseWriter& response, Notes&) {
  response.send(plain(304));
  co_return;
}
rt::Task<void> accepted(Request&, ResponseWriter& response, Notes&) {
  response.send(plain(202));
  co_return;
}
rt::Task<void> stream_204(Request&, ResponseWriter& response, Notes&) {
  response.start(plain(204));
  response.write("never sent");
  response.finish();
  co_return;
}
rt::Task<void> with_fields(Request&, ResponseWriter& response, Notes&) {
  const Field fields[] = {{"X-A", "1"}, {"X-B", "two"}};
  const std::string_view body[] = {"a", "", "bc"};
  response.send({.status = 200, .content_type = "text/x", .fields = fields}, body);
  co_return;
}
rt::Task<void> bad_fields(Request&, ResponseWriter& response, Notes&) {
  const Field fields[] = {{"X-A", "1\r\nInjected: yes"}};
  response.send({.status = 204, .content_type = "text/x", .fields = fields}, "body");
  co_return;
}
rt::Task<void> bad_fields_streamed(Request&, ResponseWriter& response, Notes&) {
  const std::string large(20'000, 'v');
  const Field fields[] = {{"X-A", large}};
  response.start({.status = 200, .content_type = {}, .fields = fields});
  response.write("body");
  response.finish();
  co_return;
}

struct FramingCase {
  const char* name;
  const char* request;
  std::string wire;  // Without the Date line.
  bool keeps;
};

std::string without_date(std::string text) {
  const std::size_t at = text.find("Date: ");
  EXPECT_NE(at, std::string::npos) << text;
  EXPECT_EQ(text.substr(at + 31, 6), " GMT\r\n");
  return text.erase(at, text.find("\r\n", at) + 2 - at);
}

const FramingCase kFramings[] = {
    {"whole", "GET /fields HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nX-A: 1\r\nX-B: two\r\nContent-Length: "
     "3\r\n\r\nabc",
     true},
    {"whole_head", "HEAD /fields HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nX-A: 1\r\nX-B: two\r\nContent-Length: 3\r\n\r\n",
     true},
    {"whole_close", "GET /202 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
     "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false},
    {"whole_1_0", "GET /202 HTTP/1.0\r\n\r\n",
     "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false},
    {"whole_1_0_kept", "GET /202 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true},
    {"no_content", "GET /204 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", true},
    {"not_modified", "GET /304 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
     true},
    {"streamed", "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
     true},
    {"streamed_head", "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", true},
    {"streamed_1_0", "GET /stream HTTP/1.0\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nonetwo", false},
    {"streamed_1_0_cannot_be_kept", "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nonetwo", false},
    {"streamed_head_1_0", "HEAD /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\n\r\n", true},
    {"streamed_204", "GET /stream204 HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 204 No Content\r\n\r\n", true},
    {"no_injection", "GET /bad HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false},
    {"head_too_large_streamed", "GET /badstream HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false},
};

TEST(HttpConnection, AnswersAreFramedAsTheRequestWants) {
  ServerRig rig;
  rig.route("/fields", {"GET"}, with_fields);
  rig.route("/202", {"GET"}, accepted);
  rig.route("/204", {"GET"}, no_content);
  rig.route("/304", {"GET"}, not_modified);
  rig.route("/stream", {"GET"}, stream);
  rig.route("/stream204", {"GET"}, stream_204);
  rig.route("/bad", {"GET"}, bad_fields);
  rig.route("/badstream", {"GET"}, bad_fields_streamed);
  rig.start();
  for (const FramingCase& each : kFramings) {
    SCOPED_TRACE(each.name);
    Client client{rig};
    client.send(each.request);
    EXPECT_EQ(without_date(client.leftovers()), each.wire);
    client.send(get("/204"));  // Is it served, or is the connection over?
    const std::string all = client.leftovers();
    EXPECT_EQ(all.find("204 No", each.wire.size()) != std::string::npos, each.keeps) << all;
  }
}

TEST(HttpConnection, WhatWasSaidToOneRequestHasNoPartInTheNext) {
  ServerRig rig;
  rig.route("/echo", {"GET"}, echo);
  rig.start();
  {
    Client client{rig};
    client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /echo HTTP/1.1\r\nHost : a\r\n\r\n");
    EXPECT_EQ(client.answer(RequestKind::head).status, 200);
    const Answered refused = client.answer();
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(refused.whole && !refused.body.empty()) << "it was not asked with HEAD";
  }
  {
    Client client{rig};
    client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/echo"));
    EXPECT_TRUE(client.answer().has("Connection: keep-alive"));
    EXPECT_FALSE(client.answer().has("Connection: keep-alive"));
  }
}

// --- ends of answers

rt::Task<void> says_nothing(Request&, ResponseWriter&, Notes&) {
  co_return;
}
rt::Task<void> ends_early(Request&, ResponseWriter& response, Notes&) {
  response.start(plain(200));
  response.write("part");
  co_return;
}
rt::Task<void> aborts(Request&, ResponseWriter& response, Notes& notes) {
  response.start(plain(200));
  response.write("part");
  response.abort();
  response.abort();
  notes.lines.emplace_back(response.started() ? "started" : "not started");
  co_return;
}

TEST(HttpConnection, AnAnswerThatIsNotWholeIsSeenToBeSo) {
  ServerRig rig;
  rig.route("/nothing", {"GET"}, says_nothing);
  rig.route("/early", {"GET"}, ends_early);
  rig.route("/abort", {"GET"}, aborts);
  rig.start();
  for (const char* path : {"/early", "/abort"}) {
    SCOPED_TRACE(path);
    Client client{rig};
    client.send(get(path) + get("/nothing"));
    const Answered got = client.answer();
    EXPECT_FALSE(got.whole);
    EXPECT_EQ(got.body, "part") << "what was whole so far is delivered";
  }
  for (const char* path : {"/early", "/abort"}) {
    SCOPED_TRACE(path);
    Client old{rig};  // Has no other sign of a broken answer than the connection's end.
    old.send("GET " + std::string{path} + " HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(old.text_before_the_end().ends_with("part"));
    EXPECT_EQ(old.how_it_ends(), "ECONNRESET");
  }
  Client client{rig};
  client.send(get("/nothing"));
  const Answered got = client.answer();
  EXPECT_EQ(got.status, 500);
  EXPECT_NE(got.body.find("no_answer"), std::string::npos);
  EXPECT_EQ(client.how_it_ends(), "end");
}

rt::Task<void> holds_back(Request&, ResponseWriter& response, Notes& notes) {
  response.start(plain(200));
  response.write("held");
  (void)co_await notes.gate.wait(kNever);
  notes.gate.reset();
  response.flush();
  (void)co_await notes.gate.wait(kNever);
  response.write("last");
  response.finish();
}

TEST(HttpConnection, SmallPiecesWaitForFlush) {
  ServerRig rig;
  rig.route("/hold", {"GET"}, holds_back);
  rig.start();
  Client client{rig};
  client.send(get("/hold"));
  EXPECT_EQ(client.leftovers(), "");
  rig.notes.gate.set();
  EXPECT_TRUE(client.leftovers().ends_with("\r\n\r\n4\r\nheld\r\n"));
  rig.notes.gate.set();
  EXPECT_EQ(client.answer().body, "heldlast");
}

// --- release()

rt::Task<void> releases(Request& request, ResponseWriter& response, Notes& notes) {
  const auto body = co_await request.body(1 << 20);
  const std::string copy{body.value_or("")};
  const char* const memory = body->data();
  request.release();
  request.release();
  if (__asan_address_is_poisoned != nullptr) {
    notes.lines.emplace_back(__asan_address_is_poisoned(memory) != 0 ? "given back" : "kept");
  }
  response.start(plain(200));
  response.write(copy);
  response.flush();
  (void)co_await notes.gate.wait(kNever);
  response.write(" and more");
  response.finish();
}

TEST(HttpConnection, ReleaseGivesTheRequestsMemoryBackAndKeepsWhatCameBehindIt) {
  const std::string long_body(rt::Shard::kScratchBytes + 4000, 'l');  // More than one read takes.
  const struct {
    const char* name;
    std::string first;
    bool is_alone;  // Nothing of the next request lies in the same memory.
  } cases[] = {
      {"in_place", post("/release", "abc"), false},
      {"separate", post("/release", long_body), true},
      {"chunked", post_chunked("/release", {long_body}), true},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    ServerRig rig;
    rig.route("/release", {"POST"}, releases);
    rig.route("/echo", {"POST"}, echo);
    rig.start();
    Client client{rig};
    client.send(each.first + post("/echo", "next"));
    rig.settle();
    if (each.is_alone && __asan_address_is_poisoned != nullptr) {
      EXPECT_EQ(rig.notes.lines, std::vector<std::string>{"given back"});
    }
    rig.notes.gate.set();
    const Answered first = client.answer();
    EXPECT_TRUE(first.whole);
    EXPECT_TRUE(first.body.ends_with(" and more"));
    EXPECT_EQ(client.answer().body, "next");
  }
}

// --- slow readers

constexpr std::size_t kMega = std::size_t{1} << 20;

rt::Task<void> sends_mega(Request&, ResponseWriter& response, Notes& notes) {
  response.send(plain(200), std::string(kMega, 'm'));
  notes.lines.push_back(std::to_string(response.backlog_bytes()));
  co_return;
}

rt::Task<void> floods(Request&, ResponseWriter& response, Notes& notes) {
  response.start(plain(200));
  const std::string piece(10'000, 'f');
  for (int i = 0; i < 500 && !response.gone(); ++i) {
    response.write(piece);
    notes.bytes = std::max(notes.bytes, response.backlog_bytes());
  }
  notes.lines.emplace_back(response.gone() ? "gone" : "took it all");
  response.finish();
  co_return;
}

rt::Task<void> drains(Request&, ResponseWriter& response, Notes& notes) {
  response.start(plain(200));
  const std::string piece(10'000, 'd');
  for (int i = 0; i < 100; ++i) {
    response.write(piece);
    notes.bytes = std::max(notes.bytes, response.backlog_bytes());
    if (response.backlog_bytes() < 50'000) continue;
    const auto drained = co_await response.drain(rt::Shard::current().now() + 20s);
    if (!drained) {
      notes.lines.emplace_back(drained.error().reason());
      co_return;
    }
    EXPECT_EQ(response.backlog_bytes(), 0U);
  }
  response.finish();
}

sim::Options small_buffers() {
  sim::Options options;
  options.network.buffer_bytes_min = options.network.buffer_bytes_max = 4096;
  return options;
}

TEST(HttpConnection, AnswerThatTheSocketDoesNotTakeWaitsForTheReader) {
  ServerRig rig{small_buffers()};
  rig.route("/mega", {"GET"}, sends_mega);
  rig.route("/drain", {"GET"}, drains);
  rig.start();
  Client client{rig};
  client.send(get("/mega") + get("/drain") + get("/mega"));
  EXPECT_EQ(client.answer().body, std::string(kMega, 'm'));
  EXPECT_EQ(client.answer().body, std::string(1'000'000, 'd'));
  EXPECT_EQ(client.answer().body, std::string(kMega, 'm'));
  EXPECT_GT(std::stoul(rig.notes.lines.front()), kMega - 5000);
  EXPECT_LT(rig.notes.bytes, 70'000U) << "who asks is told in time";
}

TEST(HttpConnection, WhoReadsSlowlyIsServedAsLongAsSomethingMoves) {
  ServerRig rig{small_buffers()};
  rig.options.limits.write_timeout = 30s;
  rig.route("/mega", {"GET"}, sends_mega);
  rig.start();
  Client client{rig};
  client.send(get("/mega"));
  std::size_t taken = 0;
  for (int i = 0; i < 40; ++i) {  // 400 s for 160 KB.
    rig.world.run_for(10s);
    const auto got = rig.world.run(client.peer().receive_bytes(4000));
    ASSERT_TRUE(got) << "after " << taken;
    taken += got->size();
  }
  EXPECT_EQ(rig.cell("junctor_http_timeouts_total"), 0);
}

TEST(HttpConnection, WhoReadsNothingIsEndedAndCounted) {
  ServerRig rig{small_buffers()};
  rig.options.limits.write_timeout = 30s;
  rig.route("/mega", {"GET"}, sends_mega);
  rig.route("/drain", {"GET"}, drains);
  rig.start();
  Client whole{rig};
  whole.send(get("/mega"));
  rig.world.run_for(29s);
  EXPECT_EQ(rig.server->connections(), 1U);
  rig.world.run_for(2s);
  EXPECT_EQ(rig.server->connections(), 0U);
  EXPECT_EQ(rig.cell("junctor_http_timeouts_total"), 1);

  Client streamed{rig};
  streamed.send(get("/drain"));
  rig.world.run_for(19s);
  EXPECT_EQ(rig.server->connections(), 1U);
  rig.world.run_for(2s);
  EXPECT_EQ(rig.server->connections(), 0U) << "the handler's own deadline";
  EXPECT_EQ(rig.cell("junctor_http_timeouts_total"), 2);
  EXPECT_EQ(rig.notes.lines.back(), "write_timeout");
}

TEST(HttpConnection, WhoNeitherReadsNorIsAskedForCannotFillMemory) {
  ServerRig rig{small_buffers()};
  rig.options.limits.backlog_bytes_max = 100'000;
  rig.route("/flood", {"GET"}, floods);
  rig.route("/mega", {"GET"}, sends_mega);
  rig.start();
  for (const char* path : {"/flood", "/mega"}) {
    Client client{rig};
    client.send(get(path));
    rig.settle();
    EXPECT_EQ(rig.server->connections(), 0U) << path;
  }
  EXPECT_EQ(rig.notes.lines, (std::vector<std::string>{"gone", "0"}));
  EXPECT_LE(rig.notes.bytes, 100'000U);
  EXPECT_EQ(rig.cell("junctor_http_timeouts_total"), 2);
}

// Somebody else writes while the handler waits for the queue to empty.
rt::Task<void> overfills(ResponseWriter& response) {
  (void)co_await rt::sleep_until(rt::Shard::current().now() + 1s);
  const std::string piece(60'000, 'o');
  response.write(piece);
  response.write(piece);
}
rt::Task<void> drains_for_ever(Request&, ResponseWriter& response, Notes& notes) {
  response.start(plain(200));
  response.write(std::string(50'000, 'd'));
  rt::TaskGroup others;
  others.spawn(overfills(response));
  const auto drained = co_await response.drain(kNever);
  notes.lines.emplace_back(drained ? "drained" : drained.error().reason());
  (void)co_await others.join();
}

TEST(HttpConnection, ALostClientWakesWhoWaitsForIt) {
  ServerRig rig{small_buffers()};
  rig.options.limits.backlog_bytes_max = 100'000;
  rig.route("/drain", {"GET"}, drains_for_ever);
  rig.start();
  Client client{rig};
  client.send(get("/drain"));
  rig.world.run_for(3s);
  EXPECT_EQ(rig.notes.lines, std::vector<std::string>{"client_gone"});
  EXPECT_EQ(rig.server->connections(), 0U);
}

// --- clients that leave

struct Watcher final : ClientListener {
  explicit Watcher(Notes& to) noexcept : notes{to} {}
  void on_client_gone() noexcept override { notes.lines.emplace_back("gone"); }
  void on_client_half_closed() noexcept override { notes.lines.emplace_back("half"); }
  Notes& notes;
};

rt::Task<void> watches(Request&, ResponseWriter& response, Notes& notes) {
  Watcher watcher{notes};
  notes.lines.emplace_back(response.half_closed() ? "was half" : "was open");
  response.listen(&watcher);
  response.start(plain(200));
  for (int i = 0; i < 5 && !response.gone(); ++i) {
    response.write(std::string(notes.bytes, 't'));
    response.flush();
    (void)co_await rt::sleep_until(rt::Shard::current().now() + 1s);
  }
  if (!response.gone()) response.finish();
  response.listen(nullptr);
}

TEST(HttpConnection, TheListenerIsToldOnceOfAHalfCloseAndTheAnswerGoesOn) {
  for (const std::size_t tick_bytes : {4U, 10'000U}) {  // Large ones bring events of room to write.
    SCOPED_TRACE(tick_bytes);
    ServerRig rig{small_buffers()};
    rig.notes.bytes = tick_bytes;
    rig.route("/watch", {"GET"}, watches);
    rig.start();
    Client client{rig};
    client.send(get("/watch") + get("/watch"));
    rig.settle();
    client.peer().shutdown_write();
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.answer().body, std::string(5 * tick_bytes, 't'));
    EXPECT_EQ(rig.notes.lines, (std::vector<std::string>{"was open", "half", "was half"}));
    EXPECT_EQ(client.how_it_ends(), "end");
  }
}

TEST(HttpConnection, TheListenerIsToldOnceThatTheClientIsGone) {
  ServerRig rig;
  rig.notes.bytes = 4;
  rig.route("/watch", {"GET"}, watches);
  rig.start();
  Client client{rig};
  client.send(get("/watch") + get("/watch"));
  rig.settle();
  client.peer().reset();
  rig.world.run_for(10s);
  EXPECT_EQ(rig.notes.lines, (std::vector<std::string>{"was open", "gone"}));
  EXPECT_EQ(rig.server->connections(), 0U);
  EXPECT_EQ(rig.cell("junctor_http_requests_total", "none"), 1);
}

rt::Task<void> waits(Request&, ResponseWriter& response, Notes& notes) {
  (void)co_await notes.gate.wait(kNever);
  notes.lines.emplace_back(response.gone() ? "gone" : "there");
  response.send(plain(200), "late");
  EXPECT_EQ(response.backlog_bytes(), 0U);
}

TEST(HttpConnection, AnswersToWhoIsGoneAreDropped) {
  ServerRig rig;
  rig.route("/wait", {"GET"}, waits);
  rig.start();
  Client client{rig};
  client.send(get("/wait"));
  rig.settle();
  client.peer().reset();
  rig.settle();
  EXPECT_EQ(rig.world.network().open_descriptors(), 1U) << "the listener; the socket is given back";
  rig.notes.gate.set();
  rig.settle();
  EXPECT_EQ(rig.notes.lines, std::vector<std::string>{"gone"});
  EXPECT_EQ(rig.server->connections(), 0U);
}

}  // namespace
}  // namespace junctor::net
