// An open file that closes itself.
#pragma once

#include <unistd.h>

namespace cryptobroker {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  // Negative when it could not be opened.
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace cryptobroker
