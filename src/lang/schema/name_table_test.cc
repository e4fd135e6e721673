// Goal: every name is found by its number and no other text is, whatever its length. Method: tables
// of names that differ in one place, looked up in and out of order.

#include "lang/schema/name_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace junctor::lang::schema {
namespace {

TEST(NameTable, FindsEachNameAndNothingElse) {
  std::vector<std::string> names = {""};
  for (std::size_t bytes = 1; bytes <= 40; ++bytes) {
    for (std::size_t at = 0; at < bytes; ++at) {
      std::string name(bytes, 'x');
      name[at] = 'y';
      names.push_back(name);
    }
  }
  NameTable table;
  for (const std::string& name : names) table.add(name);
  table.build();
  ASSERT_EQ(table.size(), names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    EXPECT_EQ(table.find(names[i]), i);
    EXPECT_EQ(table.name(i), names[i]);
    EXPECT_EQ(table.find(names[i] + "z"), NameTable::kAbsent);
  }
  EXPECT_EQ(table.find(std::string(20, 'x')), NameTable::kAbsent);
}

TEST(NameTable, ExpectsTheNextName) {
  NameTable table;
  for (const char* name : {"a", "b", "c"}) table.add(name);
  table.build();
  std::uint32_t expected = 0;
  EXPECT_EQ(table.find("a", expected), 0U);
  EXPECT_EQ(expected, 1U);
  EXPECT_EQ(table.find("c", expected), 2U);
  EXPECT_EQ(expected, 3U);
  EXPECT_EQ(table.find("d", expected), NameTable::kAbsent);
  EXPECT_EQ(table.find("b", expected), 1U);
  EXPECT_EQ(expected, 2U);
}

TEST(NameTable, IsEmptyAtFirst) {
  const NameTable table;
  EXPECT_EQ(table.find(""), NameTable::kAbsent);
  EXPECT_EQ(table.find("a"), NameTable::kAbsent);
}

}  // namespace
}  // namespace junctor::lang::schema
