#include "agent/stdio_handshake.h"

#include <utility>

#include "agent/own_words.h"

namespace junctor::agent {

rt::Task<Result<std::string>> begin_session(StdioConnection& connection, SessionWords words,
                                            Time deadline) {
  JUNCTOR_CO_TRY(
      std::string hello,
      co_await ask(connection, R"("method":"initialize","params":)" + words.handshake, deadline));
  Pieces initialized;
  initialized.add(kInitialized);
  JUNCTOR_CO_CHECK(connection.send(initialized));
  std::vector<std::string> again;
  if (!words.level.empty())
    again.push_back(R"("method":"logging/setLevel","params":)" + words.level);
  for (const std::string& each : words.subscriptions)
    again.push_back(R"("method":"resources/subscribe","params":)" + each);
  for (std::size_t i = 0; i < again.size(); ++i) {
    JUNCTOR_CO_CHECK(co_await ask(connection, std::move(again[i]), deadline));
  }
  // Nobody listened yet, so nobody would hear of it.
  if (connection.ended()) {
    co_return fail(ErrorKind::unavailable, "upstream_stream_lost", "The server's process ended.");
  }
  co_return hello;
}

}  // namespace junctor::agent
