#pragma once
// The schema documents of one compilation: what is identified in them, and what a reference means.
//
// A document is searched for $id, $anchor and the like only where its keywords put schemas, so that
// data in an enum or under an unknown keyword names nothing. A document that nobody brought along
// is asked of the resolver once; the metaschemas of the dialects are known without one.
//
// Source:  JSON Schema 2020-12 core sections 8.1, 8.2 and 9; the "id" sections of older drafts.
// Limits:  DocumentLimits; kUriBytesMax for each URI.
// Errors:  invalid_argument "bad_schema", "unknown_reference", "unknown_dialect"; too_large
//          "schema_too_large". Each says at which place of which document.
// Threads: one owner; what it hands out is not changed behind the last call.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "lang/json_tree.h"
#include "lang/schema/dialect.h"

namespace junctor::lang::schema {

// The text of the schema document of an absolute URI without fragment, or nothing. It must not go
// to the network for what a stranger's schema names.
using Resolver = std::function<std::optional<std::string>(std::string_view uri)>;

struct DocumentLimits {
  std::size_t schema_bytes_max = std::size_t{1} << 20U;  // Of each document.
  std::size_t documents_max = 64;                        // With those the resolver gave.
  std::size_t resources_max = 1'000;                     // Schemas with a URI of their own.
  std::size_t anchors_max = 1'000;                       // Names of all resources together.
};
inline constexpr std::size_t kUriBytesMax = 1'024;

struct Document {
  std::string text;
  JsonTree tree;
};

// A schema with a URI of its own, within a document.
struct Resource {
  std::string uri = {};  // Without fragment. Empty: the document has none.
  JsonNode root;
  Rules rules;
  std::map<std::string, JsonNode, std::less<>> anchors = {};  // The dynamic ones as well.
  std::map<std::string, JsonNode, std::less<>> dynamic_anchors = {};
  bool has_recursive_anchor = false;
};

using ResourceIndex = std::uint32_t;

// Where a schema stands.
struct Place {
  JsonNode node;
  ResourceIndex resource = 0;
};

class Registry {
 public:
  Registry(Resolver resolver, DocumentLimits limits, Dialect dialect);

  // The place of the document's root. `uri` is where it came from; its own $id counts for more.
  [[nodiscard]] Result<Place> add(std::string text, std::string_view uri);
  [[nodiscard]] Result<Place> resolve(ResourceIndex from, std::string_view reference);

  [[nodiscard]] const Resource& resource(ResourceIndex index) const { return resources_[index]; }
  [[nodiscard]] std::size_t resource_count() const noexcept { return resources_.size(); }
  // The resource that begins at this node, or else the one that is given.
  [[nodiscard]] ResourceIndex resource_at(JsonNode node, ResourceIndex around) const;
  // "#/properties/a (line 3, column 9)", with the document's URI in front when it has one; line and
  // column are those of the place, or of what in it is meant.
  [[nodiscard]] std::string shown(const Place& place, JsonNode meant = {}) const;
  // Whoever keeps nodes keeps these as well.
  [[nodiscard]] std::vector<std::unique_ptr<Document>> take_documents() {
    return std::move(documents_);
  }

 private:
  [[nodiscard]] Result<> scan(JsonNode node, ResourceIndex around);
  [[nodiscard]] Result<> scan_keyword(const KeywordFacts& facts, JsonNode value,
                                      ResourceIndex around);
  [[nodiscard]] Result<ResourceIndex> identify(JsonNode node, ResourceIndex around);
  [[nodiscard]] Result<> name_anchors(const Place& place);
  [[nodiscard]] Result<> add_anchor(const Place& place, std::string_view name);
  [[nodiscard]] Result<ResourceIndex> open_resource(std::string uri, JsonNode node, Rules rules);
  [[nodiscard]] Result<Rules> rules_of(JsonNode schema, const Rules& usual, std::string_view where);
  [[nodiscard]] Result<Rules> rules_of_metaschema(std::string_view uri, std::string_view where);
  [[nodiscard]] Result<std::optional<ResourceIndex>> find_resource(std::string_view uri);
  // As pointer_step(), with an index of what is large: a schema may point into it many times.
  [[nodiscard]] JsonNode step(JsonNode node, std::string_view token);
  [[nodiscard]] JsonNode indexed_element(JsonNode array, std::string_view token);
  [[nodiscard]] std::optional<TextPlace> place_of(JsonNode node) const;
  [[nodiscard]] Result<std::optional<std::string>> fetch(std::string_view uri) const;
  [[nodiscard]] Result<Place> follow(ResourceIndex resource, std::string_view pointer,
                                     std::string_view reference);
  [[nodiscard]] Result<Place> named(ResourceIndex resource, std::string_view anchor,
                                    std::string_view reference) const;

  Resolver resolver_;
  DocumentLimits limits_;
  Dialect dialect_;
  std::vector<std::unique_ptr<Document>> documents_;
  std::vector<Resource> resources_;
  std::unordered_map<std::string, ResourceIndex> by_uri_;
  std::unordered_map<const JsonCell*, ResourceIndex> by_root_;
  std::unordered_set<const JsonCell*> scanned_;
  std::unordered_map<const JsonCell*, std::unordered_map<std::string_view, JsonNode>> indexes_;
  std::unordered_map<const JsonCell*, std::vector<JsonNode>> element_indexes_;
  std::map<std::string, Rules, std::less<>> metaschemas_;
  std::size_t anchors_ = 0;
  std::size_t metaschema_depth_ = 0;
};

}  // namespace junctor::lang::schema
