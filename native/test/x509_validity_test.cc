#include "native/crypto/x509_validity.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kYear = 8760 * 3600;
constexpr ValidityWindow kWindow{-3600, kYear};
constexpr std::uint64_t kLastSecond = 253402300799;  // 9999-12-31 23:59:59

using Requested = std::optional<std::uint64_t>;

// `begin..end`, or the failure.
std::string chosen(Requested not_before, Requested not_after, ValidityWindow window = kWindow,
                   std::int64_t now = kNow) {
  const auto validity = choose_validity(window, now, not_before, not_after);
  return validity ? std::to_string(validity.value().not_before) + ".." +
                        std::to_string(validity.value().not_after)
                  : outcome(validity);
}

TEST(ChooseValidity, DefaultsToTheWholeWindow) {
  EXPECT_EQ(chosen({}, {}), "1799996400..1831536000");
}

TEST(ChooseValidity, TakesRequestedTimesInsideTheWindowWithItsEdges) {
  EXPECT_EQ(chosen(1799996400, 1831536000), "1799996400..1831536000");
  EXPECT_EQ(chosen(1800000001, {}), "1800000001..1831536000");
  EXPECT_EQ(chosen({}, 1800000001), "1799996400..1800000001");
  EXPECT_EQ(chosen(1800000001, 1800000001), "1800000001..1800000001");
}

TEST(ChooseValidity, RefusesTimesOutsideTheWindow) {
  EXPECT_EQ(
      chosen(1799996399, {}),
      "VALIDITY_NOT_ALLOWED validNotBefore: 1 seconds before the earliest time the profile allows");
  EXPECT_EQ(
      chosen({}, 1831536001),
      "VALIDITY_NOT_ALLOWED validNotAfter: 1 seconds after the latest time the profile allows");
  EXPECT_EQ(chosen(0, {}).substr(0, 35), "VALIDITY_NOT_ALLOWED validNotBefore");
}

TEST(ChooseValidity, RefusesAnEndBeforeTheBeginning) {
  const char* reversed = ": the certificate would end before it begins";
  EXPECT_EQ(chosen(1800000002, 1800000001),
            std::string("VALIDITY_REVERSED validNotBefore") + reversed);
  EXPECT_EQ(chosen(1831536001, {}), std::string("VALIDITY_REVERSED validNotBefore") + reversed);
  EXPECT_EQ(chosen({}, 1799996399), std::string("VALIDITY_REVERSED validNotAfter") + reversed);
  EXPECT_EQ(chosen({}, {}, {10, 9}), std::string("VALIDITY_REVERSED validNotAfter") + reversed);
}

TEST(ChooseValidity, RefusesTimesNoCertificateCanHold) {
  const std::string text = ": a certificate can only hold times from 1950 to 9999";
  for (const std::uint64_t time :
       {kLastSecond + 1, std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
    EXPECT_EQ(chosen({}, time), "VALIDITY_UNREPRESENTABLE validNotAfter" + text);
    EXPECT_EQ(chosen(time, {}), "VALIDITY_UNREPRESENTABLE validNotBefore" + text);
  }
}

TEST(ChooseValidity, RefusesWindowsNoCertificateCanHold) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(chosen({}, {}, {0, kMost}).substr(0, 24), "VALIDITY_UNREPRESENTABLE");
  EXPECT_EQ(chosen({}, {}, {kLeast, 0}).substr(0, 24), "VALIDITY_UNREPRESENTABLE");
  EXPECT_EQ(chosen({}, {}, {0, 0}, kMost).substr(0, 24), "VALIDITY_UNREPRESENTABLE");
  EXPECT_EQ(chosen(1, 2, {kMost, kMost}).substr(0, 20), "VALIDITY_NOT_ALLOWED");
  EXPECT_EQ(chosen(1, 2, {0, kLeast}, 0).substr(0, 20), "VALIDITY_NOT_ALLOWED");
  EXPECT_EQ(chosen(1, 2, {kLeast, kLeast}, -1).substr(0, 20), "VALIDITY_NOT_ALLOWED");
  // The requested times are inside such a window all the same.
  EXPECT_EQ(chosen(1, kLastSecond, {kLeast, kMost}), "1..253402300799");
}

std::string written(std::int64_t not_before, std::int64_t not_after) {
  DerWriter out(0);
  write_validity(out, {not_before, not_after});
  const ByteVector der = std::move(out).take();
  return text_of(Bytes(der).subspan(2));
}

TEST(WriteValidity, UsesUtcTimeUntil2049AndGeneralizedTimeFrom2050) {
  EXPECT_EQ(written(2524607999, 2524608000),
            "\x17\x0d"
            "491231235959Z"
            "\x18\x0f"
            "20500101000000Z");
}

TEST(WriteValidity, ReachesFrom1950To9999) {
  EXPECT_EQ(written(-631152000, 253402300799),
            "\x17\x0d"
            "500101000000Z"
            "\x18\x0f"
            "99991231235959Z");
  EXPECT_EQ(written(0, 951782400),
            "\x17\x0d"
            "700101000000Z"
            "\x17\x0d"
            "000229000000Z");
}

}  // namespace
}  // namespace cryptobroker::testing
