#pragma once
// Program: a compiled schema, as the evaluators read it.
//
// Each subschema is a block. A block has two readings of the same keywords: the instructions of
// `all`, one for each keyword in the schema's order, for those who report what they see; and the
// fast ones, sorted by the kind of value that they are for, so that a string meets none that is for
// objects and a value of another type none at all. A fast instruction may stand for several
// keywords (Op::object). Children, names, values and patterns are ranges of arrays beside the code;
// nothing is a pointer that could dangle, but the nodes of the documents, which the program keeps.
//
// Source:  the idea of compiling schemas to instructions is that of Blaze (J. C. Viotti).
// Limits:  those of the compiler (schema.h).
// Threads: immutable once compiled; safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lang/json_tree.h"
#include "lang/schema/dialect.h"
#include "lang/schema/name_table.h"
#include "lang/schema/pattern.h"
#include "lang/schema/registry.h"

namespace junctor::lang::schema {

using BlockIndex = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFF'FFFF;

// A bit for each of the types of JSON Schema. A number without a fraction has both of its bits.
using Types = std::uint8_t;
inline constexpr Types kObjectType = 1U << 0U;
inline constexpr Types kArrayType = 1U << 1U;
inline constexpr Types kStringType = 1U << 2U;
inline constexpr Types kFractionType = 1U << 3U;
inline constexpr Types kIntegerType = 1U << 4U;
inline constexpr Types kBooleanType = 1U << 5U;
inline constexpr Types kNullType = 1U << 6U;
inline constexpr Types kNumberType = kFractionType | kIntegerType;
inline constexpr Types kAllTypes = 0x7F;

// By JsonKind; what a value of the kind may be.
inline constexpr std::array<Types, 7> kTypesOfKind = {
    0, kObjectType, kArrayType, kStringType, kNumberType, kBooleanType, kNullType};

enum class Op : std::uint8_t {
  // For any value.
  fail,         // "false"
  type,         // types
  integer,      // Fast only: a number must be whole; flag kWritten: by how it is written.
  constant,     // values[first]
  enumeration,  // values[first, count); `table` of the strings or kNone
  all_of,       // children[first, count)
  any_of,
  one_of,
  negation,           // block `first`
  conditional,        // children[first + 0..2]: if, then, else; kNone where there is none
  reference,          // block `first`
  dynamic_reference,  // dynamics[first]
  // For numbers. number * 10^exponent when flag kSmall, values[first] in any case.
  minimum,
  maximum,
  exclusive_minimum,
  exclusive_maximum,
  multiple_of,
  // For strings.
  min_length,  // number
  max_length,
  pattern,  // patterns[first]
  format,   // Format `first`
  content,  // flags kBase64, kJson
  // For arrays.
  min_items,
  max_items,
  unique_items,
  prefix_items,       // children[first, count)
  items,              // block `first` from index `number` on
  contains,           // block `first`, at least `number` and at most `count` (kNone: no bound)
  unevaluated_items,  // block `first`
  // For objects.
  min_properties,
  max_properties,
  required,                // names[first, count)
  properties,              // shapes[first]
  pattern_properties,      // shapes[first]
  additional_properties,   // shapes[first]
  object,                  // Fast only: the three, and what is required; shapes[first]
  property_names,          // block `first`
  dependent_required,      // dependencies[first, count)
  dependent_schemas,       // dependencies[first, count)
  unevaluated_properties,  // block `first`
  // Nothing to check: an annotation of the value values[first].
  note,
};

inline constexpr std::uint8_t kSmall = 1U << 0U;    // `number` and `exponent` are the bound.
inline constexpr std::uint8_t kWritten = 1U << 1U;  // 1.0 is no integer, as draft-04 has it.
inline constexpr std::uint8_t kBase64 = 1U << 2U;
inline constexpr std::uint8_t kJson = 1U << 3U;
inline constexpr std::uint8_t kMarks = 1U << 4U;  // What `contains` found counts as evaluated.

struct Instruction {
  Op op = Op::fail;
  std::uint8_t flags = 0;
  Types types = 0;
  Keyword keyword = Keyword::none;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t table = kNone;
  std::int64_t number = 0;
  std::int32_t exponent = 0;
  std::uint32_t name = kNone;  // keyword_names[name]: as it stands in the schema.
};

// The fast instructions for a kind of value: those that are for it alone, and behind them those for
// any value.
struct KindCode {
  static constexpr std::uint16_t kRefused = 0xFFFF;

