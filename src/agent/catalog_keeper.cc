#include "agent/catalog_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/own_channel.h"
#include "wire/json_scan.h"

namespace junctor::agent {
namespace {

using wire::McpMethod;

struct ListFacts {
  ListKind kind;
  McpMethod method;
  std::string_view capability;  // Without it a server of the session era is not asked.
};
constexpr ListFacts kLists[] = {
    {ListKind::tools, McpMethod::tools_list, "tools"},
    {ListKind::prompts, McpMethod::prompts_list, "prompts"},
    {ListKind::resources, McpMethod::resources_list, "resources"},
    {ListKind::templates, McpMethod::resources_templates_list, "resources"},
};

// Of one catalog, in the log.
constexpr std::size_t kDroppedToldMax = 20;
constexpr std::size_t kDroppedNameBytesMax = 128;
constexpr Duration kGoodbye = std::chrono::seconds{2};

rt::Task<Result<>> read_list(OwnChannel& channel, const ListFacts& list, Listing& listing,
                             Time deadline) {
  std::string members;
  std::string last;
  for (std::size_t page = 0; page < CatalogKeeper::kPagesMax; ++page) {
    const auto result = co_await channel.ask(list.method, members, deadline);
    if (!result && result.error().reason() == "upstream_refused" && page == 0) co_return Result<>{};
    if (!result) co_return std::unexpected{result.error()};
    JUNCTOR_CO_TRY(const auto cursor, add_page(listing, list.kind, *result));
    if (!cursor) co_return Result<>{};
    if (page > 0 && *cursor == last) break;
    last = *cursor;
    members = R"("cursor":)" + last;
  }
  co_return fail(ErrorKind::corrupt, "upstream_invalid",
                 fmt::format("{} has no end.", wire::method_facts(list.method).name));
}

// What it has according to what it said of itself.
rt::Task<Result<>> read_lists(OwnChannel& channel, Listing& listing, Time deadline) {
  const auto hello = wire::json_value(channel.hello());
  const auto capabilities = wire::json_member(hello, "capabilities");
  const bool knows = capabilities.kind == wire::JsonKind::object;
  if (knows) listing.capabilities = capabilities.raw;
  listing.instructions = wire::json_text_member(hello, "instructions").value_or("");
  for (const ListFacts& list : kLists) {
    if (knows && !wire::json_member(capabilities, list.capability)) continue;
    JUNCTOR_CO_CHECK(co_await read_list(channel, list, listing, deadline));
  }
  if (knows) co_return Result<>{};
  // One that does not say it is taken by what it gave.
  std::string text = "{";
  for (const ListFacts& list : kLists) {
    const bool has = !listing.lists[static_cast<std::size_t>(list.kind)].empty();
    if (!has || text.contains(list.capability)) continue;
    text += fmt::format(R"({}"{}":{{}})", text.size() > 1 ? "," : "", list.capability);
  }
  listing.capabilities = text + "}";
  co_return Result<>{};
}

// Of places where nobody is any more: one for all of them, since there can be many.
const std::shared_ptr<const Listing>& nothing_known() {
  static const auto kNothing = std::make_shared<const Listing>();
  return kNothing;
}

}  // namespace

rt::Task<Result<Listing>> read_listing(Upstream& upstream, wire::Era era, std::string capabilities,
                                       Time deadline) {
  JUNCTOR_CO_TRY(const std::unique_ptr<OwnChannel> channel,
                 co_await OwnChannel::open(upstream, era, std::move(capabilities), deadline));
  Listing listing;
  listing.upstream = upstream.name();
  listing.selection = upstream.selection();
  const auto read = co_await read_lists(*channel, listing, deadline);
  co_await channel->close(upstream.shard().now() + kGoodbye);
  if (!read) co_return std::unexpected{read.error()};
  listing.was_read = true;
  co_return listing;
}

CatalogKeeper::CatalogKeeper(rt::Shard& shard, std::vector<Upstream*> upstreams, Naming naming,
                             const Limits& limits, Logger log)
    : shard_{shard},
      upstreams_{std::move(upstreams)},
      naming_{naming},
      limits_{&limits},
      log_{log} {
  for (std::size_t i = 0; i < upstreams_.size(); ++i) order_.push_back(i);
}

CatalogKeeper::~CatalogKeeper() = default;

bool CatalogKeeper::is_asking() const noexcept {
  return std::ranges::any_of(entries_, [](const auto& each) { return each.second->asking != 0; });
}

bool CatalogKeeper::is_asking(std::size_t upstream) const noexcept {
  return std::ranges::any_of(
      entries_, [&](const auto& each) { return each.second->parts.at(upstream).asking; });
}

CatalogKeeper::Part CatalogKeeper::unread_part(std::size_t upstream) const {
  if (upstreams_[upstream] == nullptr) return {.listing = nothing_known()};
  auto unread = std::make_shared<Listing>();
  unread->upstream = upstreams_[upstream]->name();
  unread->selection = upstreams_[upstream]->selection();
  return {.listing = std::move(unread)};
}

// Who is gone is missed at once; who is new is asked, and told of when it has answered.
void CatalogKeeper::set_upstreams(std::vector<Upstream*> upstreams,
                                  std::vector<std::size_t> order) {
  upstreams_ = std::move(upstreams);
  const std::vector<std::size_t> order_before = std::exchange(order_, std::move(order));
  for (auto& [key, entry] : entries_) {
    for (std::size_t i = entry->parts.size(); i < upstreams_.size(); ++i) {
      Part part = unread_part(i);
      const auto known = std::ranges::find_if(order_before, [&](std::size_t before) {
        return entry->parts[before].listing->upstream == part.listing->upstream;
      });
      if (known != order_before.end()) {
        auto taken = std::make_shared<Listing>(*entry->parts[*known].listing);
        taken->is_stale = taken->was_read;
        taken->selection = part.listing->selection;
        part.listing = std::move(taken);
      }
      entry->parts.push_back(std::move(part));
    }
    rebuild(*entry);
    if (is_awaited(key)) arm(*entry, shard_.now() + kDebounce);
  }
}

void CatalogKeeper::forget(std::size_t place) {
  JUNCTOR_ASSERT(std::ranges::find(order_, place) == order_.end());
  upstreams_.at(place) = nullptr;
  for (auto& [key, entry] : entries_) {
    Part& part = entry->parts.at(place);
    JUNCTOR_ASSERT(!part.asking);
    part = {.listing = nothing_known()};
  }
}

// --- who asks ------------------------------------------------------------------------------------

CatalogKeeper::Entry& CatalogKeeper::entry_of(const Key& key) {
  auto& entry = entries_[key];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>(*this, key);
    for (std::size_t i = 0; i < upstreams_.size(); ++i) entry->parts.push_back(unread_part(i));
    rebuild(*entry);
    entry->last_used = shard_.now();
    if (entries_.size() > kCatalogsMax) drop_oldest();
  }
  entry->last_used = shard_.now();
  return *entry;
}

