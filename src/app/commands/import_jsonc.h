#pragma once
// JSON with comments, as editors write their settings, made into JSON.
//
// Comments and commas before a closing bracket become blanks; what stands in strings is left alone.
// Invariant: the result has the length of the text and its line ends, so that a place in the one is
//            the same place in the other; JSON comes out as it went in.
//
// Limits:  none of its own; the caller bounds the text.
// Errors:  none: what is broken stays broken, for the reader of JSON to say.
// Threads: pure.

#include <string>
#include <string_view>

namespace junctor::app {

[[nodiscard]] std::string blank_comments(std::string_view text);

}  // namespace junctor::app
