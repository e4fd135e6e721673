#pragma once
// `junctor serve`: builds every room from the bottom up, serves until a signal, drains.
//
// SIGTERM drains: /readyz answers 503, after drain.delay the listeners close and idle connections
// end, what runs has drain.timeout to finish, and the process exits with 0. SIGINT, or a second
// SIGTERM, ends at once. SIGHUP changes nothing and says so in the log.
//
// Errors:  unavailable with a sentence: an address that cannot be bound, certificates that cannot
//          be read.
// Threads: call it from main, before any other thread exists.

#include "app/config.h"
#include "base/log_writer.h"

namespace junctor::app {

[[nodiscard]] Result<> serve_blocking(const Config& config);

// Of the log on standard error.
[[nodiscard]] LogFormat log_format(LogFormatChoice choice) noexcept;

// Which Host and Origin fields the listener of `config` answers to.
[[nodiscard]] net::HostPolicy host_policy(const ListenConfig& listen);

}  // namespace junctor::app
