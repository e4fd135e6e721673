#include "lang/schema/registry.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "lang/schema/brief.h"
#include "lang/schema/metaschemas.h"
#include "lang/schema/uri.h"

namespace junctor::lang::schema {
namespace {

// A metaschema that names a metaschema, and so on.
constexpr std::size_t kMetaschemaDepthMax = 8;

std::unexpected<Error> bad(std::string detail) {
  return fail(ErrorKind::invalid_argument, "bad_schema", std::move(detail));
}

std::unexpected<Error> too_large(const std::string& what, std::size_t bytes, std::size_t most) {
  return fail(ErrorKind::too_large, "schema_too_large",
              what + " has " + std::to_string(bytes) + " bytes; at most " + std::to_string(most) +
                  " are allowed (schema_bytes_max)");
}

bool is_anchor_name(std::string_view name) noexcept {
  const auto is_first = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (name.empty() || !is_first(name.front())) return false;
  for (const char c : name) {
    if (!is_first(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != ':') return false;
  }
  return true;
}

// In old drafts nothing stands beside a $ref.
bool is_mere_reference(JsonNode schema, const Rules& rules) noexcept {
  return !rules.since(Dialect::draft2019_09) && schema.find("$ref").is_string();
}

std::string_view id_keyword(const Rules& rules) noexcept {
  return rules.dialect == Dialect::draft4 ? "id" : "$id";
}

}  // namespace

Registry::Registry(Resolver resolver, DocumentLimits limits, Dialect dialect)
    : resolver_{std::move(resolver)}, limits_{limits}, dialect_{dialect} {}

Result<Place> Registry::add(std::string text, std::string_view uri) {
  const std::string_view base = cut_fragment(uri).uri;
  const std::string where = base.empty() ? "the schema" : "the schema " + std::string{base};
  if (text.size() > limits_.schema_bytes_max)
    return too_large(where, text.size(), limits_.schema_bytes_max);
  if (documents_.size() >= limits_.documents_max)
    return fail(ErrorKind::too_large, "schema_too_large",
                "the schema needs more than " + std::to_string(limits_.documents_max) +
                    " documents (documents_max)");
  documents_.push_back(std::make_unique<Document>());
  Document& document = *documents_.back();
  document.text = std::move(text);
  if (auto filled = document.tree.fill(document.text); !filled)
    return fail(filled.error().kind(), filled.error().reason(),
                where + ", " + filled.error().detail());
  const JsonNode root = document.tree.root();
  JUNCTOR_TRY(const Rules rules, rules_of(root, Rules{.dialect = dialect_}, where));
  JUNCTOR_TRY(const ResourceIndex opened, open_resource(std::string{base}, root, rules));
  JUNCTOR_CHECK(scan(root, opened));
  return Place{.node = root, .resource = resource_at(root, opened)};
}

ResourceIndex Registry::resource_at(JsonNode node, ResourceIndex around) const {
  const auto found = by_root_.find(node.cell());
  return found == by_root_.end() ? around : found->second;
}

// Nothing: a string that does not stand in a document as it is here.
std::optional<TextPlace> Registry::place_of(JsonNode node) const {
  if (!node) return std::nullopt;
  const char* const at = node.text().data();
  for (const auto& document : documents_) {
    const std::string_view whole = document->text;
    const bool is_in_it =
        std::greater_equal{}(at, whole.data()) && std::less{}(at, whole.data() + whole.size());
    const std::size_t quote = node.is_string() ? 1 : 0;
    if (is_in_it) return place_in(whole, static_cast<std::size_t>(at - whole.data()) - quote);
  }
  return std::nullopt;
}

std::string Registry::shown(const Place& place, JsonNode meant) const {
  const Resource& resource = resources_[place.resource];
  std::string text = resource.uri + "#" + percent_encoded(pointer_from(resource.root, place.node));
  auto stands = place_of(meant);
  if (!stands) stands = place_of(place.node);
  if (!stands) return text;
  return text + " (line " + std::to_string(stands->line) + ", column " +
         std::to_string(stands->column) + ")";
}

Result<ResourceIndex> Registry::open_resource(std::string uri, JsonNode node, Rules rules) {
  const auto index = static_cast<ResourceIndex>(resources_.size());
  if (resources_.size() >= limits_.resources_max)
    return fail(ErrorKind::too_large, "schema_too_large",
                "the schema has more than " + std::to_string(limits_.resources_max) +
                    " schemas with a URI of their own (resources_max)");
  if (uri.size() > kUriBytesMax) return bad("the URI " + brief_text(uri) + " is too long");
  if (!by_uri_.emplace(uri, index).second && !uri.empty())
    return bad("two schemas have the same URI, " + uri);
  resources_.push_back({.uri = std::move(uri), .root = node, .rules = rules});
  by_root_.insert_or_assign(node.cell(), index);
  return index;
}

// The root of a document is known by where it came from before its $id is: it has both names.
Result<ResourceIndex> Registry::identify(JsonNode node, ResourceIndex around) {
  const Place place{.node = node, .resource = around};
  const bool is_root = node == resources_[around].root;
  const Rules& rules = resources_[around].rules;
  const bool has_own_rules = !is_root && node.find("$schema");
  JUNCTOR_TRY(const Rules inner, has_own_rules ? rules_of(node, rules, shown(place)) : rules);
  const std::string_view name = id_keyword(inner);
  const JsonNode id = node.find(name);
  if (!id || is_mere_reference(node, inner)) return around;
  if (!id.is_string())
    return bad(shown(place) + ": \"" + std::string{name} + "\" must be a string");
  const auto [uri, fragment] = cut_fragment(id.text());
  if (!fragment.empty() && inner.since(Dialect::draft2019_09))
    return bad(shown(place) + ": \"$id\" must have no fragment; \"$anchor\" names a part");
  ResourceIndex index = around;
  if (!uri.empty()) {
    std::string resolved = resolve_uri(resources_[around].uri, uri);
    if (!is_root) {
      JUNCTOR_TRY(index, open_resource(std::move(resolved), node, inner));
    } else if (resolved != resources_[around].uri) {
      if (resolved.size() > kUriBytesMax)
        return bad("the URI " + brief_text(resolved) + " is too long");
      if (!by_uri_.emplace(resolved, around).second)
        return bad("two schemas have the same URI, " + resolved);
      resources_[around].uri = std::move(resolved);
    }
  }
  if (!fragment.empty()) JUNCTOR_CHECK(add_anchor({.node = node, .resource = index}, fragment));
  return index;
}

Result<> Registry::add_anchor(const Place& place, std::string_view name) {
  // Pointers are no names, though old drafts let one stand in an id.
  if (name.starts_with('/')) return {};
  const auto [at, is_new] = resources_[place.resource].anchors.emplace(name, place.node);
  if (!is_new && at->second != place.node)
    return bad(shown(place) + ": the anchor \"" + brief_text(name) + "\" is already there");
  if (is_new && ++anchors_ > limits_.anchors_max)
    return fail(ErrorKind::too_large, "schema_too_large",
                "the schema has more than " + std::to_string(limits_.anchors_max) +
                    " anchors (anchors_max)");
  return {};
}

Result<> Registry::name_anchors(const Place& place) {
  Resource& resource = resources_[place.resource];
  for (const std::string_view keyword : {"$anchor", "$dynamicAnchor"}) {
    const JsonNode name = place.node.find(keyword);
    if (!name || find_keyword(keyword, resource.rules) == nullptr) continue;
    if (!name.is_string() || !is_anchor_name(name.text()))
      return bad(shown(place) + ": \"" + std::string{keyword} +
                 "\" must be a name: a letter or '_', then letters, digits, '-', '_' and '.'");
    JUNCTOR_CHECK(add_anchor(place, name.text()));
    if (keyword == "$dynamicAnchor") resource.dynamic_anchors.emplace(name.text(), place.node);
  }
  if (place.node == resource.root && find_keyword("$recursiveAnchor", resource.rules) != nullptr &&
      place.node.find("$recursiveAnchor").is_true())
    resource.has_recursive_anchor = true;
  return {};
}

// As deep as the document is nested, which its tree bounds.
Result<> Registry::scan(JsonNode node, ResourceIndex around) {
  if (!node.is_object() || !scanned_.insert(node.cell()).second) return {};
  JUNCTOR_TRY(const ResourceIndex resource, identify(node, around));
  const Rules rules = resources_[resource].rules;
  const bool is_reference = is_mere_reference(node, rules);
  if (!is_reference) JUNCTOR_CHECK(name_anchors({.node = node, .resource = resource}));
  for (const JsonNamed each : node.members()) {
    const KeywordFacts* const facts = find_keyword(each.name, rules);
    if (facts == nullptr || facts->shape == Shape::none) continue;
    if (is_reference && facts->keyword != Keyword::defs) continue;
    JUNCTOR_CHECK(scan_keyword(*facts, each.value, resource));
  }
  return {};
}

Result<> Registry::scan_keyword(const KeywordFacts& facts, JsonNode value, ResourceIndex around) {
  const bool is_list = facts.shape == Shape::schemas ||
                       (facts.shape == Shape::schema_or_schemas && value.is_array());
  const bool is_named = facts.shape == Shape::named || facts.shape == Shape::named_or_names;
  if (!is_list && !is_named) return scan(value, around);
  for (const JsonNode each : value.elements())
    if (is_list) JUNCTOR_CHECK(scan(each, around));
  for (const JsonNamed each : value.members())
    if (is_named) JUNCTOR_CHECK(scan(each.value, around));
  return {};
}

Result<Rules> Registry::rules_of(JsonNode schema, const Rules& usual, std::string_view where) {
  const JsonNode named = schema.find("$schema");
  if (!named) return usual;
  if (!named.is_string()) return bad(std::string{where} + ": \"$schema\" must be a string");
  return rules_of_metaschema(cut_fragment(named.text()).uri, where);
}

Result<Rules> Registry::rules_of_metaschema(std::string_view uri, std::string_view where) {
  if (const auto known = dialect_of(uri)) return Rules{.dialect = *known};
  if (const auto found = metaschemas_.find(uri); found != metaschemas_.end()) return found->second;
  JUNCTOR_TRY(const std::optional<std::string> text, fetch(uri));
  if (!text || metaschema_depth_ >= kMetaschemaDepthMax)
    return fail(ErrorKind::invalid_argument, "unknown_dialect",
                std::string{where} + ": \"$schema\" names " + brief_text(uri) +
                    ", which is no dialect known here and which the resolver does not have");
  JsonTree tree;
  if (auto filled = tree.fill(*text); !filled)
    return fail(filled.error().kind(), filled.error().reason(),
                "the metaschema " + std::string{uri} + ", " + filled.error().detail());
  ++metaschema_depth_;
  auto inherited = rules_of(tree.root(), Rules{.dialect = dialect_}, uri);
  --metaschema_depth_;
  JUNCTOR_TRY(Rules rules, std::move(inherited));
  const JsonNode vocabularies = tree.root().find("$vocabulary");
  if (rules.since(Dialect::draft2019_09) && vocabularies.is_object()) {
    rules.vocabularies = kCore;
    for (const JsonNamed each : vocabularies.members()) {
      const auto bit = vocabulary_of(each.name);
      if (!bit && each.value.is_true())
        return fail(ErrorKind::invalid_argument, "unknown_dialect",
                    std::string{where} + ": the metaschema " + std::string{uri} +
                        " requires the vocabulary " + std::string{each.name} +
                        ", which is not known here");
      if (bit) rules.vocabularies |= *bit;
      // 2019-09 has one vocabulary for both: who requires it wants it asserted.
      if (each.value.is_true() && each.name.ends_with("2019-09/vocab/format"))
        rules.vocabularies |= kFormatAssertion;
    }
  }
  metaschemas_.emplace(uri, rules);
  return rules;
}

Result<std::optional<std::string>> Registry::fetch(std::string_view uri) const {
  if (const std::string_view known = metaschema_text(uri); !known.empty())
    return std::string{known};
  if (!resolver_ || !is_absolute_uri(uri)) return std::nullopt;
  std::optional<std::string> text = resolver_(uri);
  if (text && text->size() > limits_.schema_bytes_max)
    return too_large("the schema " + std::string{uri}, text->size(), limits_.schema_bytes_max);
  return text;
}

Result<std::optional<ResourceIndex>> Registry::find_resource(std::string_view uri) {
  if (const auto found = by_uri_.find(std::string{uri}); found != by_uri_.end())
    return found->second;
  JUNCTOR_TRY(std::optional<std::string> text, fetch(uri));
  if (!text) return std::nullopt;
  JUNCTOR_TRY(const Place root, add(*std::move(text), uri));
  return root.resource;
}

Result<Place> Registry::resolve(ResourceIndex from, std::string_view reference) {
  const std::string_view fragment = cut_fragment(reference).fragment;
  std::optional<ResourceIndex> resource = from;
  // A document without a URI is meant by what is a fragment alone, from wherever in it.
  if (!reference.starts_with('#')) {
    const std::string target = resolve_uri(resources_[from].uri, reference);
    const std::string_view uri = cut_fragment(target).uri;
    if (uri.size() > kUriBytesMax)
      return bad("the reference \"" + brief_text(reference) + "\" is too long a URI");
    if (uri != resources_[from].uri) {
      JUNCTOR_TRY(resource, find_resource(uri));
    }
    if (!resource)
      return fail(ErrorKind::invalid_argument, "unknown_reference",
                  "the reference \"" + brief_text(reference) + "\" means " + brief_text(uri) +
                      ", which is neither in the schema nor known to the resolver");
  }
  const std::string decoded = percent_decoded(fragment);
  if (decoded.empty() || decoded.starts_with('/')) return follow(*resource, decoded, reference);
  return named(*resource, decoded, reference);
}

Result<Place> Registry::named(ResourceIndex resource, std::string_view anchor,
                              std::string_view reference) const {
  const auto& anchors = resources_[resource].anchors;
  const auto found = anchors.find(anchor);
  if (found == anchors.end())
    return fail(ErrorKind::invalid_argument, "unknown_reference",
                "the reference \"" + brief_text(reference) + "\" means the anchor \"" +
                    brief_text(anchor) + "\", which " +
                    shown({.node = resources_[resource].root, .resource = resource}) +
                    " does not have");
  return Place{.node = found->second, .resource = resource};
}

JsonNode Registry::indexed_element(JsonNode array, std::string_view token) {
  auto& index = element_indexes_[array.cell()];
  if (index.empty()) {
    for (const JsonNode each : array.elements()) index.push_back(each);
  }
  const auto number = pointer_index(token);
  return number && *number < index.size() ? index[*number] : JsonNode{};
}

JsonNode Registry::step(JsonNode node, std::string_view token) {
  constexpr std::size_t kIndexedFrom = 32;
  if (node.size() < kIndexedFrom) return pointer_step(node, token);
  if (node.is_array()) return indexed_element(node, token);
  auto& index = indexes_[node.cell()];
  if (index.empty()) {
    for (const JsonNamed each : node.members()) index.insert_or_assign(each.name, each.value);
  }
  const auto found = index.find(token);
  return found == index.end() ? JsonNode{} : found->second;
}

Result<Place> Registry::follow(ResourceIndex resource, std::string_view pointer,
                               std::string_view reference) {
  Place place{.node = resources_[resource].root, .resource = resource};
  std::string_view rest = pointer;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string token = unescaped_pointer_token(rest.substr(0, end));
    rest.remove_prefix(end);
    const JsonNode next = step(place.node, token);
    if (!next)
      return fail(ErrorKind::invalid_argument, "unknown_reference",
                  "the reference \"" + brief_text(reference) + "\" leads nowhere: " + shown(place) +
                      " has no \"" + brief_text(token) + "\"");
    place = {.node = next, .resource = resource_at(next, place.resource)};
  }
  // What an unknown keyword holds becomes a schema by being referred to.
  JUNCTOR_CHECK(scan(place.node, place.resource));
  place.resource = resource_at(place.node, place.resource);
  return place;
}

}  // namespace junctor::lang::schema
