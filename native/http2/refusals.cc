#include "native/http2/refusals.h"

#include <string>
#include <utility>

#include "native/http2/grpc_headers.h"

namespace cryptobroker::refusals {
namespace {

CallFailure failure_of(GrpcStatus status, std::string_view code, std::string details) {
  CallFailure failure;
  failure.status = status;
  failure.code = code;
  failure.details = std::move(details);
  return failure;
}

// grpc-js says so of unary methods as well.
std::string of_method(std::string_view what, std::string_view path) {
  return std::string(what) + " for server streaming method " + std::string(path);
}

}  // namespace

CallFailure unknown_method(std::string_view path) {
  return failure_of(GrpcStatus::kUnimplemented, "METHOD_UNKNOWN",
                    "unknown method " + printable_path(path));
}

CallFailure compressed() {
  return failure_of(GrpcStatus::kUnimplemented, "ENCODING_UNSUPPORTED",
                    "compressed messages are not accepted");
}

CallFailure bad_timeout() {
  return failure_of(GrpcStatus::kInvalidArgument, "INPUT_INVALID",
                    "grpc-timeout: is not a timeout");
}

CallFailure too_many_streams() {
  return failure_of(GrpcStatus::kResourceExhausted, "QUEUE_FULL", "too many streams are open");
}

CallFailure no_message(std::string_view path) {
  return failure_of(GrpcStatus::kUnimplemented, {}, of_method("Received no request message", path));
}

CallFailure second_message(std::string_view path) {
  return failure_of(GrpcStatus::kUnimplemented, {},
                    of_method("Received a second request message", path));
}

CallFailure too_large(std::size_t limit) {
  return failure_of(GrpcStatus::kInvalidArgument, "MESSAGE_TOO_LARGE",
                    "message: too large (max " + std::to_string(limit) + ")");
}

CallFailure far_too_large(std::uint32_t length, std::size_t limit) {
  return failure_of(GrpcStatus::kResourceExhausted, {},
                    "Received message larger than max (" + std::to_string(length) + " vs " +
                        std::to_string(limit) + ")");
}

CallFailure deadline_exceeded() {
  return failure_of(GrpcStatus::kDeadlineExceeded, "DEADLINE_EXCEEDED", "Deadline exceeded");
}

CallFailure slow_request() {
  return failure_of(GrpcStatus::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                    "the request did not arrive in time");
}

CallFailure cancelled(std::string_view cause) {
  CallFailure failure =
      failure_of(GrpcStatus::kCancelled, "CANCELLED", "the caller cancelled the call");
  failure.cause = cause;
  return failure;
}

}  // namespace cryptobroker::refusals
