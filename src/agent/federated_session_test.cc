// Goal: what members say in one client's session keeps its bytes, and whose question is whose is
// never mixed up. Method: a session of a federated route in the simulated world, whose members are
// spoken for by the test; a recorded answer as the client's standalone stream. Calls, cancellation
// and resumption over real sockets are in tests/journeys/federation_sessions.py.

#include "agent/federated_session.h"

#include <gtest/gtest.h>

#include "agent/federated_route.h"
#include "agent/offering.h"
#include "agent/recorded_answer.h"
#include "agent/session_store.h"

namespace junctor::agent {
namespace {

struct Rig {
  Rig() {
    auto opened = gateway.gateway.plane().sessions().open(nullptr, {}, sim::at("10.9.9.9:1"));
    session = opened.value();
    session->set_federated(std::make_unique<FederatedSession>(
        *gateway.gateway.plane().federated("/mcp"), *session, R"({"roots":{}})"));
    session->standalone()->attach(answer);
  }
  ~Rig() { session->standalone()->detach(answer); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  FederatedSession& federated() { return *session->federated(); }
  // A member says it on its own stream.
  void say(std::size_t member, std::string_view text) {
    federated().say(member, *session->standalone(), read_upstream_message(text));
  }
  // What the client has been told since the last time.
  std::vector<std::string> heard() {
    std::vector<std::string> messages;
    for (std::size_t at = out.body.find("data: ", taken); at != std::string::npos;
         at = out.body.find("data: ", at)) {
      at += 6;
      messages.push_back(out.body.substr(at, out.body.find('\n', at) - at));
    }
    taken = out.body.size();
    return messages;
  }

  test::FederatedGateway gateway;
  Limits limits;
  test::WrittenRequest request;
  test::RecordedAnswer out;
  ClientAnswer answer{gateway.world.shard(), out, request, limits};
  std::shared_ptr<Session> session;
  std::size_t taken = 0;
};

using Texts = std::vector<std::string>;

std::string question(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string{id} +
         R"(,"method":"elicitation/create","params":{"x":1.50}})";
}
std::string cancelled(std::string_view id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::string{id} + R"(,"reason":"r"}})";
}

TEST(FederatedSession, QuestionsOfTwoMembersWithOneIdAreTwo) {
  for (const std::string_view id : {"7", R"("7")", R"("\u0037")", "-1"}) {
    Rig rig;
    rig.say(0, question(id));
    rig.say(1, question(id));
    EXPECT_EQ(rig.heard(), (Texts{question("1"), question("2")}));
    const auto second = rig.federated().take_question("2");
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->member, 1U);
    EXPECT_EQ(second->id, id) << "as the member wrote it";
    EXPECT_FALSE(rig.federated().take_question("2").has_value()) << "one answer to one question";
    const auto first = rig.federated().take_question("1");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->member, 0U);
  }
}

TEST(FederatedSession, AnswersToWhatWasNotAskedAreNobodys) {
  Rig rig;
  rig.say(0, question("5"));
  for (const std::string_view id : {"5", "0", "2", "-1", "1.0", R"("1")", "null", "",
                                    "18446744073709551617", "99999999999999999999999"})
    EXPECT_FALSE(rig.federated().take_question(id).has_value()) << id;
  EXPECT_TRUE(rig.federated().take_question("1").has_value());
}

TEST(FederatedSession, AQuestionIsCancelledUnderTheClientsNumberAndByItsMemberAlone) {
  Rig rig;
  rig.say(0, question("7"));
  rig.say(1, question("7"));
  (void)rig.heard();
  rig.say(1, cancelled("7"));
  EXPECT_EQ(rig.heard(), Texts{cancelled("2")});
  EXPECT_FALSE(rig.federated().take_question("2").has_value());
  rig.say(1, cancelled("7"));
  rig.say(0, cancelled("8"));
  EXPECT_EQ(rig.heard(), Texts{}) << "of nothing that waits";
  EXPECT_TRUE(rig.federated().take_question("1").has_value());
}

TEST(FederatedSession, TheOldestQuestionMakesRoom) {
  Rig rig;
  const std::size_t over = FederatedSession::kQuestionsMax + 3;
  for (std::size_t i = 1; i <= over; ++i) rig.say(0, question(std::to_string(i)));
  EXPECT_FALSE(rig.federated().take_question("3").has_value());
  const auto oldest = rig.federated().take_question("4");
  ASSERT_TRUE(oldest.has_value());
  EXPECT_EQ(oldest->id, "4");
  EXPECT_TRUE(rig.federated().take_question(std::to_string(over)).has_value());
}

TEST(FederatedSession, WhatElseMembersSayPassesAsItIs) {
  const std::string texts[] = {
      R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1.50}})",
      R"({ "params":{"uri":"x:\u0061"},"method":"notifications/resources/updated"})",
      R"({"jsonrpc":"2.0","method":"vendor/unknown","params":[1e400]})",
  };
  Rig rig;
  for (const std::string& text : texts) {
    rig.say(1, text);
    EXPECT_EQ(rig.heard(), Texts{text});
  }
}

