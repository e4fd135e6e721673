#include "lang/schema/fuse.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <ranges>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "lang/schema/uri.h"

namespace junctor::lang::schema {
namespace {

constexpr std::uint32_t kRequiredBits = 64;

std::span<const Instruction> all_of_block(const Program& program, const Block& block) {
  return std::span{program.code}.subspan(block.all, block.all_count);
}

// The blocks that are applied to the same value.
template <class Visit>
void each_in_place(const Program& program, const Instruction& instruction, Visit visit) {
  switch (instruction.op) {
    case Op::all_of:
    case Op::any_of:
    case Op::one_of:
    case Op::conditional:
      for (std::uint32_t i = 0; i < instruction.count; ++i) {
        const BlockIndex block = program.children[instruction.first + i];
        if (block != kNone) visit(block);
      }
      break;
    case Op::negation:
    case Op::reference: visit(instruction.first); break;
    case Op::dependent_schemas:
      for (std::uint32_t i = 0; i < instruction.count; ++i)
        visit(program.dependencies[instruction.first + i].block);
      break;
    default: break;
  }
}

// Those, and the others; of a dynamic reference only the usual one.
template <class Visit>
void each_target(const Program& program, const Instruction& instruction, Visit visit) {
  each_in_place(program, instruction, visit);
  switch (instruction.op) {
    case Op::dynamic_reference: visit(program.dynamics[instruction.first].usual); break;
    case Op::prefix_items:
      for (std::uint32_t i = 0; i < instruction.count; ++i)
        visit(program.children[instruction.first + i]);
      break;
    case Op::items:
    case Op::contains:
    case Op::property_names:
    case Op::unevaluated_items:
    case Op::unevaluated_properties: visit(instruction.first); break;
    case Op::properties:
      for (const NameChild& each : program.shapes[instruction.first].children)
        if (each.block != kNone) visit(each.block);
      break;
    case Op::pattern_properties:
      for (const PatternChild& each : program.shapes[instruction.first].patterns) visit(each.block);
      break;
    case Op::additional_properties: visit(program.shapes[instruction.first].additional); break;
    default: break;
  }
}

// The kinds of values that have instructions of their own; the last is for any value.
enum class Group : std::uint8_t { object, array, string, number, any };
constexpr std::size_t kGroupCount = 5;

// By JsonKind.
constexpr std::array<Group, kKindCount> kGroups = {
    Group::any, Group::object, Group::array, Group::string, Group::number, Group::any, Group::any};

Group group_of(Op op) noexcept {
  if (op >= Op::min_properties && op <= Op::unevaluated_properties) return Group::object;
  if (op >= Op::min_items && op <= Op::unevaluated_items) return Group::array;
  if (op >= Op::min_length && op <= Op::content) return Group::string;
  if ((op >= Op::minimum && op <= Op::multiple_of) || op == Op::integer) return Group::number;
  return Group::any;
}

Types types_of(JsonNode value) noexcept {
  return kTypesOfKind.at(static_cast<std::size_t>(value.kind()));
}

Group group_of_types(Types types) noexcept {
  if (types == kObjectType) return Group::object;
  if (types == kArrayType) return Group::array;
  if (types == kStringType) return Group::string;
  if (types == kNumberType) return Group::number;
  return Group::any;
}

// One block's fast instructions in the making.
class Fuser {
 public:
  Fuser(Program& program, Block& block) : program_{program}, block_{block} {}
  void run();

 private:
  void look_around();
  void take(const Instruction& instruction);
  void take_values(const Instruction& instruction);
  void take_required(const Instruction& instruction);
  void take_object();
  // What asks what the others evaluated comes behind all of them.
  void take_question(const Instruction& instruction) {
    block_.owns_marks = true;
    put(Group::any, instruction);
  }
  void put(Group group, const Instruction& instruction) {
    groups_[static_cast<std::size_t>(group)].push_back(instruction);
  }

  Program& program_;
  Block& block_;
  void lay_out();
  [[nodiscard]] Glance glance() const;

