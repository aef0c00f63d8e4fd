// How the server ends calls by itself, in the words of the transport in src/grpc: where that is
// @grpc/grpc-js speaking, there is no code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "native/rpc/answer.h"

namespace cryptobroker::refusals {

CallFailure unknown_method(std::string_view path);
CallFailure compressed();
CallFailure bad_timeout();
CallFailure too_many_streams();
// Of a method that takes one message.
CallFailure no_message(std::string_view path);
CallFailure second_message(std::string_view path);
// Beyond what methods accept.
CallFailure too_large(std::size_t limit);
// Beyond what is read at all.
CallFailure far_too_large(std::uint32_t length, std::size_t limit);
CallFailure deadline_exceeded();
CallFailure slow_request();
// For the record alone: nobody is there to be told.
CallFailure cancelled(std::string_view cause);

}  // namespace cryptobroker::refusals
