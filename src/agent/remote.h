#pragma once
// Requests that arrive on one shard and belong to a session of another.
//
// The request is handed over by value: head and body are copied, and the other shard's endpoint
// serves the copy. What it writes comes back as messages and is written to the client here; what
// the client takes, and that it left, goes there. Neither shard touches the other's objects.
//
// Limits:  the writer there sees what the client has not taken yet as its backlog, as if it were
//          here.
// Threads: hand_over() on the shard that holds the connection; everything it calls there by post().

#include <string>
#include <string_view>

#include "agent/settings.h"
#include "net/http.h"
#include "rt/task.h"

namespace junctor::agent {

class Plane;

// Serves `request` on the shard of `plane`, by the endpoint that has `path` there, which may be of
// another generation; ends when the answer has ended. `limits` are those of this shard.
[[nodiscard]] rt::Task<void> hand_over(Plane& plane, std::string path, const Limits& limits,
                                       net::Request& request, std::string_view body,
                                       net::ResponseWriter& response);

}  // namespace junctor::agent
