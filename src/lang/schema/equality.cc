#include "lang/schema/equality.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "lang/decimal.h"

namespace junctor::lang::schema {
namespace {

// So few are compared each with each.
constexpr std::size_t kPairwiseMax = 6;

constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t more) noexcept {
  const std::uint64_t mixed = (seed ^ more) * 0x9E37'79B9'7F4A'7C15;
  return mixed ^ (mixed >> 29U);
}

std::uint64_t digest_of_text(std::string_view text) noexcept {
  return mix(text.size(), std::hash<std::string_view>{}(text));
}

std::int64_t cells_of(JsonNode node) noexcept {
  return node.cell()->next;
}

}  // namespace

std::size_t Equality::push_members(JsonNode object) {
  const std::size_t begin = members_.size();
  for (const JsonNamed each : object.members()) members_.push_back(each);
  const auto from = members_.begin() + static_cast<std::ptrdiff_t>(begin);
  std::sort(from, members_.end(), [](const JsonNamed& a, const JsonNamed& b) {
    return a.name != b.name ? a.name < b.name : a.value.cell() > b.value.cell();
  });
  // Of equal names the last in the text stands first now.
  const auto kept = std::unique(from, members_.end(), [](const JsonNamed& a, const JsonNamed& b) {
    return a.name == b.name;
  });
  members_.erase(kept, members_.end());
  return begin;
}

bool Equality::are_equal(JsonNode a, JsonNode b, std::int64_t& cost) {
  if (a.kind() != b.kind() || --cost < 0) return false;
  switch (a.kind()) {
    case JsonKind::none:
    case JsonKind::null: return true;
    case JsonKind::boolean:
    case JsonKind::string:
      cost -= static_cast<std::int64_t>(a.text().size() / kComparedPerStep);
      return a.text() == b.text();
    case JsonKind::number:
      if (a.text() == b.text()) return true;
      cost -= static_cast<std::int64_t>(std::min(a.text().size(), b.text().size()) / 8);
      return Decimal{a.text()} == Decimal{b.text()};
    case JsonKind::array: break;
    case JsonKind::object: return are_equal_objects(a, b, cost);
  }
  if (a.size() != b.size()) return false;
  auto of_b = b.elements().begin();
  for (const JsonNode each : a.elements()) {
    if (!are_equal(each, *of_b, cost)) return false;
    ++of_b;
  }
  return true;
}

bool Equality::are_equal_objects(JsonNode a, JsonNode b, std::int64_t& cost) {
  cost -= static_cast<std::int64_t>((a.size() + b.size()) * 4 + a.text().size() / kComparedPerStep);
  if (cost < 0) return false;
  const std::size_t of_a = push_members(a);
  const std::size_t of_b = push_members(b);
  const std::size_t count = of_b - of_a;
  bool is_equal = members_.size() - of_b == count;
  for (std::size_t i = 0; is_equal && i < count; ++i) {
    // By value: what is below grows the stack.
    const JsonNamed one = members_[of_a + i];
    const JsonNamed other = members_[of_b + i];
    is_equal = one.name == other.name && are_equal(one.value, other.value, cost);
  }
  members_.resize(of_a);
  return is_equal;
}

std::uint64_t Equality::digest(JsonNode node) {
  std::uint64_t digest = static_cast<std::uint64_t>(node.kind()) + 1;
  switch (node.kind()) {
    case JsonKind::none:
    case JsonKind::null: return digest;
    case JsonKind::boolean:
    case JsonKind::string: return mix(digest, digest_of_text(node.text()));
    case JsonKind::number: return mix(digest, Decimal{node.text()}.digest());
    case JsonKind::array:
      for (const JsonNode each : node.elements()) digest = mix(digest, this->digest(each));
      return digest;
    case JsonKind::object: break;
  }
  const std::size_t begin = push_members(node);
  for (std::size_t i = begin; i < members_.size(); ++i) {
    const JsonNamed each = members_[i];
    const std::size_t top = members_.size();
    digest = mix(mix(digest, digest_of_text(each.name)), this->digest(each.value));
    members_.resize(top);
  }
  members_.resize(begin);
  return digest;
}

bool Equality::are_unique_few(JsonNode array, std::int64_t& cost) {
  const auto end = array.elements().end();
  for (auto one = array.elements().begin(); one != end; ++one) {
    auto other = one;
    for (++other; other != end; ++other) {
      // Most are texts of which the length says enough.
      const bool are_texts = (*one).is_string() && (*other).is_string();
      if (are_texts && (*one).text().size() != (*other).text().size()) continue;
      if (are_equal(*one, *other, cost)) return false;
    }
  }
  return true;
}

bool Equality::are_unique(JsonNode array, std::int64_t& cost) {
  if (array.size() < 2) return true;
  if (array.size() <= kPairwiseMax) return are_unique_few(array, cost);
  cost -= cells_of(array) * 4 + static_cast<std::int64_t>(array.text().size() / 8);
  if (cost < 0) return false;
  digests_.clear();
  for (const JsonNode each : array.elements()) digests_.push_back({digest(each), each});
  std::ranges::sort(digests_, {}, &Digest::value);
  for (std::size_t i = 0; i < digests_.size(); ++i) {
    for (std::size_t k = i + 1; k < digests_.size() && digests_[k].value == digests_[i].value;
         ++k) {
      if (are_equal(digests_[i].node, digests_[k].node, cost)) return false;
      if (cost < 0) return false;
    }
  }
  return true;
}

}  // namespace junctor::lang::schema
