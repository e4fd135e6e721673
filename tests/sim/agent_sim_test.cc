// Goal: whatever clients, upstream and network do, a client that stays gets exactly one answer to
// each request, its own and unchanged, within the timeouts; no call is executed twice; leaving
// means what its era says; and nothing is left when all is over. Method: the real server, plane and
// client in the simulated world, by seed, between random clients and a random upstream.

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/gateway.h"
#include "sim/agent_upstream.h"
#include "sim/world.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using sim::UpstreamModel;
using test::Gateway;
using test::HttpPeer;
using test::Reply;

const rt::Endpoint kFront = sim::at("10.0.0.2:80");
const rt::Endpoint kUpstream = sim::at("10.0.0.1:80");
constexpr std::string_view kAccepts[] = {
    "Accept: application/json, text/event-stream\r\n",
    "Accept: application/json\r\n",
    "Accept: text/event-stream\r\n",
    "",
};

struct Counts {
  std::size_t results = 0;
  std::size_t errors = 0;
  std::size_t broken = 0;  // A large body whose end visibly never came.
  std::size_t left = 0;
  std::size_t resumed = 0;
};

// The messages of a reply: its body, or the data of its events.
std::vector<std::string> messages_of(const Reply& reply) {
  if (!reply.is_events()) return {reply.body};
  std::vector<std::string> messages;
  std::string_view rest = reply.body;
  for (std::size_t end = rest.find("\n\n"); end != rest.npos; end = rest.find("\n\n")) {
    const std::string_view block = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const std::size_t data = block.find("data: ");
    if (data != block.npos) messages.emplace_back(block.substr(data + 6));
  }
  return messages;
}

std::string id_of_last_event(const Reply& reply) {
  const std::size_t at = reply.body.rfind("id: ");
  const std::size_t line_end = at == std::string::npos ? at : reply.body.find('\n', at);
  if (line_end == std::string::npos) return {};
  return reply.body.substr(at + 4, line_end - at - 4);
}

// One client: its requests one after the other.
struct Caller {
  sim::World& world;
  Gateway& gateway;
  UpstreamModel& model;
  Counts& counts;
  bool is_modern;
  std::size_t first;
  bool is_federated = false;  // Odd numbers are for the second member.
  std::string session = {};
};

enum class Verdict : unsigned char { result, error, broken };

// Judges what a client that stayed has been told of call `number`.
Verdict judge(std::size_t number, const Reply& reply) {
  const std::string id = "\"c" + std::to_string(number) + "\"";
  std::size_t finals = 0;
  Verdict verdict = Verdict::broken;
  for (const std::string& message : messages_of(reply)) {
    if (message.find("\"notifications/progress\"") != std::string::npos) {
      EXPECT_NE(message.find("\"progressToken\":" + std::to_string(number) + ","),
                std::string::npos)
          << "another call's message: " << message;
      continue;
    }
    ++finals;
    if (message.find("\"result\":") != std::string::npos && reply.whole) {
      EXPECT_EQ(message,
                R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + sim::result_of(number) + "}");
      verdict = Verdict::result;
    } else if (message.find("\"error\":") != std::string::npos) {
      EXPECT_NE(message.find(R"("reason":")"), std::string::npos) << message;
      EXPECT_NE(message.find("\"id\":" + id), std::string::npos) << message;
      verdict = Verdict::error;
    }
  }
  EXPECT_LE(finals, 1U) << reply.body;
  if (verdict == Verdict::broken) {
    EXPECT_FALSE(reply.whole) << "no answer: " << reply.head << reply.body;
    EXPECT_GT(sim::payload_of(number).size(), 16'000U) << reply.head << reply.body;
  }
  return verdict;
}

// The rest of a stream that the gateway closed, or the client left: by GET.
rt::Task<bool> read_on(Caller& caller, Reply& reply) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::string last = id_of_last_event(reply);
    if (last.empty()) co_return false;
    (void)co_await rt::sleep_until(caller.world.now() + 1s);
    HttpPeer peer{caller.world.shard(), 30min};
    const Reply more = co_await peer.exchange(
        caller.gateway.at(),
        test::in_session("GET", caller.session, "Last-Event-ID: " + last + "\r\n"));
    if (more.status != 200) co_return false;
    reply.body += more.body;
    reply.whole = more.whole;
    const auto messages = messages_of(reply);
    const bool is_final = std::ranges::any_of(messages, [](const std::string& each) {
      return each.find("\"method\":") == std::string::npos;
    });
    if (is_final) co_return true;
  }
  co_return false;
}

