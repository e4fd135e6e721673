#include "app/settings.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/units.h"

namespace junctor::app {
namespace {

constexpr std::size_t kShownBytesMax = 60;

// "a, b or c".
std::string join(std::span<const std::string_view> words) {
  JUNCTOR_ASSERT(!words.empty());
  std::string joined{words.front()};
  for (std::size_t i = 1; i < words.size(); ++i) {
    joined.append(i + 1 == words.size() ? " or " : ", ").append(words[i]);
  }
  return joined;
}

// Only where one is near: a guess that is wrong costs more than none.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const auto near = did_you_mean(word, candidates);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : std::string{};
}

// "between 1KiB and 1GiB", in the setting's own words.
std::string bounds_text(const SettingFacts& facts) {
  const auto text = [&facts](std::uint64_t bound) {
    switch (facts.type) {
      case SettingType::bytes: return format_bytes(bound);
      case SettingType::duration:
        return format_duration(Duration{static_cast<std::int64_t>(bound)});
      default: return std::to_string(bound);
    }
  };
  return fmt::format("between {} and {}", text(facts.min), text(facts.max));
}

bool is_within(const ReadPlace& place, std::uint64_t value) {
  if (value >= place.facts.min && value <= place.facts.max) return true;
  place.problem(fmt::format("expected a value {}{}", bounds_text(place.facts), place.got()));
  return false;
}

// A size may stand without a unit: it is in bytes then.
std::optional<std::uint64_t> read_number(const ReadPlace& place) {
  const auto text = place.scalar();
  if (!text) return std::nullopt;
  if (place.facts.type == SettingType::bytes) {
    const auto bytes = parse_bytes(*text);
    if (bytes) return is_within(place, *bytes) ? std::optional{*bytes} : std::nullopt;
    place.problem(fmt::format("expected a size such as 64KiB or 16MiB{}", place.got()));
    return std::nullopt;
  }
  const auto number = parse_unsigned(*text);
  if (number) return is_within(place, *number) ? number : std::nullopt;
  place.problem(fmt::format("expected a whole number{}", place.got()));
  return std::nullopt;
}

// The texts of a list; one text alone is a mistake that is easily made, and said so.
std::optional<std::vector<std::string>> read_texts(const ReadPlace& place) {
  if (place.node.kind != ConfigNode::Kind::list) {
    place.problem(
        fmt::format("expected a list of texts, as in [a, b], not {}", kind_text(place.node.kind)));
    return std::nullopt;
  }
  if (place.node.items.size() > place.facts.max) {
    place.problem(fmt::format("expected at most {} entries", place.facts.max));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    const ConfigNode& item = place.node.items[i];
    if (item.kind != ConfigNode::Kind::text || item.text.empty()) {
      place.problems.add(item.mark, element_path(place.path, i),
                         fmt::format("expected text, not {}",
                                     item.text.empty() ? "nothing" : kind_text(item.kind)));
      continue;
    }
    texts.push_back(item.text);
  }
  if (texts.size() != place.node.items.size()) return std::nullopt;
  return texts;
}

}  // namespace

void ReadPlace::problem(std::string sentence) const {
  problems.add(node.mark, path, std::move(sentence));
}

// What was put in by ${...} is not shown either: it is mostly a secret, whatever setting it stands
// in.
std::string ReadPlace::got() const {
  if (facts.shown == Shown::never || node.substituted) return {};
  return fmt::format(", not \"{}\"", safe_for_log(node.text, kShownBytesMax));
}

// Numbers count as text where text is wanted ("8080" is both); lists, maps and nothing never do.
std::optional<std::string_view> ReadPlace::scalar() const {
  if (node.kind == ConfigNode::Kind::number || node.kind == ConfigNode::Kind::text) {
    return node.text;
  }
  problem(fmt::format("expected {}, not {}",
                      facts.type == SettingType::duration ? "a time such as 30s or 250ms"
                      : facts.type == SettingType::bytes  ? "a size such as 64KiB or 16MiB"
                      : facts.type == SettingType::count  ? "a whole number"
                                                          : "text",
                      kind_text(node.kind)));
  return std::nullopt;
}

void read_value(const ReadPlace& place, std::uint64_t& value) {
  if (const auto number = read_number(place)) value = *number;
}

void read_value(const ReadPlace& place, std::uint32_t& value) {
  JUNCTOR_ASSERT(place.facts.max <= UINT32_MAX);
  if (const auto number = read_number(place)) value = static_cast<std::uint32_t>(*number);
}

void read_value(const ReadPlace& place, Duration& value) {
  const auto text = place.scalar();
  if (!text) return;
  const auto duration = parse_duration(*text);
  if (!duration) {
    place.problem(fmt::format("expected a time such as 30s or 250ms{}", place.got()));
  } else if (is_within(place, static_cast<std::uint64_t>(duration->count()))) {
    value = *duration;
  }
}

