// Goal: the simulated world keeps TCP's promises under any dice, breaks exactly what it is told to
// break, and repeats itself for a seed; otherwise no test that stands on it means anything. Method:
// scripted peers talk to each other; every run under many seeds where the dice matter.

#include <gtest/gtest.h>

#include <cerrno>

#include "base/units.h"
#include "rt/event.h"
#include "sim/peer.h"
#include "sim/world.h"

namespace junctor::sim {
namespace {

using namespace std::chrono_literals;
using rt::Task;

// Bytes that tell their own position, so that a swap or a loss cannot hide.
std::string pattern(std::size_t count, std::uint64_t salt) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<char>((i * 2'654'435'761U + i / 251 + salt) & 0xFFU);
  }
  return bytes;
}

Task<void> echo(Peer& peer) {
  for (;;) {
    auto bytes = co_await peer.receive();
    if (!bytes || bytes->empty()) co_return;
    if (!co_await peer.send(*std::move(bytes))) co_return;
  }
}

Task<Result<>> send_and_end(Peer& peer, std::string bytes) {
  JUNCTOR_CO_CHECK(co_await peer.send(std::move(bytes)));
  peer.shutdown_write();
  co_return Result<>{};
}

Task<Result<std::string>> round_trip(World& world, rt::Endpoint to, std::string bytes) {
  Peer peer{world};
  JUNCTOR_CO_CHECK(co_await peer.connect(to));
  rt::TaskGroup group;
  group.spawn(send_and_end(peer, std::move(bytes)));
  auto answer = co_await peer.receive_all();
  JUNCTOR_CO_CHECK(co_await group.join());
  co_return answer;
}

Task<void> keep_silent(Peer& peer) {
  (void)co_await rt::sleep_until(peer.world().now() + 48h);
}

Task<void> wait_for(Peer& peer, rt::Event& leave) {
  (void)co_await leave.wait(kNever);
  peer.close();
}

Task<void> receive_into(Peer& peer, std::string& into) {
  auto bytes = co_await peer.receive_all();
  into = bytes ? *std::move(bytes) : "error: " + bytes.error().detail();
}

// What a peer sees after it has connected and sent four bytes.
Task<Result<std::string>> say_ping(Peer& peer, rt::Endpoint to) {
  JUNCTOR_CO_CHECK(co_await peer.connect(to));
  JUNCTOR_CO_CHECK(co_await peer.send("ping"));
  co_return co_await peer.receive_all();
}

TEST(Network, BytesArriveInOrderAndCompleteUnderAnyCut) {
  for_each_seed([](std::uint64_t seed) {
    World world{seed, Options::rough()};
    const std::string sent = pattern(world.random().between(1, 40'000), seed);
    Listener server{world, at("10.0.0.1:80"), echo};
    const auto answer = world.run(round_trip(world, server.endpoint(), sent));
    ASSERT_TRUE(answer) << answer.error().detail();
    ASSERT_TRUE(*answer == sent);
    EXPECT_EQ(world.network().bytes_unread(), 0);
    EXPECT_EQ(server.accepted(), 1);
    EXPECT_EQ(world.network().connections_made(server.endpoint()), 1);
  });
}

TEST(Network, HostileDiceEndTheConnectionOrDeliverEverything) {
  std::size_t whole = 0;
  std::size_t broken = 0;
  for_each_seed([&](std::uint64_t seed) {
    World world{seed, Options::hostile()};
    const std::string sent = pattern(6000, seed);
    Listener server{world, at("10.0.0.1:80"), echo};
    const auto answer = world.run(round_trip(world, server.endpoint(), sent));
    if (answer) {
      ++whole;
      ASSERT_TRUE(*answer == sent);
    } else {
      ++broken;
      ASSERT_NE(answer.error().kind(), ErrorKind::corrupt);
    }
  });
  if (seeds().size() < 100) return;
  EXPECT_GT(whole, seeds().size() / 4);
  EXPECT_GT(broken, seeds().size() / 20);
}

TEST(Network, ManyConnectionsDoNotMixTheirBytes) {
  for_each_seed([](std::uint64_t seed) {
    World world{seed, Options::rough()};
    Listener server{world, at("10.0.0.1:80"), echo};
    std::size_t right = 0;
    const auto check = [](World& in, rt::Endpoint to, std::string bytes,
                          std::size_t& count) -> Task<void> {
      const auto answer = co_await round_trip(in, to, bytes);
      if (answer && *answer == bytes) ++count;
    };
    for (std::uint64_t i = 0; i < 8; ++i) {
      world.spawn(check(world, server.endpoint(), pattern(500 * i + 1, i), right));
    }
    world.run_until([&] { return world.shard().tasks().size() == 1; });
    EXPECT_EQ(right, 8);
  });
}

TEST(Network, EqualSeedsGiveEqualHistoriesAndOthersDiffer) {
  const auto history = [](std::uint64_t seed, const Options& options) {
    World world{seed, options};
    Listener server{world, at("10.0.0.1:80"), echo};
    (void)world.run(round_trip(world, server.endpoint(), pattern(5000, 0)));
    return world.network().trace_hash();
  };
  for_each_seed([&](std::uint64_t seed) {
    EXPECT_EQ(history(seed, Options::hostile()), history(seed, Options::hostile()));
    // Not hostile: two connections that nobody answers have the same short history.
    EXPECT_NE(history(seed, Options::rough()), history(seed + 1, Options::rough()));
  });
}

TEST(Network, CalmWorldTakesNoTime) {
  World world{1, Options::calm()};
  Listener server{world, at("10.0.0.1:80"), echo};
  const auto answer = world.run(round_trip(world, server.endpoint(), "hello"));
  EXPECT_EQ(answer.value(), "hello");
  EXPECT_EQ(world.now(), kStart);
}

TEST(Network, FullBufferHoldsTheSenderUntilTheReaderReads) {
  Options options = Options::calm();
  options.network.buffer_bytes_min = options.network.buffer_bytes_max = 1000;
  rt::Event read_now;
  std::string got;
  World world{1, options};
  const auto reads_late = [](Peer& peer, rt::Event& event, std::string& into) -> Task<void> {
    (void)co_await event.wait(kNever);
    co_await receive_into(peer, into);
  };
  Listener server{world, at("10.0.0.1:80"), reads_late, std::ref(read_now), std::ref(got)};
  Peer peer{world};
  ASSERT_TRUE(world.run(peer.connect(server.endpoint())));
  bool sent = false;
  const auto send = [](Peer& by, bool& done) -> Task<void> {
    done = (co_await send_and_end(by, pattern(5000, 7))).has_value();
  };
  world.spawn(send(peer, sent));
  world.run_for(1s);
  EXPECT_FALSE(sent);
  EXPECT_FALSE(peer.socket().gone());
  read_now.set();
  world.run_for(1s);
  EXPECT_TRUE(sent);
  EXPECT_EQ(got.size(), 5000);
  EXPECT_TRUE(got == pattern(5000, 7));
}

TEST(Network, HalfCloseEndsOneDirectionOnly) {
  for_each_seed([](std::uint64_t seed) {
    World world{seed, Options::rough()};
    const auto answers_after_end = [](Peer& peer) -> Task<void> {
      const auto all = co_await peer.receive_all();
      EXPECT_TRUE(peer.socket().peer_closed());
      EXPECT_FALSE(peer.socket().gone());
      if (all) (void)co_await peer.send("got " + *all);
    };
    Listener server{world, at("10.0.0.1:80"), answers_after_end};
    const auto answer = world.run(round_trip(world, server.endpoint(), "question"));
    EXPECT_EQ(answer.value(), "got question");
  });
}

TEST(Network, ResetLeavesWhatArrivedAndThenFailsOnce) {
  World world{1, Options::calm()};
  const auto sends_and_resets = [](Peer& peer) -> Task<void> {
    (void)co_await peer.send("last words");
    (void)co_await rt::sleep_until(peer.world().now() + 1s);
    peer.reset();
  };
  Listener server{world, at("10.0.0.1:80"), sends_and_resets};
  Peer peer{world};
  ASSERT_TRUE(world.run(peer.connect(server.endpoint())));
  world.run_for(2s);
  EXPECT_TRUE(peer.socket().gone());
  EXPECT_EQ(world.run(peer.receive()).value(), "last words");
  EXPECT_EQ(world.run(peer.receive()).error().detail(), "ECONNRESET");
  EXPECT_EQ(world.run(peer.receive()).value(), "");
  EXPECT_EQ(world.run(peer.send("x")).error().detail(), "EPIPE");
  peer.close();
}

TEST(Network, ClosingWithUnreadBytesResetsTheSender) {
  World world{1};
  const auto ignores = [](Peer& peer) -> Task<void> {
    (void)co_await rt::sleep_until(peer.world().now() + 1s);
  };
  Listener server{world, at("10.0.0.1:80"), ignores};
  Peer peer{world};
  const auto answer = world.run(say_ping(peer, server.endpoint()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail(), "ECONNRESET");
  peer.close();
}

TEST(Network, SendingToAClosedSocketBringsAResetBack) {
  World world{1};
  Listener server{world, at("10.0.0.1:80"), [](Peer&) -> Task<void> { co_return; }};
  Peer peer{world};
  ASSERT_TRUE(world.run(peer.connect(server.endpoint())));
  EXPECT_EQ(world.run(peer.receive()).value(), "");
  EXPECT_TRUE(world.run(peer.send("anyone there?")));  // Nobody has said no yet.
  world.run_for(1s);
  EXPECT_TRUE(peer.socket().gone());
  EXPECT_EQ(world.run(peer.send("hello?")).error().detail(), "ECONNRESET");
  peer.close();
}

TEST(Network, SilenceIsNoErrorUntilSomethingWasSentAndTimeHasPassed) {
  World world{1};
  Listener server{world, at("10.0.0.1:80"), keep_silent};
  Peer idle{world};
  Peer sender{world};
  ASSERT_TRUE(world.run(idle.connect(server.endpoint())));
  ASSERT_TRUE(world.run(sender.connect(server.endpoint())));
  idle.vanish();
  sender.vanish();
  ASSERT_TRUE(world.run(sender.send("hello?")));
  world.run_for(15min);
  EXPECT_FALSE(sender.socket().gone());
  world.run_for(2min);
  EXPECT_TRUE(sender.socket().gone());
  EXPECT_EQ(world.run(sender.send("x")).error().detail(), "ETIMEDOUT");
  world.run_for(24h);
  EXPECT_FALSE(idle.socket().gone());
  idle.close();
  sender.close();
}

TEST(Network, AddressThatFallsSilentStopsOldAndNewConnections) {
  World world{1};
  Listener server{world, at("10.0.0.1:80"), echo};
  Peer old{world};
  ASSERT_TRUE(world.run(old.connect(server.endpoint())));
  world.network().behave(server.endpoint(), Behaviour::silent);
  old.set_patience(30s);
  ASSERT_TRUE(world.run(old.send("hello?")));
  EXPECT_EQ(world.run(old.receive()).error().kind(), ErrorKind::deadline_exceeded);
  const Time before = world.now();
  Peer fresh{world};
  EXPECT_EQ(world.run(fresh.connect(server.endpoint())).error().detail(), "ETIMEDOUT");
  EXPECT_GE(world.now() - before, 127s);
  world.network().behave(server.endpoint(), Behaviour::normal);
  EXPECT_EQ(world.run(round_trip(world, server.endpoint(), "back")).value(), "back");
  old.close();
}

TEST(Network, ConnectIsRefusedWhereNobodyListensOrWhenTold) {
  World world{1};
  Peer peer{world};
  EXPECT_EQ(world.run(peer.connect(at("10.0.0.9:80"))).error().detail(), "ECONNREFUSED");
  Listener server{world, at("10.0.0.1:80"), echo};
  world.network().behave(server.endpoint(), Behaviour::refuses);
  EXPECT_EQ(world.run(peer.connect(server.endpoint())).error().detail(), "ECONNREFUSED");
  world.network().behave(server.endpoint(), Behaviour::normal);
  EXPECT_TRUE(world.run(peer.connect(server.endpoint())));
  peer.close();
  server.close();
  EXPECT_EQ(world.run(peer.connect(server.endpoint())).error().detail(), "ECONNREFUSED");
}

TEST(Network, ConnectOnOneMachineIsSometimesOverAtOnce) {
  int at_once = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    World world{seed};
    Listener near{world, at("127.0.0.1:80"), echo};
    Listener far{world, at("10.0.0.1:80"), echo};
    rt::Io& io = world.shard().io();
    const int there = io.connect(far.endpoint());
    EXPECT_FALSE(io.is_connected(there));
    const int here = io.connect(near.endpoint());
    if (io.is_connected(here)) ++at_once;
    world.run_for(1s);
    EXPECT_TRUE(io.is_connected(here));
    EXPECT_TRUE(io.is_connected(there));
    world.network().break_connection(here);
    EXPECT_FALSE(io.is_connected(here));
    io.close(here, nullptr);
    io.close(there, nullptr);
    EXPECT_EQ(world.run(round_trip(world, near.endpoint(), "near")).value(), "near");
  }
  EXPECT_GT(at_once, 10);
  EXPECT_LT(at_once, 40);
}

TEST(Network, WithoutDescriptorsAcceptFailsAndLeavesTheConnectionWaiting) {
  World world{1, Options::calm()};
  rt::Io& io = world.shard().io();
  rt::Endpoint bound;
  const int listener = io.listen(at("127.0.0.1:0"), 8, bound);
  EXPECT_NE(bound.port(), 0);
  world.network().fail_accepts(bound, 2);
  world.network().fail_connects(bound, 1);
  Peer peer{world};
  EXPECT_EQ(world.run(peer.connect(bound)).error().detail(), "EMFILE");
  ASSERT_TRUE(world.run(peer.connect(bound)));
  rt::Endpoint from;
  EXPECT_EQ(io.accept(listener, from), -EMFILE);
  EXPECT_EQ(io.accept(listener, from), -EMFILE);
  const int accepted = io.accept(listener, from);
  ASSERT_GE(accepted, 0);
  EXPECT_TRUE(from.is_loopback());
  EXPECT_EQ(io.accept(listener, from), -EAGAIN);
  io.close(accepted, nullptr);
  io.close(listener, nullptr);
  peer.close();
}

TEST(Network, FullBacklogMakesClientsWaitAndThenGiveUp) {
  World world{1, Options::calm()};
  rt::Io& io = world.shard().io();
  rt::Endpoint bound;
  const int listener = io.listen(at("127.0.0.1:0"), 1, bound);
  Peer first{world};
  Peer second{world};
  ASSERT_TRUE(world.run(first.connect(bound)));
  EXPECT_EQ(world.run(second.connect(bound)).error().detail(), "ETIMEDOUT");
  io.close(listener, nullptr);  // Who was never accepted is reset.
  EXPECT_EQ(world.run(first.receive()).error().detail(), "ECONNRESET");
  first.close();
}

TEST(Network, SparedAddressIsNeverHarmed) {
  for_each_seed([](std::uint64_t seed) {
    Options options = Options::hostile();
    options.network.reset_percent = options.network.refused_percent = 100;
    World world{seed, options};
    Listener server{world, at("10.0.0.1:80"), echo};
    world.network().spare(server.endpoint());
    EXPECT_EQ(world.run(round_trip(world, server.endpoint(), pattern(3000, seed))).value(),
              pattern(3000, seed));
  });
}

TEST(Network, ListenerOfEveryAddressTakesThemAll) {
  World world{1};
  Listener server{world, at("*:80"), echo};
  EXPECT_EQ(world.run(round_trip(world, at("10.0.0.1:80"), "a")).value(), "a");
  EXPECT_EQ(world.run(round_trip(world, at("127.0.0.1:80"), "b")).value(), "b");
  EXPECT_FALSE(world.run(round_trip(world, at("127.0.0.1:81"), "c")));
  Listener local{world, at("unix:/run/test.sock"), echo};
  EXPECT_EQ(world.run(round_trip(world, at("unix:/run/test.sock"), "d")).value(), "d");
}

TEST(Network, ClientComesFromWhereTheTestSays) {
  std::string seen;
  World world{1};
  const auto look = [](Peer& peer, std::string& into) -> Task<void> {
    into = peer.remote().text();
    co_return;
  };
  Listener server{world, at("10.0.0.1:80"), look, std::ref(seen)};
  world.network().come_from(at("192.0.2.7:5555"));
  EXPECT_EQ(world.run(round_trip(world, server.endpoint(), "")).value(), "");
  EXPECT_EQ(seen, "192.0.2.7:5555");
}

// Counts what is told, and reads nothing unless asked.
class Ear final : public rt::Pollable {
 public:
  void on_ready(unsigned bits) noexcept override {
    ++told;
    last = bits;
  }
  int told = 0;
  unsigned last = 0;
};

TEST(Network, ReadinessIsToldOnceForWhatHappens) {
  World world{1, Options::calm()};
  rt::Io& io = world.shard().io();
  rt::Endpoint bound;
  const int listener = io.listen(at("127.0.0.1:0"), 8, bound);
  Peer peer{world};
  ASSERT_TRUE(world.run(peer.connect(bound)));
  rt::Endpoint from;
  const int accepted = io.accept(listener, from);
  Ear ear;
  ASSERT_EQ(io.watch(accepted, ear), 0);
  world.run_for(1s);
  EXPECT_EQ(ear.told, 1);
  EXPECT_EQ(ear.last, rt::kWritable);
  ASSERT_TRUE(world.run(peer.send("abc")));
  world.run_for(1s);
  EXPECT_EQ(ear.told, 2);
  EXPECT_EQ(ear.last, rt::kReadable | rt::kWritable);
  world.run_for(1s);
  EXPECT_EQ(ear.told, 2);  // Nothing new, though there is something to read.
  ASSERT_TRUE(world.run(peer.send("def")));
  world.run_for(1s);
  EXPECT_EQ(ear.told, 3);
  std::array<char, 16> bytes{};
  EXPECT_EQ(io.receive(accepted, bytes), 6);
  EXPECT_EQ(io.receive(accepted, bytes), -EAGAIN);
  peer.shutdown_write();
  world.run_for(1s);
  EXPECT_EQ(ear.told, 4);
  EXPECT_EQ(ear.last, rt::kReadable | rt::kWritable | rt::kPeerClosed);
  EXPECT_EQ(io.receive(accepted, bytes), 0);
  io.shutdown_write(accepted);
  world.run_for(1s);
  EXPECT_EQ(ear.told, 5);
  EXPECT_NE(ear.last & rt::kGone, 0U);
  io.close(accepted, &ear);
  io.close(listener, nullptr);
  peer.close();
}

TEST(World, RunThatCannotEndIsStuckAndNamesTheSeed) {
  World world{17};
  rt::Event never;
  const auto waits = [](rt::Event& event) -> Task<void> { (void)co_await event.wait(kNever); };
  try {
    world.run(waits(never));
    FAIL() << "it ended";
  } catch (const Stuck& stuck) {
    EXPECT_NE(std::string_view{stuck.what()}.find("JUNCTOR_SIM_SEED=17"), std::string_view::npos);
  }
}

TEST(World, EndsTasksThatStillWait) {
  rt::Event leave;
  World world{1, Options::calm()};
  Listener server{world, at("10.0.0.1:80"), wait_for, std::ref(leave)};
  Peer peer{world};
  ASSERT_TRUE(world.run(peer.connect(server.endpoint())));
  peer.close();
  EXPECT_EQ(world.shard().tasks().size(), 2);
}

TEST(World, LimitsAndDescriptorsLeftOpenAreDeadly) {
  EXPECT_DEATH(
      {
        World world{23};
        JUNCTOR_ASSERT(world.network().open_descriptors() == 1);
      },
      "JUNCTOR_SIM_SEED=23");
  EXPECT_DEATH(
      {
        World world{1};
        world.shard().io().close(99, nullptr);
      },
      "assertion failed");
}

TEST(World, RunUntilMovesTheClockThoughNothingHappens) {
  World world{1, Options::calm()};
  world.run_until(kStart + 90min);
  EXPECT_EQ(world.now(), kStart + 90min);
  EXPECT_EQ(world.clock().wall_now(), kWallStart + 90min);
  world.clock().step_wall(-1h);
  EXPECT_EQ(world.clock().wall_now(), kWallStart + 30min);
  EXPECT_EQ(rfc3339(kWallStart), "2026-07-28T09:30:00.000000Z");
}

TEST(World, RunEndsAtTheMomentWhenItsTaskDoes) {
  World world{1, Options::calm()};
  const auto later = [](World& in) -> Task<void> {
    (void)co_await rt::sleep_until(in.now() + 20min);
  };
  world.spawn(later(world));
  EXPECT_EQ(world.run(rt::sleep_until(kStart + 1s)), rt::Wake::timeout);
  EXPECT_LE(world.now(), kStart + 1s + rt::TimerWheel::kTick);
  EXPECT_EQ(world.shard().tasks().size(), 1);
}

TEST(World, SleepersWakeInTheOrderOfTheirDeadlines) {
  World world{1, Options::calm()};
  std::vector<int> woken;
  const auto sleep = [](World& in, Duration duration, int id,
                        std::vector<int>& into) -> Task<void> {
    (void)co_await rt::sleep_until(in.now() + duration);
    into.push_back(id);
  };
  world.spawn(sleep(world, 20min, 3, woken));
  world.spawn(sleep(world, 10ms, 1, woken));
  world.spawn(sleep(world, 9s, 2, woken));
  world.run_until_idle();
  EXPECT_EQ(woken, (std::vector{1, 2, 3}));
  EXPECT_GE(world.now(), kStart + 20min);
}

TEST(SeededRandom, RepeatsItselfAndFillsEveryByte) {
  SeededRandom first{5};
  SeededRandom second{5};
  SeededRandom other{6};
  EXPECT_EQ(first.next(), second.next());
  EXPECT_NE(first.next(), other.next());
  std::array<unsigned, 256> seen{};
  std::array<unsigned char, 8191> bytes{};
  first.fill(bytes);
  for (const unsigned char byte : bytes) ++seen[byte];
  for (const unsigned count : seen) EXPECT_GT(count, 0U);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t drawn = first.between(3, 5);
    ASSERT_TRUE(drawn >= 3 && drawn <= 5);
  }
}

}  // namespace
}  // namespace junctor::sim
