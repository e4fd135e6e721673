#include "lang/cel/value_text.h"
#include "lang/cel/containers.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "lang/cel/moment.h"
#include "lang/cel/network.h"
#include "lang/cel/utf8.h"

namespace junctor::lang::cel {
namespace {

class Writer {
 public:
  explicit Writer(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

  void write(const Value& value, std::size_t depth);
  std::string take() {
    if (out_.size() <= bytes_max_) return std::move(out_);
    std::size_t cut = bytes_max_;
    while (cut != 0 && (static_cast<unsigned char>(out_[cut]) & 0xC0U) == 0x80U) --cut;
    out_.resize(cut);
    return std::move(out_) + "...";
  }

 private:
  void write_list(const Value& list, std::size_t depth);
  void write_map(const Value& map, std::size_t depth);
  [[nodiscard]] bool is_full() const noexcept { return out_.size() > bytes_max_; }
  // A long text is cut before it is escaped.
  [[nodiscard]] std::string_view some_of(std::string_view text) const noexcept {
    return text.substr(0, bytes_max_ + 1);
  }

  std::string out_;
  std::size_t bytes_max_;
};

void Writer::write_list(const Value& list, std::size_t depth) {
  out_ += '[';
  Value each;
  bool is_first = true;
  for (ListCursor cursor{list}; !is_full() && cursor.next(each); is_first = false) {
    if (!is_first) out_ += ", ";
    write(each, depth - 1);
  }
  out_ += ']';
}

void Writer::write_map(const Value& map, std::size_t depth) {
  out_ += '{';
  Value key;
  Value value;
  bool is_first = true;
  for (MapCursor cursor{map}; !is_full() && cursor.next(key, value); is_first = false) {
    if (!is_first) out_ += ", ";
    write(key, depth - 1);
    out_ += ": ";
    write(value, depth - 1);
  }
  out_ += '}';
}

void Writer::write(const Value& value, std::size_t depth) {
  if (is_full()) return;
  if (depth == 0) {
    out_ += "...";
    return;
  }
  switch (value.kind()) {
    case Kind::null: out_ += "null"; break;
    case Kind::boolean: out_ += value.as_boolean() ? "true" : "false"; break;
    case Kind::int64: out_ += std::to_string(value.as_int64()); break;
    case Kind::uint64: out_ += std::to_string(value.as_uint64()) + "u"; break;
    case Kind::float64: out_ += double_text(value.as_float64(), DoubleText::literal); break;
    case Kind::string: out_ += quote(some_of(value.text())); break;
    case Kind::bytes: out_ += "b" + quote(some_of(value.text()), Quoted::bytes); break;
    case Kind::list: write_list(value, depth); break;
    case Kind::map: write_map(value, depth); break;
    case Kind::timestamp: out_ += "timestamp(\"" + timestamp_text(value.moment()) + "\")"; break;
    case Kind::duration: out_ += "duration(\"" + duration_text(value.moment()) + "\")"; break;
    case Kind::type: out_ += value.text(); break;
    case Kind::ip: out_ += "ip(\"" + address_text(value.address()) + "\")"; break;
    case Kind::cidr: out_ += "cidr(\"" + network_text(value.address()) + "\")"; break;
    case Kind::optional:
      if (value.held() == nullptr) {
        out_ += "optional.none()";
      } else {
        out_ += "optional.of(";
        write(*value.held(), depth - 1);
        out_ += ')';
      }
      break;
    case Kind::error:
      out_ += "error(";
      out_ += fault_name(value.fault());
      out_ += ')';
      break;
  }
}

}  // namespace

std::string_view type_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::null: return "null_type";
    case Kind::boolean: return "bool";
    case Kind::int64: return "int";
    case Kind::uint64: return "uint";
    case Kind::float64: return "double";
    case Kind::string: return "string";
    case Kind::bytes: return "bytes";
    case Kind::list: return "list";
    case Kind::map: return "map";
    case Kind::timestamp: return "google.protobuf.Timestamp";
    case Kind::duration: return "google.protobuf.Duration";
    case Kind::type: return "type";
    case Kind::optional: return "optional_type";
    case Kind::ip: return "net.IP";
    case Kind::cidr: return "net.CIDR";
    case Kind::error: return "error";
  }
  return "unknown";
}

std::string to_text(const Value& value, std::size_t bytes_max) {
  Writer writer{bytes_max};
  writer.write(value, kValueDepthMax);
  return writer.take();
}

std::string double_text(double value, DoubleText form) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  // An exponent is written from 1e+06 on and below 1e-04.
  std::array<char, 40> digits{};
  const double size = std::abs(value);
  const auto format = size != 0 && (size < 1e-4 || size >= 1e6) ? std::chars_format::scientific
                                                                : std::chars_format::fixed;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, format);
  std::string text{digits.data(), end.ptr};
  if (form == DoubleText::literal && format == std::chars_format::fixed && !text.contains('.'))
    text += ".0";
  return text;
}

std::string quote(std::string_view text, Quoted what) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const char first = text[at];
    if (first == '"' || first == '\\') {
      out += '\\';
      out += first;
    } else if (first == '\n') {
      out += "\\n";
    } else if (first == '\t') {
      out += "\\t";
    } else if (first == '\r') {
      out += "\\r";
    } else if (!character.is_valid || character.code < 0x20 || character.code == 0x7F ||
               (what == Quoted::bytes && character.code > 0x7F)) {
      for (const char byte : text.substr(at, character.bytes))
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      out += text.substr(at, character.bytes);
    }
    at += character.bytes;
  }
  return out + "\"";
}

}  // namespace junctor::lang::cel
