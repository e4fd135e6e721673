// Goal: what is typed means one command, or a sentence that helps. Method: rows of words.

#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace junctor::cli {
namespace {

std::expected<Arguments, Ending> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "junctor");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

struct Good {
  std::vector<const char*> words;
  Command command;
  std::string file;
  std::string listen = "127.0.0.1:9000";
  std::string route = {};
  bool on_stdio = false;
};

const Good kGood[] = {
    {{"serve"}, Command::serve, ""},
    {{"serve", "--config", "a.yaml"}, Command::serve, "a.yaml"},
    {{"serve", "--config=a.yaml"}, Command::serve, "a.yaml"},
    {{"check", "a.yaml"}, Command::check, "a.yaml"},
    {{"reload"}, Command::reload, ""},
    {{"status"}, Command::status, ""},
    {{"config", "reference"}, Command::config_reference, ""},
    {{"example-server"}, Command::example_server, ""},
    {{"example-server", "--listen", "127.0.0.1:0"}, Command::example_server, "", "127.0.0.1:0"},
    {{"example-server", "--stdio"}, Command::example_server, "", "127.0.0.1:9000", "", true},
    {{"stdio", "--config", "a.yaml"}, Command::stdio, "a.yaml"},
    {{"stdio", "--config", "a.yaml", "--route", "/b"},
     Command::stdio,
     "a.yaml",
     "127.0.0.1:9000",
     "/b"},
    {{"version"}, Command::version, ""},
};

TEST(Arguments, EachCommandIsUnderstood) {
  for (const Good& c : kGood) {
    SCOPED_TRACE(c.words[0]);
    const auto arguments = parse(c.words);
    ASSERT_TRUE(arguments.has_value()) << arguments.error().text;
    EXPECT_EQ(arguments->command, c.command);
    EXPECT_EQ(arguments->file, c.file);
    EXPECT_EQ(arguments->listen, c.listen);
    EXPECT_EQ(arguments->route, c.route);
    EXPECT_EQ(arguments->on_stdio, c.on_stdio);
  }
}

struct Inspected {
  std::vector<const char*> words;
  Inspection::Subject subject;
  Inspection::Action action;
  std::string name;
  std::vector<std::string> pairs;
};

using Subject = Inspection::Subject;
using Action = Inspection::Action;
const Inspected kInspected[] = {
    {{"tools", "list", "--url", "http://a/"}, Subject::tools, Action::list, "", {}},
    {{"tools", "describe", "t", "--url", "http://a/"}, Subject::tools, Action::describe, "t", {}},
    {{"tools", "call", "t", "--url", "http://a/"}, Subject::tools, Action::use, "t", {}},
    {{"tools", "call", "t", "a=1", "b=-2", "--url=http://a/"},
     Subject::tools,
     Action::use,
     "t",
     {"a=1", "b=-2"}},
    {{"tools", "call", "--url", "http://a/", "t", "a=1"},
     Subject::tools,
     Action::use,
     "t",
     {"a=1"}},
    {{"prompts", "list", "--url", "http://a/"}, Subject::prompts, Action::list, "", {}},
    {{"prompts", "get", "p", "a=1", "--url", "http://a/"},
     Subject::prompts,
     Action::use,
     "p",
     {"a=1"}},
    {{"resources", "list", "--url", "http://a/"}, Subject::resources, Action::list, "", {}},
    {{"resources", "describe", "a:b", "--url", "http://a/"},
     Subject::resources,
     Action::describe,
     "a:b",
     {}},
    {{"resources", "read", "a:b", "--url", "http://a/"},
     Subject::resources,
     Action::use,
     "a:b",
     {}},
};

TEST(Arguments, EachInspectionIsUnderstood) {
  for (const Inspected& c : kInspected) {
    SCOPED_TRACE(std::string{c.words[0]} + " " + c.words[1]);
    const auto arguments = parse(c.words);
    ASSERT_TRUE(arguments.has_value()) << arguments.error().text;
    EXPECT_EQ(arguments->command, Command::inspect);
    const Inspection& inspection = arguments->inspection;
    EXPECT_EQ(inspection.subject, c.subject);
    EXPECT_EQ(inspection.action, c.action);
    EXPECT_EQ(inspection.url, "http://a/");
    EXPECT_EQ(inspection.name, c.name);
    EXPECT_EQ(inspection.pairs, c.pairs);
    EXPECT_EQ(inspection.form, Inspection::Form::people);
    EXPECT_EQ(inspection.era, agent::EraChoice::automatic);
    EXPECT_EQ(inspection.timeout, std::chrono::seconds{30});
  }
}

