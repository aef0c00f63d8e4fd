#include "native/crypto/data_cipher.h"

#include <gtest/gtest.h>

#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

const ByteVector kIv = from_hex("000102030405060708090a0b0c0d0e0f");

DataCipher blocks(CipherMode mode, bool padding) {
  DataCipher cipher;
  cipher.mode = mode;
  cipher.padding = padding;
  cipher.iv = mode == CipherMode::kCbc ? Bytes(kIv) : Bytes();
  return cipher;
}

std::string encrypted(const DataCipher& cipher, Bytes key, Bytes data) {
  ByteVector output(encrypted_capacity(cipher, data.size()));
  const auto length = encrypt_data(context(), cipher, key, output, data);
  return length ? hex_of(Bytes(output).first(length.value())) : code_of(length);
}

std::string decrypted(const DataCipher& cipher, Bytes key, Bytes data) {
  ByteVector output(data.size(), 0xee);
  const auto length = decrypt_data(context(), cipher, key, output, data);
  if (!length && code_of(length) == "DECRYPT_FAILED") {
    const std::size_t tag = cipher.mode == CipherMode::kGcm ? cipher.tag_length : 0;
    output.resize(output.size() - tag);
    EXPECT_EQ(output, ByteVector(output.size(), 0)) << "nothing is left of it";
  }
  return length ? hex_of(Bytes(output).first(length.value())) : code_of(length);
}

struct Vector {
  const char* key;
  const char* ecb;
  const char* cbc;
};
// SP 800-38A §F.1 and §F.2, first block.
constexpr Vector kVectors[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", "3ad77bb40d7a3660a89ecaf32466ef97",
     "7649abac8119b246cee98e9b12e9197d"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "bd334f1d6e45f25ff712a214571fa5cc",
     "4f021db243bc633d7178183a9fa071e8"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "f3eed1bdb5d2a03c064b5a7e3db181f8", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"},
};

TEST(DataCipherTest, GivesTheAnswersOfSp80038A) {
  const ByteVector plaintext = from_hex("6bc1bee22e409f96e93d7e117393172a");
  for (const Vector& vector : kVectors) {
    const ByteVector key = from_hex(vector.key);
    EXPECT_EQ(encrypted(blocks(CipherMode::kEcb, false), key, plaintext), vector.ecb);
    EXPECT_EQ(encrypted(blocks(CipherMode::kCbc, false), key, plaintext), vector.cbc);
    EXPECT_EQ(decrypted(blocks(CipherMode::kCbc, false), key, from_hex(vector.cbc)),
              hex_of(plaintext));
  }
}

TEST(DataCipherTest, TakesEveryLengthItPads) {
  const ByteVector key(32, 5);
  for (const CipherMode mode : {CipherMode::kCbc, CipherMode::kEcb}) {
    for (std::size_t length = 0; length <= 50; ++length) {
      const ByteVector data(length, 0x41);
      const std::string sealed = encrypted(blocks(mode, true), key, data);
      EXPECT_EQ(sealed.size(), 2 * (length / 16 * 16 + 16));
      EXPECT_EQ(decrypted(blocks(mode, true), key, from_hex(sealed)), hex_of(data));
    }
  }
}

TEST(DataCipherTest, RefusesWhatIsNotWholeBlocksOrHasNoPadding) {
  const ByteVector key(16, 5);
  for (const CipherMode mode : {CipherMode::kCbc, CipherMode::kEcb}) {
    for (const std::size_t length : {1u, 15u, 17u}) {
      EXPECT_EQ(encrypted(blocks(mode, false), key, ByteVector(length)), "INPUT_INVALID");
      EXPECT_EQ(decrypted(blocks(mode, false), key, ByteVector(length)), "INPUT_INVALID");
      EXPECT_EQ(decrypted(blocks(mode, true), key, ByteVector(length)), "INPUT_INVALID");
    }
    EXPECT_EQ(decrypted(blocks(mode, true), key, {}), "INPUT_INVALID");
    for (const std::uint8_t ending : {0, 17, 255}) {
      const std::string sealed = encrypted(blocks(mode, false), key, ByteVector(32, ending));
      EXPECT_EQ(decrypted(blocks(mode, true), key, from_hex(sealed)), "DECRYPT_FAILED");
    }
  }
}

TEST(DataCipherTest, RefusesGcmTextsThatWereChangedOrAreShorterThanTheirTag) {
  const ByteVector key(24, 6), iv(12, 7);
  for (const std::size_t tag_length : {12u, 15u, 16u}) {
    DataCipher cipher;
    cipher.iv = iv;
    cipher.tag_length = tag_length;
    const ByteVector sealed = from_hex(encrypted(cipher, key, bytes_of("data")));
    EXPECT_EQ(sealed.size(), 4 + tag_length);
    EXPECT_EQ(decrypted(cipher, key, sealed), hex_of(bytes_of("data")));
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
      EXPECT_EQ(decrypted(cipher, key, with_bit_flipped(sealed, bit)), "DECRYPT_FAILED");
    }
    EXPECT_EQ(decrypted(cipher, key, Bytes(sealed).first(tag_length - 1)), "INPUT_INVALID");
  }
}

TEST(DataCipherTest, RefusesOutputOfAnotherLengthAndKeysThatAreNone) {
  ByteVector output(17);
  EXPECT_EQ(code_of(encrypt_data(context(), blocks(CipherMode::kCbc, true), ByteVector(16), output,
                                 ByteVector(5))),
            "OUTPUT_TOO_SMALL");
  EXPECT_EQ(code_of(decrypt_data(context(), blocks(CipherMode::kCbc, true), ByteVector(16), output,
                                 ByteVector(16))),
            "OUTPUT_TOO_SMALL");
  for (const std::size_t length : {0u, 15u, 20u, 33u}) {
    EXPECT_EQ(encrypted(blocks(CipherMode::kEcb, true), ByteVector(length), {}), "INPUT_INVALID");
  }
}

TEST(DataCipherTest, ChecksItsMembers) {
  const DataCipher cbc = blocks(CipherMode::kCbc, true);
  EXPECT_TRUE(check_cipher(cbc));
  EXPECT_TRUE(check_cipher(blocks(CipherMode::kEcb, false)));
  DataCipher wrong = cbc;
  wrong.additional_data = bytes_of("x");
  EXPECT_EQ(outcome(check_cipher(wrong)),
            "INPUT_INVALID additionalData: only GCM authenticates additional data");
  wrong = cbc;
  wrong.iv = Bytes(kIv).first(12);
  EXPECT_EQ(outcome(check_cipher(wrong)), "INPUT_INVALID iv: CBC has an IV of 16 bytes");
  wrong.mode = CipherMode::kEcb;
  EXPECT_EQ(outcome(check_cipher(wrong)), "INPUT_INVALID iv: ECB has no IV");
  wrong.mode = CipherMode::kGcm;
  EXPECT_EQ(outcome(check_cipher(wrong)), "INPUT_INVALID padding: GCM has no padding");
  wrong.padding = false;
  EXPECT_TRUE(check_cipher(wrong));
  for (const std::size_t tag : {0u, 11u, 17u}) {
    wrong.tag_length = tag;
    EXPECT_EQ(code_of(check_cipher(wrong)), "INPUT_INVALID");
  }
}

}  // namespace
}  // namespace cryptobroker::testing
