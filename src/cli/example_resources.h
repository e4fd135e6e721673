#pragma once
// The resources of the example server: a text, a picture, and notes that a template leads to; and
// who is told when one of them is touched.
//
// A subscriber is an open stream with the set of resources it wants: that of a listen request in
// the modern era, of a session in the legacy one. Both are told in the same way. There are no
// resources but those that are numbered here, so a set of them cannot grow.
//
// Source:  MCP 2026-07-28 and 2025-11-25 server/resources; 2026-07-28 basic/patterns/subscriptions.
// Limits:  kExampleResources resources, of which kExampleListed are listed, kExamplePage a page;
//          kExampleSubscribersMax subscribers.
// Errors:  replies: an unknown resource or cursor, a filter that is none.
// Threads: one shard.

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/example_reply.h"
#include "cli/example_stream.h"

namespace junctor::cli {

inline constexpr std::size_t kExampleNotes = 50;
inline constexpr std::size_t kExampleResources = 2 + kExampleNotes;
inline constexpr std::size_t kExampleListed = 6;
inline constexpr std::size_t kExamplePage = 3;
inline constexpr std::size_t kExampleSubscribersMax = 256;
inline constexpr std::string_view kExampleNoteTemplate = "example://notes/{id}";

// A PNG of 8 by 8 pixels, in base64.
inline constexpr std::string_view kExamplePng =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQAAAADsdIMmAAAADklEQVR42mMIZVjFgIQBHpwD/XAVyZAAAAAASUVORK5CYI"
    "I=";

using ExampleResourceSet = std::bitset<kExampleResources>;

class ExampleResources {
 public:
  // Told of the resources in `wanted`, which may change meanwhile, while it lives.
  class Subscriber {
   public:
    // `id`: the id of the listen request, raw, which its messages carry; empty in the legacy era.
    Subscriber(ExampleResources& resources, ExampleStream& stream, const ExampleResourceSet& wanted,
               std::string_view id);
    ~Subscriber();
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

   private:
    friend class ExampleResources;
    ExampleResources& resources_;
    ExampleStream& stream_;
    const ExampleResourceSet& wanted_;
    std::string_view id_;
  };

  [[nodiscard]] static ExampleReply list(const wire::McpRequest& request);
  [[nodiscard]] static ExampleReply list_templates(wire::Era era);
  [[nodiscard]] ExampleReply read(const wire::McpRequest& request) const;
  // resources/subscribe and unsubscribe of the legacy era.
  [[nodiscard]] static ExampleReply set_wanted(const wire::McpRequest& request,
                                               ExampleResourceSet& wanted);

  // The part of a listen filter that there is; nothing when it is no filter.
  [[nodiscard]] static std::optional<ExampleResourceSet> filter_of(const wire::McpRequest& request);
  // The params of the acknowledgment.
  [[nodiscard]] static std::string acknowledgment(std::string_view id,
                                                  const ExampleResourceSet& wanted);

  // Changes the resource and tells who wants to know; false when there is none.
  [[nodiscard]] bool touch(std::string_view uri);
  [[nodiscard]] bool full() const noexcept { return subscribers_.size() >= kExampleSubscribersMax; }

 private:
  std::array<std::size_t, kExampleResources> touches_{};
  std::vector<Subscriber*> subscribers_;
};

}  // namespace junctor::cli
