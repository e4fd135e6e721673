// Goal: this process may open as many files as it is allowed to at all, and its children get what
// it was given. Method: the limits of this very process, and a child that tells its own.

#include "rt/open_files.h"

#include <sys/resource.h>

#include "rt/child_rig.h"

namespace junctor::rt {
namespace {

class OpenFilesTest : public test::ChildTest {
 protected:
  OpenFilesTest() { JUNCTOR_ASSERT(getrlimit(RLIMIT_NOFILE, &before_) == 0); }
  ~OpenFilesTest() override { JUNCTOR_ASSERT(setrlimit(RLIMIT_NOFILE, &before_) == 0); }

  rlimit before_{};
};

TEST_F(OpenFilesTest, AreRaisedHereAndGivenBackToChildren) {
  rlimit files = before_;
  files.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(open_files_given(), 200U);
  raise_open_files();
  raise_open_files();
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(files.rlim_cur, files.rlim_max);
  EXPECT_EQ(open_files_given(), 200U);
  EXPECT_EQ(run(test::shell("ulimit -Sn; ulimit -Hn")).output,
            fmt::format("200\n{}\n", files.rlim_max));
}

}  // namespace
}  // namespace junctor::rt
