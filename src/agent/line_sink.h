#pragma once
// LineSink: where the messages for a stdio client go, each as a line.
//
// put() never waits: what the reader has not taken yet is held, and who writes much looks at
// taken_bytes() and waits. Invariant: lines leave in the order in which they were put, so that a
// line is out when as many bytes were taken as had been put behind it.
//
// Threads: one shard.

#include <cstdint>
#include <span>
#include <string_view>

#include "rt/event.h"

namespace junctor::agent {

class LineSink {
 public:
  virtual ~LineSink() = default;

  // One message in pieces, without line ends inside; its own is added.
  virtual void put(std::span<const std::string_view> pieces) = 0;
  // Of all lines so far, with their ends.
  [[nodiscard]] virtual std::uint64_t put_bytes() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t taken_bytes() const noexcept = 0;
  // Nobody reads any more; what is put is dropped.
  [[nodiscard]] virtual bool gone() const noexcept = 0;
  // Set when more was taken, or nobody reads any more. Asked for anew before each wait: nobody is
  // told who did not ask.
  [[nodiscard]] virtual rt::Event& taken() noexcept = 0;
};

}  // namespace junctor::agent
