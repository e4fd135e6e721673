#include "cli/example_stream.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "wire/jsonrpc.h"
#include "wire/sse_encoder.h"

namespace junctor::cli {

ExampleStream::ExampleStream(net::ResponseWriter& response) : response_{response} {
  JUNCTOR_ASSERT(!response_.started());
  static constexpr net::Field kFields[] = {{"Cache-Control", "no-store"},
                                           {"X-Accel-Buffering", "no"}};
  response_.start({.content_type = "text/event-stream", .fields = kFields});
  response_.flush();
  // A listener is not told what was so before.
  response_.listen(this);
  if (response_.gone()) scope_.request();
  if (response_.half_closed()) comment();
}

ExampleStream::~ExampleStream() {
  response_.listen(nullptr);
}

void ExampleStream::send(std::string_view message) {
  JUNCTOR_ASSERT(!message.empty());
  Buffer event;
  wire::append_sse_event(event, {}, message);
  response_.write(event.view());
  response_.flush();
}

void ExampleStream::notify(wire::McpMethod method, std::string_view params) {
  JUNCTOR_ASSERT(wire::method_facts(method).form == wire::MethodForm::notification);
  Buffer message;
  wire::append_notification(message, wire::method_facts(method).name, params);
  send(message.view());
}

void ExampleStream::finish() {
  response_.listen(nullptr);
  response_.finish();
}

rt::Task<void> ExampleStream::keep_open() {
  while (co_await rt::sleep_until(rt::Shard::current().now() + kExampleKeepAlive) ==
         rt::Wake::timeout) {
    comment();
  }
}

//= mcp 2026-07-28 basic/patterns/cancellation#transport-specific-cancellation:disconnect MUST
// In the legacy era leaving is no cancellation; but these streams cannot be taken up again, so
// nobody would hear of what was done.
void ExampleStream::on_client_gone() noexcept {
  scope_.request();
}

// A client that is there skips the comment; if nobody is, it meets a reset.
void ExampleStream::on_client_half_closed() noexcept {
  comment();
}

void ExampleStream::comment() {
  Buffer event;
  wire::append_sse_comment(event, {});
  response_.write(event.view());
  response_.flush();
}

}  // namespace junctor::cli
