// Goal: the first program of a child starts the server only for the process that asked for it, and
// says in a sentence why it does not. Method: this program started once more with the words of
// exec-child, its error stream read to the end. What it sets for the server is seen in
// child_test.cc.

#include "rt/exec_child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "rt/child_rig.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

// Less than this program itself uses. The sanitizers cannot do without.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr const char* kNoMoreMemory = "1125899906842624";
#else
constexpr const char* kNoMoreMemory = "4096";
#endif

struct Ended {
  int status = -1;
  std::string errors;
};

// "junctor exec-child WORDS", to its end; output and errors together.
Ended exec_child(std::vector<std::string> words) {
  std::array<int, 2> ends{};
  JUNCTOR_ASSERT(::pipe2(ends.data(), O_CLOEXEC) == 0);
  words.insert(words.begin(), {"junctor", "exec-child"});
  const auto pid =
      spawn_self(words, {std::string{test::kPath}}, {kNoStream, ends[1], ends[1]}, Leads::group);
  JUNCTOR_ASSERT(pid.has_value());
  ::close(ends[1]);
  Ended ended;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    ended.errors.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  JUNCTOR_ASSERT(::waitpid(*pid, &status, 0) == *pid);
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  return ended;
}

std::string here() {
  return std::to_string(::getpid());
}

TEST(ExecChild, BecomesTheCommand) {
  const Ended ended = exec_child({"--parent", here(), "--", "sh", "-c", "echo in; exit 4"});
  EXPECT_EQ(ended.errors, "in\n");
  EXPECT_EQ(ended.status, 4);
}

// Whatever the thread has that starts it.
TEST(ExecChild, SignalsAreNeitherBlockedNorIgnored) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  for (const int signal : {SIGTERM, SIGUSR1, SIGHUP}) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto usr2_before = std::signal(SIGUSR2, SIG_IGN);
  const Ended ended = exec_child(
      {"--parent", here(), "--", "grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"});
  std::signal(SIGUSR2, usr2_before);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_TRUE(ended.errors.starts_with("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"))
      << ended.errors;
}

TEST(ExecChild, StartsNothingWhenItsParentIsGone) {
  const Ended ended = exec_child({"--parent", "1", "--", "echo", "must not be seen"});
  EXPECT_EQ(ended.errors, "");
  EXPECT_EQ(ended.status, kExitCannotStart);
}

TEST(ExecChild, SaysWhyNot) {
  struct Case {
    const char* name = "";
    std::vector<std::string> words;
    const char* errors = "";
  };
  const Case cases[] = {
      {"usage",
       {"--parent", here()},
       "exec-child: there is no command behind --; the gateway itself starts this command\n"},
      {"missing",
       {"--parent", here(), "--", "no-such"},
       "cannot start \"no-such\": No such file or directory (looked in PATH=/usr/bin:/bin)\n"},
      {"missing_under_a_limit_that_leaves_no_memory",
       {"--parent", here(), "--memory", kNoMoreMemory, "--", "no-such"},
       "cannot start \"no-such\": No such file or directory (looked in PATH=/usr/bin:/bin)\n"},
      {"folder",
       {"--parent", here(), "--folder", "/no/such", "--", "cat"},
       "cannot enter the folder \"/no/such\": No such file or directory\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Ended ended = exec_child(c.words);
    EXPECT_EQ(ended.errors, c.errors);
    EXPECT_EQ(ended.status, kExitCannotStart);
  }
}

TEST(ExecChild, OtherCommandLinesAreNoneOfItsBusiness) {
  const std::array<const char*, 3> other{"junctor", "serve", "exec-child"};
  exec_child_if_asked(static_cast<int>(other.size()), other.data());
  exec_child_if_asked(1, other.data());
  exec_child_if_asked(0, nullptr);
}

}  // namespace
}  // namespace junctor::rt
