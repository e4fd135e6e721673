#pragma once
// SingleFlight: something that is begun by the first who needs it, while the others wait for the
// end of that attempt, and then look for themselves.
//
//   while (there is none yet) {
//     if (!flight.is_under_way()) break;
//     JUNCTOR_CO_CHECK(co_await flight.landed(deadline, "It did not begin in time."));
//   }
//   const SingleFlight::Attempt attempt{flight};
//   ...
//
// Errors:  deadline_exceeded "upstream_timeout" with the sentence that is given; cancelled.
// Threads: one shard.

#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "rt/event.h"
#include "rt/task.h"

namespace junctor::agent {

class SingleFlight {
 public:
  [[nodiscard]] bool is_under_way() const noexcept { return is_under_way_; }
  // Until the attempt that is under way has ended, whatever came of it.
  [[nodiscard]] rt::Task<Result<>> landed(Time deadline, std::string_view late) {
    const rt::Wake wake = co_await landed_.wait(deadline);
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
    if (wake == rt::Wake::timeout)
      co_return fail(ErrorKind::deadline_exceeded, "upstream_timeout", std::string{late});
    co_return Result<>{};
  }

  // While it lives, an attempt is under way.
  class Attempt {
   public:
    explicit Attempt(SingleFlight& flight) noexcept : flight_{flight} {
      JUNCTOR_ASSERT(!flight_.is_under_way_);
      flight_.is_under_way_ = true;
      flight_.landed_.reset();
    }
    ~Attempt() {
      flight_.is_under_way_ = false;
      flight_.landed_.set();
    }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

   private:
    SingleFlight& flight_;
  };

 private:
  bool is_under_way_ = false;
  rt::Event landed_;
};

}  // namespace junctor::agent
