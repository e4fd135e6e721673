// Goal: a body in pieces gives the same stops, envelope and verdict as the whole, so that a relay
// may
//       replace the id and repair the result as bytes pass.
// Method: a table of bodies with the trace of stops expected, fed whole and in pieces of every
// size;
//         and texts of every kind, whose verdict must be that of the scan (json_scan.h).

#include "wire/json_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "wire/jsonrpc.h"

namespace junctor::wire {
namespace {

std::string_view stop_name(JsonStop stop) {
  switch (stop) {
    case JsonStop::more: return "more";
    case JsonStop::id_begin: return "id";
    case JsonStop::id_end: return "end";
    case JsonStop::result_end: return "result";
    case JsonStop::document_end: return "document";
    case JsonStop::fault: return "fault";
  }
  return "?";
}

// Stops with their absolute offsets: "id@6 end@7 document@8".
std::string trace(JsonStream& stream, std::string_view text, std::size_t piece_bytes) {
  std::string out;
  const auto note = [&](JsonStop stop) {
    if (!out.empty()) out += ' ';
    out += std::string{stop_name(stop)} + "@" + std::to_string(stream.offset());
  };
  while (!text.empty()) {
    std::string_view piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    while (true) {
      const JsonStream::Step step = stream.feed(piece);
      piece.remove_prefix(step.used);
      if (step.stop == JsonStop::more) break;
      note(step.stop);
      if (step.stop == JsonStop::fault) return out;
    }
    EXPECT_TRUE(piece.empty());
  }
  const JsonStop last = stream.finish();
  if (last != JsonStop::more) note(last);
  return out;
}

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view want;
  JsonStream::Documents documents = JsonStream::Documents::one;
};

constexpr auto kMany = JsonStream::Documents::many;

const Case kCases[] = {
    {"answer", R"({"jsonrpc":"2.0","id":1,"result":{"a":1}})",
     "id@22 end@23 result@39 document@41"},
    {"id_last", R"({"result":{},"id":"x"})", "result@11 id@18 end@21 document@22"},
    {"blanks_around", R"( { "id" : 12 , "result" : { } } )", "id@10 end@12 result@28 document@31"},
    {"error", R"({"error":{"code":1},"id":3})", "id@25 end@26 document@27"},
    {"result_is_no_object", R"({"result":[{}],"id":3})", "id@20 end@21 document@22"},
    {"nested_results_are_not_it", R"({"x":{"result":{},"id":4}})", "document@26"},
    {"result_within_result", R"({"result":{"result":{},"id":4}})", "result@29 document@31"},
    {"id_in_an_array_is_not_it", R"([{"id":1,"result":{}}])", "document@22"},
    {"escaped_keys", R"({"i\u0064":1,"r\u0065sult":{}})", "id@11 end@12 result@28 document@30"},
    {"id_null", R"({"id":null})", "id@6 end@10 document@11"},
    {"id_object", R"({"id":{"id":[1]}})", "id@6 end@16 document@17"},
    {"id_twice", R"({"id":1,"id":2})", "id@6 end@7 fault@12"},
    {"result_twice", R"({"result":{},"result":{}})", "result@11 fault@21"},
    {"result_type_twice", R"({"result":{"resultType":1,"resultType":2}})", "fault@38"},
    {"other_key_twice", R"({"x":1,"x":{"id":1,"id":2}})", "document@27"},
    {"root_number_ends_with_the_body", " 12", "document@3"},
    {"root_number_ends_with_a_blank", "12 ", "document@2"},
    {"cut_number", "1.", "fault@2"},
    {"nothing", "", "fault@0"},
    {"blanks_alone", "\n ", "fault@2"},
    {"second_document", "{}\n{}", "document@2 fault@3"},
    {"byte_order_mark", "\xEF\xBB\xBF{}", "document@5"},
    {"half_a_byte_order_mark", "\xEF\xBB", "fault@2"},
    {"open_end", R"({"id":1)", "id@6 fault@7"},
    {"lines", "{\"id\":1}\n{\"id\":2}\n", "id@6 end@7 document@8 id@15 end@16 document@17", kMany},
    {"documents_without_blanks", "{}[]1 2", "document@2 document@4 document@5 document@7", kMany},
    {"lines_with_a_fault", "{}\nx", "document@2 fault@3", kMany},
    {"no_lines", "\n", "fault@1", kMany},
};

class Stops : public testing::TestWithParam<Case> {};

TEST_P(Stops, AreTheSameForEveryCut) {
  const Case& row = GetParam();
  for (std::size_t piece_bytes = row.text.size() + 1; piece_bytes > 0; --piece_bytes) {
    JsonStream stream{row.documents};
    EXPECT_EQ(trace(stream, row.text, piece_bytes), row.want) << "pieces of " << piece_bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Bodies, Stops, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

JsonStream read(std::string_view text, std::size_t piece_bytes) {
  JsonStream stream;
  const std::string stops = trace(stream, text, piece_bytes);
  EXPECT_TRUE(stops.ends_with("document@" + std::to_string(text.size()))) << stops;
  return stream;
}

TEST(Envelope, NotesTheKindsOfItsMembers) {
  constexpr std::string_view kText = R"({"jsonrpc":"2.0","id":"a\u0062","method":"m","params":[],)"
                                     R"("result":{"resultType":"x"},"error":null})";
  for (const std::size_t piece_bytes : {1, 2, 5, 1000}) {
    const JsonStream stream = read(kText, piece_bytes);
    const JsonEnvelope& envelope = stream.envelope();
    EXPECT_EQ(envelope.root, JsonKind::object);
    EXPECT_EQ(envelope.jsonrpc, JsonKind::string);
    EXPECT_EQ(envelope.id, JsonKind::string);
    EXPECT_EQ(envelope.method, JsonKind::string);
    EXPECT_EQ(envelope.params, JsonKind::array);
    EXPECT_EQ(envelope.result, JsonKind::object);
    EXPECT_EQ(envelope.error, JsonKind::null);
    EXPECT_EQ(envelope.result_type, JsonKind::string);
    EXPECT_FALSE(envelope.result_is_empty);
    EXPECT_EQ(stream.id(), R"("a\u0062")");
  }
}

TEST(Envelope, KnowsAnEmptyResult) {
  EXPECT_TRUE(read(R"({"result":{ }})", 1).envelope().result_is_empty);
  EXPECT_FALSE(read(R"({"result":{"":0}})", 1).envelope().result_is_empty);
  EXPECT_EQ(read(R"({"result":{"x":{"resultType":1}}})", 1).envelope().result_type, JsonKind::none);
  EXPECT_EQ(read(R"({"resultType":1})", 1).envelope().result_type, JsonKind::none);
  EXPECT_EQ(read(R"({"result":{"resultTyp\u0065":1}})", 1).envelope().result_type,
            JsonKind::number);
  EXPECT_EQ(read(R"({"result":{"resultTypeAndMore":1}})", 1).envelope().result_type,
            JsonKind::none);
  EXPECT_EQ(read("{\"result\":{\"resultType\xC3\xA4\":1}}", 1).envelope().result_type,
            JsonKind::none);
}

TEST(Envelope, BeginsAnewWithEachDocument) {
  JsonStream stream{kMany};
  std::string_view text = "{\"id\":1,\"result\":{}}\n{\"id\":22}\n{}";
  std::vector<std::string> ids;
  while (true) {
    const JsonStream::Step step = stream.feed(text);
    text.remove_prefix(step.used);
    if (step.stop == JsonStop::document_end) ids.emplace_back(stream.id());
    if (step.stop == JsonStop::more) break;
    ASSERT_NE(step.stop, JsonStop::fault);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"1", "22", ""}));
  EXPECT_EQ(stream.documents_seen(), 3U);
  EXPECT_EQ(stream.envelope().result, JsonKind::none);
}

TEST(Id, IsKeptUpToItsLimit) {
  const auto with_id = [](std::size_t digits) {
    return R"({"id":)" + std::string(digits, '7') + R"(,"result":{}})";
  };
  EXPECT_EQ(read(with_id(kJsonIdBytesMax), 10).id(), std::string(kJsonIdBytesMax, '7'));
  EXPECT_EQ(read(with_id(kJsonIdBytesMax + 1), 10).id(), "");
  EXPECT_EQ(read(with_id(kJsonIdBytesMax + 1), 10).envelope().id, JsonKind::number);
  EXPECT_EQ(read(with_id(5000), 1).id(), "");
  EXPECT_EQ(read(R"({"id":[1]})", 1).id(), "");
}

TEST(Limits, EndABodyThatIsTooLong) {
  for (const std::size_t piece_bytes : {1, 3, 100}) {
    JsonStream exact{JsonStream::Documents::one, {.body_bytes_max = 7}};
    EXPECT_EQ(trace(exact, R"({"a":1})", piece_bytes), "document@7");
    JsonStream over{JsonStream::Documents::one, {.body_bytes_max = 6}};
    EXPECT_EQ(trace(over, R"({"a":1})", piece_bytes), "fault@6");
    EXPECT_EQ(over.fault(), JsonFault::too_large);
  }
}

TEST(Faults, AreFinal) {
  JsonStream stream;
  EXPECT_EQ(stream.feed("[}").stop, JsonStop::fault);
  EXPECT_EQ(stream.fault(), JsonFault::syntax);
  EXPECT_EQ(stream.offset(), 1U);
  EXPECT_EQ(stream.feed("]").stop, JsonStop::fault);
  EXPECT_EQ(stream.feed("").used, 0U);
  EXPECT_EQ(stream.finish(), JsonStop::fault);
}

TEST(Faults, AreNamedLikeThoseOfTheScan) {
  for (const std::string_view text : {"[01]", "[1.]", "[\"\xFF\"]", "[\"\xED\xA0\x80\"]", "[tru]",
                                      "{}x", "[\"\n\"]", "{\"id\":1,\"id\":2}"}) {
    JsonStream stream;
    EXPECT_TRUE(trace(stream, text, 1).find("fault@") != std::string::npos) << text;
    EXPECT_EQ(stream.fault(),
              text.starts_with("{\"id") ? JsonFault::duplicate_key : scan_json(text).fault)
        << text;
  }
}

// What a relay does: another id, and `resultType` where it is missing.
std::string relay(std::string_view text, std::size_t piece_bytes) {
  JsonStream stream;
  std::string out;
  bool in_id = false;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    while (true) {
      const JsonStream::Step step = stream.feed(piece);
      if (!in_id) out += piece.substr(0, step.used);
      piece.remove_prefix(step.used);
      if (step.stop == JsonStop::more || step.stop == JsonStop::fault) break;
      const JsonEnvelope& envelope = stream.envelope();
      if (step.stop == JsonStop::id_begin) out += "\"new\"";
      if (step.stop == JsonStop::result_end && envelope.result_type == JsonKind::none) {
        out += envelope.result_is_empty ? "" : ",";
        out += R"("resultType":"complete")";
      }
      in_id = step.stop == JsonStop::id_begin;
    }
  }
  EXPECT_NE(stream.finish(), JsonStop::fault);
  return out;
}

