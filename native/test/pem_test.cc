#include "native/crypto/pem.h"

#include <gtest/gtest.h>

#include <string>

#include "native/test/support/pki.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

// `LABEL:content` of every block, `!` after a label of an encrypted one.
std::string blocks(std::string_view text) {
  std::string out;
  PemScanner scanner(bytes_of(text));
  while (const auto block = scanner.next()) {
    const auto content = block->decode();
    out += std::string(block->label) + (block->encrypted ? "!:" : ":") +
           (content ? text_of(content->view()) : "damaged") + " ";
  }
  return out;
}

constexpr const char* kFoo = "-----BEGIN A B-----\nZm9v\n-----END A B-----\n";

TEST(Pem, FindsABlockBehindOtherText) {
  EXPECT_EQ(blocks(kFoo), "A B:foo ");
  EXPECT_EQ(blocks(std::string("Certificate:\n  Data: 1\n") + kFoo + "more\n"), "A B:foo ");
}

TEST(Pem, AcceptsCarriageReturnsBlankLinesAndAMissingLastLineEnd) {
  EXPECT_EQ(blocks("-----BEGIN X-----\r\nZm\r\n\r\n9v\r\n-----END X-----"), "X:foo ");
  EXPECT_EQ(blocks("-----BEGIN X-----  \n Zm9v \n-----END X----- \t"), "X:foo ");
}

TEST(Pem, FindsAllBlocks) {
  EXPECT_EQ(blocks(std::string(kFoo) + "between\n-----BEGIN C-----\nYmFy\n-----END C-----\n"),
            "A B:foo C:bar ");
}

TEST(Pem, SkipsHeadersAndSeesEncryption) {
  EXPECT_EQ(blocks("-----BEGIN X-----\nComment: a\n  folded\nName: b\n\nZm9v\n-----END X-----\n"),
            "X:foo ");
  EXPECT_EQ(blocks("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                   "DEK-Info: AES-128-CBC,00\n\nZm9v\n-----END RSA PRIVATE KEY-----\n"),
            "RSA PRIVATE KEY!:foo ");
}

TEST(Pem, RefusesBlocksThatDoNotEndAsTheyBegin) {
  EXPECT_EQ(blocks("-----BEGIN X-----\nZm9v\n"), "");
  EXPECT_EQ(blocks("-----BEGIN X-----\nZm9v\n-----END Y-----\n"), "");
  EXPECT_EQ(blocks("-----BEGIN X-----\nZm9v\n-----BEGIN X-----\nZm9v\n-----END X-----\n"), "");
  EXPECT_EQ(blocks("-----BEGIN X-----"), "");
}

TEST(Pem, IgnoresBoundariesInTheMiddleOfALine) {
  EXPECT_EQ(blocks("x-----BEGIN X-----\nZm9v\n-----END X-----\n"), "");
  EXPECT_EQ(blocks("-----BEGIN X----\nZm9v\n"), "");
  EXPECT_EQ(blocks(""), "");
}

TEST(Pem, TellsDamagedBase64) {
  EXPECT_EQ(blocks("-----BEGIN X-----\nZm9\n-----END X-----\n"), "X:damaged ");
}

TEST(Pem, WritesWhatOpenSslWrites) {
  for (const std::size_t size : {1u, 47u, 48u, 49u, 500u}) {
    const ByteVector bytes(size, 0xa5);
    EXPECT_EQ(encode_pem("CERTIFICATE", bytes), pem("CERTIFICATE", bytes)) << size;
  }
}

}  // namespace
}  // namespace cryptobroker::testing
