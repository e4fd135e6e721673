#pragma once
// A TLS server for tests: certificates made on the spot, and a thread that speaks HTTP over
// blocking sockets.
//
// Source:  RFC 5280 (certificates); OpenSSL 3.
// Errors:  what a test would not expect stops it (JUNCTOR_ASSERT).
// Threads: its own; what it has seen may be read after stop().

#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/assert.h"
#include "rt/endpoint.h"

namespace junctor::net::test {

// A key and its certificate.
class Identity {
 public:
  struct Options {
    std::string common_name;
    std::string alternatives = {};  // "DNS:a.test,IP:127.0.0.1"; empty: none.
    std::chrono::seconds valid_from{-3600};
    std::chrono::seconds valid_until{3600};
    bool is_authority = false;
  };
  // Without an issuer it signs itself.
  explicit Identity(const Options& options, const Identity* issuer = nullptr)
      : key_{EVP_EC_gen("P-256"), EVP_PKEY_free}, certificate_{X509_new(), X509_free} {
    static long serial = 1;
    X509* made = certificate_.get();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), options.valid_from.count());
    X509_gmtime_adj(X509_getm_notAfter(made), options.valid_until.count());
    X509_set_pubkey(made, key_.get());
    const auto* name = reinterpret_cast<const unsigned char*>(options.common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, name, -1, -1, 0);
    const Identity& signer = issuer == nullptr ? *this : *issuer;
    X509_set_issuer_name(made, X509_get_subject_name(signer.certificate_.get()));
    if (options.is_authority) extend(NID_basic_constraints, "critical,CA:TRUE");
    if (!options.alternatives.empty()) extend(NID_subject_alt_name, options.alternatives);
    JUNCTOR_ASSERT(X509_sign(made, signer.key_.get(), EVP_sha256()) > 0);
  }
  void write(const std::string& path) const {
    FILE* file = fopen(path.c_str(), "wb");
    JUNCTOR_ASSERT(file != nullptr && PEM_write_X509(file, certificate_.get()) == 1);
    fclose(file);
  }
  [[nodiscard]] EVP_PKEY* key() const noexcept { return key_.get(); }
  [[nodiscard]] X509* certificate() const noexcept { return certificate_.get(); }

 private:
  void extend(int kind, const std::string& value) {
    X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    JUNCTOR_ASSERT(made != nullptr);
    X509_add_ext(certificate_.get(), made, -1);
    X509_EXTENSION_free(made);
  }
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

// Answers each request with its own body, "Content-Length" on both ways; GET /until-close is
// answered without a length.
class TlsServer {
 public:
  struct Options {
    int version_max = TLS1_3_VERSION;
    std::string protocol = {};  // What it insists on by ALPN; empty: it chooses none.
    bool says_goodbye = true;   // close_notify before it closes.
  };
  TlsServer(const Identity& identity, Options options) : options_{std::move(options)} {
    ::signal(SIGPIPE, SIG_IGN);  // As the product does.
    context_ = SSL_CTX_new(TLS_server_method());
    JUNCTOR_ASSERT(SSL_CTX_use_certificate(context_, identity.certificate()) == 1);
    JUNCTOR_ASSERT(SSL_CTX_use_PrivateKey(context_, identity.key()) == 1);
    SSL_CTX_set_max_proto_version(context_, options_.version_max);
    SSL_CTX_set_alpn_select_cb(context_, choose, this);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    JUNCTOR_ASSERT(::bind(listener_, address, size) == 0 && ::listen(listener_, 16) == 0);
    JUNCTOR_ASSERT(::getsockname(listener_, address, &size) == 0);
    at_ = rt::Endpoint::ipv4({127, 0, 0, 1}, ntohs(at.sin_port));
    thread_ = std::thread{[this] { serve_all(); }};
  }
  ~TlsServer() {
    stop();
    SSL_CTX_free(context_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] const rt::Endpoint& at() const noexcept { return at_; }

  // After stop().
  std::vector<std::string> server_names;  // Of SNI, one a connection that agreed; "" for none.
  std::size_t requests = 0;
  std::size_t goodbyes = 0;  // Clients that closed as TLS wants it.

 private:
  static int choose(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char*,
                    unsigned, void* self) {
    const std::string& wanted = static_cast<TlsServer*>(self)->options_.protocol;
    if (wanted.empty()) return SSL_TLSEXT_ERR_NOACK;
    *out = reinterpret_cast<const unsigned char*>(wanted.data());
    *out_size = static_cast<unsigned char>(wanted.size());
    return SSL_TLSEXT_ERR_OK;
  }

  void serve_all() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, socket);
      if (SSL_accept(ssl) == 1) {
        const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        server_names.emplace_back(name == nullptr ? "" : name);
        serve(ssl);
      }
      SSL_free(ssl);
      ::close(socket);
    }
  }

  void serve(SSL* ssl) {
    std::string text;
    char room[16384];
    while (true) {
      const int got = SSL_read(ssl, room, sizeof room);
      if (got <= 0) {
        if (SSL_get_error(ssl, got) == SSL_ERROR_ZERO_RETURN) ++goodbyes;
        return;
      }
      text.append(room, static_cast<std::size_t>(got));
      const std::size_t head_end = text.find("\r\n\r\n");
      if (head_end == std::string::npos) continue;
      std::size_t size = 0;
      const std::size_t field = text.find("Content-Length: ");
      if (field < head_end) {
        std::from_chars(text.data() + field + 16, text.data() + head_end, size);
      }
      if (text.size() < head_end + 4 + size) continue;
      ++requests;
      if (text.starts_with("GET /until-close")) {
        write(ssl, "HTTP/1.1 200 OK\r\n\r\nall of it");
        if (options_.says_goodbye) SSL_shutdown(ssl);
        return;
      }
      write(ssl, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                     text.substr(head_end + 4, size));
      text.clear();
    }
  }
  static void write(SSL* ssl, const std::string& text) {
    (void)SSL_write(ssl, text.data(), static_cast<int>(text.size()));
  }

  Options options_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  rt::Endpoint at_;
  std::thread thread_;
};

}  // namespace junctor::net::test
