#include "agent/text_request.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace junctor::agent {
namespace {

constexpr wire::http1::Limits kNoLimits{
    .head_bytes_max = std::numeric_limits<std::size_t>::max(),
    .target_bytes_max = std::numeric_limits<std::size_t>::max()};

}  // namespace

// Parsed where it stays: the views of a head point into its text.
Result<std::unique_ptr<TextRequest>> TextRequest::make(std::string head, Buffer body,
                                                       rt::Endpoint peer) {
  std::unique_ptr<TextRequest> made{new TextRequest};
  made->text_ = std::move(head);
  made->body_ = std::move(body);
  made->peer_ = std::move(peer);
  const auto parsed = wire::http1::parse_request_head(made->text_, kNoLimits, *made->head_);
  if (parsed.outcome != wire::http1::Parse::complete || parsed.consumed != made->text_.size()) {
    return fail(ErrorKind::invalid_argument, "head_invalid", "This is no head of a request.");
  }
  return made;
}

rt::Task<Result<std::string_view>> TextRequest::body(std::size_t bytes_max) {
  if (const auto here = body_now(bytes_max)) co_return *here;
  co_return fail(ErrorKind::too_large, "body_too_large",
                 fmt::format("The message is over the limit of {} bytes.", bytes_max));
}

std::optional<std::string_view> TextRequest::body_now(std::size_t bytes_max) const {
  if (body_.size() > bytes_max) return std::nullopt;
  return body_.view();
}

void TextRequest::release() noexcept {
  release_head();
  body_.release();
}

}  // namespace junctor::agent
