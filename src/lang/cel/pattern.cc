#include "lang/cel/pattern.h"

#include <re2/re2.h>

#include <utility>

namespace junctor::lang::cel {

namespace {

// Measured: a step is worth about 40 ns.
constexpr std::uint64_t kCompileStepsMin = 100;
constexpr std::uint64_t kTooLargeSteps = 100'000;

}  // namespace

Pattern::Pattern() noexcept = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Pattern::Pattern(std::string_view source) {
  if (source.size() > kPatternBytesMax) {
    compile_cost_ = 1;
    problem_ = "it is longer than " + std::to_string(kPatternBytesMax) + " bytes";
    return;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryMax);
  auto compiled =
      std::make_unique<re2::RE2>(re2::StringPiece{source.data(), source.size()}, options);
  constexpr std::uint64_t kStepsPerByte = 4;
  constexpr std::uint64_t kStepsPerInstruction = 12;
  compile_cost_ = kCompileStepsMin + source.size() * kStepsPerByte;
  if (compiled->ok()) {
    compiled_ = std::move(compiled);
    size_ = static_cast<std::uint64_t>(compiled_->ProgramSize());
    compile_cost_ += size_ * kStepsPerInstruction;
    return;
  }
  problem_ = compiled->error();
  // Only after having been compiled as far as it may be.
  if (compiled->error_code() == re2::RE2::ErrorPatternTooLarge) compile_cost_ = kTooLargeSteps;
}

bool Pattern::is_valid() const noexcept {
  return compiled_ != nullptr;
}

std::string Pattern::problem() const {
  return problem_;
}

std::uint64_t Pattern::cost(std::size_t bytes) const noexcept {
  constexpr std::uint64_t kBytesPerStep = 32;
  constexpr std::uint64_t kInstructionsPerStep = 16;
  return bytes / kBytesPerStep * (1 + size_ / kInstructionsPerStep);
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece{text.data(), text.size()}, *compiled_);
}

PatternCache::Found PatternCache::get(std::string_view source) {
  for (const Slot& slot : slots_) {
    if (slot.is_used && slot.source == source) return {.pattern = slot.pattern, .was_made = false};
  }
  Slot& slot = slots_[next_];
  next_ = (next_ + 1) % slots_.size();
  // What is too long is refused by its size, and is not kept.
  slot.source = source.substr(0, kPatternBytesMax + 1);
  slot.pattern = Pattern{source};
  slot.is_used = source.size() <= kPatternBytesMax;
  return {.pattern = slot.pattern, .was_made = true};
}

}  // namespace junctor::lang::cel
