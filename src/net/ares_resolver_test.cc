// Goal: names become addresses through c-ares on the shard's loop; each is asked for once at a time
// and kept as long as it may be; nobody waits longer than allowed, and who leaves breaks nothing.
// Method: a small DNS server over UDP on the same shard, that answers from a table, late or never.

#include "net/ares_resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <set>

#include "net/loopback.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Loop;
using Addresses = std::vector<rt::Endpoint>;

constexpr unsigned kTypeA = 1;  // The other one asked for is AAAA.

class DnsServer final : rt::Pollable {
 public:
  struct Record {
    std::vector<std::string> v4;
    std::vector<std::string> v6;
    std::uint32_t ttl = 300;
  };
  std::map<std::string, Record> names;  // Others do not exist.
  bool holds_back = false;              // Answers wait for release().
  std::multiset<std::string> asked;     // For IPv4.

  explicit DnsServer(rt::KernelIo& io) : io_{io} {
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    JUNCTOR_ASSERT(socket_ >= 0 && ::bind(socket_, address, size) == 0);
    JUNCTOR_ASSERT(::getsockname(socket_, address, &size) == 0);
    port_ = ntohs(at.sin_port);
    JUNCTOR_ASSERT(io_.watch(socket_, *this) == 0);
  }
  ~DnsServer() { io_.close(socket_, this); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::size_t held() const { return held_.size(); }
  void release() {
    holds_back = false;
    for (const auto& [to, text] : held_) send(to, text);
    held_.clear();
  }

 private:
  void on_ready(unsigned) noexcept override {
    char room[1500];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    ssize_t got = 0;
    while ((got = ::recvfrom(socket_, room, sizeof room, 0, reinterpret_cast<sockaddr*>(&from),
                             &size)) > 0) {
      const std::string text = answer({room, static_cast<std::size_t>(got)});
      if (holds_back) {
        held_.emplace_back(from, text);
      } else {
        send(from, text);
      }
    }
  }
  void send(const sockaddr_in& to, const std::string& text) {
    ::sendto(socket_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to),
             sizeof to);
  }

  // RFC 1035 section 4: header, question, answers that point at the question's name.
  std::string answer(std::string_view question) {
    std::string name;
    std::size_t at = 12;
    while (question[at] != 0) {
      const auto length = std::size_t{static_cast<unsigned char>(question[at])};
      if (!name.empty()) name += '.';
      name += question.substr(at + 1, length);
      at += length + 1;
    }
    const auto type = static_cast<unsigned char>(question[at + 2]);
    if (type == kTypeA) asked.insert(name);
    const auto found = names.find(name);
    std::string records;
    unsigned char count = 0;
    if (found != names.end()) {
      const bool is_v4 = type == kTypeA;
      for (const std::string& text : is_v4 ? found->second.v4 : found->second.v6) {
        unsigned char bytes[16];
        JUNCTOR_ASSERT(::inet_pton(is_v4 ? AF_INET : AF_INET6, text.c_str(), bytes) == 1);
        const std::size_t size = is_v4 ? 4 : 16;
        const std::uint32_t ttl = found->second.ttl;
        for (const unsigned byte : {0xC0U, 12U, 0U, unsigned{type}, 0U, 1U, ttl >> 24, ttl >> 16,
                                    ttl >> 8, ttl, 0U, static_cast<unsigned>(size)}) {
          records += static_cast<char>(byte & 0xFF);
        }
        records.append(reinterpret_cast<const char*>(bytes), size);
        ++count;
      }
    }
    std::string text{question.substr(0, 2)};
    const char code = found == names.end() ? '\x83' : '\x80';  // Recursion available; no such name.
    text.append({'\x81', code, 0, 1, 0, static_cast<char>(count), 0, 0, 0, 0});
    text += question.substr(12, at + 5 - 12);
    return text + records;
  }

  rt::KernelIo& io_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::vector<std::pair<sockaddr_in, std::string>> held_;
};

class Ares : public testing::Test {
 protected:
  void open(AresResolver::Options options = {}) {
    options.servers = dns_.address();
    resolver_ = std::make_unique<AresResolver>(loop_.shard, loop_.io.kernel, std::move(options));
  }
  Result<Addresses> resolve(std::string host, Duration patience = 5s) {
    return loop_.run(resolver_->resolve(std::move(host), 80, loop_.in(patience)));
  }
  void pass(Duration time) {
    const Time until = loop_.in(time);
    EXPECT_TRUE(loop_.until([&] { return loop_.clock.now() > until; }));
  }

  Loop loop_;
  DnsServer dns_{loop_.io.kernel};
  std::unique_ptr<AresResolver> resolver_;
};

rt::Task<void> keep(rt::Task<Result<Addresses>> task, std::optional<Result<Addresses>>& out) {
  out.emplace(co_await std::move(task));
}

TEST_F(Ares, AnswersNumbersAndLocalhostItself) {
  open();
  EXPECT_EQ(resolve("10.1.2.3")->at(0).text(), "10.1.2.3:80");
  EXPECT_EQ(resolve("::1")->at(0).text(), "[::1]:80");
  for (const std::string name : {"localhost", "localhost.", "app.localhost"}) {
    const auto got = resolve(name);
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 2U);
    EXPECT_EQ(got->at(0).text(), "127.0.0.1:80");
    EXPECT_TRUE(got->at(1).is_loopback());
  }
  EXPECT_EQ(resolver_->asked(), 0U);
}

