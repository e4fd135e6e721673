#include "cli/example_resources.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/text.h"
#include "wire/json_text.h"

namespace junctor::cli {
namespace {

using wire::Era;
using wire::JsonKind;
using wire::JsonValue;
using wire::JsonWriter;
using wire::McpMethod;
using wire::McpPart;
using wire::McpRequest;

constexpr std::string_view kGreeting = "example://greeting";
constexpr std::string_view kPicture = "example://picture";
constexpr std::string_view kNotePrefix = "example://notes/";
// Numbers of resources; behind them are those of the notes, the first of which has the id 1.
constexpr std::size_t kGreetingNumber = 0;
constexpr std::size_t kPictureNumber = 1;
constexpr std::size_t kNotesFrom = 2;
static_assert(kNotesFrom + kExampleNotes == kExampleResources);
static_assert(kExampleListed <= kExampleResources && kExampleListed > kExamplePage);

std::string uri_of(std::size_t number) {
  JUNCTOR_ASSERT(number < kExampleResources);
  if (number == kGreetingNumber) return std::string{kGreeting};
  if (number == kPictureNumber) return std::string{kPicture};
  return fmt::format("{}{}", kNotePrefix, number - kNotesFrom + 1);
}

std::string_view mime_type_of(std::size_t number) {
  return number == kPictureNumber ? "image/png" : "text/plain";
}

// The comparison refuses other spellings of a number, as 07.
std::optional<std::size_t> number_of(std::string_view uri) {
  if (uri == kGreeting) return kGreetingNumber;
  if (uri == kPicture) return kPictureNumber;
  if (!uri.starts_with(kNotePrefix)) return std::nullopt;
  const auto id = parse_unsigned(uri.substr(kNotePrefix.size()));
  if (!id || *id == 0 || *id > kExampleNotes) return std::nullopt;
  const std::size_t number = kNotesFrom + static_cast<std::size_t>(*id) - 1;
  if (uri_of(number) != uri) return std::nullopt;
  return number;
}

std::optional<std::size_t> number_asked_for(const McpRequest& request) {
  const JsonValue& uri = request.part(McpPart::uri);
  if (uri.kind != JsonKind::string) return std::nullopt;
  return number_of(wire::unescape_json_string(uri.raw));
}

// The code moved between the eras.
ExampleReply no_such_resource(const McpRequest& request) {
  const bool is_modern = request.era == Era::modern;
  ExampleReply reply = ExampleReply::refusal(
      is_modern ? wire::kInvalidParams : wire::kLegacyResourceNotFound,
      "no such resource; resources/list and resources/templates/list name those there are");
  const JsonValue& uri = request.part(McpPart::uri);
  if (uri.kind == JsonKind::string) reply.error_data = fmt::format(R"({{"uri":{}}})", uri.raw);
  return reply;
}

// Opaque to clients, so that nobody counts on its form.
std::string cursor_of(std::size_t page) {
  return base64url_encode(fmt::format("resources from page {}", page));
}

constexpr std::size_t kPages = (kExampleListed + kExamplePage - 1) / kExamplePage;

// Nothing for a cursor that is none of ours.
std::optional<std::size_t> page_asked_for(const McpRequest& request) {
  const JsonValue& cursor = request.part(McpPart::cursor);
  if (!cursor) return 0;
  if (cursor.kind != JsonKind::string) return std::nullopt;
  for (std::size_t page = 1; page < kPages; ++page) {
    if (wire::json_string_equals(cursor.raw, cursor_of(page))) return page;
  }
  return std::nullopt;
}

void add_resource(JsonWriter& out, std::size_t number) {
  constexpr std::string_view kNames[] = {"greeting", "picture"};
  const std::string uri = uri_of(number);
  const std::string_view name =
      number < kNotesFrom ? kNames[number] : std::string_view{uri}.substr(kNotePrefix.size() - 6);
  out.begin_object().key("uri").string(uri).key("name").string(name);
  out.key("mimeType").string(mime_type_of(number)).end_object();
}

}  // namespace

ExampleResources::Subscriber::Subscriber(ExampleResources& resources, ExampleStream& stream,
                                         const ExampleResourceSet& wanted, std::string_view id)
    : resources_{resources}, stream_{stream}, wanted_{wanted}, id_{id} {
  JUNCTOR_ASSERT(!resources_.full());
  resources_.subscribers_.push_back(this);
}

ExampleResources::Subscriber::~Subscriber() {
  const std::size_t erased = std::erase(resources_.subscribers_, this);
  JUNCTOR_ASSERT(erased == 1);
}

ExampleReply ExampleResources::list(const McpRequest& request) {
  const auto page = page_asked_for(request);
  if (!page) return ExampleReply::refusal(wire::kInvalidParams, "no such cursor");
  const std::size_t begin = *page * kExamplePage;
  const std::size_t end = std::min(begin + kExamplePage, kExampleListed);
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("resources").begin_array();
  for (std::size_t number = begin; number < end; ++number) add_resource(out, number);
  out.end_array();
  if (end < kExampleListed) out.key("nextCursor").string(cursor_of(*page + 1));
  add_result_members(out, request.era, CacheHint::minute);
  out.end_object();
  return reply;
}

ExampleReply ExampleResources::list_templates(Era era) {
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("resourceTemplates").begin_array();
  out.begin_object().key("uriTemplate").string(kExampleNoteTemplate);
  out.key("name").string("note").key("mimeType").string("text/plain");
  out.key("description").string(fmt::format("A note; `id` is 1 to {}.", kExampleNotes));
  out.end_object().end_array();
  add_result_members(out, era, CacheHint::minute);
  out.end_object();
  return reply;
}

ExampleReply ExampleResources::read(const McpRequest& request) const {
  const auto number = number_asked_for(request);
  if (!number) return no_such_resource(request);
  ExampleReply reply;
  JsonWriter out{reply.result};
  out.begin_object().key("contents").begin_array().begin_object();
  out.key("uri").string(uri_of(*number)).key("mimeType").string(mime_type_of(*number));
  if (*number == kPictureNumber) {
    out.key("blob").string(kExamplePng);
  } else if (*number == kGreetingNumber) {
    out.key("text").string(fmt::format("Hello. I was touched {} times.", touches_[*number]));
  } else {
    out.key("text").string(
        fmt::format("Note {}, touched {} times.", *number - kNotesFrom + 1, touches_[*number]));
  }
  out.end_object().end_array();
  // `touch` may come at any time.
  add_result_members(out, request.era, CacheHint::stale);
  out.end_object();
  return reply;
}

ExampleReply ExampleResources::set_wanted(const McpRequest& request, ExampleResourceSet& wanted) {
  JUNCTOR_ASSERT(request.era == Era::legacy && request.facts != nullptr);
  const auto number = number_asked_for(request);
  if (!number) return no_such_resource(request);
  wanted.set(*number, request.facts->method == McpMethod::resources_subscribe);
  return ExampleReply::done(Era::legacy);
}

// Kinds of notification that the server does not have are left out of the acknowledgment, and so
// are resources that do not exist.
std::optional<ExampleResourceSet> ExampleResources::filter_of(const McpRequest& request) {
  const JsonValue& filter = request.part(McpPart::notifications);
  if (filter.kind != JsonKind::object) return std::nullopt;
  ExampleResourceSet wanted;
  const JsonValue uris = wire::json_member(filter, "resourceSubscriptions");
  if (uris && uris.kind != JsonKind::array) return std::nullopt;
  for (const wire::JsonMember& member : wire::JsonMembers{uris}) {
    if (member.value.kind != JsonKind::string) return std::nullopt;
    if (const auto number = number_of(wire::unescape_json_string(member.value.raw))) {
      wanted.set(*number);
    }
  }
  return wanted;
}

std::string ExampleResources::acknowledgment(std::string_view id,
                                             const ExampleResourceSet& wanted) {
  JUNCTOR_ASSERT(!id.empty());
  Buffer params;
  JsonWriter out{params};
  out.begin_object().key("_meta").begin_object().key(wire::kMetaSubscriptionId).raw(id);
  out.end_object().key("notifications").begin_object();
  if (wanted.any()) {
    out.key("resourceSubscriptions").begin_array();
    for (std::size_t number = 0; number < kExampleResources; ++number) {
      if (wanted.test(number)) out.string(uri_of(number));
    }
    out.end_array();
  }
  out.end_object().end_object();
  return std::string{params.view()};
}

bool ExampleResources::touch(std::string_view uri) {
  const auto number = number_of(uri);
  if (!number) return false;
  ++touches_[*number];
  for (const Subscriber* subscriber : subscribers_) {
    if (!subscriber->wanted_.test(*number)) continue;
    Buffer params;
    JsonWriter out{params};
    out.begin_object().key("uri").string(uri);
    if (!subscriber->id_.empty()) {
      out.key("_meta").begin_object().key(wire::kMetaSubscriptionId).raw(subscriber->id_);
      out.end_object();
    }
    out.end_object();
    subscriber->stream_.notify(McpMethod::resources_updated, params.view());
  }
  return true;
}

}  // namespace junctor::cli
