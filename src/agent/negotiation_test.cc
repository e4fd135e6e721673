// Goal: a client gets the kind of body that its Accept allows, and a body is taken for JSON only
// when it is. Method: tables of header values.

#include "agent/negotiation.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/recorded_answer.h"

namespace junctor::agent {
namespace {

struct AcceptCase {
  std::string_view name;
  std::string_view fields;
  bool json;
  bool events;
};

constexpr AcceptCase kAccepts[] = {
    {"absent", "", true, true},
    {"empty", "Accept: \r\n", true, true},
    {"both", "Accept: application/json, text/event-stream\r\n", true, true},
    {"json_alone", "Accept: application/json\r\n", true, false},
    {"events_alone", "Accept: text/event-stream\r\n", false, true},
    {"mixed_case", "aCCept: Application/JSON, TEXT/Event-Stream\r\n", true, true},
    {"everything", "Accept: */*\r\n", true, true},
    {"range_of_application", "Accept: application/*\r\n", true, false},
    {"range_of_text", "Accept: text/*\r\n", false, true},
    {"parameters", "Accept: text/event-stream;charset=utf-8\r\n", false, true},
    {"q_zero", "Accept: application/json;q=0, text/event-stream\r\n", false, true},
    {"q_zero_with_digits", "Accept: application/json; q=0.000, */*\r\n", false, true},
    {"q_small_is_not_zero", "Accept: application/json;q=0.001\r\n", true, false},
    {"q_behind_a_parameter", "Accept: text/event-stream;charset=utf-8;q=0\r\n", false, false},
    {"q_in_capitals", "Accept: application/json;Q=0, text/event-stream\r\n", false, true},
    {"specific_beats_wide", "Accept: */*;q=0, application/json\r\n", true, false},
    {"specific_beats_wide_in_any_order", "Accept: application/json, */*;q=0\r\n", true, false},
    {"range_beats_everything", "Accept: text/*;q=0, */*\r\n", true, false},
    {"everything_excluded", "Accept: */*;q=0\r\n", false, false},
    {"another_type", "Accept: text/html\r\n", false, false},
    {"several_lines", "Accept: text/html\r\nAccept: application/json\r\n", true, false},
    {"blanks_and_empty_members", "Accept:  , application/json ,, text/event-stream ; q=1 ,\r\n",
     true, true},
};

TEST(Negotiation, AcceptSaysWhichBodiesAreTaken) {
  for (const AcceptCase& each : kAccepts) {
    SCOPED_TRACE(each.name);
    const test::WrittenRequest request{each.fields};
    const Accepted accepted = accepted_types(request.head().headers);
    EXPECT_EQ(accepted.json, each.json);
    EXPECT_EQ(accepted.events, each.events);
    EXPECT_EQ(accepted.nothing(), !each.json && !each.events);
  }
}

struct TypeCase {
  std::string_view text;
  MediaType type;
};

constexpr TypeCase kTypes[] = {
    {"", MediaType::none},
    {" ", MediaType::none},
    {";charset=utf-8", MediaType::none},
    {"application/json", MediaType::json},
    {"APPLICATION/Json", MediaType::json},
    {"application/json ; charset=utf-8", MediaType::json},
    {"application/json;charset=\"UTF-8\"", MediaType::json},
    {"application/json;charset=utf8", MediaType::json},
    {"application/json; profile=x; charset=Utf-8", MediaType::json},
    {"application/json; charset=iso-8859-1", MediaType::other},
    {"application/json;charset=\"utf-16\"", MediaType::other},
    {"application/vnd.example+json", MediaType::json},
    {"application/+json", MediaType::other},
    {"text/json", MediaType::other},
    {"application/jsonl", MediaType::other},
    {"application/json-seq", MediaType::other},
    {"text/event-stream", MediaType::events},
    {"Text/Event-Stream;charset=utf-8", MediaType::events},
    {"text/html", MediaType::other},
};

TEST(Negotiation, ContentTypeIsReadWithItsParameters) {
  for (const TypeCase& each : kTypes) {
    EXPECT_EQ(media_type(each.text), each.type) << '"' << each.text << '"';
  }
}

}  // namespace
}  // namespace junctor::agent
