#pragma once
// CatalogKeeper: what the upstreams of one federated route offer, gathered when it is asked for,
// and kept.
//
// There is a catalog for each era and client profile. Each upstream is asked by itself, so a slow
// or dead one holds up nobody: who asks waits until all have answered or its patience is over, and
// gets the others' parts and the last good copy of the one that did not. Partial data never
// deletes. An upstream that says that its lists changed is asked again, and one that could not be
// asked too, as long as somebody is to hear of it; clients are told when the digest of what they
// were given is another one, and not before.
//
// Source:  MCP 2026-07-28 server/utilities/caching, basic/patterns/subscriptions; MCP 2025-11-25
//          server/tools#list-changed-notification.
// Limits:  Limits::list_timeout for who waits, ::catalog_ttl, kGatherTimeout for one upstream,
//          kRetryMin ... kRetryMax between attempts that fail, kPagesMax pages of one list,
//          kCatalogsMax profiles at a time, but for those that are in use; of the others, the one
//          used least recently goes.
// Errors:  none: what could not be had is missing(), or stale(). Items that no client sees are in
//          the log.
// Threads: one shard.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/catalog.h"
#include "agent/client_profile.h"
#include "agent/settings.h"
#include "agent/upstream.h"
#include "base/log.h"
#include "rt/event.h"
#include "rt/task.h"
#include "rt/timer.h"
#include "wire/mcp.h"

namespace junctor::agent {

class CatalogKeeper {
 public:
  static constexpr Duration kGatherTimeout = std::chrono::minutes{2};
  static constexpr Duration kRetryMin = std::chrono::seconds{1};
  static constexpr Duration kRetryMax = std::chrono::minutes{1};
  static constexpr Duration kDebounce = std::chrono::milliseconds{150};
  static constexpr std::size_t kPagesMax = 1000;
  static constexpr std::size_t kCatalogsMax = 16;

  struct Key {
    wire::Era era = wire::Era::modern;
    ClientProfile profile = {};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Current = std::shared_ptr<const Catalog>;

  CatalogKeeper(rt::Shard& shard, std::vector<Upstream*> upstreams, Naming naming,
                const Limits& limits, Logger log);
  ~CatalogKeeper();
  CatalogKeeper(const CatalogKeeper&) = delete;
  CatalogKeeper& operator=(const CatalogKeeper&) = delete;

  // As fresh as the upstreams want it; never null.
  [[nodiscard]] rt::Task<Current> fresh(Key key);
  // What is known, at once; asks only when nothing is.
  [[nodiscard]] rt::Task<Current> known(Key key);
  // What was last given to anybody with that key; null: nothing.
  [[nodiscard]] Current last(const Key& key) const;
  // Somebody hears of changes from now on: what failed is tried again without being asked for.
  void watch(const Key& key) { arm_for_retry(entry_of(key)); }
  // The upstream at that position said that its lists changed: whoever asks next waits for the new
  // ones.
  void invalidate(std::size_t upstream);
  void set_limits(const Limits& limits) noexcept { limits_ = &limits; }
  // Other upstreams: `upstreams` are those of before, in their places, and new ones behind them;
  // `order` names the places of those that count, as lists have them. One that takes over a name
  // begins with what was known under it.
  void set_upstreams(std::vector<Upstream*> upstreams, std::vector<std::size_t> order);
  // What was at that place is gone for good, and is not being asked: what is known of it goes too.
  // A name that was taken over has its own copy.
  void forget(std::size_t place);
  [[nodiscard]] bool is_asking(std::size_t upstream) const noexcept;
  // An upstream is being asked: its tasks know this keeper.
  [[nodiscard]] bool is_asking() const noexcept;
  // Told of each list that looks otherwise than what was given before.
  std::function<void(const Key& key, ListKind kind)> on_changed;
  // Whether somebody wants to be told of changes of that catalog.
  std::function<bool(const Key& key)> is_watched;

 private:
  struct Entry;
  // One upstream's part of one catalog.
  struct Part {
    std::shared_ptr<const Listing> listing;
    Time fresh_until{};
    Time next_attempt{};
    std::size_t failures = 0;
    Time asked_at{};
    bool asking = false;
    bool changed_meanwhile = false;
  };
  struct Entry final : rt::Timer {
    Entry(CatalogKeeper& of, const Key& its) : keeper{of}, key{its} {}
    void on_timer() noexcept override;
    CatalogKeeper& keeper;
    const Key key;
    std::vector<Part> parts;
    Current catalog;
    bool is_dirty = true;   // A part is not in the catalog yet.
    bool is_given = false;  // Somebody knows what is in it.
    std::size_t asking = 0;
    std::size_t waiting = 0;  // Who holds this entry while others run.
    rt::Event settled;
    Time last_used{};
  };

  [[nodiscard]] Part unread_part(std::size_t upstream) const;
  [[nodiscard]] Entry& entry_of(const Key& key);
  [[nodiscard]] static Current give(Entry& entry);
  [[nodiscard]] bool is_awaited(const Key& key) const { return is_watched && is_watched(key); }
  [[nodiscard]] bool may_go(const Entry& entry) const;
  void drop_oldest();
  [[nodiscard]] Time patience_of(const Entry& entry) const;
  void ask_stale_parts(Entry& entry);
  [[nodiscard]] rt::Task<void> ask_part(Entry& entry, std::size_t index);
  [[nodiscard]] rt::Task<Result<Listing>> read(Upstream& upstream, Key key, Time deadline) const;
  void take(Entry& entry, std::size_t index, Result<Listing> listing);
  void rebuild(Entry& entry);
  void tell_dropped(const Catalog& catalog) const;
  // No later than that.
  void arm(Entry& entry, Time deadline);
  void arm_for_retry(Entry& entry);

  rt::Shard& shard_;
  std::vector<Upstream*> upstreams_;  // By place.
  std::vector<std::size_t> order_;    // Places of those that count.
  Naming naming_;
  const Limits* limits_;
  Logger log_;
  std::map<Key, std::unique_ptr<Entry>> entries_;
};

// All lists of one upstream over a channel of the gateway's own.
[[nodiscard]] rt::Task<Result<Listing>> read_listing(Upstream& upstream, wire::Era era,
                                                     std::string capabilities, Time deadline);

}  // namespace junctor::agent
