#pragma once
// TextRequest: a request that came in on no connection of this shard: the text of its head and its
// body, as a handler sees them.
//
// Source:  RFC 9112 section 3.
// Limits:  the head's are those of whoever wrote it; body() refuses what is over the handler's.
// Errors:  make(): invalid_argument; body(): too_large.
// Threads: one shard at a time.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "net/http.h"

namespace junctor::agent {

class TextRequest final : public net::Request {
 public:
  // `head`: start line, fields and the empty line.
  [[nodiscard]] static Result<std::unique_ptr<TextRequest>> make(std::string head, Buffer body,
                                                                 rt::Endpoint peer);

  [[nodiscard]] const wire::http1::RequestHead& head() const noexcept override { return *head_; }
  [[nodiscard]] const rt::Endpoint& peer() const noexcept override { return peer_; }
  [[nodiscard]] rt::Task<Result<std::string_view>> body(std::size_t bytes_max) override;
  [[nodiscard]] std::optional<std::string_view> body_now(std::size_t bytes_max) const override;
  void release_head() noexcept override { head_.reset(); }
  void release() noexcept override;

 private:
  TextRequest() = default;

  std::string text_;
  Buffer body_;
  rt::Endpoint peer_;
  std::unique_ptr<wire::http1::RequestHead> head_ = std::make_unique<wire::http1::RequestHead>();
};

}  // namespace junctor::agent
