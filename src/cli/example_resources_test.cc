// Goal: resources are listed, read and subscribed to in both eras, and each subscriber is told what
// it asked for and nothing else. Method: requests over a loopback socket; streams are read while
// `touch` is called beside them.

#include "cli/example_resources.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/text.h"
#include "cli/example_world.h"

namespace junctor::cli {
namespace {

using test::ExampleConnection;
using test::has;
using test::text_between;

class ExampleResourcesTest : public test::ExampleWorld {
 protected:
  void touch(const std::string& uri) {
    const std::string answer =
        modern({.method = "tools/call",
                .params = R"("name":"touch","arguments":{"uri":")" + uri + R"("})",
                .name = "touch"});
    EXPECT_TRUE(has(answer, "Touched " + uri));
  }
  std::string read(const std::string& uri) {
    return modern({.method = "resources/read", .params = R"("uri":")" + uri + '"', .name = uri});
  }
  static std::string listen(const std::string& filter) {
    return text_of({.method = "subscriptions/listen", .params = R"("notifications":)" + filter});
  }
};

TEST_F(ExampleResourcesTest, AreListedByPages) {
  const std::string session = initialize();
  const std::string first = modern({.method = "resources/list"});
  const std::string cursor = text_between(first, R"("nextCursor":")", '"');
  ASSERT_FALSE(cursor.empty()) << first;
  const std::string more = R"("cursor":")" + cursor + '"';
  const std::string second = modern({.method = "resources/list", .params = more});
  EXPECT_TRUE(has(first, R"("uri":"example://greeting","name":"greeting")"));
  EXPECT_TRUE(has(first, R"("uri":"example://notes/1","name":"notes/1")"));
  EXPECT_FALSE(has(first, R"("uri":"example://notes/2")"));
  EXPECT_TRUE(has(second, R"("uri":"example://notes/2")"));
  EXPECT_TRUE(has(second, R"("uri":"example://notes/4")"));
  EXPECT_FALSE(has(second, "nextCursor"));
  EXPECT_TRUE(has(second, R"("ttlMs":60000)"));
  EXPECT_TRUE(has(legacy(session, "resources/list"), R"("nextCursor":")" + cursor));
  EXPECT_TRUE(has(legacy(session, "resources/list", more), R"("uri":"example://notes/4")"));
  for (const char* bad : {R"("cursor":"")", R"("cursor":"2")", R"("cursor":1)"}) {
    EXPECT_TRUE(has(modern({.method = "resources/list", .params = bad}), R"("code":-32602)"));
  }
  EXPECT_TRUE(has(modern({.method = "resources/templates/list"}),
                  R"("uriTemplate":"example://notes/{id}")"));
}

struct ReadCase {
  std::string uri;
  std::string_view content;  // Empty: there is none.
};

const ReadCase kReads[] = {
    {"example://greeting", R"("mimeType":"text/plain","text":"Hello. I was touched 0 times.")"},
    {"example://picture", R"("mimeType":"image/png","blob":"iVBORw0KGgo)"},
    {"example://notes/1", R"("text":"Note 1, touched 0 times.")"},
    {"example://notes/50", R"("text":"Note 50, touched 0 times.")"},
    {"example://notes/0", {}},
    {"example://notes/51", {}},
    {"example://notes/01", {}},
    {"example://notes/", {}},
    {"example://notes/1/2", {}},
    {"example://notes/99999999999999999999999", {}},
    {"example://other", {}},
    {"file:///etc/passwd", {}},
};

TEST_F(ExampleResourcesTest, AreReadInBothEras) {
  const std::string session = initialize();
  for (const ReadCase& c : kReads) {
    SCOPED_TRACE(c.uri);
    const std::string uri = R"("uri":")" + c.uri + '"';
    const std::string now = read(c.uri);
    const std::string old = legacy(session, "resources/read", uri);
    if (c.content.empty()) {
      EXPECT_TRUE(has(now, R"("code":-32602)"));
      EXPECT_TRUE(has(old, R"("code":-32002)"));
      for (const auto& each : {now, old}) EXPECT_TRUE(has(each, R"("data":{)" + uri + '}'));
    } else {
      for (const auto& each : {now, old}) EXPECT_TRUE(has(each, c.content));
      EXPECT_TRUE(has(now, R"("ttlMs":0)"));
    }
  }
  EXPECT_TRUE(has(legacy(session, "resources/read"), R"("code":-32002)"));
}

TEST_F(ExampleResourcesTest, ATouchIsSeen) {
  touch("example://greeting");
  touch("example://greeting");
  touch("example://notes/9");
  EXPECT_TRUE(has(read("example://greeting"), "I was touched 2 times."));
  EXPECT_TRUE(has(read("example://notes/9"), "Note 9, touched 1 times."));
  EXPECT_TRUE(has(read("example://notes/8"), "Note 8, touched 0 times."));
}

// The last touch is of what is wanted: what came before it would have come by then.
TEST_F(ExampleResourcesTest, ALegacySessionIsToldOnItsOwnStream) {
  const std::string session = initialize();
  const std::string note = R"("uri":"example://notes/2")";
  const std::string greeting = R"("uri":"example://greeting")";
  ExampleConnection stream{at(), get_text(session)};
  (void)stream.until("\r\n\r\n");
  touch("example://notes/2");
  EXPECT_TRUE(has(legacy(session, "resources/subscribe", note), R"("result":{})"));
  EXPECT_TRUE(has(legacy(session, "resources/subscribe", greeting), R"("result":{})"));
  touch("example://notes/2");
  const std::string updated =
      R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"example://)";
  EXPECT_TRUE(has(stream.until("notes/2"), updated + R"(notes/2"}})"));
  EXPECT_TRUE(has(legacy(session, "resources/unsubscribe", note), R"("result":{})"));
  touch("example://notes/2");
  touch("example://greeting");
  const std::string& all = stream.until(R"(greeting"}})");
  EXPECT_EQ(all.find("notes/2"), all.rfind("notes/2"));
  EXPECT_TRUE(
      has(legacy(session, "resources/subscribe", R"("uri":"example://no")"), R"("code":-32002)"));
}

TEST_F(ExampleResourcesTest, AModernClientIsToldOnWhatItListensTo) {
  ExampleConnection notes{
      at(), listen(R"({"toolsListChanged":true,"resourceSubscriptions":["example://notes/2",)"
                   R"("example://no","example://notes/3"]})")};
  ExampleConnection greeting{at(), listen(R"({"resourceSubscriptions":["example://greeting"]})")};
  EXPECT_TRUE(has(notes.until("\n\n"),
                  R"("method":"notifications/subscriptions/acknowledged","params":{"_meta":{)"
                  R"("io.modelcontextprotocol/subscriptionId":"x"},"notifications":{)"
                  R"("resourceSubscriptions":["example://notes/2","example://notes/3"]}})"));
  (void)greeting.until("acknowledged");
  touch("example://greeting");
  touch("example://notes/3");
  EXPECT_TRUE(has(notes.until("updated"), R"("params":{"uri":"example://notes/3","_meta":{)"
                                          R"("io.modelcontextprotocol/subscriptionId":"x"}})"));
  EXPECT_FALSE(notes.has("greeting"));
  EXPECT_TRUE(has(greeting.until("updated"), R"("params":{"uri":"example://greeting")"));
  EXPECT_FALSE(greeting.has("notes/3"));
}

// Both eras at once, two sessions of which one wants nothing, and two streams of one client.
TEST_F(ExampleResourcesTest, EachSubscriberIsToldOnce) {
  const std::string wants = initialize();
  const std::string wants_nothing = initialize();
  EXPECT_TRUE(
      has(legacy(wants, "resources/subscribe", R"("uri":"example://picture")"), R"("result":{})"));
  ExampleConnection told{at(), get_text(wants)};
  ExampleConnection not_told{at(), get_text(wants_nothing)};
  ExampleConnection listens{at(), listen(R"({"resourceSubscriptions":["example://picture",)"
                                         R"("example://picture"]})")};
  ExampleConnection listens_too{at(), listen(R"({"resourceSubscriptions":["example://picture"]})")};
  for (ExampleConnection* each : {&told, &not_told}) (void)each->until("\r\n\r\n");
  for (ExampleConnection* each : {&listens, &listens_too}) (void)each->until("acknowledged");
  touch("example://picture");
  for (ExampleConnection* each : {&told, &listens, &listens_too}) (void)each->until("updated");
  stop();
  for (ExampleConnection* each : {&told, &listens, &listens_too}) {
    const std::string& all = each->rest();
    EXPECT_EQ(all.find("resources/updated"), all.rfind("resources/updated"));
  }
  EXPECT_FALSE(has(not_told.rest(), "updated"));
}

TEST_F(ExampleResourcesTest, AFilterThatIsNoneIsRefused) {
  for (const char* filter : {"[]", "7", R"({"resourceSubscriptions":"example://greeting"})",
                             R"({"resourceSubscriptions":[1]})"}) {
    SCOPED_TRACE(filter);
    EXPECT_TRUE(has(exchange(listen(filter)), R"("code":-32602)"));
  }
  EXPECT_TRUE(has(modern({.method = "subscriptions/listen"}), R"("code":-32602)"));
  ExampleConnection none{at(), listen("{}")};
  EXPECT_TRUE(has(none.until("\n\n"), R"("notifications":{}})"));
}

TEST_F(ExampleResourcesTest, SubscribersAreBounded) {
  std::vector<std::unique_ptr<ExampleConnection>> open;
  for (std::size_t i = 0; i < kExampleSubscribersMax; ++i) {
    open.push_back(std::make_unique<ExampleConnection>(at(), listen("{}")));
  }
  for (const auto& each : open) ASSERT_TRUE(has(each->until("acknowledged"), "acknowledged"));
  EXPECT_TRUE(exchange(listen("{}")).starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(exchange(get_text(initialize())).starts_with("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace junctor::cli
