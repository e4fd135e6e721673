// Goal: people read what a server said, and nothing that it said reaches the terminal as a command.
// Method: rows of JSON and of the text that must come of it.

#include "cli/render.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace junctor::cli {
namespace {

using wire::JsonValue;

JsonValue json(std::string_view text) {
  const auto scan = wire::scan_json(text);
  EXPECT_TRUE(scan) << text;
  return scan.root;
}

struct Row {
  std::string_view name;
  std::string_view given;
  std::string_view text;
};

const Row kLines[] = {
    {"plain", "a b", "a b"},
    {"lines_and_tabs_stay", "a\n\tb\n", "a\n\tb\n"},
    {"crlf_is_a_line_end", "a\r\nb", "a\nb"},
    {"a_bare_cr_is_shown", "a\rb", "a\\x0db"},
    {"escape", "\x1b[2Jx", "\\x1b[2Jx"},
    {"bell_and_del", "\x07\x7f", "\\x07\\x7f"},
    {"c1", "\xc2\x9b", "\\xc2\\x9b"},
    {"not_utf8", "\xff\xfe", "\\xff\\xfe"},
    {"backslashes_stay", "C:\\dir\\n", "C:\\dir\\n"},
    {"letters_of_all_kinds", "é 日本 🦊", "é 日本 🦊"},
    {"cut_sequence", "a\xe6\x97\n", "a\\xe6\\x97\n"},
    {"empty", "", ""},
};

TEST(Render, LinesAreSafe) {
  for (const Row& row : kLines) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(safe_lines(row.given), row.text);
  }
  // Nothing is cut, however much of it has to be escaped.
  EXPECT_EQ(safe_lines(std::string(1000, '\x1b')).size(), 4000U);
}

TEST(Render, ATableHasColumnsAndNoTrailingBlanks) {
  const std::vector<std::vector<std::string>> rows{
      {"NAME", "DESCRIPTION"}, {"é", "one"}, {"longer", ""}, {"x\ny", "\x1b"}};
  EXPECT_EQ(table(rows),
            "NAME    DESCRIPTION\n"
            "é       one\n"
            "longer\n"
            "x\\x0ay  \\x1b\n");
  EXPECT_EQ(table({}), "");
  const std::vector<std::vector<std::string>> long_cell{{std::string(1000, 'x')}};
  EXPECT_EQ(table(long_cell).size(), kCellBytesMax + 1);
}

const Row kSummaries[] = {
    {"title", R"({"title":"T","description":"D"})", "T"},
    {"first_line", R"({"description":"\n  One.\nTwo."})", "One."},
    {"title_without_text", R"({"title":" ","description":"D"})", "D"},
    {"neither", R"({"name":"n"})", ""},
    {"wrong_kinds", R"({"title":7,"description":null})", ""},
};

TEST(Render, ASummaryIsOneLine) {
  for (const Row& row : kSummaries) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(summary_of(json(row.given)), row.text);
  }
}

const Row kContent[] = {
    {"text", R"({"type":"text","text":"a\nb"})", "a\nb\n"},
    {"text_with_its_own_end", R"({"type":"text","text":"a\n"})", "a\n"},
    {"empty_text", R"({"type":"text","text":""})", ""},
    {"escape_in_text", R"({"type":"text","text":"\u001b]0;x\u0007"})", "\\x1b]0;x\\x07\n"},
    {"lone_surrogate", R"({"type":"text","text":"\ud800"})", "\\xed\\xa0\\x80\n"},
    {"image", R"({"type":"image","mimeType":"image/png","data":"AAAA"})",
     "[image image/png, 3 bytes]\n"},
    {"image_with_padding", R"({"type":"image","mimeType":"image/png","data":"AA=="})",
     "[image image/png, 1 byte]\n"},
    {"audio_without_anything", R"({"type":"audio"})", "[audio, 0 bytes]\n"},
    {"padding_alone", R"({"type":"audio","data":"=="})", "[audio, 0 bytes]\n"},
    {"link",
     R"({"type":"resource_link","uri":"file:///a","name":"A","mimeType":"text/plain","size":7})",
     "[resource link file:///a \"A\" text/plain, 7 bytes]\n"},
    {"embedded_text", R"({"type":"resource","resource":{"uri":"a:b","text":"x"}})", "x\n"},
    {"embedded_blob",
     R"({"type":"resource","resource":{"uri":"a:b","mimeType":"image/png","blob":"AAA="}})",
     "[resource a:b image/png, 2 bytes]\n"},
    {"unknown", R"({"type":"hologram","x":1})", "{\"type\":\"hologram\",\"x\":1}\n"},
    {"no_block_at_all", R"("x")", "\"x\"\n"},
};

