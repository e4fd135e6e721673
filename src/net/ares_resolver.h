#pragma once
// AresResolver: names to addresses through c-ares on the shard's own loop, with a cache.
//
// The channel is made at the first name that has to be asked for; numeric hosts and localhost never
// get there. One question a name is under way at a time: whoever asks meanwhile waits for the same
// answer, and a waiter that leaves (deadline, cancellation) leaves the question running for the
// cache. c-ares reads /etc/hosts and /etc/resolv.conf.
//
// Source:  RFC 6761 section 6.3 (localhost), RFC 8305 section 4, RFC 2308 (negative answers).
// Limits:  Options.
// Errors:  as net/resolver.h.
// Threads: one shard. It is destroyed after the tasks that use it and before its KernelIo.

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "net/resolver.h"
#include "rt/event.h"
#include "rt/kernel_io.h"
#include "rt/shard.h"
#include "rt/task.h"
#include "rt/timer.h"

namespace junctor::net {

class AresResolver final : public Resolver, rt::Timer {
 public:
  struct Options {
    std::string servers;  // "10.0.0.2,10.0.0.3:5353"; empty: those of /etc/resolv.conf.
    std::chrono::milliseconds try_timeout{2000};  // Of one question to one server ...
    int tries = 2;                                // ... and how often each is asked.
    Duration ttl_min = std::chrono::seconds{1};
    Duration ttl_max = std::chrono::minutes{5};
    Duration negative_ttl = std::chrono::seconds{1};
    std::size_t names_max = 1024;  // Kept or being asked for; the one that ends first makes room.
  };

  AresResolver(rt::Shard& shard, rt::KernelIo& io, Options options);
  ~AresResolver() override;
  AresResolver(const AresResolver&) = delete;
  AresResolver& operator=(const AresResolver&) = delete;

  [[nodiscard]] rt::Task<Result<std::vector<rt::Endpoint>>> resolve(std::string host,
                                                                    std::uint16_t port,
                                                                    Time deadline) override;
  [[nodiscard]] std::size_t names() const noexcept { return entries_.size(); }
  // Questions that c-ares was given.
  [[nodiscard]] std::size_t asked() const noexcept { return asked_; }

 private:
  struct Entry;
  struct Channel;
  struct Question;
  class Watched;

  [[nodiscard]] Result<std::shared_ptr<Entry>> find_or_ask(const std::string& host);
  [[nodiscard]] bool make_room();
  [[nodiscard]] Result<> open_channel();
  void ask(const std::string& host, const std::shared_ptr<Entry>& entry);
  void answered(Entry& entry, int status, const std::vector<rt::Endpoint>& found, Duration ttl);
  void watch(int descriptor, unsigned bits);
  void process(int descriptor, unsigned bits) noexcept;
  void arm_timer() noexcept;
  void on_timer() noexcept override;

  rt::Shard& shard_;
  rt::KernelIo& io_;
  Options options_;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;
  std::map<int, std::unique_ptr<Watched>> watched_;  // c-ares's sockets.
  std::unique_ptr<Channel> channel_;
  std::size_t asked_ = 0;
};

}  // namespace junctor::net
