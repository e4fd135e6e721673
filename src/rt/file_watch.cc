#include "rt/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace junctor::rt {
namespace {

// A file that is still being written is none of them: its writer closes it.
constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<FileWatch>> FileWatch::make_blocking(const std::string& path) {
  const std::string folder = folder_of(path);
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor >= 0 && ::inotify_add_watch(descriptor, folder.c_str(), kEvents) >= 0)
    return std::unique_ptr<FileWatch>{new FileWatch{path, descriptor}};
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  return fail(ErrorKind::unavailable, "cannot_watch",
              "cannot watch " + folder + ": " + std::strerror(error));
}

FileWatch::FileWatch(std::string path, int descriptor)
    : path_{std::move(path)}, descriptor_{descriptor} {
  JUNCTOR_ASSERT(descriptor_ >= 0);
  (void)look_blocking(last_);
}

FileWatch::~FileWatch() {
  ::close(descriptor_);
}

bool FileWatch::look_blocking(Identity& identity) const noexcept {
  struct stat facts{};
  if (::stat(path_.c_str(), &facts) != 0) return false;
  identity = {.device = facts.st_dev,
              .inode = facts.st_ino,
              .bytes = facts.st_size,
              .changed = facts.st_mtim};
  return true;
}

bool FileWatch::take_change_blocking() noexcept {
  std::array<char, 4096> events{};
  while (::read(descriptor_, events.data(), events.size()) > 0) continue;
  Identity now;
  if (!look_blocking(now) || now == last_) return false;
  last_ = now;
  return true;
}

}  // namespace junctor::rt
