#include "base/secret.h"

#include <cstring>
#include <utility>

#include "base/crypto.h"

namespace junctor {
namespace {

// The whole buffer, for a shorter assignment may have left old bytes behind the end.
void wipe_string(std::string& text) noexcept {
  // Not memset: the compiler may leave out a write that nobody reads.
  explicit_bzero(text.data(), text.capacity());
  text.clear();
}

}  // namespace

Secret::Secret(std::string&& text) : text_{text} {
  wipe_string(text);
}

// Wiped first: a longer text would make the string move, and leave the old bytes in freed memory.
Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    text_ = other.text_;
  }
  return *this;
}

// A short string moves by copy and stays readable in the old place; hence the wipe.
Secret::Secret(Secret&& other) noexcept : text_{std::move(other.text_)} {
  other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
  }
  return *this;
}

bool operator==(const Secret& a, const Secret& b) noexcept {
  return constant_time_equal(a.text_, b.text_);
}

void Secret::wipe() noexcept {
  wipe_string(text_);
}

}  // namespace junctor
