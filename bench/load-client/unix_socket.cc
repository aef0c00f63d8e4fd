#include "unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bench {
namespace {

constexpr int kBacklog = 16;

bool address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

}  // namespace

UnixSocket::~UnixSocket() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

UnixSocket UnixSocket::connect(const std::string& path) {
  sockaddr_un address;
  if (!address_of(path, address)) {
    return UnixSocket();
  }
  UnixSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open() || ::connect(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address),
                                  sizeof address) != 0) {
    return UnixSocket();
  }
  return socket;
}

UnixSocket UnixSocket::listen(const std::string& path) {
  sockaddr_un address;
  if (!address_of(path, address)) {
    return UnixSocket();
  }
  ::unlink(path.c_str());
  UnixSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open() ||
      ::bind(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      ::listen(socket.descriptor_, kBacklog) != 0) {
    return UnixSocket();
  }
  return socket;
}

}  // namespace bench
