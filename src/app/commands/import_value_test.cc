// Goal: variables of every syntax become ours, and secrets become variables without their values
// getting out. Method: rows of a text and what the configuration then has, and the whole of a
// value searched for the secret.

#include "app/commands/import_value.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/variables.h"

namespace junctor::app {
namespace {

constexpr std::string_view kKey = "ghp_a1b2c3d4e5f6g7h8i9j0";

struct Read {
  std::string_view name;
  VariableSyntax syntax;
  std::string_view text;
  std::string_view config;
};
using enum VariableSyntax;
const Read kReads[] = {
    {"plain", braces, "a b", "a b"},
    {"empty", braces, "", ""},
    {"variable", braces, "${GITHUB_TOKEN}", "${env:GITHUB_TOKEN}"},
    {"inside", braces, "Bearer ${T}!", "Bearer ${env:T}!"},
    {"two", braces, "${A}${B}", "${env:A}${env:B}"},
    {"env", braces, "${env:A_b}", "${env:A_b}"},
    {"env_with_odd_name", braces, "${env:a-b}", "${env:A_B}"},
    {"default", braces, "${A:-b}", "${env:A}"},
    {"input", braces, "${input:perplexity-key}", "${env:PERPLEXITY_KEY}"},
    {"input_in_camel_case", braces, "${input:apiKey}", "${env:API_KEY}"},
    {"input_with_digit", braces, "${input:1st}", "${env:_1ST}"},
    {"input_without_words", braces, "${input:--}", "${env:VARIABLE}"},
    {"workspace", braces, "${workspaceFolder}/a", "${env:WORKSPACE_FOLDER}/a"},
    {"workspace_by_name", braces, "${workspaceFolder:x}", "${env:WORKSPACE_FOLDER_X}"},
    {"home", braces, "${userHome}/a", "${env:HOME}/a"},
    {"separator", braces, "a${/}b${pathSeparator}c", "a/b/c"},
    {"other", braces, "${command:a.b}", "${env:COMMAND_A_B}"},
    {"opencode", braces, "Bearer {env:A}", "Bearer ${env:A}"},
    {"opencode_file", braces, "{file:~/key}", "${file:~/key}"},
    {"braces", braces, "{a}", "{a}"},
    {"dollar", braces, "$A $", "$A $"},
    {"without_end", braces, "${A", "$${A"},
    {"gemini", dollars, "x $A_1-y ${B}", "x ${env:A_1}-y ${env:B}"},
    {"gemini_number", dollars, "$1 $$", "$1 $$"},
    {"none", none, "${A} $B {env:C}", "$${A} $B {env:C}"},
    {"ours", junctor, "${env:A} ${file:b} $${c}", "${env:A} ${file:b} $${c}"},
    {"ours_plain", junctor, "{env:A} $B", "{env:A} $B"},
};

TEST(ImportValue, EverySyntaxBecomesOurs) {
  for (const Read& row : kReads) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(config_text(read_import_value(row.text, row.syntax), "s"), row.config);
  }
}

// What is no variable means the same behind our own substitution as it did before.
TEST(ImportValue, PlainTextComesBackFromTheConfiguration) {
  for (const std::string_view text : {"a", "$", "$$", "${", "$${", "$$${x}", "a${b}c", "{}$"}) {
    SCOPED_TRACE(text);
    const auto back = expand_variables(
        config_text(read_import_value(text, none), "s"),
        [](std::string_view) -> std::expected<std::string, std::string> { return "?"; });
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, text);
  }
}

// "$${env:A}" would be read as a plain "${env:A}", so such a value is a variable as a whole.
TEST(ImportValue, ADollarBeforeAVariableDoesNotJoinIt) {
  EXPECT_EQ(config_text(read_import_value("$${A}", braces), "s"), "${env:S_VALUE}");
  EXPECT_EQ(config_text(read_import_value("a$/${A}", braces), "s"), "a$/${env:A}");
}

TEST(ImportValue, AKeyInThePlaceOfANameIsNotShown) {
  const ImportValue value = read_import_value("${" + std::string{kKey} + "}", braces);
  EXPECT_EQ(config_text(value, "s"), "${env:VARIABLE}");
  EXPECT_EQ(value.parts[0].origin.find(kKey), std::string::npos);
  // A default may be a secret of any shape.
  EXPECT_EQ(read_import_value("${A:-hunter}", braces).parts[0].origin, "${A:-...}");
}

struct Hidden {
  std::string_view name;
  std::string_view place;
  std::string_view text;
  std::string_view config;
};
const Hidden kFields[] = {
    {"by_name", "API_KEY", "abc", "${env:TICKETS_API_KEY}"},
    {"by_name_with_prefix", "TICKETS_KEY", "abc", "${env:TICKETS_KEY}"},
    {"by_shape", "SOMETHING", "ghp_a1b2c3d4e5f6g7h8i9j0", "${env:TICKETS_SOMETHING}"},
    {"bearer", "Authorization", "Bearer abc", "Bearer ${env:TICKETS_AUTHORIZATION}"},
    {"basic", "authorization", "basic YTpi", "basic ${env:TICKETS_AUTHORIZATION}"},
    {"scheme_alone", "Authorization", "Bearer ", "Bearer "},
    {"no_secret", "LOG_LEVEL", "debug", "debug"},
    {"a_switch", "USE_TOKEN", "true", "true"},
    {"nothing", "API_KEY", "", ""},
    {"variable", "API_KEY", "${A}", "${env:A}"},
    {"scheme_and_variable", "Authorization", "Bearer ${A}", "Bearer ${env:A}"},
    {"secret_beside_variable", "API_KEY", "0123456789abc${A}", "${env:TICKETS_API_KEY}"},
    {"url_with_password", "DATABASE_URL", "postgres://u:p@h/d", "${env:TICKETS_DATABASE_URL}"},
};

