#include "cli/manual.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/version.h"

namespace junctor::cli {
namespace {

using Apps = std::vector<const CLI::App*>;
using Options = std::vector<const CLI::Option*>;

Apps commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

Options options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* each) { return !each->get_positional(); });
}

Options places_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* each) { return each->get_positional(); });
}

std::string long_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? std::string{} : "--" + option.get_lnames().front();
}

bool takes_value(const CLI::Option& option) {
  return option.get_expected_max() != 0;
}

// "TEXT:{auto,legacy,modern}" is one of three words.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.rfind('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (std::size_t at = open + 1; at <= close;) {
    const std::size_t end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

bool is_file(const CLI::Option& option) {
  return option.get_type_name() == "FILE";
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// --- the manual page -----------------------------------------------------------------------------

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string value_word(const CLI::Option& option) {
  const auto choices = choices_of(option);
  if (!choices.empty()) return fmt::format("{}", fmt::join(choices, "|"));
  return option.get_type_name();
}

void append_option(std::string& out, const CLI::Option& option) {
  out += ".TP\n";
  out +=
      option.get_positional()
          ? fmt::format("\\fI{}\\fR\n", roff(option.get_name(true)))
          : fmt::format("\\fB{}\\fR{}\n", roff(option.get_name()),
                        takes_value(option) ? fmt::format(" \\fI{}\\fR", roff(value_word(option)))
                                            : std::string{});
  out += roff(option.get_description()) + "\n";
}

void append_command(std::string& out, const CLI::App& command, const std::string& path) {
  const std::string name = path + " " + command.get_name();
  const Apps inner = commands_of(command);
  for (const CLI::App* each : inner) append_command(out, *each, name);
  if (!inner.empty()) return;
  std::string head = roff(name);
  for (const CLI::Option* each : places_of(command)) {
    const std::string word = roff(each->get_name(true));
    head += each->get_required() ? " " + word : " [" + word + "...]";
  }
  out += fmt::format(".SS {}\n{}\n", head, roff(command.get_description()));
  for (const CLI::Option* each : places_of(command)) append_option(out, *each);
  for (const CLI::Option* each : options_of(command)) {
    if (each != command.get_help_ptr()) append_option(out, *each);
  }
  // One that it has not got from its parent.
  if (command.get_footer() != command.get_parent()->get_footer())
    out += fmt::format(".PP\n{}\n", roff(command.get_footer()));
}

// --- completion ----------------------------------------------------------------------------------

// A command as a shell sees it: where it stands, and what may follow.
struct Place {
  std::string path;  // "", "/tools", "/tools/list".
  const CLI::App* app;
};

void collect(std::vector<Place>& places, const CLI::App& app, const std::string& path) {
  places.push_back({path, &app});
  for (const CLI::App* each : commands_of(app))
    collect(places, *each, path + "/" + each->get_name());
}

std::vector<std::string> words_at(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* each : commands_of(app)) words.push_back(each->get_name());
  for (const CLI::Option* each : options_of(app)) words.push_back(long_name(*each));
  for (const CLI::Option* each : places_of(app)) {
    std::ranges::copy(choices_of(*each), std::back_inserter(words));
  }
  return words;
}

