#include "lang/schema/unicode_names.h"

#include <algorithm>

#include <re2/re2.h>

namespace junctor::lang::schema {
namespace {

struct Alias {
  std::string_view name;
  std::string_view known;
};

constexpr Alias kCategories[] = {
    {"Letter", "L"},
    {"Cased_Letter", "LC"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Format", "Cf"},
    {"Surrogate", "Cs"},
    {"Private_Use", "Co"},
};

constexpr Alias kScripts[] = {
    {"Arab", "Arabic"},    {"Armn", "Armenian"},   {"Beng", "Bengali"},  {"Bopo", "Bopomofo"},
    {"Cyrl", "Cyrillic"},  {"Deva", "Devanagari"}, {"Ethi", "Ethiopic"}, {"Geor", "Georgian"},
    {"Grek", "Greek"},     {"Gujr", "Gujarati"},   {"Guru", "Gurmukhi"}, {"Hang", "Hangul"},
    {"Hani", "Han"},       {"Hebr", "Hebrew"},     {"Hira", "Hiragana"}, {"Kana", "Katakana"},
    {"Khmr", "Khmer"},     {"Knda", "Kannada"},    {"Laoo", "Lao"},      {"Latn", "Latin"},
    {"Mlym", "Malayalam"}, {"Mong", "Mongolian"},  {"Mymr", "Myanmar"},  {"Orya", "Oriya"},
    {"Sinh", "Sinhala"},   {"Taml", "Tamil"},      {"Telu", "Telugu"},   {"Thai", "Thai"},
    {"Tibt", "Tibetan"},   {"Zinh", "Inherited"},  {"Zyyy", "Common"},
};

bool is_known(std::string_view name) {
  RE2::Options options;
  options.set_log_errors(false);
  return RE2{"\\p{" + std::string{name} + "}", options}.ok();
}

std::string_view known_as(std::string_view name, const Alias* begin, const Alias* end) noexcept {
  const auto* const found =
      std::find_if(begin, end, [&](const Alias& a) { return a.name == name; });
  return found == end ? name : found->known;
}

}  // namespace

std::string re2_property(std::string_view name) {
  if (name == "Any" || name == "ASCII") return std::string{name};
  bool is_category = true;
  const std::size_t equals = name.find('=');
  if (equals != std::string_view::npos) {
    const std::string_view kind = name.substr(0, equals);
    name.remove_prefix(equals + 1);
    is_category = kind == "General_Category" || kind == "gc";
    if (!is_category && kind != "Script" && kind != "sc") return {};
  }
  const bool is_plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
  if (!is_plain) return {};
  const std::string_view known =
      is_category ? known_as(name, std::begin(kCategories), std::end(kCategories))
                  : known_as(name, std::begin(kScripts), std::end(kScripts));
  // Categories have at most two letters, and a script is never named alone.
  if (is_category != (known.size() <= 2) || known == "LC" || !is_known(known)) return {};
  return std::string{known};
}

}  // namespace junctor::lang::schema
