#include "app/config_reference.h"

#include <string_view>

#include <fmt/format.h>

#include "app/config_settings.h"
#include "base/units.h"

namespace junctor::app {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

This page is printed by `junctor config reference`; it and the program read the same tables.

One YAML file, given as `junctor serve --config FILE`; a file that starts with `{` is JSON.
`junctor check FILE` reports everything that is wrong with it at once. Unknown keys, keys that
stand twice, anchors, aliases and tags are errors. Times are written `250ms`, `30s`, `5m`, `1h`;
sizes `64KiB`, `16MiB`, `1GiB`. In texts `${env:NAME}` stands for an environment variable and
`${file:PATH}` for the content of a file, without its last line end; `$${` stands for `${`. File
names are relative to the configuration file's folder.

A running gateway reads the file again at SIGHUP and at `junctor reload`. A file with a mistake
changes nothing. What is marked "Counts from the start." keeps its value until the next start.

)";

// Bounds are written as a file would have them.
std::string bound_text(const SettingFacts& facts, std::uint64_t bound) {
  switch (facts.type) {
    case SettingType::bytes: return format_bytes(bound);
    case SettingType::duration: return format_duration(Duration{static_cast<std::int64_t>(bound)});
    default: return std::to_string(bound);
  }
}

std::string type_text(const SettingFacts& facts) {
  const auto range = [&facts](std::string_view name) {
    return fmt::format("{}, {} to {}", name, bound_text(facts, facts.min),
                       bound_text(facts, facts.max));
  };
  switch (facts.type) {
    case SettingType::count: return range("number");
    case SettingType::bytes: return range("size");
    case SettingType::duration: return range("time");
    case SettingType::choice: return fmt::format("{}", fmt::join(facts.choices, " \\| "));
    case SettingType::text: return "text";
    case SettingType::endpoint: return "HOST:PORT";
    case SettingType::url: return "URL";
    case SettingType::text_list: return "list of texts";
    case SettingType::secret_list: return "list of secrets";
    case SettingType::section: return "map or list";
  }
  std::unreachable();
}

template <class Owner>
// The default is read from a fresh value, not from the table: what the page says is what the
// program does.
void append_table(std::string& out, std::span<const Setting<Owner>> table, const Owner& fresh) {
  out += "| Setting | Type | Default | What it is for |\n|---|---|---|---|\n";
  for (const Setting<Owner>& row : table) {
    std::string value = row.show(fresh, row);
    if (!value.empty()) value = fmt::format("`{}`", value);
    out += fmt::format("| `{}` | {} | {} | {}{}{} |\n", row.path, type_text(row), value, row.help,
                       row.applies == Applies::at_start ? " Counts from the start." : "",
                       row.shown == Shown::never ? " Secret: never shown." : "");
  }
  out += "\n";
}

}  // namespace

std::string config_reference() {
  std::string out{kIntroduction};
  out += "## The file\n\n";
  append_table(out, config_settings(), Config{});
  out +=
      "## Entries of `upstreams`\n\n`era` and what follows may also stand in "
      "`upstream_defaults`, for all upstreams.\n\n";
  append_table(out, upstream_settings(), agent::UpstreamSettings{});
  out += "## Entries of `routes`\n\n";
  append_table(out, route_settings(), RouteConfig{});
  out.pop_back();  // A file ends with one line end.
  return out;
}

}  // namespace junctor::app
