// The main of every gtest program: a bug that a release build survives and counts is fatal here.

#include <gtest/gtest.h>

#include "base/assert.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  junctor::set_on_bug(junctor::OnBug::abort);
  return RUN_ALL_TESTS();
}
