#include "native/crypto/data_key.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <utility>

#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

const std::string_view kHeader = "tenant, service, uid, state";

// A stored key in memory of exactly its size, so that a sanitizer sees every byte beyond.
struct StoredKey {
  ByteVector wrapped, digest = ByteVector(kDataKeyDigestLength), mac = ByteVector(kRowMacLength);

  explicit StoredKey(std::size_t key_length) : wrapped(wrapped_key_length(key_length)) {}
  DataKeyOutput output() { return {wrapped, digest, mac}; }
  DataKeyRow row() const { return {wrapped, digest, mac}; }
};

ByteVector counting(std::size_t length) {
  ByteVector bytes(length);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

StoredKey stored(const ServiceKey& key, std::size_t length) {
  StoredKey made(length);
  ByteVector plaintext = counting(length);
  const auto result = wrap_data_key(context(), key, plaintext, bytes_of(kHeader), made.output());
  EXPECT_TRUE(result) << outcome(result);
  EXPECT_EQ(plaintext, ByteVector(length, 0)) << "what was given is wiped";
  return made;
}

std::string read(const ServiceKey& key, const DataKeyRow& row, std::size_t room,
                 std::string_view header = kHeader) {
  ByteVector target(room, 0xee);
  const auto length = read_data_key(context(), key, row, bytes_of(header), target);
  if (!length) {
    EXPECT_EQ(target, ByteVector(room, 0xee)) << "untouched";
    return code_of(length);
  }
  return hex_of(Bytes(target).first(length.value()));
}

TEST(DataKey, IsMadeAndReadIntoABufferOfItsOwnLength) {
  const ServiceKey key = new_service_key();
  for (const std::size_t bits : {128u, 192u, 256u}) {
    StoredKey made(bits / 8);
    const auto length = create_data_key(context(), key, bits, bytes_of(kHeader), made.output());
    ASSERT_TRUE(length) << outcome(length);
    EXPECT_EQ(length.value(), made.wrapped.size());
    EXPECT_EQ(read(key, made.row(), bits / 8).size(), bits / 4);
  }
}

TEST(DataKey, HasNoOtherLengthWhenItIsMade) {
  const ServiceKey key = new_service_key();
  StoredKey made(32);
  for (const std::size_t bits : {0u, 64u, 129u, 512u}) {
    EXPECT_EQ(code_of(create_data_key(context(), key, bits, {}, made.output())), "INPUT_INVALID");
  }
  made.wrapped.resize(39);
  EXPECT_EQ(code_of(create_data_key(context(), key, 256, {}, made.output())), "OUTPUT_TOO_SMALL");
}

TEST(DataKey, OfAnyLengthComesBack) {
  const ServiceKey key = new_service_key();
  for (const std::size_t length :
       {1u, 7u, 8u, 9u, 15u, 16u, 17u, 20u, 23u, 24u, 25u, 32u, 33u, 4088u, 4095u, 4096u}) {
    const StoredKey made = stored(key, length);
    EXPECT_EQ(read(key, made.row(), length), hex_of(counting(length))) << length;
    EXPECT_EQ(read(key, made.row(), length - 1), "OUTPUT_TOO_SMALL") << length;
  }
}

TEST(DataKey, OfNoLengthOrTooManyBytesIsRefusedAndWiped) {
  const ServiceKey key = new_service_key();
  StoredKey made(4096);
  ByteVector none, long_one(4097, 7);
  EXPECT_EQ(code_of(wrap_data_key(context(), key, none, {}, made.output())), "INPUT_INVALID");
  EXPECT_EQ(code_of(wrap_data_key(context(), key, long_one, {}, made.output())), "INPUT_INVALID");
  EXPECT_EQ(long_one, ByteVector(4097, 0));
}

TEST(DataKey, IsRefusedWhenAnyBitOfItsRowWasChanged) {
  const ServiceKey key = new_service_key();
  for (const std::size_t length : {32u, 20u}) {
    const StoredKey made = stored(key, length);
    const auto damaged = [&](ByteVector StoredKey::*part) {
      for (std::size_t bit = 0; bit < 8 * (made.*part).size(); bit += 3) {
        StoredKey copy = made;
        copy.*part = with_bit_flipped(made.*part, bit);
        EXPECT_EQ(read(key, copy.row(), length), "DATA_KEY_TAMPERED");
      }
      for (const std::size_t size : {std::size_t{0}, (made.*part).size() - 1,
                                     (made.*part).size() + 1, std::size_t{100000}}) {
        StoredKey copy = made;
        (copy.*part).resize(size);
        EXPECT_EQ(read(key, copy.row(), length), "DATA_KEY_TAMPERED");
      }
    };
    damaged(&StoredKey::wrapped);
    damaged(&StoredKey::digest);
    damaged(&StoredKey::mac);
    EXPECT_EQ(read(key, made.row(), length, "another header"), "DATA_KEY_TAMPERED");
  }
}

TEST(DataKey, BoundToJunkIsRefusedByKeyWrap) {
  const ServiceKey key = new_service_key();
  for (const std::size_t size : {16u, 24u, 32u, 40u, 4104u}) {
    const ByteVector junk(size, 9), digest(kDataKeyDigestLength);
    ByteVector mac(kRowMacLength);
    ASSERT_TRUE(bind_data_key(context(), key, {junk, digest, {}}, bytes_of(kHeader), mac));
    for (const std::size_t room : {0u, 1u, 8u, 16u, 32u}) {
      EXPECT_EQ(read(key, {junk, digest, mac}, room), "UNWRAP_FAILED");
    }
  }
}

TEST(DataKey, IsReboundOnlyWhenItIsWhatWasStored) {
  const ServiceKey key = new_service_key();
  const StoredKey made = stored(key, 32);
  StoredKey next = made;
  ASSERT_TRUE(
      rebind_data_key(context(), key, made.row(), bytes_of(kHeader), bytes_of("next"), next.mac));
  EXPECT_EQ(read(key, next.row(), 32, "next"), hex_of(counting(32)));
  EXPECT_EQ(read(key, next.row(), 32), "DATA_KEY_TAMPERED");
  ByteVector mac(kRowMacLength);
  EXPECT_EQ(code_of(rebind_data_key(context(), key, next.row(), bytes_of(kHeader), bytes_of("next"),
                                    mac)),
            "DATA_KEY_TAMPERED");
}

TEST(DataKey, OfAnotherHolderIsTakenOver) {
  const ServiceKey key = new_service_key();
  for (const std::size_t length : {1u, 8u, 16u, 20u, 32u, 4096u}) {
    const StoredKey made = stored(key, length);
    StoredKey taken(length);
    ASSERT_TRUE(adopt_data_key(context(), key, made.wrapped, bytes_of(kHeader), taken.output()));
    EXPECT_EQ(taken.digest, made.digest);
    EXPECT_EQ(taken.mac, made.mac);
    EXPECT_EQ(code_of(adopt_data_key(context(), new_service_key(), made.wrapped, bytes_of(kHeader),
                                     taken.output())),
              "UNWRAP_FAILED");
  }
  StoredKey taken(32);
  for (const std::size_t size : {0u, 7u, 8u, 15u, 23u, 4112u, 100000u}) {
    EXPECT_EQ(code_of(adopt_data_key(context(), key, ByteVector(size), {}, taken.output())),
              "UNWRAP_FAILED");
  }
}

TEST(DataKey, GoesToNoPlaceThatItComesFrom) {
  const ServiceKey key = new_service_key();
  const StoredKey made = stored(key, 32);
  ByteVector arena = made.wrapped;
  arena.resize(64);
  const DataKeyRow row = {Bytes(arena).first(40), made.digest, made.mac};
  EXPECT_EQ(code_of(read_data_key(context(), key, row, bytes_of(kHeader),
                                  MutableBytes(arena).subspan(32))),
            "INPUT_INVALID");
  ByteVector own(64, 1);
  StoredKey out(32);
  EXPECT_EQ(code_of(wrap_data_key(context(), key, MutableBytes(own).first(32),
                                  Bytes(own).subspan(31), out.output())),
            "INPUT_INVALID");
}

TEST(DataKey, NeedsAServiceKeyThatWasNotDroppedAndAHeaderThatIsNotTooLong) {
  ServiceKey key = new_service_key();
  StoredKey made = stored(key, 32);
  const ByteVector long_header(kMaxRowHeader + 1);
  ByteVector target(32);
  EXPECT_EQ(code_of(create_data_key(context(), key, 256, long_header, made.output())),
            "INPUT_INVALID");
  EXPECT_EQ(code_of(verify_data_key(context(), key, made.row(), long_header)), "INPUT_INVALID");
  key.drop();
  EXPECT_EQ(code_of(create_data_key(context(), key, 256, {}, made.output())), "KEY_HANDLE_CLOSED");
  EXPECT_EQ(code_of(wrap_data_key(context(), key, target, {}, made.output())), "KEY_HANDLE_CLOSED");
  EXPECT_EQ(code_of(adopt_data_key(context(), key, made.wrapped, {}, made.output())),
            "KEY_HANDLE_CLOSED");
  EXPECT_EQ(code_of(bind_data_key(context(), key, made.row(), {}, made.mac)), "KEY_HANDLE_CLOSED");
  EXPECT_EQ(code_of(read_data_key(context(), key, made.row(), {}, target)), "KEY_HANDLE_CLOSED");
}

TEST(DataKey, EncryptsWithoutComingOut) {
  const ServiceKey key = new_service_key();
  const StoredKey made = stored(key, 24);
  const ByteVector iv(12, 3);
  const DataCipher cipher = {.mode = CipherMode::kGcm,
                             .padding = false,
                             .iv = iv,
                             .additional_data = bytes_of("aad"),
                             .tag_length = 13};
  ByteVector sealed(5 + 13), opened(18);
  auto length = encrypt_with_data_key(context(), key, made.row(), bytes_of(kHeader), cipher, sealed,
                                      bytes_of("hello"));
  ASSERT_TRUE(length) << outcome(length);
  EXPECT_EQ(length.value(), sealed.size());
  length =
      decrypt_with_data_key(context(), key, made.row(), bytes_of(kHeader), cipher, opened, sealed);
  ASSERT_TRUE(length) << outcome(length);
  EXPECT_EQ(text_of(Bytes(opened).first(length.value())), "hello");
  EXPECT_EQ(code_of(decrypt_with_data_key(context(), key, made.row(), bytes_of("x"), cipher, opened,
                                          sealed)),
            "DATA_KEY_TAMPERED");
  for (const std::size_t odd : {1u, 20u, 33u, 4096u}) {
    EXPECT_EQ(code_of(encrypt_with_data_key(context(), key, stored(key, odd).row(),
                                            bytes_of(kHeader), cipher, sealed, bytes_of("hello"))),
              "INPUT_INVALID");
  }
}

}  // namespace
}  // namespace cryptobroker::testing
