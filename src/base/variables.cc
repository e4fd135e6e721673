#include "base/variables.h"

#include "base/assert.h"

namespace junctor {

std::expected<std::string, std::string> expand_variables(std::string_view text,
                                                         const VariableLookup& lookup) {
  JUNCTOR_ASSERT(lookup != nullptr);
  std::string made;
  while (!text.empty()) {
    const std::size_t dollar = text.find("${");
    if (dollar == std::string_view::npos) break;
    if (dollar > 0 && text[dollar - 1] == '$') {
      made.append(text.substr(0, dollar - 1)).append("${");
      text.remove_prefix(dollar + 2);
      continue;
    }
    const std::size_t end = text.find('}', dollar);
    if (end == std::string_view::npos) {
      return std::unexpected{"a ${ without its }; write $${ for a plain ${"};
    }
    auto found = lookup(text.substr(dollar + 2, end - dollar - 2));
    if (!found) return std::unexpected{std::move(found).error()};
    made.append(text.substr(0, dollar)).append(*found);
    text.remove_prefix(end + 1);
  }
  return made.append(text);
}

}  // namespace junctor
