// Goal: what people type becomes the content that the form asks for, and nothing that does not fit
// is sent. Method: forms by hand and lines from a list; what was written is read back.
#include "cli/questions.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace junctor::cli {
namespace {

struct Talk {
  std::string result;
  std::string written;
};

Talk talk(std::string_view params, std::vector<std::string> lines) {
  Talk held;
  std::size_t next = 0;
  const QuestionDesk desk{.write = [&](std::string_view text) { held.written += text; },
                          .read_line = [&]() -> std::optional<std::string> {
                            return next < lines.size() ? std::optional{lines[next++]}
                                                       : std::nullopt;
                          }};
  held.result = ask_people(desk, params);
  return held;
}

std::string form(std::string_view properties, std::string_view required = "") {
  return R"({"message":"Well?","requestedSchema":{"type":"object","properties":{)" +
         std::string{properties} + R"(},"required":[)" + std::string{required} + "]}}";
}

std::string accepted(std::string_view content) {
  return R"({"action":"accept","content":{)" + std::string{content} + "}}";
}

TEST(Questions, AFormIsFilledFieldByField) {
  const std::string params =
      form(R"("name":{"type":"string","title":"Name"},"age":{"type":"integer"},)"
           R"("tall":{"type":"boolean"},"size":{"type":"number"})",
           R"("name")");
  const Talk full = talk(params, {"y", "Ada \"L\"", "36", "true", "1.70"});
  EXPECT_EQ(full.result, accepted(R"("name":"Ada \"L\"","age":36,"tall":true,"size":1.70)"));
  EXPECT_NE(full.written.find("The server asks: Well?\n"), std::string::npos);
  EXPECT_NE(full.written.find("  Name (string; required): "), std::string::npos);
  EXPECT_EQ(talk(params, {"", "Ada", "", "", ""}).result, accepted(R"("name":"Ada")"));
}

TEST(Questions, WhatDoesNotFitIsSaidAndAskedAgain) {
  const std::string params = form(R"("age":{"type":"integer"})", R"("age")");
  const Talk again = talk(params, {"", "old", "", "36"});
  EXPECT_EQ(again.result, accepted(R"("age":36)"));
  EXPECT_NE(again.written.find("age has to be integer, not \"old\""), std::string::npos);
  EXPECT_NE(again.written.find("a value is required"), std::string::npos);
  EXPECT_EQ(talk(params, std::vector<std::string>(kQuestionTriesMax + 2, "old")).result,
            R"({"action":"cancel"})");
}

TEST(Questions, ChoicesGoByValueOrTitleAndDefaultsByAnEmptyLine) {
  const std::string params = form(
      R"("c":{"type":"string","enum":["red","green"],"default":"green"},)"
      R"("d":{"type":"string","oneOf":[{"const":"a","title":"Ay"},{"const":"b","title":"Be"}]},)"
      R"("e":{"type":"array","items":{"type":"string","enum":["x","y","z"]}})");
  const Talk chosen = talk(params, {"", "blue", "", "Be", "x, w", "x, z"});
  EXPECT_EQ(chosen.result, accepted(R"("c":"green","d":"b","e":["x","z"])"));
  EXPECT_NE(chosen.written.find("c (red, green) [green]: "), std::string::npos);
  EXPECT_NE(chosen.written.find("\"blue\" is none of the choices"), std::string::npos);
  EXPECT_NE(chosen.written.find("d (a = Ay, b = Be): "), std::string::npos);
  EXPECT_NE(chosen.written.find("\"w\" is none of the choices"), std::string::npos);
}

TEST(Questions, PeopleMayDeclineOrGoAway) {
  const std::string params = form(R"("a":{"type":"string"})");
  EXPECT_EQ(talk(params, {"n"}).result, R"({"action":"decline"})");
  EXPECT_EQ(talk(params, {"No"}).result, R"({"action":"decline"})");
  EXPECT_EQ(talk(params, {}).result, R"({"action":"cancel"})");
  EXPECT_EQ(talk(params, {"y"}).result, R"({"action":"cancel"})");
}

TEST(Questions, WhatIsNoFormIsDeclined) {
  for (const std::string_view params :
       {"", "[]", R"({"message":"x"})", R"({"message":"x","requestedSchema":1})",
        R"({"mode":"url","message":"x","url":"https://x/","requestedSchema":{}})"}) {
    EXPECT_EQ(talk(params, {"y", "y"}).result, R"({"action":"decline"})") << params;
  }
}

TEST(Questions, NothingAServerSaysReachesTheTerminalAsACommand) {
  const Talk evil =
      talk(R"({"message":"\u001b]0;x\u0007","requestedSchema":{"type":"object","properties":{)"
           R"("\u001b[2J":{"type":"string","title":"\u001b[31m","description":"\u009b2J",)"
           R"("default":"\u0008"}}}})",
           {"y", "v"});
  for (const char c : evil.written) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace
}  // namespace junctor::cli