  std::array<std::vector<Instruction>, kGroupCount> groups_;
  Types types_ = kAllTypes;  // Any other value fails.
  ObjectShape shape_;
  bool has_shape_ = false;
  // What another block, or a found element, may have evaluated cannot be told beforehand.
  bool sees_others_ = false;
  bool has_additional_ = false;
  bool has_rest_items_ = false;
  std::int64_t prefix_ = 0;
};

void Fuser::look_around() {
  for (const Instruction& each : all_of_block(program_, block_)) {
    switch (each.op) {
      case Op::all_of:
      case Op::any_of:
      case Op::one_of:
      case Op::conditional:
      case Op::reference:
      case Op::dynamic_reference:
      case Op::dependent_schemas: sees_others_ = true; break;
      case Op::contains: sees_others_ = sees_others_ || (each.flags & kMarks) != 0; break;
      case Op::additional_properties: has_additional_ = true; break;
      case Op::items: has_rest_items_ = true; break;
      case Op::prefix_items: prefix_ = each.count; break;
      case Op::properties:
      case Op::pattern_properties: break;
      default: continue;
    }
    if (group_of(each.op) == Group::object && each.op != Op::dependent_schemas && !has_shape_) {
      shape_ = program_.shapes[each.first];
      has_shape_ = true;
    }
  }
}

void Fuser::take_values(const Instruction& instruction) {
  Types types = 0;
  const std::uint32_t count = instruction.op == Op::constant ? 1 : instruction.count;
  for (std::uint32_t i = 0; i < count; ++i)
    types |= types_of(program_.values[instruction.first + i]);
  types_ &= types;
  put(group_of_types(types), instruction);
}

// Names beyond the bits of a word are looked for one by one.
void Fuser::take_required(const Instruction& instruction) {
  std::uint32_t bits = static_cast<std::uint32_t>(std::popcount(shape_.required));
  std::uint32_t taken = 0;
  shape_.names.build();
  for (; taken < instruction.count && bits < kRequiredBits; ++taken, ++bits) {
    const std::string& name = program_.names[instruction.first + taken];
    std::uint32_t number = shape_.names.find(name);
    if (number == NameTable::kAbsent) {
      number = shape_.names.add(name);
      shape_.children.emplace_back();
      shape_.names.build();
    }
    const std::uint64_t bit = std::uint64_t{1} << bits;
    if (shape_.children[number].required_bit != 0) continue;
    shape_.children[number].required_bit = bit;
    shape_.required |= bit;
  }
  has_shape_ = has_shape_ || taken != 0;
  if (taken == instruction.count) return;
  Instruction rest = instruction;
  rest.first += taken;
  rest.count -= taken;
  put(Group::object, rest);
}

void Fuser::take(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::note:
    case Op::properties:
    case Op::pattern_properties:
    case Op::additional_properties: return;
    case Op::type: {
      // Whether a number is whole shows only when it is looked at.
      const bool is_whole = (instruction.types & kNumberType) == kIntegerType;
      types_ &= is_whole ? instruction.types | kFractionType : instruction.types;
      if (!is_whole) return;
      Instruction whole = instruction;
      whole.op = Op::integer;
      put(Group::number, whole);
      return;
    }
    case Op::constant:
    case Op::enumeration: take_values(instruction); return;
    case Op::required: take_required(instruction); return;
    case Op::unevaluated_properties:
      if (sees_others_) {
        take_question(instruction);
        return;
      }
      if (!has_additional_) shape_.additional = instruction.first;
      has_shape_ = true;
      return;
    case Op::unevaluated_items: {
      if (sees_others_) {
        take_question(instruction);
        return;
      }
      if (has_rest_items_) return;
      Instruction rest = instruction;
      rest.op = Op::items;
      rest.number = prefix_;
      put(Group::array, rest);
      return;
    }
    default: break;
  }
  put(group_of(instruction.op), instruction);
}

void Fuser::take_object() {
  if (!has_shape_) return;
  shape_.names.build();
  Instruction object{.op = Op::object};
  object.first = static_cast<std::uint32_t>(program_.shapes.size());
  program_.shapes.push_back(std::move(shape_));
  auto& group = groups_[static_cast<std::size_t>(Group::object)];
  // Behind the counts, which are cheap.
  const auto at = std::ranges::find_if(group, [](const Instruction& each) {
    return each.op != Op::min_properties && each.op != Op::max_properties;
  });
  group.insert(at, object);
}

void Fuser::run() {
  look_around();
  const auto own = all_of_block(program_, block_);
  // The code grows while it is read.
  const std::vector<Instruction> all{own.begin(), own.end()};
  for (const Instruction& each : all) take(each);
  take_object();
  lay_out();
}

// A character has 1 to 4 bytes.
void narrow_lengths(Glance& glance, const Instruction& each) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t count = std::min(each.number, kMost / 4);
  if (each.op == Op::max_length) {
    glance.bytes_max = std::min(glance.bytes_max, static_cast<std::uint32_t>(count));
  } else if (count != 0) {
    glance.bytes_min = std::max(glance.bytes_min, static_cast<std::uint32_t>(4 * count - 3));
  }
}

