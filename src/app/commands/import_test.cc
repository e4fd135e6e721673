// Goal: the command says what it does, writes a file as a whole or not at all, does nothing twice,
// and lets no secret out. Method: real files in a folder of their own, and every text of every
// outcome searched for the keys that went in.

#include "app/commands/import.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/config.h"

namespace junctor::app {
namespace {

// A folder with files, gone with this object.
class Folder {
 public:
  Folder() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

  std::string write(const std::string& name, std::string_view text) const {
    std::FILE* file = std::fopen(path(name).c_str(), "we");
    EXPECT_NE(file, nullptr);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    EXPECT_EQ(std::fclose(file), 0);
    return path(name);
  }

  [[nodiscard]] std::string read(const std::string& name) const {
    std::FILE* file = std::fopen(path(name).c_str(), "re");
    if (file == nullptr) return "(not there)";
    std::string text(1'000'000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    EXPECT_EQ(std::fclose(file), 0);
    return text;
  }

  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path_}, {}));
  }

 private:
  std::string path_ = ::testing::TempDir() + "junctor_import_XXXXXX";
};

constexpr std::string_view kRemote = R"({"mcpServers": {"tickets": {
    "url": "https://tickets.example/mcp", "headers": {"Authorization": "Bearer hunter2hunter2"},
    "timeout": 30000}}})";

TEST(Import, PrintsAConfigurationAndReportsBesideIt) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", kRemote);
  const ImportOutcome outcome = import_blocking({file}, "");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out,
            "upstreams:\n"
            "  - name: tickets\n"
            "    url: https://tickets.example/mcp\n"
            "    headers:\n"
            "      Authorization: \"Bearer ${env:TICKETS_AUTHORIZATION}\"\n"
            "    timeout: 30s\n"
            "routes:\n"
            "  - path: /mcp\n"
            "    upstreams: [tickets]\n");
  EXPECT_EQ(outcome.err,
            "UPSTREAM  REACHED BY                   FROM\n"
            "tickets   https://tickets.example/mcp  " +
                file +
                "\n"
                "\nvariables to set where junctor starts:\n"
                "  TICKETS_AUTHORIZATION: the secret in header Authorization of server tickets (" +
                file + ")\n");
}

// What is imported is a configuration that the gateway takes.
TEST(Import, WhatIsPrintedIsAGoodConfiguration) {
  const ImportOutcome outcome =
      import_texts({{.file = "f", .text = std::string{kRemote}}}, nullptr);
  const ConfigSources sources{
      .variable = [](const std::string& name) -> std::optional<std::string> {
        return name == "TICKETS_AUTHORIZATION" ? std::optional<std::string>{"t"} : std::nullopt;
      },
      .file_blocking = [](const std::string&) -> Result<std::string> {
        return fail(ErrorKind::not_found, "none", "none");
      }};
  const auto config = parse_config(outcome.out, sources);
  ASSERT_TRUE(config.has_value()) << describe(config.error().front(), "f") << outcome.out;
  ASSERT_EQ(config->upstreams.size(), 1U);
  EXPECT_EQ(config->upstreams[0].url.text(), "https://tickets.example/mcp");
  EXPECT_EQ(config->upstreams[0].headers.at(0).value.reveal(), "Bearer t");
  EXPECT_EQ(config->upstreams[0].timeouts.total, std::chrono::seconds{30});
  EXPECT_EQ(config->routes.at(0).path, "/mcp");
}

TEST(Import, WritesIntoAFileAndTwiceIsOnce) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", kRemote);
  const std::string into = folder.path("junctor.yaml");
  const ImportOutcome first = import_blocking({file}, into);
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "");
  EXPECT_NE(first.err.find("\n" + into + " is written; "), std::string::npos) << first.err;
  const std::string written = folder.read("junctor.yaml");
  EXPECT_TRUE(written.starts_with("upstreams:\n  - name: tickets\n")) << written;
  const ImportOutcome second = import_blocking({file}, into);
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_TRUE(second.err.starts_with("nothing is to be added\n")) << second.err;
  EXPECT_TRUE(second.err.ends_with(into + " is left as it is\n")) << second.err;
  EXPECT_EQ(folder.read("junctor.yaml"), written);
  EXPECT_EQ(folder.files(), 2U);
}