TEST(Arguments, AnInspectionHasItsOptions) {
  const auto arguments =
      parse({"tools", "call", "--header", "A: 1", "--header", "B: 2", "t", "--arguments", "-",
             "--json", "--era", "legacy", "--timeout", "500ms", "--url", "http://a/"});
  ASSERT_TRUE(arguments.has_value()) << arguments.error().text;
  const Inspection& inspection = arguments->inspection;
  EXPECT_EQ(inspection.headers, (std::vector<std::string>{"A: 1", "B: 2"}));
  EXPECT_EQ(inspection.name, "t");
  EXPECT_EQ(inspection.arguments, "-");
  EXPECT_EQ(inspection.form, Inspection::Form::json);
  EXPECT_EQ(inspection.era, agent::EraChoice::legacy);
  EXPECT_EQ(inspection.timeout, std::chrono::milliseconds{500});
  EXPECT_EQ(parse({"tools", "list", "--era", "modern", "--url", "u"})->inspection.era,
            agent::EraChoice::modern);
}

TEST(Arguments, AnImportHasFilesAndMayHaveAPlace) {
  const auto one = parse({"import", "a.json"});
  ASSERT_TRUE(one.has_value()) << one.error().text;
  EXPECT_EQ(one->command, Command::import_servers);
  EXPECT_EQ(one->imported.files, (std::vector<std::string>{"a.json"}));
  EXPECT_EQ(one->imported.into, "");
  const auto several = parse({"import", "a.json", "b.json", "--into", "c.yaml"});
  ASSERT_TRUE(several.has_value()) << several.error().text;
  EXPECT_EQ(several->imported.files, (std::vector<std::string>{"a.json", "b.json"}));
  EXPECT_EQ(several->imported.into, "c.yaml");
}

TEST(Arguments, ASchemaHasValuesOrTheStandardInput) {
  const auto compiled = parse({"schema", "compile", "s.json", "--formats"});
  ASSERT_TRUE(compiled.has_value()) << compiled.error().text;
  EXPECT_EQ(compiled->command, Command::schema);
  EXPECT_EQ(compiled->schema.schema, "s.json");
  EXPECT_TRUE(compiled->schema.instances.empty());
  EXPECT_TRUE(compiled->schema.checks_formats);
  const auto several = parse({"schema", "validate", "--with", "a.json", "--output", "basic",
                              "--dialect", "draft-07", "s.json", "b.json", "-"});
  ASSERT_TRUE(several.has_value()) << several.error().text;
  EXPECT_EQ(several->command, Command::schema);
  EXPECT_EQ(several->schema.instances, (std::vector<std::string>{"b.json", "-"}));
  EXPECT_EQ(several->schema.others, (std::vector<std::string>{"a.json"}));
  EXPECT_EQ(several->schema.form, SchemaUse::Form::basic);
  EXPECT_EQ(several->schema.dialect, lang::schema::Dialect::draft7);
  const auto input = parse({"schema", "validate", "s.json"});
  ASSERT_TRUE(input.has_value()) << input.error().text;
  EXPECT_EQ(input->schema.instances, (std::vector<std::string>{"-"}));
}

TEST(Arguments, AnExpressionMayHaveAnInput) {
  const auto bare = parse({"cel", "eval", "1 + 1"});
  ASSERT_TRUE(bare.has_value()) << bare.error().text;
  EXPECT_EQ(bare->command, Command::cel);
  EXPECT_EQ(bare->cel.expression, "1 + 1");
  EXPECT_EQ(bare->cel.input, "");
  EXPECT_FALSE(bare->cel.explains);
  const auto whole = parse({"cel", "eval", "--explain", "--input", "-", "a.b"});
  ASSERT_TRUE(whole.has_value()) << whole.error().text;
  EXPECT_EQ(whole->cel.input, "-");
  EXPECT_TRUE(whole->cel.explains);
}

TEST(Arguments, AnOperationSaysWhereTheGatewayIs) {
  const auto reload = parse({"reload", "--url", "http://a:1/", "--json"});
  ASSERT_TRUE(reload.has_value()) << reload.error().text;
  EXPECT_EQ(reload->command, Command::reload);
  EXPECT_EQ(reload->operation.url, "http://a:1/");
  EXPECT_EQ(reload->operation.form, Operation::Form::json);
  const auto status = parse({"status", "--config", "c.yaml"});
  ASSERT_TRUE(status.has_value()) << status.error().text;
  EXPECT_EQ(status->command, Command::status);
  EXPECT_EQ(status->operation.config, "c.yaml");
  EXPECT_EQ(status->operation.form, Operation::Form::people);
  const auto both = parse({"reload", "--url", "http://a:1/", "--config", "c.yaml"});
  ASSERT_FALSE(both.has_value()) << "one of them says where it is";
  EXPECT_EQ(both.error().exit_code, kExitUsage);
}

TEST(Arguments, AnExportHasAClientAndMayHaveMore) {
  const auto plain = parse({"export", "--for", "cursor"});
  ASSERT_TRUE(plain.has_value()) << plain.error().text;
  EXPECT_EQ(plain->command, Command::export_entry);
  EXPECT_EQ(plain->exported.client, "cursor");
  EXPECT_EQ(plain->exported.name, "junctor");
  EXPECT_EQ(plain->exported.url, "");
  const auto full =
      parse({"export", "--for", "zed", "--url", "http://a/", "--name", "n", "--config", "c.yaml"});
  ASSERT_TRUE(full.has_value()) << full.error().text;
  EXPECT_EQ(full->exported.url, "http://a/");
  EXPECT_EQ(full->exported.name, "n");
  EXPECT_EQ(full->exported.config, "c.yaml");
}