void narrow_bounds(Glance& glance, const Instruction& each) {
  switch (each.op) {
    case Op::minimum: glance.low = std::max(glance.low, each.number); break;
    case Op::maximum: glance.high = std::min(glance.high, each.number); break;
    case Op::exclusive_minimum: glance.low = std::max(glance.low, each.number + 1); break;
    case Op::exclusive_maximum: glance.high = std::min(glance.high, each.number - 1); break;
    default: break;
  }
}

Glance Fuser::glance() const {
  const auto& of_strings = groups_[static_cast<std::size_t>(Group::string)];
  const auto& of_numbers = groups_[static_cast<std::size_t>(Group::number)];
  const auto is_length = [](const Instruction& each) {
    return each.op == Op::min_length || each.op == Op::max_length;
  };
  const auto is_bound = [](const Instruction& each) {
    const bool is_whole = (each.flags & kSmall) != 0 && each.exponent == 0;
    return each.op == Op::integer || (is_whole && each.op != Op::multiple_of);
  };
  Glance all;
  if (std::ranges::all_of(of_strings, is_length)) {
    all.bytes_min = 0;
    all.bytes_max = std::numeric_limits<std::uint32_t>::max();
    for (const Instruction& each : of_strings) narrow_lengths(all, each);
  }
  if (std::ranges::all_of(of_numbers, is_bound)) {
    all.low = std::numeric_limits<std::int64_t>::min();
    all.high = std::numeric_limits<std::int64_t>::max();
    for (const Instruction& each : of_numbers) narrow_bounds(all, each);
  }
  return all;
}

// Those for any value stand behind each group that is not empty, and once for all others.
void Fuser::lay_out() {
  block_.fast = static_cast<std::uint32_t>(program_.code.size());
  std::array<KindCode, kGroupCount> codes{};
  const auto& for_any = groups_[static_cast<std::size_t>(Group::any)];
  const auto size = [this] { return program_.code.size() - block_.fast; };
  const auto append = [this](const std::vector<Instruction>& code) {
    program_.code.insert(program_.code.end(), code.begin(), code.end());
  };
  const auto shared = static_cast<std::uint16_t>(for_any.size());
  append(for_any);
  for (std::size_t i = 0; i < kGroupCount; ++i) {
    codes.at(i).all = shared;
    if (i == static_cast<std::size_t>(Group::any) || groups_.at(i).empty()) continue;
    codes.at(i).begin = static_cast<std::uint16_t>(size());
    codes.at(i).own = static_cast<std::uint16_t>(groups_.at(i).size());
    codes.at(i).all = static_cast<std::uint16_t>(codes.at(i).own + shared);
    append(groups_.at(i));
    append(for_any);
  }
  block_.fast_count = static_cast<std::uint32_t>(size());
  if (for_any.empty()) block_.glance = glance();
  JUNCTOR_ASSERT(block_.fast_count < KindCode::kRefused);
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    block_.kinds.at(kind) = codes.at(static_cast<std::size_t>(kGroups.at(kind)));
    if ((types_ & kTypesOfKind.at(kind)) == 0) block_.kinds.at(kind).all = KindCode::kRefused;
  }
}

bool has_in_place(const Program& program, const Block& block) {
  const auto fast = std::span{program.code}.subspan(block.fast, block.fast_count);
  return std::ranges::any_of(fast, [](const Instruction& each) {
    return (each.op >= Op::all_of && each.op <= Op::dynamic_reference) ||
           each.op == Op::dependent_schemas || each.op == Op::unevaluated_items ||
           each.op == Op::unevaluated_properties;
  });
}

