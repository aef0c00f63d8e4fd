// Any bytes as the file of a sealing key, in the clear and under a passphrase. What loads is used.
#include <array>
#include <optional>

#include "native/crypto/encrypted_key.h"
#include "native/crypto/sealing_key.h"
#include "native/crypto/sealing_key_file.h"
#include "native/fuzz/fuzz_context.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

constexpr std::uint8_t kPassphrase[] = {'p', 'a', 's', 's', 'w', 'o', 'r', 'd'};
// Documents may ask for two seconds of work; a fuzzer has better things to do.
constexpr std::uint32_t kFastIterations = 2048;

// Seals a new service key to it and opens that again.
void use(const SealingKey& key) {
  const LibraryContext& context = fuzzing::context();
  std::array<std::uint8_t, kWrappedChildLength> wrapped;
  const auto parent = WrappingKey::generate(context, 256);
  require(static_cast<bool>(parent), "there is key memory");
  const auto made = ServiceKey::generate(context, parent.value(), wrapped);
  require(static_cast<bool>(made), "a service key can be made");
  const auto sealed = seal_service_key(context, made.value(), key.pair.public_key_info(), {});
  require(static_cast<bool>(sealed), "a key that loads can be sealed to");
  require(static_cast<bool>(open_service_key(context, key, sealed.value().ephemeral_public,
                                             sealed.value().wrapped_key, {})),
          "a key that loads opens what was sealed to it");
}

void load(Bytes content, std::optional<Bytes> passphrase) {
  const auto key = read_sealing_key(fuzzing::context(), content, passphrase);
  if (key) {
    use(key.value());
  } else {
    require(key.error().code == ErrorCode::KEY_FILE_UNUSABLE, "a bad file is KEY_FILE_UNUSABLE");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes content(data, size);
  load(content, std::nullopt);
  const auto encrypted = read_encrypted_key(content);
  if (!encrypted || encrypted.value().iterations <= kFastIterations) {
    load(content, Bytes(kPassphrase));
  }
  return 0;
}
