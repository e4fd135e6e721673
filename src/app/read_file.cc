#include "app/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace junctor::app {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

class File {
 public:
  explicit File(const std::string& path) : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> unreadable(const std::string& path) {
  return fail(ErrorKind::not_found, "file_unreadable",
              fmt::format("cannot read {}: {}", safe_for_log(path), std::strerror(errno)));
}

// Bytes read, 0 at the end, less than 0 with errno.
ssize_t read_some(int fd, char* into, std::size_t bytes) noexcept {
  while (true) {
    const ssize_t got = ::read(fd, into, bytes);
    if (got >= 0 || errno != EINTR) return got;
  }
}

Result<std::string> read_all(int fd, const std::string& path, std::size_t bytes_max) {
  std::string text;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + kPieceBytes);
    const ssize_t got = read_some(fd, text.data() + before, kPieceBytes);
    if (got < 0) return unreadable(path);
    text.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return text;
    if (text.size() > bytes_max)
      return fail(ErrorKind::too_large, "file_too_large",
                  fmt::format("{} has more than {} bytes", safe_for_log(path), bytes_max));
  }
}

}  // namespace

Result<std::string> read_file_blocking(const std::string& path, std::size_t bytes_max) {
  const File file{path};
  if (file.fd() < 0) return unreadable(path);
  return read_all(file.fd(), path, bytes_max);
}

Result<std::string> read_input_blocking(const std::string& path, std::size_t bytes_max) {
  if (path == "-") return read_all(STDIN_FILENO, path, bytes_max);
  return read_file_blocking(path, bytes_max);
}

}  // namespace junctor::app
