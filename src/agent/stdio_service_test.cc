// Goal: from the first line to the end of the process: lines in, lines out, and an end that comes
// when the input ends, the reader leaves or a signal asks for it, and waits for nobody else.
// Method: the whole service over real pipes with its own threads, before an endpoint that does what
// it is told; signals sent to this very process.

#include "agent/stdio_service.h"

#include <gtest/gtest.h>

#include "agent/scripted_endpoint.h"
#include "agent/stdio_peer.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::ScriptedEndpoint;
using test::StdioPeer;

// What the process may take to end, on a busy machine.
constexpr Duration kEndMax = 2s;

std::string modern(std::string_view method, int id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string{method} +
         R"(","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
         R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
}

struct Rig {
  explicit Rig(StdioService::Options options = {})
      : peer{[this](rt::Shard&) { return endpoint; }, options} {}
  std::shared_ptr<ScriptedEndpoint> endpoint = std::make_shared<ScriptedEndpoint>();
  StdioPeer peer;
};

TEST(StdioService, LinesGoInAndComeOut) {
  Rig rig;
  rig.peer.say(modern("echo", 1));
  EXPECT_TRUE(rig.peer.hear().starts_with(R"({"jsonrpc":"2.0","id":1,"result":)"));
  EXPECT_EQ(rig.peer.finish(), "");
  EXPECT_LT(rig.peer.took, kEndMax);
}

TEST(StdioService, WhatWasSaidBeforeTheEndIsStillBegunInItsOrder) {
  Rig rig;
  std::string all = R"({"jsonrpc":"2.0","id":0,"method":"initialize"})"
                    "\n"
                    R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
                    "\n";
  for (int i = 1; i <= 200; ++i) {
    all += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"method":"echo"})" + "\n";
  }
  rig.peer.write(all);
  const std::string out = rig.peer.finish();
  EXPECT_EQ(std::ranges::count(out, '\n'), 202) << "200 answers, that of initialize, and news";
  EXPECT_EQ(rig.endpoint->verbs().back(), "DELETE");
}

TEST(StdioService, CallsThatRunAreCancelledWhenTheInputEnds) {
  Rig rig;
  for (int i = 1; i <= 20; ++i) rig.peer.say(modern("slow", i));
  rig.peer.say(modern("echo", 21));
  (void)rig.peer.hear("\"id\":21");
  EXPECT_EQ(rig.peer.finish(), "");
  EXPECT_EQ(rig.endpoint->gone, 20);
  EXPECT_LT(rig.peer.took, kEndMax);
}

TEST(StdioService, AnInitializeThatHangsDoesNotKeepTheProcess) {
  Rig rig;
  rig.endpoint->hold_notes = true;
  rig.peer.say(R"({"jsonrpc":"2.0","id":0,"method":"initialize"})");
  (void)rig.peer.hear();
  rig.peer.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  (void)rig.peer.finish();
  EXPECT_LT(rig.peer.took, kEndMax);
}

TEST(StdioService, AReaderThatLeavesEndsIt) {
  Rig rig;
  rig.peer.say(modern("slow", 1));
  rig.peer.leave_output();
  rig.peer.wait();
  (void)rig.peer.finish();
  EXPECT_LE(rig.endpoint->gone, 1) << "if it was begun at all, it was told";
}

TEST(StdioService, ASignalIsTheEndOfTheInput) {
  Rig rig;
  rig.peer.say(modern("slow", 1));
  rig.peer.say(modern("echo", 2));
  (void)rig.peer.hear("\"id\":2");
  ASSERT_EQ(::kill(::getpid(), SIGUSR2), 0);
  rig.peer.wait();
  (void)rig.peer.finish();
  EXPECT_EQ(rig.endpoint->gone, 1);
}

TEST(StdioService, AHugeLineCostsThatLineAlone) {
  StdioService::Options options;
  options.reader.line_bytes_max = 1000;
  Rig rig{options};
  rig.peer.say(std::string(5'000'000, 'x'));
  rig.peer.say(modern("echo", 1));
  EXPECT_EQ(rig.peer.hear(), R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,)"
                             R"("message":"A line is over the limit."}})");
  EXPECT_TRUE(rig.peer.hear().starts_with(R"({"jsonrpc":"2.0","id":1,"result":)"));
}

}  // namespace
}  // namespace junctor::agent
