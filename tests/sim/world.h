#pragma once
// World: one shard on a simulated clock, network and dice, in which real rooms run. A seed decides
// everything; the same seed gives the same history.
//
//   sim::for_each_seed([](std::uint64_t seed) {
//     sim::World world{seed, sim::Options::hostile()};
//     sim::Listener upstream{world, sim::at("10.0.0.1:80"), serve};
//     const auto answer = world.run(call(world.shard(), upstream.endpoint()));
//     ...
//   });
//
// The world is its thread's current shard while it lives. At its end all tasks are cancelled and
// must end; then no descriptor may be open and, where Options say so, no byte unread.
//
// Limits:  Options::time_max of simulated time and rounds_max rounds for each run.
// Errors:  a run that does not end throws Stuck, with the seed; an end that is not clean is a test
//          failure. A crash prints the seed too. JUNCTOR_SIM_TRACE=1 prints every call and event.
// Threads: one world per thread.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "rt/shard.h"
#include "rt/task.h"
#include "run_task.h"
#include "sim/clock.h"
#include "sim/network.h"
#include "sim/sim_io.h"

namespace junctor::sim {

enum class Unread : unsigned char { allowed, forbidden };

struct Options {
  NetworkOptions network;
  Duration time_max = std::chrono::hours{1};
  std::size_t rounds_max = 1'000'000;
  Unread unread = Unread::allowed;

  // Nothing goes wrong, nothing takes time, and every byte sent must be read.
  [[nodiscard]] static Options calm();
  // Delays, cuts, small buffers; nothing is lost.
  [[nodiscard]] static Options rough();
  // As rough(), and connections are refused, break and fall silent.
  [[nodiscard]] static Options hostile();
};

class Stuck : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class World {
 public:
  explicit World(std::uint64_t seed, Options options = Options::rough());
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] rt::Shard& shard() noexcept { return shard_; }
  [[nodiscard]] Network& network() noexcept { return network_; }
  [[nodiscard]] SimClock& clock() noexcept { return clock_; }
  // For the test's own choices; a stream of its own, so that they do not move the network's dice.
  [[nodiscard]] SeededRandom& random() noexcept { return test_random_; }
  [[nodiscard]] Time now() noexcept { return clock_.now(); }

  // Runs beside everything else, until it ends or the world does.
  void spawn(rt::Task<void> task) { shard_.tasks().spawn(std::move(task)); }

  // Runs the world until this task has ended; its result.
  template <class T>
  T run(rt::Task<T> task) {
    return support::run_task(*this, std::move(task));
  }
  void run_until(const std::function<bool()>& condition);
  void run_until(Time time);
  void run_for(Duration duration) { run_until(clock_.now() + duration); }
  // Until nothing would ever happen again, except what the test does next. Passes every timeout
  // that is set: to let the network come to rest, run_for() a while instead.
  void run_until_idle();

  // Cancels all tasks, waits for them, and checks that nothing is left. The destructor calls it.
  void finish();

 private:
  [[noreturn]] void stuck(std::string_view why);
  // True when all tasks have ended.
  bool cancel_all();

  std::uint64_t seed_;
  Options options_;
  SimClock clock_;
  SeededRandom shard_random_;
  SeededRandom test_random_;
  Network network_;
  SimIo io_;
  rt::Shard shard_;
  rt::Shard::Entered entered_;
  bool finished_ = false;
};

// An address written down in a test.
[[nodiscard]] rt::Endpoint at(std::string_view text);

// JUNCTOR_SIM_SEED alone, or JUNCTOR_SIM_SEEDS of them (100) from JUNCTOR_SIM_FIRST (0) on.
[[nodiscard]] std::vector<std::uint64_t> seeds();

// Stops at the first seed that fails.
template <class Body>
void for_each_seed(Body body) {
  for (const std::uint64_t seed : seeds()) {
    const testing::ScopedTrace trace{__FILE__, __LINE__,
                                     "JUNCTOR_SIM_SEED=" + std::to_string(seed)};
    body(seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace junctor::sim
