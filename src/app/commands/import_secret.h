#pragma once
// Which texts of a configuration are secrets: by the name that they go under, and by their shape.
//
// Better one value too many that has to be set as a variable than one key too many in a file that
// is committed. Whatever an import shows passes shown_text(), so that a key that stands where a
// name was expected is not shown either.
//
// Source:  the prefixes that the services which issue keys document.
// Limits:  kShownBytesMax of one text that is shown.
// Errors:  none: it is a guess, and errs towards secret.
// Threads: pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace junctor::app {

inline constexpr std::size_t kShownBytesMax = 120;

// Of an environment variable or a header: *KEY*, *TOKEN*, *SECRET*, *PASSWORD* and their like.
[[nodiscard]] bool is_secret_name(std::string_view name);

// Of an option or a parameter of a URL, such as "--api-key" or "token". Stricter: the words count
// and not the letters, so that --keymap and --key-file are no secrets.
[[nodiscard]] bool is_secret_option(std::string_view name);

// A known prefix (sk-, ghp_, ...), a long run of letters and digits that nobody would write by
// hand, or user:password@ in a URL, anywhere in the text.
[[nodiscard]] bool has_secret_shape(std::string_view text);

// Fit to be shown: on one line, cut, and "***" in place of all that has the shape of a secret.
[[nodiscard]] std::string shown_text(std::string_view text, std::size_t bytes_max = kShownBytesMax);

}  // namespace junctor::app
