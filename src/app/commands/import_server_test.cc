// Goal: a draft takes what our configuration would take, says what it does not, and never says a
// secret. Method: drafts told one thing each, and what is in the reading afterwards.

#include "app/commands/import_server.h"

#include <gtest/gtest.h>

#include <functional>

namespace junctor::app {
namespace {

ConfigNode text_node(std::string_view text) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::text;
  node.text = std::string{text};
  return node;
}

ConfigNode number_node(std::string_view text) {
  ConfigNode node = text_node(text);
  node.kind = ConfigNode::Kind::number;
  return node;
}

ImportReading reading_of(const std::function<void(ServerDraft&)>& tell) {
  ImportReading reading;
  reading.origin = "f.json";
  ServerDraft draft{reading, "s", VariableSyntax::braces};
  tell(draft);
  std::move(draft).finish();
  return reading;
}

TEST(ServerDraft, ACommandIsAServer) {
  const ImportReading reading = reading_of([](ServerDraft& draft) {
    draft.add_word("npx");
    draft.add_word("-y");
    draft.set_cwd(text_node("/srv"));
  });
  ASSERT_EQ(reading.servers.size(), 1U);
  const ImportedServer& server = reading.servers[0];
  EXPECT_EQ(server.name, "s");
  EXPECT_EQ(server.origin, "f.json");
  ASSERT_EQ(server.command.size(), 2U);
  EXPECT_EQ(config_text(server.command[1], "s"), "-y");
  EXPECT_EQ(config_text(server.cwd, "s"), "/srv");
  EXPECT_TRUE(reading.losses.empty());
  EXPECT_TRUE(reading.left_out.empty());
}

TEST(ServerDraft, TheOptionBeforeSaysThatAWordIsSecret) {
  const ImportReading reading = reading_of([](ServerDraft& draft) {
    for (const std::string_view word : {"srv", "--token", "abc", "def"}) draft.add_word(word);
  });
  const auto& command = reading.servers.at(0).command;
  EXPECT_EQ(config_text(command[2], "s"), "${env:S_TOKEN}");
  EXPECT_EQ(config_text(command[3], "s"), "def");
}

// Two keys under one name would be one variable.
TEST(ServerDraft, TwoSecretsOfOneNameAreTwoVariables) {
  const ImportReading reading = reading_of([](ServerDraft& draft) {
    for (const std::string_view word :
         {"srv", "--token", "abc", "--token", "def", "--token", "abc"})
      draft.add_word(word);
  });
  const auto& command = reading.servers.at(0).command;
  EXPECT_EQ(config_text(command[2], "s"), "${env:S_TOKEN}");
  EXPECT_EQ(config_text(command[4], "s"), "${env:S_TOKEN_2}");
  EXPECT_EQ(config_text(command[6], "s"), "${env:S_TOKEN}");
}

struct LeftOut {
  std::string_view name;
  std::function<void(ServerDraft&)> tell;
  std::string_view reason;
};
const LeftOut kLeftOut[] = {
    {"nothing", [](ServerDraft&) {}, "it has neither a command nor a url"},
    {"both",
     [](ServerDraft& draft) {
       draft.add_word("a");
       draft.set_url("http://a/");
     },
     "it has a command and a url, and only one can be meant"},
    {"first_reason",
     [](ServerDraft& draft) {
       draft.leave_out("one");
       draft.leave_out("two");
     },
     "one"},
    {"url_of_another_scheme", [](ServerDraft& draft) { draft.set_url("ws://a/"); },
     "its url is not one of http or https without user, password and fragment"},
    {"url_with_password", [](ServerDraft& draft) { draft.set_url("http://u:p@a/"); },
     "its url is not one of http or https without user, password and fragment"},
    {"empty_url", [](ServerDraft& draft) { draft.set_url(""); }, "its url is empty"},
    {"zero_byte", [](ServerDraft& draft) { draft.add_word(std::string_view{"a\0b", 3}); },
     "a text that is not UTF-8 or holds a zero byte"},
    {"not_utf8", [](ServerDraft& draft) { draft.add_word("a\xFF"); },
     "a text that is not UTF-8 or holds a zero byte"},
    {"long_text",
     [](ServerDraft& draft) { draft.add_word(std::string(kImportTextBytesMax + 1, 'a')); },
     "a text of more than 8192 bytes"},
    {"many_words",
     [](ServerDraft& draft) {
       for (std::size_t i = 0; i <= kImportWordsMax; ++i) draft.add_word("a");
     },
     "a command of more than 256 words"},
    {"args_are_a_map",
     [](ServerDraft& draft) {
       ConfigNode node;
       node.kind = ConfigNode::Kind::map;
       draft.add_words(node, "args");
     },
     "args is a map"},
};

TEST(ServerDraft, SaysWhyAServerIsLeftOut) {
  for (const LeftOut& row : kLeftOut) {
    SCOPED_TRACE(row.name);
    const ImportReading reading = reading_of(row.tell);
    EXPECT_TRUE(reading.servers.empty());
    ASSERT_EQ(reading.left_out.size(), 1U);
    EXPECT_EQ(reading.left_out[0], "server s (f.json) is left out: " + std::string{row.reason});
  }
}

struct Lost {
  std::string_view name;
  std::function<void(ServerDraft&)> tell;
  std::string_view line;
};
std::function<void(ServerDraft&)> with_header(std::string_view name, std::string_view value) {
  return [name, value](ServerDraft& draft) {
    draft.set_url("http://a/");
    draft.add_header(name, read_import_value(value, VariableSyntax::braces));
  };
}
std::function<void(ServerDraft&)> with_timeout(const ConfigNode& node) {
  return [node](ServerDraft& draft) {
    draft.set_url("http://a/");
    draft.set_timeout(node);
  };
}
const Lost kLost[] = {
    {"own_header", with_header("Content-Type", "a"),
     "field headers.Content-Type of server s (f.json): the gateway writes this header itself; it "
     "is left out"},
    {"no_header_name", with_header("a b", "c"),
     "field headers of server s (f.json): a header has a name that HTTP does not take, and is left "
     "out"},
    {"no_header_value", with_header("A", "b\nc"),
     "field headers.A of server s (f.json): its value is none that HTTP takes; it is left out"},
    {"default", with_header("A", "${B:-hunter2}"),
     "field header A of server s (f.json): the default of B has no equivalent; set the variable"},
    {"variable_twice",
     [](ServerDraft& draft) {
       draft.add_word("a");
       draft.add_variable("B", read_import_value("1", VariableSyntax::none));
       draft.add_variable("B", read_import_value("2", VariableSyntax::none));
     },
     "field env.B of server s (f.json): it stands there twice; the first one is taken"},
    {"timeout_in_words", with_timeout(text_node("soon")),
     "field timeout of server s (f.json): it is no whole number, and is left out"},
    {"timeout_of_nothing", with_timeout(number_node("0")),
     "field timeout of server s (f.json): it is no whole number, and is left out"},
    {"timeout_of_days", with_timeout(number_node("86400001")),
     "field timeout of server s (f.json): it is over a day; left out"},
    {"timeout_in_seconds", with_timeout(number_node("60")),
     "field timeout of server s (f.json): taken as 60 seconds"},
};

TEST(ServerDraft, SaysWhatHasNoEquivalent) {
  for (const Lost& row : kLost) {
    SCOPED_TRACE(row.name);
    const ImportReading reading = reading_of(row.tell);
    EXPECT_EQ(reading.servers.size(), 1U);
    ASSERT_EQ(reading.losses.size(), 1U);
    EXPECT_EQ(reading.losses[0], row.line);
  }
}

TEST(ServerDraft, AnAbsoluteFileMeansTheSameEverywhere) {
  const ImportReading reading = reading_of([](ServerDraft& draft) {
    draft.set_url("https://a/");
    draft.add_header("A", read_import_value("${file:/run/a}", VariableSyntax::junctor));
    draft.set_setting("tls.ca_file", "/etc/ca.pem");
  });
  EXPECT_TRUE(reading.losses.empty());
  const ImportReading relative = reading_of([](ServerDraft& draft) {
    draft.set_url("https://a/");
    draft.add_header("A", read_import_value("{file:~/a}", VariableSyntax::braces));
    draft.set_setting("tls.ca_file", "ca.pem");
  });
  EXPECT_EQ(relative.losses.size(), 2U);
  EXPECT_EQ(relative.servers.at(0).settings.size(), 1U);
}

TEST(ServerDraft, MillisecondsBecomeATime) {
  const auto timeout_of = [](std::string_view number) {
    return reading_of(with_timeout(number_node(number))).servers.at(0).settings.at(0).second;
  };
  EXPECT_EQ(timeout_of("30000"), "30s");
  EXPECT_EQ(timeout_of("1500"), "1500ms");
  EXPECT_EQ(timeout_of("600000"), "10m");
  EXPECT_EQ(timeout_of("60"), "1m");
}

TEST(ServerDraft, TheSameHeaderInAnotherCaseIsTheSame) {
  const ImportReading reading = reading_of([](ServerDraft& draft) {
    draft.set_url("http://a/");
    draft.add_header("X-A", read_import_value("1", VariableSyntax::none));
    draft.add_header("x-a", read_import_value("2", VariableSyntax::none));
  });
  EXPECT_EQ(reading.servers.at(0).headers.size(), 1U);
  EXPECT_EQ(reading.losses.size(), 1U);
}

// A key where a field's or a server's name belongs is shown as ***.
TEST(ServerDraft, NoSentenceHoldsAKey) {
  constexpr std::string_view kKey = "ghp_a1b2c3d4e5f6g7h8i9j0";
  ImportReading reading;
  reading.origin = "f.json";
  ServerDraft draft{reading, kKey, VariableSyntax::braces};
  draft.lose(kKey, "it has no equivalent");
  draft.add_variable(kKey, {});
  draft.add_header(kKey, {});
  std::move(draft).finish();
  ASSERT_EQ(reading.losses.size(), 3U);
  ASSERT_EQ(reading.left_out.size(), 1U);
  for (const std::string& line : reading.losses) EXPECT_EQ(line.find(kKey), std::string::npos);
  EXPECT_EQ(reading.left_out[0].find(kKey), std::string::npos);
}

TEST(HasRoomForServer, SaysOnceThatThereIsNone) {
  ImportReading reading;
  reading.origin = "f.json";
  reading.servers.resize(kImportServersMax - 1);
  EXPECT_TRUE(has_room_for_server(reading));
  reading.servers.resize(kImportServersMax);
  EXPECT_FALSE(has_room_for_server(reading));
  EXPECT_FALSE(has_room_for_server(reading));
  ASSERT_EQ(reading.left_out.size(), 1U);
  EXPECT_EQ(reading.left_out[0], "more than 1000 servers in f.json: the others are left out");
}

}  // namespace
}  // namespace junctor::app
