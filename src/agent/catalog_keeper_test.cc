// Goal: upstreams are asked when it is due and once at a time; who waits, waits no longer than its
// patience; what was had is kept; and changes are told when what was given is no longer so, and not
// otherwise. Method: the real upstreams and keeper in the simulated world, between two scripted
// servers; time passes as fast as nothing happens.

#include "agent/catalog_keeper.h"

#include <gtest/gtest.h>

#include <memory>

#include "agent/offering.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using Key = CatalogKeeper::Key;
using Current = CatalogKeeper::Current;
using Names = std::vector<std::string_view>;

constexpr Key kModern{.era = wire::Era::modern};
constexpr Key kLegacy{.era = wire::Era::legacy};

struct Rig : test::Offerings {
  explicit Rig(const std::function<void(Limits&)>& change = {}) {
    if (change) change(limits);
    keeper.on_changed = [this](const Key& key, ListKind kind) {
      told.push_back({key, kind});
      told_at.push_back(world.now());
    };
    keeper.is_watched = [this](const Key& key) { return watched.contains(key); };
  }
  ~Rig() { end(); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  Current fresh(Key key = kModern) { return world.run(keeper.fresh(key)); }
  // Asks beside everything else; `given` has it when it is there.
  void begin(Key key = kModern) { world.spawn(take(*this, key)); }
  static rt::Task<void> take(Rig& rig, Key key) {
    Current catalog = co_await rig.keeper.fresh(key);
    rig.given.push_back(std::move(catalog));
  }

  CatalogKeeper keeper{world.shard(), upstreams(), Naming::collision, limits, Logger{}};
  std::set<Key> watched;
  std::vector<std::pair<Key, ListKind>> told;
  std::vector<Time> told_at;
  std::vector<Current> given;
};

std::string tools(const Current& catalog) {
  return std::string{catalog->page(ListKind::tools, 0, 1_MiB).text};
}

constexpr std::string_view kX = R"({"name":"x"})";
constexpr std::string_view kY = R"({"name":"y"})";
const std::string kBoth = std::string{kX} + "," + std::string{kY};

// --- who asks ------------------------------------------------------------------------------------

TEST(CatalogKeeper, ManyWhoAskAtOnceAreOneQuestionOfEachUpstream) {
  for (const Key key : {kModern, kLegacy}) {
    Rig rig;
    rig.a.held = true;
    for (int i = 0; i < 20; ++i) rig.begin(key);
    rig.world.run_until([&] { return rig.a.lists() > 0 && rig.b.lists() > 0; });
    rig.a.release();
    rig.world.run_until([&] { return rig.given.size() == 20; });
    for (const Current& each : rig.given) EXPECT_EQ(tools(each), kBoth);
    EXPECT_EQ(rig.a.lists(), 1);
    EXPECT_EQ(rig.b.lists(), 1);
    EXPECT_TRUE(rig.told.empty()) << "nobody had seen anything before";
    rig.world.run_for(1s);
    EXPECT_TRUE(rig.a.sessions.empty()) << "a session to read lists in is closed";
  }
}

TEST(CatalogKeeper, WhoAsksWaitsForItsPatienceAndGetsTheOthers) {
  Rig rig{[](Limits& limits) { limits.list_timeout = 3s; }};
  rig.b.held = true;
  const Time begin = rig.world.now();
  const Current early = rig.fresh();
  EXPECT_GE(rig.world.now() - begin, 3s);
  EXPECT_LE(rig.world.now() - begin, 3s + 50ms);
  EXPECT_EQ(tools(early), kX);
  EXPECT_EQ(early->missing(), Names{"b"});
  EXPECT_TRUE(rig.told.empty());
  rig.b.release();
  rig.world.run_for(10ms);
  EXPECT_EQ(rig.told, (std::vector<std::pair<Key, ListKind>>{{kModern, ListKind::tools}}));
  const Current whole = rig.fresh();
  EXPECT_EQ(tools(whole), kBoth);
  EXPECT_TRUE(whole->missing().empty());
  EXPECT_EQ(rig.b.lists(), 1) << "the question that was slow";
}

TEST(CatalogKeeper, WhoSawNothingAtAllIsToldToo) {
  Rig rig;
  rig.a.held = rig.b.held = true;
  EXPECT_EQ(tools(rig.fresh()), "");
  rig.a.release();
  rig.world.run_for(CatalogKeeper::kDebounce + 50ms);
  EXPECT_EQ(rig.told.size(), 1U) << "although another is still being waited for";
  rig.b.release();
  rig.world.run_for(1s);
  EXPECT_EQ(rig.told.size(), 2U);
}

TEST(CatalogKeeper, OneThatIsGivenUpStillHasItsPartInTheEnd) {
  Rig rig;
  rig.b.delay = CatalogKeeper::kGatherTimeout + 1s;
  EXPECT_EQ(rig.fresh()->missing(), Names{"b"});
  rig.b.delay = Duration{0};
  rig.world.run_for(CatalogKeeper::kGatherTimeout + 2s);
  EXPECT_EQ(tools(rig.fresh()), kBoth);
  EXPECT_EQ(rig.b.lists(), 2);
}

TEST(CatalogKeeper, WhatIsKnownIsGivenAtOnce) {
  Rig rig{[](Limits& limits) { limits.catalog_ttl = 0s; }};
  EXPECT_EQ(rig.keeper.last(kModern), nullptr);
  EXPECT_EQ(tools(rig.world.run(rig.keeper.known(kModern))), kBoth) << "asks when nothing is known";
  ASSERT_NE(rig.keeper.last(kModern), nullptr);
  EXPECT_EQ(rig.keeper.last(kLegacy), nullptr);
  rig.a.tools = {"new"};
  const int asked = rig.a.lists();
  EXPECT_EQ(tools(rig.world.run(rig.keeper.known(kModern))), kBoth);
  EXPECT_EQ(rig.a.lists(), asked);
  EXPECT_EQ(tools(rig.fresh()), R"({"name":"new"},)" + std::string{kY});
}

// --- for how long --------------------------------------------------------------------------------

struct Ttl {
  std::string_view name;
  Duration ours;
  std::string_view theirs;
  Duration fresh_for;
};
constexpr Ttl kTtls[] = {
    {"ours", 10s, "", 10s},
    {"theirs_is_less", 1h, R"(,"ttlMs":5000)", 5s},
    {"theirs_is_more", 10s, R"(,"ttlMs":3600000)", 10s},
    {"none", 0s, R"(,"ttlMs":3600000)", 0s},
    {"theirs_is_none", 1h, R"(,"ttlMs":0)", 0s},
};

TEST(CatalogKeeper, APartIsFreshForTheLesserTime) {
  for (const Ttl& each : kTtls) {
    Rig rig{[&](Limits& limits) { limits.catalog_ttl = each.ours; }};
    rig.a.more = each.theirs;
    (void)rig.fresh();
    if (each.fresh_for != Duration{0}) {
      rig.world.run_for(each.fresh_for - 100ms);
      (void)rig.fresh();
      EXPECT_EQ(rig.a.lists(), 1) << each.name;
      rig.world.run_for(200ms);
    }
    (void)rig.fresh();
    EXPECT_EQ(rig.a.lists(), 2) << each.name;
    EXPECT_TRUE(rig.told.empty()) << each.name;
  }
}

TEST(CatalogKeeper, AFailingUpstreamIsAskedLessAndLessOften) {
  Rig rig;
  rig.b.list_status = 500;
  const Time begin = rig.world.now();
  while (rig.world.now() - begin < 400s) {
    EXPECT_EQ(tools(rig.fresh()), kX);
    rig.world.run_for(100ms);
  }
  const auto& at = rig.b.listed_at;
  ASSERT_GE(at.size(), 9U);
  Duration expected = CatalogKeeper::kRetryMin;
  for (std::size_t i = 1; i < at.size(); ++i) {
    EXPECT_GE(at[i] - at[i - 1], expected) << i;
    EXPECT_LE(at[i] - at[i - 1], expected + 300ms) << i;
    expected = std::min<Duration>(expected * 2, CatalogKeeper::kRetryMax);
  }
  rig.b.list_status = 200;
  rig.world.run_for(CatalogKeeper::kRetryMax);
  EXPECT_EQ(tools(rig.fresh()), kBoth);
}

TEST(CatalogKeeper, TheLastGoodCopyStaysAndSaysSo) {
  Rig rig{[](Limits& limits) { limits.catalog_ttl = 0s; }};
  rig.a.tools = {"x", "y"};
  const std::string before = tools(rig.fresh());
  EXPECT_EQ(before, R"({"name":"x"},{"name":"y"},{"name":"b__y"})");
  rig.a.list_status = 503;
  const Current after = rig.fresh();
  EXPECT_EQ(tools(after), before);
  EXPECT_EQ(after->stale(), Names{"a"});
  EXPECT_TRUE(after->missing().empty());
  EXPECT_TRUE(rig.told.empty());
  rig.a.list_status = 200;
  rig.world.run_for(2s);
  EXPECT_TRUE(rig.fresh()->stale().empty());
}

// --- changes -------------------------------------------------------------------------------------

TEST(CatalogKeeper, AChangeIsToldWhenTheListIsAnotherOne) {
  Rig rig;
  rig.watched = {kModern};
  (void)rig.fresh();
  rig.keeper.invalidate(0);
  rig.world.run_for(1s);
  EXPECT_EQ(rig.a.lists(), 2) << "asked without anybody asking";
  EXPECT_EQ(rig.b.lists(), 1);
  EXPECT_TRUE(rig.told.empty()) << "it is the same";
  rig.a.tools = {"x", "z"};
  rig.keeper.invalidate(0);
  rig.world.run_for(1s);
  EXPECT_EQ(rig.told, (std::vector<std::pair<Key, ListKind>>{{kModern, ListKind::tools}}));
  rig.a.tools = {"z", "x"};
  rig.keeper.invalidate(0);
  rig.world.run_for(1s);
  EXPECT_EQ(rig.told.size(), 2U) << "another order is another list";
}

TEST(CatalogKeeper, WhatNobodyHearsOfIsAskedForByWhoComesNext) {
  Rig rig;
  (void)rig.fresh();
  rig.a.tools = {"z"};
  rig.keeper.invalidate(0);
  rig.world.run_for(10s);
  EXPECT_EQ(rig.a.lists(), 1);
  EXPECT_EQ(tools(rig.fresh()), R"({"name":"z"},)" + std::string{kY});
}

TEST(CatalogKeeper, ABurstOfChangesIsOneQuestion) {
  Rig rig;
  rig.watched = {kModern};
  (void)rig.fresh();
  for (int i = 0; i < 10; ++i) {
    rig.keeper.invalidate(0);
    rig.world.run_for(10ms);
  }
  rig.world.run_for(1s);
  EXPECT_EQ(rig.a.lists(), 2);
}

TEST(CatalogKeeper, AChangeDuringAQuestionIsAskedForAgain) {
  Rig rig;
  rig.watched = {kModern};
  (void)rig.fresh();
  rig.a.held = true;
  rig.keeper.invalidate(0);
  rig.world.run_until([&] { return rig.a.lists() == 2; });
  rig.keeper.invalidate(0);
  rig.world.run_for(1s);
  EXPECT_EQ(rig.a.lists(), 2) << "one at a time";
  rig.a.release();
  rig.world.run_for(10ms);
  rig.a.tools = {"z"};
  rig.world.run_for(1s);
  EXPECT_EQ(rig.a.lists(), 3);
  EXPECT_EQ(rig.told.size(), 1U);
}

TEST(CatalogKeeper, OneThatFailedIsAskedAgainForThoseWhoAreToHearOfIt) {
  for (const bool is_watched : {true, false}) {
    Rig rig;
    if (is_watched) rig.watched = {kModern};
    rig.b.list_status = 500;
    EXPECT_EQ(rig.fresh()->missing(), Names{"b"});
    rig.world.run_for(1min);
    const int tries = rig.b.lists();
    EXPECT_GE(tries, is_watched ? 5 : 1);
    EXPECT_LE(tries, is_watched ? 8 : 1);
    EXPECT_EQ(rig.a.lists(), 1) << "the other is fresh";
    rig.b.list_status = 200;
    rig.world.run_for(CatalogKeeper::kRetryMax + 1s);
    EXPECT_EQ(rig.told.size(), is_watched ? 1U : 0U);
  }
}

TEST(CatalogKeeper, WhoWatchesLaterHearsOfItToo) {
  Rig rig;
  rig.b.list_status = 500;
  (void)rig.fresh();
  rig.world.run_for(10s);
  rig.watched = {kModern};
  rig.keeper.watch(kModern);
  rig.b.list_status = 200;
  rig.world.run_for(2s);
  EXPECT_EQ(rig.told.size(), 1U);
}

TEST(CatalogKeeper, AFailingUpstreamThatSaysThatItChangedIsNotAskedAtItsWord) {
  Rig rig;
  rig.watched = {kModern};
  rig.b.list_status = 500;
  (void)rig.fresh();
  for (int i = 0; i < 600; ++i) {
    rig.keeper.invalidate(1);
    rig.world.run_for(100ms);
  }
  EXPECT_LE(rig.b.lists(), 62);
  EXPECT_GE(rig.b.lists(), 5);
}

// --- whose catalog -------------------------------------------------------------------------------

TEST(CatalogKeeper, AnUpstreamWithoutTheEraHasNothingForItsClients) {
  Rig rig;
  rig.a.modern = false;
  rig.b.legacy = false;
  const Current modern = rig.fresh(kModern);
  EXPECT_EQ(tools(modern), kY);
  EXPECT_TRUE(modern->missing().empty());
  EXPECT_EQ(modern->other_era(), Names{"a"});
  const Current legacy = rig.fresh(kLegacy);
  EXPECT_EQ(tools(legacy), kX);
}

Key profile(unsigned bits) {
  return {.era = (bits & 1U) != 0 ? wire::Era::modern : wire::Era::legacy,
          .profile = {.roots = (bits & 2U) != 0,
                      .sampling = (bits & 4U) != 0,
                      .elicitation_form = (bits & 8U) != 0,
                      .elicitation_url = (bits & 16U) != 0}};
}

TEST(CatalogKeeper, TheProfileUsedLeastRecentlyMakesRoomUnlessSomebodyWatches) {
  Rig rig{[](Limits& limits) { limits.catalog_ttl = 1h; }};
  rig.watched = {profile(1)};
  const auto use = [&](unsigned bits) {
    const int before = rig.a.lists();
    (void)rig.fresh(profile(bits));
    rig.world.run_for(1s);
    return rig.a.lists() - before;
  };
  for (unsigned bits = 0; bits < CatalogKeeper::kCatalogsMax; ++bits) EXPECT_EQ(use(bits), 1);
  EXPECT_EQ(use(0), 0) << "all are kept, and this one is the newest now";
  EXPECT_EQ(use(16), 1) << "one too many";
  EXPECT_EQ(use(0), 0);
  EXPECT_EQ(use(1), 0) << "the oldest, but watched";
  EXPECT_EQ(use(2), 1) << "which went in its place";
}

TEST(CatalogKeeper, WhoWaitsKeepsWhatItWaitsFor) {
  Rig rig;
  rig.a.held = true;
  rig.begin(profile(0));
  rig.world.run_until([&] { return rig.a.lists() > 0; });
  for (unsigned bits = 1; bits < 31; ++bits) {
    rig.begin(profile(bits));
    rig.world.run_for(10ms);
  }
  rig.a.release();
  rig.world.run_until([&] { return rig.given.size() == 31; });
  for (const Current& each : rig.given) EXPECT_EQ(tools(each), kBoth);
}

// --- one listing ---------------------------------------------------------------------------------

Result<Listing> read(Rig& rig, wire::Era era = wire::Era::legacy) {
  return rig.world.run(
      read_listing(rig.upstream(0), era, R"({"roots":{}})", rig.world.now() + 1min));
}

TEST(ReadListing, AListOfManyPagesIsReadToItsEnd) {
  Rig rig;
  rig.a.tools = {"1", "2", "3", "4", "5"};
  rig.a.page_size = 2;
  for (const auto era : {wire::Era::legacy, wire::Era::modern}) {
    const auto listing = read(rig, era);
    ASSERT_TRUE(listing.has_value());
    EXPECT_EQ(listing->list(ListKind::tools).size(), 5U);
    EXPECT_TRUE(listing->was_read);
    EXPECT_EQ(listing->upstream, "a");
  }
  EXPECT_EQ(rig.a.lists(), 6);
  EXPECT_TRUE(rig.a.sessions.empty());
}

TEST(ReadListing, AListWithoutAnEndIsGivenUp) {
  Rig rig;
  rig.a.has_no_end = true;
  rig.a.tools.clear();
  const auto listing = read(rig);
  ASSERT_FALSE(listing.has_value());
  EXPECT_EQ(listing.error().reason(), "upstream_invalid");
  EXPECT_EQ(rig.a.lists(), static_cast<int>(CatalogKeeper::kPagesMax));
  EXPECT_TRUE(rig.a.sessions.empty()) << "closed all the same";
}

struct Odd {
  std::string_view name;
  std::string_view capabilities;
  std::string_view error;
  int status;
  std::string_view outcome;  // Its capabilities, or the reason.
  int lists;                 // Of tools.
};
constexpr Odd kOdds[] = {
    {"only_what_it_has_is_asked_for", R"({"prompts":{}})", "", 200, R"({"prompts":{}})", 0},
    {"nothing_to_ask_for", R"({"logging":{}})", "", 200, R"({"logging":{}})", 0},
    {"a_list_that_it_refuses_is_empty", R"({"tools":{}})", R"({"code":-32601,"message":"?"})", 200,
     R"({"tools":{}})", 1},
    {"a_list_that_fails", R"({"tools":{}})", "", 500, "upstream_error", 1},
    {"credentials", R"({"tools":{}})", "", 401, "upstream_auth", 1},
};

TEST(ReadListing, SaysWhatWasThereOrWhyNot) {
  for (const Odd& odd : kOdds) {
    Rig rig;
    rig.a.capabilities = odd.capabilities;
    rig.a.list_error = odd.error;
    rig.a.list_status = odd.status;
    const auto listing = read(rig);
    EXPECT_EQ(listing ? listing->capabilities : listing.error().reason(), odd.outcome) << odd.name;
    EXPECT_EQ(rig.a.lists(), odd.lists) << odd.name;
    rig.world.run_for(1s);
    EXPECT_TRUE(rig.a.sessions.empty()) << odd.name;
  }
}

TEST(ReadListing, OneThatDoesNotSayWhatItHasIsTakenByWhatItGives) {
  for (const std::string_view said : {"", "null", "[]", "5"}) {
    Rig rig;
    rig.a.capabilities = said;
    rig.a.modern = false;
    const auto listing = read(rig);
    ASSERT_TRUE(listing.has_value()) << said;
    EXPECT_EQ(listing->capabilities, R"({"tools":{}})") << said;
    EXPECT_EQ(rig.a.asked["prompts/list"], 1) << said;
  }
}

TEST(CatalogKeeper, WhatWasKnownOfAMemberThatIsGoneGoesWithIt) {
  Rig rig;
  const std::weak_ptr<const Listing> of_a = rig.fresh()->listings()[0];
  rig.keeper.set_upstreams(rig.upstreams(), {1});
  EXPECT_FALSE(of_a.expired()) << "a call may still run there";
  rig.keeper.forget(0);
  EXPECT_TRUE(of_a.expired());
  for (const Key& key : {kModern, kLegacy}) EXPECT_EQ(tools(rig.fresh(key)), kY);
}

}  // namespace
}  // namespace junctor::agent
