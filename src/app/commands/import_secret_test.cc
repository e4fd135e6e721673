// Goal: keys are taken for secrets and ordinary words are not; a text that is shown has no key in
// it. Method: rows of names and values as they stand in real configurations, with invented keys.

#include "app/commands/import_secret.h"

#include <gtest/gtest.h>

namespace junctor::app {
namespace {

struct Named {
  std::string_view name;
  bool secret;
};
const Named kNames[] = {
    {"GITHUB_TOKEN", true},
    {"GITHUB_PERSONAL_ACCESS_TOKEN", true},
    {"OPENAI_API_KEY", true},
    {"apiKey", true},
    {"client_secret", true},
    {"DB_PASSWORD", true},
    {"Authorization", true},
    {"X-Api-Key", true},
    {"Cookie", true},
    {"AWS_SECRET_ACCESS_KEY", true},
    {"LOG_LEVEL", false},
    {"PATH", false},
    {"X-Tenant", false},
    {"NODE_ENV", false},
    {"", false},
};

TEST(SecretName, IsAWordThatKeysGoUnder) {
  for (const Named& row : kNames) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(is_secret_name(row.name), row.secret);
  }
}

const Named kOptions[] = {
    {"--api-key", true},   {"--token", true},       {"-token", true},
    {"api_key", true},     {"apikey", true},        {"--auth-token", true},
    {"sig", true},         {"--password", true},    {"--keymap", false},
    {"--key-file", false}, {"--token-path", false}, {"--tokenizer", false},
    {"--port", false},     {"--monkey", false},     {"", false},
};

TEST(SecretOption, CountsWordsAndNotLetters) {
  for (const Named& row : kOptions) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(is_secret_option(row.name), row.secret);
  }
}

struct Shaped {
  std::string_view name;
  std::string_view text;
  bool secret;
};
const Shaped kShapes[] = {
    {"github", "ghp_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8", true},
    {"github_inside", "x=ghp_a1b2c3d4e5f6g7h8,y", true},
    {"openai", "sk-proj-abcdefgh12345678", true},
    {"behind_a_scheme", "Bearer sk-abcdefghij1234567890", true},
    {"slack", "xoxb-1234567890-abcdefghijkl", true},
    {"amazon", "AKIAABCDEFGH12345678", true},
    {"jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", true},
    {"hexadecimal", "0123456789abcdef0123456789abcdef", true},
    {"letters_and_digits", "a8Kd02mLq9Zx7Tr4Vw1B", true},
    {"letters_in_both_cases", "aXbYcZdWeVfUgThSiRjQkPlO", true},
    {"uuid", "123e4567-e89b-12d3-a456-426614174000", true},
    {"user_and_password", "postgresql://me:hunter@db.example/x", true},
    {"in_a_path", "https://mcp.example/s/a8Kd02mLq9Zx7Tr4Vw1B/mcp", true},
    {"npm_package", "@modelcontextprotocol/server-everything", false},
    {"npm_variable", "npm_config_registry_url", false},
    {"sk_is_a_word", "sk-learn-toolkit-server", false},
    {"path", "/home/someone/projects/a-long-name-of-a-folder/build/index.js", false},
    {"url", "https://tickets.example:8443/mcp?profile=free", false},
    {"user_without_password", "ssh://git@host.example/x", false},
    {"camel_case", "ModelContextProtocolServerEverything", false},
    {"kebab_case", "my-long-server-name-v2-production-build-2024", false},
    {"image", "ghcr.io/github/github-mcp-server:v1.2.3", false},
    {"digest", "alpine@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     false},
    {"commit", "git+https://github.com/a/b@0123456789abcdef0123456789abcdef01234567", false},
    {"half_a_commit", "git+https://github.com/a/b@0123456789abcdef01234567", true},
    {"number", "12345678901234567890123", false},
    {"empty", "", false},
};

TEST(SecretShape, KeysHaveItAndWordsDoNot) {
  for (const Shaped& row : kShapes) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(has_secret_shape(row.text), row.secret);
  }
}

// What is shown has no shape of a secret any more, and is itself where there was none.
TEST(ShownText, HidesWhatHasTheShapeOfASecret) {
  for (const Shaped& row : kShapes) {
    SCOPED_TRACE(row.name);
    const std::string shown = shown_text(row.text, 256);
    EXPECT_FALSE(has_secret_shape(shown)) << shown;
    EXPECT_EQ(shown == row.text, !row.secret) << shown;
  }
  EXPECT_EQ(shown_text("a ghp_a1b2c3d4e5f6g7h8 b sk-abcdefghij1234567890"), "a *** b ***");
  EXPECT_EQ(shown_text("http://u:p@h/x"), "http://***@h/x");
}

// The cut comes behind the hiding: the first half of a key is a secret too.
TEST(ShownText, IsOneLineAndCut) {
  EXPECT_EQ(shown_text("a\nb"), "a\\x0ab");
  const std::string shown = shown_text("0123456789 ghp_a1b2c3d4e5f6g7h8i9j0", 20);
  EXPECT_EQ(shown.find("ghp_"), std::string::npos) << shown;
  EXPECT_LT(shown_text(std::string(1000, 'a')).size(), 200U);
  // What stands before the end of what is looked at may be the half of a key.
  const std::string key = "ghp_a1b2c3d4e5f6g7h8i9j0";
  std::string keys;
  while (keys.size() < 8000) keys += key + " ";
  for (std::size_t bytes = 4090; bytes < 4130; ++bytes) {
    const std::string shown_keys = shown_text(std::string(bytes % 26, ' ') + keys, 10'000);
    EXPECT_EQ(shown_keys.find("ghp"), std::string::npos) << bytes;
  }
}

}  // namespace
}  // namespace junctor::app
