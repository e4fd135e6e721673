// estimate_cost() of program.h: what a plan costs at least and at most.

#include <algorithm>
#include <limits>

#include "lang/cel/containers.h"
#include "lang/cel/plan.h"
#include "lang/cel/program.h"

namespace junctor::lang::cel {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t plus(std::uint64_t a, std::uint64_t b) noexcept {
  return a > kMost - b ? kMost : a + b;
}
std::uint64_t times(std::uint64_t a, std::uint64_t b) noexcept {
  return b != 0 && a > kMost / b ? kMost : a * b;
}

// A function looks at its operands so often at most, or takes so long for them: a search.
constexpr std::uint64_t kWalksMax = 4;

// Cost of a node, and how large its value may be.
struct Estimate {
  CostRange cost;
  std::uint64_t size = 1;  // Elements or bytes.
};

class Estimator {
 public:
  Estimator(const Plan& plan, const SizeAssumptions& assumed) noexcept
      : plan_{plan}, assumed_{assumed} {}

  Estimate visit(NodeIndex index) const {
    const Node& node = plan_.nodes[index];
    switch (node.op) {
      case Op::constant:
      case Op::failure: return {.cost = {1, 1}, .size = size_of_constant(plan_.constants[node.b])};
      case Op::variable:
      case Op::local: return {.cost = {1, 1}, .size = input_size()};
      case Op::select:
      case Op::test:
        return {.cost = more(visit(node.a).cost, assumed_.elements / 8), .size = input_size()};
      case Op::path: {
        const Estimate slowly = visit(node.a);
        return {.cost = sum(slowly.cost, {.least = 0, .most = 1}), .size = slowly.size};
      }
      case Op::invert:
      case Op::optional_entry:
      case Op::equal_text: return {.cost = more(visit(node.a).cost, 0)};
      case Op::match:
        return {.cost = more(visit(node.a).cost, plan_.patterns[node.b].cost(assumed_.bytes))};
      case Op::index: return pair(node, assumed_.elements / 8, input_size());
      case Op::otherwise: {
        const Estimate other = visit(node.b);
        const CostRange later{.least = 0, .most = other.cost.most};
        return {.cost = more(sum(visit(node.a).cost, later), 0),
                .size = std::max(input_size(), other.size)};
      }
      case Op::order: return pair(node, 0, 1);
      case Op::equal:
      case Op::member: return pair(node, input_size(), 1);
      case Op::arithmetic: return arithmetic(node);
      case Op::conjunction:
      case Op::disjunction: return all_but_first_may_be_left_out(node);
      case Op::conditional: return conditional(node);
      case Op::scope: return scope(node);
      default: break;
    }
    // Calls, lists and maps: all of the operands, a walk over each of a call's, and the entries of
    // a map once more, which are looked at for keys that repeat.
    const std::uint64_t entries = node.op == Op::map ? node.count / 2U : 0U;
    Estimate estimate{.cost = {1, 1 + entries}, .size = node.count};
    for (const NodeIndex child : plan_.children_of(node)) {
      const Estimate operand = visit(child);
      estimate.cost = sum(estimate.cost, operand.cost);
      if (node.op == Op::call) {
        estimate.cost.most = plus(estimate.cost.most, times(kWalksMax, operand.size));
        estimate.size = plus(estimate.size, operand.size);
      }
    }
    return estimate;
  }

 private:
  [[nodiscard]] std::uint64_t input_size() const noexcept {
    return std::max(assumed_.elements, assumed_.bytes / 32);
  }
  static std::uint64_t size_of_constant(const Value& value) noexcept {
    if (value.is(Kind::list) || value.is(Kind::map)) return size_of(value);
    return value.is(Kind::string) ? value.text().size() / 32 + 1 : 1;
  }
  static CostRange sum(CostRange a, CostRange b) noexcept {
    return {.least = plus(a.least, b.least), .most = plus(a.most, b.most)};
  }
  // With the step of the node itself.
  static CostRange more(CostRange cost, std::uint64_t most) noexcept {
    return sum(cost, {.least = 1, .most = plus(1, most)});
  }
  Estimate pair(const Node& node, std::uint64_t most, std::uint64_t size) const {
    return {.cost = more(sum(visit(node.a).cost, visit(node.b).cost), most), .size = size};
  }
  Estimate arithmetic(const Node& node) const {
    const Estimate a = visit(node.a);
    const Estimate b = visit(node.b);
    const std::uint64_t size = plus(a.size, b.size);
    return {.cost = more(sum(a.cost, b.cost), size), .size = size};
  }
  Estimate all_but_first_may_be_left_out(const Node& node) const {
    Estimate estimate{.cost = {1, 1}};
    bool is_first = true;
    for (const NodeIndex child : plan_.children_of(node)) {
      const CostRange cost = visit(child).cost;
      estimate.cost = sum(estimate.cost, {.least = is_first ? cost.least : 0, .most = cost.most});
      is_first = false;
    }
    return estimate;
  }
  Estimate conditional(const Node& node) const {
    const auto children = plan_.children_of(node);
    const Estimate yes = visit(children[1]);
    const Estimate no = visit(children[2]);
    const CostRange either{.least = std::min(yes.cost.least, no.cost.least),
                           .most = std::max(yes.cost.most, no.cost.most)};
    return {.cost = more(sum(visit(children[0]).cost, either), 0),
            .size = std::max(yes.size, no.size)};
  }
  Estimate scope(const Node& node) const {
    const auto children = plan_.children_of(node);
    const auto kind = static_cast<ScopeKind>(node.detail);
    const Estimate first = visit(children[0]);
    CostRange body;
    std::uint64_t size = 1;
    for (const NodeIndex child : children.subspan(1)) {
      const Estimate part = visit(child);
      body = sum(body, part.cost);
      size = part.size;
    }
    const bool is_loop = kind < ScopeKind::bind;
    if (!is_loop) {
      if (kind != ScopeKind::bind && kind != ScopeKind::block) body.least = 0;
      return {.cost = more(sum(first.cost, body), 0), .size = size};
    }
    // The range may be empty; a constant one is not.
    const bool is_constant = plan_.nodes[children[0]].op == Op::constant;
    const bool goes_through_all = kind != ScopeKind::all && kind != ScopeKind::exists;
    const std::uint64_t rounds = is_constant && goes_through_all ? first.size : 0;
    body = {.least = times(rounds, body.least), .most = times(first.size, body.most)};
    return {.cost = more(sum(first.cost, body), times(first.size, 4)), .size = first.size};
  }

  const Plan& plan_;
  const SizeAssumptions& assumed_;
};

}  // namespace

CostRange estimate_cost(const Program& program, const SizeAssumptions& assumed) {
  const Plan& plan = program.plan();
  return Estimator{plan, assumed}.visit(static_cast<NodeIndex>(plan.nodes.size() - 1)).cost;
}

}  // namespace junctor::lang::cel
