// The table by which nghttp2 calls a Session, and the options of its sessions.
#pragma once

#include <nghttp2/nghttp2.h>

namespace cryptobroker {

// A new session whose user data is a Session; nullptr when there is no memory.
nghttp2_session* new_server_session(void* session);

}  // namespace cryptobroker
