// Property: a tree takes exactly the texts that the strict scan takes; going through its containers
// meets each cell once, and find() gives the last member of a name.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "lang/json_tree.h"
#include "wire/json_scan.h"

namespace {

using junctor::lang::JsonNode;

// So many cells are met, names with them.
std::size_t cells_of(JsonNode node) {
  std::size_t met = 1;
  std::size_t count = 0;
  for (const JsonNode each : node.elements()) {
    JUNCTOR_ASSERT(node.size() > 64 || node.element(count) == each);
    met += cells_of(each);
    ++count;
  }
  for (const auto& each : node.members()) {
    const JsonNode found = node.find(each.name);
    JUNCTOR_ASSERT(found && found.cell() >= each.value.cell());
    met += 1 + cells_of(each.value);
    ++count;
  }
  JUNCTOR_ASSERT(count == node.size());
  JUNCTOR_ASSERT(met == node.cell()->next);
  return met;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  junctor::lang::JsonTree tree;
  const auto scanned = junctor::wire::scan_json(text);
  JUNCTOR_ASSERT(tree.fill(text).has_value() == static_cast<bool>(scanned));
  if (!scanned) return 0;
  JUNCTOR_ASSERT(tree.root().kind() == scanned.root.kind);
  cells_of(tree.root());
  return 0;
}
