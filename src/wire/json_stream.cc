#include "wire/json_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr bool is_blank(char byte) noexcept {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}
constexpr bool is_digit(char byte) noexcept {
  return byte >= '0' && byte <= '9';
}

// The value of a hex digit, or -1.
constexpr int hex_value(char digit) noexcept {
  if (is_digit(digit)) return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

JsonStream::Step JsonStream::feed(std::string_view piece) noexcept {
  if (state_ == State::faulted) return {JsonStop::fault, 0};
  JUNCTOR_ASSERT(offset_ <= limits_.body_bytes_max);
  const std::uint64_t allowed = limits_.body_bytes_max - offset_;
  const bool is_over = piece.size() > allowed;
  const char* at = piece.data();
  const char* const end = at + (is_over ? static_cast<std::size_t>(allowed) : piece.size());
  reached_ = JsonStop::more;
  while (at != end && reached_ == JsonStop::more) {
    const bool was_in_id = in_id_;
    const char* const from = at;
    at = step(at, end);
    JUNCTOR_ASSERT(at >= from && at <= end);
    if (was_in_id) keep_id({from, static_cast<std::size_t>(at - from)});
  }
  if (is_over && reached_ == JsonStop::more) broken(JsonFault::too_large, at);
  const auto used = static_cast<std::size_t>(at - piece.data());
  offset_ += used;
  return {reached_, used};
}

// Only a number has no end of its own; all other values were complete with their last byte.
JsonStop JsonStream::finish() noexcept {
  if (state_ == State::faulted) return JsonStop::fault;
  reached_ = JsonStop::more;
  if (depth_ == 0 && number_is_whole()) {
    end_value();
    JUNCTOR_ASSERT(reached_ == JsonStop::document_end);
  } else if (state_ != State::between || documents_seen_ == 0) {
    broken(number_is_cut() ? JsonFault::number : JsonFault::syntax, nullptr);
  }
  return reached_;
}

std::string_view JsonStream::id() const noexcept {
  const bool is_scalar = envelope_.id != JsonKind::object && envelope_.id != JsonKind::array;
  if (!is_scalar || id_bytes_ > kJsonIdBytesMax) return {};
  return {id_.data(), id_bytes_};
}

const char* JsonStream::broken(JsonFault fault, const char* at) noexcept {
  JUNCTOR_ASSERT(fault != JsonFault::none && fault_ == JsonFault::none);
  fault_ = fault;
  state_ = State::faulted;
  reached_ = JsonStop::fault;
  return at;
}

// One step within a token, or one token's begin. The frequent states come first.
const char* JsonStream::step(const char* at, const char* end) noexcept {
  switch (state_) {
    case State::start: return byte_order_mark(at);
    case State::string: return in_string(at, end);
    case State::escape: return escape(at);
    case State::hex: return hex_digit(at);
    case State::utf8: return continuation(at);
    case State::literal: return in_literal(at);
    case State::minus:
    case State::zero:
    case State::integer:
    case State::point:
    case State::fraction:
    case State::exponent:
    case State::exponent_sign:
    case State::exponent_digit: return in_number(at, end);
    default: break;
  }
  while (at != end && is_blank(*at)) ++at;
  return at == end ? at : structure(at);
}

// The mark may be cut like everything else; left_ counts its bytes that were seen.
const char* JsonStream::byte_order_mark(const char* at) noexcept {
  if (left_ == 0 && *at != kByteOrderMark[0]) {
    state_ = State::between;
    return at;
  }
  if (*at != kByteOrderMark[left_]) return broken(JsonFault::syntax, at);
  ++left_;
  if (left_ == kByteOrderMark.size()) {
    left_ = 0;
    state_ = State::between;
  }
  return at + 1;
}

// Between tokens; `at` is no blank.
const char* JsonStream::structure(const char* at) noexcept {
  switch (state_) {
    case State::between:
      if (documents_ == Documents::one && documents_seen_ != 0) {
        return broken(JsonFault::trailing, at);
      }
      return begin_value(at);
    case State::first_value:
      if (*at == ']') return close(at);
      return begin_value(at);
    case State::value: return begin_value(at);
    case State::first_key:
      if (*at == '}') return close(at);
      [[fallthrough]];
    case State::key:
      if (*at != '"') return broken(JsonFault::syntax, at);
      state_ = State::string;
      string_is_key_ = true;
      key_bytes_ = 0;
      return at + 1;
    case State::colon:
      if (*at != ':') return broken(JsonFault::syntax, at);
      state_ = State::value;
      return at + 1;
    case State::after_value:
      if (*at != ',') return close(at);
      state_ = in_object() ? State::key : State::value;
      return at + 1;
    default: break;
  }
  JUNCTOR_ASSERT(false && "a state within a token, or after a fault");
  std::unreachable();
}

// The kind is known from the first byte, and is noted before the value is read: a relay that stops
// within it already knows what it is.
const char* JsonStream::begin_value(const char* at) noexcept {
  JsonKind kind = JsonKind::none;
  switch (*at) {
    case '{': kind = JsonKind::object; break;
    case '[': kind = JsonKind::array; break;
    case '"': kind = JsonKind::string; break;
    case 't':
    case 'f': kind = JsonKind::boolean; break;
    case 'n': kind = JsonKind::null; break;
    default:
      if (*at != '-' && !is_digit(*at)) return broken(JsonFault::syntax, at);
      kind = JsonKind::number;
  }
  if (name_ == Name::id && !in_id_) {  // Stop in front of it first; the next call comes back here.
    in_id_ = true;
    reached_ = JsonStop::id_begin;
    return at;
  }
  const bool is_container = kind == JsonKind::object || kind == JsonKind::array;
  if (is_container && depth_ == kJsonDepthMax) return broken(JsonFault::depth, at);
  if (depth_ == 0) {
    envelope_ = {.root = kind};
    id_bytes_ = 0;
  }
  if (name_ != Name::none) kind_of(name_) = kind;
  if (is_container) {
    open(kind);
  } else {
    begin_scalar(kind, *at);
  }
  name_ = Name::none;
  return at + 1;
}

void JsonStream::begin_scalar(JsonKind kind, char first) noexcept {
  JUNCTOR_ASSERT(kind != JsonKind::object && kind != JsonKind::array);
  constexpr const char* kTrueRest = "rue";
  constexpr const char* kFalseRest = "alse";
  constexpr const char* kNullRest = "ull";
  if (kind == JsonKind::string) {
    state_ = State::string;
    string_is_key_ = false;
  } else if (kind == JsonKind::number) {
    state_ = first == '-' ? State::minus : first == '0' ? State::zero : State::integer;
  } else {
    state_ = State::literal;
    literal_ = first == 't' ? kTrueRest : first == 'f' ? kFalseRest : kNullRest;
  }
}

// A container is one bit: which bracket must close it is all that the grammar asks.
void JsonStream::open(JsonKind kind) noexcept {
  JUNCTOR_ASSERT(depth_ < kJsonDepthMax);
  const std::uint64_t bit = std::uint64_t{1} << depth_ % 64;
  std::uint64_t& word = objects_[depth_ / 64];
  word = kind == JsonKind::object ? word | bit : word & ~bit;
  ++depth_;
  state_ = kind == JsonKind::object ? State::first_key : State::first_value;
  if (name_ == Name::result && kind == JsonKind::object) {
    JUNCTOR_ASSERT(depth_ == 2);
    in_result_ = true;
  }
}

// The brace of `result` is met twice: the first time to stop in front of it, then to read it.
const char* JsonStream::close(const char* at) noexcept {
  JUNCTOR_ASSERT(depth_ > 0);
  if (*at != (in_object() ? '}' : ']')) return broken(JsonFault::syntax, at);
  if (in_result_ && depth_ == 2) {
    if (!std::exchange(result_end_told_, true)) {
      reached_ = JsonStop::result_end;
      return at;
    }
    in_result_ = false;
    result_end_told_ = false;
  }
  --depth_;
  end_value();
  return at + 1;
}

void JsonStream::end_value() noexcept {
  JUNCTOR_ASSERT(state_ != State::faulted && name_ == Name::none);
  if (depth_ == 0) {
    JUNCTOR_ASSERT(!in_id_ && !in_result_);
    state_ = State::between;
    ++documents_seen_;
    reached_ = JsonStop::document_end;
    return;
  }
  state_ = State::after_value;
  if (in_id_ && depth_ == 1) {
    in_id_ = false;
    reached_ = JsonStop::id_end;
  }
}

// Long strings are most of a large body: their plain runs go by in vectors.
const char* JsonStream::in_string(const char* at, const char* end) noexcept {
  const char* const plain = json_plain_end(at, end);
  if (string_is_key_ && key_matters()) add_to_key({at, static_cast<std::size_t>(plain - at)});
  if (plain == end) return plain;
  const auto byte = static_cast<unsigned char>(*plain);
  if (byte == '"') {
    if (string_is_key_) return end_key(plain + 1);
    end_value();
    return plain + 1;
  }
  if (byte == '\\') {
    state_ = State::escape;
    return plain + 1;
  }
  if (byte < 0x20) return broken(JsonFault::syntax, plain);
  JUNCTOR_ASSERT(byte >= 0x80);
  if (!begin_multibyte(byte)) return broken(JsonFault::utf8, plain);
  key_bytes_ = static_cast<std::uint8_t>(key_.size() + 1);  // All names of ours are ASCII.
  return plain + 1;
}

const char* JsonStream::escape(const char* at) noexcept {
  JUNCTOR_ASSERT(state_ == State::escape);
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  if (*at == 'u') {
    state_ = State::hex;
    left_ = 4;
    code_ = 0;
    return at + 1;
  }
  if (kLetters.find(*at) == std::string_view::npos) return broken(JsonFault::syntax, at);
  state_ = State::string;
  add_to_key("?");  // No name of ours holds a character with a short escape.
  return at + 1;
}

const char* JsonStream::hex_digit(const char* at) noexcept {
  const int value = hex_value(*at);
  if (value < 0) return broken(JsonFault::syntax, at);
  JUNCTOR_ASSERT(left_ > 0);
  code_ = static_cast<std::uint16_t>(code_ << 4 | value);
  if (--left_ == 0) {
    state_ = State::string;
    const char ascii = code_ < 0x80 ? static_cast<char>(code_) : '?';
    add_to_key({&ascii, 1});
  }
  return at + 1;
}

// Sets the range of the second byte, which excludes overlong forms, surrogates and what is above
// U+10FFFF.
bool JsonStream::begin_multibyte(unsigned char lead) noexcept {
  if (lead < 0xC2 || lead > 0xF4) return false;
  left_ = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  next_low_ = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  next_high_ = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  state_ = State::utf8;
  return true;
}

const char* JsonStream::continuation(const char* at) noexcept {
  const auto byte = static_cast<unsigned char>(*at);
  if (byte < next_low_ || byte > next_high_) return broken(JsonFault::utf8, at);
  JUNCTOR_ASSERT(left_ > 0);
  next_low_ = 0x80;
  next_high_ = 0xBF;
  if (--left_ == 0) state_ = State::string;
  return at + 1;
}

const char* JsonStream::in_literal(const char* at) noexcept {
  JUNCTOR_ASSERT(literal_ != nullptr && *literal_ != '\0');
  if (*at != *literal_) return broken(JsonFault::syntax, at);
  ++literal_;
  if (*literal_ == '\0') end_value();
  return at + 1;
}

bool JsonStream::number_is_whole() const noexcept {
  return state_ == State::zero || state_ == State::integer || state_ == State::fraction ||
         state_ == State::exponent_digit;
}

bool JsonStream::number_is_cut() const noexcept {
  return state_ == State::minus || state_ == State::point || state_ == State::exponent ||
         state_ == State::exponent_sign;
}

// A number ends with the first byte that is no part of it, which may come with the next piece; that
// byte is not taken here.
const char* JsonStream::in_number(const char* at, const char* end) noexcept {
  if (is_digit(*at)) {
    switch (state_) {
      case State::zero: return broken(JsonFault::number, at);
      case State::minus: state_ = *at == '0' ? State::zero : State::integer; return at + 1;
      case State::point: state_ = State::fraction; break;
      case State::exponent:
      case State::exponent_sign: state_ = State::exponent_digit; break;
      default: break;
    }
    while (at != end && is_digit(*at)) ++at;
    return at;
  }
  const bool is_integral = state_ == State::zero || state_ == State::integer;
  if (*at == '.' && is_integral) {
    state_ = State::point;
    return at + 1;
  }
  if ((*at == 'e' || *at == 'E') && (is_integral || state_ == State::fraction)) {
    state_ = State::exponent;
    return at + 1;
  }
  if ((*at == '+' || *at == '-') && state_ == State::exponent) {
    state_ = State::exponent_sign;
    return at + 1;
  }
  if (!number_is_whole()) return broken(JsonFault::number, at);
  end_value();  // The byte belongs to what comes after the number.
  return at;
}

// Keeps what may still be a name of ours; a longer key is remembered as too long, and no more of
// it.
void JsonStream::add_to_key(std::string_view bytes) noexcept {
  if (!string_is_key_) return;
  if (key_bytes_ + bytes.size() > key_.size()) {
    key_bytes_ = static_cast<std::uint8_t>(key_.size() + 1);
    return;
  }
  if (!bytes.empty()) std::memcpy(key_.data() + key_bytes_, bytes.data(), bytes.size());
  key_bytes_ = static_cast<std::uint8_t>(key_bytes_ + bytes.size());
}

const char* JsonStream::end_key(const char* at) noexcept {
  state_ = State::colon;
  JUNCTOR_ASSERT(name_ == Name::none && string_is_key_);
  if (!key_matters()) return at;
  if (in_result_) envelope_.result_is_empty = false;
  name_ = name_of_key();
  if (name_ != Name::none && kind_of(name_) != JsonKind::none) {
    return broken(JsonFault::duplicate_key, at);
  }
  return at;
}

JsonStream::Name JsonStream::name_of_key() const noexcept {
  if (key_bytes_ > key_.size()) return Name::none;
  const std::string_view key{key_.data(), key_bytes_};
  if (in_result_) return key == "resultType" ? Name::result_type : Name::none;
  if (key == "jsonrpc") return Name::jsonrpc;
  if (key == "id") return Name::id;
  if (key == "method") return Name::method;
  if (key == "params") return Name::params;
  if (key == "result") return Name::result;
  if (key == "error") return Name::error;
  return Name::none;
}

JsonKind& JsonStream::kind_of(Name name) noexcept {
  switch (name) {
    case Name::jsonrpc: return envelope_.jsonrpc;
    case Name::id: return envelope_.id;
    case Name::method: return envelope_.method;
    case Name::params: return envelope_.params;
    case Name::result: return envelope_.result;
    case Name::error: return envelope_.error;
    case Name::result_type: return envelope_.result_type;
    case Name::none: break;
  }
  JUNCTOR_ASSERT(false && "the caller has a name");
  std::unreachable();
}

bool JsonStream::in_object() const noexcept {
  JUNCTOR_ASSERT(depth_ > 0);
  const unsigned container = depth_ - 1U;
  return (objects_[container / 64] >> container % 64 & 1) != 0;
}

// A key of the top-level object, or of its `result`.
bool JsonStream::key_matters() const noexcept {
  return depth_ == 1 || (depth_ == 2 && in_result_);
}

// An id of more than the limit is not cut but not kept: half an id is another one.
void JsonStream::keep_id(std::string_view bytes) noexcept {
  if (id_bytes_ + bytes.size() > id_.size()) {
    id_bytes_ = static_cast<std::uint16_t>(id_.size() + 1);
    return;
  }
  if (!bytes.empty()) std::memcpy(id_.data() + id_bytes_, bytes.data(), bytes.size());
  id_bytes_ = static_cast<std::uint16_t>(id_bytes_ + bytes.size());
}

}  // namespace junctor::wire
