#include "agent/naming.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/core.h>

#include "agent/selection.h"
#include "agent/uri_template.h"
#include "base/assert.h"
#include "base/crypto.h"
#include "base/text.h"

namespace junctor::agent {
namespace {

constexpr std::size_t kHashDigits = 8;
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_uri(ListKind kind) noexcept {
  return kind == ListKind::resources || kind == ListKind::templates;
}

void append_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_unreserved_in_uri(c)) {
      out += c;
    } else {
      append_percent_encoded(out, c);
    }
  }
}

// Strict, so that each text has one spelling: what append_encoded() writes and nothing else.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_unreserved_in_uri(text[at])) {
      out += text[at];
      continue;
    }
    if (text[at] != '%' || text.size() - at < 3) return std::nullopt;
    const auto high = kHexDigits.find(text[at + 1]);
    const auto low = kHexDigits.find(text[at + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    const char byte = static_cast<char>(high << 4U | low);
    if (is_unreserved_in_uri(byte)) return std::nullopt;
    out += byte;
    at += 2;
  }
  return out;
}

std::string short_hash(std::string_view text) {
  const auto digest = sha256(text);
  JUNCTOR_ASSERT(digest.has_value());  // The text is far below kCryptoBytesMax.
  return to_hex(as_text(*digest)).substr(0, kHashDigits);
}

// Names one kind of item, upstream after upstream.
class Namer {
 public:
  Namer(std::span<const std::shared_ptr<const Listing>> listings, ListKind kind, Naming naming)
      : kind_{kind}, naming_{naming} {
    std::size_t total = 0;
    for (const auto& listing : listings) total += listing->list(kind).size();
    named_.items.reserve(total);
    taken_.reserve(total);
  }

  // Two rounds: first what keeps its name, so that it is taken when names are made.
  void add(const Listing& listing, std::uint32_t upstream) {
    const std::size_t first = named_.items.size();
    std::unordered_set<std::string_view> own;
    own.reserve(listing.list(kind_).size());
    const ItemSelection* const selection =
        listing.selection == nullptr ? nullptr : &listing.selection->of(kind_);
    for (const ListItem& item : listing.list(kind_)) {
      if (selection != nullptr && !selection->offers(item.name)) continue;
      NamedItem named{.item = &item, .upstream = upstream, .base = item.name, .exposed = {}};
      if (selection != nullptr) named.base = selection->renamed(item.name);
      if (!own.insert(named.base).second) {
        drop(listing, item, Dropped::Why::repeated);
        continue;
      }
      if (!prefixes_all() && taken_.insert(named.base).second) named.exposed = named.base;
      if (is_nameless(named) && naming_ == Naming::never) {
        drop(listing, item, Dropped::Why::taken);
        continue;
      }
      named_.items.push_back(named);
    }
    for (NamedItem& named : std::span{named_.items}.subspan(first)) {
      if (!is_nameless(named)) continue;
      named.exposed = made_name(listing, named);
      if (is_nameless(named)) drop(listing, *named.item, Dropped::Why::taken);
    }
    const auto added = named_.items.begin() + static_cast<std::ptrdiff_t>(first);
    named_.items.erase(std::remove_if(added, named_.items.end(), is_nameless), named_.items.end());
  }

  NamedList take() && { return std::move(named_); }

 private:
  // An empty name is a name; a view of nothing is none.
  static bool is_nameless(const NamedItem& named) noexcept {
    return named.exposed.data() == nullptr;
  }

  [[nodiscard]] bool prefixes_all() const noexcept {
    return naming_ == Naming::always && !is_uri(kind_);
  }

  void drop(const Listing& listing, const ListItem& item, Dropped::Why why) {
    named_.dropped.push_back(
        {.upstream = listing.upstream, .name = item.name, .kind = kind_, .why = why});
  }

  // A URI's form holds the upstream's own: what is in no list is read back from it too.
  [[nodiscard]] std::string form(const Listing& listing, const NamedItem& named,
                                 std::size_t attempt) const {
    if (kind_ == ListKind::resources) return exposed_uri(listing.upstream, named.item->name);
    if (kind_ == ListKind::templates) return exposed_template(listing.upstream, named.item->name);
    return prefixed_name(listing.upstream, named.base, attempt);
  }

  // A URI has one other form: it must be read back.
  std::string_view made_name(const Listing& listing, const NamedItem& named) {
    const std::size_t attempts = is_uri(kind_) ? 1 : kNameAttemptsMax;
    for (std::size_t attempt = 0; attempt < attempts; ++attempt) {
      std::string name = form(listing, named, attempt);
      if (taken_.contains(name)) continue;
      named_.made.push_back(std::move(name));
      taken_.insert(named_.made.back());
      return named_.made.back();
    }
    return {};
  }

  ListKind kind_;
  Naming naming_;
  NamedList named_;
  std::unordered_set<std::string_view> taken_;
};

}  // namespace

std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  std::size_t cut = bytes_max;
  while (cut > 0 && continues(text[cut])) --cut;
  return text.substr(0, cut);
}

NamedList name_items(std::span<const std::shared_ptr<const Listing>> listings, ListKind kind,
                     Naming naming) {
  Namer namer{listings, kind, naming};
  for (std::size_t i = 0; i < listings.size(); ++i) {
    namer.add(*listings[i], static_cast<std::uint32_t>(i));
  }
  return std::move(namer).take();
}

std::string prefixed_name(std::string_view upstream, std::string_view name, std::size_t attempt) {
  std::string whole = fmt::format("{}{}{}", upstream, kNameSeparator, name);
  if (attempt == 0 && whole.size() <= kMadeNameBytesMax) return whole;
  const std::string hash = short_hash(attempt == 0 ? whole : fmt::format("{}#{}", whole, attempt));
  return fmt::format("{}_{}", cut_at_character(whole, kMadeNameBytesMax - kHashDigits - 1), hash);
}

std::string exposed_uri(std::string_view upstream, std::string_view uri) {
  std::string text{kExposedUriScheme};
  append_encoded(text, upstream);
  text += '/';
  append_encoded(text, uri);
  return text;
}

std::string exposed_template(std::string_view upstream, std::string_view text) {
  const auto parsed = UriTemplate::parse(text);
  if (!parsed) return exposed_uri(upstream, text);  // It matches nothing under any name.
  std::string exposed = exposed_uri(upstream, {});
  for (const auto& part : parsed->parts()) {
    if (part.is_literal()) {
      append_encoded(exposed, part.text);
    } else {
      exposed += part.text;
    }
  }
  return exposed;
}

std::optional<UpstreamUri> read_exposed_uri(std::string_view uri) {
  if (!uri.starts_with(kExposedUriScheme)) return std::nullopt;
  uri.remove_prefix(kExposedUriScheme.size());
  const auto slash = uri.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto upstream = decoded(uri.substr(0, slash));
  auto own = decoded(uri.substr(slash + 1));
  if (!upstream || !own) return std::nullopt;
  return UpstreamUri{.upstream = *std::move(upstream), .uri = *std::move(own)};
}

}  // namespace junctor::agent
