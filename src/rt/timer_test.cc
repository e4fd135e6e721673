// Goal: a timer fires at its deadline or up to one tick late, never early and never twice, whatever
// was done to it and others before; and next_wake() never oversleeps. Method: a wheel driven by
// hand; and a comparison with a model that only keeps a list, for many seeds.

#include "rt/timer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1h + 3ms};
constexpr Duration kTick = TimerWheel::kTick;

class Probe final : public Timer {
 public:
  void on_timer() noexcept override {
    ++fired;
    if (then) then();
  }
  int fired = 0;
  std::function<void()> then;
};

// Goes from wake to wake, as a loop does, and stops after the one that fires the probe.
Time run_to_firing(TimerWheel& wheel, const Probe& probe) {
  const int before = probe.fired;
  for (int rounds = 0; rounds < 10'000; ++rounds) {
    const Time now = wheel.next_wake();
    if (now == kNever) return kNever;
    wheel.advance(now);
    if (probe.fired > before) return now;
  }
  return kNever;
}

TEST(Timer, FiresAtItsDeadlineOrATickLater) {
  const Duration ahead_of_start[] = {1ns,    1ms,    8ms,     8ms + 1ns, 100ms, 8191ms,  8192ms,
                                     8193ms, 8200ms, 16384ms, 60s,       1h,    24h * 7, 24h * 400};
  for (const Duration ahead : ahead_of_start) {
    SCOPED_TRACE(ahead.count());
    TimerWheel wheel{kStart};
    Probe probe;
    probe.arm(wheel, kStart + ahead);
    EXPECT_TRUE(probe.armed());
    if (ahead > 24h) {
      wheel.advance(kStart + ahead - 1ns);
      EXPECT_EQ(probe.fired, 0);
    }
    const Time fired = run_to_firing(wheel, probe);
    EXPECT_GE(fired, kStart + ahead);
    EXPECT_LE(fired, kStart + ahead + kTick);
    EXPECT_FALSE(probe.armed());
    EXPECT_EQ(probe.fired, 1);
  }
}

TEST(Timer, DeadlineThatHasPassedFiresWithTheNextTick) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kStart - 1h);
  const Time fired = run_to_firing(wheel, probe);
  EXPECT_GT(fired, kStart);
  EXPECT_LE(fired, kStart + kTick);
}

TEST(Timer, FarthestDeadlineNeedsNoSpecialCase) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kNever - 1ns);
  wheel.advance(kStart + 24h);
  EXPECT_EQ(probe.fired, 0);
  EXPECT_TRUE(probe.armed());
}

TEST(Timer, DisarmedDoesNotFire) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kStart + 1s);
  probe.disarm();
  EXPECT_FALSE(probe.armed());
  wheel.advance(kStart + 1h);
  EXPECT_EQ(probe.fired, 0);
  EXPECT_EQ(wheel.next_wake(), kNever);
}

TEST(Timer, ArmedForNeverIsDisarmed) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kStart + 1s);
  probe.arm(wheel, kNever);
  EXPECT_FALSE(probe.armed());
  wheel.advance(kStart + 1h);
  EXPECT_EQ(probe.fired, 0);
}

TEST(Timer, MovedLaterFiresThenAndNotBefore) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kStart + 1s);
  probe.arm(wheel, kStart + 30s);
  wheel.advance(kStart + 29s);
  EXPECT_EQ(probe.fired, 0);
  wheel.advance(kStart + 30s + kTick);
  EXPECT_EQ(probe.fired, 1);
}

TEST(Timer, MovedEarlierFiresThen) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kStart + 30s);
  probe.arm(wheel, kStart + 1s);
  const Time fired = run_to_firing(wheel, probe);
  EXPECT_GE(fired, kStart + 1s);
  EXPECT_LE(fired, kStart + 1s + kTick);
  wheel.advance(kStart + 1h);
  EXPECT_EQ(probe.fired, 1);
}

TEST(Timer, DisarmedAndArmedAgainFiresOnce) {
  TimerWheel wheel{kStart};
  Probe probe;
  for (int i = 0; i < 10; ++i) {
    probe.arm(wheel, kStart + 1s);
    probe.disarm();
  }
  probe.arm(wheel, kStart + 2s);
  wheel.advance(kStart + 1500ms);
  EXPECT_EQ(probe.fired, 0);
  wheel.advance(kStart + 3s);
  EXPECT_EQ(probe.fired, 1);
}

TEST(Timer, MillionsOfRearmingsNeedNoMemoryAndKeepTheLast) {
  TimerWheel wheel{kStart};
  Probe probe;
  Time now = kStart;
  for (int i = 0; i < 3'000'000; ++i) {
    now += 1us;
    probe.arm(wheel, now + 5s);
    if (i % 1000 == 0) wheel.advance(now);
  }
  EXPECT_EQ(probe.fired, 0);
  const Time fired = run_to_firing(wheel, probe);
  EXPECT_GE(fired, now + 5s);
  EXPECT_LE(fired, now + 5s + kTick);
}

TEST(Timer, AllAreFoundAfterALongSleep) {
  TimerWheel wheel{kStart};
  std::vector<Probe> probes(3000);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    probes[i].arm(wheel, kStart + Duration{20ms} * static_cast<int>(i));
  }
  wheel.advance(kStart + 1h);
  EXPECT_TRUE(std::ranges::all_of(probes, [](const Probe& probe) { return probe.fired == 1; }));
}

TEST(Timer, MayArmItselfAgainWhileItFires) {
  TimerWheel wheel{kStart};
  Probe probe;
  Time now = kStart;
  probe.then = [&] { probe.arm(wheel, now + 100ms); };
  probe.arm(wheel, kStart + 100ms);
  for (int i = 0; i < 100; ++i) {
    now += 50ms;
    wheel.advance(now);
  }
  EXPECT_GE(probe.fired, 24);
  EXPECT_LE(probe.fired, 50);
  probe.disarm();
}

