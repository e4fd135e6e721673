#pragma once
// Expressions and inputs made to take long, for the yardstick (cel_speed_main.cc). At the default
// limits each is to be refused or stopped within 10 ms.
//
// Threads: functions of their arguments.

#include <string>
#include <string_view>
#include <vector>

namespace junctor::lang::cel {

struct HostileCase {
  std::string name;
  std::string expression;
  std::string input = "{}";
};

inline std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// {"x": {"k0": 0, "k1": 1, ...}, "y": the same}
inline std::string large_objects(std::size_t members) {
  std::string object = "{\"z\":0";
  for (std::size_t i = 0; i < members; ++i)
    object += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
  object += "}";
  return "{\"x\":" + object + ",\"y\":" + object + "}";
}

// What is nested, long or large as it is written.
inline void add_texts(std::vector<HostileCase>& cases) {
  constexpr std::size_t kDeep = 10'000;
  const auto add = [&](const char* name, std::string expression) {
    cases.push_back({.name = name, .expression = std::move(expression)});
  };
  add("parentheses", repeated("(", kDeep) + "1" + repeated(")", kDeep));
  add("lists in lists", repeated("[", kDeep) + repeated("]", kDeep));
  add("maps in maps", repeated("{1:", kDeep) + "1" + repeated("}", kDeep));
  add("calls in calls", repeated("type(", kDeep) + "1" + repeated(")", kDeep));
  add("negations", repeated("!", 60'000) + "true");
  add("minus signs", repeated("-", 60'000) + "1");
  add("chain of fields", "x" + repeated(".a", 30'000));
  add("chain of indices", "x" + repeated("[0]", 20'000));
  add("chain of methods", "x" + repeated(".size()", 9'000));
  add("long sum", repeated("1+", 32'000) + "1");
  add("wide disjunction", repeated("x||", 19'000) + "x");
  add("long conditional", repeated("x==1?1:", 9'000) + "2");
  add("nested conditional", repeated("(x==1?", 9'000) + "2" + repeated(":1)", 9'000));
  add("large list of numbers", "[" + repeated("1,", 32'000) + "1]");
  add("large list within the limits", "[" + repeated("1,", 19'000) + "1]");
  add("list of mixed types", "[" + repeated("1,'a',[1],", 4'500) + "1]");
  add("lists of empty lists", "[" + repeated("[],", 9'000) + "[]]");
  std::string map = "{0:0";
  for (int i = 1; i < 6'000; ++i) map += "," + std::to_string(i) + ":0";
  add("large map", map + "}");
  add("long text", "'" + repeated("a", 65'000) + "'");
  add("long name", repeated("a", 65'000));
  add("unknown names", "[" + repeated("q,", 19'000) + "q]");
  add("unknown functions", "[" + repeated("q(),", 9'000) + "q()]");
  add("calls of wrong types", "[" + repeated("'a'+1,", 6'000) + "1]");
  add("additions of dyn", repeated("x+", 19'000 / 2) + "x");
  add("additions of empty lists", repeated("[]+", 6'000) + "[]");
  add("garbage", repeated("\"\x01\\", 20'000));
  add("deep macros", repeated("[1].all(a,", 5'000) + "true" + repeated(")", 5'000));
}

// What multiplies while it runs.
inline void add_growth(std::vector<HostileCase>& cases) {
  const auto add = [&](const char* name, std::string expression) {
    cases.push_back({.name = name, .expression = std::move(expression)});
  };
  std::string list = "[0";
  for (int i = 1; i < 100; ++i) list += "," + std::to_string(i);
  list += "]";
  const auto nest = [&](std::string_view macro, std::string inner) {
    for (int i = 0; i < 7; ++i)
      inner = list + "." + std::string{macro} + "(v" + std::to_string(i) + ", " + inner + ")";
    return inner;
  };
  add("nested all()", nest("all", "true"));
  add("nested exists()", nest("exists", "false"));
  add("nested map()", nest("map", "1"));
  add("nested filter()", nest("filter", "true"));
  add("plain loop", "lists.range(1000000).all(i, i >= 0)");
  add("texts doubled", "['0123456789abcdef']" + repeated(".map(s, s + s)", 60) + "[0].size()");
  add("texts replaced", "'a'" + repeated(".replace('a', 'aaaaaaaaaaaaaaaaaaaa')", 30) + ".size()");
  add("texts formatted", "['abcdefgh']" + repeated(".map(s, '%s%s%s%s'.format([s,s,s,s]))", 30));
  add("texts joined", "lists.range(100000).map(i, 'abcdefgh').join('abcdefgh').size()");
  add("numbers written", "lists.range(50000).map(i, string(i)).size()");
  const std::string shared = "[1]" + repeated(".map(l, [l, l])", 60);
  add("equality of shared lists", shared + " == " + shared);
  add("membership of shared lists", shared + " in [" + shared + "]");
  add("shared lists formatted", "'%s'.format([" + shared + "]).size()");
  add("shared lists flattened", shared + ".flatten(64).size()");
  add("shared lists made distinct", "[" + shared + ", " + shared + "].distinct().size()");
  add("lists doubled", "[[1]]" + repeated(".map(l, l + l)", 60) + "[0].size()");
  add("distinct", "lists.range(100000).distinct().size()");
  add("sorted", "lists.range(100000).map(i, -i).sort().size()");
  add("sets", "sets.equivalent(lists.range(20000), lists.range(20000))");
  add("folded text", repeated("'a'+", 15'000) + "'a'");
  add("folded lists", "[1]" + repeated("+[1]", 9'000));
}

// What the input makes large.
inline void add_inputs(std::vector<HostileCase>& cases) {
  const auto add = [&](const char* name, const char* expression, std::string input) {
    cases.push_back({.name = name, .expression = expression, .input = std::move(input)});
  };
  const std::string text(1'000'000, 'a');
  const std::string x = R"({"x":")" + text + "\"}";
  const std::string both = R"({"x":")" + text + R"(","y":")" + text + "\"}";
  add("pattern of 1 MB", "'a'.matches(x)", x);
  cases.push_back({.name = "literal pattern of 60 KB",
                   .expression = "'a'.matches('" + std::string(60'000, 'a') + "')"});
  cases.push_back({.name = "many literal patterns",
                   .expression = repeated("x.matches('(a{1,30}){1,30}')||", 1'500) + "true",
                   .input = R"({"x":"a"})"});
  add("counted pattern", "'a'.matches(x)", R"({"x":"((a{1,30}){1,30})b"})");
  add("counted pattern, long text", "y.matches(x)",
      R"({"x":"((a{1,30}){1,30})b","y":")" + text + "\"}");
  add("many patterns", "lists.range(10000).all(i, !'b'.matches('(a{1,30}){1,30}' + string(i)))",
      "{}");
  add("pattern with many states", "y.matches('(x|y)*x(x|y){12}z')",
      R"({"y":")" + repeated("xyyxxyxyxxy", 90'000) + "\"}");
  add("pattern with many states, short", "y.matches('(x|y)*x(x|y){12}z')",
      R"({"y":")" + repeated("xyyxxyxyxxy", 5'000) + "\"}");
  add("text found nowhere", "x.contains(y)",
      R"({"x":")" + text + R"(","y":")" + std::string(500'000, 'a') + "b\"}");
  add("text looked for often", "lists.range(1000).all(i, !x.contains('aaaaaaaaaab'))", x);
  add("last index", "x.lastIndexOf('b' + y)", R"({"x":")" + text + R"(","y":"aaaaaaaaaaaaaaaa"})");
  add("texts compared often", "lists.range(100000).all(i, x == y)", both);
  add("texts sorted", "lists.range(10000).map(i, x).sort().size()", x);
  add("size of text", "lists.range(10000).all(i, x.size() > 0)", x);
  add("split", "x.split('').size()", x);
  add("upper case", "lists.range(1000).all(i, x.upperAscii() != '')", x);
  const std::string objects = large_objects(20'000);
  add("members walked", "x.all(k, true)", objects);
  add("members found", "lists.range(100000).all(i, x.k19999 == 19999.0)", objects);
  add("members looked up", "lists.range(100000).all(i, x['k' + string(i)] == 0)", objects);
  add("objects compared", "x == y", objects);
  add("objects compared often", "lists.range(100000).all(i, x == y)", large_objects(1'000));
  add("size of object", "lists.range(100000).all(i, x.size() > 0)", large_objects(2'000));
  add("size of large object", "x.size()", objects);
  add("object as map", "x.transformMap(k, v, v).size()", large_objects(2'000));
  add("object formatted", "'%s'.format([x]).size()", objects);
  add("objects in a list", "[x, y].distinct().size()", objects);
  const std::string deep = repeated("[", 120) + repeated("]", 120);
  add("deep JSON", "x == x && '%s'.format([x]).size() > 0", "{\"x\":" + deep + "}");
  std::string numbers = "[0";
  for (int i = 1; i < 100'000; ++i) numbers += ",1" + std::to_string(i) + "e-" + std::to_string(i);
  add("numbers of the input", "x.all(v, v >= 0.0)", "{\"x\":" + numbers + "]}");
  add("large number", "x > 1.0", "{\"x\":" + repeated("9", 1'000'000) + "}");
  add("large fraction", "lists.range(10000).all(i, x < 1.0)",
      "{\"x\":0." + repeated("3", 100'000) + "}");
  add("membership in a large list", "lists.range(10000).all(i, !('b' in x))",
      "{\"x\":[" + repeated("\"a\",", 50'000) + "\"a\"]}");
}

inline std::vector<HostileCase> hostile_cases() {
  std::vector<HostileCase> cases;
  add_texts(cases);
  add_growth(cases);
  add_inputs(cases);
  return cases;
}

}  // namespace junctor::lang::cel
