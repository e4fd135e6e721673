#pragma once
// An MCP server of the simulated world that speaks both eras and does with each call what the dice
// say: answers in every form that the gateway knows, late, in pieces, broken, or never.
//
// Every call carries a number; the answer for it is made of that number alone, so that whoever
// reads it can tell whether it is the right one and whole.
//
// Threads: one world.

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "sim/peer.h"
#include "sim/world.h"

namespace junctor::sim {

struct UpstreamModel {
  struct Call {
    int arrivals = 0;
    bool was_cut = false;     // Its connection ended before its answer was sent.
    bool was_sent = false;    // The whole answer was handed to the network.
    bool misbehaved = false;  // The dice chose a broken answer, or none.
    std::string session;      // Upstream id; empty in the stateless era.
  };
  unsigned faults_percent = 0;
  Duration delay_max{0};
  std::map<std::size_t, Call> calls = {};
  std::map<std::string, std::size_t> resumable =
      {};  // By event id: the call whose answer is still due.
  std::set<std::string> sessions = {};
  std::size_t next_session = 1;
  bool slow = false;  // Every call takes `delay_max`, and the connection is watched meanwhile.
};

inline std::string payload_of(std::size_t number) {
  std::string text;
  const std::size_t bytes = number % 7 == 0 ? 30'000 + number % 9000 : number * 131 % 900;
  while (text.size() < bytes) text += std::to_string(number) + ".";
  return text + "#" + std::to_string(number);
}
inline std::string result_of(std::size_t number) {
  return R"({"n":)" + std::to_string(number) + R"(,"text":")" + payload_of(number) +
         R"(","resultType":"complete"})";
}
inline std::string progress_of(std::size_t number, std::size_t step) {
  return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
         std::to_string(number) + R"(,"progress":)" + std::to_string(step) + "}}";
}

// The value behind `mark`, up to one of `ends`.
inline std::string value_behind(std::string_view text, std::string_view mark,
                                std::string_view ends) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + mark.size());
  return std::string{rest.substr(0, rest.find_first_of(ends))};
}

struct UpstreamRequest {
  std::string head;
  std::string body;
  [[nodiscard]] std::string id() const { return value_behind(body, "\"id\":", ",}"); }
  [[nodiscard]] std::string session() const { return value_behind(head, "Mcp-Session-Id: ", "\r"); }
  [[nodiscard]] std::size_t number() const {
    const std::string text = value_behind(body, "\"n\":", ",}");
    return text.empty() ? 0 : std::stoul(text);
  }
  [[nodiscard]] std::string answer(std::size_t number) const {
    return R"({"jsonrpc":"2.0","id":)" + id() + R"(,"result":)" + result_of(number) + "}";
  }
};

inline std::string whole_answer(std::string_view type, std::string_view body,
                                std::string_view fields = {}, int status = 200) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string{type} +
         "\r\n" + std::string{fields} + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}

// A body in chunks of at most `bytes`.
inline std::string chunked_answer(std::string_view type, std::string_view body, std::size_t bytes) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Type: " + std::string{type} +
                     "\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += bytes) {
    const std::string_view piece = body.substr(at, bytes);
    char size[20];
    (void)std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    text += std::string{size} + std::string{piece} + "\r\n";
  }
  return text + "0\r\n\r\n";
}

// Some text of events for the call, the final one behind them.
inline std::string events_for(UpstreamModel& model, const UpstreamRequest& request,
                              std::size_t number, bool with_ids) {
  std::string text;
  for (std::size_t step = 0; step < number % 4; ++step) {
    if (with_ids) {
      const std::string id = "u" + std::to_string(number) + "-" + std::to_string(step);
      text += "id: " + id + "\n";
      model.resumable[id] = number;
    }
    text += "data: " + progress_of(number, step) + "\n\n";
  }
  return text + "data: " + request.answer(number) + "\n\n";
}

enum class Form : unsigned char { json, chunked, lines, events };

inline std::string text_of(UpstreamModel& model, const UpstreamRequest& request, std::size_t number,
                           Form form) {
  const std::string answer = request.answer(number);
  switch (form) {
    case Form::json: return whole_answer("application/json", answer);
    case Form::chunked: return chunked_answer("application/json", answer, 1 + number * 37 % 5000);
    case Form::lines: {
      if (answer.size() > 8000) return whole_answer("application/json", answer);
      std::string lines = progress_of(number, 0) + "\n" + answer + "\n";
      return chunked_answer("application/json", lines, 1 + number * 37 % 200);
    }
    default: {
      const std::string events = events_for(model, request, number, !request.session().empty());
      return chunked_answer("text/event-stream", events, 1 + number * 53 % 3000);
    }
  }
}

