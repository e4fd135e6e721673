// Goal: what fuzzing has found once stays found. Method: runs one fuzz target's property over every
// file of its corpus, as an ordinary test in every preset.
//
// usage: <target>_replay CORPUS      (a folder, or one file of it)

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes(std::filesystem::file_size(path));
  std::FILE* file = std::fopen(path.c_str(), "rb");
  JUNCTOR_ASSERT(file != nullptr);
  JUNCTOR_ASSERT(std::fread(bytes.data(), 1, bytes.size(), file) == bytes.size());
  JUNCTOR_ASSERT(std::fclose(file) == 0);
  return bytes;
}

void replay(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  // Printed before the run: a crash then names its input.
  std::printf("%s: %zu bytes\n", path.c_str(), bytes.size());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
    return 2;
  }
  junctor::set_on_bug(junctor::OnBug::abort);
  const std::filesystem::path corpus{argv[1]};
  if (std::filesystem::is_regular_file(corpus)) {
    replay(corpus);
    return 0;
  }
  std::size_t inputs = 0;
  if (std::filesystem::is_directory(corpus)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{corpus}) {
      if (!entry.is_regular_file()) continue;
      replay(entry.path());
      ++inputs;
    }
  }
  if (inputs == 0) std::fprintf(stderr, "%s: no inputs\n", corpus.c_str());
  return inputs == 0 ? 1 : 0;
}
