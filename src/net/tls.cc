#include "net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "net/resolver.h"

namespace junctor::net {
namespace {

// ALPN's own list: a length and a name.
constexpr std::array<unsigned char, 9> kHttp1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
// RFC 8446 section 5.1: no record holds more.
constexpr std::size_t kRecordBytesMax = std::size_t{16} << 10;

template <auto free_it>
struct Freer {
  template <class T>
  void operator()(T* thing) const noexcept {
    free_it(thing);
  }
};
using SslContext = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Freer<SSL_free>>;
using Session = std::unique_ptr<SSL_SESSION, Freer<SSL_SESSION_free>>;
using BioMethod = std::unique_ptr<BIO_METHOD, Freer<BIO_meth_free>>;

// What OpenSSL put into its queue; of what the system refused there is nothing.
std::string last_sentence() {
  const char* sentence = ERR_reason_error_string(ERR_peek_last_error());
  return sentence == nullptr ? "the connection was closed" : sentence;
}

std::unexpected<Error> tls_fault(std::string detail) {
  return fail(ErrorKind::unavailable, "upstream_tls", std::move(detail));
}

// OpenSSL does its I/O through our sockets by these four, so that there is one door to the network.
int write_socket(BIO* bio, const char* bytes, int size) {
  auto& socket = *static_cast<rt::Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const iovec piece{const_cast<char*>(bytes), static_cast<std::size_t>(size)};
  const ssize_t sent = socket.try_send({&piece, 1});
  if (sent == -EAGAIN) BIO_set_retry_write(bio);
  return sent < 0 ? -1 : static_cast<int>(sent);
}

int read_socket(BIO* bio, char* into, int size) {
  auto& socket = *static_cast<rt::Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  // What is surely not there is not asked for: OpenSSL reads once more than it has to.
  ssize_t got = -EAGAIN;
  if (socket.maybe_readable() || !socket.open()) {
    got = socket.try_receive({into, static_cast<std::size_t>(size)});
  }
  if (got == -EAGAIN) BIO_set_retry_read(bio);
  return got < 0 ? -1 : static_cast<int>(got);
}

// Nothing is buffered below OpenSSL, so a flush has always been done.
long control_socket(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int make_bio(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BioMethod make_method() {
  BioMethod method{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "junctor socket")};
  JUNCTOR_ASSERT(method != nullptr);
  BIO_meth_set_create(method.get(), make_bio);
  BIO_meth_set_write(method.get(), write_socket);
  BIO_meth_set_read(method.get(), read_socket);
  BIO_meth_set_ctrl(method.get(), control_socket);
  return method;
}

// A file of the user's replaces the system's authorities: who names one wants no other.
Result<> load_authorities(SSL_CTX* context, const std::string& ca_file) {
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded == 1) return {};
  return fail(ErrorKind::invalid_argument, "bad_ca_file",
              "The certificates of '" + ca_file + "' could not be read: " + last_sentence() + ".");
}

}  // namespace

struct TlsClient::Context {
  // A session of before, to be used once (TLS 1.3) or as long as it lasts.
  Session take_session(const std::string& host) {
    const auto found = sessions.find(host);
    if (found == sessions.end()) return nullptr;
    if (SSL_SESSION_get_protocol_version(found->second.get()) >= TLS1_3_VERSION) {
      Session taken = std::move(found->second);
      sessions.erase(found);
      return taken;
    }
    SSL_SESSION_up_ref(found->second.get());
    return Session{found->second.get()};
  }
  void keep_session(const std::string& host, Session session) {
    if (sessions.size() >= kTlsSessionsMax && !sessions.contains(host)) {
      sessions.erase(sessions.begin());  // Any will do: it costs its host one whole handshake.
    }
    sessions.insert_or_assign(host, std::move(session));
  }

  SslContext ssl;
  BioMethod method;
  std::map<std::string, Session> sessions;
  std::vector<char> gather;  // Small pieces on their way into one record.
  std::size_t reused = 0;
};

class TlsClient::TlsStream final : public Stream {
 public:
  TlsStream(rt::Shard& shard, int descriptor, Context& context, std::string host);
  ~TlsStream() override;

  ssize_t try_receive(std::span<char> into) noexcept override;
  ssize_t try_send(std::span<const iovec> pieces) noexcept override;
  bool maybe_receivable() const noexcept override {
    const bool holds = !starved_ && SSL_has_pending(ssl_.get()) == 1;
    return ended_ || holds || socket_.maybe_readable();
  }
  rt::Socket::Wait receivable(Time deadline) noexcept override {
    return read_wants_ == rt::kReadable ? socket_.readable(deadline) : socket_.writable(deadline);
  }
  rt::Task<Result<>> handshake(Time deadline) override;