// YAML has dropped what made the text of a number special (a leading zero, trailing ones): in
// quotes it stays what was written.
void read_value(const ReadPlace& place, std::string& value) {
  if (place.node.kind == ConfigNode::Kind::number) {
    return place.problem("expected text; put the number in quotes");
  }
  const auto text = place.scalar();
  if (!text) return;
  if (text->empty() || text->size() > place.facts.max) {
    return place.problem(fmt::format("expected text of 1 to {} bytes", place.facts.max));
  }
  value = *text;
}

void read_value(const ReadPlace& place, rt::Endpoint& value) {
  const auto text = place.scalar();
  if (!text) return;
  auto endpoint = rt::Endpoint::parse(*text);
  if (!endpoint) return place.problem(endpoint.error().detail() + place.got());
  value = *std::move(endpoint);
}

// An address that could not be read leaves the setting absent; the problem was told.
void read_value(const ReadPlace& place, std::optional<rt::Endpoint>& value) {
  rt::Endpoint endpoint;
  read_value(place, endpoint);
  if (endpoint.family() != AF_UNSPEC) value = endpoint;
}

void read_value(const ReadPlace& place, net::Url& value) {
  const auto text = place.scalar();
  if (!text) return;
  auto url = net::Url::parse(*text);
  if (!url) return place.problem(url.error().detail());
  value = *std::move(url);
}

void read_value(const ReadPlace& place, std::vector<std::string>& value) {
  if (auto texts = read_texts(place)) value = *std::move(texts);
}

// The texts are moved, so that no copy stays behind.
void read_value(const ReadPlace& place, std::vector<Secret>& value) {
  auto texts = read_texts(place);
  if (!texts) return;
  value.clear();
  value.reserve(texts->size());
  for (std::string& text : *texts) value.emplace_back(std::move(text));
}

std::optional<std::size_t> read_choice(const ReadPlace& place) {
  const auto choices = place.facts.choices;
  // A boolean too: in YAML, `off` may have become one on its way through another tool.
  const bool is_word = place.node.is_scalar() && !place.node.text.empty();
  const auto found = std::ranges::find(choices, std::string_view{place.node.text});
  if (is_word && found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  if (is_word) {
    place.problem(fmt::format("expected {}{}{}", join(choices), place.got(),
                              suggestion(place.node.text, choices)));
  } else {
    place.problem(fmt::format("expected {}, not {}", join(choices), kind_text(place.node.kind)));
  }
  return std::nullopt;
}

std::string show_value(const SettingFacts& facts, std::uint64_t value) {
  return facts.type == SettingType::bytes ? format_bytes(value) : std::to_string(value);
}

std::string show_value(const SettingFacts&, Duration value) {
  return format_duration(value);
}

std::string show_value(const SettingFacts& facts, const std::string& value) {
  return facts.shown == Shown::never && !value.empty() ? "***" : value;
}

std::string show_value(const SettingFacts&, const rt::Endpoint& value) {
  return value.family() == AF_UNSPEC ? std::string{} : value.text();
}

std::string show_value(const SettingFacts& facts, const std::optional<rt::Endpoint>& value) {
  return value ? show_value(facts, *value) : std::string{};
}

std::string show_value(const SettingFacts&, const net::Url& value) {
  return value.host.empty() ? std::string{} : value.text();
}

std::string show_value(const SettingFacts&, const std::vector<std::string>& value) {
  return fmt::format("[{}]", fmt::join(value, ", "));
}

std::string show_value(const SettingFacts&, const std::vector<Secret>& value) {
  return fmt::format("[{}]", fmt::join(value, ", "));
}

// A near word if there is one, else all that may stand on this level: people guess keys by what
// they see.
void unknown_key(const ConfigMember& member, const std::string& path, const std::string& level,
                 std::span<const std::string_view> known, std::span<const NotYet> not_yet,
                 ProblemList& problems) {
  const std::string inner = member_path(level, member.key);
  const auto later = std::ranges::find(not_yet, std::string_view{inner}, &NotYet::path);
  if (later != not_yet.end()) {
    problems.add(member.mark, path, std::string{later->sentence});
    return;
  }
  const std::string prefix = level.empty() ? "" : level + ".";
  std::vector<std::string_view> siblings;
  for (std::string_view candidate : known) {
    if (!candidate.starts_with(prefix)) continue;
    candidate.remove_prefix(prefix.size());
    candidate = candidate.substr(0, candidate.find('.'));
    if (siblings.empty() || siblings.back() != candidate) siblings.push_back(candidate);
  }
  const std::string near = suggestion(member.key, siblings);
  problems.add(member.mark, path,
               near.empty() ? fmt::format("unknown key; expected {}", join(siblings))
                            : "unknown key" + near);
}

}  // namespace junctor::app
