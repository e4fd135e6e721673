// Goal: the tables of functions are whole: each has what runs it, and each name is that of a
// function that an expression can call. Method: all overloads of all extensions.

#include "lang/cel/library.h"

#include <gtest/gtest.h>

namespace junctor::lang::cel {
namespace {

TEST(Library, OverloadsOfOneNameCanBeToldApart) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Extension::blocks); ++i) {
    for (const Overload& each : library(static_cast<Extension>(i))) {
      EXPECT_FALSE(each.name.empty());
      EXPECT_NE(each.run, nullptr) << each.name;
      EXPECT_LE(each.parameters.size(), kArgumentsMax);
    }
  }
  EXPECT_GT(library(std::nullopt).size(), 100U);
}

}  // namespace
}  // namespace junctor::lang::cel
