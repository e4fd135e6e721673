#include "lang/cel/type.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace junctor::lang::cel {
namespace {

struct NamedKind {
  std::string_view name;
  TypeKind kind;
  std::size_t parameters;
};

constexpr NamedKind kNames[] = {
    {"dyn", TypeKind::dyn, 0},
    {"null_type", TypeKind::null, 0},
    {"bool", TypeKind::boolean, 0},
    {"int", TypeKind::int64, 0},
    {"uint", TypeKind::uint64, 0},
    {"double", TypeKind::float64, 0},
    {"string", TypeKind::string, 0},
    {"bytes", TypeKind::bytes, 0},
    {"timestamp", TypeKind::timestamp, 0},
    {"duration", TypeKind::duration, 0},
    {"google.protobuf.Timestamp", TypeKind::timestamp, 0},
    {"google.protobuf.Duration", TypeKind::duration, 0},
    {"list", TypeKind::list, 1},
    {"map", TypeKind::map, 2},
    {"type", TypeKind::type, 1},
};

std::unexpected<Error> bad_type(std::string_view text, std::string_view what) {
  return fail(ErrorKind::invalid_argument, "bad_type",
              "\"" + std::string{text} + "\" is no type: " + std::string{what});
}

class TypeReader {
 public:
  TypeReader(std::string_view text, TypePool& pool) noexcept
      : whole_{text}, rest_{text}, pool_{pool} {}

  Result<const Type*> read(std::size_t depth = kTypeDepthMax) {
    if (depth == 0) return bad_type(whole_, "it is nested too deeply");
    skip_blanks();
    const auto is_of_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.';
    };
    const std::size_t end =
        static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_of_name) - rest_.begin());
    const std::string_view name = rest_.substr(0, end);
    if (name.empty()) return bad_type(whole_, "a name was expected");
    rest_.remove_prefix(end);
    std::vector<const Type*> parameters;
    if (take('(')) {
      do {
        JUNCTOR_TRY(const Type* const parameter, read(depth - 1));
        parameters.push_back(parameter);
      } while (take(','));
      if (!take(')')) return bad_type(whole_, "\")\" was expected");
    }
    return make(name, std::move(parameters));
  }
  bool take(char wanted) noexcept {
    skip_blanks();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool is_at_end() noexcept {
    skip_blanks();
    return rest_.empty();
  }

 private:
  void skip_blanks() noexcept {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  Result<const Type*> make(std::string_view name, std::vector<const Type*> parameters) {
    const auto* const found = std::ranges::find(kNames, name, &NamedKind::name);
    if (found != std::end(kNames)) {
      if (parameters.empty()) parameters.assign(found->parameters, simple_type(TypeKind::dyn));
      if (parameters.size() != found->parameters)
        return bad_type(whole_, std::string{name} + " has another number of parameters");
      return pool_.add(found->kind, std::move(parameters));
    }
    const bool is_parameter = name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z';
    if (is_parameter && parameters.empty())
      return pool_.add(TypeKind::parameter, {}, std::string{name});
    if (name == "optional_type" && parameters.empty())
      parameters.push_back(simple_type(TypeKind::dyn));
    return pool_.add(TypeKind::opaque, std::move(parameters), std::string{name});
  }

  std::string_view whole_;
  std::string_view rest_;
  TypePool& pool_;
};

}  // namespace

const Type* simple_type(TypeKind kind) noexcept {
  static const std::array<Type, 10> kTypes = [] {
    std::array<Type, 10> types;
    for (std::size_t i = 0; i < types.size(); ++i) types[i].kind = static_cast<TypeKind>(i);
    return types;
  }();
  return &kTypes.at(static_cast<std::size_t>(kind));
}

bool is_same(const Type* a, const Type* b) noexcept {
  return a == b || (a->kind == b->kind && a->name == b->name &&
                    std::ranges::equal(a->parameters, b->parameters, is_same));
}

std::string_view runtime_name(const Type* type) noexcept {
  if (type->is(TypeKind::opaque) || type->is(TypeKind::parameter)) return type->name;
  const NamedKind* name = std::ranges::find(kNames, type->kind, &NamedKind::kind);
  // Those of protocol buffers come first to mind, and are the names that values have.
  if (type->is(TypeKind::timestamp)) return "google.protobuf.Timestamp";
  if (type->is(TypeKind::duration)) return "google.protobuf.Duration";
  return name->name;
}

std::string type_text(const Type* type) {
  std::string text{runtime_name(type)};
  if (type->parameters.empty()) return text;
  text += '(';
  for (const Type* parameter : type->parameters) {
    if (text.back() != '(') text += ", ";
    text += type_text(parameter);
  }
  return text + ')';
}

Result<const Type*> parse_type(std::string_view text, TypePool& pool) {
  TypeReader reader{text, pool};
  JUNCTOR_TRY(const Type* const type, reader.read());
  if (!reader.is_at_end()) return bad_type(text, "something follows it");
  return type;
}

Result<std::vector<const Type*>> parse_signature(std::string_view text, TypePool& pool) {
  const std::size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) return bad_type(text, "\"->\" was expected");
  std::vector<const Type*> types;
  TypeReader reader{text.substr(0, arrow), pool};
  if (!reader.is_at_end()) {
    do {
      JUNCTOR_TRY(const Type* const type, reader.read());
      types.push_back(type);
    } while (reader.take(','));
  }
  if (!reader.is_at_end()) return bad_type(text, "\"->\" was expected");
  JUNCTOR_TRY(const Type* const result, parse_type(text.substr(arrow + 2), pool));
  types.push_back(result);
  return types;
}

KindMask mask_of(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::dyn:
    case TypeKind::parameter: return kAnyKind;
    case TypeKind::null: return mask_of(Kind::null);
    case TypeKind::boolean: return mask_of(Kind::boolean);
    case TypeKind::int64: return mask_of(Kind::int64);
    case TypeKind::uint64: return mask_of(Kind::uint64);
    case TypeKind::float64: return mask_of(Kind::float64);
    case TypeKind::string: return mask_of(Kind::string);
    case TypeKind::bytes: return mask_of(Kind::bytes);
    case TypeKind::timestamp: return mask_of(Kind::timestamp);
    case TypeKind::duration: return mask_of(Kind::duration);
    case TypeKind::list: return mask_of(Kind::list);
    case TypeKind::map: return mask_of(Kind::map);
    case TypeKind::type: return mask_of(Kind::type);
    case TypeKind::opaque: break;
  }
  if (type->name == "net.IP") return mask_of(Kind::ip);
  if (type->name == "net.CIDR") return mask_of(Kind::cidr);
  return type->is_optional() ? mask_of(Kind::optional) : kAnyKind;
}

}  // namespace junctor::lang::cel
