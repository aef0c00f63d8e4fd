#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/dataplane/record_queue.h"

namespace cryptobroker::testing {
namespace {

CallRecord record_of(std::uint16_t method, std::string_view profile = "Default") {
  CallRecord record;
  record.method = method;
  record.status = GrpcStatus::kNotFound;
  record.code = "SERVICE_UNKNOWN";
  record.finished_unix_us = 1'700'000'000'000'000 + method;
  record.duration_ns = 1234;
  record.request_bytes = 155;
  record.response_bytes = 190;
  record.profile.assign(profile);
  return record;
}

TEST(RecordQueue, GivesBackWhatItTookInOrder) {
  RecordQueue queue(4096);
  CallRecord full = record_of(1, std::string(64, 'p'));
  full.core_fault = true;
  full.correlation_id.assign(std::string(128, 'c'));
  full.incident.assign(std::string(36, 'i'));
  full.path.assign(std::string(128, '/'));
  full.trace_id.assign(std::string(32, 't'));
  ASSERT_TRUE(queue.add(full));
  ASSERT_TRUE(queue.add(record_of(2, "")));
  CallRecord read;
  ASSERT_TRUE(queue.take(read));
  EXPECT_EQ(read.method, 1);
  EXPECT_EQ(read.status, GrpcStatus::kNotFound);
  EXPECT_TRUE(read.core_fault);
  EXPECT_EQ(read.code, "SERVICE_UNKNOWN");
  EXPECT_EQ(read.finished_unix_us, 1'700'000'000'000'001);
  EXPECT_EQ(read.duration_ns, 1234);
  EXPECT_EQ(read.request_bytes, 155U);
  EXPECT_EQ(read.response_bytes, 190U);
  EXPECT_EQ(read.profile.view(), std::string(64, 'p'));
  EXPECT_EQ(read.correlation_id.view(), std::string(128, 'c'));
  EXPECT_EQ(read.incident.view(), std::string(36, 'i'));
  EXPECT_EQ(read.path.view(), std::string(128, '/'));
  EXPECT_EQ(read.trace_id.view(), std::string(32, 't'));
  // Nothing of the record before is left in one that is used again.
  ASSERT_TRUE(queue.take(read));
  EXPECT_EQ(read.method, 2);
  EXPECT_FALSE(read.core_fault);
  EXPECT_EQ(read.profile.view(), "");
  EXPECT_EQ(read.path.view(), "");
  EXPECT_FALSE(queue.take(read));
  EXPECT_TRUE(queue.empty());
}

TEST(RecordQueue, RefusesWhatItHasNoRoomForAndTakesMoreWhenEmpty) {
  RecordQueue queue(1000);
  int taken = 0;
  while (queue.add(record_of(static_cast<std::uint16_t>(taken)))) {
    ++taken;
  }
  EXPECT_GT(taken, 5);
  EXPECT_LE(queue.size(), 1000U);
  CallRecord read;
  for (int i = 0; i < taken; ++i) {
    ASSERT_TRUE(queue.take(read));
    EXPECT_EQ(read.method, i);
  }
  EXPECT_TRUE(queue.add(record_of(7)));
}

TEST(RecordQueue, WithoutCapacityTakesNothing) {
  RecordQueue queue(0);
  EXPECT_FALSE(queue.add(record_of(1)));
  EXPECT_TRUE(queue.empty());
}

TEST(RecordQueue, SwapsAWholeBatch) {
  RecordQueue filled(1000);
  RecordQueue empty(1000);
  ASSERT_TRUE(filled.add(record_of(3)));
  filled.swap(empty);
  EXPECT_TRUE(filled.empty());
  CallRecord read;
  ASSERT_TRUE(empty.take(read));
  EXPECT_EQ(read.method, 3);
}

}  // namespace
}  // namespace cryptobroker::testing