// Of the same length, so that the request's framing stays right.
std::string for_second_member(std::string request) {
  for (const std::string_view mark : {R"("name":"t")", "Mcp-Name: t"}) {
    const std::size_t at = request.find(mark);
    if (at != std::string::npos) request[at + mark.find('t')] = 'u';
  }
  return request;
}

rt::Task<void> call_once(Caller& caller, std::size_t number) {
  sim::SeededRandom& dice = caller.world.random();
  const std::string id = "\"c" + std::to_string(number) + "\"";
  const std::string arguments = R"({"n":)" + std::to_string(number) + "}";
  const std::string_view accept = kAccepts[dice.below(std::size(kAccepts))];
  HttpPeer peer{caller.world.shard(), 30min};
  const bool connected = co_await peer.connect(caller.gateway.at());
  EXPECT_TRUE(connected);
  if (!connected) co_return;
  std::string request = caller.is_modern ? test::modern_call(id, arguments, accept)
                                         : test::legacy_call(id, caller.session, arguments, accept);
  if (caller.is_federated && number % 2 == 1) request = for_second_member(std::move(request));
  const bool sent = co_await peer.send(request);
  EXPECT_TRUE(sent);
  if (dice.chance(10)) peer.shutdown_write();
  if (dice.chance(20)) {  // Leaves, at any point.
    const Time until = caller.world.now() + dice.between(Duration{0}, Duration{4s});
    (void)co_await rt::sleep_until(until);
    ++caller.counts.left;
    co_return;
  }
  if (dice.chance(15)) {  // Reads slowly.
    (void)co_await rt::sleep_until(caller.world.now() + dice.between(Duration{0}, Duration{20s}));
  }
  Reply reply = co_await peer.read_reply();
  if (!caller.is_modern && reply.is_events() && reply.whole &&
      reply.body.find("\"id\":" + id) == std::string::npos) {
    const bool found = co_await read_on(caller, reply);
    EXPECT_TRUE(found) << reply.body;
    ++caller.counts.resumed;
  }
  switch (judge(number, reply)) {
    case Verdict::result: ++caller.counts.results; break;
    case Verdict::error: ++caller.counts.errors; break;
    case Verdict::broken: ++caller.counts.broken; break;
  }
}

rt::Task<bool> open_session(Caller& caller) {
  for (int attempt = 0; attempt < 20 && caller.session.empty(); ++attempt) {
    HttpPeer peer{caller.world.shard(), 30min};
    const Reply reply = co_await peer.exchange(caller.gateway.at(), test::initialize());
    caller.session = reply.field("Mcp-Session-Id");
  }
  co_return !caller.session.empty();
}

rt::Task<void> run_caller(Caller caller) {
  if (!caller.is_modern && !co_await open_session(caller)) co_return;
  for (std::size_t number = caller.first; number < caller.first + 8; ++number) {
    co_await call_once(caller, number);
  }
  if (caller.is_modern || caller.world.random().chance(50)) co_return;  // Some never say goodbye.
  HttpPeer peer{caller.world.shard(), 30min};
  (void)co_await peer.exchange(caller.gateway.at(), test::in_session("DELETE", caller.session));
}

void settle(Settings& settings) {
  settings.limits.sessions.idle_timeout = 10min;
  for (UpstreamSettings& upstream : settings.upstreams)
    upstream.timeouts = {.first_byte = 20s, .idle = 20s, .total = 60s};
}

// Nothing may be left of clients that have gone, without anything being cancelled.
void expect_nothing_left(sim::World& world, Gateway& gateway) {
  world.run_for(25min);  // Sessions and connections that idle.
  EXPECT_EQ(gateway.plane().status().sessions, 0U);
  EXPECT_EQ(gateway.plane().status().upstreams[0].connections, 0U);
  EXPECT_EQ(gateway.server().connections(), 0U);
  EXPECT_EQ(world.network().open_descriptors(), 2U) << world.network().describe_open();
  EXPECT_EQ(world.shard().tasks().size(), 2U) << "the two that accept";
}