TEST(Relay, ReplacesTheIdAndRepairsTheResult) {
  struct Row {
    std::string_view from;
    std::string_view to;
  };
  const Row rows[] = {
      {R"({"id":17,"result":{"a":[]}})",
       R"({"id":"new","result":{"a":[],"resultType":"complete"}})"},
      {R"({"result":{},"id": "x" })", R"({"result":{"resultType":"complete"},"id": "new" })"},
      {R"({"result":{"resultType":"task"},"id":null})",
       R"({"result":{"resultType":"task"},"id":"new"})"},
  };
  for (const Row& row : rows) {
    for (std::size_t piece_bytes = 1; piece_bytes <= row.from.size(); ++piece_bytes) {
      EXPECT_EQ(relay(row.from, piece_bytes), row.to) << piece_bytes;
    }
    EXPECT_TRUE(parse_jsonrpc(row.to).scan);
  }
}

TEST(Memory, IsConstant) {
  static_assert(sizeof(JsonStream) <= 512);
}

// --- the verdict of the scan
// -----------------------------------------------------------------------

// One row for each rule of RFC 8259, kept and broken.
const std::string_view kTexts[] = {
    // Structure.
    "{}",
    "[]",
    " {} ",
    "\t[\r\n]",
    "[[]]",
    "[{}]",
    R"({"a":{}})",
    R"({"a":[]})",
    "[1,2]",
    R"({"a":1,"b":2})",
    "{",
    "}",
    "[",
    "]",
    "[}",
    "{]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1 2]",
    "[1,,2]",
    R"({"a"})",
    R"({"a":})",
    R"({"a":1,})",
    R"({,"a":1})",
    R"({"a" 1})",
    R"({"a"::1})",
    R"({"a",1})",
    R"({a:1})",
    "{1:2}",
    "{null:1}",
    R"({"a":1 "b":2})",
    "[]]",
    "{}}",
    "[:]",
    ":",
    ",",
    // Literals.
    "true",
    "false",
    "null",
    "tru",
    "fals",
    "nul",
    "t",
    "True",
    "TRUE",
    "nulls",
    "truefalse",
    "[true,false,null]",
    "[truE]",
    "undefined",
    "NaN",
    "Infinity",
    "-Infinity",
    // Numbers.
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "1234567890123456789012345678901234567890",
    "1.5",
    "-1.5",
    "0.0",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "1.5e10",
    "0e0",
    "00",
    "01",
    "-01",
    "-",
    "+1",
    ".5",
    "5.",
    "1.e5",
    "1e",
    "1e+",
    "1e-",
    "1ee5",
    "1e5.5",
    "--1",
    "1-",
    "1+1",
    "0x1",
    "1_0",
    "1 ",
    "[1.]",
    "[-]",
    "[1e]",
    "[-,1]",
    // Strings.
    R"("")",
    R"("a")",
    R"("\"")",
    R"("\\")",
    R"("\/")",
    R"("\b\f\n\r\t")",
    R"("\u0041")",
    R"("\u00e9\uABCD")",
    R"("\ud83d\ude00")",
    R"("\ud83d")",
    R"("\ude00\ud83d")",
    R"(")",
    R"("a)",
    R"("\)",
    R"("\")",
    R"("\x")",
    R"("\'")",
    R"("\u")",
    R"("\u0")",
    R"("\u00")",
    R"("\u004")",
    R"("\u004g")",
    R"("\U0041")",
    "\"\n\"",
    "\"\t\"",
    "\"\x1F\"",
    "\"\x7F\"",
    "'a'",
    R"("a"b)",
    R"("a""b")",
    // UTF-8.
    "\"\xC3\xA9\"",
    "\"\xE4\xB8\xAD\"",
    "\"\xF0\x9F\x98\x80\"",
    "\"\xEF\xBF\xBF\"",
    "\"\xF4\x8F\xBF\xBF\"",
    "\"\xC0\x80\"",
    "\"\xC1\xBF\"",
    "\"\xE0\x80\x80\"",
    "\"\xE0\x9F\xBF\"",
    "\"\xED\xA0\x80\"",
    "\"\xED\xBF\xBF\"",
    "\"\xF0\x8F\xBF\xBF\"",
    "\"\xF4\x90\x80\x80\"",
    "\"\xF5\x80\x80\x80\"",
    "\"\x80\"",
    "\"\xBF\"",
    "\"\xC3\"",
    "\"\xC3(\"",
    "\"\xE4\xB8\"",
    "\"\xE4\xB8(\"",
    "\"\xF0\x9F\x98\"",
    "\"\xFE\"",
    "\"\xFF\"",
    "\xC3\xA9",
    "{\"\xC3\xA9\":1}",
    // Blanks, and what is none.
    " ",
    "\n\n",
    "\v1",
    "\f1",
    ("\xC2\xA0"
     "1"),
    "// 1",
    "/* */ 1",
    "# 1",
    "1 2",
    "{} {}",
    "1,",
    // A byte order mark, and nearly one.
    ("\xEF\xBB\xBF"
     "1"),
    "\xEF\xBB\xBF",
    ("\xEF\xBB"
     "1"),
    ("\xEF"
     "1"),
    ("\xFE\xFF"
     "1"),
    ("\xEF\xBB\xBF\xEF\xBB\xBF"
     "1"),
    "1\xEF\xBB\xBF",
    // The envelope.
    R"({"id":1,"id":1})",
    R"({"result":{"resultType":1,"resultType":1}})",
    R"({"x":1,"x":2})",
    R"({"id":1,"x":[}})",
    R"({"result":{"a":[}})",
    R"({"method":"m","method":"m"})",
    R"({"result":{},"error":{}})",
    R"({"result":{"x":{"resultType":1},"resultType":2}})",
};

