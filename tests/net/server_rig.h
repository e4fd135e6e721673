#pragma once
// What the tests of the HTTP server need: the real server in a simulated world, handlers written
// down in a test, and a client that reads answers strictly, one after the other.
//
//   ServerRig rig;
//   rig.route("/echo", {"POST"}, echo);
//   rig.start();
//   Client client{rig};
//   client.send("POST /echo HTTP/1.1\r\n...");
//   EXPECT_EQ(client.answer().body, "...");
//
// Time is simulated, so a timeout costs nothing. Handlers take a Notes&, which is the test's.
//
// Errors:  an answer that is no proper HTTP is a test failure.
// Threads: one.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_server.h"
#include "rt/event.h"
#include "sim/peer.h"
#include "sim/world.h"
#include "wire/chunked.h"

namespace junctor::net::test {

// What handlers write down, and what they wait for.
struct Notes {
  std::vector<std::string> lines;
  rt::Event gate;
  std::size_t bytes = 0;
};

using Play = rt::Task<void> (*)(Request& request, ResponseWriter& response, Notes& notes);

class PlayHandler final : public HttpHandler {
 public:
  PlayHandler(Play play, Notes& notes) noexcept : play_{play}, notes_{notes} {}
  rt::Task<void> handle(Request& request, ResponseWriter& response) override {
    co_await play_(request, response, notes_);
  }

 private:
  Play play_;
  Notes& notes_;
};

class ServerRig {
 public:
  explicit ServerRig(sim::Options options = {}, std::uint64_t seed = 0) : world{seed, options} {}
  ~ServerRig() {
    notes.gate.set();
    world.finish();
  }
  ServerRig(const ServerRig&) = delete;
  ServerRig& operator=(const ServerRig&) = delete;

  void route(std::string path, std::vector<std::string> methods, Play play) {
    ASSERT_TRUE(router.add({.path = std::move(path),
                            .methods = std::move(methods),
                            .handler = std::make_shared<PlayHandler>(play, notes),
                            .summary = {}}));
  }
  void start() {
    server =
        std::make_unique<HttpServer>(world.shard(), options, router, metrics, Logger{ring, "net"});
    ASSERT_TRUE(server->start());
  }
  // Lets the network and everybody's tasks come to rest; no timeout passes.
  void settle() { world.run_for(std::chrono::milliseconds{1}); }

  // The value of a counter or gauge; of a histogram the count.
  [[nodiscard]] std::int64_t cell(std::string_view name, std::string_view label = {}) const {
    Metrics* const all[] = {&metrics};
    for (const MetricFamily& family : snapshot(all)) {
      if (family.info->name != name) continue;
      for (const MetricSample& sample : family.samples) {
        if (!label.empty() && sample.label_values.front() != label) continue;
        return sample.buckets.empty() ? sample.value : static_cast<std::int64_t>(sample.count);
      }
    }
    ADD_FAILURE() << "no cell " << name << " " << label;
    return -1;
  }

  HttpServer::Options options{.at = sim::at("10.0.0.1:80"), .limits = {}, .hosts = {}};
  Notes notes;
  Router router;
  mutable Metrics metrics;
  LogRing ring{kLogRingBytes, [] { return WallTime{}; }};
  sim::World world;
  std::unique_ptr<HttpServer> server;
};

// One answer as a client understands it.
struct Answered {
  int status = 0;  // 0: the stream ended, or was no answer.
  std::string head;
  std::string body;
  wire::http1::BodyKind framing = wire::http1::BodyKind::none;
  bool keep_alive = false;
  bool whole = false;

  [[nodiscard]] bool has(std::string_view line) const {
    return head.find("\r\n" + std::string{line} + "\r\n") != std::string::npos;
  }
};

// The first answer of `text`, which is taken from it; not whole while bytes are missing.
inline Answered take_answer(std::string& text, wire::http1::RequestKind asked, bool ended) {
  using wire::http1::BodyKind;
  wire::http1::ResponseHead head;
  const auto parsed = wire::http1::parse_response_head(text, {}, asked, head);
  EXPECT_NE(parsed.outcome, wire::http1::Parse::refused) << parsed.refusal.reason << ": " << text;
  Answered out;
  if (parsed.outcome != wire::http1::Parse::complete) return out;
  std::string_view rest = std::string_view{text}.substr(parsed.consumed);
  out.status = head.status;
  out.head = text.substr(0, parsed.consumed);
  out.framing = head.body;
  out.keep_alive = head.keep_alive;
  if (head.body == BodyKind::length) {
    out.body = rest.substr(0, head.content_length);
    out.whole = out.body.size() == head.content_length;
    rest.remove_prefix(out.body.size());
  } else if (head.body == BodyKind::chunked) {
    wire::http1::ChunkedDecoder decoder;
    while (!rest.empty() && decoder.state() == wire::http1::ChunkedDecoder::State::more) {
      const auto step = decoder.next(rest);
      out.body += step.data;
      rest.remove_prefix(step.consumed);
    }
    EXPECT_NE(decoder.state(), wire::http1::ChunkedDecoder::State::refused);
    out.whole = decoder.state() == wire::http1::ChunkedDecoder::State::done;
  } else if (head.body == BodyKind::until_close) {
    out.body = rest;
    out.whole = ended;
    rest = {};
  } else {
    out.whole = true;
  }
  if (out.whole) text = std::string{rest};
  return out;
}

class Client {
 public:
  explicit Client(ServerRig& rig) : rig_{rig}, peer_{rig.world} {
    peer_.set_patience(std::chrono::minutes{3});
    EXPECT_TRUE(rig_.world.run(peer_.connect(rig_.options.at)));
  }
  [[nodiscard]] sim::Peer& peer() noexcept { return peer_; }

  void send(std::string text) { EXPECT_TRUE(rig_.world.run(peer_.send(std::move(text)))); }

  // The next one; what has come of it when the stream ends before.
  Answered answer(wire::http1::RequestKind asked = wire::http1::RequestKind::other) {
    for (;;) {
      Answered out = take_answer(text_, asked, ended_);
      if (out.whole || ended_) return out;
      const auto got = rig_.world.run(peer_.receive());
      if (got) text_ += *got;
      ended_ = !got || got->empty();
      how_ = !got ? got.error().detail() : "end";
    }
  }
  // Whatever came that was not asked for with answer(), without waiting for more.
  std::string leftovers() {
    rig_.settle();
    char room[4096];
    for (ssize_t got = 1; got > 0;) {
      got = peer_.socket().try_receive(room);
      if (got > 0) text_.append(room, static_cast<std::size_t>(got));
      if (got == 0) ended_ = true;
      if (got == 0) how_ = "end";
    }
    return text_;
  }
  // What the server had to say in front of the end, and is dropped.
  std::string text_before_the_end() {
    (void)how_it_ends();
    return std::exchange(text_, {});
  }
  // "end", the name of an errno, or what else the server had to say.
  std::string how_it_ends() {
    while (!ended_) {
      const auto got = rig_.world.run(peer_.receive());
      if (got) text_ += *got;
      ended_ = !got || got->empty();
      how_ = !got ? got.error().detail() : "end";
    }
    return text_.empty() ? how_ : text_;
  }

 private:
  ServerRig& rig_;
  sim::Peer peer_;
  std::string text_;
  std::string how_;
  bool ended_ = false;
};

}  // namespace junctor::net::test