Counts run_world(std::uint64_t seed, const sim::Options& options, unsigned faults_percent) {
  UpstreamModel model{.faults_percent = faults_percent, .delay_max = 3s};
  Counts counts;
  sim::World world{seed, options};
  world.network().spare(kFront);
  sim::Listener upstream{world, kUpstream, sim::serve_mcp, std::ref(model)};
  Gateway gateway{world.shard(), kFront, kUpstream, settle};
  rt::TaskGroup callers;
  for (const std::size_t first : {100U, 200U, 300U, 400U, 500U, 600U}) {
    callers.spawn(run_caller({world, gateway, model, counts, first % 200 != 0, first}));
  }
  world.run_until([&callers] { return callers.size() == 0; });
  for (const auto& [number, call] : model.calls) EXPECT_EQ(call.arrivals, 1) << number;
  if (faults_percent == 0 && options.network.reset_percent == 0) {
    EXPECT_EQ(counts.errors, 0U);
    EXPECT_EQ(counts.broken, 0U);
  }
  expect_nothing_left(world, gateway);
  gateway.end();
  return counts;
}

TEST(AgentSim, AnySeedOfARoughNetworkGivesEveryResult) {
  Counts all;
  sim::for_each_seed([&](std::uint64_t seed) {
    const Counts counts = run_world(seed, sim::Options::rough(), 0);
    all.results += counts.results;
  });
  EXPECT_GT(all.results, 0U);
}

TEST(AgentSim, AnySeedGivesEachRequestOneAnswerOfItsOwn) {
  Counts all;
  sim::for_each_seed([&](std::uint64_t seed) {
    const Counts counts = run_world(seed, sim::Options::hostile(), 25);
    all.results += counts.results;
    all.errors += counts.errors;
    all.left += counts.left;
  });
  EXPECT_GT(all.results, 0U);
  EXPECT_GT(all.errors, 0U) << "the dice were kind";
  EXPECT_GT(all.left, 0U);
}

// --- several upstreams ---------------------------------------------------------------------------

struct Members {
  UpstreamModel first;
  UpstreamModel second;
  unsigned lost_percent = 0;  // Of calls in a session but its first: the member has forgotten it.
  std::set<std::string> used = {};
  std::size_t lost = 0;
};

rt::Task<bool> answer_member(sim::Peer& peer, Members& members, sim::UpstreamRequest request) {
  const bool is_second = request.head.find("Host: u.test") != std::string::npos;
  UpstreamModel& model = is_second ? members.second : members.first;
  const std::string method = sim::value_behind(request.body, R"("method":")", "\"");
  std::string answer;
  if (method == "tools/call" && !request.session().empty()) {
    const bool is_first = members.used.insert(std::to_string(is_second) + request.session()).second;
    if (!is_first && peer.world().random().chance(members.lost_percent))
      model.sessions.erase(request.session());
    if (!model.sessions.contains(request.session())) {
      ++members.lost;
      answer = R"("error":{"code":-32001,"message":"lost"})";
    }
  }
  const int status = answer.empty() ? 200 : 404;
  if (method == "tools/list")
    answer = std::string{R"("result":{"tools":[{"name":")"} + (is_second ? 'u' : 't') + R"("}]})";
  if (method == "prompts/list" || method.starts_with("resources/"))
    answer = R"("error":{"code":-32601,"message":"?"})";
  if (!answer.empty()) {
    const std::string text = R"({"jsonrpc":"2.0","id":)" + request.id() + "," + answer + "}";
    co_return (co_await peer.send(sim::whole_answer("application/json", text, {}, status)))
        .has_value();
  }
  if (method == "tools/call") co_return co_await sim::answer_call(peer, model, request);
  co_return co_await sim::answer_other(peer, model, request);
}

rt::Task<void> serve_members(sim::Peer& peer, std::reference_wrapper<Members> members) {
  peer.set_patience(10min);
  for (;;) {
    auto request = co_await sim::next_request(peer);
    if (!request) co_return;
    const bool goes_on = co_await answer_member(peer, members, *std::move(request));
    if (!goes_on) co_return;
  }
}

void settle_members(Settings& settings) {
  settings.upstreams.push_back(settings.upstreams[0]);
  for (const auto& [index, letter] : {std::pair{0, 't'}, {1, 'u'}}) {
    UpstreamSettings& upstream = settings.upstreams[static_cast<std::size_t>(index)];
    upstream.name = UpstreamName{std::string(1, letter)};
    upstream.url = net::Url::parse("http://" + std::string(1, letter) + ".test/mcp").value();
  }
  settings.routes = {{.path = "/mcp", .members = {0, 1}}};
  settle(settings);
}

struct Totals {
  Counts counts;
  std::size_t lost = 0;
};

