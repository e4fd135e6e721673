// Goal: each client gets what it reads, with the URL that the gateway listens on. Method: the whole
// entry of each, and what comes of it when it is imported again.

#include "app/commands/export.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/commands/import_reader.h"

namespace junctor::app {
namespace {

class Folder {
 public:
  Folder() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(std::string_view text) const {
    const std::string path = path_ + "/junctor.yaml";
    std::FILE* file = std::fopen(path.c_str(), "we");
    EXPECT_NE(file, nullptr);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    EXPECT_EQ(std::fclose(file), 0);
    return path;
  }

 private:
  std::string path_ = ::testing::TempDir() + "junctor_export_XXXXXX";
};

struct Client {
  std::string client;
  std::string_view entry;
  std::string_view file;  // A part of the sentence.
};
const Client kClients[] = {
    {"claude-code",
     "{\n  \"mcpServers\": {\n    \"junctor\": {\n      \"type\": \"http\",\n"
     "      \"url\": \"http://127.0.0.1:8080/mcp\"\n    }\n  }\n}\n",
     ".mcp.json"},
    {"vscode",
     "{\n  \"servers\": {\n    \"junctor\": {\n      \"type\": \"http\",\n"
     "      \"url\": \"http://127.0.0.1:8080/mcp\"\n    }\n  }\n}\n",
     ".vscode/mcp.json"},
    {"cursor",
     "{\n  \"mcpServers\": {\n    \"junctor\": {\n"
     "      \"url\": \"http://127.0.0.1:8080/mcp\"\n    }\n  }\n}\n",
     ".cursor/mcp.json"},
    {"windsurf",
     "{\n  \"mcpServers\": {\n    \"junctor\": {\n"
     "      \"serverUrl\": \"http://127.0.0.1:8080/mcp\"\n    }\n  }\n}\n",
     "mcp_config.json"},
    {"gemini",
     "{\n  \"mcpServers\": {\n    \"junctor\": {\n"
     "      \"httpUrl\": \"http://127.0.0.1:8080/mcp\"\n    }\n  }\n}\n",
     ".gemini/settings.json"},
    {"zed",
     "{\n  \"context_servers\": {\n    \"junctor\": {\n"
     "      \"url\": \"http://127.0.0.1:8080/mcp\"\n    }\n  }\n}\n",
     "zed/settings.json"},
    {"opencode",
     "{\n  \"mcp\": {\n    \"junctor\": {\n      \"type\": \"remote\",\n"
     "      \"url\": \"http://127.0.0.1:8080/mcp\",\n      \"enabled\": true\n    }\n  }\n}\n",
     "opencode.json"},
    {"copilot",
     "{\n  \"mcpServers\": {\n    \"junctor\": {\n      \"type\": \"http\",\n"
     "      \"url\": \"http://127.0.0.1:8080/mcp\",\n      \"tools\": [\"*\"]\n    }\n  }\n}\n",
     ".copilot/mcp-config.json"},
};

ExportWishes wishes_for(const std::string& client) {
  return {.client = client, .url = {}, .name = "junctor", .config = {}};
}

TEST(Export, EachClientGetsItsOwnWords) {
  for (const Client& row : kClients) {
    SCOPED_TRACE(row.client);
    const ExportOutcome outcome = export_blocking(wishes_for(row.client));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, row.entry);
    EXPECT_TRUE(outcome.err.starts_with("merge this into ")) << outcome.err;
    EXPECT_NE(outcome.err.find(row.file), std::string::npos) << outcome.err;
  }
}

// What is printed for a client is what is read from that client.
TEST(Export, CanBeImportedAgain) {
  for (const Client& row : kClients) {
    SCOPED_TRACE(row.client);
    const auto reading = read_import(export_blocking(wishes_for(row.client)).out, "f");
    ASSERT_TRUE(reading.has_value()) << reading.error();
    ASSERT_EQ(reading->servers.size(), 1U);
    EXPECT_EQ(reading->servers[0].name, "junctor");
    EXPECT_EQ(config_text(reading->servers[0].url, ""), "http://127.0.0.1:8080/mcp");
    EXPECT_TRUE(reading->losses.empty());
  }
}

TEST(Export, AClientThatStartsCommandsGetsOne) {
  const Folder folder;
  ExportWishes wishes = wishes_for("claude-desktop");
  EXPECT_EQ(export_blocking(wishes).exit_code, 2);
  wishes.config = folder.write("");
  const ExportOutcome outcome = export_blocking(wishes);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out,
            "{\n  \"mcpServers\": {\n    \"junctor\": {\n      \"command\": \"junctor\",\n"
            "      \"args\": [\"stdio\", \"--config\", \"" +
                wishes.config +
                "\"]\n"
                "    }\n  }\n}\n");
}

