// One end of a Unix stream socket.
#pragma once

#include <string>
#include <utility>

namespace bench {

class UnixSocket {
 public:
  UnixSocket() = default;
  explicit UnixSocket(int descriptor) : descriptor_(descriptor) {}
  ~UnixSocket();
  UnixSocket(UnixSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  UnixSocket& operator=(UnixSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  // -1 when there is nobody there; errno says why.
  static UnixSocket connect(const std::string& path);
  // Takes the place of whatever is at `path`.
  static UnixSocket listen(const std::string& path);

  int descriptor() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

}  // namespace bench
