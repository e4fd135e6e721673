#include "lang/schema/validate.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string_view>

#include "base/assert.h"
#include "lang/schema/checks.h"
#include "lang/schema/program.h"
#include "lang/schema/small_number.h"

namespace junctor::lang::schema {
namespace {

// The bits of one value's members or elements: where they begin in the scratch, plus 1. 0: nobody
// asks.
using Marks = std::size_t;

constexpr std::size_t kWordBits = 64;

class Evaluator {
 public:
  Evaluator(const Program& program, Scratch& scratch) noexcept
      : program_{program},
        scratch_{scratch},
        blocks_{program.blocks.data()},
        code_{program.code.data()},
        cost_{static_cast<std::int64_t>(
            std::min<std::uint64_t>(program.cost_max, std::numeric_limits<std::int64_t>::max()))},
        depth_{program.depth_max} {}

  Verdict run(JsonNode instance) {
    const bool is_valid = apply(program_.root, instance.cell(), 0);
    if (is_stopped_ || cost_ < 0) return Verdict::cost_exceeded;
    return is_valid ? Verdict::valid : Verdict::invalid;
  }

 private:
  bool stop() noexcept {
    is_stopped_ = true;
    return false;
  }
  // False: too much.
  bool pay(std::size_t steps) noexcept {
    cost_ -= static_cast<std::int64_t>(steps);
    return cost_ >= 0 || stop();
  }

  // For texts that were found equal, which only long ones are worth it.
  bool pay_compared(std::size_t bytes) noexcept {
    return bytes < kComparedPerStep || pay(bytes / kComparedPerStep);
  }

  // What most values need, and so put into each loop: is it of the type, and is that all?
  [[gnu::always_inline]] bool apply(BlockIndex index, const JsonCell* cell, Marks marks) {
    if (--cost_ < 0) return stop();
    return apply_paid(index, cell, marks);
  }
  // The same where the step was paid for already.
  [[gnu::always_inline]] bool apply_paid(BlockIndex index, const JsonCell* cell, Marks marks) {
    const Block& block = blocks_[index];
    const KindCode code = block.kinds[static_cast<std::size_t>(cell->kind)];
    if (code.all == 0) return true;
    if (code.all == KindCode::kRefused) return false;
    if (code.own == code.all && is_scalar(*cell))
      return is_fine_at_a_glance(block.glance, *cell) || run_own(block, code, cell);
    // A plain one is entered as deep as the value is nested, and no deeper.
    return block.is_plain ? run_code(block, code, cell, marks) : enter(block, code, cell, marks);
  }
  static bool is_fine_at_a_glance(const Glance& glance, const JsonCell& cell) noexcept {
    if (cell.kind == JsonKind::string)
      return cell.bytes >= glance.bytes_min && cell.bytes <= glance.bytes_max;
    if (glance.low > glance.high) return false;
    const auto number = plain_integer({cell.at, cell.bytes});
    return number && *number >= glance.low && *number <= glance.high;
  }
  static bool is_scalar(const JsonCell& cell) noexcept {
    return cell.kind == JsonKind::string || cell.kind == JsonKind::number;
  }
  [[gnu::always_inline]] bool run_own(const Block& block, KindCode code, const JsonCell* cell) {
    const auto passes_own = cell->kind == JsonKind::string ? passes_strings : passes_numbers;
    return passes_own(program_, {code_ + block.fast + code.begin, code.own}, JsonNode{cell},
                      scratch_.equality, cost_);
  }
  bool enter(const Block& block, KindCode code, const JsonCell* cell, Marks marks);
  bool run_code(const Block& block, KindCode code, const JsonCell* cell, Marks marks);
  // In place, where what was evaluated counts only if it is valid.
  bool apply_branch(BlockIndex index, const JsonCell* cell, Marks marks);
  bool step(const Instruction& instruction, const JsonCell* cell, Marks marks);

