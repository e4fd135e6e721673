#pragma once
// MessageSink: who takes the messages of an upstream that belong to one call.
//
// Threads: one shard.

#include "agent/upstream_message.h"

namespace junctor::agent {

class MessageSink {
 public:
  // Views of the upstream's bytes: used up when it returns.
  virtual void take(const UpstreamMessage& message) = 0;

 protected:
  ~MessageSink() = default;
};

}  // namespace junctor::agent
