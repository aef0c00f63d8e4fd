// Entering FIPS mode. A process enters once, so every test here does it in a child process.
#include "native/crypto/library_context.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "native/crypto/digest.h"
#include "native/crypto/openssl_ptr.h"
#include "native/crypto/process_hardening.h"
#include "native/crypto/random.h"
#include "native/test/support/text.h"

namespace cryptobroker::testing {
namespace {

namespace fs = std::filesystem;

ContextOptions in_fips_mode(const std::string& directory = TEST_MODULE_DIRECTORY) {
  ContextOptions options;
  options.module_directory = directory;
  return options;
}

// A directory of its own with a copy of the module in it.
class ModuleDirectory {
 public:
  ModuleDirectory() {
    std::string pattern = (fs::temp_directory_path() / "cryptobroker-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    fs::copy_file(fs::path(TEST_MODULE_DIRECTORY) / "fips.so", module());
  }
  ~ModuleDirectory() { fs::remove_all(path_); }

  fs::path module() const { return path_ / "fips.so"; }
  std::string path() const { return path_.string(); }
  void write_configuration(const std::string& text) const {
    std::ofstream(path_ / "fipsmodule.cnf") << text;
  }
  void flip_a_bit_of_the_module() const {
    std::fstream file(module(), std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(module()) / 2);
    file.seekg(middle);
    const int byte = file.get();
    file.seekp(middle);
    file.put(static_cast<char>(byte ^ 1));
  }

 private:
  fs::path path_;
};

// What entering said, in a child process: `ok`, or the failure.
void expect_outcome(const ContextOptions& options, const std::string& pattern) {
  EXPECT_EXIT(
      {
        std::fprintf(stderr, "%s\n", outcome(LibraryContext::initialize(options)).c_str());
        std::exit(LibraryContext::get() == nullptr ? 1 : 0);
      },
      ::testing::ExitedWithCode(pattern == "^ok" ? 0 : 1), pattern);
}

// Runs `holds` in a child process that is in FIPS mode.
void expect_in_fips_mode(const std::function<bool(const LibraryContext&)>& holds) {
  EXPECT_EXIT(
      {
        const Status entered = LibraryContext::initialize(in_fips_mode());
        std::exit(entered && holds(*LibraryContext::get()) ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LibraryContextTest, IsAbsentBeforeItIsEntered) { EXPECT_EQ(LibraryContext::get(), nullptr); }

TEST(LibraryContextTest, EntersFipsModeAndReportsWhatAnswers) {
  expect_in_fips_mode([](const LibraryContext& context) {
    const ContextReport& report = context.report();
    return report.fips == FipsMode::kRequired && report.provider_name == "OpenSSL FIPS Provider" &&
           report.library_version.starts_with("OpenSSL 3.5") && !report.provider_version.empty() &&
           report.module_path == std::string(TEST_MODULE_DIRECTORY) + "/fips.so" &&
           report.module_sha256.size() == 64 && context.provider_running();
  });
}

TEST(LibraryContextTest, RunsTheSelfTestsAtEveryStartAndNamesThem) {
  expect_in_fips_mode([](const LibraryContext& context) {
    bool sha2 = false;
    bool ecdsa = false;
    for (const SelfTest& test : context.report().self_tests) {
      sha2 = sha2 || test.name == "SHA2";
      ecdsa = ecdsa || test.name == "ECDSA";
      if (!test.passed) {
        return false;
      }
    }
    return sha2 && ecdsa && context.report().self_tests.size() > 20;
  });
}

TEST(LibraryContextTest, HasNoAlgorithmsThatAreNotApproved) {
  expect_in_fips_mode([](const LibraryContext& context) {
    for (const char* name : {"MD5", "MD5-SHA1", "RIPEMD-160", "SM3", "BLAKE2B-512"}) {
      const DigestPtr digest(EVP_MD_fetch(context.handle(), name, nullptr));
      if (digest != nullptr) {
        return false;
      }
    }
    const DigestPtr from_no_context(EVP_MD_fetch(nullptr, "SHA2-256", nullptr));
    return from_no_context == nullptr;
  });
}

TEST(LibraryContextTest, EntersOnceAndAcceptsTheSameOptionsAgain) {
  EXPECT_EXIT(
      {
        const bool first = static_cast<bool>(LibraryContext::initialize(in_fips_mode()));
        const LibraryContext* context = LibraryContext::get();
        const bool second = static_cast<bool>(LibraryContext::initialize(in_fips_mode()));
        std::exit(first && second && context == LibraryContext::get() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LibraryContextTest, RefusesOtherOptionsAfterwards) {
  EXPECT_EXIT(
      {
        const bool first = static_cast<bool>(LibraryContext::initialize(in_fips_mode()));
        ContextOptions off;
        off.fips = FipsMode::kOff;
        std::fprintf(stderr, "%s\n", outcome(LibraryContext::initialize(off)).c_str());
        std::exit(first ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "^ALREADY_INITIALIZED");
}

TEST(LibraryContextTest, DoesNotGoOnWithoutFipsAfterAFailedStart) {
  EXPECT_EXIT(
      {
        std::fprintf(stderr, "%s; ",
                     outcome(LibraryContext::initialize(in_fips_mode("/nowhere"))).c_str());
        ContextOptions off;
        off.fips = FipsMode::kOff;
        std::fprintf(stderr, "%s\n", outcome(LibraryContext::initialize(off)).c_str());
        std::exit(LibraryContext::get() == nullptr ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "^FIPS_MODULE_MISSING.*; ALREADY_INITIALIZED");
}

TEST(ProcessHardening, SwitchesDumpsOff) {
  EXPECT_EXIT(
      {
        const bool before = process_is_dumpable();
        const bool hardened = static_cast<bool>(harden_process());
        rlimit limit{};
        getrlimit(RLIMIT_CORE, &limit);
        std::exit(before && hardened && !process_is_dumpable() && limit.rlim_max == 0 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LibraryContextTest, UsesTheDefaultProviderOnlyWhenFipsIsOff) {
  EXPECT_EXIT(
      {
        ContextOptions off;
        off.fips = FipsMode::kOff;
        const bool entered = static_cast<bool>(LibraryContext::initialize(off));
        const LibraryContext* context = LibraryContext::get();
        ByteVector digest(32);
        const bool works =
            entered && compute_digest(*context, DigestId::kSha256, digest, bytes_of("abc"));
        std::exit(works && context->report().provider_name == "OpenSSL Default Provider" &&
                          context->report().module_path.empty()
                      ? 0
                      : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(LibraryContextTest, RefusesADirectoryWithoutTheModule) {
  expect_outcome(in_fips_mode("/nowhere"), "^FIPS_MODULE_MISSING");
  const ModuleDirectory directory;
  fs::remove(directory.module());
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_MISSING");
  fs::create_directory(directory.module());
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED");
}

TEST(LibraryContextTest, RefusesARelativeDirectory) {
  expect_outcome(in_fips_mode("modules"), "^INPUT_INVALID moduleDirectory");
  expect_outcome(in_fips_mode(""), "^INPUT_INVALID moduleDirectory");
}

TEST(LibraryContextTest, RefusesAModuleThatNothingVouchesFor) {
  const ModuleDirectory directory;
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED .*fipsinstall");
}

TEST(LibraryContextTest, RefusesAModuleWithOneBitChangedWhenItsHashIsKnown) {
  const ModuleDirectory directory;
  directory.flip_a_bit_of_the_module();
  ContextOptions options = in_fips_mode(directory.path());
  options.module_sha256 = std::string(64, '0');
  expect_outcome(options, "^FIPS_MODULE_REFUSED .*SHA-256 differs");
}

TEST(LibraryContextTest, RefusesAModuleWithOneBitChangedWhenItsMacIsKnown) {
  const ModuleDirectory directory;
  const std::string configuration =
      read_text_file(std::string(TEST_MODULE_DIRECTORY) + "/fipsmodule.cnf");
  ASSERT_NE(configuration.find("module-mac"), std::string::npos);
  directory.write_configuration(configuration);
  expect_outcome(in_fips_mode(directory.path()), "^ok");
  directory.flip_a_bit_of_the_module();
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED");
}

TEST(LibraryContextTest, RefusesAWrongMac) {
  ContextOptions options = in_fips_mode();
  options.module_mac = "AB";
  expect_outcome(options, "^INPUT_INVALID moduleMac");
  const ModuleDirectory directory;
  directory.write_configuration("[fips_sect]\nmodule-mac = 00:11\n");
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED");
  directory.write_configuration("[fips_sect]\n");
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED");
}

TEST(LibraryContextTest, RefusesAFileThatIsNoModule) {
  const ModuleDirectory directory;
  std::ofstream(directory.module(), std::ios::trunc) << "not a shared library";
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED");
  std::ofstream(directory.module(), std::ios::trunc).flush();
  expect_outcome(in_fips_mode(directory.path()), "^FIPS_MODULE_REFUSED");
}

}  // namespace
}  // namespace cryptobroker::testing
