// Goal: the reference names every setting, and the page in docs/ is the one this program prints.
// Method: the tables against the text, the text against the file.

#include "app/config_reference.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "app/config_settings.h"

namespace junctor::app {
namespace {

template <class Owner>
void expect_described(std::span<const Setting<Owner>> table, const std::string& text) {
  for (const Setting<Owner>& row : table) {
    SCOPED_TRACE(row.path);
    EXPECT_NE(text.find("| `" + std::string{row.path} + "` |"), std::string::npos);
    EXPECT_TRUE(row.help.ends_with('.'));
    EXPECT_LE(row.min, row.max);
  }
}

TEST(ConfigReference, NamesEverySetting) {
  const std::string text = config_reference();
  expect_described(config_settings(), text);
  expect_described(upstream_settings(), text);
  expect_described(route_settings(), text);
}

// Defaults are read from the structs; one outside of its own bounds could not be written into a
// file.
TEST(ConfigReference, EveryDefaultIsAllowed) {
  const Config fresh;
  for (const Setting<Config>& row : config_settings()) {
    SCOPED_TRACE(row.path);
    const std::string shown = row.show(fresh, row);
    if (shown.empty() || shown.starts_with('[')) continue;
    ConfigNode node;
    node.kind = ConfigNode::Kind::text;
    node.text = shown;
    Config read;
    ProblemList problems;
    row.read(read, node, "x", row, problems);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(row.show(read, row), shown);
  }
}

TEST(ConfigReference, IsThePageInDocs) {
  // Up from this source file: src/app/ is two folders below the project.
  std::string path = __FILE__;
  for (int up = 0; up < 3; ++up) path.erase(path.rfind('/'));
  std::FILE* file = std::fopen((path + "/docs/configuration.md").c_str(), "r");
  ASSERT_NE(file, nullptr);
  std::string page(1U << 20U, '\0');
  page.resize(std::fread(page.data(), 1, page.size(), file));
  std::fclose(file);
  EXPECT_EQ(page, config_reference())
      << "write it anew: junctor config reference > docs/configuration.md";
}

}  // namespace
}  // namespace junctor::app
