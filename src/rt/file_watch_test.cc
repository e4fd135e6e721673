// Goal: each way in which people change a file is told once, and what is no change of it is not.
// Method: a real folder, changed as editors and deployments do; the descriptor is waited for.

#include "rt/file_watch.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

namespace junctor::rt {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
  ASSERT_EQ(std::fclose(file), 0);
}

class FileWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "junctor-watch-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    file_ = folder_ / "junctor.yaml";
    write_file(file_, "one");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Whether something happens in the folder within a moment.
  [[nodiscard]] static bool is_told(const FileWatch& watch, int ms) {
    pollfd ready{.fd = watch.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&ready, 1, ms) == 1;
  }

  fs::path folder_;
  fs::path file_;
};

TEST_F(FileWatchTest, EachWayOfChangingIsToldOnce) {
  struct Way {
    const char* name;
    std::function<void()> change;
  };
  const Way ways[] = {
      {"written_in_place", [&] { write_file(file_, "two words"); }},
      {"moved_into_its_place",
       [&] {
         write_file(folder_ / "new", "three");
         fs::rename(folder_ / "new", file_);
       }},
      {"removed_and_made_again",
       [&] {
         fs::remove(file_);
         write_file(file_, "four");
       }},
      {"a_link_to_another_folder",
       [&] {
         fs::create_directory(folder_ / "a");
         write_file(folder_ / "a" / "junctor.yaml", "five");
         fs::create_symlink("a", folder_ / "data");
         fs::create_symlink("data/junctor.yaml", folder_ / "link");
         fs::rename(folder_ / "link", file_);
       }},
      {"that_link_led_elsewhere",
       [&] {
         fs::create_directory(folder_ / "b");
         write_file(folder_ / "b" / "junctor.yaml", "six six");
         fs::create_symlink("b", folder_ / "data.new");
         fs::rename(folder_ / "data.new", folder_ / "data");
       }},
  };
  const auto watch = FileWatch::make_blocking(file_.string());
  ASSERT_TRUE(watch);
  EXPECT_FALSE((*watch)->take_change_blocking()) << "nothing has happened yet";
  for (const Way& way : ways) {
    SCOPED_TRACE(way.name);
    way.change();
    EXPECT_TRUE(is_told(**watch, 10'000));
    EXPECT_TRUE((*watch)->take_change_blocking());
    EXPECT_FALSE(is_told(**watch, 0)) << "all events are taken";
    EXPECT_FALSE((*watch)->take_change_blocking()) << "once";
  }
}

TEST_F(FileWatchTest, WhatIsNoChangeOfItIsNotTold) {
  const auto watch = FileWatch::make_blocking(file_.string());
  ASSERT_TRUE(watch);
  write_file(folder_ / "neighbour", "x");
  EXPECT_TRUE(is_told(**watch, 10'000)) << "the folder has changed";
  EXPECT_FALSE((*watch)->take_change_blocking()) << "the file has not";
  fs::rename(file_, folder_ / "aside");
  EXPECT_FALSE((*watch)->take_change_blocking()) << "a file that is gone is none";
  fs::rename(folder_ / "aside", file_);
  EXPECT_FALSE((*watch)->take_change_blocking()) << "it is back as it was";
}

TEST_F(FileWatchTest, AFolderThatIsNotThereIsSaid) {
  const auto refused = FileWatch::make_blocking((folder_ / "none" / "junctor.yaml").string());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "cannot_watch");
  EXPECT_NE(refused.error().detail().find("none"), std::string_view::npos);
}

}  // namespace
}  // namespace junctor::rt
