// Goal: a confined process reaches nothing of what was taken from it, cannot take it back, and is
// otherwise what it would have been; where the system does not allow it, that is said and nothing
// is started. Method: real programs in real namespaces, which tell what they see.

#include "rt/confinement.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "rt/child_rig.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;
using test::shell;

const Confinement kNoNetwork{.network = ChildNetwork::none, .files = ChildFiles::shared};
const Confinement kReadOnly{.network = ChildNetwork::shared, .files = ChildFiles::read_only};
const Confinement kBoth{.network = ChildNetwork::none, .files = ChildFiles::read_only};

// Its files are not in /tmp, which would then not be replaced.
class ConfinementTest : public test::ChildTest {
 protected:
  ConfinementTest() : place_{fmt::format("/var/tmp/confined.{}", ::getpid())} {
    std::filesystem::create_directories(place_ / "kept");
  }
  ~ConfinementTest() override { std::filesystem::remove_all(place_); }

  // What the script tells when it is confined; nothing where that is not possible here, which has
  // then been looked at.
  std::optional<Told> told_in(const Confinement& confinement, std::string script) {
    ChildSpec spec = shell(std::move(script));
    spec.confinement = confinement;
    spec.folder = folder_;
    Told told = run(spec);
    if (can_confine_blocking(confinement)) return told;
    EXPECT_EQ(told.output, "");
    EXPECT_EQ(told.end.exit_status, kExitCannotStart);
    EXPECT_TRUE(told.errors.starts_with("cannot ")) << told.errors;
    return std::nullopt;
  }
  std::string path(std::string_view name) const { return (place_ / name).string(); }

  const std::filesystem::path place_;
  std::string folder_ = place_.string();  // In which the script runs.
};

TEST_F(ConfinementTest, WithoutNetworkItHasItsOwnLoopbackAlone) {
  Endpoint bound;
  const int listener = loop_.io().listen(Endpoint::parse("127.0.0.1:0").value(), 1, bound);
  ASSERT_GE(listener, 0);
  const std::string script = "grep -c ' lo:' /proc/net/dev; id -u; wc -l </proc/net/tcp";
  const Told shared = run(shell(script));
  const auto none = told_in(kNoNetwork, script);
  loop_.io().close(listener, nullptr);
  const std::string alone = fmt::format("1\n{}\n1\n", ::getuid());
  EXPECT_FALSE(shared.output.ends_with("\n" + alone)) << shared.output;
  if (none) EXPECT_EQ(none->output, alone) << none->errors;
}

TEST_F(ConfinementTest, FilesAreReadOnlyAndTemporaryOnesItsOwn) {
  const std::string kept = path("file");
  const auto told =
      told_in(kReadOnly, fmt::format("echo a >{0} || echo refused; cat {0}; ls -A /tmp | wc -l; "
                                     "echo b >/tmp/b && cat /tmp/b; echo c >/dev/null && id -u",
                                     kept));
  if (!told) return;
  EXPECT_EQ(told->output, fmt::format("refused\n0\nb\n{}\n", ::getuid())) << told->errors;
  EXPECT_TRUE(told->errors.contains("Read-only file system")) << told->errors;
  EXPECT_FALSE(std::filesystem::exists(kept));
  EXPECT_FALSE(std::filesystem::exists("/tmp/b"));
}

TEST_F(ConfinementTest, WritableFoldersStayAsTheyAre) {
  Confinement some = kReadOnly;
  some.writable = {path("kept")};
  const auto told = told_in(
      some, fmt::format("echo a >{0}/kept/a; echo b >{0}/b || echo refused", place_.string()));
  if (!told) return;
  EXPECT_EQ(told->output, "refused\n") << told->errors;
  EXPECT_TRUE(std::filesystem::exists(path("kept/a")));
  EXPECT_FALSE(std::filesystem::exists(path("b")));
}

TEST_F(ConfinementTest, AScratchFolderWithAWritableOneInItIsNotReplaced) {
  const std::filesystem::path folder = fmt::format("/tmp/confined.{}", ::getpid());
  std::filesystem::create_directories(folder);
  Confinement some = kReadOnly;
  some.writable = {folder.string()};
  const auto told = told_in(
      some, fmt::format("echo a >{0}/a && cat {0}/a; echo b >{0}.b || echo no", folder.string()));
  if (told) EXPECT_EQ(told->output, "a\nno\n") << told->errors;
  std::filesystem::remove_all(folder);
}

TEST_F(ConfinementTest, AScratchFolderInWhichTheCommandStandsIsReadOnly) {
  const std::filesystem::path folder = fmt::format("/tmp/confined.{}", ::getpid());
  std::filesystem::create_directories(folder);
  folder_ = folder.string();
  const auto told =
      told_in(kReadOnly, "pwd && echo a >/dev/shm/a && cat /dev/shm/a; echo b >b || echo no");
  if (told) EXPECT_EQ(told->output, folder.string() + "\na\nno\n") << told->errors;
  std::filesystem::remove_all(folder);
}

TEST_F(ConfinementTest, AFolderThatIsNotThereIsSaid) {
  Confinement some = kReadOnly;
  some.writable = {path("missing")};
  const auto told = told_in(some, "echo ran");
  if (!told) return;
  EXPECT_EQ(told->output, "");
  EXPECT_EQ(told->errors, fmt::format("cannot keep the folder \"{}\" writable: No such file or "
                                      "directory\n",
                                      path("missing")));
}

// As root it has power over its namespaces, and by one below it anybody has.
TEST_F(ConfinementTest, WhatWasTakenCannotBeTakenBack) {
  const auto told = told_in(
      kBoth, fmt::format("mount -o remount,rw / && echo back; mount -o bind,remount,rw / && echo "
                         "back; unshare -Urm mount -o bind,remount,rw / && echo back; "
                         "nsenter -n -t {} true && echo back; echo a >{} && echo back; echo end",
                         ::getpid(), path("a")));
  if (told) EXPECT_EQ(told->output, "end\n") << told->errors;
}

TEST_F(ConfinementTest, ItStillEndsWithItsGroup) {
  ChildSpec spec = shell("trap '' TERM; sleep 600 & echo $!; wait; sleep 600");
  if (can_confine_blocking(kBoth)) spec.confinement = kBoth;
  const auto child = start(spec);
  const pid_t other = pid_of(*child);
  ASSERT_TRUE(test::is_alive(other));
  loop_.run(child->stop(20ms));
  EXPECT_EQ(child->end()->signal, SIGKILL);
  loop_.run_until([&] { return !test::is_alive(other); });
}

}  // namespace
}  // namespace junctor::rt
