// Goal: what would be written twice, or change how a request is read, is known as ours; a value is
// one line that every reader takes for the same. Method: a row for each kind.
#include "agent/upstream_header.h"

#include <gtest/gtest.h>

namespace junctor::agent {
namespace {

TEST(UpstreamHeader, OursAreThoseOfProtocolAndFraming) {
  for (const char* name : {"Host", "content-length", "Transfer-Encoding", "Connection", "ACCEPT",
                           "Accept-Encoding", "Mcp-Method", "Mcp-Param-Region", "Origin"}) {
    EXPECT_TRUE(is_own_header(name)) << name;
  }
  for (const char* name : {"Authorization", "X-Api-Key", "Cookie", "User-Agent", "X-Host"}) {
    EXPECT_FALSE(is_own_header(name)) << name;
  }
}

TEST(UpstreamHeader, AValueIsOneLineWithoutBlanksAtItsEnds) {
  for (const char* text : {"", "k", "Bearer a.b-c", "a\tb", "\xC3\xBC"}) {
    EXPECT_TRUE(is_header_value(text)) << text;
  }
  for (const char* text : {" k", "k ", "k\t", "a\nb", "a\rb", "a\001b", "\x7F"}) {
    EXPECT_FALSE(is_header_value(text)) << text;
  }
}

}  // namespace
}  // namespace junctor::agent
