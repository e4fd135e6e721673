#include "app/commands/schema.h"

#include <climits>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/read_file.h"
#include "base/text.h"
#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/program.h"
#include "lang/schema/schema.h"
#include "lang/schema/uri.h"
#include "lang/schema/validate.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::app {
namespace {

using lang::JsonTree;
using lang::schema::OutputFormat;
using lang::schema::Schema;
using lang::schema::SchemaOptions;
using lang::schema::Verdict;

constexpr int kExitFailed = 1;
constexpr std::string_view kFileUri = "file://";

std::string file_uri_blocking(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real{::realpath(path.c_str(), nullptr),
                                                         std::free};
  return std::string{kFileUri} +
         lang::schema::percent_encoded(real ? std::string_view{real.get()} : path);
}

// With its slash.
std::string folder_of(std::string_view uri) {
  return std::string{uri.substr(0, uri.rfind('/') + 1)};
}

// The documents that references may lead to.
class Library {
 public:
  explicit Library(const std::string& schema)
      : uri_{file_uri_blocking(schema)}, folder_{folder_of(uri_)} {}

  // Of a schema that says by its $id what it is called.
  Result<> add_blocking(const std::string& path) {
    JUNCTOR_TRY(std::string text, read_input_blocking(path, kInstanceBytesMax));
    JsonTree tree;
    if (const auto filled = tree.fill(text); !filled)
      return fail(filled.error().kind(), filled.error().reason(),
                  safe_for_log(path) + ", " + filled.error().detail());
    lang::JsonNode id = tree.root().find("$id");
    if (!id) id = tree.root().find("id");
    std::string uri = file_uri_blocking(path);
    if (id.is_string()) uri = lang::schema::cut_fragment(id.text()).uri;
    texts_.insert_or_assign(std::move(uri), std::move(text));
    return {};
  }
  [[nodiscard]] const std::string& uri() const noexcept { return uri_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] std::optional<std::string> find_blocking(std::string_view uri) const {
    if (const auto found = texts_.find(uri); found != texts_.end()) return found->second;
    if (!uri.starts_with(folder_)) return std::nullopt;
    const auto path = lang::schema::percent_decoded(uri.substr(kFileUri.size()));
    // Dots that were escaped were not resolved, and would lead out of the folder.
    if (path.contains("/../") || path.contains('\0')) return std::nullopt;
    auto text = read_file_blocking(path, kInstanceBytesMax);
    return text ? std::optional{*std::move(text)} : std::nullopt;
  }

 private:
  std::string uri_;
  std::string folder_;
  std::map<std::string, std::string, std::less<>> texts_;
};

// Places in the schema's own folder are known well enough by their file.
std::string without_folder(std::string text, const std::string& folder) {
  for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos;)
    text.erase(at, folder.size());
  return text;
}

// Where in a JSON text the value stands that a JSON pointer leads to.
lang::TextPlace place_of(std::string_view text, std::string_view pointer) {
  wire::JsonValue value = wire::scan_json(text).root;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const std::string token = lang::schema::unescaped_pointer_token(pointer.substr(0, end));
    pointer.remove_prefix(end);
    wire::JsonValue next;
    std::size_t index = 0;
    for (const wire::JsonMember& member : wire::JsonMembers{value}) {
      const bool is_it = member.key.empty() ? std::to_string(index) == token
                                            : wire::json_string_equals(member.key, token);
      if (is_it) next = member.value;
      ++index;
    }
    if (!next) break;
    value = next;
  }
  return lang::place_in(text, static_cast<std::size_t>(value.raw.data() - text.data()));
}

// One line for each failure of describe()'s list.
std::string failures_text(std::string_view file, std::string_view text, std::string_view list) {
  JsonTree told;
  std::string out;
  if (!told.fill(list)) return out;
  for (const lang::JsonNode each : told.root().find("errors").elements()) {
    const std::string_view pointer = each.find("instanceLocation").text();
    const lang::TextPlace place = place_of(text, pointer);
    out += fmt::format("{}:{}:{}: {}{}{}\n", file, place.line, place.column, safe_for_log(pointer),
                       pointer.empty() ? "" : ": ", each.find("error").text());
  }
  return out;
}

OutputFormat format_of(cli::SchemaUse::Form form) noexcept {
  switch (form) {
    case cli::SchemaUse::Form::flag: return OutputFormat::flag;
    case cli::SchemaUse::Form::detailed: return OutputFormat::detailed;
    default: return OutputFormat::basic;
  }
}

class Run {
 public:
  explicit Run(const cli::SchemaUse& wishes) : wishes_{wishes}, library_{wishes.schema} {}

  SchemaOutcome finish_blocking() {
    const auto schema = compile_blocking();
    if (!schema) {
      fail_with(without_folder(schema.error().detail(), library_.folder()));
    } else if (wishes_.instances.empty()) {
      describe_schema(**schema);
    } else {
      for (const std::string& instance : wishes_.instances) validate_blocking(**schema, instance);
    }
    return std::move(outcome_);
  }

 private:
  void fail_with(std::string_view sentence) {
    outcome_.exit_code = kExitFailed;
    outcome_.err += fmt::format("junctor: {}\n", sentence);
  }

  Result<std::shared_ptr<const Schema>> compile_blocking() {
    for (const std::string& other : wishes_.others) JUNCTOR_CHECK(library_.add_blocking(other));
    JUNCTOR_TRY(const std::string text, read_input_blocking(wishes_.schema, kInstanceBytesMax));
    SchemaOptions options;
    options.dialect = wishes_.dialect;
    options.formats =
        wishes_.checks_formats ? lang::schema::FormatUse::check : lang::schema::FormatUse::annotate;
    options.base_uri = library_.uri();
    options.resolver = [this](std::string_view uri) { return library_.find_blocking(uri); };
    return Schema::compile(text, options);
  }

  void describe_schema(const Schema& schema) {
    const auto& program = schema.program();
    outcome_.out = fmt::format("{}: compiles: subschemas {}, patterns {}, documents {}\n",
                               safe_for_log(wishes_.schema), program.blocks.size(),
                               program.patterns.size(), program.documents.size());
  }

  void validate_blocking(const Schema& schema, const std::string& path) {
    const std::string file = safe_for_log(path == "-" ? "standard input" : path);
    const auto text = read_input_blocking(path, kInstanceBytesMax);
    if (!text) return fail_with(text.error().detail());
    JsonTree tree;
    if (const auto filled = tree.fill(*text); !filled)
      return fail_with(file + ", " + filled.error().detail());
    const auto output = lang::schema::describe(schema, tree.root(), format_of(wishes_.form));
    if (output.verdict != Verdict::valid) outcome_.exit_code = kExitFailed;
    if (wishes_.form != cli::SchemaUse::Form::people) {
      outcome_.out += output.json + "\n";
      return;
    }
    switch (output.verdict) {
      case Verdict::valid: outcome_.out += file + ": valid\n"; break;
      case Verdict::invalid: outcome_.out += failures_text(file, *text, output.json); break;
      case Verdict::cost_exceeded: outcome_.out += file + ": " + output.sentence + "\n"; break;
    }
  }

  const cli::SchemaUse& wishes_;
  Library library_;
  SchemaOutcome outcome_;
};

}  // namespace

SchemaOutcome schema_blocking(const cli::SchemaUse& wishes) {
  return Run{wishes}.finish_blocking();
}

}  // namespace junctor::app
