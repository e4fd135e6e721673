#include "lang/schema/compiler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lang/schema/brief.h"
#include "lang/schema/fuse.h"

namespace junctor::lang::schema {
namespace {

constexpr std::size_t kKeywordCount = static_cast<std::size_t>(Keyword::annotation) + 1;

}  // namespace

Compiler::Compiler(const SchemaOptions& options)
    : options_{options}, registry_{options.resolver, options.limits.documents, options.dialect} {}

Result<Program> Compiler::run(std::string_view text) {
  JUNCTOR_TRY(const Place root, registry_.add(std::string{text}, options_.base_uri));
  program_.cost_max = options_.limits.cost_max;
  program_.depth_max = options_.limits.depth_max;
  JUNCTOR_TRY(program_.root, block_of(root));
  JUNCTOR_CHECK(drain());
  JUNCTOR_CHECK(gather_candidates());
  program_.places = std::move(places_);
  for (ResourceIndex i = 0; i < registry_.resource_count(); ++i) {
    const Resource& resource = registry_.resource(i);
    program_.resources.push_back({.uri = resource.uri, .root = resource.root});
  }
  program_.documents = registry_.take_documents();
  settle_dynamic_references(program_);
  JUNCTOR_CHECK(refuse_endless_references(program_));
  fuse(program_);
  return std::move(program_);
}

Result<> Compiler::drain() {
  while (!open_.empty()) {
    const BlockIndex block = open_.front();
    open_.pop_front();
    JUNCTOR_CHECK(fill(block));
  }
  return {};
}

void Compiler::use_resource(ResourceIndex index) {
  if (is_in_use_.size() <= index) is_in_use_.resize(registry_.resource_count());
  if (is_in_use_[index]) return;
  is_in_use_[index] = true;
  const Resource& resource = registry_.resource(index);
  const auto add = [&](const std::string& name, JsonNode node) {
    anchors_in_use_[name].push_back({.node = node, .resource = index});
    grown_.push_back(name);
  };
  for (const auto& [name, node] : resource.dynamic_anchors) add(name, node);
  if (resource.has_recursive_anchor) add("", resource.root);
}

std::uint32_t Compiler::scope_of(const std::string& name) {
  const auto next = static_cast<std::uint32_t>(program_.scopes.size());
  const auto [at, is_new] = scopes_.emplace(name, next);
  if (is_new) {
    program_.scopes.emplace_back();
    grown_.push_back(name);
  }
  return at->second;
}

// A resource that was not in use yet may bring further candidates, and a candidate further
// resources.
Result<> Compiler::gather_candidates() {
  while (!grown_.empty()) {
    const std::string name = std::move(grown_.back());
    grown_.pop_back();
    const auto scope = scopes_.find(name);
    if (scope == scopes_.end()) continue;
    // What is compiled here may add to both: looked up again each time.
    for (std::size_t i = program_.scopes[scope->second].size(); i < anchors_in_use_[name].size();
         ++i) {
      const Place place = anchors_in_use_[name][i];
      JUNCTOR_TRY(const BlockIndex block, block_of(place));
      program_.scopes[scope->second].push_back({.resource = place.resource, .block = block});
      JUNCTOR_CHECK(drain());
    }
  }
  for (auto& candidates : program_.scopes) std::ranges::sort(candidates, {}, &Candidate::resource);
  return {};
}

Result<BlockIndex> Compiler::block_of(const Place& place) {
  const auto next = static_cast<BlockIndex>(places_.size());
  const auto [at, is_new] = by_cell_.emplace(place.node.cell(), next);
  if (!is_new) return at->second;
  if (places_.size() >= options_.limits.subschemas_max)
    return fail(ErrorKind::too_large, "schema_too_large",
                fmt::format("the schema has more than {} subschemas (subschemas_max)",
                            options_.limits.subschemas_max));
  Block block;
  block.resource = place.resource;
  places_.push_back(place);
  use_resource(place.resource);
  program_.blocks.push_back(block);
  open_.push_back(next);
  return next;
}

Result<BlockIndex> Compiler::child(const Source& source, JsonNode node) {
  return block_of({.node = node, .resource = registry_.resource_at(node, source.place.resource)});
}

Result<> Compiler::fill(BlockIndex block) {
  Source source{.place = places_[block], .rules = {}, .code = {}, .last = {}};
  source.rules = registry_.resource(source.place.resource).rules;
  const JsonNode node = source.place.node;
  if (node.is_object()) {
    JUNCTOR_CHECK(compile_object(source));
  } else if (node.is_false()) {
    source.code.push_back({.op = Op::fail});
  } else if (!node.is_true()) {
    return fail(ErrorKind::invalid_argument, "bad_schema",
                fmt::format("the schema at {}: a schema must be an object, true or false, but "
                            "this is {}",
                            registry_.shown(source.place), brief_json(node)));
  }
  source.code.insert(source.code.end(), source.last.begin(), source.last.end());
  program_.blocks[block].all = static_cast<std::uint32_t>(program_.code.size());
  program_.blocks[block].all_count = static_cast<std::uint32_t>(source.code.size());
  program_.code.insert(program_.code.end(), source.code.begin(), source.code.end());
  return {};
}

Result<> Compiler::compile_object(Source& source) {
  const JsonNode node = source.place.node;
  if (!source.rules.since(Dialect::draft2019_09)) {
    if (const JsonNode target = node.find("$ref"); target.is_string())
      return reference(source, {.name = "$ref", .keyword = Keyword::ref, .value = target});
  }
  std::bitset<kKeywordCount> seen;
  source.code.reserve(node.size());  // Most keywords become one instruction.
  for (const JsonNamed each : node.members()) {
    const KeywordFacts* const facts = find_keyword(each.name, source.rules);
    Entry entry{.name = each.name, .keyword = Keyword::none, .value = each.value};
    if (facts == nullptr) {
      note(source, entry);
      continue;
    }
    entry.keyword = facts->keyword;
    const auto bit = static_cast<std::size_t>(facts->keyword);
    const bool may_repeat =
        facts->keyword == Keyword::annotation || facts->keyword == Keyword::defs;
    if (seen[bit] && !may_repeat)
      return bad(source, each.name, "must occur once in a schema", each.value);
    seen[bit] = true;
    JUNCTOR_CHECK(compile_keyword(source, entry));
  }
  if (source.shape != kNone) {
    NameTable& names = program_.shapes[source.shape].names;
    names.build();
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      if (names.find(names.name(i)) != i)
        return bad(source, "properties", "must name each property once", {});
    }
  }
  return {};
}

