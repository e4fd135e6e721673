#pragma once
// Encoder for text/event-stream: the counterpart of sse_decoder.h.
//
// Data is split at its line ends (LF, CRLF, CR) into one data line each, so a decoder joins them
// again with LF; JSON does not mind the difference, since line ends occur in it between tokens
// alone. Invariant: what is appended is whole blocks; a block once begun is ended.
//
// Source:  WHATWG HTML, "Server-sent events", section 9.2.6.
// Limits:  none of its own.
// Threads: one owner at a time.

#include <chrono>
#include <optional>
#include <string_view>

#include "base/buffer.h"

namespace junctor::wire {

// Ids and types are the house's own, or came from the decoder: they hold no NUL, CR or LF.
struct SseHead {
  std::optional<std::string_view> id = {};
  std::string_view type = {};  // Empty: no event line, which means "message".
  std::optional<std::chrono::milliseconds> retry = {};
};

void append_sse_event(Buffer& out, const SseHead& head, std::string_view data);
// A comment line and a blank one, the keep-alive of long streams. Line ends in `text` become
// blanks.
void append_sse_comment(Buffer& out, std::string_view text);
// An id with empty data, by which a client can resume a stream before its first message. Only
// clients of revisions with VersionFacts::priming_event understand it; older ones parse the empty
// data.
void append_sse_priming_event(Buffer& out, std::string_view id,
                              std::optional<std::chrono::milliseconds> retry = {});

}  // namespace junctor::wire
