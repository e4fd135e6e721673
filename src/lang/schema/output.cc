#include "lang/schema/output.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "lang/schema/checks.h"
#include "lang/schema/program.h"
#include "lang/schema/sentences.h"
#include "lang/schema/uri.h"
#include "wire/json_write.h"

namespace junctor::lang::schema {
namespace {

// Of entering a schema, which costs memory here: in steps of the evaluator (validate.h).
constexpr std::int64_t kBlockCost = 20;

// What one keyword said about one value.
struct Unit {
  std::string_view name;      // Of the keyword; empty: the schema is "false".
  std::string keyword = {};   // The way that was taken. As the other places, known once it counts.
  std::string absolute = {};  // Empty: the schema has no URI.
  std::string instance = {};
  bool is_valid = true;
  std::string error = {};
  std::string annotation = {};  // A JSON text.
  std::vector<Unit> units = {};

  [[nodiscard]] bool says_something() const noexcept {
    return !error.empty() || !annotation.empty() || !units.empty();
  }
  // Of itself, without those below.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return keyword.size() + absolute.size() + instance.size() + error.size() + annotation.size();
  }
};

enum class Extent : std::uint8_t { whole, truncated };

// How much is told.
struct Amount {
  std::size_t units = 0;
  std::size_t bytes = 0;
  bool has_more = false;  // That was left out.
};
Amount amount_of(const Unit& unit) noexcept {
  Amount sum{.units = 1, .bytes = unit.bytes()};
  for (const Unit& each : unit.units) {
    const Amount below = amount_of(each);
    sum.units += below.units;
    sum.bytes += below.bytes;
  }
  return sum;
}

// Deep schemas hand the same ones up at each level, most often to where there are none yet.
void move_all(std::vector<Unit>& from, std::vector<Unit>& to) {
  if (to.empty()) return to.swap(from);
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Which members or elements were evaluated.
class Seen {
 public:
  explicit Seen(std::size_t count) : words_((count + kWordBits - 1) / kWordBits) {}
  void add(std::size_t index) { words_[index / kWordBits] |= bit_of(index); }
  [[nodiscard]] bool has(std::size_t index) const {
    return (words_[index / kWordBits] & bit_of(index)) != 0;
  }
  void add_all(const Seen& others) {
    JUNCTOR_ASSERT(words_.size() == others.words_.size());
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= others.words_[i];
  }

 private:
  static constexpr std::size_t kWordBits = 64;
  static std::uint64_t bit_of(std::size_t index) noexcept {
    return std::uint64_t{1} << (index % kWordBits);
  }

  std::vector<std::uint64_t> words_;
};

class Describer {
 public:
  explicit Describer(const Program& program)
      : program_{program},
        cost_{static_cast<std::int64_t>(
            std::min<std::uint64_t>(program.cost_max, std::numeric_limits<std::int64_t>::max()))},
        depth_{program.depth_max} {}

  bool run(JsonNode instance, std::vector<Unit>& units) {
    return block(program_.root, instance, nullptr, units);
  }
  [[nodiscard]] bool is_exceeded() const noexcept { return is_stopped_ || cost_ < 0; }
  [[nodiscard]] Extent extent(Verdict verdict) const noexcept {
    const Amount& told = verdict == Verdict::valid ? told_annotations_ : told_failures_;
    return told.has_more ? Extent::truncated : Extent::whole;
  }

 private:
  // A place further down, as long as it lives.
  class Deeper {
   public:
    Deeper(std::string& path, std::initializer_list<std::string_view> tokens)
        : path_{path}, before_{path.size()} {
      for (const std::string_view token : tokens) append_pointer_token(path_, token);
    }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    ~Deeper() { path_.resize(before_); }

   private:
    std::string& path_;
    std::size_t before_;
  };

  bool stop() noexcept {
    is_stopped_ = true;
    return false;
  }
  bool block(BlockIndex index, JsonNode value, Seen* outer, std::vector<Unit>& units);
  bool keywords(BlockIndex index, JsonNode value, Seen& seen, std::vector<Unit>& units);
  bool keyword(const Instruction& in, JsonNode value, Seen& seen, std::vector<Unit>& units);
  // Another schema for the same value, for a member and for an element.
  bool branch(BlockIndex index, std::string_view token, JsonNode value, Seen* seen, Unit& unit);
  bool member(BlockIndex index, std::string_view token, const JsonNamed& of, Unit& unit);
  bool element(BlockIndex index, std::string_view token, JsonNode value, std::size_t at,
               Unit& unit);

  bool in_place(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool conditional(const Instruction& in, JsonNode value, Seen& seen, std::vector<Unit>& units);
  bool dependent_schemas(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool properties(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool property_names(const Instruction& in, JsonNode value, Unit& unit);
  bool unevaluated_properties(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool items(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool prefix_items(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool contains(const Instruction& in, JsonNode value, Seen& seen, Unit& unit);
  bool assertion(const Instruction& in, JsonNode value, Unit& unit);
  void tell_failure(const Instruction& in, JsonNode value, std::size_t matches, Unit& unit) {
    if (has_room(told_failures_)) unit.error = failure_sentence(program_, in, value, matches);
  }
  [[nodiscard]] bool applies_to_member(const Instruction& in, std::string_view name,
                                       std::vector<std::pair<BlockIndex, std::string>>& targets);
  [[nodiscard]] BlockIndex dynamic_target(const Dynamic& dynamic) const;

  void note_places(Unit& unit);
  const std::string& absolute_place(BlockIndex index);
  // Asked by who has something to tell; that it must be left out is remembered.
  static bool has_room(Amount& told) noexcept {
    const bool has = told.units < kOutputUnitsMax && told.bytes < kOutputBytesMax;
    told.has_more = told.has_more || !has;
    return has;
  }
  // What the names of members cost that are written down.
  bool pay_bytes(std::size_t bytes) noexcept {
    constexpr std::size_t kBytesPerStep = 4;
    cost_ -= static_cast<std::int64_t>(bytes / kBytesPerStep);
    return cost_ >= 0 || stop();
  }
  // Keeps it; whether it is valid.
  bool end(Unit unit, std::vector<Unit>& units);
  // Those that hold where their holder fails, and the other way round, go.
  void drop_others(const Unit& holder, std::vector<Unit>& units);
  // It was kept, and will not be told.
  void forget(const Unit& unit) noexcept;

  const Program& program_;
  Equality equality_;
  std::vector<ResourceIndex> entered_;
  std::string keyword_path_;
  std::string instance_path_;
  BlockIndex current_ = 0;
  std::int64_t cost_;
  std::size_t depth_;
  // Apart, so that what holds leaves room for what fails.
  Amount told_annotations_;
  Amount told_failures_;
  std::vector<std::string> absolute_places_;  // By block; empty: not asked for yet.
  bool is_stopped_ = false;
};

std::string_view name_of(const Program& program, const Instruction& in) noexcept {
  return in.name == kNone ? std::string_view{} : program.keyword_names[in.name];
}

std::string json_of(JsonNode value) {
  return value.is_string() ? wire::quoted_json(value.text()) : std::string{value.text()};
}

void append_name(std::string& list, std::string_view json) {
  list += list.empty() ? "[" : ",";
  list += json;
}

std::string closed(std::string list) {
  return list.empty() ? "[]" : std::move(list) + "]";
}

const std::string& Describer::absolute_place(BlockIndex index) {
  absolute_places_.resize(program_.blocks.size());
  std::string& text = absolute_places_[index];
  const Place& place = program_.places[index];
  const ResourceFacts& resource = program_.resources[place.resource];
  if (text.empty() && is_absolute_uri(resource.uri))
    text = resource.uri + "#" + percent_encoded(pointer_from(resource.root, place.node));
  return text;
}

void Describer::note_places(Unit& unit) {
  unit.keyword = keyword_path_;
  unit.instance = instance_path_;
  unit.absolute = absolute_place(current_);
  if (unit.name.empty()) return;
  append_pointer_token(unit.keyword, unit.name);
  if (unit.absolute.empty()) return;
  std::string token;
  append_pointer_token(token, unit.name);
  unit.absolute += percent_encoded(token);
}

bool Describer::block(BlockIndex index, JsonNode value, Seen* outer, std::vector<Unit>& units) {
  cost_ -= kBlockCost + static_cast<std::int64_t>(value.size() / 64);
  if (depth_ == 0 || cost_ < 0) return stop();
  --depth_;
  const ResourceIndex resource = program_.places[index].resource;
  const bool is_entered = entered_.empty() || entered_.back() != resource;
  if (is_entered) entered_.push_back(resource);
  const BlockIndex around = std::exchange(current_, index);
  Seen seen(value.size());
  std::vector<Unit> own;
  const bool is_valid = keywords(index, value, seen, own);
  if (is_valid && outer != nullptr) outer->add_all(seen);
  move_all(own, units);
  current_ = around;
  if (is_entered) entered_.pop_back();
  ++depth_;
  return is_valid && !is_stopped_;
}

// Of a schema that fails only what fails is told, of one that holds only what holds.
bool Describer::keywords(BlockIndex index, JsonNode value, Seen& seen, std::vector<Unit>& units) {
  bool is_valid = true;
  const Block& block = program_.blocks[index];
  for (std::uint32_t i = 0; i < block.all_count; ++i) {
    if (--cost_ < 0 || is_stopped_) return stop();
    is_valid = keyword(program_.code[block.all + i], value, seen, units) && is_valid;
  }
  drop_others({.name = {}, .is_valid = is_valid}, units);
  return is_valid;
}

void Describer::drop_others(const Unit& holder, std::vector<Unit>& units) {
  std::erase_if(units, [&](const Unit& each) {
    const bool is_dropped = each.is_valid != holder.is_valid || !each.says_something();
    if (is_dropped) forget(each);
    return is_dropped;
  });
}

void Describer::forget(const Unit& unit) noexcept {
  const Amount amount = amount_of(unit);
  Amount& told = unit.is_valid ? told_annotations_ : told_failures_;
  JUNCTOR_ASSERT(amount.units <= told.units && amount.bytes <= told.bytes);
  told.units -= amount.units;
  told.bytes -= amount.bytes;
}

bool Describer::end(Unit unit, std::vector<Unit>& units) {
  const bool is_valid = unit.is_valid;
  if (is_valid) unit.error.clear();
  if (!is_valid) unit.annotation.clear();
  drop_others(unit, unit.units);
  if (!unit.says_something()) return is_valid;
  Amount& told = is_valid ? told_annotations_ : told_failures_;
  if (!has_room(told)) {
    // What was kept already stays, without its holder.
    move_all(unit.units, units);
    return is_valid;
  }
  note_places(unit);
  ++told.units;
  told.bytes += unit.bytes();
  units.push_back(std::move(unit));
  return is_valid;
}

bool Describer::branch(BlockIndex index, std::string_view token, JsonNode value, Seen* seen,
                       Unit& unit) {
  const std::size_t before = keyword_path_.size();
  append_pointer_token(keyword_path_, unit.name);
  if (!token.empty()) append_pointer_token(keyword_path_, token);
  const bool is_valid = block(index, value, seen, unit.units);
  keyword_path_.resize(before);
  return is_valid;
}

bool Describer::member(BlockIndex index, std::string_view token, const JsonNamed& of, Unit& unit) {
  if (!pay_bytes(of.name.size())) return false;
  const Deeper deeper{instance_path_, {of.name}};
  return branch(index, token, of.value, nullptr, unit);
}

bool Describer::element(BlockIndex index, std::string_view token, JsonNode value, std::size_t at,
                        Unit& unit) {
  const Deeper deeper{instance_path_, {std::to_string(at)}};
  return branch(index, token, value, nullptr, unit);
}

bool Describer::keyword(const Instruction& in, JsonNode value, Seen& seen,
                        std::vector<Unit>& units) {
  if (in.op == Op::conditional) return conditional(in, value, seen, units);
  Unit unit{.name = name_of(program_, in)};
  bool& is_valid = unit.is_valid;
  switch (in.op) {
    case Op::all_of:
    case Op::any_of:
    case Op::one_of:
    case Op::negation:
    case Op::reference:
    case Op::dynamic_reference: is_valid = in_place(in, value, seen, unit); break;
    case Op::prefix_items: is_valid = prefix_items(in, value, seen, unit); break;
    case Op::items:
    case Op::unevaluated_items: is_valid = items(in, value, seen, unit); break;
    case Op::contains: is_valid = contains(in, value, seen, unit); break;
    case Op::properties:
    case Op::pattern_properties:
    case Op::additional_properties: is_valid = properties(in, value, seen, unit); break;
    case Op::property_names: is_valid = property_names(in, value, unit); break;
    case Op::dependent_schemas: is_valid = dependent_schemas(in, value, seen, unit); break;
    case Op::unevaluated_properties:
      is_valid = unevaluated_properties(in, value, seen, unit);
      break;
    default: is_valid = assertion(in, value, unit); break;
  }
  return end(std::move(unit), units);
}

bool Describer::assertion(const Instruction& in, JsonNode value, Unit& unit) {
  if (in.op == Op::note) {
    if (has_room(told_annotations_)) unit.annotation = json_of(program_.values[in.first]);
    return true;
  }
  bool is_valid = true;
  if (in.op == Op::required) {
    for (std::uint32_t i = 0; value.is_object() && i < in.count; ++i) {
      cost_ -= static_cast<std::int64_t>(value.size() / 2 + 1);
      if (cost_ < 0) return stop();
      is_valid = is_valid && value.find(program_.names[in.first + i]);
    }
  } else if (in.op == Op::dependent_required) {
    cost_ -= static_cast<std::int64_t>(in.count * (value.size() / 2 + 1));
    if (cost_ < 0) return stop();
    is_valid = !value.is_object() || failure_sentence(program_, in, value, 0).empty();
  } else {
    is_valid = passes(program_, in, value, equality_, cost_);
    if (cost_ < 0) return stop();
  }
  if (!is_valid) tell_failure(in, value, 0, unit);
  return is_valid;
}

BlockIndex Describer::dynamic_target(const Dynamic& dynamic) const {
  const auto& candidates = program_.scopes[dynamic.scope];
  for (const ResourceIndex resource : entered_) {
    const auto found = std::ranges::lower_bound(candidates, resource, {}, &Candidate::resource);
    if (found != candidates.end() && found->resource == resource) return found->block;
  }
  return dynamic.usual;
}

bool Describer::in_place(const Instruction& in, JsonNode value, Seen& seen, Unit& unit) {
  if (in.op == Op::reference) return branch(in.first, "", value, &seen, unit);
  if (in.op == Op::dynamic_reference)
    return branch(dynamic_target(program_.dynamics[in.first]), "", value, &seen, unit);
  bool is_valid = false;
  if (in.op == Op::negation) {
    is_valid = !branch(in.first, "", value, nullptr, unit) && !is_stopped_;
    for (const Unit& each : unit.units) forget(each);
    unit.units.clear();
    if (!is_valid) tell_failure(in, value, 0, unit);
    return is_valid;
  }
  std::size_t matches = 0;
  for (std::uint32_t i = 0; i < in.count; ++i) {
    const BlockIndex each = program_.children[in.first + i];
    matches += branch(each, std::to_string(i), value, &seen, unit) ? 1 : 0;
    if (is_stopped_) return false;
  }
  is_valid = in.op == Op::all_of   ? matches == in.count
             : in.op == Op::any_of ? matches != 0
                                   : matches == 1;
  if (!is_valid) tell_failure(in, value, matches, unit);
  return is_valid;
}

// Nothing depends on whether "if" holds but which of the others is asked.
bool Describer::conditional(const Instruction& in, JsonNode value, Seen& seen,
                            std::vector<Unit>& units) {
  const BlockIndex* const blocks = program_.children.data() + in.first;
  Unit condition{.name = "if"};
  const bool holds = branch(blocks[0], "", value, &seen, condition);
  if (is_stopped_) return false;
  if (holds) {
    end(std::move(condition), units);
  } else {
    for (const Unit& each : condition.units) forget(each);
  }
  const BlockIndex chosen = holds ? blocks[1] : blocks[2];
  if (chosen == kNone) return true;
  Unit unit{.name = holds ? "then" : "else"};
  unit.is_valid = branch(chosen, "", value, &seen, unit);
  return end(std::move(unit), units);
}

bool Describer::dependent_schemas(const Instruction& in, JsonNode value, Seen& seen, Unit& unit) {
  bool is_valid = true;
  for (std::uint32_t i = 0; value.is_object() && i < in.count; ++i) {
    const Dependency& dependency = program_.dependencies[in.first + i];
    cost_ -= static_cast<std::int64_t>(value.size() / 2 + 1);
    if (cost_ < 0) return stop();
    if (!value.find(dependency.name)) continue;
    is_valid = branch(dependency.block, dependency.name, value, &seen, unit) && is_valid;
  }
  return is_valid;
}

// The schemas of the keyword that are for the member, each with what stands behind the keyword.
bool Describer::applies_to_member(const Instruction& in, std::string_view name,
                                  std::vector<std::pair<BlockIndex, std::string>>& targets) {
  const ObjectShape& shape = program_.shapes[in.first];
  targets.clear();
  const std::uint32_t number = shape.names.find(name);
  const bool is_named = number < shape.property_count;
  if (in.op == Op::properties) {
    if (is_named) targets.emplace_back(shape.children[number].block, name);
    return is_named;
  }
  if (in.op == Op::additional_properties && is_named) return false;
  for (const PatternChild& each : shape.patterns) {
    const Pattern& pattern = program_.patterns[each.pattern];
    cost_ -= static_cast<std::int64_t>(pattern.cost(name.size()));
    if (cost_ < 0) return stop();
    if (pattern.matches(name)) targets.emplace_back(each.block, pattern.text());
  }
  if (in.op == Op::pattern_properties) return !targets.empty();
  const bool is_additional = targets.empty();
  targets.clear();
  if (is_additional) targets.emplace_back(shape.additional, "");
  return is_additional;
}

bool Describer::properties(const Instruction& in, JsonNode value, Seen& seen, Unit& unit) {
  if (!value.is_object()) return true;
  bool is_valid = true;
  std::string names;
  std::size_t index = 0;
  std::vector<std::pair<BlockIndex, std::string>> targets;
  for (const JsonNamed each : value.members()) {
    if (--cost_ < 0 || !pay_bytes(each.name.size())) return stop();
    if (applies_to_member(in, each.name, targets)) {
      seen.add(index);
      append_name(names, wire::quoted_json(each.name));
    }
    for (const auto& [target, token] : targets)
      is_valid = member(target, token, each, unit) && is_valid;
    if (is_stopped_) return false;
    ++index;
  }
  unit.annotation = closed(std::move(names));
  return is_valid;
}

bool Describer::property_names(const Instruction& in, JsonNode value, Unit& unit) {
  bool is_valid = true;
  for (const JsonNamed each : value.members()) {
    // The cell in front of a member's value is its name.
    const JsonNode name{each.value.cell() - 1};
    is_valid = member(in.first, "", {.name = each.name, .value = name}, unit) && is_valid;
    if (is_stopped_) return false;
  }
  return is_valid;
}

bool Describer::unevaluated_properties(const Instruction& in, JsonNode value, Seen& seen,
                                       Unit& unit) {
  if (!value.is_object()) return true;
  bool is_valid = true;
  std::string names;
  std::size_t index = 0;
  for (const JsonNamed each : value.members()) {
    if (!pay_bytes(each.name.size())) return false;
    if (!seen.has(index)) {
      is_valid = member(in.first, "", each, unit) && is_valid;
      append_name(names, wire::quoted_json(each.name));
      seen.add(index);
    }
    if (is_stopped_) return false;
    ++index;
  }
  unit.annotation = closed(std::move(names));
  return is_valid;
}

bool Describer::items(const Instruction& in, JsonNode value, Seen& seen, Unit& unit) {
  if (!value.is_array()) return true;
  bool is_valid = true;
  std::size_t index = 0;
  for (const JsonNode each : value.elements()) {
    const bool is_asked =
        in.op == Op::items ? static_cast<std::int64_t>(index) >= in.number : !seen.has(index);
    if (is_asked) {
      is_valid = element(in.first, "", each, index, unit) && is_valid;
      seen.add(index);
      unit.annotation = "true";
    }
    if (is_stopped_) return false;
    ++index;
  }
  return is_valid;
}

bool Describer::prefix_items(const Instruction& in, JsonNode value, Seen& seen, Unit& unit) {
  if (!value.is_array()) return true;
  bool is_valid = true;
  std::uint32_t index = 0;
  for (const JsonNode each : value.elements()) {
    if (index == in.count) break;
    is_valid =
        element(program_.children[in.first + index], std::to_string(index), each, index, unit) &&
        is_valid;
    if (is_stopped_) return false;
    seen.add(index++);
  }
  if (index != 0) unit.annotation = index == value.size() ? "true" : std::to_string(index - 1);
  return is_valid;
}

bool Describer::contains(const Instruction& in, JsonNode value, Seen& seen, Unit& unit) {
  if (!value.is_array()) return true;
  std::string found;
  std::size_t matches = 0;
  std::size_t index = 0;
  for (const JsonNode each : value.elements()) {
    if (element(in.first, "", each, index, unit)) {
      ++matches;
      append_name(found, std::to_string(index));
      if ((in.flags & kMarks) != 0) seen.add(index);
    }
    if (is_stopped_) return false;
    ++index;
  }
  unit.annotation = closed(std::move(found));
  if (static_cast<std::int64_t>(matches) >= in.number && matches <= in.count) return true;
  tell_failure(in, value, matches, unit);
  return false;
}

void write_places(const Unit& unit, wire::JsonWriter& out) {
  out.key("keywordLocation").string(unit.keyword);
  if (!unit.absolute.empty()) out.key("absoluteKeywordLocation").string(unit.absolute);
  out.key("instanceLocation").string(unit.instance);
}

void write_flat(const Unit& unit, wire::JsonWriter& out) {
  if (!unit.error.empty() || !unit.annotation.empty()) {
    out.begin_object().key("valid").boolean(unit.is_valid);
    write_places(unit, out);
    if (!unit.error.empty()) out.key("error").string(unit.error);
    if (!unit.annotation.empty()) out.key("annotation").raw(unit.annotation);
    out.end_object();
  }
  for (const Unit& each : unit.units) write_flat(each, out);
}

// A unit that has nothing to say but what one below it says is left out.
void write_nested(const Unit& unit, wire::JsonWriter& out) {
  const bool has_own = !unit.error.empty() || !unit.annotation.empty();
  if (!has_own && unit.units.size() == 1) return write_nested(unit.units.front(), out);
  out.begin_object().key("valid").boolean(unit.is_valid);
  write_places(unit, out);
  if (!unit.error.empty()) out.key("error").string(unit.error);
  if (!unit.annotation.empty()) out.key("annotation").raw(unit.annotation);
  if (!unit.units.empty()) {
    out.key(unit.is_valid ? "annotations" : "errors").begin_array();
    for (const Unit& each : unit.units) write_nested(each, out);
    out.end_array();
  }
  out.end_object();
}

// The deepest of what went wrong first: that which names a reason.
const Unit* first_reason(const std::vector<Unit>& units) noexcept {
  for (const Unit& each : units) {
    if (!each.error.empty()) return &each;
    if (const Unit* const below = first_reason(each.units)) return below;
  }
  return nullptr;
}

std::string written(Verdict verdict, const std::vector<Unit>& units, Extent extent,
                    OutputFormat format) {
  Buffer buffer;
  wire::JsonWriter out{buffer};
  const bool is_valid = verdict == Verdict::valid;
  out.begin_object().key("valid").boolean(is_valid);
  if (verdict == Verdict::cost_exceeded) {
    out.key("error").string("the cost limit of the validation was reached: there is no verdict");
  } else if (format != OutputFormat::flag) {
    out.key("keywordLocation").string("").key("instanceLocation").string("");
    if (!units.empty()) {
      out.key(is_valid ? "annotations" : "errors").begin_array();
      for (const Unit& each : units) {
        if (format == OutputFormat::basic) {
          write_flat(each, out);
        } else {
          write_nested(each, out);
        }
      }
      out.end_array();
    }
    if (extent == Extent::truncated) out.key("truncated").boolean(true);
  }
  out.end_object();
  return std::string{buffer.view()};
}

}  // namespace

Output describe(const Schema& schema, JsonNode instance, OutputFormat format) {
  std::vector<Unit> units;
  Describer describer{schema.program()};
  Output output;
  const bool is_valid = describer.run(instance, units);
  output.verdict = describer.is_exceeded() ? Verdict::cost_exceeded
                   : is_valid              ? Verdict::valid
                                           : Verdict::invalid;
  output.json = written(output.verdict, units, describer.extent(output.verdict), format);
  if (output.verdict == Verdict::cost_exceeded) {
    output.sentence = "the value takes more steps to check than are allowed (cost_max)";
  } else if (is_valid) {
    return output;
  } else if (const Unit* const reason = first_reason(units); reason == nullptr) {
    output.sentence = "the value: is not valid, for more reasons than are told";
  } else {
    output.sentence = fmt::format(
        "{}: {}", reason->instance.empty() ? "the value" : reason->instance, reason->error);
  }
  return output;
}

}  // namespace junctor::lang::schema
