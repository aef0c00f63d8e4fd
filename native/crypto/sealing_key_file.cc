#include "native/crypto/sealing_key_file.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "native/crypto/encrypted_key.h"
#include "native/crypto/hex.h"
#include "native/crypto/key_file.h"
#include "native/crypto/library_context.h"
#include "native/crypto/random.h"

namespace cryptobroker {
namespace {

Error unusable(const char* message) { return {ErrorCode::KEY_FILE_UNUSABLE, message, {}}; }

// `.4f1c…`: a name beside the key file's that nobody has.
Result<std::string> temporary_suffix(const LibraryContext& context) {
  std::array<std::uint8_t, 8> random;
  if (const Status filled = fill_random(context, random); !filled) {
    return filled.error();
  }
  std::string suffix(1 + 2 * random.size(), '.');
  write_hex(suffix.data() + 1, random);
  return suffix;
}

Result<P384Key> read_pair(const LibraryContext& context, Bytes info) {
  auto pair = P384Key::from_private_key_info(context, info);
  return pair || pair.error().code != ErrorCode::INPUT_INVALID
             ? std::move(pair)
             : Result<P384Key>(unusable("the key file holds no P-384 private key"));
}

Result<P384Key> read_encrypted_pair(const LibraryContext& context, Bytes content,
                                    Bytes passphrase) {
  const auto encrypted = read_encrypted_key(content);
  if (!encrypted) {
    return unusable("the key file holds no key encrypted as this program does");
  }
  const auto info = decrypt_key(context, encrypted.value(), passphrase);
  const Error refused = unusable("the passphrase is wrong, or the key file is damaged");
  if (!info) {
    const ErrorCode code = info.error().code;
    const bool is_content = code == ErrorCode::DECRYPT_FAILED || code == ErrorCode::INPUT_INVALID;
    return is_content ? refused : info.error();
  }
  auto pair = P384Key::from_private_key_info(context, info.value().view());
  return pair || pair.error().code != ErrorCode::INPUT_INVALID ? std::move(pair)
                                                               : Result<P384Key>(refused);
}

}  // namespace

Status save_sealing_key(const LibraryContext& context, const SealingKey& key,
                        const std::string& path, std::optional<Bytes> passphrase) {
  if (key.pair.get() == nullptr) {
    return Error{ErrorCode::KEY_HANDLE_CLOSED, "the sealing key was dropped", {}};
  }
  if (passphrase) {
    if (const Status checked = check_passphrase(*passphrase); !checked) {
      return checked.error();
    }
  }
  const auto suffix = temporary_suffix(context);
  if (!suffix) {
    return suffix.error();
  }
  const auto info = key.pair.private_key_info();
  if (!info) {
    return info.error();
  }
  if (!passphrase) {
    return create_key_file(path, suffix.value(), info.value().view());
  }
  const auto encrypted = encrypt_key(context, info.value().view(), *passphrase);
  return encrypted ? create_key_file(path, suffix.value(), encrypted.value())
                   : Status(encrypted.error());
}

Result<SealingKey> load_sealing_key(const LibraryContext& context, const std::string& path,
                                    std::optional<Bytes> passphrase) {
  const auto content = read_key_file(path);
  return content ? read_sealing_key(context, content.value().view(), passphrase)
                 : Result<SealingKey>(content.error());
}

Result<SealingKey> read_sealing_key(const LibraryContext& context, Bytes content,
                                    std::optional<Bytes> passphrase) {
  if (passphrase) {
    if (const Status checked = check_passphrase(*passphrase); !checked) {
      return checked.error();
    }
  }
  const bool encrypted = is_encrypted_key(content);
  if (encrypted != passphrase.has_value()) {
    return unusable(encrypted ? "the key file needs a passphrase"
                              : "the key file is not encrypted, yet there is a passphrase");
  }
  auto pair =
      encrypted ? read_encrypted_pair(context, content, *passphrase) : read_pair(context, content);
  if (!pair) {
    return pair.error();
  }
  return SealingKey{std::move(pair).value()};
}

}  // namespace cryptobroker