// Options of that kind, whichever command has them.
std::vector<std::string> names_where(const std::vector<Place>& places,
                                     const std::function<bool(const CLI::Option&)>& is_meant) {
  std::vector<std::string> names;
  for (const Place& place : places) {
    for (const CLI::Option* each : options_of(*place.app)) {
      const std::string name = long_name(*each);
      if (is_meant(*each) && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::string bash_script(const CLI::App& app) {
  std::vector<Place> places;
  collect(places, app, "");
  std::string paths;
  std::string words;
  for (const Place& place : places) {
    if (!place.path.empty()) paths += (paths.empty() ? "" : "|") + place.path;
    const bool has_file = std::ranges::any_of(
        places_of(*place.app), [](const CLI::Option* each) { return is_file(*each); });
    words += fmt::format("    '{}') words='{}'{} ;;\n", place.path, joined(words_at(*place.app)),
                         has_file ? " files=yes" : "");
  }
  std::string choices;
  for (const Place& place : places) {
    for (const CLI::Option* each : options_of(*place.app)) {
      const auto known = choices_of(*each);
      const std::string line =
          fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return ;;\n",
                      long_name(*each), joined(known));
      if (!known.empty() && choices.find(line) == std::string::npos) choices += line;
    }
  }
  const auto files = names_where(places, is_file);
  const auto others = names_where(places, [](const CLI::Option& option) {
    return takes_value(option) && !is_file(option) && choices_of(option).empty();
  });
  return fmt::format(R"(_junctor() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at= word= words= files=
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [ "$word" != -- ] || return 0
    case $at/$word in
    {}) at=$at/$word ;;
    esac
  done
  case $prev in
{}    {}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    {}) return ;;
  esac
  case $at in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [ -n "$files" ]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}}
complete -o filenames -F _junctor junctor
)",
                     paths, choices, fmt::join(files, "|"), fmt::join(others, "|"), words);
}

std::string fish_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// The words before it, none of those that may follow.
std::string fish_condition(const Place& place) {
  const Apps next = commands_of(*place.app);
  if (place.path.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (std::size_t at = 1; at < place.path.size();) {
    const std::size_t end = std::min(place.path.find('/', at), place.path.size());
    condition += fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ",
                             place.path.substr(at, end - at));
    at = end + 1;
  }
  if (next.empty()) return condition;
  condition += "; and not __fish_seen_subcommand_from";
  for (const CLI::App* each : next) condition += " " + each->get_name();
  return condition;
}

std::string fish_script(const CLI::App& app) {
  std::vector<Place> places;
  collect(places, app, "");
  std::string out = "complete -c junctor -f\n";
  for (const Place& place : places) {
    const std::string condition = fish_condition(place);
    for (const CLI::App* each : commands_of(*place.app)) {
      out += fmt::format("complete -c junctor -n '{}' -a {} -d '{}'\n", condition, each->get_name(),
                         fish_text(each->get_description()));
    }
    for (const CLI::Option* each : options_of(*place.app)) {
      const auto choices = choices_of(*each);
      std::string value = takes_value(*each) ? (is_file(*each) ? " -r -F" : " -x") : "";
      if (!choices.empty()) value += fmt::format(" -a '{}'", joined(choices));
      out += fmt::format("complete -c junctor -n '{}' -l {}{} -d '{}'\n", condition,
                         long_name(*each).substr(2), value, fish_text(each->get_description()));
    }
    for (const CLI::Option* each : places_of(*place.app)) {
      if (is_file(*each)) out += fmt::format("complete -c junctor -n '{}' -F\n", condition);
      const auto choices = choices_of(*each);
      if (!choices.empty())
        out += fmt::format("complete -c junctor -n '{}' -a '{}'\n", condition, joined(choices));
    }
  }
  return out;
}

}  // namespace

std::string manual_of(const CLI::App& app) {
  std::string out = fmt::format(".TH JUNCTOR 1 \"\" \"junctor {}\" \"User Commands\"\n", version());
  std::string what = app.get_description();
  what.erase(0, what.find(':') + 2);  // "Junctor: a gateway ..."
  out += fmt::format(".SH NAME\njunctor \\- {}\n", roff(what));
  out += ".SH SYNOPSIS\n\\fBjunctor\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n.SH COMMANDS\n";
  for (const CLI::App* each : commands_of(app)) append_command(out, *each, "junctor");
  return out + fmt::format(".SH EXIT STATUS\n{}\n", roff(app.get_footer()));
}

std::string completion_of(const CLI::App& app, Shell shell) {
  if (shell == Shell::fish) return fish_script(app);
  std::string script = bash_script(app);
  if (shell == Shell::bash) return script;
  return "#compdef junctor\nautoload -U +X bashcompinit && bashcompinit\n" + script;
}

}  // namespace junctor::cli