Result<> Compiler::compile_keyword(Source& source, const Entry& entry) {
  return (this->*step_of(entry.keyword))(source, entry);
}

Compiler::Step Compiler::step_of(Keyword keyword) noexcept {
  switch (keyword) {
    case Keyword::ref: return &Compiler::reference;
    case Keyword::dynamic_ref:
    case Keyword::recursive_ref: return &Compiler::dynamic_reference;
    case Keyword::all_of:
    case Keyword::any_of:
    case Keyword::one_of: return &Compiler::in_place;
    case Keyword::negation:
    case Keyword::property_names:
    case Keyword::unevaluated_items:
    case Keyword::unevaluated_properties: return &Compiler::one_child;
    case Keyword::condition: return &Compiler::conditional;
    case Keyword::properties: return &Compiler::properties;
    case Keyword::pattern_properties: return &Compiler::pattern_properties;
    case Keyword::additional_properties: return &Compiler::additional_properties;
    case Keyword::dependencies:
    case Keyword::dependent_schemas: return &Compiler::dependencies;
    case Keyword::dependent_required: return &Compiler::dependent_required;
    case Keyword::items: return &Compiler::items;
    case Keyword::prefix_items: return &Compiler::prefix_items;
    case Keyword::additional_items: return &Compiler::additional_items;
    case Keyword::contains: return &Compiler::contains;
    case Keyword::type: return &Compiler::type;
    case Keyword::enumeration: return &Compiler::enumeration;
    case Keyword::constant: return &Compiler::constant;
    case Keyword::minimum:
    case Keyword::maximum:
    case Keyword::exclusive_minimum:
    case Keyword::exclusive_maximum:
    case Keyword::multiple_of: return &Compiler::bound;
    case Keyword::min_length:
    case Keyword::max_length:
    case Keyword::min_items:
    case Keyword::max_items:
    case Keyword::min_properties:
    case Keyword::max_properties: return &Compiler::count;
    case Keyword::pattern: return &Compiler::pattern;
    case Keyword::unique_items: return &Compiler::unique_items;
    case Keyword::required: return &Compiler::required;
    case Keyword::format: return &Compiler::format;
    case Keyword::content_encoding:
    case Keyword::content_media_type: return &Compiler::content;
    case Keyword::content_schema:
    case Keyword::annotation: return &Compiler::annotation;
    default: return &Compiler::ignored;
  }
}

std::uint32_t Compiler::name_of(std::string_view keyword) {
  const auto known = keyword_names_.find(keyword);
  if (known != keyword_names_.end()) return known->second;
  const auto next = static_cast<std::uint32_t>(program_.keyword_names.size());
  keyword_names_.emplace(keyword, next);
  program_.keyword_names.emplace_back(keyword);
  return next;
}

Instruction& Compiler::emit(Source& source, const Entry& entry, Op op) {
  Instruction instruction{.op = op, .keyword = entry.keyword};
  instruction.name = name_of(entry.name);
  return source.code.emplace_back(instruction);
}

void Compiler::note(Source& source, const Entry& entry) {
  emit(source, entry, Op::note).first = add_value(entry.value);
}

std::unexpected<Error> Compiler::bad(const Source& source, std::string_view keyword,
                                     std::string_view must, JsonNode is) const {
  std::string detail = fmt::format("the schema at {}: \"{}\" {}", registry_.shown(source.place, is),
                                   brief_text(keyword), must);
  if (is) detail += ", but is " + brief_json(is);
  return fail(ErrorKind::invalid_argument, "bad_schema", std::move(detail));
}

Error Compiler::within(const Source& source, std::string_view keyword, const Error& error) const {
  return Error{error.kind(), error.reason(),
               fmt::format("the schema at {}, \"{}\": {}",
                           registry_.shown(source.place, source.place.node.find(keyword)),
                           brief_text(keyword), error.detail())};
}

}  // namespace junctor::lang::schema
