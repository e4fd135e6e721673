// Goal: known names are known in any case and nothing else is; the table of fields answers what is
// in it; the vector scans stop exactly where their scalar definitions stop. Method: every known
// name, spoiled at every byte; tables; scans over every byte value at every place of windows of
// every size around the vector width.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http1_fields.h"
#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

struct Name {
  std::string_view text;
  HeaderId id;
};

const Name kNames[] = {
    {"host", HeaderId::host},
    {"content-length", HeaderId::content_length},
    {"transfer-encoding", HeaderId::transfer_encoding},
    {"connection", HeaderId::connection},
    {"keep-alive", HeaderId::keep_alive},
    {"te", HeaderId::te},
    {"trailer", HeaderId::trailer},
    {"upgrade", HeaderId::upgrade},
    {"http2-settings", HeaderId::http2_settings},
    {"proxy-connection", HeaderId::proxy_connection},
    {"proxy-authorization", HeaderId::proxy_authorization},
    {"proxy-authenticate", HeaderId::proxy_authenticate},
    {"expect", HeaderId::expect},
    {"content-type", HeaderId::content_type},
    {"content-encoding", HeaderId::content_encoding},
    {"accept", HeaderId::accept},
    {"accept-encoding", HeaderId::accept_encoding},
    {"accept-language", HeaderId::accept_language},
    {"authorization", HeaderId::authorization},
    {"dpop", HeaderId::dpop},
    {"cookie", HeaderId::cookie},
    {"set-cookie", HeaderId::set_cookie},
    {"origin", HeaderId::origin},
    {"user-agent", HeaderId::user_agent},
    {"forwarded", HeaderId::forwarded},
    {"mcp-protocol-version", HeaderId::mcp_protocol_version},
    {"mcp-session-id", HeaderId::mcp_session_id},
    {"mcp-method", HeaderId::mcp_method},
    {"mcp-name", HeaderId::mcp_name},
    {"last-event-id", HeaderId::last_event_id},
    {"traceparent", HeaderId::traceparent},
    {"tracestate", HeaderId::tracestate},
    {"baggage", HeaderId::baggage},
    {"access-control-request-headers", HeaderId::access_control_request_headers},
    {"access-control-request-method", HeaderId::access_control_request_method},
    {"retry-after", HeaderId::retry_after},
    {"location", HeaderId::location},
    {"www-authenticate", HeaderId::www_authenticate},
    {"cache-control", HeaderId::cache_control},
    {"date", HeaderId::date},
    {"server", HeaderId::server},
    {"vary", HeaderId::vary},
    {"allow", HeaderId::allow},
};

// One of each family is tried below.
static_assert(std::size(kNames) + 4 == kHeaderIdCount, "every id but `other` and three families");

std::string in_capitals(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    out += byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  return out;
}

//= mcp 2026-07-28 basic/transports/streamable-http#case-sensitivity:names MUST
TEST(Classify, KnowsEveryNameInAnyCase) {
  for (const Name& name : kNames) {
    EXPECT_EQ(classify(name.text), name.id) << name.text;
    EXPECT_EQ(classify(in_capitals(name.text)), name.id) << name.text;
    std::string title{name.text};
    title[0] = in_capitals(name.text)[0];
    EXPECT_EQ(classify(title), name.id) << name.text;
  }
}

TEST(Classify, KnowsNoNameWithOneByteChanged) {
  for (const Name& name : kNames) {
    for (std::size_t at = 0; at < name.text.size(); ++at) {
      for (const char byte : {'_', 'q', '!', '~', '0', '^'}) {
        if (name.text[at] == byte) continue;
        std::string spoiled{name.text};
        spoiled[at] = byte;
        EXPECT_NE(classify(spoiled), name.id) << spoiled;
      }
    }
  }
}

TEST(Classify, KnowsNoNameWithOneByteMoreOrLess) {
  for (const Name& name : kNames) {
    EXPECT_NE(classify(std::string{name.text} + "x"), name.id) << name.text;
    EXPECT_NE(classify("x" + std::string{name.text}), name.id) << name.text;
    EXPECT_NE(classify(name.text.substr(1)), name.id) << name.text;
    EXPECT_NE(classify(name.text.substr(0, name.text.size() - 1)), name.id) << name.text;
  }
}