TEST(HideInField, NamesAndShapesDecide) {
  for (const Hidden& row : kFields) {
    SCOPED_TRACE(row.name);
    const ImportValue value =
        hide_in_field(read_import_value(row.text, braces), {.name = row.place, .origin = "here"});
    EXPECT_EQ(config_text(value, "tickets"), row.config);
  }
}

const Hidden kArguments[] = {
    {"word", "", "server.js", "server.js"},
    {"option", "", "--api-key", "--api-key"},
    {"behind_option", "--api-key", "abc", "${env:TICKETS_API_KEY}"},
    {"path_behind_option", "--token", "/run/token", "/run/token"},
    {"option_behind_option", "--token", "--verbose", "--verbose"},
    {"option_with_value", "", "--api-key=abc", "--api-key=${env:TICKETS_API_KEY}"},
    {"option_with_path", "", "--key-file=a.pem", "--key-file=a.pem"},
    {"variable_of_a_container", "-e", "GITHUB_TOKEN=abc",
     "GITHUB_TOKEN=${env:TICKETS_GITHUB_TOKEN}"},
    {"header", "--header", "Authorization: Bearer abc",
     "Authorization: Bearer ${env:TICKETS_AUTHORIZATION}"},
    {"header_with_variable", "--header", "Authorization:${A}", "Authorization:${env:A}"},
    {"shape", "", "sk-abcdefgh12345678", "${env:TICKETS_SECRET}"},
    {"shape_inside", "", "x,ghp_a1b2c3d4e5f6g7h8i9j0", "${env:TICKETS_SECRET}"},
    {"shape_and_variable", "", "${A}ghp_a1b2c3d4e5f6g7h8i9j0", "${env:TICKETS_SECRET}"},
    {"name_is_the_key", "", "ghp_a1b2c3d4e5f6g7h8i9j0_token=x", "${env:TICKETS_SECRET}"},
    {"url", "", "https://a.example/mcp", "https://a.example/mcp"},
    {"package", "", "@modelcontextprotocol/server-everything",
     "@modelcontextprotocol/server-everything"},
};

TEST(HideInArgument, OnlyTheSecretIsHidden) {
  for (const Hidden& row : kArguments) {
    SCOPED_TRACE(row.name);
    const ImportValue value = hide_in_argument(read_import_value(row.text, braces),
                                               {.name = row.place, .origin = "here"});
    EXPECT_EQ(config_text(value, "tickets"), row.config);
  }
}

const Hidden kUrls[] = {
    {"plain", "", "https://a.example/mcp?x=1", "https://a.example/mcp?x=1"},
    {"query", "", "https://a.example/mcp?api_key=abc&x=1",
     "https://a.example/mcp?api_key=${env:TICKETS_API_KEY}&x=1"},
    {"path", "", "https://a.example/s/a8Kd02mLq9Zx7Tr4Vw1B/mcp",
     "https://a.example/s/${env:TICKETS_URL_SECRET}/mcp"},
    {"variable", "", "https://${HOST}/mcp?token=${T}", "https://${env:HOST}/mcp?token=${env:T}"},
    {"query_by_shape", "", "https://a.example/?x=sk-abcdefgh12345678",
     "https://a.example/?x=${env:TICKETS_X}"},
    {"password", "", "https://me:abc@a.example/", "${env:TICKETS_URL}"},
    {"port", "", "http://127.0.0.1:9000/mcp", "http://127.0.0.1:9000/mcp"},
};

TEST(HideInUrl, TheRestOfTheUrlStays) {
  for (const Hidden& row : kUrls) {
    SCOPED_TRACE(row.name);
    const ImportValue value =
        hide_in_url(read_import_value(row.text, braces), {.name = {}, .origin = "url"});
    EXPECT_EQ(config_text(value, "tickets"), row.config);
  }
}

// The value is kept to tell two servers apart, and for nothing else.
TEST(HideInField, TheSecretIsKnownAndTheTextsAreFreeOfIt) {
  const ImportValue value =
      hide_in_field(read_import_value("Bearer hunter2", braces),
                    {.name = "Authorization", .origin = "header Authorization"});
  ASSERT_EQ(value.parts.size(), 2U);
  EXPECT_EQ(value.parts[1].secret.reveal(), "hunter2");
  for (const ImportPart& part : value.parts) {
    EXPECT_EQ(part.text.find("hunter2"), std::string::npos);
    EXPECT_EQ(part.origin.find("hunter2"), std::string::npos);
  }
}

TEST(VariableName, BeginsWithTheServer) {
  EXPECT_EQ(variable_name("tickets", "api-key"), "TICKETS_API_KEY");
  EXPECT_EQ(variable_name("github", "GITHUB_TOKEN"), "GITHUB_TOKEN");
  EXPECT_EQ(variable_name("git", "GITHUB_TOKEN"), "GIT_GITHUB_TOKEN");
  EXPECT_EQ(variable_name("my.server-2", "KEY"), "MY_SERVER_2_KEY");
  EXPECT_EQ(variable_name("7zip", "KEY"), "_7ZIP_KEY");
}

}  // namespace
}  // namespace junctor::app
