// Goal: a file is read to its end or refused with a sentence. Method: files of a folder of its own,
// and names that are none.

#include "app/read_file.h"

#include <string>

#include <gtest/gtest.h>

#include "app/folder.h"

namespace junctor::app {
namespace {

std::string problem_of(const Result<std::string>& text) {
  return text ? "" : std::string{text.error().reason()} + ": " + text.error().detail();
}

TEST(ReadFile, GivesTheWholeFile) {
  Folder folder;
  const std::string large(200'000, 'x');
  EXPECT_EQ(read_file_blocking(folder.write("large", large), large.size()), large);
  EXPECT_EQ(read_file_blocking(folder.write("empty", ""), 0), "");
  const std::string zeros("a\0b", 3);
  EXPECT_EQ(read_file_blocking(folder.write("zeros", zeros), 3), zeros);
}

TEST(ReadFile, SaysWhatIsWrong) {
  Folder folder;
  const std::string file = folder.write("file", "four");
  EXPECT_EQ(problem_of(read_file_blocking(file, 3)),
            "file_too_large: " + file + " has more than 3 bytes");
  EXPECT_EQ(problem_of(read_file_blocking(file + "s", 3)),
            "file_unreadable: cannot read " + file + "s: No such file or directory");
  EXPECT_EQ(problem_of(read_file_blocking("/", 3)),
            "file_unreadable: cannot read /: Is a directory");
}

// Only a command line calls the standard input so; a configuration may not.
TEST(ReadFile, AHyphenIsAFileUnlessItIsAnInput) {
  EXPECT_EQ(problem_of(read_file_blocking("-", 3)),
            "file_unreadable: cannot read -: No such file or directory");
}

}  // namespace
}  // namespace junctor::app