constexpr KeyNode kResultTree[] = {{.key = "resultType", .slot = 6}};
constexpr KeyNode kEnvelopeTree[] = {
    {.key = "jsonrpc", .slot = 0}, {.key = "id", .slot = 1},
    {.key = "method", .slot = 2},  {.key = "params", .slot = 3},
    {.key = "error", .slot = 4},   {.key = "result", .slot = 5, .children = kResultTree},
};

TEST(Verdict, IsThatOfTheScanForEveryCut) {
  for (const std::string_view text : kTexts) {
    std::array<JsonValue, 7> slots;
    const ScanResult scan = scan_json(text, kEnvelopeTree, slots);
    for (std::size_t piece_bytes = 1; piece_bytes <= text.size(); ++piece_bytes) {
      JsonStream stream;
      (void)trace(stream, text, piece_bytes);
      // The scan tells a duplicate only when all else is right, the stream where it meets it.
      if (stream.fault() == JsonFault::duplicate_key) {
        EXPECT_NE(scan.fault, JsonFault::none) << text;
        continue;
      }
      EXPECT_EQ(stream.fault(), scan.fault) << text << ", in pieces of " << piece_bytes;
    }
  }
}

TEST(Verdict, IsThatOfTheScanWhereverAByteIsChanged) {
  constexpr std::string_view kText = R"({"id":-1.5e3,"result":{"a":["\u00e9",true,null]}})";
  for (std::size_t at = 0; at < kText.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text{kText};
      text[at] = static_cast<char>(byte);
      JsonStream stream;
      (void)trace(stream, text, 7);
      std::array<JsonValue, 7> slots;
      EXPECT_EQ(stream.fault(), scan_json(text, kEnvelopeTree, slots).fault)
          << "byte " << byte << " at " << at;
    }
  }
}