TEST(Render, EachKindOfContentHasItsForm) {
  for (const Row& row : kContent) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(content_text(json(row.given)), row.text);
  }
}

const Row kResults[] = {
    {"several", R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})", "a\nb\n"},
    {"structured", R"({"content":[],"structuredContent":{"a":1}})", "{\"a\":1}\n"},
    {"both", R"({"content":[{"type":"text","text":"one"}],"structuredContent":[1]})", "one\n[1]\n"},
    {"said_twice",
     R"({"content":[{"type":"text","text":"{\"a\":1}"}],"structuredContent":{"a":1}})",
     "{\"a\":1}\n"},
    {"null_is_structured_too", R"({"content":[],"structuredContent":null})", "null\n"},
    {"nothing", "{}", ""},
};

TEST(Render, AToolResultIsItsContentAndItsStructure) {
  for (const Row& row : kResults) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(tool_result_text(json(row.given)), row.text);
  }
}

TEST(Render, PromptsAndResourcesAreTheirTexts) {
  EXPECT_EQ(prompt_text(json(R"({"messages":[{"role":"user","content":{"type":"text","text":"q"}},)"
                             R"({"role":"assi\u001bstant","content":[{"type":"text","text":"a"},)"
                             R"({"type":"text","text":"b"}]}]})")),
            "user:\nq\nassi\\x1bstant:\na\nb\n");
  EXPECT_EQ(resource_text(json(R"({"contents":[{"uri":"a:1","text":"x"},)"
                               R"({"uri":"a:2","blob":"AAAA"}]})")),
            "x\n[resource a:2, 3 bytes]\n");
}

TEST(Render, AToolIsDescribedWithItsArguments) {
  EXPECT_EQ(tool_description(json(
                R"({"name":"t","title":"Title","description":"Does it.\nWell.","inputSchema":{)"
                R"("properties":{"a":{"type":"string","description":"First."},)"
                R"("b":{"enum":[1,2],"default":1}},"required":["a"]},)"
                R"("annotations":{"readOnlyHint":true},"outputSchema":{"type":"object"}})")),
            "t\nTitle\nDoes it.\nWell.\n\n"
            "ARGUMENT  TYPE    NEEDED  MEANING\n"
            "a         string  yes     First.\n"
            "b         any     no      (enum [1,2]) (default 1)\n"
            "\nannotations: {\"readOnlyHint\":true}\n"
            "\noutputSchema: {\"type\":\"object\"}\n");
  EXPECT_EQ(tool_description(json(R"({"name":"t","inputSchema":{"properties":{}}})")),
            "t\n\nIt takes no arguments.\n");
  EXPECT_EQ(tool_description(json(R"({"name":"t"})")), "t\n");
}

TEST(Render, PromptsAndResourcesAreDescribed) {
  EXPECT_EQ(
      prompt_description(json(R"({"name":"p","arguments":[{"title":"nameless"},)"
                              R"({"name":"topic","description":"About.","required":true}]})")),
      "p\n\n"
      "ARGUMENT  TYPE    NEEDED  MEANING\n"
      "topic     string  yes     About.\n");
  EXPECT_EQ(
      resource_description(json(R"({"uri":"a:b","name":"n","mimeType":"text/plain","size":3})")),
      "a:b\n\nname      n\nmimeType  text/plain\nsize      3\n");
  EXPECT_EQ(resource_description(json(R"({"uriTemplate":"a:{b}","description":"D"})")),
            "a:{b}\nD\n");
}

TEST(Render, ErrorsInputAndProgressAreOneLine) {
  EXPECT_EQ(error_text(json(R"({"code":-32602,"message":"no\nsuch","data":{"a":1}})")),
            "-32602: no\\x0asuch {\"a\":1}");
  EXPECT_EQ(error_text(json("{}")), ": ");
  EXPECT_EQ(wanted_input_text(
                json(R"({"inputRequests":{"who":{"method":"elicitation/create",)"
                     R"("params":{"message":"Your name?"}},"r":{"method":"roots/list"}}})")),
            "who (elicitation/create: Your name?), r (roots/list)");
  EXPECT_EQ(wanted_input_text(json("{}")), "that it is asked again");
  EXPECT_EQ(progress_text(json(R"({"progress":1,"total":3,"message":"copy\u001bing"})")),
            "1/3 copy\\x1bing");
  EXPECT_EQ(progress_text(json(R"({"progress":0.5})")), "0.5");
}

}  // namespace
}  // namespace junctor::cli
