#include "lang/schema/dialect.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "lang/schema/name_table.h"

namespace junctor::lang::schema {
namespace {

constexpr auto k4 = Dialect::draft4;
constexpr auto k6 = Dialect::draft6;
constexpr auto k7 = Dialect::draft7;
constexpr auto k19 = Dialect::draft2019_09;
constexpr auto k20 = Dialect::draft2020_12;

// Sorted by name, so that what bears the same name stands together.
constexpr KeywordFacts kKeywords[] = {
    {"$anchor", Keyword::anchor, k19, k20, kCore},
    {"$comment", Keyword::comment, k7, k20, kCore},
    {"$defs", Keyword::defs, k19, k20, kCore, Shape::named},
    {"$dynamicAnchor", Keyword::dynamic_anchor, k20, k20, kCore},
    {"$dynamicRef", Keyword::dynamic_ref, k20, k20, kCore},
    {"$id", Keyword::id, k6, k20, kCore},
    {"$recursiveAnchor", Keyword::recursive_anchor, k19, k19, kCore},
    {"$recursiveRef", Keyword::recursive_ref, k19, k19, kCore},
    {"$ref", Keyword::ref, k4, k20, kCore},
    {"$schema", Keyword::schema, k4, k20, kCore},
    {"$vocabulary", Keyword::vocabulary, k19, k20, kCore},
    {"additionalItems", Keyword::additional_items, k4, k19, kApplicator, Shape::schema},
    {"additionalProperties", Keyword::additional_properties, k4, k20, kApplicator, Shape::schema},
    {"allOf", Keyword::all_of, k4, k20, kApplicator, Shape::schemas},
    {"anyOf", Keyword::any_of, k4, k20, kApplicator, Shape::schemas},
    {"const", Keyword::constant, k6, k20, kValidation},
    {"contains", Keyword::contains, k6, k20, kApplicator, Shape::schema},
    {"contentEncoding", Keyword::content_encoding, k7, k20, kContent},
    {"contentMediaType", Keyword::content_media_type, k7, k20, kContent},
    {"contentSchema", Keyword::content_schema, k19, k20, kContent, Shape::schema},
    {"default", Keyword::annotation, k4, k20, kMetaData},
    {"definitions", Keyword::defs, k4, k20, kCore, Shape::named},
    {"dependencies", Keyword::dependencies, k4, k20, kApplicator, Shape::named_or_names},
    {"dependentRequired", Keyword::dependent_required, k19, k20, kValidation},
    {"dependentSchemas", Keyword::dependent_schemas, k19, k20, kApplicator, Shape::named},
    {"deprecated", Keyword::annotation, k19, k20, kMetaData},
    {"description", Keyword::annotation, k4, k20, kMetaData},
    {"else", Keyword::else_branch, k7, k20, kApplicator, Shape::schema},
    {"enum", Keyword::enumeration, k4, k20, kValidation},
    {"examples", Keyword::annotation, k6, k20, kMetaData},
    {"exclusiveMaximum", Keyword::exclusive_maximum, k4, k20, kValidation},
    {"exclusiveMinimum", Keyword::exclusive_minimum, k4, k20, kValidation},
    {"format", Keyword::format, k4, k20, kFormat},
    {"id", Keyword::id, k4, k4, kCore},
    {"if", Keyword::condition, k7, k20, kApplicator, Shape::schema},
    {"items", Keyword::items, k4, k19, kApplicator, Shape::schema_or_schemas},
    {"items", Keyword::items, k20, k20, kApplicator, Shape::schema},
    {"maxContains", Keyword::max_contains, k19, k20, kValidation},
    {"maxItems", Keyword::max_items, k4, k20, kValidation},
    {"maxLength", Keyword::max_length, k4, k20, kValidation},
    {"maxProperties", Keyword::max_properties, k4, k20, kValidation},
    {"maximum", Keyword::maximum, k4, k20, kValidation},
    {"minContains", Keyword::min_contains, k19, k20, kValidation},
    {"minItems", Keyword::min_items, k4, k20, kValidation},
    {"minLength", Keyword::min_length, k4, k20, kValidation},
    {"minProperties", Keyword::min_properties, k4, k20, kValidation},
    {"minimum", Keyword::minimum, k4, k20, kValidation},
    {"multipleOf", Keyword::multiple_of, k4, k20, kValidation},
    {"not", Keyword::negation, k4, k20, kApplicator, Shape::schema},
    {"oneOf", Keyword::one_of, k4, k20, kApplicator, Shape::schemas},
    {"pattern", Keyword::pattern, k4, k20, kValidation},
    {"patternProperties", Keyword::pattern_properties, k4, k20, kApplicator, Shape::named},
    {"prefixItems", Keyword::prefix_items, k20, k20, kApplicator, Shape::schemas},
    {"properties", Keyword::properties, k4, k20, kApplicator, Shape::named},
    {"propertyNames", Keyword::property_names, k6, k20, kApplicator, Shape::schema},
    {"readOnly", Keyword::annotation, k7, k20, kMetaData},
    {"required", Keyword::required, k4, k20, kValidation},
    {"then", Keyword::then_branch, k7, k20, kApplicator, Shape::schema},
    {"title", Keyword::annotation, k4, k20, kMetaData},
    {"type", Keyword::type, k4, k20, kValidation},
    // In 2019-09 these are the applicator vocabulary's.
    {"unevaluatedItems", Keyword::unevaluated_items, k19, k19, kApplicator, Shape::schema},
    {"unevaluatedItems", Keyword::unevaluated_items, k20, k20, kUnevaluated, Shape::schema},
    {"unevaluatedProperties", Keyword::unevaluated_properties, k19, k19, kApplicator,
     Shape::schema},
    {"unevaluatedProperties", Keyword::unevaluated_properties, k20, k20, kUnevaluated,
     Shape::schema},
    {"uniqueItems", Keyword::unique_items, k4, k20, kValidation},
    {"writeOnly", Keyword::annotation, k7, k20, kMetaData},
};
static_assert(std::ranges::is_sorted(kKeywords, {}, &KeywordFacts::name));

// From a name to the first of the keywords that bear it.
NameTable keyword_table() {
  NameTable table;
  for (const KeywordFacts& each : kKeywords) table.add(each.name);
  table.build();
  return table;
}

struct Named {
  std::string_view name;
  Vocabularies bit;
};
constexpr Named kVocabularies[] = {
    {"core", kCore},
    {"applicator", kApplicator},
    {"unevaluated", kUnevaluated},
    {"validation", kValidation},
    {"meta-data", kMetaData},
    {"format-annotation", kFormatAnnotation},
    {"format-assertion", kFormatAssertion},
    {"format", kFormatAnnotation},
    {"content", kContent},
};

constexpr std::array<std::string_view, 5> kDialectUris = {
    "http://json-schema.org/draft-04/schema",       "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",       "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
};

}  // namespace

std::string_view dialect_uri(Dialect dialect) noexcept {
  return kDialectUris.at(static_cast<std::size_t>(dialect));
}

std::optional<Dialect> dialect_of(std::string_view uri) noexcept {
  const auto found = std::ranges::find(kDialectUris, uri);
  if (found == kDialectUris.end()) return std::nullopt;
  return static_cast<Dialect>(found - kDialectUris.begin());
}

std::optional<Vocabularies> vocabulary_of(std::string_view uri) noexcept {
  for (const std::string_view home : {"https://json-schema.org/draft/2020-12/vocab/",
                                      "https://json-schema.org/draft/2019-09/vocab/"}) {
    if (!uri.starts_with(home)) continue;
    const auto found = std::ranges::find(kVocabularies, uri.substr(home.size()), &Named::name);
    if (found != std::end(kVocabularies)) return found->bit;
  }
  return std::nullopt;
}

const KeywordFacts* find_keyword(std::string_view name, const Rules& rules) {
  static const NameTable table = keyword_table();
  for (std::size_t i = table.find(name); i < std::size(kKeywords); ++i) {
    const KeywordFacts& each = kKeywords[i];
    if (each.name != name) break;
    if (rules.dialect < each.first || rules.dialect > each.last) continue;
    const bool is_in_use = (each.vocabulary & (rules.vocabularies | kCore)) != 0;
    return is_in_use ? &each : nullptr;
  }
  return nullptr;
}

}  // namespace junctor::lang::schema