TEST(Verdict, OfATextThatIsCutIsAFault) {
  constexpr std::string_view kText = R"({"id":"a","result":{"a":[1,2.5,"x\n",false]}})";
  for (std::size_t bytes = 0; bytes < kText.size(); ++bytes) {
    JsonStream stream;
    (void)trace(stream, kText.substr(0, bytes), 3);
    EXPECT_EQ(stream.fault(), scan_json(kText.substr(0, bytes)).fault) << bytes;
    EXPECT_NE(stream.fault(), JsonFault::none) << bytes;
    EXPECT_EQ(stream.offset(), bytes);
  }
}

TEST(Depth, IsThatOfTheScan) {
  for (const std::size_t depth : {kJsonDepthMax - 1, kJsonDepthMax, kJsonDepthMax + 1}) {
    for (const std::string_view pair : {"[]", "{}"}) {
      std::string text;
      for (std::size_t i = 0; i < depth; ++i) text += pair[0] == '[' ? "[" : R"({"a":)";
      text += '1';
      text += std::string(depth, pair[1]);
      JsonStream stream;
      (void)trace(stream, text, 5);
      EXPECT_EQ(stream.fault(), depth > kJsonDepthMax ? JsonFault::depth : JsonFault::none);
      EXPECT_EQ(stream.fault(), scan_json(text).fault);
    }
  }
}

}  // namespace
}  // namespace junctor::wire