inline rt::Task<Result<UpstreamRequest>> next_request(Peer& peer) {
  UpstreamRequest request;
  JUNCTOR_CO_TRY(request.head, co_await peer.receive_until("\r\n\r\n"));
  const std::string length = value_behind(request.head, "Content-Length: ", "\r");
  const std::size_t bytes = length.empty() ? 0 : std::stoul(length);
  if (bytes != 0) {
    JUNCTOR_CO_TRY(request.body, co_await peer.receive_bytes(bytes));
  }
  co_return request;
}

// False: the connection is to be closed.
inline rt::Task<bool> answer_call(Peer& peer, UpstreamModel& model,
                                  const UpstreamRequest& request) {
  SeededRandom& dice = peer.world().random();
  const std::size_t number = request.number();
  UpstreamModel::Call& call = model.calls[number];
  ++call.arrivals;
  call.session = request.session();
  const Duration delay = model.slow ? model.delay_max : dice.between(Duration{0}, model.delay_max);
  const rt::Wake wake = co_await peer.socket().readable(peer.world().now() + delay);
  if (wake != rt::Wake::timeout) {  // Nothing is pipelined: the gateway has left.
    call.was_cut = true;
    co_return false;
  }
  std::string text = text_of(model, request, number, static_cast<Form>(dice.below(4)));
  if (dice.chance(model.faults_percent)) {
    call.misbehaved = true;
    switch (dice.below(5)) {
      case 0: co_return false;
      case 1: peer.reset(); co_return false;
      case 2:
        (void)co_await peer.socket().readable(peer.world().now() + std::chrono::minutes{10});
        co_return false;
      case 3:
        text = "HTTP/1.1 500 X\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>";
        break;
      default: text.resize(dice.below(text.size())); break;
    }
  }
  const auto sent = co_await peer.send(std::move(text));
  if (!sent) call.was_cut = true;
  call.was_sent = sent.has_value() && !call.misbehaved;
  co_return sent.has_value() && !call.misbehaved;
}

inline rt::Task<bool> answer_other(Peer& peer, UpstreamModel& model,
                                   const UpstreamRequest& request) {
  if (request.head.starts_with("GET ")) {
    const std::string last = value_behind(request.head, "Last-Event-ID: ", "\r");
    const auto due = model.resumable.find(last);
    if (due == model.resumable.end()) {
      co_return (co_await peer.send("HTTP/1.1 405 X\r\nContent-Length: 0\r\n\r\n")).has_value();
    }
    // The dice may have taken the answer with its connection: this stream has nothing more.
    co_return (co_await peer.send(whole_answer("text/event-stream", ""))).has_value();
  }
  if (request.head.starts_with("DELETE ")) {
    model.sessions.erase(request.session());
    co_return (co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).has_value();
  }
  if (request.body.find("\"server/discover\"") != std::string::npos) {
    co_return (co_await peer.send(whole_answer(
                   "application/json",
                   R"({"jsonrpc":"2.0","id":"junctor-probe","result":{"supportedVersions":)"
                   R"(["2026-07-28"]}})")))
        .has_value();
  }
  if (request.body.find("\"initialize\"") != std::string::npos) {
    const std::string id = "up-" + std::to_string(model.next_session++);
    model.sessions.insert(id);
    co_return (co_await peer.send(whole_answer(
                   "application/json",
                   R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}})",
                   "Mcp-Session-Id: " + id + "\r\n")))
        .has_value();
  }
  co_return (co_await peer.send("HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n")).has_value();
}

inline rt::Task<void> serve_mcp(Peer& peer, std::reference_wrapper<UpstreamModel> model) {
  peer.set_patience(std::chrono::minutes{10});
  for (;;) {
    const auto request = co_await next_request(peer);
    if (!request) co_return;
    const bool is_call = request->body.find("\"tools/call\"") != std::string::npos;
    const bool goes_on = is_call ? co_await answer_call(peer, model, *request)
                                 : co_await answer_other(peer, model, *request);
    if (!goes_on) co_return;
  }
}

}  // namespace junctor::sim
