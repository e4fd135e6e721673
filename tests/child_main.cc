// The main of the gtest programs of rooms that can start child processes: such a program is started
// once more as the child, and then becomes it (rt/exec_child.h).

#include <gtest/gtest.h>

#include <csignal>

#include "base/assert.h"
#include "rt/exec_child.h"

int main(int argc, char** argv) {
  junctor::rt::exec_child_if_asked(argc, argv);
  // As rt::Signals does it in the gateway: a pipe that nobody reads is an error, not the end.
  (void)std::signal(SIGPIPE, SIG_IGN);
  testing::InitGoogleTest(&argc, argv);
  junctor::set_on_bug(junctor::OnBug::abort);
  return RUN_ALL_TESTS();
}