TEST(Timer, ThatArmsItselfForThePastDoesNotHangTheRound) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.then = [&] { probe.arm(wheel, kStart); };
  probe.arm(wheel, kStart);
  wheel.advance(kStart + 1h);
  EXPECT_EQ(probe.fired, 1);
  wheel.advance(kStart + 1h + kTick);
  EXPECT_EQ(probe.fired, 2);
  probe.disarm();
}

TEST(Timer, MayDestroyItselfAndOthersOfTheSameSlotWhileItFires) {
  TimerWheel wheel{kStart};
  std::vector<std::unique_ptr<Probe>> probes(5);
  for (auto& probe : probes) {
    probe = std::make_unique<Probe>();
    probe->arm(wheel, kStart + 1s);
  }
  int fired = 0;
  probes[1]->then = [&] {
    ++fired;
    probes.clear();  // The one that fires among them; touches nothing of itself afterwards.
  };
  wheel.advance(kStart + 2s);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.next_wake(), kNever);
}

TEST(Timer, MayDisarmOrMoveAnotherOfTheSameSlot) {
  TimerWheel wheel{kStart};
  Probe first;
  Probe disarmed;
  Probe moved;
  for (Probe* probe : {&first, &disarmed, &moved}) probe->arm(wheel, kStart + 1s);
  first.then = [&] {
    disarmed.disarm();
    moved.arm(wheel, kStart + 10s);
  };
  wheel.advance(kStart + 2s);
  EXPECT_EQ(first.fired, 1);
  EXPECT_EQ(disarmed.fired, 0);
  EXPECT_EQ(moved.fired, 0);
  wheel.advance(kStart + 11s);
  EXPECT_EQ(moved.fired, 1);
}

TEST(TimerWheel, TimeThatStandsStillFiresNothing) {
  TimerWheel wheel{kStart};
  Probe probe;
  probe.arm(wheel, kStart + 1ms);
  wheel.advance(kStart);
  wheel.advance(kStart);
  EXPECT_EQ(probe.fired, 0);
  EXPECT_GT(wheel.next_wake(), kStart);
}

TEST(TimerWheel, WithoutTimersNeverWakes) {
  TimerWheel wheel{kStart};
  EXPECT_EQ(wheel.next_wake(), kNever);
  wheel.advance(kStart + 24h);
  EXPECT_EQ(wheel.next_wake(), kNever);
}

// What a timer must do, without a wheel: the deadline, and the tick in which it must have fired.
struct Expected {
  Time deadline = kNever;
  Time due = kNever;
  int fired = 0;
};

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_{seed}, wheel_{now_}, probes_(20), expected_(20) {
    for (std::size_t i = 0; i < probes_.size(); ++i) {
      probes_[i].then = [this, i] { on_fire(i); };
    }
  }
  ~Model() {
    for (Probe& probe : probes_) probe.then = nullptr;
  }

  void step() {
    const std::size_t which = random_() % probes_.size();
    switch (random_() % 8) {
      case 0: return disarm(which);
      case 1: return advance_to(now_ + random_up_to(30s));
      case 2: return advance_to(now_ + random_up_to(20ms));
      case 3:
      case 4: {
        const Time wake = wheel_.next_wake();
        if (wake != kNever) advance_to(wake);
        return;
      }
      default: return arm(which, now_ + random_up_to(random_() % 4 == 0 ? 1h : 10s) - 5ms);
    }
  }

 private:
  static Time floor_tick(Time time) { return Time{time.time_since_epoch() / kTick * kTick}; }
  static Time ceil_tick(Time time) { return floor_tick(time + kTick - 1ns); }
  Duration random_up_to(Duration most) {
    return Duration{
        static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most.count()))};
  }

  void arm(std::size_t which, Time deadline) {
    probes_[which].arm(wheel_, deadline);
    expected_[which].deadline = deadline;
    // One tick is turned once: what is armed in it waits for the next.
    expected_[which].due = std::max(ceil_tick(deadline), floor_tick(now_) + kTick);
  }
  void disarm(std::size_t which) {
    probes_[which].disarm();
    expected_[which].deadline = expected_[which].due = kNever;
  }
  void on_fire(std::size_t which) {
    EXPECT_LE(expected_[which].deadline, now_) << "early, or not armed";
    expected_[which].deadline = expected_[which].due = kNever;
    if (random_() % 3 == 0) arm(which, now_ + random_up_to(12s) - 1ms);
    if (random_() % 5 == 0) disarm(random_() % probes_.size());
    if (random_() % 5 == 0) arm(random_() % probes_.size(), now_ + random_up_to(12s));
  }
  void advance_to(Time time) {
    now_ = time;
    wheel_.advance(now_);
    const Time wake = wheel_.next_wake();
    EXPECT_GT(wake, floor_tick(now_));
    for (std::size_t i = 0; i < probes_.size(); ++i) {
      EXPECT_GT(expected_[i].due, now_) << "late";
      EXPECT_LE(wake, expected_[i].due) << "would oversleep";
      EXPECT_EQ(probes_[i].deadline(), expected_[i].deadline);
    }
  }

  std::mt19937_64 random_;
  Time now_ = kStart;
  TimerWheel wheel_;
  std::vector<Probe> probes_;
  std::vector<Expected> expected_;
};

TEST(TimerWheel, AgreesWithAListForAnySeed) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Model model{seed};
    for (int i = 0; i < 1000; ++i) model.step();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace junctor::rt