Totals run_members(std::uint64_t seed, const sim::Options& options, unsigned faults_percent) {
  const UpstreamModel model{.faults_percent = faults_percent, .delay_max = 3s};
  Members members{.first = model, .second = model, .lost_percent = 5};
  Counts counts;
  sim::World world{seed, options};
  world.network().spare(kFront);
  sim::Listener upstreams{world, kUpstream, serve_members, std::ref(members)};
  Gateway gateway{world.shard(), kFront, kUpstream, settle_members};
  rt::TaskGroup callers;
  for (const std::size_t first : {100U, 200U, 300U, 400U, 500U, 600U}) {
    callers.spawn(
        run_caller({world, gateway, members.first, counts, first % 200 != 0, first, true}));
  }
  world.run_until([&callers] { return callers.size() == 0; });
  for (const auto& [number, call] : members.first.calls) {
    EXPECT_EQ(call.arrivals, 1) << number;
    EXPECT_EQ(number % 2, 0U) << "of the other member";
  }
  for (const auto& [number, call] : members.second.calls) {
    EXPECT_EQ(call.arrivals, 1) << number;
    EXPECT_EQ(number % 2, 1U) << "of the other member";
  }
  expect_nothing_left(world, gateway);
  if (faults_percent == 0 && options.network.reset_percent == 0) {
    EXPECT_TRUE(members.first.sessions.empty() && members.second.sessions.empty());
    EXPECT_EQ(counts.errors, 0U);
    EXPECT_EQ(counts.broken, 0U);
  }
  gateway.end();
  return {.counts = counts, .lost = members.lost};
}

TEST(AgentSim, AnySeedReachesTheRightMemberAndLeavesNoSessionBehind) {
  Totals all;
  sim::for_each_seed([&](std::uint64_t seed) {
    const Totals totals = run_members(seed, sim::Options::rough(), 0);
    all.counts.results += totals.counts.results;
    all.lost += totals.lost;
  });
  EXPECT_GT(all.counts.results, 0U);
  EXPECT_GT(all.lost, 0U) << "the dice were kind";
}

TEST(AgentSim, AnySeedOfSeveralMembersGivesEachRequestOneAnswerOfItsOwn) {
  Totals all;
  sim::for_each_seed([&](std::uint64_t seed) {
    const Totals totals = run_members(seed, sim::Options::hostile(), 25);
    all.counts.results += totals.counts.results;
    all.counts.errors += totals.counts.errors;
    all.counts.left += totals.counts.left;
  });
  EXPECT_GT(all.counts.results, 0U);
  EXPECT_GT(all.counts.errors, 0U);
  EXPECT_GT(all.counts.left, 0U);
}

// --- leaving -------------------------------------------------------------------------------------

rt::Task<void> leave_early(Caller& caller, std::size_t number) {
  HttpPeer peer{caller.world.shard(), 1min};
  const std::string arguments = R"({"n":)" + std::to_string(number) + "}";
  const std::string id = std::to_string(number);
  const bool connected = co_await peer.connect(caller.gateway.at());
  EXPECT_TRUE(connected);
  (void)co_await peer.send(caller.is_modern ? test::modern_call(id, arguments)
                                            : test::legacy_call(id, caller.session, arguments));
  // The upstream has the call by then, and takes its time.
  (void)co_await rt::sleep_until(caller.world.now() +
                                 caller.world.random().between(Duration{5s}, Duration{9s}));
}

//= mcp 2026-07-28 basic/transports/streamable-http#cancellation:disconnect MUST
//= mcp 2026-07-28 basic/patterns/cancellation#transport-specific-cancellation:disconnect MUST
//= mcp 2026-07-28 basic/patterns/cancellation#timing-considerations:race MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server SHOULD NOT
TEST(AgentSim, LeavingCancelsTheModernCallAndNeverTheLegacyOne) {
  sim::for_each_seed([](std::uint64_t seed) {
    UpstreamModel model{.delay_max = 15s, .slow = true};
    Counts counts;
    sim::World world{seed, sim::Options::rough()};
    sim::Listener upstream{world, kUpstream, sim::serve_mcp, std::ref(model)};
    Gateway gateway{world.shard(), kFront, kUpstream, settle};
    for (const bool is_modern : {true, false}) {
      Caller caller{world, gateway, model, counts, is_modern, 0};
      if (!is_modern) ASSERT_TRUE(world.run(open_session(caller)));
      const std::size_t number = is_modern ? 1 : 2;
      world.run(leave_early(caller, number));
      world.run_for(2s);
      ASSERT_EQ(model.calls[number].arrivals, 1);
      EXPECT_EQ(model.calls[number].was_cut, is_modern);
      world.run_for(30s);
      EXPECT_EQ(model.calls[number].was_sent, !is_modern);
    }
    expect_nothing_left(world, gateway);
    gateway.end();
  });
}

}  // namespace
}  // namespace junctor::agent