struct Bad {
  std::vector<const char*> words;
  std::string_view text;  // Part of it.
};

const Bad kBad[] = {
    {{}, "junctor: "},
    {{"srve"}, "no command is called \"srve\"; did you mean \"serve\"?"},
    {{"exmple-server"}, "did you mean \"example-server\"?"},
    {{"zzzzzz"}, "no command is called \"zzzzzz\"\n"},
    {{"a\nb"}, "no command is called \"a\\x0ab\""},
    {{"check"}, "FILE is required"},
    {{"serve", "--confg", "x"}, "--confg"},
    {{"serve", "--config"}, "--config"},
    {{"serve", "extra"}, "extra"},
    {{"config"}, "subcommand"},
    {{"--nope"}, "junctor: "},
    {{"tols"}, "did you mean \"tools\"?"},
    {{"tools"}, "subcommand"},
    {{"tools", "list"}, "one of --url URL, --config FILE and `-- COMMAND"},
    {{"tools", "list", "--"}, "one of --url URL"},
    {{"tools", "list", "--url", "u", "--", "c"}, "one of --url URL"},
    {{"tools", "list", "--url", "u", "--config", "f"}, "one of --url URL"},
    {{"tools", "list", "--url", "u", "--route", "/r"}, "--route is of --config"},
    {{"tools", "list", "--header", "A: b", "--", "c"}, "--header is of --url"},
    {{"tools", "call", "--url", "u"}, "NAME is required"},
    {{"resources", "read", "--url", "u"}, "URI is required"},
    {{"tools", "list", "--url", "u", "--era", "new"}, "--era"},
    {{"tools", "list", "--url", "u", "--timeout", "soon"}, "--timeout: expected a time"},
    {{"tools", "list", "--url", "u", "--timeout", "0"}, "--timeout: expected a time"},
    {{"tools", "list", "--url", "u", "--timeout", "2h"}, "--timeout: expected a time"},
    {{"tools", "list", "--url", "u", "x"}, "x"},
    {{"imprt", "a"}, "did you mean \"import\"?"},
    {{"import"}, "FILE is required"},
    {{"export"}, "--for is required"},
    {{"export", "--for", "zed", "x"}, "x"},
};

TEST(Arguments, ACommandIsAllThatFollowsTwoDashes) {
  const auto called = parse({"tools", "call", "echo", "text=a", "--json", "--", "npx", "-y",
                             "server", "--json", "--", "x=1"});
  ASSERT_TRUE(called.has_value()) << called.error().text;
  EXPECT_EQ(called->inspection.command,
            (std::vector<std::string>{"npx", "-y", "server", "--json", "--", "x=1"}));
  EXPECT_EQ(called->inspection.pairs, (std::vector<std::string>{"text=a"}));
  EXPECT_EQ(called->inspection.form, Inspection::Form::json);
  const auto listed = parse({"prompts", "list", "--config", "f", "--route", "/r"});
  ASSERT_TRUE(listed.has_value()) << listed.error().text;
  EXPECT_EQ(listed->inspection.config, "f");
  EXPECT_EQ(listed->inspection.route, "/r");
}

TEST(Arguments, WrongUsageEndsWithTwoAndASentence) {
  for (const Bad& c : kBad) {
    const auto arguments = parse(c.words);
    ASSERT_FALSE(arguments.has_value());
    EXPECT_EQ(arguments.error().exit_code, kExitUsage);
    EXPECT_NE(arguments.error().text.find(c.text), std::string::npos) << arguments.error().text;
    EXPECT_TRUE(arguments.error().text.ends_with("Try `junctor --help`.\n"));
  }
}

TEST(Arguments, HelpIsNoError) {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"--help"}, {"-h"}, {"serve", "--help"}, {"config", "reference", "--help"}}) {
    const auto arguments = parse(words);
    ASSERT_FALSE(arguments.has_value());
    EXPECT_EQ(arguments.error().exit_code, 0);
    EXPECT_NE(arguments.error().text.find("Usage: junctor"), std::string::npos)
        << arguments.error().text;
  }
  EXPECT_NE(parse({"--help"}).error().text.find("Exit codes: 0 done"), std::string::npos);
}

TEST(Arguments, VersionIsOneLine) {
  const auto arguments = parse({"--version"});
  ASSERT_FALSE(arguments.has_value());
  EXPECT_EQ(arguments.error().exit_code, 0);
  EXPECT_EQ(arguments.error().text.find('\n'), arguments.error().text.size() - 1);
}

}  // namespace
}  // namespace junctor::cli