TEST(FederatedSession, AListChangeIsTheCatalogsToTell) {
  Rig rig;
  for (const std::string_view list : {"tools", "prompts", "resources"}) {
    rig.say(0, R"({"jsonrpc":"2.0","method":"notifications/)" + std::string{list} +
                   R"(/list_changed"})");
  }
  EXPECT_EQ(rig.heard(), Texts{});
  for (const auto& [kind, list] : {std::pair{ListKind::tools, "tools"},
                                   {ListKind::prompts, "prompts"},
                                   {ListKind::resources, "resources"},
                                   {ListKind::templates, "resources"}}) {
    rig.federated().tell_changed(kind);
    EXPECT_EQ(rig.heard(), Texts{R"({"jsonrpc":"2.0","method":"notifications/)" +
                                 std::string{list} + R"(/list_changed"})"});
  }
}

rt::Task<Result<std::shared_ptr<Session>>> member(Rig& rig, std::size_t index) {
  const Time deadline = rig.gateway.world.now() + std::chrono::minutes{1};
  co_return co_await rig.federated().member(index, deadline);
}
rt::Task<void> keep_member(Rig& rig, std::vector<std::shared_ptr<Session>>& found) {
  auto opened = co_await member(rig, 0);
  found.push_back(opened ? *opened : nullptr);
}

TEST(FederatedSession, ManyWhoNeedAMemberOpenItOnce) {
  Rig rig;
  std::vector<std::shared_ptr<Session>> found;
  for (int i = 0; i < 10; ++i) rig.gateway.world.spawn(keep_member(rig, found));
  rig.gateway.world.run_until([&] { return found.size() == 10; });
  for (const auto& each : found) EXPECT_EQ(each, found.front());
  EXPECT_NE(found.front(), nullptr);
  EXPECT_EQ(rig.gateway.a.opened, 1);
  EXPECT_EQ(rig.gateway.b.opened, 0);
}

TEST(FederatedSession, ALostSessionIsLostOnce) {
  Rig rig;
  const auto first = rig.gateway.world.run(member(rig, 0)).value();
  rig.federated().lose(0, first);
  const auto second = rig.gateway.world.run(member(rig, 0)).value();
  EXPECT_NE(first, second);
  rig.federated().lose(0, first);
  EXPECT_EQ(rig.federated().opened(0), second) << "who finds it out late does not lose the new one";
  Session::Call running;
  ASSERT_TRUE(first->begin(running).has_value());
  rig.federated().close_lost();
  EXPECT_FALSE(first->closed()) << "a call is still in it";
  first->end(running);
  rig.federated().close_lost();
  EXPECT_TRUE(first->closed());
  EXPECT_FALSE(second->closed());
}

TEST(FederatedSession, OneThatIsClosedWhileAMemberOpensEndsThatToo) {
  Rig rig;
  std::vector<std::shared_ptr<Session>> found;
  rig.gateway.world.spawn(keep_member(rig, found));
  rig.gateway.gateway.plane().sessions().close(*rig.session, SessionStore::Twin::end);
  rig.gateway.world.run_for(std::chrono::seconds{5});
  EXPECT_EQ(found, (std::vector<std::shared_ptr<Session>>{nullptr}));
  EXPECT_EQ(rig.gateway.a.opened, 1);
  EXPECT_TRUE(rig.gateway.a.sessions.empty());
}

}  // namespace
}  // namespace junctor::agent
