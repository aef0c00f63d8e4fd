#include "native/crypto/aead.h"

#include <gtest/gtest.h>

#include <string>

#include "native/test/support/context.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

struct Case {
  std::string key, nonce, plaintext, additional, sealed;
};

// Test cases 1, 4 and 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega,
// Appendix B.
const Case kCases[] = {
    {std::string(32, '0'), std::string(24, '0'), "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b"
     "525"
     "b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84a"
     "a05"
     "1ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b"
     "525"
     "b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828"
     "838"
     "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

std::string sealed(const Case& c) {
  const ByteVector key = from_hex(c.key), nonce = from_hex(c.nonce),
                   plaintext = from_hex(c.plaintext);
  ByteVector out(plaintext.size() + kAeadTagLength);
  const Status status = aead_seal(context(), {key, nonce}, out, plaintext, from_hex(c.additional));
  return status ? hex_of(out) : outcome(status);
}

std::string opened(const Case& c, const ByteVector& ciphertext) {
  const ByteVector key = from_hex(c.key), nonce = from_hex(c.nonce);
  ByteVector out(ciphertext.size() - std::min(ciphertext.size(), kAeadTagLength), 0xee);
  const Status status = aead_open(context(), {key, nonce}, out, ciphertext, from_hex(c.additional));
  if (!status && !out.empty()) {
    EXPECT_EQ(out, ByteVector(out.size(), 0)) << "nothing unauthenticated may be left";
  }
  return status ? hex_of(out) : outcome(status);
}

std::string code_of(const std::string& text) { return text.substr(0, text.find(' ')); }

TEST(Aead, GivesThePublishedAnswers) {
  for (const Case& c : kCases) {
    EXPECT_EQ(sealed(c), c.sealed);
    EXPECT_EQ(opened(c, from_hex(c.sealed)), c.plaintext);
  }
}

TEST(Aead, RefusesEveryChangedBit) {
  const Case& c = kCases[1];
  const ByteVector good = from_hex(c.sealed);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    ByteVector changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(code_of(opened(c, changed)), "DECRYPT_FAILED") << bit;
  }
}

TEST(Aead, RefusesAnotherKeyNonceOrAdditionalData) {
  const ByteVector good = from_hex(kCases[1].sealed);
  Case c = kCases[1];
  c.key[0] = '0';
  EXPECT_EQ(code_of(opened(c, good)), "DECRYPT_FAILED");
  c = kCases[1];
  c.nonce[0] = '0';
  EXPECT_EQ(code_of(opened(c, good)), "DECRYPT_FAILED");
  c = kCases[1];
  c.additional = "";
  EXPECT_EQ(code_of(opened(c, good)), "DECRYPT_FAILED");
}

TEST(Aead, RefusesKeysAndNoncesOfOtherLengths) {
  for (const std::size_t length : {0u, 15u, 17u, 33u}) {
    Case c = kCases[0];
    c.key = std::string(2 * length, '0');
    EXPECT_EQ(code_of(sealed(c)), "INPUT_INVALID") << length;
  }
  for (const std::size_t length : {0u, 8u, 11u, 13u, 16u}) {
    Case c = kCases[0];
    c.nonce = std::string(2 * length, '0');
    EXPECT_EQ(code_of(sealed(c)), "INPUT_INVALID") << length;
  }
}

TEST(Aead, RefusesCiphertextWithoutRoomForATag) {
  for (const std::size_t length : {0u, 1u, 15u}) {
    EXPECT_NE(opened(kCases[0], ByteVector(length)).substr(0, 2), "ok") << length;
  }
}

}  // namespace
}  // namespace cryptobroker::testing
