#include "net/ares_resolver.h"

#include <ares.h>
#include <netdb.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace junctor::net {
namespace {

// RFC 6761 section 6.3: never asked of a server, who could answer what he likes.
bool is_localhost(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

std::vector<rt::Endpoint> loopback() {
  std::array<std::uint8_t, 16> v6{};
  v6.back() = 1;
  return {rt::Endpoint::ipv4({127, 0, 0, 1}, 0), rt::Endpoint::ipv6(v6, 0)};
}

std::vector<rt::Endpoint> with_port(std::vector<rt::Endpoint> addresses, std::uint16_t port) {
  for (rt::Endpoint& address : addresses) address = address.with_port(port);
  return addresses;
}

// Once for the process; c-ares counts for itself but is not safe from several threads here.
bool library_is_ready() {
  static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  return ready;
}

struct Found {
  std::vector<rt::Endpoint> addresses;
  Duration ttl = Duration::max();
};

// The shortest time to live of all records on the way, aliases included: when one of them has run
// out, the whole is stale.
Found read_answer(const ares_addrinfo* answer) {
  Found found;
  if (answer == nullptr) return found;
  for (const ares_addrinfo_node* node = answer->nodes; node != nullptr; node = node->ai_next) {
    sockaddr_storage address{};
    if (node->ai_addrlen > sizeof address) continue;
    std::copy_n(reinterpret_cast<const char*>(node->ai_addr), node->ai_addrlen,
                reinterpret_cast<char*>(&address));
    found.addresses.push_back(rt::Endpoint::from(address, node->ai_addrlen));
    found.ttl = std::min<Duration>(found.ttl, std::chrono::seconds{std::max(node->ai_ttl, 0)});
  }
  for (const auto* alias = answer->cnames; alias != nullptr; alias = alias->next) {
    found.ttl = std::min<Duration>(found.ttl, std::chrono::seconds{std::max(alias->ttl, 0)});
  }
  return found;
}

}  // namespace

// Shared by the cache and by those who wait, so that an entry may be thrown out of the cache
// meanwhile.
struct AresResolver::Entry {
  std::vector<rt::Endpoint> addresses;  // Port 0; empty: `fault` says why.
  std::string_view reason;
  std::string fault;
  Time until{};
  bool pending = true;
  rt::Event done;
};

struct AresResolver::Channel {
  ares_channel handle = nullptr;
  ~Channel() {
    if (handle != nullptr) ares_destroy(handle);
  }
};

// Handed to c-ares, which gives it back exactly once.
struct AresResolver::Question {
  AresResolver& resolver;
  std::shared_ptr<Entry> entry;
};

// One of c-ares's sockets, as the loop knows it.
class AresResolver::Watched final : public rt::Pollable {
 public:
  Watched(AresResolver& resolver, int descriptor) noexcept
      : resolver_{resolver}, descriptor_{descriptor} {}
  // c-ares may close the socket meanwhile, and this goes with it: nothing is touched afterwards.
  void on_ready(unsigned bits) noexcept override { resolver_.process(descriptor_, bits); }

 private:
  AresResolver& resolver_;
  int descriptor_;
};

// c-ares itself is opened with the first question.
AresResolver::AresResolver(rt::Shard& shard, rt::KernelIo& io, Options options)
    : shard_{shard}, io_{io}, options_{std::move(options)} {
  JUNCTOR_ASSERT(options_.names_max > 0 && options_.ttl_min <= options_.ttl_max);
}

AresResolver::~AresResolver() {
  channel_.reset();  // Ends every question, and closes every socket.
  JUNCTOR_ASSERT(watched_.empty());
}

// A wait that ends early leaves the question under way: its answer is cached for the next one who
// asks.
rt::Task<Result<std::vector<rt::Endpoint>>> AresResolver::resolve(std::string host,
                                                                  std::uint16_t port,
                                                                  Time deadline) {
  if (const auto numeric = numeric_address(host, port)) co_return std::vector{*numeric};
  if (is_localhost(host)) co_return with_port(loopback(), port);
  JUNCTOR_CO_TRY(const std::shared_ptr<Entry> entry, find_or_ask(host));
  if (entry->pending) {
    const rt::Wake wake = co_await entry->done.wait(deadline);
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled);
    if (wake == rt::Wake::timeout) {
      co_return fail(ErrorKind::deadline_exceeded, "dns_timeout",
                     "The address of " + host + " was not found in time.");
    }
    JUNCTOR_ASSERT(!entry->pending);
  }
  if (!entry->addresses.empty()) co_return with_port(entry->addresses, port);
  co_return fail(ErrorKind::unavailable, entry->reason, entry->fault);
}

// One question per name, however many want it. A failure is kept for a while too, or a name that
// does not exist would be asked for with every call.
Result<std::shared_ptr<AresResolver::Entry>> AresResolver::find_or_ask(const std::string& host) {
  const auto found = entries_.find(host);
  if (found != entries_.end()) {
    if (found->second->pending || found->second->until > shard_.now()) return found->second;
    entries_.erase(found);
  }
  if (!make_room()) {
    return fail(ErrorKind::unavailable, "dns_busy", "Too many names are being looked up.");
  }
  JUNCTOR_CHECK(open_channel());
  auto entry = std::make_shared<Entry>();
  entries_.emplace(host, entry);
  ask(host, entry);
  return entry;
}

