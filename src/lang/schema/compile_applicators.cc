// Keywords that hold schemas, or refer to them.

#include <string>
#include <utility>

#include "lang/schema/compiler.h"
#include "lang/schema/uri.h"

namespace junctor::lang::schema {
namespace {

Op op_of(Keyword keyword) noexcept {
  switch (keyword) {
    case Keyword::all_of: return Op::all_of;
    case Keyword::any_of: return Op::any_of;
    case Keyword::one_of: return Op::one_of;
    case Keyword::negation: return Op::negation;
    case Keyword::property_names: return Op::property_names;
    case Keyword::unevaluated_items: return Op::unevaluated_items;
    case Keyword::unevaluated_properties: return Op::unevaluated_properties;
    default: break;
  }
  return Op::fail;
}

}  // namespace

Result<> Compiler::ignored(Source& /*source*/, const Entry& /*entry*/) {
  return {};
}

Result<> Compiler::annotation(Source& source, const Entry& entry) {
  note(source, entry);
  return {};
}

Result<> Compiler::reference(Source& source, const Entry& entry) {
  if (!entry.value.is_string())
    return bad(source, entry.name, "must be a string with a URI reference", entry.value);
  auto place = registry_.resolve(source.place.resource, entry.value.text());
  if (!place) return std::unexpected{within(source, entry.name, place.error())};
  JUNCTOR_TRY(const BlockIndex block, block_of(*place));
  emit(source, entry, Op::reference).first = block;
  return {};
}

// Dynamic only where what is found the usual way has a dynamic anchor of that name.
Result<> Compiler::dynamic_reference(Source& source, const Entry& entry) {
  JUNCTOR_CHECK(reference(source, entry));
  auto place = registry_.resolve(source.place.resource, entry.value.text());
  if (!place) return std::unexpected{within(source, entry.name, place.error())};
  const Resource& target = registry_.resource(place->resource);
  std::string name;
  if (entry.keyword == Keyword::dynamic_ref) {
    name = percent_decoded(cut_fragment(entry.value.text()).fragment);
    const auto found = target.dynamic_anchors.find(name);
    if (found == target.dynamic_anchors.end() || found->second != place->node) return {};
  } else if (!target.has_recursive_anchor || target.root != place->node) {
    return {};
  }
  Instruction& instruction = source.code.back();
  program_.dynamics.push_back({.usual = instruction.first, .scope = scope_of(name)});
  instruction.op = Op::dynamic_reference;
  instruction.first = static_cast<std::uint32_t>(program_.dynamics.size() - 1);
  return {};
}

Result<> Compiler::child_list(Source& source, const Entry& entry, Op op) {
  if (!entry.value.is_array() || entry.value.size() == 0)
    return bad(source, entry.name, "must be an array of at least one schema", entry.value);
  std::vector<BlockIndex> blocks;
  for (const JsonNode each : entry.value.elements()) {
    JUNCTOR_TRY(const BlockIndex block, child(source, each));
    blocks.push_back(block);
  }
  Instruction& instruction = emit(source, entry, op);
  instruction.first = static_cast<std::uint32_t>(program_.children.size());
  instruction.count = static_cast<std::uint32_t>(blocks.size());
  program_.children.insert(program_.children.end(), blocks.begin(), blocks.end());
  return {};
}

Result<> Compiler::in_place(Source& source, const Entry& entry) {
  return child_list(source, entry, op_of(entry.keyword));
}

Result<> Compiler::one_child(Source& source, const Entry& entry) {
  JUNCTOR_TRY(const BlockIndex block, child(source, entry.value));
  emit(source, entry, op_of(entry.keyword)).first = block;
  const bool asks_others = entry.keyword == Keyword::unevaluated_items ||
                           entry.keyword == Keyword::unevaluated_properties;
  if (asks_others) {
    source.last.push_back(source.code.back());
    source.code.pop_back();
  }
  return {};
}

Result<> Compiler::conditional(Source& source, const Entry& entry) {
  JUNCTOR_TRY(const BlockIndex condition, child(source, entry.value));
  std::array<BlockIndex, 3> blocks = {condition, kNone, kNone};
  constexpr std::array<std::string_view, 3> kNames = {"if", "then", "else"};
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    const JsonNode branch = source.place.node.find(kNames[i]);
    if (!branch) continue;
    JUNCTOR_TRY(blocks[i], child(source, branch));
  }
  Instruction& instruction = emit(source, entry, Op::conditional);
  instruction.first = static_cast<std::uint32_t>(program_.children.size());
  instruction.count = static_cast<std::uint32_t>(blocks.size());
  program_.children.insert(program_.children.end(), blocks.begin(), blocks.end());
  return {};
}

std::uint32_t Compiler::shape_of(Source& source) {
  if (source.shape == kNone) {
    source.shape = static_cast<std::uint32_t>(program_.shapes.size());
    program_.shapes.emplace_back();
  }
  return source.shape;
}

