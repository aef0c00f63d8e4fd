#include "native/crypto/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "native/crypto/file_descriptor.h"

namespace cryptobroker {

bool read_whole(int fd, MutableBytes bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = read(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    done += static_cast<std::size_t>(count);
  }
  return true;
}

FileContent read_regular_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return {missing ? FileContent::State::kMissing : FileContent::State::kUnusable, {}};
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
      static_cast<std::uintmax_t>(status.st_size) > limit) {
    return {};
  }
  FileContent content{FileContent::State::kRead, {}};
  content.bytes.resize(static_cast<std::size_t>(status.st_size));
  if (!read_whole(file.get(), content.bytes)) {
    return {};
  }
  return content;
}

}  // namespace cryptobroker
