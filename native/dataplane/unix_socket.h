// Listening Unix sockets: made, or taken over from whoever made them.
#pragma once

#include <string>

namespace cryptobroker {

// A listening socket at `path`, with access for its owner alone, close-on-exec and non-blocking:
// its descriptor; or the negated errno. When it fails, no file is left that was not there before.
int listen_unix(const std::string& path, int backlog);

// True when the descriptor is that of a Unix stream socket that listens.
bool is_listening_unix_socket(int descriptor);

// Makes an inherited descriptor close-on-exec and non-blocking. False when the system refuses.
bool make_private(int descriptor);

}  // namespace cryptobroker
