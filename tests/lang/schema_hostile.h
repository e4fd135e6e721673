#pragma once
// Schemas and values that were made to cost: what they are and what must become of them.
//
// The tests look at the verdicts, schema_speed_main at the time. All are for the default limits.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace junctor::lang::schema {

enum class Fate : std::uint8_t {
  refused,   // The schema does not compile.
  bad_json,  // The value is no text that is read at all.
  stopped,   // The validation ends without a verdict.
  decided,   // It ends with one, since it is cheap after all.
};

struct HostileCase {
  std::string name;
  std::string schema;
  std::string instance;
  Fate fate = Fate::stopped;
};

[[nodiscard]] inline std::string repeated(std::string_view text, std::size_t times,
                                          std::string_view between = "") {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    if (i != 0) out += between;
    out += text;
  }
  return out;
}

// {"m0":0,"m1":0,...}
[[nodiscard]] inline std::string wide_object(std::size_t members) {
  std::string out = "{";
  for (std::size_t i = 0; i < members; ++i) out += fmt::format("{}\"m{}\":0", i == 0 ? "" : ",", i);
  return out + "}";
}

// Each level asks the next one twice, so that the last is asked 2^levels times.
[[nodiscard]] inline std::string doubling(std::string_view keyword, std::size_t levels) {
  std::string defs;
  for (std::size_t i = 0; i < levels; ++i)
    defs +=
        fmt::format(R"("a{0}":{{"{2}":[{{"$ref":"#/$defs/a{1}"}},{{"$ref":"#/$defs/a{1}"}}]}},)", i,
                    i + 1, keyword);
  return fmt::format(R"({{"$ref":"#/$defs/a0","$defs":{{{}"a{}":{}}}}})", defs, levels,
                     keyword == "allOf" ? R"({"type":"integer"})" : R"({"type":"string"})");
}

