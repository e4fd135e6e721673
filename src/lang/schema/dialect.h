#pragma once
// The five dialects of JSON Schema: which keywords each has, and where in them schemas stand.
//
// One table names all keywords; a keyword that a dialect, or the vocabularies of a custom
// metaschema, do not have is unknown there, and what it holds is no schema.
//
// Source:  JSON Schema 2020-12, 2019-09, draft-07, draft-06 and draft-04, core and validation.
// Threads: constants and values; safe from all.

#include <cstdint>
#include <optional>
#include <string_view>

namespace junctor::lang::schema {

// In the order in which they came.
enum class Dialect : std::uint8_t { draft4, draft6, draft7, draft2019_09, draft2020_12 };

// The value of $schema of it, without fragment.
[[nodiscard]] std::string_view dialect_uri(Dialect dialect) noexcept;
[[nodiscard]] std::optional<Dialect> dialect_of(std::string_view uri) noexcept;

enum class FormatUse : std::uint8_t {
  annotate,  // "format" says something to people and refuses nothing, unless a vocabulary asserts.
  check,     // It is checked, and so are the contents of draft-07 (base64, JSON).
};

using Vocabularies = std::uint16_t;  // A bit for each.
inline constexpr Vocabularies kCore = 1U << 0U;
inline constexpr Vocabularies kApplicator = 1U << 1U;
inline constexpr Vocabularies kUnevaluated = 1U << 2U;
inline constexpr Vocabularies kValidation = 1U << 3U;
inline constexpr Vocabularies kMetaData = 1U << 4U;
inline constexpr Vocabularies kFormatAnnotation = 1U << 5U;
inline constexpr Vocabularies kFormatAssertion = 1U << 6U;
inline constexpr Vocabularies kContent = 1U << 7U;
inline constexpr Vocabularies kFormat = kFormatAnnotation | kFormatAssertion;
// What the dialects have when nobody says otherwise.
inline constexpr Vocabularies kUsual =
    kCore | kApplicator | kUnevaluated | kValidation | kMetaData | kFormatAnnotation | kContent;

// Of one vocabulary's URI; nothing when it is unknown.
[[nodiscard]] std::optional<Vocabularies> vocabulary_of(std::string_view uri) noexcept;

// What a schema resource is read by.
struct Rules {
  Dialect dialect = Dialect::draft2020_12;
  Vocabularies vocabularies = kUsual;

  [[nodiscard]] bool since(Dialect first) const noexcept { return dialect >= first; }
  friend bool operator==(const Rules&, const Rules&) = default;
};

enum class Keyword : std::uint8_t {
  // clang-format off
  none, id, schema, anchor, dynamic_anchor, recursive_anchor, vocabulary, comment,
  ref, dynamic_ref, recursive_ref, defs,
  all_of, any_of, one_of, negation, condition, then_branch, else_branch,
  properties, pattern_properties, additional_properties, property_names,
  dependencies, dependent_schemas, dependent_required,
  items, prefix_items, additional_items, contains, min_contains, max_contains,
  unevaluated_items, unevaluated_properties,
  type, enumeration, constant, minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of,
  min_length, max_length, pattern, min_items, max_items, unique_items,
  min_properties, max_properties, required,
  format, content_encoding, content_media_type, content_schema, annotation,
  // clang-format on
};

// What schemas a keyword holds.
enum class Shape : std::uint8_t {
  none,
  schema,
  schema_or_schemas,
  schemas,         // An array of them.
  named,           // An object whose members are schemas.
  named_or_names,  // Members are schemas or arrays of names.
};

struct KeywordFacts {
  std::string_view name;
  Keyword keyword = Keyword::none;
  Dialect first = Dialect::draft4;
  Dialect last = Dialect::draft2020_12;
  Vocabularies vocabulary = kCore;
  Shape shape = Shape::none;
};

// Null: unknown under these rules.
[[nodiscard]] const KeywordFacts* find_keyword(std::string_view name, const Rules& rules);

}  // namespace junctor::lang::schema
