#include "agent/uri_template.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/assert.h"

namespace junctor::agent {
namespace {

using Part = UriTemplate::Part;

constexpr std::string_view kOperators = "+#./;?&";
constexpr std::string_view kReservedInUri = ":/?#[]@!$&'()*+,;=";

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_triplet_at(std::string_view text, std::size_t at) noexcept {
  return text.size() - at >= 3 && text[at] == '%' && is_hex(text[at + 1]) && is_hex(text[at + 2]);
}

// --- Parsing ------------------------------------------------------------------------------------

// RFC 6570 section 2.3, and '-'.
bool is_variable_name(std::string_view name) noexcept {
  bool after_dot = true;  // Neither the first nor the last character is a dot, nor two in a row.
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '.') {
      if (after_dot) return false;
      after_dot = true;
      continue;
    }
    after_dot = false;
    if (name[at] == '%') {
      if (!is_triplet_at(name, at)) return false;
      at += 2;
    } else if (!is_unreserved_in_uri(name[at]) || name[at] == '~') {
      return false;
    }
  }
  return !after_dot;
}

// ":1" to ":9999".
bool is_prefix_length(std::string_view digits) noexcept {
  return !digits.empty() && digits.size() <= 4 && digits.front() != '0' &&
         std::ranges::all_of(digits, is_digit);
}

// `inside`: what stands between the braces.
std::optional<Part> parse_expression(std::string_view inside) {
  Part part;
  part.op = Part::kSimple;
  if (!inside.empty() && kOperators.contains(inside.front())) {
    part.op = inside.front();
    inside.remove_prefix(1);
  }
  while (true) {
    const auto comma = inside.find(',');
    std::string_view name = inside.substr(0, comma);
    if (name.ends_with('*')) {
      part.is_exploded = true;
      name.remove_suffix(1);
    } else if (const auto colon = name.find(':'); colon != std::string_view::npos) {
      if (!is_prefix_length(name.substr(colon + 1))) return std::nullopt;
      name = name.substr(0, colon);
    }
    if (!is_variable_name(name)) return std::nullopt;
    part.names.emplace_back(name);
    if (comma == std::string_view::npos) return part;
    inside.remove_prefix(comma + 1);
  }
}

// RFC 6570 section 3.1: what no URI can hold is encoded.
std::string expanded_literal(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_unreserved_in_uri(c) || kReservedInUri.contains(c) || is_triplet_at(text, at)) {
      out += c;
    } else {
      append_percent_encoded(out, c);
    }
  }
  return out;
}

// --- Matching -----------------------------------------------------------------------------------

// For each place in the URI: where the part that ends there began, or kNowhere.
using Origin = std::uint16_t;
constexpr Origin kNowhere = std::numeric_limits<Origin>::max();
static_assert(kMatchedUriBytesMax < kNowhere);
using Places = std::vector<Origin>;

// Of several beginnings the first is kept.
void reach(std::span<Origin> places, std::size_t at, Origin origin) noexcept {
  JUNCTOR_ASSERT(at < places.size());
  places[at] = std::min(places[at], origin);
}

// The text of one part is compared where the parts before it may have ended.
class Step {
 public:
  Step(std::string_view uri, const Part& part, std::span<const Origin> from, std::span<Origin> to)
      : uri_{uri}, part_{part}, from_{from}, to_{to} {}

  [[nodiscard]] bool literal(MatchBudget& budget) {
    const std::size_t cost = 1 + part_.text.size() / MatchBudget::kBytesPerStep;
    for (std::size_t at = 0; at < from_.size(); ++at) {
      if (from_[at] == kNowhere) continue;
      if (!budget.try_take(cost)) return false;
      const auto rest = uri_.substr(at);
      for (const std::string* form : {&part_.text, &part_.encoded}) {
        if (rest.starts_with(*form)) reach(to_, at + form->size(), static_cast<Origin>(at));
      }
    }
    return true;
  }

  // One pass: `inside_` are the places where a value may go on, `to_` those where it may end.
  [[nodiscard]] bool expression(MatchBudget& budget) {
    if (is_named() && !budget.try_take(names_tried())) return false;
    inside_.assign(from_.size(), kNowhere);
    for (std::size_t at = 0; at < from_.size(); ++at) {
      if (from_[at] != kNowhere) begin(at);
      if (at < uri_.size() && inside_[at] != kNowhere) go_on(at, inside_[at]);
      if (at < uri_.size() && is_named() && to_[at] != kNowhere && to_[at] != at &&
          uri_[at] == separator()) {
        name(at, to_[at]);
      }
      if (inside_[at] != kNowhere) reach(to_, at, inside_[at]);
    }
    return true;
  }

 private:
  [[nodiscard]] bool is_named() const noexcept {
    return part_.op == ';' || part_.op == '?' || part_.op == '&';
  }
  [[nodiscard]] char separator() const noexcept { return part_.op == ';' ? ';' : '&'; }

  // Each name may be compared behind each separator.
  [[nodiscard]] std::size_t names_tried() const noexcept {
    const auto separates = [this](char c) { return c == part_.op || c == separator(); };
    return static_cast<std::size_t>(std::ranges::count_if(uri_, separates)) * part_.names.size();
  }

  [[nodiscard]] bool takes(char c) const noexcept {
    switch (part_.op) {
      case '+':
      case '#': return true;
      case '/': {
        const bool is_list = part_.is_exploded || part_.names.size() > 1;
        return c != '?' && c != '#' && (is_list || c != '/');
      }
      case ';': return c != '/' && c != '?' && c != '#' && c != ';';
      case '?':
      case '&': return c != '#' && c != '&';
      default: return c != '/' && c != '?' && c != '#';
    }
  }

