// Goal: well-known messages are the values that they stand for, and refuse what they cannot hold.
// Method: tables of expressions; where nothing is said, the same without checking types.

#include "lang/cel/well_known.h"

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::Row;

TEST(WellKnown, MessagesAreValues) {
  constexpr Row kRows[] = {
      {"int32", "google.protobuf.Int32Value{value: -5}", "-5"},
      {"int32_max", "google.protobuf.Int32Value{value: 2147483647}", "2147483647"},
      {"int32_over", "google.protobuf.Int32Value{value: 2147483648}", "error: out_of_range"},
      {"uint32", "google.protobuf.UInt32Value{value: 4294967295u}", "4294967295u"},
      {"uint32_over", "google.protobuf.UInt32Value{value: 4294967296u}", "error: out_of_range"},
      {"int64", "google.protobuf.Int64Value{value: 2147483648} + 1", "2147483649"},
      {"float_rounds", "google.protobuf.FloatValue{value: 1.1} == 1.1", "false"},
      {"float_keeps", "google.protobuf.FloatValue{value: -1.5}", "-1.5"},
      {"float_over", "google.protobuf.FloatValue{value: -1e300}", "-Infinity"},
      {"zeros", "[google.protobuf.BoolValue{}, google.protobuf.StringValue{}]", "[false, \"\"]"},
      {"no_null", "google.protobuf.BoolValue{} == null", "false"},
      {"bytes", "google.protobuf.BytesValue{value: b'a'}", "b\"a\""},
      {"no_fields_within", "google.protobuf.Int32Value{value: 1}.value",
       "error: no_field_selection"},
      {"duration", "google.protobuf.Duration{seconds: -1, nanos: -500000000}",
       "duration(\"-1.5s\")"},
      {"fields_in_any_order",
       "google.protobuf.Duration{nanos: 1, seconds: 2} == "
       "duration('2.000000001s')",
       "true"},
      {"mixed_signs", "google.protobuf.Duration{seconds: 1, nanos: -1}", "error: out_of_range"},
      {"nanos_over", "google.protobuf.Duration{nanos: 1000000000}", "error: out_of_range"},
      {"nanos_far_over", "google.protobuf.Duration{nanos: 4294967296}", "error: out_of_range"},
      {"timestamp", "google.protobuf.Timestamp{seconds: 1}", "timestamp(\"1970-01-01T00:00:01Z\")"},
      {"timestamp_over", "google.protobuf.Timestamp{seconds: 253402300800}", "error: out_of_range"},
      {"of_operands", "[1, 2].map(s, google.protobuf.Duration{seconds: s})[1].getSeconds()", "2"},
      {"list", "google.protobuf.ListValue{values: [1, 'a', [2u, null]]}",
       "[1.0, \"a\", [2.0, null]]"},
      {"struct", "google.protobuf.Struct{fields: {'a': {'b': 1}}}", "{\"a\": {\"b\": 1.0}}"},
      {"large_number", "google.protobuf.ListValue{values: [9007199254740993]}",
       "[\"9007199254740993\"]"},
      {"key_that_is_no_text", "google.protobuf.Value{struct_value: dyn({1: 2})}",
       "error: invalid_argument"},
      {"no_json", "google.protobuf.Value{list_value: [b'a']}", "error: invalid_argument"},
      {"value", "google.protobuf.Value{number_value: 1.5}", "1.5"},
      {"empty_value", "google.protobuf.Value{}", "null"},
      {"null_value",
       "google.protobuf.Value{null_value: google.protobuf.NullValue.NULL_VALUE} == null", "true"},
  };
  Environment dynamic = testing::environment_with();
  dynamic.set_typing(Typing::dynamic);
  for (const Row& row : kRows) {
    EXPECT_EQ(testing::run(row.expression), row.expected) << row.name;
    EXPECT_EQ(testing::run(row.expression, dynamic), row.expected) << row.name << ", unchecked";
  }
}

TEST(WellKnown, NamesAreLookedForInTheContainer) {
  Environment environment = testing::environment_with();
  environment.set_container("google.protobuf");
  EXPECT_EQ(testing::run("Int32Value{value: 1}", environment), "1");
  EXPECT_EQ(testing::run("Value{null_value: NullValue.NULL_VALUE}", environment), "null");
}

TEST(WellKnown, WhatTheMessageDoesNotHaveIsRefused) {
  constexpr Row kRows[] = {
      {"unknown_message", "google.protobuf.Any{}", "there are no messages here"},
      {"unknown_field", "google.protobuf.Int32Value{values: 1}", "has no such fields"},
      {"two_of_one_choice", "google.protobuf.Value{bool_value: true, number_value: 1.0}",
       "has no such fields, or not all of them at a time"},
      {"repeated_field", "google.protobuf.Duration{nanos: 1, nanos: 2}", "has no such fields"},
      {"wrong_type", "google.protobuf.Int32Value{value: 'a'}", "expected int, and found string"},
      {"optional_field", "google.protobuf.Int32Value{?value: optional.of(1)}",
       "the fields of messages are not optional"},
  };
  for (const Row& row : kRows) {
    const auto program = compile(row.expression, testing::environment_with());
    ASSERT_FALSE(program.has_value()) << row.name;
    EXPECT_TRUE(program.error().detail().contains(row.expected))
        << row.name << ": " << program.error().detail();
  }
}

TEST(WellKnown, ZerosAreOfTheFieldsType) {
  const MessageRow* const row = well_known_message("google.protobuf.Timestamp", {});
  ASSERT_NE(row, nullptr);
  ASSERT_EQ(row->make.parameters.size(), 2U);
  EXPECT_TRUE(zero_of(row->make.parameters[1]).is(Kind::int64));
  EXPECT_TRUE(zero_of(simple_type(TypeKind::dyn)).is(Kind::null));
  EXPECT_FALSE(is_well_known("google.protobuf.Any"));
}

}  // namespace
}  // namespace junctor::lang::cel