  std::uint16_t begin = 0;  // From the block's first one on.
  std::uint16_t own = 0;
  std::uint16_t all = 0;  // With the others; 0: the value is valid. kRefused: it is not.
};
inline constexpr std::size_t kKindCount = 7;  // Of JsonKind.

// What is accepted at a glance, where the instructions for strings are lengths alone, or those for
// numbers bounds of integers. All others are for the instructions to decide.
struct Glance {
  std::uint32_t bytes_min = 1;  // Of a string; more than bytes_max: none.
  std::uint32_t bytes_max = 0;
  std::int64_t low = 1;  // Of an integer that is written as one.
  std::int64_t high = 0;
};

struct Block {
  std::uint32_t fast = 0;        // The first of the fast instructions,
  std::uint32_t fast_count = 0;  // and so many.
  Glance glance;
  std::array<KindCode, kKindCount> kinds{};
  bool is_plain = false;    // Nothing is applied in place, and nobody asks what was evaluated.
  bool owns_marks = false;  // It asks what was evaluated, so that it begins with nothing.
  bool enters = false;      // Its resource is noted while it runs, for dynamic references.
  ResourceIndex resource = 0;
  std::uint32_t all = 0;
  std::uint32_t all_count = 0;
};

// What a person is told about where a block stands.
struct ResourceFacts {
  std::string uri;
  JsonNode root;
};

struct PatternChild {
  std::uint32_t pattern = 0;
  BlockIndex block = 0;
};

struct NameChild {
  BlockIndex block = kNone;        // kNone: the name is only required.
  std::uint64_t required_bit = 0;  // Of the fast instruction.
};

// What a schema says about the members of an object.
struct ObjectShape {
  NameTable names;
  std::vector<NameChild> children;  // By the number of the name.
  std::vector<PatternChild> patterns;
  BlockIndex additional = kNone;
  std::uint64_t required = 0;        // All of these bits.
  std::uint32_t property_count = 0;  // The first so many names are those of "properties".
};

struct Dependency {
  std::string name = {};
  BlockIndex block = kNone;
  std::uint32_t first_name = 0;  // names[first_name, name_count)
  std::uint32_t name_count = 0;
};

struct Candidate {
  ResourceIndex resource = 0;
  BlockIndex block = 0;
};

// A reference whose target depends on what was entered before: of the candidates, that of the
// resource which was entered first.
struct Dynamic {
  BlockIndex usual = 0;     // Where none of the candidates was entered.
  std::uint32_t scope = 0;  // scopes[scope], which all references to that name share.
};

struct Program {
  std::vector<Instruction> code;
  std::vector<Block> blocks;
  std::vector<BlockIndex> children;
  std::vector<ObjectShape> shapes;
  std::vector<NameTable> tables;
  std::vector<std::string> names;
  std::vector<JsonNode> values;
  std::vector<Pattern> patterns;
  std::vector<Dependency> dependencies;
  std::vector<Dynamic> dynamics;
  std::vector<std::vector<Candidate>> scopes;  // Each in the order of resources.
  BlockIndex root = 0;
  std::uint64_t cost_max = 0;
  std::size_t depth_max = 0;

  std::vector<Place> places;  // By block.
  std::vector<std::string> keyword_names;
  std::vector<ResourceFacts> resources;  // By resource.
  std::vector<std::unique_ptr<Document>> documents;
};

}  // namespace junctor::lang::schema
