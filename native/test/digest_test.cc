#include "native/crypto/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "native/crypto/hex.h"
#include "native/test/support/context.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

std::string digest_of(DigestId id, std::string_view input) {
  ByteVector output(digest_info(id).output_length);
  const Status status = compute_digest(context(), id, output, bytes_of(input));
  return status ? hex_of(output) : outcome(status);
}

struct KnownAnswer {
  DigestId id;
  const char* empty;
  const char* abc;
  const char* two_blocks;
};

constexpr const char* kTwoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

// NIST's example values for FIPS 180-4 and FIPS 202 (Cryptographic Standards and Guidelines,
// Example Values).
const std::array kKnownAnswers = {
    KnownAnswer{DigestId::kSha256,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    KnownAnswer{DigestId::kSha384,
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd5"
                "1ad2f14898b95b",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358"
                "baeca134c825a7",
                "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5f"
                "e95b1fe3c8452b"},
    KnownAnswer{DigestId::kSha512,
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
                "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
                "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
    KnownAnswer{DigestId::kSha512_256,
                "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
                "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
                "bde8e1f9f19bb9fd3406c90ec6bc47bd36d8ada9f11880dbc8a22a7078b6a461"},
    KnownAnswer{DigestId::kSha3_256,
                "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
                "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
                "41c0dba2a9d6240849100376a8235e2c82e1b9998a999e21db32dd97496d3376"},
    KnownAnswer{DigestId::kSha3_384,
                "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb"
                "6bd1e058d5f004",
                "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539"
                "f1edf228376d25",
                "991c665755eb3a4b6bbdfb75c78a492e8c56a22c5c4d7e429bfdbc32b9d4ad5aa04a1f076e62fea19e"
                "ef51acd0657c22"},
    KnownAnswer{DigestId::kSha3_512,
                "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
                "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
                "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
                "04a371e84ecfb5b8b77cb48610fca8182dd457ce6f326a0fd3d7ec2f1e91636d"
                "ee691fbe0c985302ba1b0d8dc78c086346b533b49c030d99a27daf1139d6e75e"},
    KnownAnswer{DigestId::kShake128, "7f9c2ba4e88f827d616045507605853e",
                "5881092dd818bf5cf8a3ddb793fbcba7", "1a96182b50fb8c7e74e0a707788f55e9"},
    KnownAnswer{DigestId::kShake256,
                "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f",
                "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739",
                "4d8c2dd2435a0128eefbb8c36f6f87133a7911e18d979ee1ae6be5d4fd2e3329"},
};

TEST(Digest, GivesThePublishedAnswers) {
  EXPECT_EQ(kKnownAnswers.size(), kDigestCount);
  for (const KnownAnswer& known : kKnownAnswers) {
    EXPECT_EQ(digest_of(known.id, ""), known.empty);
    EXPECT_EQ(digest_of(known.id, "abc"), known.abc);
    EXPECT_EQ(digest_of(known.id, kTwoBlocks), known.two_blocks);
  }
}

TEST(Digest, HashesAMillionLetters) {
  const std::string million(1'000'000, 'a');
  EXPECT_EQ(digest_of(DigestId::kSha256, million),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(digest_of(DigestId::kSha3_512, million),
            "3c3a876da14034ab60627c077bb98f7e120a2a5370212dffb3385a18d4f38859"
            "ed311d0a9d5141ce9cc5c66ee689b266a8aa18ace8282a0e0db596c90b0a7b87");
}

TEST(Digest, WritesTheSameAsHexadecimal) {
  for (const KnownAnswer& known : kKnownAnswers) {
    std::string hex(2 * digest_info(known.id).output_length, '?');
    ASSERT_TRUE(compute_digest_hex(context(), known.id, hex.data(), bytes_of("abc")));
    EXPECT_EQ(hex, known.abc);
  }
}

TEST(Digest, LeavesTheRestOfALongerBufferAlone) {
  ByteVector output(40, 0xee);
  ASSERT_TRUE(compute_digest(context(), DigestId::kSha256, output, bytes_of("abc")));
  EXPECT_EQ(hex_of(output), std::string(kKnownAnswers[0].abc) + "eeeeeeeeeeeeeeee");
}

TEST(Digest, RefusesAShortBuffer) {
  ByteVector output(31);
  EXPECT_EQ(outcome(compute_digest(context(), DigestId::kSha256, output, {})).substr(0, 16),
            "OUTPUT_TOO_SMALL");
}

TEST(DigestBatch, HashesEveryPart) {
  const std::array<std::uint32_t, 4> offsets = {0, 3, 3, 6};
  ByteVector output(96);
  const auto count =
      compute_digests(context(), DigestId::kSha256, output, bytes_of("abcabc"), offsets);
  ASSERT_TRUE(count) << outcome(count);
  EXPECT_EQ(count.value(), 3u);
  EXPECT_EQ(hex_of(output),
            std::string(kKnownAnswers[0].abc) + kKnownAnswers[0].empty + kKnownAnswers[0].abc);
}

TEST(DigestBatch, RefusesOffsetsThatFallOrLeaveTheInputAndHashesNothing) {
  ByteVector output(96, 0xee);
  const ByteVector untouched = output;
  const auto batch = [&](std::vector<std::uint32_t> offsets) {
    return outcome(
               compute_digests(context(), DigestId::kSha256, output, bytes_of("abcabc"), offsets))
        .substr(0, 13);
  };
  EXPECT_EQ(batch({0, 3, 2}), "INPUT_INVALID");
  EXPECT_EQ(batch({0, 7}), "INPUT_INVALID");
  EXPECT_EQ(batch({0, 0xffffffff}), "INPUT_INVALID");
  EXPECT_EQ(output, untouched);
}

TEST(DigestBatch, RefusesAShortBuffer) {
  const std::array<std::uint32_t, 3> offsets = {0, 1, 2};
  ByteVector output(63);
  EXPECT_EQ(outcome(compute_digests(context(), DigestId::kSha256, output, bytes_of("ab"), offsets))
                .substr(0, 16),
            "OUTPUT_TOO_SMALL");
}

TEST(Digest, WorksOnManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::array<std::string, 4> results;
  for (std::size_t t = 0; t < results.size(); ++t) {
    threads.emplace_back([&results, t] {
      for (int i = 0; i < 200; ++i) {
        results[t] = digest_of(DigestId::kSha3_256, "abc");
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string& result : results) {
    EXPECT_EQ(result, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
  }
}

TEST(Hex, WritesLowerCase) { EXPECT_EQ(to_hex(from_hex("00FFa5")), "00ffa5"); }

}  // namespace
}  // namespace cryptobroker::testing