TEST_F(Ares, GivesTheAddressesOfBothFamiliesInTurns) {
  open();
  dns_.names["up.test"] = {.v4 = {"10.0.0.1", "10.0.0.2"}, .v6 = {"2001:db8::1", "2001:db8::2"}};
  const auto got = resolve("up.test");
  ASSERT_TRUE(got) << got.error().detail();
  ASSERT_EQ(got->size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_NE(got->at(i).family(), got->at(i - 1).family());
  for (const rt::Endpoint& address : *got) EXPECT_EQ(address.port(), 80);
}

TEST_F(Ares, AsksOnceForManyWhoWait) {
  open();
  dns_.names["up.test"] = {.v4 = {"10.0.0.1"}, .v6 = {}};
  dns_.holds_back = true;
  std::array<std::optional<Result<Addresses>>, 5> out;
  rt::TaskGroup group;
  for (auto& one : out) group.spawn(keep(resolver_->resolve("up.test", 443, kNever), one));
  EXPECT_TRUE(loop_.until([this] { return dns_.held() >= 1; }));
  dns_.release();
  EXPECT_TRUE(loop_.until([&group] { return group.size() == 0; }));
  for (const auto& one : out) EXPECT_EQ((*one)->at(0).text(), "10.0.0.1:443");
  EXPECT_EQ(resolver_->asked(), 1U);
  EXPECT_EQ(dns_.asked.count("up.test"), 1U);
  EXPECT_TRUE(resolve("up.test"));
  EXPECT_EQ(resolver_->asked(), 1U) << "from the cache";
}

TEST_F(Ares, KeepsAnAnswerBetweenItsBounds) {
  open({.servers = {}, .ttl_min = 30ms, .ttl_max = 60ms});
  dns_.names["short.test"] = {.v4 = {"10.0.0.1"}, .v6 = {}, .ttl = 0};
  dns_.names["long.test"] = {.v4 = {"10.0.0.2"}, .v6 = {}, .ttl = 86'400};
  EXPECT_TRUE(resolve("short.test"));
  EXPECT_TRUE(resolve("short.test"));
  EXPECT_TRUE(resolve("long.test"));
  EXPECT_EQ(resolver_->asked(), 2U);
  pass(61ms);
  EXPECT_TRUE(resolve("short.test"));
  EXPECT_TRUE(resolve("long.test"));
  EXPECT_EQ(resolver_->asked(), 4U);
}

TEST_F(Ares, RemembersForAMomentThatThereIsNoSuchName) {
  open({.servers = {}, .negative_ttl = 30ms});
  const auto got = resolve("none.test");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(got.error().reason(), "dns_failed");
  EXPECT_FALSE(resolve("none.test"));
  EXPECT_EQ(resolver_->asked(), 1U);
  dns_.names["none.test"] = {.v4 = {"10.0.0.9"}, .v6 = {}};
  pass(31ms);
  EXPECT_TRUE(resolve("none.test"));
}

TEST_F(Ares, LeavesTheQuestionRunningWhenAWaiterHasNoTime) {
  open();
  dns_.names["slow.test"] = {.v4 = {"10.0.0.3"}, .v6 = {}};
  dns_.holds_back = true;
  const auto got = resolve("slow.test", 10ms);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::deadline_exceeded);
  dns_.release();
  EXPECT_TRUE(resolve("slow.test"));
  EXPECT_EQ(resolver_->asked(), 1U);
}

TEST_F(Ares, LetsAWaiterBeCancelled) {
  open();
  dns_.names["slow.test"] = {.v4 = {"10.0.0.3"}, .v6 = {}};
  dns_.holds_back = true;
  std::optional<Result<Addresses>> out;
  rt::TaskGroup group;
  group.spawn(keep(resolver_->resolve("slow.test", 80, kNever), out));
  group.cancel();
  EXPECT_TRUE(loop_.until([&group] { return group.size() == 0; }));
  EXPECT_EQ(out->error().kind(), ErrorKind::cancelled);
  EXPECT_TRUE(loop_.until([this] { return dns_.held() >= 1; }));
  dns_.release();
  EXPECT_TRUE(resolve("slow.test"));
}

TEST_F(Ares, GivesUpOnAServerThatIsSilent) {
  open({.servers = {}, .try_timeout = 20ms, .tries = 2});
  dns_.holds_back = true;
  const auto got = resolve("slow.test");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "dns_timeout");
  EXPECT_EQ(got.error().kind(), ErrorKind::unavailable);
  EXPECT_GE(dns_.asked.count("slow.test"), 2U) << "it was asked again";
}

TEST_F(Ares, HoldsNoMoreNamesThanItsLimit) {
  open({.servers = {}, .names_max = 2});
  for (const std::string name : {"a.test", "b.test", "c.test"}) {
    dns_.names[name] = {.v4 = {"10.0.0.1"}, .v6 = {}};
    EXPECT_TRUE(resolve(name));
  }
  EXPECT_EQ(resolver_->names(), 2U);
  dns_.holds_back = true;
  EXPECT_FALSE(resolve("d.test", 1ms));
  EXPECT_FALSE(resolve("e.test", 1ms));
  const auto busy = resolve("f.test");
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().reason(), "dns_busy");
  EXPECT_EQ(resolver_->names(), 2U);
}

TEST_F(Ares, MayEndWithAQuestionUnderWay) {
  open();
  dns_.holds_back = true;
  EXPECT_FALSE(resolve("slow.test", 1ms));
  resolver_.reset();
  dns_.release();
  pass(1ms);
}

TEST_F(Ares, SaysWhatIsWrongWithItsServers) {
  AresResolver resolver{loop_.shard, loop_.io.kernel, {.servers = "not a server"}};
  const auto got = loop_.run(resolver.resolve("up.test", 80, loop_.in(1s)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "dns_failed");
}

}  // namespace
}  // namespace junctor::net
