// Goal: an answer is read the same however the network cuts it; what is not HTTP/1.1 or ends too
// early is refused; and only a connection that surely stands at the next answer may be used again.
// Method: a table of answers, each fed whole, byte by byte and in two pieces at every place; a sink
// writes down what it is told.

#include "net/answer_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace junctor::net {
namespace {

using wire::http1::RequestKind;

struct Told final : AnswerSink {
  int status = 0;
  std::string body;
  int heads = 0;
  int pieces = 0;
  int lasts = 0;
  int refuse_at = 0;  // The call that is answered with an error, counted from 1.
  int calls = 0;

  Result<> on_head(const wire::http1::ResponseHead& head) override {
    ++heads;
    status = head.status;
    return say();
  }
  Result<> on_body(std::string_view piece, Part part) override {
    EXPECT_EQ(heads, 1);
    EXPECT_EQ(lasts, 0) << "nothing follows the last piece";
    volatile char padding = 0;
    for (std::size_t i = 0; i < kBufferPadding; ++i) padding = piece.data()[piece.size() + i];
    (void)padding;
    ++pieces;
    body += piece;
    if (part == Part::last) ++lasts;
    return say();
  }
  Result<> say() {
    if (++calls == refuse_at) return fail(ErrorKind::too_large, "enough");
    return {};
  }
};

struct Outcome {
  std::string word;  // "ended", "more", or the error's reason.
  bool reusable = false;
  Told told;
};

enum class Then : std::uint8_t { nothing, close };

Outcome feed(const std::vector<std::string_view>& parts, RequestKind kind, Then then,
             const wire::http1::Limits& limits = {}) {
  AnswerReader reader;
  reader.begin(kind);
  Outcome out;
  Result<AnswerProgress> progress = AnswerProgress::more;
  for (const std::string_view part : parts) {
    if (!progress || *progress == AnswerProgress::ended) break;
    Buffer text;  // Ends with the padding that the reader may look at.
    text.append(part);
    progress = reader.feed(text.view(), limits, out.told);
  }
  const bool open = progress && *progress == AnswerProgress::more;
  if (open && then == Then::close) progress = reader.close(out.told);
  out.reusable = progress && reader.reusable();
  if (!progress) {
    out.word = progress.error().reason();
    EXPECT_TRUE(out.word == "enough" || progress.error().kind() == ErrorKind::corrupt);
  } else {
    out.word = *progress == AnswerProgress::ended ? "ended" : "more";
  }
  return out;
}

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view word;
  int status = 0;
  std::string_view body = {};
  bool reusable = false;
  Then then = Then::close;
  RequestKind kind = RequestKind::other;
};

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

