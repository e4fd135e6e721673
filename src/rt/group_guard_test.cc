// Goal: when the process that started children is killed, all of their groups end, and no other
// does; a guard that was killed is replaced, and what asks politely cannot end it. Method: a
// process of this program's own that starts children and kills itself; guards that are spoken to by
// a pipe; numbers that no process can have.

#include "rt/group_guard.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "rt/child_rig.h"
#include "rt/exec_child.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;
using test::ChildTest;
using test::is_alive;
using test::shell;

// Above what the kernel ever gives (PID_MAX_LIMIT).
constexpr pid_t kNobody = 5'000'000;

// Where the process that dies leaves the numbers of what it started, for the one that watches: the
// same for both, since the environment is handed down.
class GuardDeathTest : public ChildTest {
 protected:
  static constexpr const char* kVariable = "JUNCTOR_TEST_NOTE";

  GuardDeathTest() {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    if (const char* given = std::getenv(kVariable); given != nullptr) {
      path_ = given;
      return;
    }
    path_ = std::filesystem::temp_directory_path() / "junctor_guard_XXXXXX";
    const int made = ::mkstemp(path_.data());
    JUNCTOR_ASSERT(made >= 0);
    ::close(made);
    ::setenv(kVariable, path_.c_str(), 1);
    is_watcher_ = true;
  }
  ~GuardDeathTest() override {
    if (!is_watcher_) return;
    ::unsetenv(kVariable);
    std::filesystem::remove(path_);
  }

  // In the process that will die.
  void note(pid_t pid) {
    std::FILE* file = std::fopen(path_.c_str(), "a");
    JUNCTOR_ASSERT(file != nullptr);
    fmt::print(file, "{}\n", pid);
    std::fclose(file);
  }
  // A shell with a process of its own, both noted.
  std::unique_ptr<Child> start_noted() {
    auto child = start(shell("sleep 600 & echo $!; sleep 600"));
    note(child->pid());
    note(pid_of(*child));
    return child;
  }
  // In the process that watches.
  void all_noted_are_gone(std::size_t count) {
    const Time began = loop_.now();
    std::vector<pid_t> noted;
    const std::string text = test::file_text(path_);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      noted.push_back(static_cast<pid_t>(std::atoi(text.c_str() + at)));
    }
    EXPECT_EQ(noted.size(), count);
    loop_.run_until([&] { return std::ranges::none_of(noted, is_alive); });
    EXPECT_LT(loop_.now() - began, 2s);
  }

 private:
  std::string path_;
  bool is_watcher_ = false;
};

TEST_F(GuardDeathTest, GroupsOfAKilledProcessEndWithIt) {
  EXPECT_EXIT(
      {
        const auto first = start_noted();
        const auto second = start_noted();
        ::raise(SIGKILL);
      },
      testing::KilledBySignal(SIGKILL), "");
  all_noted_are_gone(4);
}

TEST_F(GuardDeathTest, GroupsOfOneThatJustExitsEndToo) {
  EXPECT_EXIT(
      {
        const auto child = start_noted();
        ::_exit(3);
      },
      testing::ExitedWithCode(3), "");
  all_noted_are_gone(2);
}

TEST_F(GuardDeathTest, GuardThatWasKilledIsReplacedAndKnowsAllOfThem) {
  EXPECT_EXIT(
      {
        const auto first = start_noted();
        const pid_t guard = GroupGuard::of_this_process().pid();
        ::kill(guard, SIGKILL);
        loop_.run_until([guard] { return !is_alive(guard); });
        const auto second = start_noted();
        JUNCTOR_ASSERT(GroupGuard::of_this_process().pid() != guard);
        JUNCTOR_ASSERT(is_alive(first->pid()));
        ::raise(SIGKILL);
      },
      testing::KilledBySignal(SIGKILL), "");
  all_noted_are_gone(4);
}

TEST_F(GuardDeathTest, LeaderEndsWithItsParentEvenWithoutAGuard) {
  EXPECT_EXIT(
      {
        ChildSpec spec = shell("echo ready; exec sleep 600");
        const auto child = start(spec);
        Confinement all;
        all.network = ChildNetwork::none;
        all.files = ChildFiles::read_only;
        if (can_confine_blocking(all)) spec.confinement = all;
        const auto apart = start(spec);
        for (Child* each : {child.get(), apart.get()}) {
          (void)line_of(*each);
          note(each->pid());
        }
        ::kill(GroupGuard::of_this_process().pid(), SIGKILL);
        ::raise(SIGKILL);
      },
      testing::KilledBySignal(SIGKILL), "");
  all_noted_are_gone(2);
}

