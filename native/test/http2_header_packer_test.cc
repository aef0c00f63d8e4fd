// Header blocks of responses, unpacked again by the other half of nghttp2.
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "native/http2/header_packer.h"
#include "native/http2/response_headers.h"

namespace cryptobroker::testing {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(const HeaderList& list) {
  Fields fields;
  for (const nghttp2_nv& field : list.fields) {
    fields.emplace_back(std::string(field.name, field.name + field.namelen),
                        std::string(field.value, field.value + field.valuelen));
  }
  return fields;
}

class Http2HeaderPackerTest : public ::testing::Test {
 protected:
  Http2HeaderPackerTest() {
    nghttp2_hd_inflate_new(&inflater_);
    EXPECT_TRUE(packer_.start());
    headers_.set_time(1'800'000'000);
  }
  ~Http2HeaderPackerTest() override { nghttp2_hd_inflate_del(inflater_); }

  std::size_t pack(const HeaderList& list) {
    const auto block = packer_.pack(list);
    EXPECT_TRUE(block.has_value());
    EXPECT_EQ(unpack(*block), fields_of(list));
    return block->size();
  }

  Fields unpack(Bytes block) {
    Fields fields;
    for (;;) {
      nghttp2_nv field{};
      int flags = 0;
      const nghttp2_ssize used =
          nghttp2_hd_inflate_hd3(inflater_, &field, &flags, block.data(), block.size(), 1);
      if (used < 0) {
        ADD_FAILURE() << nghttp2_strerror(static_cast<int>(used));
        return fields;
      }
      block = block.subspan(static_cast<std::size_t>(used));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        fields.emplace_back(std::string(field.name, field.name + field.namelen),
                            std::string(field.value, field.value + field.valuelen));
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
        nghttp2_hd_inflate_end_headers(inflater_);
        return fields;
      }
    }
  }

  CallFailure failure(std::string_view code, std::string details) {
    CallFailure made;
    made.status = GrpcStatus::kInvalidArgument;
    made.code = code;
    made.details = std::move(details);
    return made;
  }

  // As a client takes and says them: on one side at once, on the other with the next block.
  void limit_tables(std::uint32_t bytes) {
    packer_.limit_table(bytes);
    ASSERT_EQ(nghttp2_hd_inflate_change_table_size(inflater_, bytes), 0);
  }

  HeaderPacker packer_;
  ResponseHeaders headers_;
  nghttp2_hd_inflater* inflater_ = nullptr;
};

TEST_F(Http2HeaderPackerTest, PacksAListThatComesAgainIntoIndices) {
  EXPECT_GT(pack(headers_.response()), 5u);
  EXPECT_GT(pack(headers_.success()), 2u);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(pack(headers_.response()), 5u);
    EXPECT_EQ(pack(headers_.success()), 2u);
  }
}

TEST_F(Http2HeaderPackerTest, SendsTheDateOfItsSecond) {
  std::size_t of_indices = 0;
  for (std::int64_t second = 1'800'000'000; second < 1'800'000'200; ++second) {
    headers_.set_time(second);
    pack(headers_.response());
    pack(headers_.success_only());
    pack(headers_.unsupported_media_type());
    of_indices += pack(headers_.response()) == 5 ? 1 : 0;
  }
  // Old dates push the other fields out of the table now and then.
  EXPECT_GT(of_indices, 150u);
}

TEST_F(Http2HeaderPackerTest, FollowsATableThatShrinksAndGrows) {
  for (const std::uint32_t bytes : {4096u, 100u, 0u, 60u, 65536u, 0u, 200u, 4096u}) {
    limit_tables(bytes);
    for (int round = 0; round < 3; ++round) {
      pack(headers_.response());
      pack(headers_.success());
    }
  }
}

TEST_F(Http2HeaderPackerTest, IsUnderstoodWhateverComesInWhateverOrder) {
  std::mt19937 random(3);
  const std::vector<std::string> codes = [] {
    std::vector<std::string> made;
    for (int i = 0; i < 60; ++i) {
      made.push_back("CODE_" + std::to_string(i));
    }
    return made;
  }();
  std::int64_t second = 1'800'000'000;
  for (int round = 0; round < 5000; ++round) {
    switch (random() % 12) {
      case 0:
        headers_.set_time(++second);
        break;
      case 1:
        pack(headers_.failure(failure(codes[random() % codes.size()], "what is wrong")));
        break;
      case 2:
        pack(
            headers_.trailers_only(failure(codes[random() % codes.size()], std::string(900, ' '))));
        break;
      case 3:
        if (random() % 8 == 0) {
          limit_tables(static_cast<std::uint32_t>(random() % 5000));
        }
        break;
      case 4:
        pack(headers_.success_only());
        break;
      case 5:
        pack(headers_.unsupported_media_type());
        break;
      default:
        pack(headers_.response());
        pack(headers_.success());
    }
    if (HasFailure()) {
      FAIL() << "in round " << round;
    }
  }
}

}  // namespace
}  // namespace cryptobroker::testing