  void begin(std::size_t at) {
    const auto origin = static_cast<Origin>(at);
    if (part_.op == Part::kSimple || part_.op == '+') {
      if (part_.op == '+') reach(to_, at, origin);
      if (at < uri_.size() && takes(uri_[at])) reach(inside_, at + 1, origin);
      return;
    }
    reach(to_, at, origin);  // Variables that are not defined leave nothing.
    if (at == uri_.size() || uri_[at] != part_.op) return;
    if (is_named()) {
      name(at, origin);
    } else {
      reach(inside_, at + 1, origin);
    }
  }

  void go_on(std::size_t at, Origin origin) {
    if (takes(uri_[at])) reach(inside_, at + 1, origin);
    if (is_named() && uri_[at] == separator()) name(at, origin);
  }

  // A separator at `at` and a name behind it, with a value or without.
  void name(std::size_t at, Origin origin) {
    const auto rest = uri_.substr(at + 1);
    const auto take = [&](std::size_t bytes) {
      reach(to_, at + bytes + 1, origin);
      if (rest.substr(bytes).starts_with('=')) reach(inside_, at + bytes + 2, origin);
    };
    if (part_.is_exploded) {
      const auto in_name = [](char c) { return is_unreserved_in_uri(c) || c == '%'; };
      const auto end = std::ranges::find_if_not(rest, in_name);
      if (end != rest.begin()) take(static_cast<std::size_t>(end - rest.begin()));
      return;
    }
    for (const std::string& known : part_.names) {
      if (rest.starts_with(known)) take(known.size());
    }
  }

  std::string_view uri_;
  const Part& part_;
  std::span<const Origin> from_;
  std::span<Origin> to_;
  Places inside_;
};

bool ends_with_literal(std::string_view uri, const Part& part) noexcept {
  return !part.is_literal() || uri.ends_with(part.text) || uri.ends_with(part.encoded);
}

bool begins_with_literal(std::string_view uri, const Part& part) noexcept {
  return !part.is_literal() || uri.starts_with(part.text) || uri.starts_with(part.encoded);
}

}  // namespace

void append_percent_encoded(std::string& out, char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  out += {'%', kDigits[value >> 4U], kDigits[value & 0xFU]};
}

std::optional<UriTemplate> UriTemplate::parse(std::string_view text) {
  if (text.size() > kUriTemplateBytesMax) return std::nullopt;
  UriTemplate parsed;
  std::size_t expressions = 0;
  std::size_t variables = 0;
  while (!text.empty()) {
    if (text.front() == '{') {
      const auto end = text.find('}');
      if (end == std::string_view::npos || ++expressions > kUriTemplateExpressionsMax) {
        return std::nullopt;
      }
      auto part = parse_expression(text.substr(1, end - 1));
      if (!part) return std::nullopt;
      variables += part->names.size();
      if (variables > kUriTemplateVariablesMax) return std::nullopt;
      part->text = text.substr(0, end + 1);
      parsed.parts_.push_back(*std::move(part));
      text.remove_prefix(end + 1);
      continue;
    }
    const auto literal = text.substr(0, text.find('{'));
    if (literal.contains('}')) return std::nullopt;
    Part& part = parsed.parts_.emplace_back();
    part.text = literal;
    part.encoded = expanded_literal(literal);
    text.remove_prefix(literal.size());
  }
  return parsed;
}

std::optional<std::vector<std::size_t>> UriTemplate::match(std::string_view uri,
                                                           MatchBudget& budget) const {
  if (uri.size() > kMatchedUriBytesMax || !budget.try_take(1)) return std::nullopt;
  // Most templates of a long list are told apart by their ends.
  if (!parts_.empty() &&
      (!begins_with_literal(uri, parts_.front()) || !ends_with_literal(uri, parts_.back()))) {
    return std::nullopt;
  }
  std::vector<Places> rows;
  rows.emplace_back(uri.size() + 1, kNowhere)[0] = 0;
  for (const Part& part : parts_) {
    if (!budget.try_take(uri.size() + 1)) return std::nullopt;
    Places& to = rows.emplace_back(uri.size() + 1, kNowhere);
    Step step{uri, part, rows[rows.size() - 2], to};
    const bool is_within = part.is_literal() ? step.literal(budget) : step.expression(budget);
    if (!is_within) return std::nullopt;
  }
  if (rows.back()[uri.size()] == kNowhere) return std::nullopt;
  std::vector<std::size_t> ends(parts_.size());
  std::size_t at = uri.size();
  for (std::size_t i = parts_.size(); i > 0; --i) {
    ends[i - 1] = at;
    at = rows[i][at];
  }
  JUNCTOR_ASSERT(at == 0);
  return ends;
}

bool UriTemplate::matches(std::string_view uri, MatchBudget& budget) const {
  return match(uri, budget).has_value();
}

std::optional<std::string> UriTemplate::translate(std::string_view uri, const UriTemplate& other,
                                                  MatchBudget& budget) const {
  const auto ends = match(uri, budget);
  if (!ends) return std::nullopt;
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].is_literal()) continue;
    const std::size_t begin = i == 0 ? 0 : (*ends)[i - 1];
    values.push_back(uri.substr(begin, (*ends)[i] - begin));
  }
  std::string translated;
  std::size_t used = 0;
  for (const Part& part : other.parts_) {
    JUNCTOR_ASSERT(part.is_literal() || used < values.size());
    translated += part.is_literal() ? std::string_view{part.text} : values[used++];
  }
  JUNCTOR_ASSERT(used == values.size());
  return translated;
}

}  // namespace junctor::agent
