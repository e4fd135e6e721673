// Goal: a handler sees of a request made of text what it would see of one from a connection.
// Method: heads that are heads and some that are not; bodies at the limit and over it.

#include "agent/text_request.h"

#include <gtest/gtest.h>

#include "support.h"

namespace junctor::agent {
namespace {

using wire::http1::HeaderId;

constexpr std::string_view kHead =
    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: s-1\r\n\r\n";

Buffer buffer_of(std::string_view text) {
  Buffer buffer;
  buffer.append(text);
  return buffer;
}

auto make(std::string_view head, std::string_view body = {}) {
  return TextRequest::make(std::string{head}, buffer_of(body),
                           rt::Endpoint::ipv4({127, 0, 0, 1}, 7));
}

TEST(TextRequest, ShowsHeadBodyAndPeer) {
  const auto request = make(kHead, "{}");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ((*request)->head().method, wire::http1::Method::post);
  EXPECT_EQ((*request)->header(HeaderId::mcp_session_id), "s-1");
  EXPECT_EQ((*request)->header(HeaderId::mcp_name), "");
  EXPECT_EQ((*request)->body_now(2), "{}");
  EXPECT_EQ((*request)->peer().port(), 7);
}

TEST(TextRequest, ABodyOverTheHandlersLimitIsRefused) {
  support::StillLoop loop;
  const auto request = make(kHead, "{}");
  ASSERT_TRUE(request.has_value());
  EXPECT_FALSE((*request)->body_now(1).has_value());
  EXPECT_EQ(loop.run((*request)->body(2)).value(), "{}");
  const auto refused = loop.run((*request)->body(1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::too_large);
  EXPECT_EQ(refused.error().detail(), "The message is over the limit of 1 bytes.");
}

TEST(TextRequest, WhatWasGivenBackIsEmpty) {
  const auto request = make(kHead, "{}");
  ASSERT_TRUE(request.has_value());
  (*request)->release_head();
  EXPECT_EQ((*request)->body_now(2), "{}") << "the body stays";
  (*request)->release();
  EXPECT_EQ((*request)->body_now(2), "");
}

TEST(TextRequest, WhatIsNoHeadIsRefused) {
  for (const std::string_view head :
       {"", "POST /mcp HTTP/1.1\r\nHost: a\r\n", "POST /mcp HTTP/1.1\r\nHost: a\r\n\r\nmore",
        "POST /mcp HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n"}) {
    SCOPED_TRACE(head);
    const auto request = make(head);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().kind(), ErrorKind::invalid_argument);
  }
}

}  // namespace
}  // namespace junctor::agent
