#include "agent/stdio_service.h"

#include <utility>

namespace junctor::agent {
namespace {

// How often the end looks whether the shard has come to rest.
constexpr Duration kLook = std::chrono::milliseconds{5};

}  // namespace

StdioService::StdioService(rt::Shard& shard, net::HttpHandler& handler, rt::Signals& signals,
                           Options options)
    : shard_{shard},
      signals_{signals},
      writer_{shard, options.output, options.writer, [this] { over_.set(); }},
      front_{shard, handler, writer_, options.front},
      reader_{shard, options.input, options.reader} {}

void StdioService::start() {
  shard_.tasks().spawn(serve());
  writer_.start();
  reader_.start();
}

// The life of the process, top to bottom.
rt::Task<void> StdioService::serve() {
  const std::size_t tasks_before = shard_.tasks().size();
  tasks_.spawn(watch_input());
  tasks_.spawn(take_lines());
  (void)co_await over_.wait(kNever);
  if (reader_.ended().is_set()) {
    (void)co_await lines_over_.wait(shard_.now() + kLastLinesMax);
  }
  tasks_.cancel();
  (void)co_await tasks_.join();
  co_await front_.end();
  co_await linger(tasks_before);
  has_ended_.store(true);
  signals_.wake();
}

rt::Task<void> StdioService::watch_input() {
  (void)co_await reader_.ended().wait(kNever);
  over_.set();
}

rt::Task<void> StdioService::take_lines() {
  for (;;) {
    auto line = co_await reader_.next();
    if (!line) break;
    co_await front_.take(*std::move(line));
  }
  lines_over_.set();
}

// By looking: it happens once, and an event at every task's end would cost something each time.
rt::Task<void> StdioService::linger(std::size_t tasks_before) {
  const Time end = shard_.now() + kLingerMax;
  while (shard_.tasks().size() > tasks_before && shard_.now() < end) {
    if (co_await rt::sleep_until(shard_.now() + kLook) == rt::Wake::cancelled) co_return;
  }
}

// A signal ends the input; the end of that ends the rest.
void StdioService::wait_blocking() {
  bool is_stopping = false;
  while (!has_ended_.load()) {
    const int signal = signals_.wait_blocking(is_stopping ? kStopMax : Duration{-1});
    if (has_ended_.load() || is_stopping) return;
    if (signal == 0) continue;
    is_stopping = true;
    reader_.stop();
  }
}

}  // namespace junctor::agent
