#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace junctor {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"debug", "info", "warn", "error", "off"};

// The encoding never leaves the process, so it is the machine's own layout, padding included. What
// a record begins with in the ring; texts follow, each after its length, then the fields.
struct Head {
  std::uint32_t record_bytes;
  LogLevel level;
  std::uint8_t fields;
  std::uint16_t message_bytes;
  std::int64_t time_ns;
  std::uint8_t component_bytes;
  std::uint8_t event_bytes;
};
static_assert(kLogMessageBytesMax <= UINT16_MAX && kLogNameBytesMax <= UINT8_MAX);

struct FieldHead {
  LogField::Kind kind;
  std::uint8_t key_bytes;
  std::uint16_t text_bytes;
  std::uint64_t bits;  // The number, or the bits of the real.
};
static_assert(kLogValueBytesMax <= UINT16_MAX);

// A text cut in the middle of a character is mended by the writer, which replaces what is not
// UTF-8.
std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept {
  return text.substr(0, bytes_max);
}

// Must agree with Sink::put_field(); push() asserts that it does.
std::size_t encoded_bytes(const LogField& field) noexcept {
  return sizeof(FieldHead) + cut(field.key, kLogNameBytesMax).size() +
         cut(field.text, kLogValueBytesMax).size();
}

// Copied out and not pointed at: a record begins at any byte, so nothing in it is aligned.
template <class T>
T take_value(std::string_view& bytes) noexcept {
  JUNCTOR_ASSERT(bytes.size() >= sizeof(T));
  T value{};
  bytes.copy(reinterpret_cast<char*>(&value), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

std::string_view take_text(std::string_view& bytes, std::size_t size) noexcept {
  JUNCTOR_ASSERT(bytes.size() >= size);
  const auto text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

LogField take_field(std::string_view& bytes) noexcept {
  const auto head = take_value<FieldHead>(bytes);
  LogField field;
  field.key = take_text(bytes, head.key_bytes);
  field.kind = head.kind;
  field.text = take_text(bytes, head.text_bytes);
  field.number = head.bits;
  if (head.kind == LogField::Kind::real) field.real = std::bit_cast<double>(head.bits);
  return field;
}

}  // namespace

std::string_view log_level_name(LogLevel level) noexcept {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kLevelNames, name);
  if (found == kLevelNames.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevelNames.begin());
}

// Writes at a position of the ring, around its end.
class LogRing::Sink {
 public:
  Sink(LogRing& ring, std::uint64_t at) noexcept : ring_{ring}, at_{at} {}
  void put(std::string_view text) noexcept {
    const std::size_t offset = at_ & (ring_.capacity_bytes_ - 1);
    const std::size_t first = std::min(text.size(), ring_.capacity_bytes_ - offset);
    if (!text.empty()) {
      std::memcpy(ring_.bytes_.get() + offset, text.data(), first);
      std::memcpy(ring_.bytes_.get(), text.data() + first, text.size() - first);
    }
    at_ += text.size();
  }
  template <class T>
  void put_value(const T& value) noexcept {
    put({reinterpret_cast<const char*>(&value), sizeof(T)});
  }
  void put_field(const LogField& field) noexcept {
    const auto key = cut(field.key, kLogNameBytesMax);
    const auto text = cut(field.text, kLogValueBytesMax);
    const bool is_real = field.kind == LogField::Kind::real;
    put_value(FieldHead{
        .kind = field.kind,
        .key_bytes = static_cast<std::uint8_t>(key.size()),
        .text_bytes = static_cast<std::uint16_t>(text.size()),
        .bits = is_real ? std::bit_cast<std::uint64_t>(field.real) : field.number,
    });
    put(key);
    put(text);
  }
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }

 private:
  LogRing& ring_;
  std::uint64_t at_;
};

LogRing::LogRing(std::size_t capacity_bytes, std::function<WallTime()> now, int wake_fd)
    : capacity_bytes_{capacity_bytes},
      now_{std::move(now)},
      wake_fd_{wake_fd},
      // Not zeroed, so that the kernel gives pages only as records reach them.
      bytes_{std::make_unique_for_overwrite<char[]>(capacity_bytes)} {
  JUNCTOR_ASSERT(std::has_single_bit(capacity_bytes));
  JUNCTOR_ASSERT(now_ != nullptr);
}