  static int on_new_session(SSL* ssl, SSL_SESSION* session) {
    auto& self = *static_cast<TlsStream*>(SSL_get_app_data(ssl));
    self.context_.keep_session(self.host_, Session{session});
    return 1;  // The reference is ours now.
  }

 private:
  // What a call that did not succeed comes to: -EAGAIN, 0 (the peer said goodbye), or an error.
  ssize_t outcome_of(int result) noexcept;
  Result<> finish_handshake();
  std::unexpected<Error> handshake_fault(int why) const;

  Context& context_;
  std::string host_;
  Ssl ssl_;
  rt::ReadyBits read_wants_ = rt::kReadable;
  bool agreed_ = false;
  bool starved_ = false;          // OpenSSL holds a part of a record and needs the rest of it.
  bool broken_ = false;           // OpenSSL wants no more calls.
  std::optional<ssize_t> ended_;  // What every further receive says.
};

TlsClient::TlsStream::TlsStream(rt::Shard& shard, int descriptor, Context& context,
                                std::string host)
    : Stream{shard, descriptor},
      context_{context},
      host_{std::move(host)},
      ssl_{SSL_new(context.ssl.get())} {
  BIO* bio = BIO_new(context.method.get());
  JUNCTOR_ASSERT(ssl_ != nullptr && bio != nullptr);  // Out of memory only.
  BIO_set_data(bio, &socket_);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_connect_state(ssl_.get());
  X509_VERIFY_PARAM* checks = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(
      checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (numeric_address(host_, 0)) {
    JUNCTOR_ASSERT(X509_VERIFY_PARAM_set1_ip_asc(checks, host_.c_str()) == 1);
    return;
  }
  std::string name = host_;
  if (name.ends_with('.')) name.pop_back();  // Neither certificates nor SNI know the root's dot.
  JUNCTOR_ASSERT(!name.empty() && X509_VERIFY_PARAM_set1_host(checks, name.c_str(), 0) == 1);
  JUNCTOR_ASSERT(SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) == 1);
}

TlsClient::TlsStream::~TlsStream() {
  if (!agreed_ || broken_ || !socket_.open()) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_.get());  // Says goodbye if that can be done at once.
  ERR_clear_error();
}

// A stream that ends without a goodbye may have been cut by somebody in between: it is lost, not
// ended.
ssize_t TlsClient::TlsStream::outcome_of(int result) noexcept {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_SYSCALL: broken_ = true; return -ECONNRESET;
    default: broken_ = true; return -EPROTO;
  }
}

// Record after record until `into` is full or the socket is dry: a short result means the same here
// as on a plain socket.
ssize_t TlsClient::TlsStream::try_receive(std::span<char> into) noexcept {
  JUNCTOR_ASSERT(agreed_ && !into.empty());
  if (ended_) return *ended_;
  std::size_t filled = 0;
  while (filled < into.size()) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + filled, into.size() - filled, &got);
    starved_ = result != 1;
    if (result == 1) {
      filled += got;
      if (maybe_receivable()) continue;
      break;
    }
    const bool wants_write = SSL_want_write(ssl_.get());
    read_wants_ = wants_write ? rt::kWritable : rt::kReadable;
    const ssize_t outcome = outcome_of(result);
    if (outcome != -EAGAIN) ended_ = outcome;  // Told after what came before it.
    if (filled == 0) return outcome;
    break;
  }
  return static_cast<ssize_t>(filled);
}

