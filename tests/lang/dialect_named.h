#pragma once
// dialect_named(): the dialects by the names that the official suite has for them.
//
// Source:  the folders of the JSON Schema test suite.
// Threads: pure; safe from all.

#include <optional>
#include <string_view>

#include "lang/schema/dialect.h"

namespace junctor::lang::schema {

[[nodiscard]] inline std::optional<Dialect> dialect_named(std::string_view name) noexcept {
  if (name == "draft4") return Dialect::draft4;
  if (name == "draft6") return Dialect::draft6;
  if (name == "draft7") return Dialect::draft7;
  if (name == "draft2019-09") return Dialect::draft2019_09;
  if (name == "draft2020-12") return Dialect::draft2020_12;
  return std::nullopt;
}

}  // namespace junctor::lang::schema
