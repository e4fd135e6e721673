#pragma once
// Selection: which of an upstream's tools, prompts and resources clients are offered, and under
// what names. The operator's word: what is not selected is in no list, and nobody can ask for it.
//
// Patterns stand for the names that the upstream gives (of resources the URI, of templates their
// text); '*' in one stands for any characters, also none. Everything is offered unless there is an
// allow list; what a deny list names is not offered, whatever else names it. A URI that is in no
// list is offered when a template that is offered describes it, or the allow list does.
//
// Limits:  kSelectionEntriesMax entries of one list, kSelectionNameBytesMax bytes of one.
// Threads: a value; safe from all while nobody changes it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/listing.h"

namespace junctor::agent {

inline constexpr std::size_t kSelectionEntriesMax = 1000;
inline constexpr std::size_t kSelectionNameBytesMax = 1024;

struct ItemSelection {
  struct Rename {
    std::string from;  // As the upstream calls it.
    std::string to;

    [[nodiscard]] bool operator==(const Rename& other) const = default;
  };
  std::optional<std::vector<std::string>> allow;  // Nothing: all.
  std::vector<std::string> deny;
  std::vector<Rename> rename;

  [[nodiscard]] bool is_denied(std::string_view name) const noexcept;
  [[nodiscard]] bool offers(std::string_view name) const noexcept;
  // What it is called instead; `name` itself where it is not renamed.
  [[nodiscard]] std::string_view renamed(std::string_view name) const noexcept;
  [[nodiscard]] bool is_everything() const noexcept {
    return !allow && deny.empty() && rename.empty();
  }
  [[nodiscard]] bool operator==(const ItemSelection& other) const = default;
};

struct Selection {
  ItemSelection tools;
  ItemSelection prompts;
  ItemSelection resources;  // And their templates.

  [[nodiscard]] const ItemSelection& of(ListKind kind) const noexcept;
  [[nodiscard]] bool is_everything() const noexcept {
    return tools.is_everything() && prompts.is_everything() && resources.is_everything();
  }
  [[nodiscard]] bool operator==(const Selection& other) const = default;
};

// '*' stands for any characters; no more steps than the product of the two sizes.
[[nodiscard]] bool matches_pattern(std::string_view text, std::string_view pattern) noexcept;

}  // namespace junctor::agent
