#pragma once
// An upstream of the simulated world that offers what the test says, in either era, and counts what
// it is asked; and the gateway's side of two of them: upstreams alone, or a whole gateway.
//
// Threads: one world.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/gateway.h"
#include "agent/settings.h"
#include "agent/upstream.h"
#include "rt/event.h"
#include "sim/agent_upstream.h"
#include "sim/world.h"

namespace junctor::agent::test {

struct Offering {
  std::string name;
  std::vector<std::string> tools;
  bool modern = true;
  bool legacy = true;
  std::string capabilities = R"({"tools":{}})";  // Raw; empty: it says none.
  std::string more = {};                         // More members of each list, with their comma.
  std::size_t page_size = 1000;
  bool has_no_end = false;           // There is always one more page.
  int list_status = 200;             // Any other is all that a list gets.
  std::string list_error = {};       // A JSON-RPC error in place of a list.
  std::string initialize_more = {};  // More members of the answer to `initialize`.
  int initialized_status = 202;
  Duration delay{0};  // Before a list.
  bool held = false;  // Lists wait until release().

  std::map<std::string, int> asked = {};  // By method.
  std::vector<Time> listed_at = {};
  std::vector<std::string> heads = {};  // Of calls.
  std::vector<std::string> bodies = {};
  std::set<std::string> sessions = {};
  int opened = 0;
  rt::Event go = {};

  void release() {
    held = false;
    go.set();
  }
  [[nodiscard]] int lists() const {
    const auto found = asked.find("tools/list");
    return found == asked.end() ? 0 : found->second;
  }
};

inline std::string json_answer(const sim::UpstreamRequest& request, std::string_view rest,
                               std::string_view fields = {}, int status = 200) {
  return sim::whole_answer(
      "application/json",
      R"({"jsonrpc":"2.0","id":)" + request.id() + "," + std::string{rest} + "}", fields, status);
}

inline std::string tools_page(const Offering& offering, const sim::UpstreamRequest& request) {
  const std::string cursor = sim::value_behind(request.body, R"("cursor":")", "\"");
  const std::size_t begin = cursor.empty() || offering.has_no_end ? 0 : std::stoul(cursor);
  const std::size_t end = std::min(begin + offering.page_size, offering.tools.size());
  std::string items;
  for (std::size_t i = begin; i < end; ++i) {
    items += (i == begin ? "" : ",") + (R"({"name":")" + offering.tools[i] + R"("})");
  }
  std::string next;
  if (offering.has_no_end) next = R"(,"nextCursor":")" + std::to_string(offering.lists()) + "\"";
  if (end < offering.tools.size()) next = R"(,"nextCursor":")" + std::to_string(end) + "\"";
  return R"("result":{"tools":[)" + items + "]" + offering.more + next + "}";
}

inline rt::Task<std::string> answer_to_list(sim::Peer& peer, Offering& offering,
                                            const sim::UpstreamRequest& request) {
  offering.listed_at.push_back(peer.world().now());
  while (offering.held) {
    offering.go.reset();
    if (co_await offering.go.wait(kNever) == rt::Wake::cancelled) co_return std::string{};
  }
  if (offering.delay != Duration{0})
    (void)co_await rt::sleep_until(peer.world().now() + offering.delay);
  if (offering.list_status != 200)
    co_return sim::whole_answer("text/plain", "no", {}, offering.list_status);
  if (!offering.list_error.empty())
    co_return json_answer(request, R"("error":)" + offering.list_error);
  co_return json_answer(request, tools_page(offering, request));
}

inline rt::Task<std::string> answer_of(sim::Peer& peer, Offering& offering,
                                       const sim::UpstreamRequest& request) {
  const std::string method = sim::value_behind(request.body, R"("method":")", "\"");
  const bool is_modern = request.head.contains("MCP-Protocol-Version: 2026-07-28");
  ++offering.asked[method.empty() ? request.head.substr(0, request.head.find(' ')) : method];
  const std::string has =
      offering.capabilities.empty() ? "" : R"(,"capabilities":)" + offering.capabilities;
  if (request.head.starts_with("DELETE ")) {
    offering.sessions.erase(request.session());
    co_return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  }
  if (request.head.starts_with("GET ")) co_return "HTTP/1.1 405 X\r\nContent-Length: 0\r\n\r\n";
  if (is_modern ? !offering.modern : !offering.legacy)
    co_return json_answer(request, R"("error":{"code":-32601,"message":"?"})", {}, 404);
  if (method == "server/discover")
    co_return json_answer(request, R"("result":{"supportedVersions":["2026-07-28"])" + has + "}");
  if (method == "initialize") {
    const std::string id = offering.name + "-" + std::to_string(++offering.opened);
    offering.sessions.insert(id);
    co_return json_answer(
        request,
        R"("result":{"protocolVersion":"2025-11-25")" + has + "}" + offering.initialize_more,
        "Mcp-Session-Id: " + id + "\r\n");
  }
  if (!is_modern && !offering.sessions.contains(request.session()))
    co_return json_answer(request, R"("error":{"code":-32001,"message":"lost"})", {}, 404);
  if (method == "notifications/initialized") {
    co_return "HTTP/1.1 " + std::to_string(offering.initialized_status) +
        " X\r\nContent-Length: 0\r\n\r\n";
  }
  if (method == "tools/list") co_return co_await answer_to_list(peer, offering, request);
  if (method.ends_with("/list"))
    co_return json_answer(request, R"("error":{"code":-32601,"message":"?"})");
  if (request.id().empty()) co_return "HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n";
  offering.heads.push_back(request.head);
  offering.bodies.push_back(request.body);
  co_return json_answer(request, R"("result":{"of":")" + offering.name + R"("})");
}

