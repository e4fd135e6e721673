// Goal: only a server that proves the host's name to a trusted authority is spoken to, with
// HTTP/1.1 and nothing old; bytes pass unchanged in any amount; and an end that TLS did not
// announce is no end. Method: certificates made on the spot, a blocking OpenSSL server in a thread,
// and the real client.

#include "net/tls.h"

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/loopback.h"
#include "net/scripted_server.h"
#include "net/tls_server.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Identity;
using test::Loop;
using test::TlsServer;
using wire::http1::RequestKind;

struct Told final : AnswerSink {
  std::string body;
  Result<> on_head(const wire::http1::ResponseHead&) override { return {}; }
  Result<> on_body(std::string_view piece, Part) override {
    body += piece;
    return {};
  }
};

rt::Task<Result<std::string>> exchange(HttpClient& client, std::string head, std::string body,
                                       Time deadline) {
  head += "Host: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::string_view pieces[] = {head, body};
  JUNCTOR_CO_TRY(ClientCall call,
                 co_await client.call(pieces, RequestKind::other, Repeatable::no, deadline));
  Told told;
  while (call) {
    const auto progress = co_await call.read(told, deadline);
    JUNCTOR_CO_CHECK(progress);
  }
  co_return told.body;
}

class Tls : public testing::Test {
 protected:
  // The server's certificate is the authority's, or its own when `trusted` is none.
  enum class Signed : std::uint8_t { by_authority, by_itself };

  void serve(const Identity::Options& identity, Signed by = Signed::by_authority,
             TlsServer::Options options = {}) {
    const Identity made{identity, by == Signed::by_authority ? &authority_ : nullptr};
    server_ = std::make_unique<TlsServer>(made, std::move(options));
    at_ = server_->at();
  }
  void open(const std::string& host = "up.test", ClientLimits limits = {}) {
    const std::string path =
        testing::TempDir() + "junctor_tls_test_" + std::to_string(getpid()) + ".pem";
    authority_.write(path);
    auto made = TlsClient::make_blocking({.ca_file = path});
    ::unlink(path.c_str());
    ASSERT_TRUE(made) << made.error().detail();
    tls_ = *std::move(made);
    resolver_.names[host] = {at_};
    client_ = std::make_unique<HttpClient>(
        loop_.shard,
        HttpClient::Options{
            .upstream = "up", .url = Url::parse("https://" + host + "/").value(), .limits = limits},
        resolver_, tls_.get(), metrics_, Logger{});
  }
  Result<std::string> call(std::string body = "hello", std::string line = "POST / HTTP/1.1\r\n",
                           Duration patience = 8s) {
    return loop_.run(exchange(*client_, std::move(line), std::move(body), loop_.in(patience)));
  }
  void close() {
    client_.reset();
    if (server_ != nullptr) server_->stop();
  }
  void TearDown() override { close(); }

  Identity authority_{{.common_name = "test authority", .is_authority = true}};
  Loop loop_;
  test::TableResolver resolver_;
  Metrics metrics_;
  rt::Endpoint at_;
  std::unique_ptr<TlsServer> server_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<HttpClient> client_;
};

struct Case {
  std::string_view name;
  Identity::Options identity;
  std::string host;
  std::string says;  // A part of the sentence; empty: it works.
  bool by_itself = false;
  TlsServer::Options server = {};
};

