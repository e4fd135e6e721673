// Goal: `check` says what a configuration would serve, or all that is wrong with it, without
// starting anything. Method: files in a folder of their own, and the sentences that must come.

#include "app/commands/check.h"

#include <gtest/gtest.h>
#include <vector>

#include "app/folder.h"

namespace junctor::app {
namespace {

struct Explained {
  std::string_view name;
  std::string_view text;
  std::string_view lines;  // Behind "FILE: ok".
};
const Explained kExplained[] = {
    {"nothing", "",
     "listens on http://127.0.0.1:8080\n"
     "health and metrics on the same address\n"
     "no route: nothing is served to agents\n"},
    {"a_route", "upstreams: [{name: a, url: 'http://u/x'}]\nroutes: [{path: /mcp, upstream: a}]",
     "listens on http://127.0.0.1:8080\n"
     "health and metrics on the same address\n"
     "/mcp leads to a at http://u/x\n"},
    {"an_upstream_without_a_route",
     "upstreams: [{name: a, url: 'http://u/x'}, {name: b, url: 'http://v/'}]\n"
     "routes: [{path: /mcp, upstream: a}, {path: /also, upstream: a}]",
     "listens on http://127.0.0.1:8080\n"
     "health and metrics on the same address\n"
     "/mcp leads to a at http://u/x\n"
     "/also leads to a at http://u/x\n"
     "no route leads to b\n"},
    {"open_to_all", "listen: {http: '*:80', admin: '127.0.0.1:81'}\nauth: none",
     "listens on http://0.0.0.0:80\n"
     "health and metrics on http://127.0.0.1:81\n"
     "asks nobody who they are (auth: none)\n"
     "no route: nothing is served to agents\n"},
};

TEST(Check, ExplainsWhatWouldBeServed) {
  for (const Explained& row : kExplained) {
    SCOPED_TRACE(row.name);
    Folder folder;
    const std::string file = folder.write("junctor.yaml", row.text);
    const CheckOutcome outcome = check_blocking(file);
    EXPECT_TRUE(outcome.ok);
    EXPECT_EQ(outcome.text, file + ": ok\n" + std::string{row.lines});
  }
}

TEST(Check, SaysAllThatIsWrongAndHowMuch) {
  Folder folder;
  const std::string two = folder.write("two.yaml", "shards: 1\nzz: 1\nyy: 2\n");
  const CheckOutcome bad = check_blocking(two);
  EXPECT_FALSE(bad.ok);
  EXPECT_TRUE(bad.text.starts_with(two + ":2:1: zz: unknown key")) << bad.text;
  EXPECT_NE(bad.text.find("\n" + two + ":3:1: yy: unknown key"), std::string::npos) << bad.text;
  EXPECT_TRUE(bad.text.ends_with("\n" + two + ": 2 problems\n")) << bad.text;
  const std::string one = folder.write("one.yaml", "zz: 1");
  EXPECT_TRUE(check_blocking(one).text.ends_with("\n" + one + ": 1 problem\n"));
}

TEST(Check, AFileThatIsNotThereIsAProblemOfTheWholeFile) {
  const CheckOutcome outcome = check_blocking("/nonexistent/a\nb.yaml");
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(outcome.text,
            "/nonexistent/a\\x0ab.yaml: cannot read /nonexistent/a\\x0ab.yaml: No such file or "
            "directory\n/nonexistent/a\\x0ab.yaml: 1 problem\n");
}

TEST(Check, CertificatesAreReadBesideTheConfiguration) {
  constexpr std::string_view kText =
      "upstreams:\n"
      "  - {name: a, url: 'https://u/', tls: {ca_file: ca.pem}}\n"
      "  - {name: b, url: 'https://v/', tls: {ca_file: gone.pem}}\n";
  Folder folder;
  const std::string file = folder.write("junctor.yaml", kText);
  (void)folder.write("ca.pem", "this is no certificate\n");
  const CheckOutcome outcome = check_blocking(file);
  EXPECT_FALSE(outcome.ok);
  EXPECT_TRUE(outcome.text.starts_with(file + ": upstreams[0].tls.ca_file: The certificates of '"))
      << outcome.text;
  EXPECT_NE(outcome.text.find("\n" + file + ": upstreams[1].tls.ca_file: "), std::string::npos)
      << outcome.text;
}

}  // namespace
}  // namespace junctor::app