// What has run out goes first, then what runs out soonest; never a question under way, since
// somebody waits for it.
bool AresResolver::make_room() {
  if (entries_.size() < options_.names_max) return true;
  const Time now = shard_.now();
  std::erase_if(entries_, [now](const auto& item) {
    return !item.second->pending && item.second->until <= now;
  });
  if (entries_.size() < options_.names_max) return true;
  // Rare enough for a walk: it takes more names than the limit, all of them in use.
  auto first = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second->pending) continue;
    if (first == entries_.end() || at->second->until < first->second->until) first = at;
  }
  if (first == entries_.end()) return false;
  entries_.erase(first);
  return true;
}

Result<> AresResolver::open_channel() {
  if (channel_ != nullptr) return {};
  // Late, since a gateway of numeric upstreams never needs the files that c-ares reads here.
  const auto refuse = [](int status) {
    return fail(ErrorKind::unavailable, "dns_failed",
                "The resolver could not be started: " + std::string{ares_strerror(status)} + ".");
  };
  if (!library_is_ready()) return refuse(ARES_ENOTINITIALIZED);
  ares_options settings{};
  settings.timeout = static_cast<int>(options_.try_timeout.count());
  settings.tries = options_.tries;
  settings.sock_state_cb_data = this;
  settings.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
    const unsigned bits =
        (readable != 0 ? rt::kReadable : 0U) | (writable != 0 ? rt::kWritable : 0U);
    static_cast<AresResolver*>(self)->watch(socket, bits);
  };
  auto channel = std::make_unique<Channel>();
  int status = ares_init_options(&channel->handle, &settings,
                                 ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return refuse(status);
  if (!options_.servers.empty()) {
    status = ares_set_servers_ports_csv(channel->handle, options_.servers.c_str());
    if (status != ARES_SUCCESS) return refuse(status);
  }
  channel_ = std::move(channel);
  return {};
}

// Both families in one question; the order between them is c-ares's, and interleave_families()
// keeps its first.
void AresResolver::ask(const std::string& host, const std::shared_ptr<Entry>& entry) {
  JUNCTOR_ASSERT(entry->pending && channel_ != nullptr);
  ++asked_;
  ares_addrinfo_hints hints{};  // Without flags: c-ares sorts by RFC 6724.
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  auto question = std::make_unique<Question>(*this, entry);
  // May answer before it returns (hosts file, no server).
  ares_getaddrinfo(
      channel_->handle, host.c_str(), nullptr, &hints,
      [](void* given, int status, int /*timeouts*/, ares_addrinfo* answer) {
        const std::unique_ptr<Question> mine{static_cast<Question*>(given)};
        const Found found = read_answer(answer);
        if (answer != nullptr) ares_freeaddrinfo(answer);
        mine->resolver.answered(*mine->entry, status, found.addresses, found.ttl);
      },
      question.release());
  arm_timer();
}

void AresResolver::answered(Entry& entry, int status, const std::vector<rt::Endpoint>& found,
                            Duration ttl) {
  JUNCTOR_ASSERT(entry.pending);
  entry.pending = false;
  if (status == ARES_SUCCESS && !found.empty()) {
    entry.addresses = interleave_families(found);
    entry.until = shard_.now() + std::clamp(ttl, options_.ttl_min, options_.ttl_max);
  } else {
    entry.reason = status == ARES_ETIMEOUT ? "dns_timeout" : "dns_failed";
    entry.fault =
        "The upstream's name could not be resolved: " + std::string{ares_strerror(status)};
    entry.until = shard_.now() + options_.negative_ttl;
  }
  entry.done.set();
}

// Called by c-ares for each of its sockets, whenever what it wants of one has changed; no bits
// means that the socket is about to be closed.
void AresResolver::watch(int descriptor, unsigned bits) {
  auto& watched = watched_[descriptor];
  if (bits == 0) {
    if (watched != nullptr) io_.unwatch(descriptor, *watched);
    watched_.erase(descriptor);
    return;
  }
  if (watched == nullptr) watched = std::make_unique<Watched>(*this, descriptor);
  // If the loop cannot take it the question ends by its own timeout.
  (void)io_.watch_level(descriptor, bits, *watched);
}

// An error is handed on as readable: reading is how c-ares finds out.
void AresResolver::process(int descriptor, unsigned bits) noexcept {
  const bool readable = (bits & (rt::kReadable | rt::kGone)) != 0;
  const bool writable = (bits & rt::kWritable) != 0;
  ares_process_fd(channel_->handle, readable ? descriptor : ARES_SOCKET_BAD,
                  writable ? descriptor : ARES_SOCKET_BAD);
  arm_timer();
}

// One timer for all questions: c-ares knows which of them is due first.
void AresResolver::arm_timer() noexcept {
  timeval left{};
  if (ares_timeout(channel_->handle, nullptr, &left) == nullptr) return disarm();
  const Duration wait = std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec};
  arm(shard_.timers(), shard_.now() + wait);
}

void AresResolver::on_timer() noexcept {
  ares_process_fd(channel_->handle, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  arm_timer();
}

}  // namespace junctor::net
