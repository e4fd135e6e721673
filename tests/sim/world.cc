#include "sim/world.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "base/text.h"

// Present in sanitizer builds alone, under the name that their runtime gives it.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier)
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace junctor::sim {
namespace {

using namespace std::chrono_literals;

// What a dying process says; written beforehand, since a signal handler may not format.
std::array<char, 64> last_words{};
std::size_t last_words_bytes = 0;

void say_last_words() {
  (void)!::write(STDERR_FILENO, last_words.data(), last_words_bytes);
}

void on_abort(int) {
  say_last_words();
}

void prepare_last_words(std::uint64_t seed) {
  static const bool installed = [] {
    (void)std::signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_last_words);
    return true;
  }();
  JUNCTOR_ASSERT(installed);
  const std::string words = fmt::format("the simulated world had JUNCTOR_SIM_SEED={}\n", seed);
  last_words_bytes = words.copy(last_words.data(), last_words.size());
}

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::nullopt : parse_unsigned(text);
}

}  // namespace

Options Options::calm() {
  Options options;
  options.unread = Unread::forbidden;
  return options;
}

Options Options::rough() {
  Options options;
  options.network.latency_max = 20ms;
  options.network.segment_bytes_max = 1500;
  options.network.buffer_bytes_min = 512;
  options.network.buffer_bytes_max = std::size_t{32} << 10;
  options.network.short_read_percent = 20;
  options.network.short_write_percent = 20;
  return options;
}

Options Options::hostile() {
  Options options = rough();
  options.network.refused_percent = 5;
  options.network.unanswered_percent = 3;
  options.network.reset_percent = 15;
  options.network.silent_percent = 10;
  return options;
}

World::World(std::uint64_t seed, Options options)
    : seed_{seed},
      options_{options},
      shard_random_{seed * 4 + 1},
      test_random_{seed * 4 + 2},
      network_{seed * 4 + 3, options.network, clock_},
      io_{network_, clock_},
      shard_{0, io_, clock_, shard_random_},
      entered_{shard_} {
  prepare_last_words(seed);
}

World::~World() {
  finish();
  last_words_bytes = 0;
}

void World::run_until(const std::function<bool()>& condition) {
  const Time limit = clock_.now() + options_.time_max;
  io_.set_end(condition);
  for (std::size_t rounds = 0; !condition(); ++rounds) {
    if (rounds >= options_.rounds_max) stuck("too many rounds");
    if (clock_.now() >= limit) stuck("too much simulated time has passed");
    shard_.round(limit);
  }
  io_.set_end({});
}

void World::run_until(Time time) {
  JUNCTOR_ASSERT(time != kNever);
  for (std::size_t rounds = 0; clock_.now() < time; ++rounds) {
    if (rounds >= options_.rounds_max) stuck("too many rounds");
    shard_.round(time);
  }
  shard_.round(time);  // What is due now.
}

void World::run_until_idle() {
  const Time limit = clock_.now() + options_.time_max;
  for (std::size_t rounds = 0;; ++rounds) {
    if (rounds >= options_.rounds_max) stuck("too many rounds without rest");
    if (clock_.now() >= limit) stuck("no rest in the time allowed");
    shard_.round(kNever);
    if (io_.idle()) return;
  }
}

bool World::cancel_all() {
  io_.set_end([this] { return shard_.tasks().size() == 0; });
  shard_.tasks().cancel();
  const Time limit = clock_.now() + options_.time_max;
  for (std::size_t rounds = 0; shard_.tasks().size() != 0; ++rounds) {
    if (rounds >= options_.rounds_max || clock_.now() >= limit) return false;
    shard_.round(limit);
  }
  return true;
}

void World::stuck(std::string_view why) {
  std::string report =
      fmt::format("JUNCTOR_SIM_SEED={}: {}; {} tasks, {} descriptors open:{}", seed_, why,
                  shard_.tasks().size(), network_.open_descriptors(), network_.describe_open());
  finish();  // The result that somebody waits for is about to go.
  throw Stuck{report};
}

void World::finish() {
  if (std::exchange(finished_, true)) return;
  if (!cancel_all()) {
    fmt::print(stderr, "{} tasks ignore that they are cancelled; open:{}\n", shard_.tasks().size(),
               network_.describe_open());
    std::abort();  // Their frames refer to what is about to be destroyed.
  }
  if (network_.open_descriptors() != 0) {
    ADD_FAILURE() << "JUNCTOR_SIM_SEED=" << seed_ << ": left open:" << network_.describe_open();
  }
  if (options_.unread == Unread::forbidden && network_.bytes_unread() != 0) {
    ADD_FAILURE() << "JUNCTOR_SIM_SEED=" << seed_ << ": " << network_.bytes_unread()
                  << " bytes were sent and never read";
  }
}

rt::Endpoint at(std::string_view text) {
  auto parsed = rt::Endpoint::parse(text);
  JUNCTOR_ASSERT(parsed.has_value());
  return *std::move(parsed);
}

std::vector<std::uint64_t> seeds() {
  if (const auto one = number_in_environment("JUNCTOR_SIM_SEED")) return {*one};
  std::vector<std::uint64_t> all(number_in_environment("JUNCTOR_SIM_SEEDS").value_or(100));
  std::iota(all.begin(), all.end(), number_in_environment("JUNCTOR_SIM_FIRST").value_or(0));
  return all;
}

}  // namespace junctor::sim
