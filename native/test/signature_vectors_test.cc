// The published vectors of NIST's CAVP and of Wycheproof. scripts/lib/signature-vectors.mjs writes
// the file they are read from and says what stands in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/crypto/public_key.h"
#include "native/crypto/signature.h"
#include "native/test/support/context.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// In the order of SignatureDigest.
constexpr std::array<std::string_view, 3> kDigestNames = {"SHA-256", "SHA-384", "SHA-512"};
constexpr std::string_view kCountLabel = "vectors ";

struct Vector {
  std::string id;
  SignatureScheme scheme;
  ByteVector public_key;
  ByteVector message;
  ByteVector signature;
  std::string expected;  // `valid`, `invalid` or `either`
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == '\t') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

// Fails the test, and gives nothing, when the line is not as the script writes it.
std::optional<Vector> read_vector(const std::string& line) {
  const std::vector<std::string> fields = fields_of(line);
  if (fields.size() != 7) {
    ADD_FAILURE() << "a line of " << fields.size() << " fields: " << fields[0];
    return std::nullopt;
  }
  const auto digest = std::find(kDigestNames.begin(), kDigestNames.end(), fields[2]);
  const std::string& expected = fields[6];
  if ((fields[1] != "RSA" && fields[1] != "ECDSA") || digest == kDigestNames.end() ||
      (expected != "valid" && expected != "invalid" && expected != "either")) {
    ADD_FAILURE() << "a line with unknown words: " << fields[0];
    return std::nullopt;
  }
  const SignatureScheme scheme = {fields[1] == "RSA" ? KeyAlgorithm::kRsa : KeyAlgorithm::kEcdsa,
                                  static_cast<SignatureDigest>(digest - kDigestNames.begin())};
  return Vector{fields[0],           scheme,  from_hex(fields[3]), from_hex(fields[4]),
                from_hex(fields[5]), expected};
}

// `valid`, `invalid`, or why there is no key to verify with.
std::string judged(const Vector& vector) {
  const auto element = first_der_element(vector.public_key);
  if (!element) {
    return "the public key is not DER";
  }
  const auto read = read_public_key(*element, kCsrField);
  if (!read) {
    return outcome(read);
  }
  if (read.value().kind.algorithm != vector.scheme.key) {
    return "the public key is of another kind";
  }
  const auto key = load_public_key(context(), read.value(), kCsrField);
  if (!key) {
    return outcome(key);
  }
  return verify(context(), key.value().get(), vector.scheme, vector.signature, vector.message)
             ? "valid"
             : "invalid";
}

// A key that is refused fails too: no published vector needs one that we do not take.
void check(const Vector& vector) {
  const std::string result = judged(vector);
  if (vector.expected == "either") {
    EXPECT_TRUE(result == "valid" || result == "invalid") << vector.id << ": " << result;
  } else {
    EXPECT_EQ(result, vector.expected) << vector.id;
  }
}

TEST(SignatureVectors, EveryPublishedSignatureIsJudgedAsPublished) {
  const char* path = std::getenv("CRYPTO_BROKER_TEST_SIGNATURE_VECTORS");
  if (path == nullptr) {
    GTEST_SKIP() << "NOT TESTED: CRYPTO_BROKER_TEST_SIGNATURE_VECTORS names no file of signature "
                    "vectors; scripts/native-tests.mjs makes one";
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << "cannot read " << path;
  std::string line;
  std::getline(file, line);
  ASSERT_TRUE(line.starts_with(kCountLabel)) << "not a file of signature vectors";
  const int announced = std::stoi(line.substr(kCountLabel.size()));
  if (announced == 0) {
    GTEST_SKIP() << "NOT TESTED: this machine has no published signature vectors";
  }
  int checked = 0;
  while (std::getline(file, line)) {
    if (const auto vector = read_vector(line)) {
      check(*vector);
      ++checked;
    }
  }
  EXPECT_GT(checked, 0);
  EXPECT_EQ(checked, announced);
  RecordProperty("vectors", checked);
}

}  // namespace
}  // namespace cryptobroker::testing