  bool any_of(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool one_of(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool conditional(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool object(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool object_with_patterns(const ObjectShape& shape, const JsonCell* cell, Marks marks);
  bool property_names(const Instruction& instruction, const JsonCell* cell);
  bool required(const Instruction& instruction, const JsonCell* cell);
  bool dependent(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool unevaluated_properties(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool prefix_items(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool items(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool contains(const Instruction& instruction, const JsonCell* cell, Marks marks);
  bool unevaluated_items(const Instruction& instruction, const JsonCell* cell, Marks marks);
  BlockIndex dynamic_target(const Dynamic& dynamic);
  bool has(const JsonCell* object, std::string_view name);

  Marks open_marks(const JsonCell* cell);
  void close_marks(Marks marks) { scratch_.marks.resize(marks - 1); }
  void merge_marks(Marks from, Marks to, const JsonCell* cell);
  void mark(Marks marks, std::size_t index) {
    scratch_.marks[marks - 1 + index / kWordBits] |= std::uint64_t{1} << (index % kWordBits);
  }
  [[nodiscard]] bool is_marked(Marks marks, std::size_t index) const {
    return (scratch_.marks[marks - 1 + index / kWordBits] >> (index % kWordBits) & 1U) != 0;
  }

  const Program& program_;
  Scratch& scratch_;
  const Block* blocks_;
  const Instruction* code_;
  std::int64_t cost_;
  std::size_t depth_;
  bool is_stopped_ = false;
};

std::size_t words_for(const JsonCell* cell) noexcept {
  return (cell->count + kWordBits - 1) / kWordBits;
}

Marks Evaluator::open_marks(const JsonCell* cell) {
  const Marks marks = scratch_.marks.size() + 1;
  pay(words_for(cell));
  scratch_.marks.resize(scratch_.marks.size() + words_for(cell));
  return marks;
}

void Evaluator::merge_marks(Marks from, Marks to, const JsonCell* cell) {
  for (std::size_t i = 0; i < words_for(cell); ++i)
    scratch_.marks[to - 1 + i] |= scratch_.marks[from - 1 + i];
}

bool Evaluator::enter(const Block& block, KindCode code, const JsonCell* cell, Marks marks) {
  if (depth_ == 0) return stop();
  --depth_;
  const bool is_entered = block.enters;
  if (is_entered) scratch_.entered.push_back(block.resource);
  bool is_valid = false;
  if (block.owns_marks) {
    const Marks own = open_marks(cell);
    is_valid = !is_stopped_ && run_code(block, code, cell, own);
    if (is_valid && marks != 0) merge_marks(own, marks, cell);
    close_marks(own);
  } else {
    is_valid = run_code(block, code, cell, marks);
  }
  if (is_entered) scratch_.entered.pop_back();
  ++depth_;
  return is_valid;
}

bool Evaluator::run_code(const Block& block, KindCode code, const JsonCell* cell, Marks marks) {
  const Instruction* at = code_ + block.fast + code.begin;
  const Instruction* const end = at + code.all;
  if (code.own != 0 && is_scalar(*cell)) {
    if (!run_own(block, code, cell)) return false;
    at += code.own;
  }
  for (; at != end; ++at) {
    if (!step(*at, cell, marks)) return false;
  }
  return true;
}

bool Evaluator::apply_branch(BlockIndex index, const JsonCell* cell, Marks marks) {
  if (marks == 0) return apply(index, cell, 0);
  const Marks own = open_marks(cell);
  const bool is_valid = !is_stopped_ && apply(index, cell, own);
  if (is_valid) merge_marks(own, marks, cell);
  close_marks(own);
  return is_valid;
}

bool Evaluator::step(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  if (--cost_ < 0) return stop();
  switch (instruction.op) {
    case Op::object: return object(instruction, cell, marks);
    // Among the instructions for arrays and for objects, and so of one.
    case Op::min_items:
    case Op::min_properties: return std::int64_t{cell->count} >= instruction.number;
    case Op::max_items:
    case Op::max_properties: return std::int64_t{cell->count} <= instruction.number;
    case Op::items: return items(instruction, cell, marks);
    case Op::reference: return apply(instruction.first, cell, marks);
    case Op::dynamic_reference:
      return apply(dynamic_target(program_.dynamics[instruction.first]), cell, marks);
    case Op::all_of:
      for (std::uint32_t i = 0; i < instruction.count; ++i) {
        if (!apply(program_.children[instruction.first + i], cell, marks)) return false;
      }
      return true;
    case Op::any_of: return any_of(instruction, cell, marks);
    case Op::one_of: return one_of(instruction, cell, marks);
    case Op::negation: return !apply(instruction.first, cell, 0) && !is_stopped_;
    case Op::conditional: return conditional(instruction, cell, marks);
    case Op::prefix_items: return prefix_items(instruction, cell, marks);
    case Op::contains: return contains(instruction, cell, marks);
    case Op::unevaluated_items: return unevaluated_items(instruction, cell, marks);
    case Op::property_names: return property_names(instruction, cell);
    case Op::required: return required(instruction, cell);
    case Op::dependent_required:
    case Op::dependent_schemas: return dependent(instruction, cell, marks);
    case Op::unevaluated_properties: return unevaluated_properties(instruction, cell, marks);
    default: break;
  }
  return passes(program_, instruction, JsonNode{cell}, scratch_.equality, cost_);
}

BlockIndex Evaluator::dynamic_target(const Dynamic& dynamic) {
  const auto& candidates = program_.scopes[dynamic.scope];
  for (const ResourceIndex resource : scratch_.entered) {
    const auto found = std::ranges::lower_bound(candidates, resource, {}, &Candidate::resource);
    if (found != candidates.end() && found->resource == resource) return found->block;
    --cost_;
  }
  return dynamic.usual;
}

bool Evaluator::any_of(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  const BlockIndex* at = program_.children.data() + instruction.first;
  const BlockIndex* const end = at + instruction.count;
  if (marks == 0) {
    for (; at != end; ++at) {
      if (apply(*at, cell, 0)) return true;
      if (is_stopped_) return false;
    }
    return false;
  }
  // All branches: what each of them evaluated counts.
  bool is_any = false;
  for (; at != end; ++at) {
    is_any = apply_branch(*at, cell, marks) || is_any;
    if (is_stopped_) return false;
  }
  return is_any;
}

bool Evaluator::one_of(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  bool is_any = false;
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    if (apply_branch(program_.children[instruction.first + i], cell, marks)) {
      if (is_any) return false;
      is_any = true;
    }
    if (is_stopped_) return false;
  }
  return is_any;
}

bool Evaluator::conditional(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  const BlockIndex* const blocks = program_.children.data() + instruction.first;
  const bool holds = apply_branch(blocks[0], cell, marks);
  if (is_stopped_) return false;
  const BlockIndex branch = holds ? blocks[1] : blocks[2];
  return branch == kNone || apply(branch, cell, marks);
}

bool Evaluator::object(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  const ObjectShape& shape = program_.shapes[instruction.first];
  const bool is_simple = shape.patterns.empty() && marks == 0;
  if (!is_simple) return object_with_patterns(shape, cell, marks);
  const NameChild* const children = shape.children.data();
  const bool has_names = !shape.children.empty();
  const BlockIndex additional = shape.additional;
  std::uint64_t seen = 0;
  std::uint32_t expected = 0;
  if (!pay(cell->count)) return false;
  const JsonCell* const end = cell + cell->next;
  for (const JsonCell* name = cell + 1; name != end;) {
    const JsonCell* const value = name + 1;
    BlockIndex block = kNone;
    if (has_names) {
      const std::uint32_t number = shape.names.find({name->at, name->bytes}, expected);
      if (number != NameTable::kAbsent) {
        if (!pay_compared(name->bytes)) return false;
        seen |= children[number].required_bit;
        block = children[number].block;
      }
    }
    if (block == kNone) block = additional;
    if (block != kNone && !apply_paid(block, value, 0)) return false;
    name = value + value->next;
  }
  return (seen & shape.required) == shape.required;
}

bool Evaluator::object_with_patterns(const ObjectShape& shape, const JsonCell* cell, Marks marks) {
  std::uint64_t seen = 0;
  std::uint32_t expected = 0;
  std::size_t index = 0;
  const JsonCell* const end = cell + cell->next;
  for (const JsonCell* name = cell + 1; name != end; ++index) {
    if (--cost_ < 0) return stop();
    const JsonCell* const value = name + 1;
    const std::string_view text{name->at, name->bytes};
    bool is_known = false;
    if (const std::uint32_t number = shape.names.find(text, expected);
        number != NameTable::kAbsent) {
      if (!pay_compared(name->bytes)) return false;
      const NameChild& child = shape.children[number];
      seen |= child.required_bit;
      is_known = child.block != kNone;
      if (is_known && !apply(child.block, value, 0)) return false;
    }
    for (const PatternChild& each : shape.patterns) {
      const Pattern& pattern = program_.patterns[each.pattern];
      if (!pay(pattern.cost(text.size()))) return false;
      if (!pattern.matches(text)) continue;
      is_known = true;
      if (!apply(each.block, value, 0)) return false;
    }
    if (!is_known && shape.additional != kNone) {
      is_known = true;
      if (!apply(shape.additional, value, 0)) return false;
    }
    if (is_known && marks != 0) mark(marks, index);
    name = value + value->next;
  }
  return (seen & shape.required) == shape.required;
}

bool Evaluator::property_names(const Instruction& instruction, const JsonCell* cell) {
  const JsonCell* const end = cell + cell->next;
  for (const JsonCell* name = cell + 1; name != end; name += 1 + name[1].next) {
    if (!apply(instruction.first, name, 0)) return false;
  }
  return true;
}

bool Evaluator::has(const JsonCell* object, std::string_view name) {
  return pay((object->count / 2 + 1) * (1 + name.size() / kComparedPerStep)) &&
         JsonNode{object}.find(name);
}

bool Evaluator::required(const Instruction& instruction, const JsonCell* cell) {
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    if (!has(cell, program_.names[instruction.first + i])) return false;
  }
  return true;
}

bool Evaluator::dependent(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    const Dependency& dependency = program_.dependencies[instruction.first + i];
    if (!has(cell, dependency.name)) {
      if (is_stopped_) return false;
      continue;
    }
    for (std::uint32_t k = 0; k < dependency.name_count; ++k) {
      if (!has(cell, program_.names[dependency.first_name + k])) return false;
    }
    if (dependency.block != kNone && !apply(dependency.block, cell, marks)) return false;
  }
  return true;
}

bool Evaluator::unevaluated_properties(const Instruction& instruction, const JsonCell* cell,
                                       Marks marks) {
  if (cell->kind != JsonKind::object) return true;
  std::size_t index = 0;
  const JsonCell* const end = cell + cell->next;
  for (const JsonCell* name = cell + 1; name != end; name += 1 + name[1].next, ++index) {
    if (--cost_ < 0) return stop();
    if (is_marked(marks, index)) continue;
    if (!apply(instruction.first, name + 1, 0)) return false;
    mark(marks, index);
  }
  return true;
}

bool Evaluator::prefix_items(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  const JsonCell* const end = cell + cell->next;
  const JsonCell* at = cell + 1;
  for (std::uint32_t i = 0; i < instruction.count && at != end; ++i, at += at->next) {
    if (!apply(program_.children[instruction.first + i], at, 0)) return false;
    if (marks != 0) mark(marks, i);
  }
  return true;
}

bool Evaluator::items(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  const JsonCell* const end = cell + cell->next;
  const JsonCell* at = cell + 1;
  std::int64_t index = 0;
  for (; at != end && index < instruction.number; at += at->next) ++index;
  const BlockIndex block = instruction.first;
  if (!pay(cell->count)) return false;
  for (; at != end; at += at->next, ++index) {
    if (!apply_paid(block, at, 0)) return false;
    if (marks != 0) mark(marks, static_cast<std::size_t>(index));
  }
  return true;
}

bool Evaluator::contains(const Instruction& instruction, const JsonCell* cell, Marks marks) {
  const bool counts_all = (marks != 0 && (instruction.flags & kMarks) != 0);
  const JsonCell* const end = cell + cell->next;
  std::int64_t found = 0;
  std::size_t index = 0;
  for (const JsonCell* at = cell + 1; at != end; at += at->next, ++index) {
    if (!counts_all && instruction.count == kNone && found >= instruction.number) return true;
    const bool is_valid = apply(instruction.first, at, 0);
    if (is_stopped_) return false;
    if (!is_valid) continue;
    ++found;
    if (found > std::int64_t{instruction.count}) return false;
    if (counts_all) mark(marks, index);
  }
  return found >= instruction.number;
}

bool Evaluator::unevaluated_items(const Instruction& instruction, const JsonCell* cell,
                                  Marks marks) {
  if (cell->kind != JsonKind::array) return true;
  const JsonCell* const end = cell + cell->next;
  std::size_t index = 0;
  for (const JsonCell* at = cell + 1; at != end; at += at->next, ++index) {
    if (--cost_ < 0) return stop();
    if (is_marked(marks, index)) continue;
    if (!apply(instruction.first, at, 0)) return false;
    mark(marks, index);
  }
  return true;
}

}  // namespace

Verdict validate(const Schema& schema, JsonNode instance, Scratch& scratch) {
  JUNCTOR_ASSERT(instance);
  scratch.marks.clear();
  scratch.entered.clear();
  return Evaluator{schema.program(), scratch}.run(instance);
}

Result<Verdict> validate(const Schema& schema, std::string_view text, JsonTree& tree,
                         Scratch& scratch) {
  JUNCTOR_CHECK(tree.fill(text));
  return validate(schema, tree.root(), scratch);
}

}  // namespace junctor::lang::schema
