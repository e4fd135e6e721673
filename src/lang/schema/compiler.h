#pragma once
// Compiler: from schema documents to a program.
//
// Breadth first: a block is begun when something refers to it and filled when its turn comes, so
// that no schema, however it is nested, costs stack. What a keyword becomes stands in
// compile_assertions.cc and compile_applicators.cc; how the fast reading is made of it in fuse.h.
//
// Limits:  SchemaLimits.
// Errors:  as schema.h says.
// Threads: one owner; used once.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "lang/schema/program.h"
#include "lang/schema/registry.h"
#include "lang/schema/schema.h"

namespace junctor::lang::schema {

class Compiler {
 public:
  explicit Compiler(const SchemaOptions& options);
  [[nodiscard]] Result<Program> run(std::string_view text);

 private:
  // The schema that is being read.
  struct Source {
    Place place;
    Rules rules;
    std::vector<Instruction> code;
    std::vector<Instruction> last;  // What asks for what the others have evaluated.
    std::uint32_t shape = kNone;
  };
  // One keyword of it.
  struct Entry {
    std::string_view name;
    Keyword keyword = Keyword::none;
    JsonNode value;
  };
  using Step = Result<> (Compiler::*)(Source&, const Entry&);

  // compiler.cc
  [[nodiscard]] Result<> fill(BlockIndex block);
  [[nodiscard]] Result<> compile_object(Source& source);
  [[nodiscard]] Result<> compile_keyword(Source& source, const Entry& entry);
  static Step step_of(Keyword keyword) noexcept;
  [[nodiscard]] Result<BlockIndex> block_of(const Place& place);
  [[nodiscard]] Result<BlockIndex> child(const Source& source, JsonNode node);
  [[nodiscard]] Result<> drain();
  [[nodiscard]] Result<> gather_candidates();
  void use_resource(ResourceIndex index);
  [[nodiscard]] std::uint32_t scope_of(const std::string& name);
  Instruction& emit(Source& source, const Entry& entry, Op op);
  void note(Source& source, const Entry& entry);
  [[nodiscard]] std::uint32_t name_of(std::string_view keyword);
  // "the schema at #/properties/a: \"minimum\" must be a number, but is "x"".
  [[nodiscard]] std::unexpected<Error> bad(const Source& source, std::string_view keyword,
                                           std::string_view must, JsonNode is) const;
  [[nodiscard]] Error within(const Source& source, std::string_view keyword,
                             const Error& error) const;

  // compile_assertions.cc
  [[nodiscard]] Result<> type(Source& source, const Entry& entry);
  [[nodiscard]] Result<> enumeration(Source& source, const Entry& entry);
  [[nodiscard]] Result<> constant(Source& source, const Entry& entry);
  [[nodiscard]] Result<> bound(Source& source, const Entry& entry);
  [[nodiscard]] Result<> count(Source& source, const Entry& entry);
  [[nodiscard]] Result<> pattern(Source& source, const Entry& entry);
  [[nodiscard]] Result<> format(Source& source, const Entry& entry);
  [[nodiscard]] Result<> content(Source& source, const Entry& entry);
  [[nodiscard]] Result<> unique_items(Source& source, const Entry& entry);
  [[nodiscard]] Result<> required(Source& source, const Entry& entry);
  [[nodiscard]] Result<> dependent_required(Source& source, const Entry& entry);
  [[nodiscard]] Result<std::uint32_t> pattern_index(const Source& source, std::string_view keyword,
                                                    std::string_view text);
  [[nodiscard]] Result<std::int64_t> count_value(const Source& source, std::string_view keyword,
                                                 JsonNode value) const;
  [[nodiscard]] Result<> add_names(const Source& source, const Entry& entry, JsonNode names,
                                   std::string_view must);
  std::uint32_t add_value(JsonNode value);

  // compile_applicators.cc
  [[nodiscard]] Result<> reference(Source& source, const Entry& entry);
  [[nodiscard]] Result<> dynamic_reference(Source& source, const Entry& entry);
  [[nodiscard]] Result<> in_place(Source& source, const Entry& entry);
  [[nodiscard]] Result<> one_child(Source& source, const Entry& entry);
  [[nodiscard]] Result<> conditional(Source& source, const Entry& entry);
  [[nodiscard]] Result<> properties(Source& source, const Entry& entry);
  [[nodiscard]] Result<> pattern_properties(Source& source, const Entry& entry);
  [[nodiscard]] Result<> additional_properties(Source& source, const Entry& entry);
  [[nodiscard]] Result<> items(Source& source, const Entry& entry);
  [[nodiscard]] Result<> prefix_items(Source& source, const Entry& entry);
  [[nodiscard]] Result<> additional_items(Source& source, const Entry& entry);
  [[nodiscard]] Result<> contains(Source& source, const Entry& entry);
  [[nodiscard]] Result<> dependencies(Source& source, const Entry& entry);
  [[nodiscard]] Result<> ignored(Source& source, const Entry& entry);
  [[nodiscard]] Result<> annotation(Source& source, const Entry& entry);
  [[nodiscard]] Result<> child_list(Source& source, const Entry& entry, Op op);
  [[nodiscard]] std::uint32_t shape_of(Source& source);

  const SchemaOptions& options_;
  Registry registry_;
  Program program_;
  std::deque<BlockIndex> open_;  // Begun, not yet filled.
  std::vector<Place> places_;    // By block.
  std::unordered_map<const JsonCell*, BlockIndex> by_cell_;
  std::map<std::string, std::uint32_t, std::less<>> keyword_names_;
  std::map<std::string, std::uint32_t, std::less<>> pattern_indexes_;
  // Dynamic anchors of the resources in use, by their name; of the recursive one it is empty.
  std::map<std::string, std::vector<Place>, std::less<>> anchors_in_use_;
  std::vector<bool> is_in_use_;  // By resource.
  // The names that references ask for, each with its number in program_.scopes; and those of them
  // that may have got candidates.
  std::map<std::string, std::uint32_t, std::less<>> scopes_;
  std::vector<std::string> grown_;
  std::size_t pattern_instructions_ = 0;
  std::size_t engines_ = 0;
};

}  // namespace junctor::lang::schema
