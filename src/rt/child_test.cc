// Goal: a child process gets what its spec says and nothing else, its streams carry any amount both
// ways without holding up the loop, and its end is seen, reaped and leaves nothing. Method: real
// programs (sh, cat, head, env, ls, grep) that tell what they see; /proc for what they leave.

#include "rt/child.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "rt/child_rig.h"
#include "rt/exec_child.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;
using test::ChildTest;
using test::shell;

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 + i / 997);
  return text;
}

TEST_F(ChildTest, StatusOrSignalOfItsEndIsSeen) {
  struct Case {
    const char* name = "";
    const char* script = "";
    ChildEnd end;
  };
  constexpr Case kCases[] = {
      {"well", "exit 0", {0, 0}},
      {"status", "exit 7", {7, 0}},
      {"status_like_a_signal", "exit 137", {137, 0}},
      {"killed", "kill -KILL $$", {0, SIGKILL}},
      {"ended_by_a_signal", "kill -TERM $$", {0, SIGTERM}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(run(shell(c.script)).end, c.end);
  }
}

TEST_F(ChildTest, IsNotOverBeforeItsEnd) {
  const auto child = start(shell("read line; exit 3"));
  EXPECT_GT(child->pid(), 1);
  EXPECT_EQ(getpgid(child->pid()), child->pid());
  loop_.settle();
  EXPECT_FALSE(child->ended().is_set());
  EXPECT_FALSE(child->end().has_value());
  loop_.run(test::feed_stream(child->input(), "go\n"));
  loop_.run_until([&] { return child->ended().is_set(); });
  EXPECT_EQ(child->end(), (ChildEnd{.exit_status = 3}));
}

TEST_F(ChildTest, SeesTheEndOfItsInput) {
  const Told told = run(shell("cat; echo over"));
  EXPECT_EQ(told.output, "over\n");
  EXPECT_EQ(told.end, ChildEnd{});
}

TEST_F(ChildTest, CarriesMoreThanItsPipesHoldBothWays) {
  const std::string sent = pattern(5 << 20);
  const Told told = run(shell("exec cat"), sent);
  EXPECT_TRUE(told.output == sent);
  EXPECT_EQ(told.errors, "");
  EXPECT_EQ(told.end, ChildEnd{});
}

TEST_F(ChildTest, MuchOnItsErrorStreamIsDrainedBesideItsOutput) {
  const Told told = run(shell("head -c 1048576 /dev/zero >&2; echo over"));
  EXPECT_EQ(told.output, "over\n");
  EXPECT_EQ(told.errors.size(), 1U << 20);
}

TEST_F(ChildTest, ErrorsThatNobodyReadsHoldUpTheChildAlone) {
  const auto child = start(shell("echo begun; head -c 1048576 /dev/zero >&2; echo over"));
  EXPECT_EQ(line_of(*child), "begun");
  loop_.run_until([&] { return child->errors().maybe_readable(); });
  std::vector<char> bytes(64);
  EXPECT_EQ(child->output().try_receive(bytes), -EAGAIN);
  const Time began = loop_.now();
  loop_.run(child->stop(0ms));
  EXPECT_LT(loop_.now() - began, 5s);
  EXPECT_EQ(child->end()->signal, SIGTERM);
}

TEST_F(ChildTest, FullPipeSaysSoAndWakesItsWriterWhenThereIsRoom) {
  const auto child = start(shell("kill -STOP $$; exec cat >/dev/null"));
  loop_.run_until([&] { return test::state_of(child->pid()) == 'T'; });
  const std::string block(1 << 16, 'x');
  const iovec piece{.iov_base = const_cast<char*>(block.data()), .iov_len = block.size()};
  ssize_t sent = 0;
  std::size_t held = 0;
  while ((sent = child->input().try_send({&piece, 1})) > 0) held += static_cast<std::size_t>(sent);
  EXPECT_EQ(sent, -EAGAIN);
  EXPECT_GE(held, 4096U);
  std::vector<Wake> seen;
  const auto note_writable = [](Socket& socket, std::vector<Wake>& into) -> Task<void> {
    into.push_back(co_await socket.writable(kNever));
  };
  loop_.spawn(note_writable(child->input(), seen));
  loop_.settle();
  EXPECT_TRUE(seen.empty());
  child->signal_group(SIGCONT);
  loop_.run_until([&] { return !seen.empty(); });
  EXPECT_EQ(seen.front(), Wake::ready);
  EXPECT_GT(child->input().try_send({&piece, 1}), 0);
  child->input().close();
  loop_.run_until([&] { return child->ended().is_set(); });
  EXPECT_EQ(child->end(), ChildEnd{});
}

TEST_F(ChildTest, PipesAreAsLargeAsTheSystemAllows) {
  const auto child = start(shell("kill -STOP $$"));
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const int allowed = fcntl(ends[0], F_SETPIPE_SZ, Spawner::kPipeBytes);
  close(ends[0]);
  close(ends[1]);
  if (allowed < 0) return;  // The user's pipes are at their limit; nothing to see then.
  const std::string block(Spawner::kPipeBytes, 'x');
  const iovec piece{.iov_base = const_cast<char*>(block.data()), .iov_len = block.size()};
  EXPECT_EQ(child->input().try_send({&piece, 1}), Spawner::kPipeBytes);
}

TEST_F(ChildTest, WritingToOneThatReadsNoMoreIsAnError) {
  const auto child = start(shell("exec <&-; echo closed; exec sleep 600"));
  EXPECT_EQ(line_of(*child), "closed");
  loop_.run_until([&] { return child->input().gone(); });
  const iovec piece{.iov_base = const_cast<char*>("x"), .iov_len = 1};
  EXPECT_EQ(child->input().try_send({&piece, 1}), -EPIPE);
}

TEST_F(ChildTest, WhatItWroteLastIsThereAfterItsEnd) {
  const auto child = start(shell("echo last words"));
  loop_.run_until([&] { return child->ended().is_set(); });
  std::string output;
  bool ended = false;
  loop_.run(test::keep_stream(child->output(), output, ended));
  EXPECT_EQ(output, "last words\n");
}

TEST_F(ChildTest, ProgramThatCannotBeStartedIsSaidOnItsErrorStream) {
  struct Case {
    const char* name = "";
    const char* program = "";
    std::string errors;
  };
  const Case cases[] = {
      {"looked_for", "no-such-program",
       "cannot start \"no-such-program\": No such file or directory (looked in "
       "PATH=/usr/bin:/bin)\n"},
      {"named_by_its_place", "/no/such/program",
       "cannot start \"/no/such/program\": No such file or directory\n"},
      {"no_program_at_all", "/etc/passwd", "cannot start \"/etc/passwd\": Permission denied\n"},
      {"strange_name", "no\nsuch",
       "cannot start \"no\\x0asuch\": No such file or directory (looked "
       "in PATH=/usr/bin:/bin)\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Told told =
        run({.argv = {c.program}, .environment = {std::string{test::kPath}}, .folder = {}});
    EXPECT_EQ(told.errors, c.errors);
    EXPECT_EQ(told.output, "");
    EXPECT_EQ(told.end, (ChildEnd{.exit_status = kExitCannotStart}));
  }
}

TEST_F(ChildTest, EnvironmentIsExactlyTheOneGiven) {
  ::setenv("JUNCTOR_TEST_SECRET", "of the gateway", 1);
  EXPECT_EQ(run({.argv = {"/usr/bin/env"}, .environment = {}, .folder = {}}).output, "");
  const Told told = run({.argv = {"env"},
                         .environment = {std::string{test::kPath}, "A=1", "B=two words", "C="},
                         .folder = {}});
  EXPECT_EQ(told.output, "PATH=/usr/bin:/bin\nA=1\nB=two words\nC=\n");
  ::unsetenv("JUNCTOR_TEST_SECRET");
}

TEST_F(ChildTest, WordsArriveAsTheyAre) {
  const Told told =
      run({.argv = {"printf", "[%s]", "", "a b", "--", "$HOME", "\"'\\\n", "--parent"},
           .environment = {std::string{test::kPath}},
           .folder = {}});
  EXPECT_EQ(told.output, "[][a b][--][$HOME][\"'\\\n][--parent]");
}

class ChildFolderTest : public ChildTest {
 protected:
  ChildFolderTest() {
    std::string name = std::filesystem::temp_directory_path() / "junctor_child_XXXXXX";
    JUNCTOR_ASSERT(::mkdtemp(name.data()) != nullptr);
    folder_ = std::filesystem::canonical(name);
  }
  ~ChildFolderTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(ChildFolderTest, ProgramIsLookedForInThePathOfItsEnvironment) {
  const std::string program = folder_ + "/only-here";
  std::FILE* file = std::fopen(program.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs("#!/bin/sh\necho found\n", file);
  std::fclose(file);
  ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
  EXPECT_EQ(run({.argv = {"only-here"}, .environment = {"PATH=/nowhere:" + folder_}, .folder = {}})
                .output,
            "found\n");
  EXPECT_EQ(run({.argv = {"./only-here"}, .environment = {}, .folder = folder_}).output, "found\n");
}

TEST_F(ChildFolderTest, RunsInTheFolderGiven) {
  ChildSpec spec = shell("pwd -P");
  spec.folder = folder_;
  EXPECT_EQ(run(spec).output, folder_ + "\n");
  spec.folder = "";
  EXPECT_EQ(run(spec).output, std::filesystem::current_path().string() + "\n");
  spec.folder = folder_ + "/missing";
  const Told told = run(spec);
  EXPECT_EQ(told.errors,
            "cannot enter the folder \"" + folder_ + "/missing\": No such file or directory\n");
  EXPECT_EQ(told.end.exit_status, kExitCannotStart);
}

TEST_F(ChildTest, LimitsAreSeenInside) {
  ChildSpec spec =
      shell("ulimit -Sn; ulimit -Hn; ulimit -Sv; ulimit -Hv; ulimit -St; ulimit -Ht; nice");
  spec.limits = {.address_space_bytes = 3 << 28, .open_files = 64, .cpu_seconds = 100, .nice = 19};
  EXPECT_EQ(run(spec).output, "64\n64\n786432\n786432\n100\n101\n19\n");
}

TEST_F(ChildTest, MemoryLimitIsMet) {
  ChildSpec spec = shell("head -c 1073741824 /dev/zero | tail -n 1 >/dev/null; echo $?");
  spec.limits.address_space_bytes = 256 << 20;
  const Told told = run(spec);
  EXPECT_NE(told.output, "0\n");
  EXPECT_NE(told.errors, "");
}

TEST_F(ChildTest, ProcessorTimeThatIsUsedUpIsItsEnd) {
  ChildSpec spec = shell("while :; do :; done");
  spec.limits.cpu_seconds = 1;
  EXPECT_EQ(run(spec).end.signal, SIGXCPU);
}

TEST_F(ChildTest, HasNoDescriptorButItsStreams) {
  const int leaky = ::open("/dev/null", O_RDONLY);  // NOLINT: without O_CLOEXEC, that is the point.
  const auto other = start(shell("exec sleep 600"));
  const Told told = run(
      {.argv = {"ls", "/proc/self/fd"}, .environment = {std::string{test::kPath}}, .folder = {}});
  ::close(leaky);
  EXPECT_EQ(told.output, "0\n1\n2\n3\n");  // The last is the folder that ls reads.
}

TEST_F(ChildTest, ManyLeaveNoZombieAndNoDescriptor) {
  constexpr int kTogether = 20;
  (void)run(shell("exit 0"));  // The guard has a pipe of its own from now on.
  const std::size_t before = test::open_descriptors();
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < kTogether; ++i) children.push_back(start(shell("read line; exit 0")));
    for (const auto& child : children) child->input().close();
    loop_.run_until([&] {
      return std::ranges::all_of(children, [](const auto& c) { return c->ended().is_set(); });
    });
    for (const auto& child : children) EXPECT_EQ(child->end()->signal, 0);
  }
  EXPECT_EQ(test::open_descriptors(), before);
  EXPECT_FALSE(test::has_zombie());
}

TEST_F(ChildTest, DestructionKillsTheWholeGroup) {
  auto child = start(shell("sleep 600 & echo $!; wait"));
  const pid_t leader = child->pid();
  const pid_t other = pid_of(*child);
  ASSERT_TRUE(test::is_alive(other));
  child.reset();
  EXPECT_EQ(test::state_of(leader), '-');
  loop_.run_until([&] { return !test::is_alive(other); });
  EXPECT_FALSE(test::has_zombie());
}

TEST_F(ChildTest, WithoutDescriptorsNoneIsSpawnedAndNoneLeaks) {
  (void)run(shell("exit 0"));
  const std::size_t before = test::open_descriptors();
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit given = files;
  // Every number of descriptors that is not enough.
  int refused = 0;
  for (rlim_t more = 0; more < 20; ++more) {
    files.rlim_cur = before + more;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
    auto child = loop_.run(Child::spawn(loop_.shard(), shell("exit 0")));
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &given), 0);
    if (child) break;
    ++refused;
    EXPECT_EQ(child.error().kind(), ErrorKind::unavailable);
    EXPECT_EQ(child.error().reason(), "spawn_failed");
    EXPECT_TRUE(child.error().detail().ends_with("Too many open files")) << child.error().detail();
  }
  EXPECT_GE(refused, 3);
  EXPECT_LT(refused, 20);
  EXPECT_EQ(test::open_descriptors(), before);
  EXPECT_FALSE(test::has_zombie());
}

TEST_F(ChildTest, CommandThatNobodyCouldBeToldIsRefused) {
  const auto spawned = loop_.run(Child::spawn(loop_.shard(), {}));
  ASSERT_FALSE(spawned.has_value());
  EXPECT_EQ(spawned.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(spawned.error().reason(), "bad_command");
}

TEST_F(ChildTest, SignalsReachItsGroupWhileItLives) {
  const auto child = start(shell("trap 'echo got it' USR1; echo ready; while :; do read x; done"));
  EXPECT_EQ(line_of(*child), "ready");
  child->signal_group(SIGUSR1);
  EXPECT_EQ(line_of(*child), "got it");
  child->signal_group(SIGKILL);
  loop_.run_until([&] { return child->ended().is_set(); });
  EXPECT_EQ(child->end()->signal, SIGKILL);
  child->signal_group(SIGKILL);  // There is no such group any more.
}

}  // namespace
}  // namespace junctor::rt
