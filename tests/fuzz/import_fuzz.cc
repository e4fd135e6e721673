// Property: whatever a file of another program holds, importing it neither fails nor lets a key
// out: no text of the outcome has the shape of a key; what comes out is YAML that reads as it was
// meant; importing the file again, or the result into itself, changes nothing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/commands/import.h"
#include "app/config_node.h"
#include "base/assert.h"

namespace {

using junctor::app::ImportOutcome;
using junctor::app::ImportSource;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// One shape that is certain, found here in another way than the program finds it.
bool has_key(std::string_view text) {
  constexpr std::string_view kPrefix = "ghp_";
  constexpr std::size_t kKeyBytes = 20;
  for (std::size_t at = text.find(kPrefix); at != std::string_view::npos;
       at = text.find(kPrefix, at + 1)) {
    const std::string_view rest = text.substr(at + kPrefix.size(), kKeyBytes);
    bool is_key = rest.size() == kKeyBytes;
    bool has_digit = false;
    for (const char c : rest) {
      is_key = is_key && is_letter_or_digit(c);
      has_digit = has_digit || (c >= '0' && c <= '9');
    }
    if (is_key && has_digit) return true;
  }
  return false;
}

void check_texts(const ImportOutcome& outcome) {
  JUNCTOR_ASSERT(!has_key(outcome.out));
  JUNCTOR_ASSERT(!has_key(outcome.err));
  JUNCTOR_ASSERT(!outcome.err.empty() && outcome.err.ends_with('\n'));
  for (const char c : outcome.err) {
    JUNCTOR_ASSERT(c == '\n' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7F'));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ImportSource source{.file = "f",
                            .text = std::string{reinterpret_cast<const char*>(data), size}};
  const ImportOutcome outcome = junctor::app::import_texts({source}, nullptr);
  check_texts(outcome);
  if (outcome.out.empty()) return 0;
  JUNCTOR_ASSERT(outcome.exit_code == 0);
  JUNCTOR_ASSERT(junctor::app::read_config_tree(outcome.out).has_value());
  const ImportSource into{.file = "junctor.yaml", .text = outcome.out};
  for (const ImportSource& again : {source, into}) {
    const ImportOutcome second = junctor::app::import_texts({again}, &into);
    check_texts(second);
    JUNCTOR_ASSERT(second.out == outcome.out);
  }
  return 0;
}
