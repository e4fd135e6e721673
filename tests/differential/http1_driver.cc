// Reads one HTTP/1 message from standard input and prints what Junctor makes of it, as JSON lines:
// the head, and behind an accepted head the body. Bytes are written as the characters U+0000 to
// U+00FF.
//
//   http1_driver request|response < bytes
//
// Exit status: 0 if something was printed, whatever it says; 2 for a usage error.

#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "wire/chunked.h"
#include "wire/http1.h"

namespace {

using namespace junctor::wire::http1;

constexpr std::size_t kInputBytesMax = std::size_t{1} << 20U;

std::string quoted(std::string_view bytes) {
  std::string out = "\"";
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    const bool is_plain = value >= 0x20 && value < 0x7F && byte != '"' && byte != '\\';
    out += is_plain ? std::string(1, byte) : fmt::format("\\u{:04x}", value);
  }
  return out + "\"";
}

std::string read_all(std::FILE* file) {
  std::string all(kInputBytesMax, '\0');
  all.resize(std::fread(all.data(), 1, all.size(), file));
  return all;
}

std::string fields_of(const Headers& headers) {
  std::string out;
  for (const Header& header : headers) {
    if (!out.empty()) out += ", ";
    out += fmt::format("[{}, {}]", quoted(header.name), quoted(header.value));
  }
  return "[" + out + "]";
}

std::string_view name_of(BodyKind body) {
  switch (body) {
    case BodyKind::none: return "none";
    case BodyKind::length: return "length";
    case BodyKind::chunked: return "chunked";
    case BodyKind::until_close: return "until_close";
  }
  return "";
}

void print_body(BodyKind body, std::uint64_t length, std::string_view rest) {
  std::string data;
  std::string_view state = "done";
  if (body == BodyKind::length) {
    data = rest.substr(0, length);
    state = data.size() == length ? "done" : "more";
  } else if (body == BodyKind::until_close) {
    data = rest;
    state = "more";
  } else if (body == BodyKind::chunked) {
    ChunkedDecoder decoder;
    while (!rest.empty() && decoder.state() == ChunkedDecoder::State::more) {
      const ChunkedDecoder::Step step = decoder.next(rest);
      data += step.data;
      rest.remove_prefix(step.consumed);
    }
    const bool is_done = decoder.state() == ChunkedDecoder::State::done;
    const bool is_refused = decoder.state() == ChunkedDecoder::State::refused;
    state = is_done ? "done" : is_refused ? "refused" : "more";
  }
  fmt::print("{{\"state\": \"{}\", \"data\": {}}}\n", state, quoted(data));
}

// True if there is a head to print.
bool print_outcome(const ParseResult& got) {
  if (got.outcome == Parse::refused) {
    fmt::print("{{\"outcome\": \"refused\", \"status\": {}, \"reason\": \"{}\"}}\n",
               got.refusal.status, got.refusal.reason);
  } else if (got.outcome == Parse::incomplete) {
    fmt::print("{{\"outcome\": \"incomplete\"}}\n");
  }
  return got.outcome == Parse::complete;
}

void print_request(std::string_view text) {
  RequestHead head;
  const ParseResult got = parse_request_head(text, Limits{}, head);
  if (!print_outcome(got)) return;
  fmt::print(
      "{{\"outcome\": \"complete\", \"method\": {}, \"target\": {}, \"version\": \"1.{}\", "
      "\"framing\": \"{}\", \"headers\": {}}}\n",
      quoted(head.method_text), quoted(head.target), head.minor, name_of(head.body),
      fields_of(head.headers));
  print_body(head.body, head.content_length, text.substr(got.consumed));
}

void print_response(std::string_view text) {
  ResponseHead head;
  const ParseResult got = parse_response_head(text, Limits{}, RequestKind::other, head);
  if (!print_outcome(got)) return;
  fmt::print(
      "{{\"outcome\": \"complete\", \"status\": {}, \"reason\": {}, \"version\": \"1.{}\", "
      "\"framing\": \"{}\", \"headers\": {}}}\n",
      head.status, quoted(head.reason_phrase), head.minor, name_of(head.body),
      fields_of(head.headers));
  print_body(head.body, head.content_length, text.substr(got.consumed));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  if (kind != "request" && kind != "response") {
    fmt::print(stderr, "usage: http1_driver request|response < bytes\n");
    return 2;
  }
  const std::string text = read_all(stdin);
  kind == "request" ? print_request(text) : print_response(text);
  return 0;
}
