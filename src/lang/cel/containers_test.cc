// Goal: a list or map gives the same answers whether it is JSON or an array of values, small or
// with a table. Method: both forms beside each other, sizes around the one from which maps have
// tables.

#include "lang/cel/containers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

TEST(Containers, EveryKeyIsFoundAndNoOther) {
  for (std::int64_t size = 0; size < 40; ++size) {
    SCOPED_TRACE(size);
    Arena arena;
    std::vector<MapEntry> entries;
    for (std::int64_t i = 0; i < size; ++i)
      entries.push_back({.key = Value::int64(i * 7), .value = Value::int64(i)});
    const Value* repeated = nullptr;
    const Value map = Value::map(*make_map(arena, entries, &repeated));
    EXPECT_EQ(repeated, nullptr);
    EXPECT_EQ(size_of(map), static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
      const Value keys[] = {Value::int64(i * 7), Value::uint64(static_cast<std::uint64_t>(i * 7)),
                            Value::float64(static_cast<double>(i * 7))};
      for (const Value& key : keys) {
        const auto found = find(map, key);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->as_int64(), i);
      }
    }
    const Value others[] = {Value::int64(-7), Value::float64(0.5), Value::string("0"), Value{},
                            Value::boolean(true)};
    for (const Value& key : others) EXPECT_FALSE(find(map, key));
  }
}

TEST(Containers, ARepeatedKeyIsSaid) {
  for (std::int64_t size = 2; size < 20; ++size) {
    Arena arena;
    std::vector<MapEntry> entries;
    for (std::int64_t i = 0; i + 1 < size; ++i)
      entries.push_back({.key = Value::int64(i), .value = {}});
    entries.push_back({.key = Value::uint64(0), .value = {}});
    const Value* repeated = nullptr;
    ASSERT_NE(make_map(arena, entries, &repeated), nullptr);
    ASSERT_NE(repeated, nullptr) << size;
    EXPECT_TRUE(is_equal(*repeated, Value::int64(0)));
  }
}

TEST(Containers, OfRepeatedMembersOfJsonTheLastCounts) {
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"a": 1, "b": 2, "a": 3})"));
  const Value map = Value::json(tree.root());
  EXPECT_EQ(size_of(map), 2U);
  EXPECT_EQ(to_text(map), R"({"b": 2.0, "a": 3.0})");
  EXPECT_EQ(find(map, "a")->as_float64(), 3.0);
}

TEST(Containers, ElementsAreThoseOfTheList) {
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"([[1, 2], "x", {"y": 0}, 4])"));
  const Value list = Value::json(tree.root());
  EXPECT_EQ(size_of(list), 4U);
  EXPECT_EQ(to_text(*element(list, 0)), "[1.0, 2.0]");
  EXPECT_EQ(to_text(*element(list, 3)), "4.0");
  EXPECT_FALSE(element(list, 4));
  const Value same[] = {*element(list, 0), *element(list, 1), *element(list, 2), *element(list, 3)};
  EXPECT_TRUE(is_equal(list, Value::list(same)));
  ListCursor of_json{list};
  ListCursor of_values{Value::list(same)};
  Value a;
  Value b;
  int count = 0;
  for (; of_json.next(a) && of_values.next(b); ++count) EXPECT_TRUE(is_equal(a, b));
  EXPECT_EQ(count, 4);
}

TEST(Containers, AMapThatDoesNotFitIsNone) {
  Arena arena{64};
  std::vector<MapEntry> entries(50);
  EXPECT_EQ(make_map(arena, entries), nullptr);
}

}  // namespace
}  // namespace junctor::lang::cel