class GroupGuardTest : public ChildTest {
 protected:
  // The bits of the signals that the process ignores.
  static unsigned long long ignored_by(pid_t pid) {
    const std::string status = test::file_text(fmt::format("/proc/{}/status", pid));
    const std::size_t at = status.find("SigIgn:");
    return at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + 7, nullptr, 16);
  }
  static constexpr unsigned long long bit_of(int signal) { return 1ULL << (signal - 1); }
};

TEST_F(GroupGuardTest, KillsAtTheEndWhatIsRegisteredThen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const auto guard = spawn_self({"junctor", "exec-child", "--guard"}, {},
                                {ends[0], kNoStream, kNoStream}, Leads::session);
  ASSERT_TRUE(guard.has_value());
  ::close(ends[0]);
  const auto kept = start(shell("exec sleep 600"));
  const auto removed = start(shell("exec sleep 600"));
  // The last is not anybody's group, and -1 would be everybody.
  for (const pid_t record : {kept->pid(), removed->pid(), -removed->pid(), kNobody, 1, 0, -1}) {
    ASSERT_EQ(::write(ends[1], &record, sizeof record), sizeof record);
  }
  loop_.settle();
  EXPECT_FALSE(kept->ended().is_set());
  ::close(ends[1]);
  EXPECT_EQ(::waitpid(*guard, nullptr, 0), *guard);
  loop_.run_until([&] { return kept->ended().is_set(); });
  EXPECT_EQ(kept->end()->signal, SIGKILL);
  loop_.settle();
  EXPECT_FALSE(removed->ended().is_set());
  EXPECT_TRUE(is_alive(removed->pid()));
}

// As the first process of a container does, this one gets the orphans.
TEST_F(GroupGuardTest, OrphansThatComeToThisProcessAreReaped) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  std::vector<pid_t> orphans;
  for (int i = 0; i < 20; ++i) {
    const auto child = start(shell("sh -c 'sleep 600 & echo $!; wait' & read line"));
    orphans.push_back(pid_of(*child));
    loop_.run(child->stop(5s));
    EXPECT_EQ(child->end()->signal, 0);
  }
  loop_.run_until([&] { return std::ranges::none_of(orphans, is_alive); });
  const auto last = start(shell("exit 0"));
  loop_.run_until([&] { return last->ended().is_set(); });
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
  for (const pid_t orphan : orphans) EXPECT_EQ(test::state_of(orphan), '-');
  EXPECT_FALSE(test::has_zombie());
}

TEST_F(GroupGuardTest, CannotBeAskedToEnd) {
  const auto child = start(shell("exec sleep 600"));
  const pid_t guard = GroupGuard::of_this_process().pid();
  ASSERT_GT(guard, 1);
  loop_.run_until([&] { return ignored_by(guard) != 0; });
  const auto asked = bit_of(SIGTERM) | bit_of(SIGINT) | bit_of(SIGHUP);
  loop_.run_until([&] { return (ignored_by(guard) & asked) == asked; });
  EXPECT_EQ(::getsid(guard), guard);
}

TEST_F(GroupGuardTest, IsStartedOnceForAllChildren) {
  const auto first = start(shell("exec sleep 600"));
  const pid_t guard = GroupGuard::of_this_process().pid();
  const auto second = start(shell("exec sleep 600"));
  EXPECT_EQ(GroupGuard::of_this_process().pid(), guard);
}

TEST_F(GroupGuardTest, TakesSoManyGroupsAndNoMore) {
  GroupGuard guard;
  EXPECT_EQ(guard.pid(), 0);
  for (std::size_t i = 0; i < GroupGuard::kGroupsMax; ++i) {
    ASSERT_TRUE(guard.add(kNobody + static_cast<pid_t>(i)).has_value());
  }
  const auto refused = guard.add(kNobody - 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason(), "too_many_children");
  EXPECT_EQ(refused.error().detail(), "there are 4096 child processes already");
  guard.remove(kNobody);
  EXPECT_TRUE(guard.add(kNobody - 1).has_value());
  const pid_t pid = guard.pid();
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  guard.remove(kNobody - 1);  // All the others are told to another one.
  EXPECT_NE(guard.pid(), 0);
  EXPECT_NE(guard.pid(), pid);
}

TEST_F(GroupGuardTest, IsToldByAllThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  GroupGuard guard;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&guard, i] {
      for (int n = 0; n < kEach; ++n) {
        const pid_t group = kNobody + i * kEach + n;
        EXPECT_TRUE(guard.start().has_value());
        EXPECT_TRUE(guard.add(group).has_value());
        guard.remove(group);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(is_alive(guard.pid()));
}

}  // namespace
}  // namespace junctor::rt
