#include "rt/open_files.h"

#include <sys/resource.h>

namespace junctor::rt {
namespace {

// 0: not raised yet, so the limit itself says it.
std::uint64_t given_before_raise = 0;

}  // namespace

void raise_open_files() noexcept {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  const std::uint64_t given = files.rlim_cur;
  files.rlim_cur = files.rlim_max;
  // Best effort: the limit that is there still serves.
  if (::setrlimit(RLIMIT_NOFILE, &files) == 0 && given_before_raise == 0) {
    given_before_raise = given;
  }
}

std::uint64_t open_files_given() noexcept {
  if (given_before_raise != 0) return given_before_raise;
  rlimit files{};
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 0;
}

}  // namespace junctor::rt
