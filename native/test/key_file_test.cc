#include "native/crypto/key_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "native/crypto/sealing_key_file.h"
#include "native/test/support/context.h"
#include "native/test/support/keys.h"

namespace cryptobroker::testing {
namespace {

namespace fs = std::filesystem;

class KeyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cryptobroker-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
    path = (directory / "key").string();
  }
  void TearDown() override { fs::remove_all(directory); }

  std::string created(const std::string& at, std::string_view content = "secret") {
    return code_of(create_key_file(at, ".tmp", bytes_of(content)));
  }
  std::string read() {
    const auto content = read_key_file(path);
    return content ? text_of(content.value().view()) : outcome(content);
  }

  fs::path directory;
  std::string path;
};

TEST_F(KeyFile, IsForItsOwnerAloneWhateverTheUmask) {
  const mode_t before = umask(0777);
  EXPECT_EQ(created(path), "ok");
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  EXPECT_EQ(status.st_nlink, 1u);
  EXPECT_EQ(read(), "secret");
}

TEST_F(KeyFile, ReplacesNothing) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(created(path), "KEY_FILE_EXISTS");
  std::ifstream file(path);
  std::string content;
  file >> content;
  EXPECT_EQ(content, "precious");
  const std::string dangling = (directory / "dangling").string();
  fs::create_symlink(directory / "nowhere", dangling);
  EXPECT_EQ(created(dangling), "KEY_FILE_EXISTS");
  EXPECT_EQ(created(directory.string()), "KEY_FILE_EXISTS");
}

TEST_F(KeyFile, LeavesNothingBehindWhenItCannotBeWritten) {
  // Somebody else's temporary file is in the way: it is not ours to remove.
  std::ofstream(path + ".tmp") << "other";
  EXPECT_EQ(created(path), "KEY_FILE_UNUSABLE");
  EXPECT_TRUE(fs::exists(path + ".tmp"));
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(created((directory / "missing" / "key").string()), "KEY_FILE_UNUSABLE");
  EXPECT_EQ(created("/dev/full/key"), "KEY_FILE_UNUSABLE");
}

TEST_F(KeyFile, IsRefusedWhenItIsNoRegularFileOfThisUser) {
  const auto refused = [&](std::string_view reason) {
    const std::string said = read();
    EXPECT_EQ(said, "KEY_FILE_UNUSABLE : the key file " + std::string(reason));
  };
  refused("is not there");
  fs::create_directory(path);
  refused("is not a regular file");
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  refused("is not a regular file");
  fs::remove(path);
  fs::create_symlink("/etc/passwd", path);
  refused("is a symbolic link");
  fs::remove(path);
  EXPECT_EQ(created(path), "ok");
  for (const mode_t mode : {0640u, 0604u, 0610u, 0602u, 0666u}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    refused("is accessible to others: its mode must be 0600");
  }
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  EXPECT_EQ(read(), "secret");
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
    refused("belongs to another user");
  }
}

TEST_F(KeyFile, IsRefusedWhenItIsEmptyOrTooLong) {
  EXPECT_EQ(created(path), "ok");
  for (const off_t size : {off_t{0}, off_t{4097}, off_t{1} << 30}) {
    ASSERT_EQ(truncate(path.c_str(), size), 0);
    EXPECT_EQ(read(), "KEY_FILE_UNUSABLE : the key file is empty or too long for a key");
  }
  ASSERT_EQ(truncate(path.c_str(), 4096), 0);
  EXPECT_EQ(read().size(), 4096u);
}

TEST_F(KeyFile, HoldsASealingKeyInTheClearOrUnderAPassphrase) {
  const auto key = SealingKey::generate(context());
  ASSERT_TRUE(key);
  for (const std::optional<Bytes> passphrase :
       {std::optional<Bytes>(), std::optional<Bytes>(bytes_of("a passphrase"))}) {
    const Status saved = save_sealing_key(context(), key.value(), path, passphrase);
    ASSERT_TRUE(saved) << outcome(saved);
    const auto loaded = load_sealing_key(context(), path, passphrase);
    ASSERT_TRUE(loaded) << outcome(loaded);
    EXPECT_EQ(hex_of(loaded.value().pair.public_key_info()),
              hex_of(key.value().pair.public_key_info()));
    EXPECT_EQ(code_of(load_sealing_key(context(), path, bytes_of("another one"))),
              "KEY_FILE_UNUSABLE");
    EXPECT_EQ(code_of(load_sealing_key(context(), path, bytes_of("short"))), "INPUT_INVALID");
    if (passphrase) {
      EXPECT_EQ(code_of(load_sealing_key(context(), path, std::nullopt)), "KEY_FILE_UNUSABLE");
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(directory), {}), 1);
    fs::remove(path);
  }
}

TEST(SealingKeyContent, IsRefusedWhenAnyBitWasChanged) {
  const auto key = SealingKey::generate(context());
  ASSERT_TRUE(key);
  const auto info = key.value().pair.private_key_info();
  ASSERT_TRUE(info);
  for (std::size_t bit = 0; bit < 8 * info.value().size(); bit += 7) {
    EXPECT_EQ(code_of(read_sealing_key(context(), with_bit_flipped(info.value().view(), bit),
                                       std::nullopt)),
              "KEY_FILE_UNUSABLE");
  }
}

}  // namespace
}  // namespace cryptobroker::testing