const Case kCases[] = {
    {"valid", {.common_name = "x", .alternatives = "DNS:up.test"}, "up.test", ""},
    {"root_dot", {.common_name = "x", .alternatives = "DNS:up.test"}, "up.test.", ""},
    {"one_of_several",
     {.common_name = "x", .alternatives = "DNS:b.test,DNS:up.test"},
     "up.test",
     ""},
    {"wildcard", {.common_name = "x", .alternatives = "DNS:*.up.test"}, "a.up.test", ""},
    {"address", {.common_name = "x", .alternatives = "IP:127.0.0.1"}, "127.0.0.1", ""},
    {"tls_1_2",
     {.common_name = "x", .alternatives = "DNS:up.test"},
     "up.test",
     "",
     false,
     {.version_max = TLS1_2_VERSION}},
    {"chooses_http1",
     {.common_name = "x", .alternatives = "DNS:up.test"},
     "up.test",
     "",
     false,
     {.protocol = "http/1.1"}},
    {"self_signed",
     {.common_name = "x", .alternatives = "DNS:up.test"},
     "up.test",
     "self-signed",
     true},
    {"wrong_name",
     {.common_name = "x", .alternatives = "DNS:down.test"},
     "up.test",
     "hostname mismatch"},
    {"wildcard_of_two_levels",
     {.common_name = "x", .alternatives = "DNS:*.up.test"},
     "a.b.up.test",
     "hostname mismatch"},
    {"partial_wildcard",
     {.common_name = "x", .alternatives = "DNS:a*.up.test"},
     "ab.up.test",
     "hostname mismatch"},
    {"only_the_common_name", {.common_name = "up.test"}, "up.test", "hostname mismatch"},
    {"wrong_address",
     {.common_name = "x", .alternatives = "IP:127.0.0.2"},
     "127.0.0.1",
     "IP address mismatch"},
    {"address_as_a_name",
     {.common_name = "x", .alternatives = "DNS:127.0.0.1"},
     "127.0.0.1",
     "IP address mismatch"},
    {"expired",
     {.common_name = "x", .alternatives = "DNS:up.test", .valid_from = -2h, .valid_until = -1h},
     "up.test",
     "expired"},
    {"not_yet_valid",
     {.common_name = "x", .alternatives = "DNS:up.test", .valid_from = 1h, .valid_until = 2h},
     "up.test",
     "not yet valid"},
    {"chooses_http2",
     {.common_name = "x", .alternatives = "DNS:up.test"},
     "up.test",
     "TLS|HTTP/1.1",
     false,
     {.protocol = "h2"}},
    {"tls_1_1",
     {.common_name = "x", .alternatives = "DNS:up.test"},
     "up.test",
     "TLS",
     false,
     {.version_max = TLS1_1_VERSION}},
};

class TlsTable : public Tls, public testing::WithParamInterface<Case> {};

TEST_P(TlsTable, TrustsOnlyWhomItShould) {
  const Case& row = GetParam();
  serve(row.identity, row.by_itself ? Signed::by_itself : Signed::by_authority, row.server);
  open(row.host);
  const auto got = call();
  close();
  if (row.says.empty()) {
    ASSERT_TRUE(got) << got.error().detail();
    EXPECT_EQ(*got, "hello");
    ASSERT_EQ(server_->server_names.size(), 1U);
    const bool is_address = row.host == "127.0.0.1";
    EXPECT_EQ(server_->server_names[0],
              is_address ? "" : row.host.substr(0, row.host.find(".test") + 5));
    EXPECT_EQ(server_->goodbyes, 1U);
    return;
  }
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "upstream_unavailable");
  const std::string& detail = got.error().detail();
  const std::string first = row.says.substr(0, row.says.find('|'));
  const std::string second = row.says.substr(row.says.find('|') + 1);
  EXPECT_TRUE(detail.find(first) != std::string::npos || detail.find(second) != std::string::npos)
      << detail;
  EXPECT_EQ(server_->requests, 0U) << "nothing was said";
}

INSTANTIATE_TEST_SUITE_P(Certificates, TlsTable, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

const Identity::Options kGood{.common_name = "x", .alternatives = "DNS:up.test"};

TEST_F(Tls, KeepsAConnectionForManyCalls) {
  serve(kGood);
  open();
  ASSERT_TRUE(call());
  const std::size_t sends = loop_.io.sends;
  const std::size_t receives = loop_.io.receives;
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(call("body " + std::to_string(i)).value(), "body " + std::to_string(i));
  EXPECT_EQ(loop_.io.sends - sends, 10U) << "head and body leave as one record";
  EXPECT_EQ(loop_.io.receives - receives, 10U);
  close();
  EXPECT_EQ(server_->server_names.size(), 1U);
  EXPECT_EQ(server_->requests, 11U);
}

TEST_F(Tls, CarriesMegabytesBothWays) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    serve(kGood, Signed::by_authority, {.version_max = version});
    open();
    std::string body(std::size_t{3} << 20, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
      body[i] = static_cast<char>(i * 2'654'435'761U >> 13);
    for (int i = 0; i < 2; ++i) {
      const auto got = call(body);
      ASSERT_TRUE(got) << got.error().detail();
      EXPECT_TRUE(*got == body);
    }
    close();
    EXPECT_EQ(server_->server_names.size(), 1U);
  }
}

TEST_F(Tls, ShortensTheNextHandshake) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    serve(kGood, Signed::by_authority, {.version_max = version});
    open("up.test", {.idle_max = 0});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(call());
    EXPECT_EQ(tls_->sessions_reused(), 2U);
    close();
    EXPECT_EQ(server_->server_names.size(), 3U);
  }
}