struct Configured {
  std::string_view name;
  std::string_view config;
  std::string_view url;
};
const Configured kConfigured[] = {
    {"defaults", "routes: [{path: /x, upstream: a}]", "http://127.0.0.1:8080/x"},
    {"address", "listen: {http: '127.0.0.1:9'}\nroutes: [{path: /mcp}, {path: /b}]",
     "http://127.0.0.1:9/mcp"},
    {"all_addresses", "listen: {http: '*:80'}\nauth: none\nroutes: [{path: /mcp}]",
     "http://127.0.0.1:80/mcp"},
    {"ipv6", "listen: {http: '[::1]:81'}\nroutes: [{path: /mcp}]", "http://[::1]:81/mcp"},
    {"unset_variables",
     "upstreams: [{name: a, url: '${env:JUNCTOR_UNSET}'}]\nroutes: [{path: /mcp, upstream: a}]",
     "http://127.0.0.1:8080/mcp"},
};

TEST(Export, TheConfigurationSaysTheUrl) {
  for (const Configured& row : kConfigured) {
    SCOPED_TRACE(row.name);
    const Folder folder;
    ExportWishes wishes = wishes_for("cursor");
    wishes.config = folder.write(row.config);
    const ExportOutcome outcome = export_blocking(wishes);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("\"url\": \"" + std::string{row.url} + "\""), std::string::npos)
        << outcome.out;
  }
}

const Configured kUnusable[] = {
    {"no_route", "shards: 1", ": there is no route; give --url\n"},
    {"any_port", "listen: {http: '127.0.0.1:0'}\nroutes: [{path: /mcp}]",
     ": listen.http takes any free port; give --url\n"},
    {"variable", "listen: {http: '${env:L}'}\nroutes: [{path: /mcp}]",
     ": listen.http is no address with a port; give --url\n"},
    {"socket", "listen: {http: 'unix:/run/j'}\nroutes: [{path: /mcp}]",
     ": listen.http is no address with a port; give --url\n"},
    {"no_path", "routes: [{upstream: a}]", ": the first route has no path; give --url\n"},
    {"broken", "a: [", "junctor: "},
};

TEST(Export, AConfigurationThatSaysNoUrlIsRefused) {
  for (const Configured& row : kUnusable) {
    SCOPED_TRACE(row.name);
    const Folder folder;
    ExportWishes wishes = wishes_for("cursor");
    wishes.config = folder.write(row.config);
    const ExportOutcome outcome = export_blocking(wishes);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(row.url), std::string::npos) << outcome.err;
    // The URL that was given goes before the one that cannot be found.
    wishes.url = "http://a.example/mcp";
    EXPECT_EQ(export_blocking(wishes).exit_code, 0);
  }
}

TEST(Export, WrongUsageIsASentence) {
  const ExportOutcome unknown = export_blocking(wishes_for("cursr"));
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(
      unknown.err.starts_with("junctor: --for: no client is called \"cursr\"; did you mean "
                              "\"cursor\"?; known are claude-desktop, "))
      << unknown.err;
  ExportWishes wishes = wishes_for("cursor");
  wishes.url = "ftp://a/";
  EXPECT_EQ(export_blocking(wishes).err, "junctor: the URL's scheme must be http or https\n");
  wishes.url = {};
  wishes.config = "/nonexistent/a.yaml";
  EXPECT_EQ(export_blocking(wishes).exit_code, 1);
}

TEST(Export, ANameIsWrittenAsJson) {
  ExportWishes wishes = wishes_for("cursor");
  wishes.name = "a\"b";
  EXPECT_NE(export_blocking(wishes).out.find("\"a\\\"b\": {"), std::string::npos);
}

}  // namespace
}  // namespace junctor::app
