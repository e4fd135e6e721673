#pragma once
// Equality: whether values are equal as JSON Schema means it, without allocating each time.
//
// Numbers are equal by their value, objects whatever the order of their members; of members of
// equal name the last counts. It keeps the memory that it sorts members in.
//
// Source:  JSON Schema 2020-12 core section 4.2.2.
// Limits:  the depth of a JsonTree; `cost` goes down by what was looked at, and when it is below
//          zero the answer means nothing.
// Threads: one owner.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lang/json_tree.h"

namespace junctor::lang::schema {

// So many bytes of equal texts are compared for one step.
inline constexpr std::size_t kComparedPerStep = 64;

class Equality {
 public:
  [[nodiscard]] bool are_equal(JsonNode a, JsonNode b, std::int64_t& cost);
  // No two elements are equal. Sorts digests, so that an array costs little more than its text.
  [[nodiscard]] bool are_unique(JsonNode array, std::int64_t& cost);

 private:
  struct Digest {
    std::uint64_t value = 0;
    JsonNode node;
  };

  [[nodiscard]] bool are_unique_few(JsonNode array, std::int64_t& cost);
  [[nodiscard]] bool are_equal_objects(JsonNode a, JsonNode b, std::int64_t& cost);
  [[nodiscard]] std::uint64_t digest(JsonNode node);
  // Puts the members on top, sorted by name, each name once; where they begin.
  [[nodiscard]] std::size_t push_members(JsonNode object);

  std::vector<JsonNamed> members_;
  std::vector<Digest> digests_;
};

}  // namespace junctor::lang::schema