// Whoever comes from another resource enters this one.
void mark_entrances(Program& program) {
  program.blocks[program.root].enters = true;
  for (const auto& candidates : program.scopes) {
    for (const Candidate& each : candidates) program.blocks[each.block].enters = true;
  }
  for (const Block& block : program.blocks) {
    for (const Instruction& each : all_of_block(program, block)) {
      each_target(program, each, [&](BlockIndex target) {
        if (program.blocks[target].resource != block.resource) program.blocks[target].enters = true;
      });
    }
  }
}

// A block that is nothing but a reference reads as its target does.
void shorten_references(Program& program, BlockIndex index, std::size_t steps_left) {
  Block& block = program.blocks[index];
  const auto takes_all = [](const KindCode& each) { return each.all == 1; };
  const bool is_single = block.fast_count == 1 && !block.owns_marks &&
                         std::ranges::all_of(block.kinds | std::views::drop(1), takes_all);
  if (!is_single || program.code[block.fast].op != Op::reference || steps_left == 0) return;
  const BlockIndex to = program.code[block.fast].first;
  shorten_references(program, to, steps_left - 1);
  const Block& target = program.blocks[to];
  // Two resources would be entered, of which the outer one may count.
  if (block.enters && target.resource != block.resource) return;
  block.fast = target.fast;
  block.fast_count = target.fast_count;
  block.kinds = target.kinds;
  block.glance = target.glance;
  block.owns_marks = target.owns_marks;
  block.enters = block.enters || target.enters;
  block.resource = target.resource;
}

}  // namespace

void settle_dynamic_references(Program& program) {
  for (Instruction& each : program.code) {
    if (each.op != Op::dynamic_reference) continue;
    const Dynamic& dynamic = program.dynamics[each.first];
    const auto& candidates = program.scopes[dynamic.scope];
    const bool is_settled =
        candidates.empty() || (candidates.size() == 1 && candidates.front().block == dynamic.usual);
    if (!is_settled) continue;
    each.op = Op::reference;
    each.first = dynamic.usual;
  }
}

// Depth first, with a stack of its own: a block that is met again while it is open is endless.
Result<> refuse_endless_references(const Program& program) {
  enum class State : std::uint8_t { fresh, open, done };
  struct Frame {
    BlockIndex block = 0;
    std::vector<BlockIndex> targets;
  };
  std::vector<State> states(program.blocks.size(), State::fresh);
  std::vector<Frame> stack;
  const auto enter = [&](BlockIndex block) {
    states[block] = State::open;
    Frame frame{.block = block, .targets = {}};
    for (const Instruction& each : all_of_block(program, program.blocks[block]))
      each_in_place(program, each, [&](BlockIndex to) { frame.targets.push_back(to); });
    stack.push_back(std::move(frame));
  };
  for (BlockIndex start = 0; start < program.blocks.size(); ++start) {
    if (states[start] == State::fresh) enter(start);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.targets.empty()) {
        states[frame.block] = State::done;
        stack.pop_back();
        continue;
      }
      const BlockIndex next = frame.targets.back();
      frame.targets.pop_back();
      if (states[next] == State::open) {
        const Place& place = program.places[next];
        const ResourceFacts& resource = program.resources[place.resource];
        return fail(
            ErrorKind::invalid_argument, "endless_reference",
            fmt::format("the schema at {}#{} refers to itself for the same value, so that "
                        "no value could ever be checked against it",
                        resource.uri, percent_encoded(pointer_from(resource.root, place.node))));
      }
      if (states[next] == State::fresh) enter(next);
    }
  }
  return {};
}

void fuse(Program& program) {
  constexpr std::size_t kShortenMax = 16;
  const bool is_dynamic = std::ranges::find(program.code, Op::dynamic_reference,
                                            &Instruction::op) != program.code.end();
  for (Block& block : program.blocks) Fuser{program, block}.run();
  if (is_dynamic) mark_entrances(program);
  for (BlockIndex i = 0; i < program.blocks.size(); ++i)
    shorten_references(program, i, kShortenMax);
  for (Block& block : program.blocks)
    block.is_plain = !block.owns_marks && !block.enters && !has_in_place(program, block);
}

}  // namespace junctor::lang::schema