Result<> Compiler::properties(Source& source, const Entry& entry) {
  if (!entry.value.is_object())
    return bad(source, entry.name, "must be an object whose members are schemas", entry.value);
  const std::uint32_t shape = shape_of(source);
  for (const JsonNamed each : entry.value.members()) {
    JUNCTOR_TRY(const BlockIndex block, child(source, each.value));
    program_.shapes[shape].names.add(each.name);
    program_.shapes[shape].children.push_back({.block = block});
  }
  program_.shapes[shape].property_count = static_cast<std::uint32_t>(entry.value.size());
  emit(source, entry, Op::properties).first = shape;
  return {};
}

Result<> Compiler::pattern_properties(Source& source, const Entry& entry) {
  if (!entry.value.is_object())
    return bad(source, entry.name, "must be an object whose members are schemas", entry.value);
  const std::uint32_t shape = shape_of(source);
  for (const JsonNamed each : entry.value.members()) {
    JUNCTOR_TRY(const BlockIndex block, child(source, each.value));
    JUNCTOR_TRY(const std::uint32_t pattern, pattern_index(source, entry.name, each.name));
    program_.shapes[shape].patterns.push_back({.pattern = pattern, .block = block});
  }
  emit(source, entry, Op::pattern_properties).first = shape;
  return {};
}

Result<> Compiler::additional_properties(Source& source, const Entry& entry) {
  JUNCTOR_TRY(const BlockIndex block, child(source, entry.value));
  const std::uint32_t shape = shape_of(source);
  program_.shapes[shape].additional = block;
  emit(source, entry, Op::additional_properties).first = shape;
  return {};
}

// An array of schemas before 2020-12, which calls that prefixItems; one for all, or for the rest.
Result<> Compiler::items(Source& source, const Entry& entry) {
  const bool may_be_list = !source.rules.since(Dialect::draft2020_12);
  if (entry.value.is_array() && may_be_list) {
    if (entry.value.size() == 0) return {};
    return child_list(source, entry, Op::prefix_items);
  }
  JUNCTOR_TRY(const BlockIndex block, child(source, entry.value));
  std::size_t from = 0;
  if (!may_be_list && find_keyword("prefixItems", source.rules) != nullptr)
    from = source.place.node.find("prefixItems").size();
  Instruction& instruction = emit(source, entry, Op::items);
  instruction.first = block;
  instruction.number = static_cast<std::int64_t>(from);
  return {};
}

Result<> Compiler::prefix_items(Source& source, const Entry& entry) {
  return child_list(source, entry, Op::prefix_items);
}

Result<> Compiler::additional_items(Source& source, const Entry& entry) {
  const JsonNode items = source.place.node.find("items");
  JUNCTOR_TRY(const BlockIndex block, child(source, entry.value));
  if (!items.is_array()) return {};
  Instruction& instruction = emit(source, entry, Op::items);
  instruction.first = block;
  instruction.number = static_cast<std::int64_t>(items.size());
  return {};
}

Result<> Compiler::contains(Source& source, const Entry& entry) {
  JUNCTOR_TRY(const BlockIndex block, child(source, entry.value));
  std::int64_t min = 1;
  std::uint32_t max = kNone;
  const JsonNode schema = source.place.node;
  if (find_keyword("minContains", source.rules) != nullptr) {
    if (const JsonNode given = schema.find("minContains")) {
      JUNCTOR_TRY(min, count_value(source, "minContains", given));
    }
    if (const JsonNode given = schema.find("maxContains")) {
      JUNCTOR_TRY(const std::int64_t most, count_value(source, "maxContains", given));
      if (most < std::int64_t{kNone}) max = static_cast<std::uint32_t>(most);
    }
  }
  Instruction& instruction = emit(source, entry, Op::contains);
  instruction.first = block;
  instruction.number = min;
  instruction.count = max;
  if (source.rules.since(Dialect::draft2020_12)) instruction.flags = kMarks;
  return {};
}

// "dependencies" of older drafts holds both kinds.
Result<> Compiler::dependencies(Source& source, const Entry& entry) {
  if (!entry.value.is_object())
    return bad(source, entry.name, "must be an object whose members are schemas", entry.value);
  std::vector<Dependency> schemas;
  std::vector<Dependency> names;
  for (const JsonNamed each : entry.value.members()) {
    Dependency dependency{.name = std::string{each.name}};
    if (each.value.is_array() && entry.keyword == Keyword::dependencies) {
      dependency.first_name = static_cast<std::uint32_t>(program_.names.size());
      JUNCTOR_CHECK(add_names(source, entry, each.value,
                              "must be an object whose members are schemas or arrays of names"));
      dependency.name_count =
          static_cast<std::uint32_t>(program_.names.size()) - dependency.first_name;
      names.push_back(std::move(dependency));
    } else {
      JUNCTOR_TRY(dependency.block, child(source, each.value));
      schemas.push_back(std::move(dependency));
    }
  }
  for (auto [op, list] :
       {std::pair{Op::dependent_required, &names}, std::pair{Op::dependent_schemas, &schemas}}) {
    if (list->empty()) continue;
    Instruction& instruction = emit(source, entry, op);
    instruction.first = static_cast<std::uint32_t>(program_.dependencies.size());
    instruction.count = static_cast<std::uint32_t>(list->size());
    program_.dependencies.insert(program_.dependencies.end(), list->begin(), list->end());
  }
  return {};
}

}  // namespace junctor::lang::schema
