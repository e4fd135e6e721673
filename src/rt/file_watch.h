#pragma once
// FileWatch: whether a file has become another one, told by a descriptor that can be waited for.
//
// The folder is watched and not the file: editors, and those who deploy, move a new file or link
// into its place. An event is only the reason to look; a change is another size, time or inode
// behind the path, links followed. The invariant is that each change is told once; a file that is
// gone is none until it is back.
//
// Source:  inotify(7).
// Limits:  one folder; links in other folders on the way are not watched, what they lead to is
//          looked at with the next event.
// Errors:  unavailable "cannot_watch": no such folder, or no watch left.
// Threads: one owner at a time; its calls look at the file system.

#include <sys/stat.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace junctor::rt {

class FileWatch {
 public:
  [[nodiscard]] static Result<std::unique_ptr<FileWatch>> make_blocking(const std::string& path);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Readable when something has happened in the folder.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  // Takes all events; whether the file is another one than the last time.
  [[nodiscard]] bool take_change_blocking() noexcept;

 private:
  FileWatch(std::string path, int descriptor);
  // What a change is recognised by.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    timespec changed{};
    [[nodiscard]] bool operator==(const Identity& other) const noexcept {
      return device == other.device && inode == other.inode && bytes == other.bytes &&
             changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
    }
  };
  // False: there is no file.
  [[nodiscard]] bool look_blocking(Identity& identity) const noexcept;

  std::string path_;
  int descriptor_;
  Identity last_;
};

}  // namespace junctor::rt
