#include "lang/schema/uri.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/text.h"

namespace junctor::lang::schema {
namespace {

bool is_scheme(std::string_view text) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_allowed = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_allowed);
}

std::string without_dot_segments(std::string_view path) {
  std::string out;
  const auto drop_last = [&out] { out.erase(std::min(out.rfind('/'), out.size())); };
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./")) {
      path.remove_prefix(2);
    } else if (path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../")) {
      path.remove_prefix(3);
      drop_last();
    } else if (path == "/..") {
      path = "/";
      drop_last();
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      const std::size_t end = std::min(path.find('/', 1), path.size());
      out += path.substr(0, end);
      path.remove_prefix(end);
    }
  }
  return out;
}

// RFC 3986 section 5.2.3.
std::string merged(const UriParts& base, std::string_view path) {
  if (base.has_authority && base.path.empty()) return "/" + std::string{path};
  const std::size_t slash = base.path.rfind('/');
  if (slash == std::string_view::npos) return std::string{path};
  return std::string{base.path.substr(0, slash + 1)} + std::string{path};
}

std::string joined(const UriParts& parts, std::string_view path) {
  std::string out;
  if (parts.has_scheme) (out += parts.scheme) += ':';
  if (parts.has_authority) (out += "//") += parts.authority;
  out += path;
  if (parts.has_query) (out += '?') += parts.query;
  if (parts.has_fragment) (out += '#') += parts.fragment;
  return out;
}

}  // namespace

UriParts split_uri(std::string_view uri) noexcept {
  UriParts parts;
  if (const std::size_t hash = uri.find('#'); hash != std::string_view::npos) {
    parts.fragment = uri.substr(hash + 1);
    parts.has_fragment = true;
    uri = uri.substr(0, hash);
  }
  if (const std::size_t mark = uri.find('?'); mark != std::string_view::npos) {
    parts.query = uri.substr(mark + 1);
    parts.has_query = true;
    uri = uri.substr(0, mark);
  }
  if (const std::size_t colon = uri.find(':');
      colon != std::string_view::npos && is_scheme(uri.substr(0, colon))) {
    parts.scheme = uri.substr(0, colon);
    parts.has_scheme = true;
    uri.remove_prefix(colon + 1);
  }
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    const std::size_t end = std::min(uri.find('/'), uri.size());
    parts.authority = uri.substr(0, end);
    parts.has_authority = true;
    uri.remove_prefix(end);
  }
  parts.path = uri;
  return parts;
}

bool is_absolute_uri(std::string_view uri) noexcept {
  return split_uri(uri).has_scheme;
}

std::string resolve_uri(std::string_view base, std::string_view reference) {
  const UriParts of_base = split_uri(base);
  UriParts parts = split_uri(reference);
  if (parts.has_scheme) return joined(parts, without_dot_segments(parts.path));
  parts.scheme = of_base.scheme;
  parts.has_scheme = of_base.has_scheme;
  if (parts.has_authority) return joined(parts, without_dot_segments(parts.path));
  parts.authority = of_base.authority;
  parts.has_authority = of_base.has_authority;
  if (parts.path.empty()) {
    if (!parts.has_query) {
      parts.query = of_base.query;
      parts.has_query = of_base.has_query;
    }
    return joined(parts, of_base.path);
  }
  if (parts.path.starts_with('/')) return joined(parts, without_dot_segments(parts.path));
  return joined(parts, without_dot_segments(merged(of_base, parts.path)));
}

UriAndFragment cut_fragment(std::string_view uri) noexcept {
  const std::size_t hash = uri.find('#');
  if (hash == std::string_view::npos) return {.uri = uri, .fragment = {}};
  return {.uri = uri.substr(0, hash), .fragment = uri.substr(hash + 1)};
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '%' && text.size() >= 3) {
      if (const auto byte = from_hex(text.substr(1, 2))) {
        out += *byte;
        text.remove_prefix(3);
        continue;
      }
    }
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

std::string percent_encoded(std::string_view pointer) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?";
  std::string out;
  for (const char byte : pointer) {
    if (kPlain.contains(byte)) {
      out += byte;
    } else {
      std::array<char, 2> digits{};
      write_hex({&byte, 1}, digits.data());
      out += '%';
      for (const char digit : digits)
        out += digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
    }
  }
  return out;
}

void append_pointer_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char byte : token) {
    if (byte == '~') {
      pointer += "~0";
    } else if (byte == '/') {
      pointer += "~1";
    } else {
      pointer += byte;
    }
  }
}

std::string unescaped_pointer_token(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out += token[++i] == '0' ? '~' : '/';
    } else {
      out += token[i];
    }
  }
  return out;
}

std::optional<std::size_t> pointer_index(std::string_view token) noexcept {
  const auto index = parse_unsigned(token);
  return token.size() > 1 && token.front() == '0' ? std::nullopt : index;
}

JsonNode pointer_step(JsonNode node, std::string_view token) noexcept {
  if (node.is_object()) return node.find(token);
  const auto index = pointer_index(token);
  return index ? node.element(*index) : JsonNode{};
}

std::string pointer_from(JsonNode root, JsonNode node) {
  const auto is_within = [node](JsonNode outer) {
    return node.cell() >= outer.cell() && node.cell() < outer.cell() + outer.cell()->next;
  };
  JUNCTOR_ASSERT(is_within(root));
  std::string pointer;
  while (root != node) {
    JsonNode next;
    std::size_t index = 0;
    for (const JsonNode each : root.elements()) {
      if (is_within(each)) next = each;
      if (next) break;
      ++index;
    }
    if (next) append_pointer_token(pointer, std::to_string(index));
    for (const JsonNamed each : root.members()) {
      if (!is_within(each.value)) continue;
      append_pointer_token(pointer, each.name);
      next = each.value;
      break;
    }
    JUNCTOR_ASSERT(next);
    root = next;
  }
  return pointer;
}

}  // namespace junctor::lang::schema