bool LogRing::push(LogLevel level, std::string_view component, std::string_view event,
                   std::string_view message, std::span<const LogField> fields) {
  JUNCTOR_ASSERT(fields.size() <= kLogFieldsMax);
  component = cut(component, kLogNameBytesMax);
  event = cut(event, kLogNameBytesMax);
  message = cut(message, kLogMessageBytesMax);
  std::size_t bytes = sizeof(Head) + component.size() + event.size() + message.size();
  for (const LogField& field : fields) bytes += encoded_bytes(field);

  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  // Acquire: the consumer has copied the bytes before `head` out before we may write over them.
  const std::uint64_t used = tail - head_.load(std::memory_order_acquire);
  JUNCTOR_ASSERT(used <= capacity_bytes_);
  // Refused before anything is written: a record is whole or absent.
  if (bytes > capacity_bytes_ - used) {
    // One writer: a load and a store count exactly, and cost no locked instruction.
    dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return false;
  }
  Sink sink{*this, tail};
  sink.put_value(Head{
      .record_bytes = static_cast<std::uint32_t>(bytes),
      .level = level,
      .fields = static_cast<std::uint8_t>(fields.size()),
      .message_bytes = static_cast<std::uint16_t>(message.size()),
      .time_ns = now_().time_since_epoch().count(),
      .component_bytes = static_cast<std::uint8_t>(component.size()),
      .event_bytes = static_cast<std::uint8_t>(event.size()),
  });
  sink.put(component);
  sink.put(event);
  sink.put(message);
  for (const LogField& field : fields) sink.put_field(field);
  JUNCTOR_ASSERT(sink.at() == tail + bytes);
  publish(tail, sink.at());
  return true;
}

// Sequentially consistent on both sides: either we see that the consumer had taken everything, and
// wake it, or it sees our record after its last one. With weaker orders both could miss each other.
void LogRing::publish(std::uint64_t old_tail, std::uint64_t new_tail) noexcept {
  // Written last, and the only thing that shows the record to the consumer.
  tail_.store(new_tail, std::memory_order_seq_cst);
  if (head_.load(std::memory_order_seq_cst) != old_tail || wake_fd_ < 0) return;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the consumer is awake.
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

void LogRing::copy_out(std::uint64_t from, std::span<char> out) const noexcept {
  const std::size_t offset = from & (capacity_bytes_ - 1);
  const std::size_t first = std::min(out.size(), capacity_bytes_ - offset);
  std::memcpy(out.data(), bytes_.get() + offset, first);
  std::memcpy(out.data() + first, bytes_.get(), out.size() - first);
}

bool LogRing::pop(LogRecord& record) {
  const std::uint64_t head_at = head_.load(std::memory_order_relaxed);
  const std::uint64_t held = tail_.load(std::memory_order_seq_cst) - head_at;
  if (held == 0) return false;
  JUNCTOR_ASSERT(held >= sizeof(Head) && held <= capacity_bytes_);
  static_assert(offsetof(Head, record_bytes) == 0, "read before the rest of the head");
  std::uint32_t record_bytes = 0;
  copy_out(head_at, {reinterpret_cast<char*>(&record_bytes), sizeof record_bytes});
  JUNCTOR_ASSERT(record_bytes <= held);
  scratch_.resize(record_bytes);
  copy_out(head_at, scratch_);
  // The room is given back before the record is looked at: decoding does not hold up the producer.
  head_.store(head_at + record_bytes, std::memory_order_seq_cst);

  std::string_view bytes = scratch_;
  const auto head = take_value<Head>(bytes);
  record.time = WallTime{Duration{head.time_ns}};
  record.level = head.level;
  record.component = take_text(bytes, head.component_bytes);
  record.event = take_text(bytes, head.event_bytes);
  record.message = take_text(bytes, head.message_bytes);
  record.fields.clear();
  record.fields.reserve(head.fields);
  for (unsigned i = 0; i < head.fields; ++i) record.fields.push_back(take_field(bytes));
  JUNCTOR_ASSERT(bytes.empty());
  return true;
}

Logger Logger::with(std::string_view component) const noexcept {
  Logger other = *this;
  other.component_ = component;
  return other;
}

}  // namespace junctor