// Pieces are gathered, for each call of OpenSSL makes a record and a system call. After -EAGAIN
// OpenSSL holds a finished record: the caller comes again with the same bytes, wherever they are by
// then.
ssize_t TlsClient::TlsStream::try_send(std::span<const iovec> pieces) noexcept {
  JUNCTOR_ASSERT(agreed_ && !pieces.empty());
  if (broken_) return -ECONNRESET;
  std::size_t sent = 0;
  std::size_t offset = 0;  // In the first piece.
  while (!pieces.empty()) {
    const iovec& first = pieces.front();
    std::string_view record{static_cast<const char*>(first.iov_base) + offset,
                            first.iov_len - offset};
    if (pieces.size() > 1 && record.size() < kRecordBytesMax) {
      std::vector<char>& gather = context_.gather;
      gather.assign(record.begin(), record.end());
      for (const iovec& piece : pieces.subspan(1)) {
        const auto* from = static_cast<const char*>(piece.iov_base);
        const std::size_t room = kRecordBytesMax - gather.size();
        gather.insert(gather.end(), from, from + std::min(room, piece.iov_len));
      }
      record = {gather.data(), gather.size()};
    }
    ERR_clear_error();
    std::size_t taken = 0;
    const int result = SSL_write_ex(ssl_.get(), record.data(), record.size(), &taken);
    if (result != 1) {
      const ssize_t outcome = outcome_of(result);
      if (sent > 0) break;
      return outcome == 0 ? -EPIPE : outcome;
    }
    sent += taken;
    offset += taken;
    while (!pieces.empty() && offset >= pieces.front().iov_len) {
      offset -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
  }
  return static_cast<ssize_t>(sent);
}

rt::Task<Result<>> TlsClient::TlsStream::handshake(Time deadline) {
  JUNCTOR_ASSERT(!agreed_);
  // Not in make_stream(): of several attempts at connecting one alone comes here, and may use it
  // up.
  if (const Session session = context_.take_session(host_)) {
    SSL_set_session(ssl_.get(), session.get());
  }
  while (true) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return finish_handshake();
    const int why = SSL_get_error(ssl_.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) co_return handshake_fault(why);
    rt::Wake wake = rt::Wake::ready;
    if (why == SSL_ERROR_WANT_READ) wake = co_await socket_.readable(deadline);
    if (why == SSL_ERROR_WANT_WRITE) wake = co_await socket_.writable(deadline);
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled);
    if (wake == rt::Wake::timeout) {
      co_return fail(ErrorKind::deadline_exceeded, "upstream_tls",
                     "TLS with " + host_ + " was not agreed in time.");
    }
  }
}

// A certificate that does not fit is the fault people meet and can mend, so its own words come
// first.
std::unexpected<Error> TlsClient::TlsStream::handshake_fault(int why) const {
  std::string detail = "TLS with " + host_ + " failed: ";
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK) {
    detail += X509_verify_cert_error_string(verdict);
  } else {
    detail += why == SSL_ERROR_SSL ? last_sentence() : "the connection was closed";
  }
  ERR_clear_error();
  return tls_fault(detail + ".");
}

Result<> TlsClient::TlsStream::finish_handshake() {
  const unsigned char* chosen = nullptr;
  unsigned chosen_size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &chosen_size);
  const bool is_http1 =
      chosen_size == kHttp1.size() - 1 && std::equal(chosen, chosen + chosen_size, &kHttp1[1]);
  if (chosen_size != 0 && !is_http1) {
    return tls_fault(host_ + " chose another protocol than HTTP/1.1.");
  }
  // OpenSSL has refused everything else already.
  JUNCTOR_ASSERT(SSL_get_verify_result(ssl_.get()) == X509_V_OK);
  if (SSL_session_reused(ssl_.get()) == 1) ++context_.reused;
  agreed_ = true;
  return {};
}

TlsClient::TlsClient(std::unique_ptr<Context> context) : context_{std::move(context)} {}
TlsClient::~TlsClient() = default;

// Nothing here can be turned off: no version below 1.2, no renegotiation, no unverified peer.
Result<std::unique_ptr<TlsClient>> TlsClient::make_blocking(const Options& options) {
  ERR_clear_error();
  auto context = std::make_unique<Context>();
  context->ssl.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* ssl = context->ssl.get();
  if (ssl == nullptr) return tls_fault("OpenSSL could not be started: " + last_sentence() + ".");
  context->method = make_method();
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(ssl, 1);  // One receive for a record instead of two.
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ssl, &TlsStream::on_new_session);
  JUNCTOR_ASSERT(SSL_CTX_set_alpn_protos(ssl, kHttp1.data(), kHttp1.size()) == 0);  // 0 is success.
  JUNCTOR_CHECK(load_authorities(ssl, options.ca_file));
  return std::unique_ptr<TlsClient>{new TlsClient{std::move(context)}};
}

std::unique_ptr<Stream> TlsClient::make_stream(rt::Shard& shard, int descriptor,
                                               const std::string& host) {
  JUNCTOR_ASSERT(!host.empty());
  return std::make_unique<TlsStream>(shard, descriptor, *context_, host);
}

std::size_t TlsClient::sessions_reused() const noexcept {
  return context_->reused;
}

}  // namespace junctor::net
