#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "native/crypto/file_descriptor.h"
#include "native/dataplane/unix_socket.h"

namespace cryptobroker::testing {
namespace {

class UnixSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/dataplane-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ + "/a.sock";
  }
  void TearDown() override {
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }
  mode_t mode_of_file() const {
    struct stat file;
    return lstat(path_.c_str(), &file) == 0 ? file.st_mode : 0;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(UnixSocketTest, ListensForItsOwnerAloneWhateverTheMaskIs) {
  for (const mode_t mask : {0000, 0022, 0077}) {
    const mode_t before = umask(mask);
    const FileDescriptor socket(listen_unix(path_, 16));
    EXPECT_EQ(umask(before), mask) << "the mask belongs to all threads";
    ASSERT_GE(socket.get(), 0) << std::strerror(-socket.get());
    EXPECT_EQ(mode_of_file(), static_cast<mode_t>(S_IFSOCK | 0600));
    EXPECT_TRUE(is_listening_unix_socket(socket.get()));
    EXPECT_EQ(fcntl(socket.get(), F_GETFD), FD_CLOEXEC);
    EXPECT_NE(fcntl(socket.get(), F_GETFL) & O_NONBLOCK, 0);
    const FileDescriptor client(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    unlink(path_.c_str());
  }
}

TEST_F(UnixSocketTest, LeavesNoFileWhenTheMaskDoesNotLetItBeRight) {
  const mode_t before = umask(0277);
  EXPECT_EQ(listen_unix(path_, 16), -EACCES);
  umask(before);
  EXPECT_EQ(mode_of_file(), 0U);
}

TEST_F(UnixSocketTest, SaysWhyItCannot) {
  const FileDescriptor first(listen_unix(path_, 16));
  ASSERT_GE(first.get(), 0);
  EXPECT_EQ(listen_unix(path_, 16), -EADDRINUSE);
  EXPECT_EQ(listen_unix(directory_ + "/none/a.sock", 16), -ENOENT);
  EXPECT_EQ(listen_unix(directory_ + "/" + std::string(107 - directory_.size(), 'x'), 16),
            -ENAMETOOLONG);
  const std::string longest = directory_ + "/" + std::string(106 - directory_.size(), 'x');
  const FileDescriptor socket(listen_unix(longest, 16));
  EXPECT_GE(socket.get(), 0);
  unlink(longest.c_str());
}

TEST_F(UnixSocketTest, KnowsAListeningUnixSocketFromEverythingElse) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const FileDescriptor one(pair[0]);
  const FileDescriptor other(pair[1]);
  EXPECT_FALSE(is_listening_unix_socket(one.get()));
  const FileDescriptor tcp(socket(AF_INET, SOCK_STREAM, 0));
  listen(tcp.get(), 1);
  EXPECT_FALSE(is_listening_unix_socket(tcp.get()));
  const FileDescriptor file(open("/dev/null", O_RDONLY));
  EXPECT_FALSE(is_listening_unix_socket(file.get()));
  EXPECT_FALSE(is_listening_unix_socket(-1));
  EXPECT_FALSE(is_listening_unix_socket(1'000'000));
}

TEST_F(UnixSocketTest, MakesAnInheritedSocketPrivate) {
  const FileDescriptor inherited(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_TRUE(make_private(inherited.get()));
  EXPECT_EQ(fcntl(inherited.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_NE(fcntl(inherited.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_FALSE(make_private(-1));
}

}  // namespace
}  // namespace cryptobroker::testing
