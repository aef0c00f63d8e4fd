#include "native/dataplane/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cryptobroker {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kPermissions = 07777;

int option(int descriptor, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

// What is left to do with a socket that has a name. Nobody can connect before it listens, so until
// then its mode may still be wrong.
int listen_bound(int socket, const char* path, int backlog) {
  struct stat file;
  if (lstat(path, &file) != 0) {
    return -errno;
  }
  if ((file.st_mode & kPermissions) != kOwnerOnly) {
    return -EACCES;
  }
  return listen(socket, backlog) == 0 ? 0 : -errno;
}

// 0, or the negated errno.
int bind_and_listen(int socket, const std::string& path, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return -ENAMETOOLONG;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  // Linux gives the file the mode of the socket less the umask, which belongs to all threads and
  // cannot be changed for this one.
  if (fchmod(socket, kOwnerOnly) != 0 ||
      bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return -errno;
  }
  const int failure = listen_bound(socket, path.c_str(), backlog);
  if (failure != 0) {
    unlink(path.c_str());
  }
  return failure;
}

}  // namespace

int listen_unix(const std::string& path, int backlog) {
  const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) {
    return -errno;
  }
  const int failure = bind_and_listen(made, path, backlog);
  if (failure != 0) {
    close(made);
    return failure;
  }
  return made;
}

bool is_listening_unix_socket(int descriptor) {
  return option(descriptor, SO_DOMAIN) == AF_UNIX && option(descriptor, SO_TYPE) == SOCK_STREAM &&
         option(descriptor, SO_ACCEPTCONN) == 1;
}

bool make_private(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
         fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

}  // namespace cryptobroker
