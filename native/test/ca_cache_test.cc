#include "native/crypto/ca_cache.h"

#include <gtest/gtest.h>

#include <memory>

#include "native/crypto/x509_ca.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

using std::chrono::seconds;

class CaCacheTest : public ::testing::Test {
 protected:
  static ByteVector id(std::uint8_t n) { return ByteVector(32, n); }
  static std::shared_ptr<const ParsedCa> ca() { return std::make_shared<const ParsedCa>(); }

  const CaCache::Clock::time_point start_{};
  CaCache cache_{2, seconds(10)};
};

TEST_F(CaCacheTest, FindsWhatWasInserted) {
  const auto first = ca();
  cache_.insert(id(1), first, start_);
  EXPECT_EQ(cache_.find(id(1), start_), first);
  EXPECT_EQ(cache_.find(id(2), start_), nullptr);
}

TEST_F(CaCacheTest, DropsTheLeastRecentlyUsedWhenFull) {
  cache_.insert(id(1), ca(), start_);
  cache_.insert(id(2), ca(), start_);
  EXPECT_NE(cache_.find(id(1), start_), nullptr);
  cache_.insert(id(3), ca(), start_);
  EXPECT_EQ(cache_.size(), 2u);
  EXPECT_NE(cache_.find(id(1), start_), nullptr);
  EXPECT_EQ(cache_.find(id(2), start_), nullptr);
  EXPECT_NE(cache_.find(id(3), start_), nullptr);
}

TEST_F(CaCacheTest, ForgetsAtTheEndOfTheLifetimeHoweverOftenUsed) {
  cache_.insert(id(1), ca(), start_);
  EXPECT_NE(cache_.find(id(1), start_ + seconds(9)), nullptr);
  EXPECT_EQ(cache_.find(id(1), start_ + seconds(10)), nullptr);
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(CaCacheTest, ForgetsExpiredEntriesThatNobodyAsksFor) {
  cache_.insert(id(1), ca(), start_);
  cache_.insert(id(2), ca(), start_ + seconds(5));
  EXPECT_NE(cache_.find(id(2), start_ + seconds(10)), nullptr);
  EXPECT_EQ(cache_.size(), 1u);
}

TEST_F(CaCacheTest, ReplacesAnEntryOfTheSameIdentity) {
  cache_.insert(id(1), ca(), start_);
  const auto newer = ca();
  cache_.insert(id(1), newer, start_ + seconds(5));
  EXPECT_EQ(cache_.size(), 1u);
  EXPECT_EQ(cache_.find(id(1), start_ + seconds(14)), newer);
}

TEST_F(CaCacheTest, LeavesADroppedEntryToThoseWhoStillUseIt) {
  std::weak_ptr<const ParsedCa> watched;
  {
    auto only = ca();
    watched = only;
    cache_.insert(id(1), std::move(only), start_);
  }
  auto in_use = cache_.find(id(1), start_);
  EXPECT_EQ(cache_.find(id(1), start_ + seconds(10)), nullptr);
  EXPECT_FALSE(watched.expired());
  in_use.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace cryptobroker::testing
