#include "native/crypto/key_wrap.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "native/test/support/context.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

WrappingKey imported(std::string_view hex) {
  ByteVector bytes = from_hex(hex);
  auto key = WrappingKey::import(bytes);
  EXPECT_TRUE(key) << outcome(key);
  return std::move(key).value();
}

std::string wrapped(WrapMode mode, const WrappingKey& kek, std::string_view key_hex) {
  ByteVector out(key_hex.size() / 2 + 24);
  const auto length = wrap_key(context(), mode, kek, out, from_hex(key_hex));
  return length ? hex_of(Bytes(out).first(length.value())) : outcome(length);
}

std::string unwrapped(WrapMode mode, const WrappingKey& kek, std::string_view wrapped_hex,
                      std::size_t room = kMaxWrapInput) {
  ByteVector out(room);
  const auto length = unwrap_key(context(), mode, kek, out, from_hex(wrapped_hex));
  return length ? hex_of(Bytes(out).first(length.value())) : outcome(length);
}

std::string code_of(const std::string& text) { return text.substr(0, text.find(' ')); }

struct Vector {
  const char* kek;
  const char* key;
  const char* wrapped;
};

// RFC 3394 §4.1 to §4.6.
constexpr Vector kKwVectors[] = {
    {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
     "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
    {"000102030405060708090a0b0c0d0e0f1011121314151617", "00112233445566778899aabbccddeeff",
     "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
    {"000102030405060708090a0b0c0d0e0f1011121314151617",
     "00112233445566778899aabbccddeeff0001020304050607",
     "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff0001020304050607",
     "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
     "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
};

// RFC 5649 §6.
constexpr Vector kKwpVectors[] = {
    {"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "c37b7e6492584340bed12207808941155068f738",
     "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
    {"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "466f7250617369",
     "afbeb0f07dfbf5419200f2ccb50bb24f"},
};

TEST(KeyWrap, GivesTheAnswersOfRfc3394) {
  for (const Vector& vector : kKwVectors) {
    const WrappingKey kek = imported(vector.kek);
    EXPECT_EQ(wrapped(WrapMode::kKw, kek, vector.key), vector.wrapped);
    EXPECT_EQ(unwrapped(WrapMode::kKw, kek, vector.wrapped), vector.key);
  }
}

TEST(KeyWrap, GivesTheAnswersOfRfc5649) {
  for (const Vector& vector : kKwpVectors) {
    const WrappingKey kek = imported(vector.kek);
    EXPECT_EQ(wrapped(WrapMode::kKwp, kek, vector.key), vector.wrapped);
    EXPECT_EQ(unwrapped(WrapMode::kKwp, kek, vector.wrapped), vector.key);
  }
}

TEST(KeyWrap, RoundTripsEveryLengthItTakes) {
  const WrappingKey kek = imported(kKwVectors[5].kek);
  for (const std::size_t length : {16u, 24u, 64u, 4096u}) {
    const std::string key = hex_of(ByteVector(length, 0x5a));
    EXPECT_EQ(unwrapped(WrapMode::kKw, kek, wrapped(WrapMode::kKw, kek, key)), key) << length;
  }
  for (const std::size_t length : {1u, 7u, 8u, 9u, 15u, 16u, 17u, 4095u, 4096u}) {
    const std::string key = hex_of(ByteVector(length, 0x5a));
    EXPECT_EQ(unwrapped(WrapMode::kKwp, kek, wrapped(WrapMode::kKwp, kek, key)), key) << length;
  }
}

TEST(KeyWrap, RefusesLengthsItDoesNotTake) {
  const WrappingKey kek = imported(kKwVectors[0].kek);
  for (const std::size_t length : {0u, 8u, 15u, 17u, 4097u, 4104u}) {
    EXPECT_EQ(code_of(wrapped(WrapMode::kKw, kek, hex_of(ByteVector(length)))), "INPUT_INVALID")
        << length;
  }
  for (const std::size_t length : {0u, 4097u}) {
    EXPECT_EQ(code_of(wrapped(WrapMode::kKwp, kek, hex_of(ByteVector(length)))), "INPUT_INVALID")
        << length;
  }
  for (const std::size_t length : {0u, 8u, 16u, 23u, 25u, 4112u}) {
    EXPECT_EQ(code_of(unwrapped(WrapMode::kKw, kek, hex_of(ByteVector(length)))), "INPUT_INVALID")
        << length;
  }
  for (const std::size_t length : {0u, 8u, 15u, 17u, 4112u}) {
    EXPECT_EQ(code_of(unwrapped(WrapMode::kKwp, kek, hex_of(ByteVector(length)))), "INPUT_INVALID")
        << length;
  }
}

TEST(KeyWrap, RefusesEveryChangedBit) {
  const WrappingKey kek = imported(kKwVectors[0].kek);
  for (const auto& [mode, vector] :
       {std::pair{WrapMode::kKw, std::string(kKwVectors[0].wrapped)},
        {WrapMode::kKwp, wrapped(WrapMode::kKwp, kek, "0102030405")}}) {
    const ByteVector good = from_hex(vector);
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
      ByteVector changed = good;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
      EXPECT_EQ(code_of(unwrapped(mode, kek, hex_of(changed))), "UNWRAP_FAILED") << bit;
    }
  }
}

TEST(KeyWrap, RefusesTheOtherModeAndAnotherKey) {
  const WrappingKey kek = imported(kKwVectors[0].kek);
  const WrappingKey other = imported("ffffffffffffffffffffffffffffffff");
  EXPECT_EQ(code_of(unwrapped(WrapMode::kKwp, kek, kKwVectors[0].wrapped)), "UNWRAP_FAILED");
  EXPECT_EQ(code_of(unwrapped(WrapMode::kKw, other, kKwVectors[0].wrapped)), "UNWRAP_FAILED");
}

TEST(KeyWrap, LeavesTheOutputUntouchedWhenItFails) {
  const WrappingKey kek = imported(kKwVectors[0].kek);
  for (const WrapMode mode : {WrapMode::kKw, WrapMode::kKwp}) {
    ByteVector out(16, 0xee);
    EXPECT_FALSE(unwrap_key(context(), mode, kek, out, ByteVector(24, 1)));
    EXPECT_EQ(out, ByteVector(16, 0xee));
  }
}

TEST(KeyWrap, RefusesABufferThatIsTooSmall) {
  const WrappingKey kek = imported(kKwVectors[0].kek);
  EXPECT_EQ(code_of(unwrapped(WrapMode::kKw, kek, kKwVectors[0].wrapped, 15)), "OUTPUT_TOO_SMALL");
  ByteVector out(23);
  EXPECT_EQ(code_of(outcome(wrap_key(context(), WrapMode::kKw, kek, out, ByteVector(16)))),
            "OUTPUT_TOO_SMALL");
}

TEST(KeyWrap, UnwrapsPaddedKeysIntoABufferOfTheirOwnLength) {
  const WrappingKey kek = imported(kKwpVectors[0].kek);
  EXPECT_EQ(unwrapped(WrapMode::kKwp, kek, kKwpVectors[1].wrapped, 7), kKwpVectors[1].key);
  EXPECT_EQ(code_of(unwrapped(WrapMode::kKwp, kek, kKwpVectors[1].wrapped, 6)), "OUTPUT_TOO_SMALL");
}

TEST(KeyWrap, RefusesOverlappingBuffers) {
  const WrappingKey kek = imported(kKwVectors[0].kek);
  ByteVector buffer(64, 7);
  const MutableBytes all(buffer);
  EXPECT_EQ(
      code_of(outcome(wrap_key(context(), WrapMode::kKw, kek, all.subspan(8, 24), all.first(16)))),
      "INPUT_INVALID");
  EXPECT_EQ(buffer, ByteVector(64, 7));
}

TEST(WrappingKey, TakesOverTheBytesAndWipesThem) {
  for (const std::size_t length : {16u, 24u, 32u}) {
    ByteVector bytes(length, 0x77);
    EXPECT_TRUE(WrappingKey::import(bytes));
    EXPECT_EQ(bytes, ByteVector(length, 0));
  }
}

TEST(WrappingKey, RefusesOtherLengths) {
  for (const std::size_t length : {0u, 1u, 15u, 17u, 31u, 33u, 64u}) {
    ByteVector bytes(length, 0x77);
    EXPECT_EQ(code_of(outcome(WrappingKey::import(bytes))), "INPUT_INVALID") << length;
  }
  for (const unsigned bits : {0u, 64u, 129u, 512u}) {
    EXPECT_EQ(code_of(outcome(WrappingKey::generate(context(), bits))), "INPUT_INVALID") << bits;
  }
}

TEST(WrappingKey, CannotBeUsedAfterItWasDropped) {
  WrappingKey kek = imported(kKwVectors[0].kek);
  kek.drop();
  kek.drop();
  EXPECT_EQ(code_of(wrapped(WrapMode::kKw, kek, kKwVectors[0].key)), "KEY_HANDLE_CLOSED");
  EXPECT_EQ(code_of(unwrapped(WrapMode::kKw, kek, kKwVectors[0].wrapped)), "KEY_HANDLE_CLOSED");
  ByteVector key(16), out(24);
  EXPECT_EQ(code_of(outcome(generate_and_wrap(context(), kek, key, out))), "KEY_HANDLE_CLOSED");
}

TEST(GenerateAndWrap, MakesANewKeyEachTimeThatUnwrapsToItself) {
  auto kek = WrappingKey::generate(context(), 256);
  ASSERT_TRUE(kek) << outcome(kek);
  std::set<ByteVector> keys;
  for (int i = 0; i < 20; ++i) {
    ByteVector key(32), out(40);
    const auto length = generate_and_wrap(context(), kek.value(), key, out);
    ASSERT_TRUE(length) << outcome(length);
    EXPECT_EQ(length.value(), 40u);
    EXPECT_EQ(unwrapped(WrapMode::kKw, kek.value(), hex_of(out)), hex_of(key));
    EXPECT_TRUE(keys.insert(key).second);
  }
}

TEST(GenerateAndWrap, ChecksBothBuffersFirst) {
  auto kek = WrappingKey::generate(context(), 128);
  ByteVector key(16, 0xee), out(23, 0xee);
  EXPECT_EQ(code_of(outcome(generate_and_wrap(context(), kek.value(), key, out))),
            "OUTPUT_TOO_SMALL");
  EXPECT_EQ(key, ByteVector(16, 0xee));
  ByteVector odd(12, 0xee), room(40, 0xee);
  EXPECT_EQ(code_of(outcome(generate_and_wrap(context(), kek.value(), odd, room))),
            "INPUT_INVALID");
  EXPECT_EQ(odd, ByteVector(12, 0xee));
}

}  // namespace
}  // namespace cryptobroker::testing