TEST(Classify, KnowsFamilies) {
  const Name kRows[] = {
      {"Mcp-Param-X", HeaderId::mcp_param},
      {"mcp-param-region-and-a-long-tail-of-a-name", HeaderId::mcp_param},
      {"MCP-PARAM-METHOD", HeaderId::mcp_param},
      {"Mcp-Param-", HeaderId::other},
      {"Mcp-Params", HeaderId::other},
      {"X-Forwarded-For", HeaderId::x_forwarded},
      {"X-Forwarded-Proto", HeaderId::x_forwarded},
      {"x-forwarded-client-cert", HeaderId::x_forwarded},
      {"X-Forwarded-", HeaderId::other},
      {"X-Real-IP", HeaderId::x_forwarded},
      {"Via", HeaderId::x_forwarded},
      {"Access-Control-Allow-Origin", HeaderId::access_control},
      {"Access-Control-Max-Age", HeaderId::access_control},
      {"Access-Control-", HeaderId::other},
      {"X", HeaderId::other},
      {"", HeaderId::other},
      {"X-Request-Id", HeaderId::other},
      {std::string_view{"a-name-longer-than-any-name-that-is-known"}, HeaderId::other},
  };
  for (const Name& row : kRows) EXPECT_EQ(classify(row.text), row.id) << row.text;
}

TEST(Classify, SortsOutWhatConcernsOneConnection) {
  for (const HeaderId id :
       {HeaderId::connection, HeaderId::keep_alive, HeaderId::te, HeaderId::trailer,
        HeaderId::upgrade, HeaderId::http2_settings, HeaderId::proxy_connection,
        HeaderId::proxy_authenticate, HeaderId::proxy_authorization, HeaderId::transfer_encoding,
        HeaderId::content_length, HeaderId::expect}) {
    EXPECT_TRUE(is_hop_by_hop(id));
    EXPECT_FALSE(is_family(id));
  }
  for (const HeaderId id : {HeaderId::other, HeaderId::host, HeaderId::content_type,
                            HeaderId::authorization, HeaderId::mcp_param, HeaderId::x_forwarded}) {
    EXPECT_FALSE(is_hop_by_hop(id));
  }
  EXPECT_TRUE(is_family(HeaderId::other));
  EXPECT_TRUE(is_family(HeaderId::mcp_param));
  EXPECT_TRUE(is_family(HeaderId::x_forwarded));
  EXPECT_TRUE(is_family(HeaderId::access_control));
}

TEST(Token, IsWhatTheGrammarSays) {
  EXPECT_TRUE(is_token("a"));
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  EXPECT_FALSE(is_token(""));
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const bool is_alnum = (value >= '0' && value <= '9') || (value >= 'A' && value <= 'Z') ||
                          (value >= 'a' && value <= 'z');
    const bool want = is_alnum || (value != 0 && std::string_view{"!#$%&'*+-.^_`|~"}.find(byte) !=
                                                     std::string_view::npos);
    EXPECT_EQ(is_token({&byte, 1}), want) << value;
    EXPECT_EQ(is_token("a" + std::string(1, byte) + "b"), want) << value;
  }
}

