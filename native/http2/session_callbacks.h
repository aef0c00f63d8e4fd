// The table by which nghttp2 calls a Session, and the options of its sessions.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>

namespace cryptobroker {

// Resets of streams that one client may cause: at once, and in a second.
inline constexpr std::int64_t kResetBurst = 1000;
inline constexpr std::int64_t kResetsPerSecond = 200;

// A new session whose user data is a Session; nullptr when there is no memory.
nghttp2_session* new_server_session(void* session);

}  // namespace cryptobroker
