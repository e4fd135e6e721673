#pragma once
// Endpoint: the HTTP face of one route: it reads a request, decides whether it is one, and hands it
// on.
//
// One path serves both eras. POST carries one message; GET with a session's id is the standalone
// stream or a resumption, DELETE ends the session, OPTIONS is a browser's preflight. What is
// malformed is answered here, in the order of the specification's rules; the rest is
// run_exchange()'s (agent/exchange.h).
//
// It says nothing of a generation: the limits it reads are those of the moment, once for a journey.
// Whoever drops it waits until it is not in use.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports; Fetch standard, CORS protocol.
// Limits:  Limits::body_bytes_max.
// Threads: one shard.

#include <memory>
#include <string>
#include <vector>

#include "agent/client_answer.h"
#include "agent/session.h"
#include "agent/settings.h"
#include "agent/upstream.h"
#include "net/http.h"
#include "wire/mcp_request.h"

namespace junctor::agent {

class FederatedRoute;
class Plane;

class Endpoint final : public net::HttpHandler {
 public:
  // An identity route.
  Endpoint(Plane& plane, std::string path, std::shared_ptr<Upstream> upstream);
  // A federated one.
  Endpoint(Plane& plane, std::string path, std::vector<std::shared_ptr<Upstream>> members,
           Naming naming);
  ~Endpoint() override;
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool is_of(const Upstream& upstream) const noexcept {
    return upstream_ == &upstream;
  }
  // Requests are being handled, or a federated route has sessions or questions of its own.
  [[nodiscard]] bool is_in_use() const noexcept;
  // Null for an identity route.
  [[nodiscard]] FederatedRoute* federated() noexcept { return federated_.get(); }

  [[nodiscard, clang::coro_wrapper]] rt::Task<void> handle(net::Request& request,
                                                           net::ResponseWriter& response) override;

 private:
  // One request being handled. Counted here and not by a shared_ptr, whose counter is atomic.
  class Use {
   public:
    explicit Use(Endpoint& endpoint) noexcept : endpoint_{endpoint} { ++endpoint_.uses_; }
    ~Use() { --endpoint_.uses_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Endpoint& endpoint_;
  };
  static void preflight(const net::Request& request, net::ResponseWriter& response);
  // noinline: one request takes one of these ways, and its frame should not hold the others'.
  [[nodiscard, gnu::noinline]] rt::Task<void> post(net::Request& request,
                                                   net::ResponseWriter& response);
  [[nodiscard]] static rt::Task<void> answer_at_once(net::Request& request,
                                                     net::ResponseWriter& response);
  // False when the request has been refused.
  [[nodiscard, gnu::noinline]] static bool acceptable(const net::Request& request,
                                                      ClientAnswer& answer);
  // The judged message; null when it has been answered.
  [[nodiscard, gnu::noinline]] std::unique_ptr<wire::McpRequest> judge(const net::Request& request,
                                                                       ClientAnswer& answer,
                                                                       std::string_view body);
  [[nodiscard, gnu::noinline]] rt::Task<void> post_in_session(
      net::Request& request, net::ResponseWriter& response, ClientAnswer& answer,
      std::unique_ptr<wire::McpRequest> message, std::string_view body);
  [[nodiscard, gnu::noinline, clang::coro_wrapper]] rt::Task<void> post_elsewhere(
      net::Request& request, net::ResponseWriter& response, ClientAnswer& answer,
      std::unique_ptr<wire::McpRequest> message, std::string_view body);
  [[nodiscard, gnu::noinline, clang::coro_wrapper]] rt::Task<void> serve_members(
      const std::shared_ptr<Session>& session, net::Request& request, net::ResponseWriter& response,
      ClientAnswer& answer, std::unique_ptr<wire::McpRequest> message, std::string_view body);
  [[nodiscard, gnu::noinline]] rt::Task<void> get(net::Request& request,
                                                  net::ResponseWriter& response);
  [[nodiscard, gnu::noinline]] rt::Task<void> read_standalone(std::shared_ptr<Session> session,
                                                              ClientAnswer& answer);
  [[nodiscard, gnu::noinline]] rt::Task<void> resume(std::shared_ptr<Session> session,
                                                     ClientAnswer& answer, std::string event_id);

  // The request's session, if it is of this shard and this route.
  [[nodiscard]] std::shared_ptr<Session> find_session(std::string_view id) const;
  // The plane where the message is served, if it is another one.
  [[nodiscard]] Plane* home_of(const wire::McpRequest& message) const;
  // The plane that has it; null when it is this one or none.
  [[nodiscard]] Plane* other_plane(std::string_view id) const;

  [[nodiscard]] rt::Shard& shard() const noexcept;

  Plane& plane_;
  std::string path_;
  std::shared_ptr<Upstream> kept_;
  Upstream* upstream_;  // Of an identity route; null for a federated one.
  std::size_t uses_ = 0;
  std::unique_ptr<FederatedRoute> federated_;
};

}  // namespace junctor::agent