// The mode stays, a link stays a link, and comments stay where they are.
TEST(Import, AFileThatIsThereKeepsWhatItIs) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", kRemote);
  const std::string real = folder.write("real.yaml", "# mine\nshards: 1\n");
  ASSERT_EQ(::chmod(real.c_str(), 0640), 0);
  const std::string link = folder.path("junctor.yaml");
  ASSERT_EQ(::symlink("real.yaml", link.c_str()), 0);
  EXPECT_EQ(import_blocking({file}, link).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(folder.read("real.yaml").starts_with("# mine\nshards: 1\nupstreams:\n"));
  struct stat facts{};
  ASSERT_EQ(::stat(real.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0640U);
  EXPECT_EQ(folder.files(), 3U);
}

TEST(Import, AShapeWithoutAPlaceIsLeftAndTheLinesArePrinted) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", kRemote);
  const std::string into = folder.write("junctor.json", R"({"shards": 1})");
  const ImportOutcome outcome = import_blocking({file}, into);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(outcome.out.starts_with("upstreams:\n  - name: tickets\n")) << outcome.out;
  EXPECT_NE(outcome.err.find(into + " is left as it is: the way the file is written leaves no "
                                    "place to insert lines without rewriting it; add this by "
                                    "hand:\n"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(folder.read("junctor.json"), R"({"shards": 1})");
}

struct Failed {
  std::string_view name;
  std::string_view source;
  std::string_view into;
  std::string_view err;  // Part of it.
};
const Failed kFailed[] = {
    {"no_json", "{", "", ": this is not JSON (syntax)\n"},
    {"no_servers", "{}", "", ": no MCP servers are found in it; "},
    {"into_is_broken", kRemote, "a: [", "junctor.yaml:"},
    {"into_is_a_list", kRemote, "[a]", "junctor.yaml is no configuration: expected a map\n"},
    {"all_left_out", R"({"mcpServers": {"a": {"type": "sse", "url": "http://a/"}}})", "",
     "nothing is to be added\n\nleft out:\n  server a ("},
};

TEST(Import, AFailureEndsWithOneAndChangesNothing) {
  for (const Failed& row : kFailed) {
    SCOPED_TRACE(row.name);
    const Folder folder;
    const std::string file = folder.write("mcp.json", row.source);
    const std::string into = folder.write("junctor.yaml", row.into);
    const ImportOutcome outcome = import_blocking({file}, into);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_NE(outcome.err.find(row.err), std::string::npos) << outcome.err;
    EXPECT_EQ(folder.read("junctor.yaml"), row.into);
    EXPECT_EQ(folder.files(), 2U);
  }
}

TEST(Import, FilesThatCannotBeUsedAreNamed) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", kRemote);
  EXPECT_EQ(import_blocking({folder.path("gone.json")}, "").err,
            "junctor: cannot read " + folder.path("gone.json") + ": No such file or directory\n");
  EXPECT_EQ(import_blocking({folder.path("")}, "").exit_code, 1);
  EXPECT_EQ(import_blocking({}, "").err, "junctor: expected 1 to 64 files to import\n");
  EXPECT_EQ(import_blocking(std::vector<std::string>(kImportFilesMax + 1, file), "").exit_code, 1);
  const ImportOutcome nowhere = import_blocking({file}, folder.path("gone/junctor.yaml"));
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_EQ(nowhere.err, "junctor: cannot write beside " + folder.path("gone/junctor.yaml") +
                             ": No such file or directory\n");
}

TEST(Import, AFileOverTheLimitIsRefused) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", std::string((std::size_t{4} << 20U) + 1, ' '));
  EXPECT_EQ(import_blocking({file}, "").err, "junctor: " + file + " has more than 4194304 bytes\n");
}

TEST(Import, ARouteThatIsMissingIsAskedFor) {
  const ImportSource into{.file = "junctor.yaml",
                          .text =
                              "upstreams:\n  - name: a\n    url: http://a/\nroutes:\n"
                              "  - path: /a\n    upstream: a\n"};
  const ImportOutcome outcome = import_texts({{.file = "f", .text = std::string{kRemote}}}, &into);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(
      outcome.err.ends_with("\nno route names its upstreams in a list: name the new ones "
                            "in a route, or nobody reaches them\n"))
      << outcome.err;
}

// Every place a key can stand in, with keys of known shapes and keys that only their name betrays.
constexpr std::string_view kSecretsEverywhere = R"({
  "mcpServers": {
    "ghp_a1b2c3d4e5f6g7h8i9j0": {"command": "a"},
    "named": {"command": "srv", "args": ["--api-key", "hunter2hunter2", "--password=hunter3hunter3",
        "-e", "X_TOKEN=hunter4hunter4", "--header", "Authorization: Bearer hunter5hunter5"],
      "env": {"MY_SECRET": "hunter6hunter6", "DB": "postgres://u:hunter7hunter7@h/d"},
      "cwd": "/x/sk-abcdefgh12345678", "ghp_b1b2c3d4e5f6g7h8i9j0": 1},
    "remote": {"url": "https://a.example/s/a8Kd02mLq9Zx7Tr4Vw1B?api_key=hunter8hunter8",
      "headers": {"X-Api-Key": "hunter9hunter9", "ghp_c1b2c3d4e5f6g7h8i9j0": "a",
                  "Cookie": "${A:-hunter10hunter10}"}},
    "bad": {"url": "https://u:hunter11hunter11@a.example/"},
    "both": {"command": "ghp_d1b2c3d4e5f6g7h8i9j0", "url": "http://a/ghp_e1b2c3d4e5f6g7h8i9j0"}
  }
})";

TEST(Import, NoSecretGetsOut) {
  const Folder folder;
  const std::string file = folder.write("mcp.json", kSecretsEverywhere);
  const std::string into = folder.path("junctor.yaml");
  const ImportOutcome printed = import_blocking({file}, "");
  const ImportOutcome written = import_blocking({file}, into);
  const ImportOutcome again = import_blocking({file}, into);
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_TRUE(again.err.starts_with("nothing is to be added\n")) << again.err;
  for (const std::string& text : {printed.out, printed.err, written.out, written.err, again.err,
                                  folder.read("junctor.yaml")}) {
    EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
    EXPECT_EQ(text.find("ghp_"), std::string::npos) << text;
    EXPECT_EQ(text.find("sk-abc"), std::string::npos) << text;
    EXPECT_EQ(text.find("a8Kd02"), std::string::npos) << text;
  }
  EXPECT_NE(printed.out.find("X_TOKEN=${env:NAMED_X_TOKEN}"), std::string::npos) << printed.out;
}

// The file is ours in two ways: as what to import, and as what to import into.
TEST(Import, ItsOwnResultChangesNothing) {
  const ImportOutcome first =
      import_texts({{.file = "f", .text = std::string{kSecretsEverywhere}}}, nullptr);
  const ImportSource into{.file = "junctor.yaml", .text = first.out};
  const ImportOutcome second = import_texts({into}, &into);
  EXPECT_EQ(second.out, first.out) << second.err;
}

}  // namespace
}  // namespace junctor::app