TEST(Text, ComparesIgnoringTheCaseOfLettersOnly) {
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_TRUE(equal_ignoring_case("aZ-1", "Az-1"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
  EXPECT_FALSE(equal_ignoring_case("\xC4", "\xE4"));
}

TEST(Text, TrimsSpacesAndTabsOnly) {
  EXPECT_EQ(trim_blanks(" \t a b\t "), "a b");
  EXPECT_EQ(trim_blanks(" \t "), "");
  EXPECT_EQ(trim_blanks(""), "");
  EXPECT_EQ(trim_blanks("\xA0 a\x0B"), "\xA0 a\x0B");
}

TEST(ListReader, GivesEveryMemberAndEmptyOnesToo) {
  const struct {
    std::string_view value;
    std::vector<std::string_view> members;
  } kRows[] = {
      {"a", {"a"}},     {"", {""}},        {"a,b", {"a", "b"}}, {" a ,\tb ", {"a", "b"}},
      {",", {"", ""}},  {"a,", {"a", ""}}, {",a", {"", "a"}},   {"a,,b", {"a", "", "b"}},
      {"a b", {"a b"}},
  };
  for (const auto& row : kRows) {
    std::vector<std::string_view> got;
    for (ListReader list{row.value}; list.next();) got.push_back(list.member());
    EXPECT_EQ(got, row.members) << row.value;
  }
}

Headers table(std::initializer_list<Header> rows) {
  Headers headers;
  for (const Header& row : rows) headers.add({row.name, row.value, classify(row.name)});
  return headers;
}

TEST(Headers, FindsTheFirstByIdAndByName) {
  const Headers headers = table({{"Host", "a", {}},
                                 {"X-A", "1", {}},
                                 {"Cookie", "b", {}},
                                 {"x-a", "2", {}},
                                 {"COOKIE", "c", {}}});
  EXPECT_EQ(headers.size(), 5U);
  EXPECT_EQ(headers.value(HeaderId::host), "a");
  EXPECT_EQ(headers.value(HeaderId::cookie), "b");
  EXPECT_EQ(headers.find(HeaderId::origin), nullptr);
  EXPECT_EQ(headers.value(HeaderId::origin), "");
  ASSERT_NE(headers.find("X-a"), nullptr);
  EXPECT_EQ(headers.find("X-a")->value, "1");
  EXPECT_EQ(headers.find("cookie"), headers.find(HeaderId::cookie));
  EXPECT_EQ(headers.find("x-b"), nullptr);
}

TEST(Headers, CountsAndTellsWhatIsRepeated) {
  const Headers headers = table({{"Host", "a", {}},
                                 {"Cookie", "b", {}},
                                 {"Cookie", "c", {}},
                                 {"Cookie", "d", {}},
                                 {"Via", "e", {}},
                                 {"X-Forwarded-For", "f", {}}});
  EXPECT_EQ(headers.count(HeaderId::host), 1U);
  EXPECT_EQ(headers.count(HeaderId::cookie), 3U);
  EXPECT_EQ(headers.count(HeaderId::origin), 0U);
  EXPECT_EQ(headers.count(HeaderId::x_forwarded), 2U);
  EXPECT_FALSE(headers.is_repeated(HeaderId::host));
  EXPECT_FALSE(headers.is_repeated(HeaderId::origin));
  EXPECT_TRUE(headers.is_repeated(HeaderId::cookie));
}

TEST(Headers, FillsUpAndIsEmptiedAndCopied) {
  Headers headers;
  while (!headers.is_full()) headers.add({"a", "b", HeaderId::other});
  EXPECT_EQ(headers.size(), kHeadersCapacity);
  const Headers copy = headers;
  headers.clear();
  EXPECT_TRUE(headers.empty());
  EXPECT_EQ(headers.begin(), headers.end());
  EXPECT_EQ(headers.find(HeaderId::other), nullptr);
  EXPECT_FALSE(headers.is_repeated(HeaderId::other));
  EXPECT_EQ(copy.count(HeaderId::other), kHeadersCapacity);
  EXPECT_EQ((copy.end() - 1)->value, "b");
}

TEST(Headers, KnowsWhatConnectionLists) {
  const Headers headers = table({{"Connection", "close, X-Forwarded-For", {}},
                                 {"Other", "X-B", {}},
                                 {"connection", ",x-c ,", {}}});
  EXPECT_TRUE(is_listed_in_connection(headers, "Close"));
  EXPECT_TRUE(is_listed_in_connection(headers, "x-forwarded-for"));
  EXPECT_TRUE(is_listed_in_connection(headers, "X-C"));
  EXPECT_FALSE(is_listed_in_connection(headers, "X-B"));
  EXPECT_FALSE(is_listed_in_connection(headers, "X-Forwarded"));
  EXPECT_FALSE(is_listed_in_connection(Headers{}, "close"));
}

// Windows of 0 to 50 bytes, in memory of exactly that size; one byte of every value at every place.
template <class Scan>
void expect_twins_agree(char filler) {
  ASSERT_FALSE(Scan::stops_at(filler));
  for (std::size_t bytes = 0; bytes <= 50; ++bytes) {
    const auto memory = std::make_unique<char[]>(bytes);
    char* from = memory.get();
    std::fill_n(from, bytes, filler);
    EXPECT_EQ(scan<Scan>(from, from + bytes), from + bytes);
    for (std::size_t at = 0; at < bytes; ++at) {
      for (int value = 0; value < 256; ++value) {
        from[at] = static_cast<char>(value);
        const char* want = scan_scalar<Scan>(from, from + bytes);
        ASSERT_EQ(scan<Scan>(from, from + bytes), want) << bytes << " " << at << " " << value;
        ASSERT_EQ(want, Scan::stops_at(from[at]) ? from + at : from + bytes);
      }
      from[at] = filler;
    }
  }
}

TEST(Scan, TwinsAgreeOnControls) {
  expect_twins_agree<ControlScan>('x');
}
TEST(Scan, TwinsAgreeOnInvisibles) {
  expect_twins_agree<InvisibleScan>('x');
}
TEST(Scan, TwinsAgreeOnNameEnds) {
  expect_twins_agree<NameEndScan>('x');
}
TEST(Scan, TwinsAgreeOnPathEnds) {
  expect_twins_agree<PathEndScan>('x');
}

TEST(Scan, ValueEndsAtTheFirstByteThatMayNotStandInIt) {
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const std::string text = std::string(20, '\t') + byte + std::string(20, 'x');
    const char* end = text.data() + text.size();
    const char* want = may_stand_in_value(byte) ? end : text.data() + 20;
    EXPECT_EQ(value_end(text.data(), end), want) << value;
  }
}

}  // namespace
}  // namespace junctor::wire::http1
