#include "lang/cel/program_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "lang/cel/value_text.h"
#include "lang/code_points.h"
#include "lang/json_tree.h"

namespace junctor::lang::cel {
namespace {

constexpr std::size_t kLineShownMax = 160;

// The line of the text around `begin`, and a caret under that place; of a long line, a part.
std::string line_with_caret(std::string_view text, std::size_t begin) {
  begin = std::min(begin, text.size());
  std::size_t from = begin == 0 ? 0 : text.rfind('\n', begin - 1);
  from = from == std::string_view::npos ? 0 : (begin == 0 ? 0 : from + 1);
  if (begin - from > kLineShownMax / 2) {
    from = begin - kLineShownMax / 2;
    while (from < begin && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
  }
  std::string_view line = text.substr(from, std::min(text.find('\n', from), text.size()) - from);
  if (line.size() > kLineShownMax) line = line.substr(0, kLineShownMax);
  std::string shown;
  for (const char c : line) shown += c == '\t' ? ' ' : c;
  const std::size_t column = count_code_points(text.substr(from, begin - from));
  return fmt::format("  {}\n  {}^", shown, std::string(column, ' '));
}

std::string sentence(const Value& error) {
  std::string text{error.text().substr(0, kValueTextBytesMax)};
  switch (error.fault()) {
    case Fault::no_such_overload: return fmt::format("no function takes such values: {}", text);
    case Fault::no_such_key:
      return text.empty() ? "the map has no such key" : fmt::format("there is no key \"{}\"", text);
    case Fault::no_field_selection:
      return fmt::format("a value of type {} has no fields: expected a map", text);
    case Fault::index_out_of_range:
      return text.empty() ? "the index is out of the range of the list" : text;
    case Fault::divide_by_zero: return "division by zero";
    case Fault::modulus_by_zero: return "modulus by zero";
    case Fault::overflow: return fmt::format("the result does not fit {}", text);
    case Fault::duplicate_key: return fmt::format("the key {} is there twice", text);
    case Fault::unsupported_key:
      return fmt::format("the keys of a map are int, uint, bool or string, and this one is {}",
                         text);
    case Fault::bad_conversion:
      return fmt::format("the number {} does not fit the type that is declared for it", text);
    case Fault::no_value: return "the optional holds no value";
    case Fault::unbound: return fmt::format("the variable \"{}\" has no value", text);
    case Fault::too_deep: return "the values are nested too deeply";
    case Fault::cost_exceeded: return "the evaluation took more steps than it may";
    case Fault::memory_exceeded: return "the evaluation took more memory than it may";
    default: return text;
  }
}

}  // namespace

std::string issues_text(std::string_view text, std::span<const Issue> issues) {
  std::vector<Issue> sorted{issues.begin(), issues.end()};
  std::ranges::sort(sorted, [](const Issue& a, const Issue& b) {
    return std::tie(a.begin, a.message) < std::tie(b.begin, b.message);
  });
  std::string all;
  const std::size_t shown = std::min(sorted.size(), kIssuesMax);
  for (const Issue& issue : std::span{sorted}.first(shown)) {
    const TextPlace place = place_in(text, issue.begin);
    if (!all.empty()) all += '\n';
    all += fmt::format("line {}, column {}: {}\n{}", place.line, place.column, issue.message,
                       line_with_caret(text, issue.begin));
  }
  if (sorted.size() > kIssuesMax) all += "\nand more";
  return all;
}

Error fault_error(const Plan& plan, const Value& value) {
  const Fault fault = value.fault();
  const bool is_limit = fault == Fault::cost_exceeded || fault == Fault::memory_exceeded;
  std::string detail = sentence(value);
  if (value.node_index() >= 0) {
    const NodePlace at = plan.places[static_cast<std::size_t>(value.node_index())];
    const TextPlace place = place_in(plan.text, at.begin);
    detail = fmt::format(
        "line {}, column {}: {}, in: {}", place.line, place.column, detail,
        plan.text.substr(at.begin, std::min<std::size_t>(at.end - at.begin, kLineShownMax)));
  }
  return Error{is_limit ? ErrorKind::too_large : ErrorKind::invalid_argument, fault_name(fault),
               std::move(detail)};
}

namespace {

class Explainer {
 public:
  Explainer(const Plan& plan, std::span<const NodeTrace> trace) noexcept
      : plan_{plan}, trace_{trace} {}

  std::vector<Explained> run() {
    visit(static_cast<NodeIndex>(plan_.nodes.size() - 1), 0);
    return std::move(all_);
  }

 private:
  void visit(NodeIndex index, std::size_t depth) {
    const Node& node = plan_.nodes[index];
    if (node.op == Op::path) return visit(node.a, depth);
    if (node.op == Op::constant && depth != 0) return;
    const NodePlace place = plan_.places[index];
    const NodeTrace& trace = trace_[index];
    all_.push_back(
        {.text = std::string_view{plan_.text}.substr(place.begin, place.end - place.begin),
         .begin = place.begin,
         .depth = depth,
         .count = trace.count,
         .value = trace.count == 0 ? std::string{} : value_text(trace.value)});
    switch (node.op) {
      case Op::constant:
      case Op::variable:
      case Op::local:
      case Op::failure: return;
      case Op::select:
      case Op::test:
      case Op::equal_text:
      case Op::invert:
      case Op::match:
      case Op::optional_entry: return visit(node.a, depth + 1);
      case Op::index:
      case Op::equal:
      case Op::order:
      case Op::arithmetic:
      case Op::member:
      case Op::otherwise: visit(node.a, depth + 1); return visit(node.b, depth + 1);
      default: break;
    }
    for (const NodeIndex child : plan_.children_of(node)) visit(child, depth + 1);
  }
  static std::string value_text(const Value& value) {
    if (!value.is_error()) return to_text(value);
    return fmt::format("error: {} ({})", fault_name(value.fault()), sentence(value));
  }

  const Plan& plan_;
  std::span<const NodeTrace> trace_;
  std::vector<Explained> all_;
};

}  // namespace

std::vector<Explained> explained(const Plan& plan, std::span<const NodeTrace> trace) {
  return Explainer{plan, trace}.run();
}

}  // namespace junctor::lang::cel
