// Goal: no schema and no value, however it was made, costs more than the limits allow: it is
// refused, stopped, or was cheap. Method: a table of such pairs at the default limits, applied by
// both evaluators.

#include <gtest/gtest.h>

#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/schema.h"
#include "lang/schema/validate.h"
#include "lang/schema_hostile.h"

namespace junctor::lang::schema {
namespace {

Fate fate_of(const HostileCase& hostile) {
  const auto schema = Schema::compile(hostile.schema, {.formats = FormatUse::check});
  if (!schema) return Fate::refused;
  JsonTree tree;
  if (!tree.fill(hostile.instance)) return Fate::bad_json;
  Scratch scratch;
  const Verdict verdict = validate(**schema, tree.root(), scratch);
  return verdict == Verdict::cost_exceeded ? Fate::stopped : Fate::decided;
}

TEST(Hostile, IsRefusedOrStopped) {
  for (const HostileCase& each : hostile_cases()) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(fate_of(each), each.fate);
  }
}

TEST(Hostile, IsStoppedWhileItIsDescribed) {
  for (const HostileCase& each : hostile_cases()) {
    SCOPED_TRACE(each.name);
    if (each.fate != Fate::stopped) continue;
    const auto schema = Schema::compile(each.schema, {});
    JsonTree tree;
    ASSERT_TRUE(schema && tree.fill(each.instance));
    const Output output = describe(**schema, tree.root(), OutputFormat::basic);
    EXPECT_EQ(output.verdict, Verdict::cost_exceeded);
    EXPECT_NE(output.sentence.find("cost_max"), std::string::npos);
  }
}

TEST(Hostile, LimitsAreTheCallers) {
  SchemaOptions options;
  options.limits.cost_max = 10;
  const auto schema = Schema::compile(R"({"items":{"type":"integer"}})", options);
  ASSERT_TRUE(schema);
  JsonTree tree;
  Scratch scratch;
  ASSERT_TRUE(tree.fill("[1,2,3]"));
  EXPECT_EQ(validate(**schema, tree.root(), scratch), Verdict::valid);
  ASSERT_TRUE(tree.fill("[1,2,3,4,5,6,7,8,9,10]"));
  EXPECT_EQ(validate(**schema, tree.root(), scratch), Verdict::cost_exceeded);
  // A failure that is found in time is a verdict.
  ASSERT_TRUE(tree.fill("[1,\"2\",3]"));
  EXPECT_EQ(validate(**schema, tree.root(), scratch), Verdict::invalid);
}

// What is left over of the budget must not turn into a verdict: "not" of what was stopped.
TEST(Hostile, StoppedIsNeitherTrueNorFalse) {
  SchemaOptions options;
  options.limits.cost_max = 20;
  for (const char* text : {R"({"not":{"items":false,"contains":{"const":1}}})",
                           R"({"anyOf":[{"items":{"type":"string"}},{"contains":{"const":1}}]})",
                           R"({"if":{"contains":{"const":1}},"then":false,"else":true})"}) {
    SCOPED_TRACE(text);
    const auto schema = Schema::compile(text, options);
    ASSERT_TRUE(schema);
    JsonTree tree;
    Scratch scratch;
    ASSERT_TRUE(tree.fill("[\"" + repeated("a", 100, "\",\"") + "\"]"));
    const Verdict verdict = validate(**schema, tree.root(), scratch);
    EXPECT_EQ(verdict, Verdict::cost_exceeded);
  }
}

}  // namespace
}  // namespace junctor::lang::schema
