// Goal: TZif bytes give the offsets that they say, behind their last transition by the rule of
// their footer; and no bytes do harm. Method: files made here, byte by byte; each cut short and
// each byte changed.

#include "lang/cel/time_zones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "lang/cel/moment.h"

namespace junctor::lang::cel {
namespace {

std::string big_endian(std::int64_t value, int bytes) {
  std::string text;
  for (int i = bytes; i-- != 0;) text += static_cast<char>(value >> std::min(8 * i, 63));
  return text;
}

struct Transition {
  std::int64_t at = 0;
  int type = 0;
};

// Version 2, with an empty block of version 1.
std::string tzif(const std::vector<Transition>& transitions, const std::vector<int>& offsets,
                 const std::string& footer) {
  const std::string header = std::string{"TZif2"} + std::string(15, '\0');
  const auto counts = [](std::size_t times, std::size_t types) {
    return big_endian(0, 12) + big_endian(static_cast<std::int64_t>(times), 4) +
           big_endian(static_cast<std::int64_t>(types), 4) + big_endian(4, 4);
  };
  std::string file = header + counts(0, 1) + big_endian(0, 6) + std::string("UTC\0", 4);
  file += header + counts(transitions.size(), offsets.size());
  for (const Transition& each : transitions) file += big_endian(each.at, 8);
  for (const Transition& each : transitions) file += static_cast<char>(each.type);
  for (const int offset : offsets) file += big_endian(offset, 4) + std::string(2, '\0');
  return file + std::string("UTC\0", 4) + "\n" + footer + "\n";
}

std::int64_t at(const char* timestamp) {
  return parse_timestamp(timestamp).moment->seconds;
}

TEST(TimeZones, TransitionsHoldThenTheRule) {
  TimeZones zones;
  ASSERT_TRUE(
      zones.add("Here", tzif({{at("1980-01-01T00:00:00Z"), 1}, {at("1990-01-01T00:00:00Z"), 0}},
                             {600, 3600}, "CET-1CEST,M3.5.0,M10.5.0/3")));
  struct Case {
    const char* when = "";
    std::int64_t offset = 0;
  };
  constexpr Case kCases[] = {
      {"1970-01-01T00:00:00Z", 600},  {"1979-12-31T23:59:59Z", 600},
      {"1980-01-01T00:00:00Z", 3600}, {"1989-12-31T23:59:59Z", 3600},
      {"2024-01-01T00:00:00Z", 3600}, {"2024-03-31T00:59:59Z", 3600},
      {"2024-03-31T01:00:00Z", 7200}, {"2024-10-27T00:59:59Z", 7200},
      {"2024-10-27T01:00:00Z", 3600},
  };
  for (const Case& c : kCases) EXPECT_EQ(zones.offset("Here", at(c.when)), c.offset) << c.when;
}

TEST(TimeZones, RulesOfAllFormsAreFollowed) {
  struct Case {
    const char* name = "";
    const char* rule = "";
    const char* when = "";
    std::int64_t offset = 0;
  };
  constexpr Case kCases[] = {
      {"no_daylight", "JST-9", "2024-07-01T00:00:00Z", 32'400},
      {"angle_brackets", "<+0545>-5:45", "2024-07-01T00:00:00Z", 20'700},
      {"south_in_january", "AEST-10AEDT,M10.1.0,M4.1.0/3", "2024-01-01T00:00:00Z", 39'600},
      {"south_in_july", "AEST-10AEDT,M10.1.0,M4.1.0/3", "2024-07-01T00:00:00Z", 36'000},
      {"julian_before", "AAA0BBB,J60/0,J300/0", "2024-02-29T12:00:00Z", 0},
      {"julian_day_60_is_march", "AAA0BBB,J60/0,J300/0", "2024-03-01T00:00:00Z", 3600},
      {"day_of_year", "AAA0BBB,59/0,300/0", "2024-02-29T00:00:00Z", 3600},
      {"own_offset", "AAA3BBB1,M1.1.1/0,M12.5.0/0", "2024-06-01T00:00:00Z", -3600},
      {"negative_time", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T00:59:59Z", -7200},
      {"negative_time_after", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T01:00:00Z", -3600},
  };
  for (const Case& c : kCases) {
    TimeZones zones;
    ASSERT_TRUE(zones.add("Here", tzif({}, {0}, c.rule))) << c.name;
    EXPECT_EQ(zones.offset("Here", at(c.when)), c.offset) << c.name;
  }
}

TEST(TimeZones, KnowsFixedOffsetsWithoutData) {
  EXPECT_EQ(fixed_offset("UTC"), 0);
  EXPECT_EQ(fixed_offset("+01:30"), 5400);
  EXPECT_EQ(fixed_offset("01:30"), 5400);
  EXPECT_EQ(fixed_offset("-09:30"), -34'200);
  for (const char* name :
       {"", "+1:30", "1:30", "+01:60", "+24:00", "+0130", "Europe/Paris", "+-1:30"})
    EXPECT_FALSE(fixed_offset(name)) << name;
  EXPECT_FALSE(TimeZones{}.offset("Europe/Paris", 0));
}

TEST(TimeZones, RefusesBadBytes) {
  const std::string good = tzif({{0, 0}, {5, 1}}, {0, 3600}, "CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(TimeZone::read(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(TimeZone::read(std::string_view{good}.substr(0, size))) << size;
  for (const char* rule :
       {"C", "CET", "CET-", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1x", "<CET"})
    EXPECT_FALSE(TimeZone::read(tzif({}, {0}, rule))) << rule;
  EXPECT_FALSE(TimeZone::read(tzif({{5, 0}, {0, 0}}, {0}, "JST-9")));
  EXPECT_FALSE(TimeZone::read(tzif({{5, 3}}, {0}, "JST-9")));
}

TEST(TimeZones, NoChangedByteDoesHarm) {
  const std::string good = tzif({{0, 0}, {5, 1}}, {0, 3600}, "CET-1CEST,M3.5.0,M10.5.0/3");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int byte : {0x00, 0x01, 0x39, 0x7F, 0xFF}) {
      std::string bad = good;
      bad[i] = static_cast<char>(byte);
      const auto zone = TimeZone::read(bad);
      if (zone) (void)zone->offset_at(at("2024-07-01T00:00:00Z"));
    }
  }
}

}  // namespace
}  // namespace junctor::lang::cel
