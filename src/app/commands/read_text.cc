#include "app/commands/read_text.h"

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

class Input {
 public:
  explicit Input(const std::string& path)
      : is_own_{path != "-"},
        fd_{is_own_ ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO} {}
  ~Input() {
    if (is_own_ && fd_ >= 0) ::close(fd_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  // Bytes read, 0 at the end, less than 0 with errno.
  ssize_t read_blocking(char* into, std::size_t bytes) const {
    while (true) {
      const ssize_t got = ::read(fd_, into, bytes);
      if (got >= 0 || errno != EINTR) return got;
    }
  }

 private:
  bool is_own_;
  int fd_;
};

}  // namespace

Result<std::string> read_text_blocking(const std::string& path, std::size_t bytes_max) {
  const Input input{path};
  std::string text;
  ssize_t got = -1;
  while (input.is_open()) {
    const std::size_t before = text.size();
    text.resize(before + kPieceBytes);
    got = input.read_blocking(text.data() + before, kPieceBytes);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0 || text.size() > bytes_max) break;
  }
  if (got < 0)
    return fail(ErrorKind::not_found, "file_unusable",
                fmt::format("cannot read {}: {}", safe_for_log(path), std::strerror(errno)));
  if (text.size() > bytes_max)
    return fail(ErrorKind::too_large, "file_too_large",
                fmt::format("{} has more than {} bytes", safe_for_log(path), bytes_max));
  return text;
}

}  // namespace junctor::app