const Case kCases[] = {
    {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "ended", 200, "hello", true},
    {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "ended", 200, "", true},
    {"chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
     "ended", 200, "abcdefg", true},
    {"chunks_with_trailers",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
     "ended", 200, "a", true},
    {"until_close", "HTTP/1.1 200 OK\r\n\r\nall of it", "ended", 200, "all of it", false},
    {"until_close_empty", "HTTP/1.0 200 OK\r\n\r\n", "ended", 200, "", false},
    {"until_close_still_open", "HTTP/1.1 200 OK\r\n\r\nsome", "more", 200, "some", false,
     Then::nothing},
    {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", "ended", 204, "", true},
    {"not_modified_has_no_body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "ended",
     304, "", true},
    {"head_has_no_body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "ended", 200, "", true,
     Then::close, RequestKind::head},
    {"peer_wants_to_close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
     "ended", 200, "x", false},
    {"old_version", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "ended", 200, "x", false},
    {"early_hints_are_skipped",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 "
     "OK\r\n"
     "Content-Length: 2\r\n\r\nok",
     "ended", 200, "ok", true},
    {"upgrade_is_refused", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
     "upstream_invalid"},
    {"garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "upstream_invalid"},
    {"both_lengths",
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "upstream_invalid"},
    {"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
     "upstream_invalid"},
    {"bare_line_feed", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "upstream_invalid"},
    {"bad_chunk_size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nxyz\r\n",
     "upstream_invalid", 200, "a"},
    {"nothing_at_all", "", "upstream_stream_lost"},
    {"cut_in_the_head", "HTTP/1.1 200 OK\r\nContent-Le", "upstream_stream_lost"},
    {"cut_after_continue", kContinue, "upstream_stream_lost"},
    {"cut_in_the_body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "upstream_stream_lost",
     200, "hel"},
    {"cut_in_the_chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
     "upstream_stream_lost", 200, "abc"},
    {"cut_before_the_last_line", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
     "upstream_stream_lost", 200, ""},
};

class AnswerReaderTable : public testing::TestWithParam<Case> {};

void expect_row(const Case& row, const Outcome& got) {
  EXPECT_EQ(got.word, row.word);
  EXPECT_EQ(got.told.status, row.status);
  EXPECT_EQ(got.told.body, row.body);
  EXPECT_EQ(got.reusable, row.reusable);
  EXPECT_EQ(got.told.lasts, row.word == "ended" ? 1 : 0);
}

TEST_P(AnswerReaderTable, TellsTheSameHoweverItIsCut) {
  const Case& row = GetParam();
  std::vector<std::string_view> whole;
  if (!row.text.empty()) whole.push_back(row.text);
  expect_row(row, feed(whole, row.kind, row.then));

  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < row.text.size(); ++i) bytes.push_back(row.text.substr(i, 1));
  expect_row(row, feed(bytes, row.kind, row.then));

  for (std::size_t i = 1; i < row.text.size(); ++i) {
    SCOPED_TRACE(i);
    expect_row(row, feed({row.text.substr(0, i), row.text.substr(i)}, row.kind, row.then));
  }
}

INSTANTIATE_TEST_SUITE_P(Answers, AnswerReaderTable, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(AnswerReader, DoesNotReuseWhenMoreFollowsTheEnd) {
  const Outcome length =
      feed({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP"}, RequestKind::other, Then::close);
  EXPECT_EQ(length.word, "ended");
  EXPECT_FALSE(length.reusable);
  const Outcome chunks = feed({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n!"},
                              RequestKind::other, Then::close);
  EXPECT_EQ(chunks.word, "ended");
  EXPECT_FALSE(chunks.reusable);
  const Outcome none = feed({"HTTP/1.1 204 No Content\r\n\r\n!"}, RequestKind::other, Then::close);
  EXPECT_EQ(none.word, "ended");
  EXPECT_FALSE(none.reusable);
}

TEST(AnswerReader, TellsAShortChunkedAnswerAsOnePiece) {
  const Outcome got =
      feed({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
           RequestKind::other, Then::close);
  EXPECT_EQ(got.told.pieces, 1);
  EXPECT_EQ(got.told.body, "hello");
}

TEST(AnswerReader, RefusesAHeadOverTheLimit) {
  const wire::http1::Limits limits{.head_bytes_max = 128};
  const std::string text = "HTTP/1.1 200 OK\r\nX-Long: " + std::string(200, 'x') + "\r\n\r\n";
  EXPECT_EQ(feed({text}, RequestKind::other, Then::close, limits).word, "upstream_invalid");
  std::vector<std::string_view> bytes;
  for (const char& byte : text) bytes.emplace_back(&byte, 1);
  EXPECT_EQ(feed(bytes, RequestKind::other, Then::nothing, limits).word, "upstream_invalid");
}

TEST(AnswerReader, RefusesEndlessInformationalHeads) {
  std::vector<std::string_view> heads(AnswerReader::kInformationalMax, kContinue);
  EXPECT_EQ(feed(heads, RequestKind::other, Then::nothing).word, "more");
  heads.push_back(kContinue);
  EXPECT_EQ(feed(heads, RequestKind::other, Then::nothing).word, "upstream_invalid");
}

TEST(AnswerReader, EndsWithWhatTheSinkSays) {
  for (const int call : {1, 2, 3}) {
    SCOPED_TRACE(call);
    AnswerReader reader;
    reader.begin(RequestKind::other);
    Told told;
    told.refuse_at = call;
    Buffer text;
    text.append(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    const auto got = reader.feed(text.view(), {}, told);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().reason(), "enough");
    EXPECT_EQ(told.calls, call) << "it is told nothing more";
  }
}

struct KeepAlive {
  std::string_view field;
  Duration want;
};

TEST(AnswerReader, ReadsThePeersPatience) {
  using std::chrono::seconds;
  const KeepAlive rows[] = {
      {"Keep-Alive: timeout=5\r\n", seconds{5}},
      {"Keep-Alive: max=100, Timeout=72\r\n", seconds{72}},
      {"Keep-Alive: timeout=0\r\n", seconds{0}},
      {"Keep-Alive: timeout=-1\r\n", Duration::max()},
      {"Keep-Alive: timeout=5s\r\n", Duration::max()},
      {"Keep-Alive: timeout=99999999999\r\n", Duration::max()},
      {"Keep-Alive: t\r\n", Duration::max()},
      {"", Duration::max()},
  };
  for (const KeepAlive& row : rows) {
    SCOPED_TRACE(row.field);
    AnswerReader reader;
    reader.begin(RequestKind::other);
    Told told;
    Buffer text;
    text.append("HTTP/1.1 200 OK\r\n");
    text.append(row.field);
    text.append("Content-Length: 0\r\n\r\n");
    ASSERT_TRUE(reader.feed(text.view(), {}, told));
    EXPECT_EQ(reader.reuse_for(), row.want);
  }
}

TEST(AnswerReader, ReadsOneAnswerAfterTheOther) {
  AnswerReader reader;
  for (const std::string_view body : {"first", "other"}) {
    reader.begin(RequestKind::other);
    EXPECT_TRUE(reader.untouched());
    Told told;
    for (const std::string_view part : {std::string_view{"HTTP/1.1 200 OK\r\nContent-"},
                                        std::string_view{"Length: 5\r\n\r\n"}, body}) {
      Buffer text;
      text.append(part);
      ASSERT_TRUE(reader.feed(text.view(), {}, told));
      EXPECT_FALSE(reader.untouched());
    }
    EXPECT_EQ(told.body, body);
    EXPECT_TRUE(reader.reusable());
  }
}

}  // namespace
}  // namespace junctor::net