TEST_F(Tls, TellsAnEndFromACut) {
  for (const bool says_goodbye : {true, false}) {
    serve(kGood, Signed::by_authority, {.says_goodbye = says_goodbye});
    open();
    const auto got = call("", "GET /until-close HTTP/1.1\r\n");
    close();
    if (says_goodbye) {
      ASSERT_TRUE(got) << got.error().detail();
      EXPECT_EQ(*got, "all of it");
    } else {
      ASSERT_FALSE(got);
      EXPECT_EQ(got.error().reason(), "upstream_stream_lost");
    }
  }
}

TEST_F(Tls, IsNotSpokenWithAServerThatDoesNotSpeakIt) {
  test::ScriptedServer plain{loop_.shard};
  using Do = test::Step::Do;
  plain.scripts = {{{Do::send, "HTTP/1.1 400 Bad Request\r\n\r\n"}, {Do::await_end}},
                   {{Do::finish}}};
  at_ = plain.at();
  open();
  for (int i = 0; i < 2; ++i) {
    const auto got = call();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().reason(), "upstream_unavailable");
    EXPECT_NE(got.error().detail().find("TLS with up.test failed"), std::string::npos)
        << got.error().detail();
  }
}

TEST_F(Tls, WaitsForTheHandshakeNoLongerThanItMay) {
  test::ScriptedServer silent{loop_.shard};
  silent.scripts = {{{test::Step::Do::gate}}, {{test::Step::Do::gate}}};
  at_ = silent.at();
  open("up.test", {.connect_timeout = 30ms});
  const auto mine = call();
  ASSERT_FALSE(mine);
  EXPECT_EQ(mine.error().reason(), "upstream_unavailable");
  const auto callers = call("", "GET / HTTP/1.1\r\n", 5ms);
  ASSERT_FALSE(callers);
  EXPECT_EQ(callers.error().reason(), "upstream_timeout");
}

rt::Task<void> keep(rt::Task<Result<std::string>> task, std::optional<Result<std::string>>& out) {
  out.emplace(co_await std::move(task));
}

TEST_F(Tls, MayBeCancelledWithinTheHandshake) {
  test::ScriptedServer silent{loop_.shard};
  silent.scripts = {{{test::Step::Do::gate}}};
  at_ = silent.at();
  open();
  std::optional<Result<std::string>> out;
  rt::TaskGroup group;
  group.spawn(keep(exchange(*client_, "GET / HTTP/1.1\r\n", "", kNever), out));
  EXPECT_TRUE(loop_.until([&silent] { return silent.accepted == 1; }));
  group.cancel();
  EXPECT_TRUE(loop_.until([&group] { return group.size() == 0; }));
  EXPECT_EQ(out->error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(client_->open_connections(), 0U);
}

TEST(TlsClient, SaysThatItsAuthoritiesCannotBeRead) {
  const auto got = TlsClient::make_blocking({.ca_file = "/nonexistent/ca.pem"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "bad_ca_file");
  EXPECT_NE(got.error().detail().find("/nonexistent/ca.pem"), std::string::npos);
}

TEST(TlsClient, ReadsTheSystemsAuthorities) {
  EXPECT_TRUE(TlsClient::make_blocking({}));
}

}  // namespace
}  // namespace junctor::net
