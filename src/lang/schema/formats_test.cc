// Goal: each format takes what its specification takes and nothing else. Method: a table of formats
// with texts on both sides of each rule; the official suite has more.

#include "lang/schema/formats.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

namespace junctor::lang::schema {
namespace {

struct Case {
  Format format;
  std::string text;
  bool is_valid = false;
};

void expect_all(std::span<const Case> cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string{format_name(c.format)} + ": " + c.text);
    EXPECT_EQ(has_format(c.format, c.text), c.is_valid);
  }
}

TEST(Format, HasItsName) {
  EXPECT_EQ(format_named("date-time"), Format::date_time);
  EXPECT_EQ(format_named("regex"), Format::regex);
  EXPECT_EQ(format_named("Date"), std::nullopt);
  EXPECT_EQ(format_name(Format::idn_hostname), "idn-hostname");
}

TEST(Format, TimesAreThoseOfRfc3339) {
  const Case kCases[] = {
      {Format::date, "2000-02-29", true},
      {Format::date, "1900-02-29", false},
      {Format::date, "2024-00-01", false},
      {Format::date, "2024-01-00", false},
      {Format::date, "2024-01-01 ", false},
      {Format::date, "", false},
      {Format::date_time, "1985-04-12t23:20:50.52z", true},
      {Format::date_time, "1998-12-31T23:59:60Z", true},
      {Format::date_time, "1998-12-31T15:59:60.123-08:00", true},
      {Format::date_time, "1998-12-31T23:58:60Z", false},
      {Format::date_time, "1985-04-12 23:20:50Z", false},
      {Format::date_time, "1985-04-12T23:20:50", false},
      {Format::date_time, "1985-04-12T23:20:50.Z", false},
      {Format::time, "24:00:00Z", false},
      {Format::time, "00:00:00+24:00", false},
      {Format::duration, "P1Y2M3DT4H5M6S", true},
      {Format::duration, "P3M4D", true},
      {Format::duration, "PT1H30M", true},
      {Format::duration, "P1Y2D", false},  // A year is followed by months.
      {Format::duration, "PT1H6S", false},
      {Format::duration, "P1W1D", false},
      {Format::duration, "P1.5D", false},
      {Format::duration, "P1DT", false},
      {Format::duration, "-P1D", false},
      {Format::duration, "", false},
  };
  expect_all(kCases);
}

TEST(Format, HostsAndMailboxes) {
  const Case kCases[] = {
      {Format::ipv4, "255.255.255.255", true},
      {Format::ipv4, "256.0.0.1", false},
      {Format::ipv4, "01.2.3.4", false},
      {Format::ipv4, "1.2.3", false},
      {Format::ipv4, "1.2.3.4.", false},
      {Format::ipv6, "::", true},
      {Format::ipv6, "1:2:3:4:5:6:7::", true},
      {Format::ipv6, "1:2:3:4:5:6:7:8::", false},
      {Format::ipv6, ":::", false},
      {Format::ipv6, "1::2::3", false},
      {Format::ipv6, "::1.2.3.4", true},
      {Format::ipv6, "1.2.3.4::", false},
      {Format::ipv6, "::1%eth0", false},
      {Format::ipv6, "", false},
      {Format::hostname, "a.b-c.9", true},
      {Format::hostname, "a..b", false},
      {Format::hostname, "a.", false},
      {Format::hostname, "", false},
      {Format::hostname, "xn--X", false},
      {Format::hostname,
       std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
           std::string(61, 'd'),
       true},
      {Format::hostname,
       std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
           std::string(62, 'd'),
       false},
      {Format::idn_hostname,
       "b\xC3\xBC"
       "cher.example",
       true},
      {Format::idn_hostname,
       "B\xC3\xBC"
       "cher.example",
       false},
      {Format::idn_hostname,
       "b\xC3\xBC"
       "cher\xE3\x80\x82"
       "example",
       true},
      {Format::idn_hostname, "", false},
      {Format::email, "a@b", true},
      {Format::email, "\"a b\\\"c\"@b.example", true},
      {Format::email, "\"a\"b\"@b.example", false},
      {Format::email, "a b@b.example", false},
      {Format::email, "a@", false},
      {Format::email, "@b", false},
      {Format::email, "a@b@c", false},
      {Format::email, "a@[IPv6:::1]", true},
      {Format::email, "a@[IPv6:::g]", false},
      {Format::email, std::string(65, 'a') + "@b", false},
      {Format::email, "\xC3\xBC@b.example", false},
      {Format::idn_email,
       "\xC3\xBC@b\xC3\xBC"
       "cher.example",
       true},
  };
  expect_all(kCases);
}

TEST(Format, UrisAndTemplates) {
  const Case kCases[] = {
      {Format::uri, "http://a:80/b?c#d", true},
      {Format::uri, "http://a:8x/", false},
      {Format::uri, "http://[::1]:80/", true},
      {Format::uri, "http://[::1", false},
      {Format::uri, "http://[v1.a:b]/", true},
      {Format::uri, "http://[1.2.3.4]/", false},
      {Format::uri, "http://a/%4", false},
      {Format::uri, "http://a/%zz", false},
      {Format::uri, "http://a/\xC3\xA9", false},
      {Format::uri, "http://a/{b}", false},
      {Format::uri, "http://a/#b#c", false},
      {Format::uri, "a:", true},
      {Format::uri, "1a:b", false},
      {Format::uri_reference, "", true},
      {Format::uri_reference, "a:b", true},
      {Format::uri_reference, "./a:b", true},
      {Format::uri_reference, "1:b", false},
      {Format::uri_reference, "a b", false},
      {Format::iri, "http://a/\xC3\xA9?\xEE\x80\x80", true},
      {Format::iri, "http://a/\xEE\x80\x80", false},  // Private use, outside of the query.
      {Format::iri_reference, "\xC3\xA9#\xC3\xA9", true},
      {Format::uri_template, "/a{?b,c*,d:20}{#e}", true},
      {Format::uri_template, "{a.b}", true},
      {Format::uri_template, "{}", false},
      {Format::uri_template, "{a b}", false},
      {Format::uri_template, "{a:0}", false},
      {Format::uri_template, "{a:10000}", false},
      {Format::uri_template, "}", false},
      {Format::uri_template, "a b", false},
      {Format::uri_template, "{.a,}", false},
  };
  expect_all(kCases);
}

TEST(Format, TheRest) {
  const Case kCases[] = {
      {Format::uuid, "123e4567-e89b-12d3-a456-426614174000", true},
      {Format::uuid, "{23e4567-e89b-12d3-a456-42661417400}", false},
      {Format::json_pointer, "", true},
      {Format::json_pointer, "/a~0~1/", true},
      {Format::json_pointer, "a", false},
      {Format::json_pointer, "/~", false},
      {Format::relative_json_pointer, "0", true},
      {Format::relative_json_pointer, "10/a", true},
      {Format::relative_json_pointer, "00", false},
      {Format::relative_json_pointer, "1#a", false},
      {Format::regex, "^a+$", true},
      {Format::regex, "(a", false},
  };
  expect_all(kCases);
}

}  // namespace
}  // namespace junctor::lang::schema
