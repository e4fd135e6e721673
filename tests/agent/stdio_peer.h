#pragma once
// A handler behind a StdioService of its own thread, and its client, which writes and reads lines
// over real pipes.
//
//   StdioPeer peer{[](rt::Shard& shard) { return handler; }};
//   peer.say(R"({…})");
//   EXPECT_EQ(peer.hear(), …);
//
// Threads: the handler runs on the service's thread; the rest is the test's.

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/pipe.h"
#include "agent/stdio_service.h"
#include "rt/clock.h"
#include "rt/kernel_io.h"

namespace junctor::agent::test {

class StdioPeer {
 public:
  using MakeHandler = std::function<std::shared_ptr<net::HttpHandler>(rt::Shard&)>;

  explicit StdioPeer(const MakeHandler& make, StdioService::Options options = {})
      : handler_{make(shard_)} {
    options.input = in_.reader();
    options.output = out_.writer();
    service_ = std::make_unique<StdioService>(shard_, *handler_, signals_, options);
    {
      const rt::Shard::Entered entered{shard_};
      service_->start();
    }
    thread_ = std::thread{[this] { shard_.run(); }};
  }
  ~StdioPeer() {
    if (thread_.joinable()) (void)finish();
  }
  StdioPeer(const StdioPeer&) = delete;
  StdioPeer& operator=(const StdioPeer&) = delete;

  void say(std::string_view line) { in_.write(std::string{line} + "\n"); }
  // As it is, without a line end.
  void write(std::string_view text) { in_.write(text); }
  std::string hear() { return out_.read_line(); }
  // The next line that has `part` in it; those in front of it are dropped.
  std::string hear(std::string_view part) {
    for (;;) {
      std::string line = hear();
      if (line.empty() || line.find(part) != std::string::npos) return line;
    }
  }
  void leave_output() { out_.close_reader(); }
  void wait() { service_->wait_blocking(); }

  // Ends the input and gives what is still written; `took` says how long the service took.
  std::string finish() {
    in_.close_writer();
    const Time begin = clock_.now();
    service_->wait_blocking();
    took = clock_.now() - begin;
    shard_.stop();
    thread_.join();
    service_.reset();
    out_.close_writer();
    return out_.read_rest();
  }
  Duration took{0};

 private:
  rt::Signals signals_{SIGUSR2};
  Pipe in_;
  Pipe out_;
  rt::SystemClock clock_;
  rt::SystemRandom random_;
  rt::KernelIo io_;
  rt::Shard shard_{0, io_, clock_, random_};
  std::shared_ptr<net::HttpHandler> handler_;
  std::unique_ptr<StdioService> service_;
  std::thread thread_;
};

}  // namespace junctor::agent::test
