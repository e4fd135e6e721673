// Goal: a traceparent is accepted exactly when the standard says so, and what we send is always
// valid; a tracestate is passed on within its bounds in whole members. Method: the standard's own
// examples and one row per way to be wrong; every single-character damage and every prefix of a
// good header.
#include "base/trace.h"

#include <string>

#include <gtest/gtest.h>

namespace junctor {
namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string printed(const TraceContext& context) {
  const auto text = format_traceparent(context);
  return {text.data(), text.size()};
}

//= mcp 2026-07-28 basic#meta:trace MUST
TEST(Traceparent, ReadsAndWritesTheExampleOfTheStandard) {
  const auto context = parse_traceparent(kGood);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id.view(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->parent_id.view(), "00f067aa0ba902b7");
  EXPECT_TRUE(context->sampled());
  EXPECT_EQ(printed(*context), kGood);
}

struct Case {
  const char* name;
  std::string text;
  const char* sent_on;  // Null: refused.
};
const std::string kIds = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
const std::string kZeros(32, '0');
const Case kCases[] = {
    {"not_sampled", "00-" + kIds + "-00",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"},
    {"random_flag", "00-" + kIds + "-03",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"},
    {"unknown_flags_are_dropped", "00-" + kIds + "-ff",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"},
    {"later_version", "cc-" + kIds + "-01",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    {"later_version_with_more", "01-" + kIds + "-01-what-ever",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    {"later_version_glued", "01-" + kIds + "-01what", nullptr},
    {"version_00_with_more", "00-" + kIds + "-01-more", nullptr},
    {"version_00_with_dash", "00-" + kIds + "-01-", nullptr},
    {"version_ff", "ff-" + kIds + "-01", nullptr},
    {"version_not_hex", "0g-" + kIds + "-01", nullptr},
    {"uppercase", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", nullptr},
    {"zero_trace_id", "00-" + kZeros + "-00f067aa0ba902b7-01", nullptr},
    {"zero_parent_id", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", nullptr},
    {"flags_not_hex", "00-" + kIds + "-0.", nullptr},
    {"blank_in_front", " 00-" + kIds + "-01", nullptr},
    {"blank_behind", "00-" + kIds + "-01 ", nullptr},
    {"empty", "", nullptr},
};

TEST(Traceparent, IsAcceptedExactlyWhenTheStandardSaysSo) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    const auto context = parse_traceparent(one.text);
    ASSERT_EQ(context.has_value(), one.sent_on != nullptr);
    if (context) {
      EXPECT_EQ(printed(*context), one.sent_on);
    }
  }
}

TEST(Traceparent, NoPrefixIsAccepted) {
  for (std::size_t size = 0; size < kGood.size(); ++size) {
    ASSERT_FALSE(parse_traceparent(kGood.substr(0, size))) << size;
  }
}

TEST(Traceparent, ADamagedCharacterIsRefusedOrChangesTheValue) {
  const auto good = parse_traceparent(kGood);
  for (std::size_t at = 3; at < 53; ++at) {  // Version and flags have several spellings by design.
    for (int c = 0; c < 256; ++c) {
      std::string bad{kGood};
      bad[at] = static_cast<char>(c);
      if (bad != kGood) {
        ASSERT_NE(parse_traceparent(bad), good) << bad;
      }
    }
  }
}

TEST(TraceContext, AChildKeepsTheTraceAndItsFlags) {
  const auto context = parse_traceparent(kGood);
  const SpanId span = span_id_of({1, 2, 3, 4, 5, 6, 7, 0xfe});
  EXPECT_EQ(printed(context->child(span)),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-01020304050607fe-01");
}

TEST(SpanId, IsNeverZeros) {
  EXPECT_EQ(span_id_of({}).view(), "0000000000000001");
  EXPECT_TRUE(SpanId{}.is_zero());
}

TEST(TraceContextDeathTest, ZeroIdsAreNeverSent) {
  const auto context = parse_traceparent(kGood);
  EXPECT_DEATH((void)context->child(SpanId{}), "assertion failed");
  EXPECT_DEATH((void)format_traceparent(TraceContext{}), "assertion failed");
}

std::string members(std::size_t count, std::size_t value_bytes) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out.append(out.empty() ? "k" : ",k").append(std::to_string(i)).append("=");
    out.append(value_bytes, 'v');
  }
  return out;
}

TEST(Tracestate, PassesUnchangedWithinItsLimits) {
  for (const std::string& text : {std::string{}, std::string{"a=1"}, std::string{"a=1 ,\tb=2,,c=3"},
                                  members(32, 1), "k=" + std::string(510, 'v')}) {
    EXPECT_EQ(bounded_tracestate(text), text);
  }
}

TEST(Tracestate, LosesMembersFromTheRightBeyondItsLimits) {
  EXPECT_EQ(bounded_tracestate(members(33, 1)), members(32, 1));
  EXPECT_EQ(bounded_tracestate(members(20, 50)), members(9, 50));  // 9 * 53 + 8 commas = 485.
}

TEST(Tracestate, LosesLongMembersFirst) {
  const std::string text = "long=" + std::string(500, 'v') + ",a=1,b=2";
  EXPECT_EQ(bounded_tracestate(text), "a=1,b=2");
}

TEST(Tracestate, NeverExceedsItsBounds) {
  for (std::size_t count = 1; count < 60; ++count) {
    for (std::size_t bytes = 0; bytes < 600; bytes += 37) {
      ASSERT_LE(bounded_tracestate(members(count, bytes)).size(), kTracestateBytesMax);
    }
  }
}

TEST(Tracestate, WithForeignBytesIsDropped) {
  EXPECT_EQ(bounded_tracestate("a=1\r\nX: y"), "");
  EXPECT_EQ(bounded_tracestate("a=\xC3\xBC"), "");
}

TEST(Tracestate, AMemberOf128BytesIsNotLong) {
  const std::string fits = "k=" + std::string(126, 'v');
  const std::string text = fits + "," + fits + "x," + fits + "," + fits + "," + fits;
  EXPECT_EQ(bounded_tracestate(text), fits + "," + fits + "," + fits);  // The fourth is over 512.
}

TEST(Tracestate, BoundingTwiceChangesNothing) {
  for (std::size_t count = 1; count < 60; count += 7) {
    const auto once = bounded_tracestate(members(count, 30));
    EXPECT_EQ(bounded_tracestate(once), once);
  }
}

TEST(TraceContext, GrandchildrenStayInTheTrace) {
  const auto root = parse_traceparent(kGood).value();
  const SpanId one = span_id_of({1});
  const SpanId two = span_id_of({2});
  const auto grandchild = root.child(one).child(two);
  EXPECT_EQ(grandchild.trace_id, root.trace_id);
  EXPECT_EQ(grandchild.parent_id, two);
  EXPECT_EQ(grandchild.flags, root.flags);
  EXPECT_NE(grandchild, root.child(one));
  EXPECT_EQ(one.view(), "0100000000000000");
}

TEST(TraceDigits, OnlyZerosAreZero) {
  EXPECT_TRUE(TraceId{}.is_zero());
  for (std::size_t i = 0; i < 32; ++i) {
    TraceId id;
    id.digits.at(i) = '1';
    EXPECT_FALSE(id.is_zero());
  }
}

}  // namespace
}  // namespace junctor
