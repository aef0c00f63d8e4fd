#include "native/crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "native/crypto/file_descriptor.h"
#include "native/crypto/regular_file.h"

namespace cryptobroker {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

Error unusable(std::string reason) {
  return {ErrorCode::KEY_FILE_UNUSABLE, "the key file " + std::move(reason), {}};
}

Error exists() { return {ErrorCode::KEY_FILE_EXISTS, "a file of that name exists", {}}; }

// What the caller can do something about, without a path.
Error not_written(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return unusable("cannot be created: there is no such directory");
    case EACCES:
    case EPERM:
    case EROFS:
      return unusable("cannot be created: writing there is not permitted");
    case ENOSPC:
    case EDQUOT:
      return unusable("cannot be written: no space is left");
    default:
      return unusable("cannot be written");
  }
}

bool write_whole(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// Makes a directory entry durable (fsync(2): that of the file alone does not).
bool sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "."
                                : slash == 0               ? "/"
                                                           : path.substr(0, slash);
  const FileDescriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.get() >= 0 && fsync(opened.get()) == 0;
}

// A file under a temporary name, which is gone when this is.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path)
      : path_(std::move(path)),
        file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   kOwnerOnly)) {}
  ~TemporaryFile() {
    if (file_.get() >= 0) {
      unlink(path_.c_str());
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool opened() const { return file_.get() >= 0; }
  // fchmod: the process's umask may have taken away more than it should.
  bool fill(Bytes content) const {
    return fchmod(file_.get(), kOwnerOnly) == 0 && write_whole(file_.get(), content) &&
           fsync(file_.get()) == 0;
  }
  // Fails with EEXIST when anything has that name, a dangling symbolic link as well.
  bool link_to(const std::string& path) const { return link(path_.c_str(), path.c_str()) == 0; }

 private:
  std::string path_;
  FileDescriptor file_;
};

}  // namespace

Status create_key_file(const std::string& path, const std::string& temporary_suffix,
                       Bytes content) {
  // Asked first only to save the work; link() decides.
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) {
    return exists();
  }
  const TemporaryFile file(path + temporary_suffix);
  if (!file.opened() || !file.fill(content)) {
    return not_written(errno);
  }
  if (!file.link_to(path)) {
    return errno == EEXIST ? exists() : not_written(errno);
  }
  if (!sync_directory_of(path)) {
    const int error = errno;
    unlink(path.c_str());
    return not_written(error);
  }
  return Done{};
}

Result<SecretBytes> read_key_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    switch (errno) {
      case ENOENT:
      case ENOTDIR:
        return unusable("is not there");
      case ELOOP:
        return unusable("is a symbolic link");
      default:
        return unusable("cannot be opened");
    }
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return unusable("is not a regular file");
  }
  if (status.st_uid != geteuid()) {
    return unusable("belongs to another user");
  }
  if ((status.st_mode & kOthers) != 0) {
    return unusable("is accessible to others: its mode must be 0600");
  }
  if (status.st_size <= 0 || static_cast<std::uintmax_t>(status.st_size) > kMaxKeyFile) {
    return unusable("is empty or too long for a key");
  }
  SecretBytes content(static_cast<std::size_t>(status.st_size));
  if (!read_whole(file.get(), content.view())) {
    return unusable("cannot be read");
  }
  return content;
}

}  // namespace cryptobroker
