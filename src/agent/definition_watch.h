#pragma once
// DefinitionWatch: whether the tools of upstreams are still what they were when this gateway first
// saw them.
//
// A tool's definition is what a model decides by: its name, title, description, schemas and
// annotations, byte by byte. A server that changes it behind the same name may have been updated,
// or taken over; who watches it finds out. It is watched on federated routes, whose lists the
// gateway reads itself. Tools of the two eras are watched apart, since a server may describe them
// otherwise.
//
// Source:  MCP 2026-07-28 server/tools (definitions, list_changed).
// Limits:  kToolsMax tools of all upstreams; what comes later is not watched, which is told.
// Threads: safe from all; once per list that is read.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/listing.h"
#include "wire/mcp.h"

namespace junctor::agent {

class DefinitionWatch {
 public:
  static constexpr std::size_t kToolsMax = 200'000;

  struct Seen {
    // Names of the tools whose definition is another one than when it was first seen, and than when
    // that was last told.
    std::vector<std::string> changed;
    std::size_t unwatched = 0;
  };
  [[nodiscard]] Seen look(wire::Era era, const Listing& listing);
  // Names of that upstream's tools that are not what they first were.
  [[nodiscard]] std::vector<std::string> changed(std::string_view upstream) const;

 private:
  struct Digests {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  struct Tools {
    std::map<std::string, Digests, std::less<>> legacy;
    std::map<std::string, Digests, std::less<>> modern;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Tools, std::less<>> upstreams_;
  std::size_t tools_ = 0;
};

}  // namespace junctor::agent