// One that is being gathered stays: its tasks know it.
bool CatalogKeeper::may_go(const Entry& entry) const {
  if (entry.asking != 0 || entry.waiting != 0 || entry.last_used == shard_.now()) return false;
  return !is_awaited(entry.key);
}

void CatalogKeeper::drop_oldest() {
  auto oldest = entries_.end();
  for (auto each = entries_.begin(); each != entries_.end(); ++each) {
    if (!may_go(*each->second)) continue;
    if (oldest == entries_.end() || each->second->last_used < oldest->second->last_used)
      oldest = each;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

// Until when it is waited for the parts that are being asked. One that has had its time is waited
// for no more, however often somebody asks.
Time CatalogKeeper::patience_of(const Entry& entry) const {
  Time until{};
  for (const std::size_t place : order_) {
    const Part& part = entry.parts[place];
    if (part.asking) until = std::max(until, part.asked_at + limits_->list_timeout);
  }
  return until;
}

rt::Task<CatalogKeeper::Current> CatalogKeeper::fresh(Key key) {
  Entry& entry = entry_of(key);
  arm_for_retry(entry);
  ask_stale_parts(entry);
  ++entry.waiting;
  while (true) {
    const Time patience = patience_of(entry);
    if (patience <= shard_.now()) break;
    entry.settled.reset();
    if (co_await entry.settled.wait(patience) == rt::Wake::cancelled) break;
  }
  --entry.waiting;
  if (entry.is_dirty) rebuild(entry);
  co_return give(entry);
}

rt::Task<CatalogKeeper::Current> CatalogKeeper::known(Key key) {
  Entry& entry = entry_of(key);
  const bool has_any = std::ranges::any_of(
      order_, [&](std::size_t place) { return entry.parts[place].listing->was_read; });
  if (!has_any) co_return co_await fresh(key);
  if (entry.is_dirty) rebuild(entry);
  co_return give(entry);
}

CatalogKeeper::Current CatalogKeeper::give(Entry& entry) {
  entry.is_given = true;
  return entry.catalog;
}

CatalogKeeper::Current CatalogKeeper::last(const Key& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() || !found->second->is_given ? nullptr : found->second->catalog;
}

void CatalogKeeper::invalidate(std::size_t upstream) {
  for (auto& [key, entry] : entries_) {
    Part& part = entry->parts.at(upstream);
    part.fresh_until = Time{};
    // It speaks, so it may be asked; but not as often as it speaks.
    part.next_attempt = std::min(part.next_attempt, shard_.now() + kRetryMin);
    part.changed_meanwhile = part.asking;
    if (is_awaited(key)) arm(*entry, shard_.now() + kDebounce);
  }
}

// A burst of changes is over, or it is time to try again: who sees the lists is to hear of it
// without asking.
void CatalogKeeper::Entry::on_timer() noexcept {
  if (keeper.is_awaited(key)) keeper.ask_stale_parts(*this);
  if (is_dirty) keeper.rebuild(*this);
  keeper.arm_for_retry(*this);
}

void CatalogKeeper::arm(Entry& entry, Time deadline) {
  if (!entry.armed() || deadline < entry.deadline()) entry.arm(shard_.timers(), deadline);
}

// What nobody hears of is not worth asking for: who comes next asks.
void CatalogKeeper::arm_for_retry(Entry& entry) {
  Time next = kNever;
  for (const std::size_t place : order_) {
    const Part& part = entry.parts[place];
    if (part.failures != 0 && !part.asking) next = std::min(next, part.next_attempt);
  }
  if (next == kNever || !is_awaited(entry.key)) return;
  arm(entry, std::max(next, shard_.now() + kDebounce));
}

// --- what is asked -------------------------------------------------------------------------------

void CatalogKeeper::ask_stale_parts(Entry& entry) {
  const Time now = shard_.now();
  for (const std::size_t i : order_) {
    Part& part = entry.parts[i];
    if (part.asking || now < part.fresh_until || now < part.next_attempt) continue;
    part.asking = true;
    part.asked_at = now;
    ++entry.asking;
    shard_.tasks().spawn(ask_part(entry, i));
  }
}

// The entry stays while this runs; see drop_oldest().
rt::Task<void> CatalogKeeper::ask_part(Entry& entry, std::size_t index) {
  Upstream& upstream = *upstreams_[index];
  const auto kept = upstream.weak_from_this().lock();  // It may be gone by then.
  auto listing = co_await read(upstream, entry.key, shard_.now() + kGatherTimeout);
  take(entry, index, std::move(listing));
}

rt::Task<Result<Listing>> CatalogKeeper::read(Upstream& upstream, Key key, Time deadline) const {
  bool speaks = upstream.may_speak_legacy();
  if (key.era == wire::Era::modern) {
    JUNCTOR_CO_TRY(speaks, co_await upstream.speaks_modern(deadline));
  }
  if (!speaks) {
    Listing nothing;
    nothing.upstream = upstream.name();
    nothing.was_read = true;
    nothing.is_other_era = true;
    co_return nothing;
  }
  auto listing = co_await read_listing(upstream, key.era, capabilities_of(key.profile), deadline);
  upstream.note_attempt(listing ? nullptr : &listing.error());
  co_return listing;
}

void CatalogKeeper::take(Entry& entry, std::size_t index, Result<Listing> listing) {
  Part& part = entry.parts[index];
  part.asking = false;
  --entry.asking;
  const Time now = shard_.now();
  if (listing) {
    Duration ttl = limits_->catalog_ttl;
    if (const auto ttl_ms = listing->ttl_ms)
      ttl = std::min<Duration>(ttl, std::chrono::milliseconds{*ttl_ms});
    part.fresh_until = now + ttl;
    part.failures = 0;
    upstreams_[index]->note_definitions(entry.key.era, *listing);
    part.listing = std::make_shared<const Listing>(*std::move(listing));
  } else {
    const auto doublings = std::min<std::size_t>(part.failures++, 10);
    part.next_attempt =
        now + std::min<Duration>(kRetryMax, kRetryMin * (std::int64_t{1} << doublings));
    auto kept = std::make_shared<Listing>(*part.listing);
    kept->is_stale = kept->was_read;
    part.listing = std::move(kept);
    log_.warn("catalog_unread", listing.error().detail(),
              {{"upstream", upstreams_[index]->name()}, {"reason", listing.error().reason()}});
  }
  if (std::exchange(part.changed_meanwhile, false)) {
    part.fresh_until = Time{};
    if (is_awaited(entry.key)) arm(entry, now + kDebounce);
  }
  entry.is_dirty = true;
  if (entry.asking == 0) {
    rebuild(entry);
  } else {
    arm(entry, now + kDebounce);
  }
  arm_for_retry(entry);
  entry.settled.set();
}

void CatalogKeeper::tell_dropped(const Catalog& catalog) const {
  std::size_t told = 0;
  for (const Catalog::Dropped& each : catalog.dropped()) {
    if (++told > kDroppedToldMax) return;
    const bool is_taken = each.why == Dropped::Why::taken;
    log_.warn("catalog_item_dropped",
              is_taken ? "An item is left out: an upstream before it has its name."
                       : "An item is left out: its upstream lists the name twice.",
              {{"upstream", each.upstream},
               {"list", list_member(each.kind)},
               {"name", cut_at_character(each.name, kDroppedNameBytesMax)}});
  }
}

void CatalogKeeper::rebuild(Entry& entry) {
  std::vector<std::shared_ptr<const Listing>> listings;
  listings.reserve(order_.size());
  for (const std::size_t place : order_) listings.push_back(entry.parts[place].listing);
  const Current before =
      std::exchange(entry.catalog, std::make_shared<const Catalog>(std::move(listings), naming_));
  entry.is_dirty = false;
  if (before == nullptr || before->digest() != entry.catalog->digest())
    tell_dropped(*entry.catalog);
  // What nobody has seen yet has not changed.
  if (!entry.is_given || !on_changed) return;
  for (const ListFacts& list : kLists) {
    if (before->digest(list.kind) != entry.catalog->digest(list.kind))
      on_changed(entry.key, list.kind);
  }
}

}  // namespace junctor::agent
