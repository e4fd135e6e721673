#pragma once
// `junctor serve`: builds every room from the bottom up, serves until a signal, drains.
//
// SIGTERM drains: /readyz answers 503, after drain.delay the listeners close and idle connections
// end, what runs has drain.timeout to finish, and the process exits with 0. SIGINT, or a second
// SIGTERM, ends at once.
//
// SIGHUP, whoever asks for it at POST /reload, and with `reload: watch` a change of the file, let
// it read its file again: a bad one changes nothing, a good one becomes the next generation of all
// shards (docs/decisions/0007). What is unchanged keeps its connections, processes and sessions,
// and no call is dropped.
//
// Errors:  unavailable with a sentence: an address that cannot be bound, certificates that cannot
//          be read.
// Threads: call it from main, before any other thread exists.

#include <string>

#include "app/config.h"
#include "base/log_writer.h"

namespace junctor::app {

// `file` is what `config` was read from, to be read again; empty: there is none.
[[nodiscard]] Result<> serve_blocking(const Config& config, const std::string& file = {});

// As many descriptors as the process may have, and no core dumps. Before anything else.
void set_process_limits();

// Of the log on standard error.
[[nodiscard]] LogFormat log_format(LogFormatChoice choice) noexcept;

// Which Host and Origin fields the listener of `config` answers to.
[[nodiscard]] net::HostPolicy host_policy(const ListenConfig& listen);

}  // namespace junctor::app