// Which of the two is asked stands in Host.
inline rt::Task<void> serve_offerings(sim::Peer& peer, std::reference_wrapper<Offering> a,
                                      std::reference_wrapper<Offering> b) {
  peer.set_patience(std::chrono::hours{24});
  for (;;) {
    const auto request = co_await sim::next_request(peer);
    if (!request) co_return;
    Offering& asked = request->head.contains("Host: b.test") ? b : a;
    std::string answer = co_await answer_of(peer, asked, *request);
    if (answer.empty()) co_return;
    const auto sent = co_await peer.send(std::move(answer));
    if (!sent) co_return;
  }
}

inline UpstreamSettings offering_settings(char letter) {
  UpstreamSettings settings;
  settings.name = UpstreamName{std::string(1, letter)};
  settings.url = net::Url::parse("http://" + std::string(1, letter) + ".test/mcp").value();
  return settings;
}
inline sim::Options offering_world() {
  sim::Options made = sim::Options::calm();
  made.unread = sim::Unread::allowed;
  made.time_max = std::chrono::hours{60};
  return made;
}
inline const rt::Endpoint kOfferingsAt = sim::at("10.0.0.1:80");

// Two offerings in a calm world and the upstreams of the gateway to them.
class Offerings {
 public:
  Offering a{.name = "a", .tools = {"x"}};
  Offering b{.name = "b", .tools = {"y"}};
  sim::World world{7, offering_world()};
  Limits limits;

  Offerings() {
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      const Upstream::Services services{.shard = world.shard(),
                                        .resolver = names_,
                                        .tls = nullptr,
                                        .children = children_,
                                        .definitions = definitions_,
                                        .make_room = {},
                                        .metrics = metrics_,
                                        .log = Logger{}};
      upstreams_.push_back(std::make_unique<Upstream>(services, settings_[i], limits));
    }
  }
  ~Offerings() { end(); }
  Offerings(const Offerings&) = delete;
  Offerings& operator=(const Offerings&) = delete;

  // No task is left of what uses the upstreams.
  void end() {
    world.shard().tasks().cancel();
    world.run_until([this] { return world.shard().tasks().size() == 0; });
    upstreams_.clear();
  }
  [[nodiscard]] Upstream& upstream(std::size_t index) { return *upstreams_.at(index); }
  [[nodiscard]] std::vector<Upstream*> upstreams() const {
    std::vector<Upstream*> all;
    for (const auto& each : upstreams_) all.push_back(each.get());
    return all;
  }

 private:
  AddressTable names_{kOfferingsAt};
  ChildBudget children_{Settings{}};
  DefinitionWatch definitions_;
  Metrics metrics_;
  std::vector<UpstreamSettings> settings_{offering_settings('a'), offering_settings('b')};
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  sim::Listener listener_{world, kOfferingsAt, serve_offerings, std::ref(a), std::ref(b)};
};

// The same two behind a whole gateway with one federated route.
class FederatedGateway {
 public:
  Offering a{.name = "a", .tools = {"x"}};
  Offering b{.name = "b", .tools = {"y"}};
  sim::World world{7, offering_world()};

  explicit FederatedGateway(const Gateway::Change& change = {})
      : gateway{world.shard(), sim::at("10.0.0.2:80"), kOfferingsAt, [&](Settings& settings) {
                  settings.upstreams = {offering_settings('a'), offering_settings('b')};
                  settings.routes = {{.path = "/mcp", .members = {0, 1}}};
                  if (change) change(settings);
                }} {}
  ~FederatedGateway() { gateway.end(); }
  FederatedGateway(const FederatedGateway&) = delete;
  FederatedGateway& operator=(const FederatedGateway&) = delete;

  Reply ask(std::string request) {
    HttpPeer peer{world.shard(), std::chrono::minutes{1}};
    return world.run(peer.exchange(gateway.at(), std::move(request)));
  }
  // A request of a client of the stateless era; `params` are members of it.
  Reply ask_modern(std::string_view method, std::string_view params = {}) {
    const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string{method} +
                             R"(","params":{)" + std::string{params} + (params.empty() ? "" : ",") +
                             R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                             R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
    return ask(post(body, std::string{kAcceptBoth} +
                              "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " +
                              std::string{method} + "\r\n"));
  }

 private:
  sim::Listener listener_{world, kOfferingsAt, serve_offerings, std::ref(a), std::ref(b)};

 public:
  Gateway gateway;
};

}  // namespace junctor::agent::test