inline void add_references(std::vector<HostileCase>& cases) {
  const auto refused = [&](std::string name, std::string schema) {
    cases.push_back({std::move(name), std::move(schema), "1", Fate::refused});
  };
  refused("ref_to_itself", R"({"$ref":"#"})");
  refused("refs_in_a_ring",
          R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})");
  refused("ring_through_allOf", R"({"allOf":[{"anyOf":[{"$ref":"#"}]}]})");
  refused("ring_through_if", R"({"if":{"not":{"$ref":"#"}}})");
  refused("ring_through_dependentSchemas", R"({"dependentSchemas":{"a":{"$ref":"#"}}})");
  cases.push_back(
      {"ring_of_dynamic_refs", R"({"$dynamicAnchor":"a","$dynamicRef":"#a"})", "1", Fate::refused});
  cases.push_back({"ring_over_two_resources",
                   R"({"$id":"http://a/","$dynamicAnchor":"x","$ref":"b","$defs":{"b":
                      {"$id":"b","$dynamicAnchor":"x","$dynamicRef":"#x"}}})",
                   "1", Fate::stopped});
}

inline void add_blow_ups(std::vector<HostileCase>& cases) {
  for (const char* keyword : {"allOf", "anyOf", "oneOf"})
    cases.push_back(
        {fmt::format("exponential_{}", keyword), doubling(keyword, 40), "1", Fate::stopped});
  const std::string branch = R"({"unevaluatedProperties":true,"anyOf":[{},{},{},{}]})";
  std::string nested = branch;
  for (int i = 0; i < 20; ++i)
    nested = R"({"unevaluatedProperties":true,"anyOf":[)" + nested + "," + branch + "]}";
  cases.push_back({"unevaluated_properties", nested, wide_object(60'000), Fate::stopped});
  std::string doubled = R"({"unevaluatedItems":false,"anyOf":[{"contains":{"type":"integer"}}]})";
  for (int i = 0; i < 9; ++i)
    doubled = fmt::format(R"({{"unevaluatedItems":false,"anyOf":[{0},{0}]}})", doubled);
  cases.push_back(
      {"unevaluated_items", doubled, "[" + repeated("1", 1'000, ",") + "]", Fate::stopped});
  std::string inner = R"({"contains":{"const":2}})";
  for (int i = 0; i < 100; ++i) inner = R"({"contains":)" + inner + "}";
  cases.push_back({"contains_in_contains", inner,
                   repeated("[", 100) + repeated("[1]", 20'000, ",") + repeated("]", 100),
                   Fate::decided});
  std::string required;
  for (int i = 0; i < 20'000; ++i) required += fmt::format("{}\"m{}\"", i == 0 ? "" : ",", i);
  cases.push_back(
      {"many_required", R"({"required":[)" + required + "]}", wide_object(20'000), Fate::stopped});
  std::string patterns;
  for (int i = 0; i < 200; ++i)
    patterns += fmt::format("{}\"(a|b)*c{}\":true", i == 0 ? "" : ",", i);
  cases.push_back({"many_patterns", R"({"patternProperties":{)" + patterns + "}}",
                   wide_object(20'000), Fate::stopped});
  std::string properties;
  for (int i = 0; i < 4'900; ++i)
    properties += fmt::format(R"({}"p{}":{{"type":"string","minLength":1,"maxLength":{},)"
                              R"("title":"{:080}","const":"{:030}"}})",
                              i == 0 ? "" : ",", i, i, i, i);
  cases.push_back({"as_large_as_allowed", fmt::format(R"({{"properties":{{{}}}}})", properties),
                   wide_object(10), Fate::decided});
  cases.push_back({"many_subschemas", R"({"anyOf":[)" + repeated("{}", 30'000, ",") + "]}", "1",
                   Fate::refused});
}

inline void add_texts(std::vector<HostileCase>& cases) {
  const auto pattern = [](std::string_view text) {
    return fmt::format(R"({{"pattern":"{}"}})", text);
  };
  const auto text = [](std::string_view of) { return fmt::format("\"{}\"", of); };
  cases.push_back(
      {"pattern_of_a_megabyte", pattern(repeated("a?", 500'000)), text("a"), Fate::refused});
  cases.push_back({"pattern_in_many_pieces",
                   R"({"allOf":[)" + repeated(pattern(repeated("(a|b)?", 1'000)), 100, ",") + "]}",
                   text("a"), Fate::decided});
  cases.push_back({"pattern_that_repeats_repeats", pattern("((((a{100}){100}){100}){100})"),
                   text("a"), Fate::refused});
  cases.push_back({"pattern_of_large_classes", pattern("(?:\\\\p{L}|\\\\p{N}){1000}"), text("a"),
                   Fate::refused});
  cases.push_back({"pattern_with_many_states", pattern("(a|b)*a(a|b){200}c"),
                   text(repeated("ab", 100'000)), Fate::stopped});
  cases.push_back({"pattern_that_backtracks_elsewhere", pattern("^(a+)+$"),
                   text(repeated("a", 50'000) + "b"), Fate::decided});
  cases.push_back({"pattern_on_a_long_text", pattern("(.?){500}y"), text(repeated("x", 100'000)),
                   Fate::stopped});
  const std::string digits(400, '7');
  cases.push_back({"long_division", fmt::format(R"({{"multipleOf":{}}})", digits),
                   repeated("123456789", 20'000), Fate::stopped});
  cases.push_back({"long_numbers", R"({"multipleOf":0.3,"minimum":1})",
                   repeated("123456789", 20'000), Fate::decided});
  cases.push_back({"huge_exponents", R"({"multipleOf":1e-99999999999,"maximum":1e999999999999})",
                   "1e99999999999999", Fate::decided});
  std::string objects;
  for (int i = 0; i < 20'000; ++i)
    objects += fmt::format("{}{{\"a\":{},\"b\":[]}}", i == 0 ? "" : ",", i);
  cases.push_back(
      {"many_unique_objects", R"({"uniqueItems":true})", "[" + objects + "]", Fate::decided});
  cases.push_back({"many_unique_arrays", R"({"uniqueItems":true})",
                   "[" + repeated("[[[[[[[[]]]]]]]]", 2'000, ",") + "]", Fate::decided});
}

// What is long is met again and again.
inline void add_long_names(std::vector<HostileCase>& cases) {
  const std::string name(400'000, 'n');
  cases.push_back({"long_path_to_many_schemas",
                   fmt::format(R"({{"properties":{{"{}":{{"anyOf":[{}]}}}}}})", name,
                               repeated("{}", 4'900, ",")),
                   "1", Fate::decided});
  cases.push_back(
      {"long_path_to_many_failures", R"({"additionalProperties":{"items":{"type":"null"}}})",
       fmt::format(R"({{"{}":[{}]}})", name, repeated("1", 20'000, ",")), Fate::decided});
  cases.push_back({"long_name_looked_up_often",
                   fmt::format(R"({{"allOf":[{}],"$defs":{{"a":{{"properties":{{"{}":true}}}}}}}})",
                               repeated(R"({"$ref":"#/$defs/a"})", 4'900, ","), name),
                   fmt::format(R"({{"{}":1}})", name), Fate::stopped});
  cases.push_back({"long_text_compared_often",
                   fmt::format(R"({{"allOf":[{}],"$defs":{{"a":{{"const":"{}"}}}}}})",
                               repeated(R"({"$ref":"#/$defs/a"})", 4'900, ","), name),
                   fmt::format("\"{}\"", name), Fate::stopped});
  std::string ids;
  for (int i = 0; i < 20'000; ++i) ids += fmt::format(R"({}{{"$id":"a{}"}})", i == 0 ? "" : ",", i);
  cases.push_back({"many_ids_below_a_long_one",
                   fmt::format(R"({{"$id":"http://a/{}/","anyOf":[{}]}})", name, ids), "1",
                   Fate::refused});
  cases.push_back(
      {"many_ids", fmt::format(R"({{"$id":"http://a/","anyOf":[{}]}})", ids), "1", Fate::refused});
  // Of equal length, beginning and end, which is all that a table of names looks at.
  std::string names;
  for (int i = 0; i < 4'900; ++i)
    names += fmt::format(R"({}"a_name_of_{:06}_that_ends":1)", i == 0 ? "" : ",", i);
  std::string properties = names;
  for (std::size_t at = 0; (at = properties.find(":1", at)) != std::string::npos;)
    properties.replace(at, 2, ":{}");
  cases.push_back({"names_that_collide", fmt::format(R"({{"properties":{{{}}}}})", properties),
                   fmt::format("{{{}}}", names), Fate::decided});
}

inline void add_scopes(std::vector<HostileCase>& cases) {
  // So many anchors, references to them, and resources with an anchor of the same names each.
  const auto anchored = [](int count, int references, int resource_count) {
    std::string anchors;
    for (int i = 0; i < count; ++i) anchors += fmt::format(R"({{"$dynamicAnchor":"a{}"}},)", i);
    for (int i = 0; i < references; ++i)
      anchors += fmt::format(R"({{"$dynamicRef":"#a{}"}},)", i % count);
    std::string resources;
    for (int i = 0; i < resource_count; ++i)
      resources += fmt::format(R"("r{0}":{{"$id":"r{0}","$dynamicAnchor":"a{0}","$ref":"r{1}"}},)",
                               i, i + 1);
    return fmt::format(
        R"({{"$id":"http://a/","anyOf":[{}{{"$ref":"r0"}}],"$defs":{{{}"r{}":{{"$id":"r{}"}}}}}})",
        anchors, resources, resource_count, resource_count);
  };
  cases.push_back({"many_dynamic_anchors", anchored(4'000, 4'000, 900), "1", Fate::refused});
  cases.push_back(
      {"many_dynamic_references_in_many_resources", anchored(500, 3'900, 490), "1", Fate::decided});
  cases.push_back({"many_references_into_a_long_array",
                   fmt::format(R"({{"allOf":[{}],"prefixItems":[{}]}})",
                               repeated(R"({"$ref":"#/prefixItems/2499"})", 2'490, ","),
                               repeated("{}", 2'500, ",")),
                   "1", Fate::decided});
}

[[nodiscard]] inline std::vector<HostileCase> hostile_cases() {
  std::vector<HostileCase> cases = {
      {"schema_10000_deep", repeated(R"({"not":)", 10'000) + "{}" + repeated("}", 10'000), "1",
       Fate::refused},
      {"value_10000_deep", R"({"items":{"$ref":"#"}})",
       repeated("[", 10'000) + repeated("]", 10'000), Fate::bad_json},
      {"value_as_deep_as_allowed", R"({"items":{"$ref":"#"}})",
       repeated("[", 128) + repeated("]", 128), Fate::decided},
      {"schema_over_a_megabyte", R"({"title":")" + std::string(1'100'000, 'x') + "\"}", "1",
       Fate::refused},
  };
  add_references(cases);
  add_blow_ups(cases);
  add_texts(cases);
  add_long_names(cases);
  add_scopes(cases);
  return cases;
}

}  // namespace junctor::lang::schema
