// Any bytes as a stored data key: read, taken over, decrypted with. A row whose MAC is made to fit
// reaches key wrap and the ciphers, too.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "native/crypto/data_key.h"
#include "native/fuzz/fuzz_context.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

const ServiceKey& service_key() {
  static const ServiceKey* const key = [] {
    std::array<std::uint8_t, 32> bytes{};
    auto parent = WrappingKey::import(bytes);
    require(static_cast<bool>(parent), "there is key memory");
    std::array<std::uint8_t, kWrappedChildLength> wrapped;
    auto made = ServiceKey::generate(fuzzing::context(), parent.value(), wrapped);
    require(static_cast<bool>(made), "a service key can be made");
    return new ServiceKey(std::move(made).value());
  }();
  return *key;
}

// The next `length` bytes of the input, or what is left.
Bytes take(Bytes& rest, std::size_t length) {
  const Bytes taken = rest.first(std::min(length, rest.size()));
  rest = rest.subspan(taken.size());
  return taken;
}

bool is_expected(const Error& error) {
  switch (error.code) {
    case ErrorCode::DATA_KEY_TAMPERED:
    case ErrorCode::UNWRAP_FAILED:
    case ErrorCode::OUTPUT_TOO_SMALL:
    case ErrorCode::INPUT_INVALID:
    case ErrorCode::DECRYPT_FAILED:
      return true;
    default:
      return false;
  }
}

void read(const DataKeyRow& row, Bytes header, std::size_t room) {
  std::vector<std::uint8_t> target(room, 0xee);
  const auto length = read_data_key(fuzzing::context(), service_key(), row, header, target);
  if (!length) {
    require(is_expected(length.error()), "a bad row has an error of its own");
    require(std::ranges::all_of(target, [](auto byte) { return byte == 0xee; }),
            "a failure leaves the target alone");
  }
}

void decrypt(const DataKeyRow& row, Bytes header, const DataCipher& cipher, Bytes data) {
  if (!check_cipher(cipher)) {
    return;
  }
  std::vector<std::uint8_t> output(data.size());
  const auto length =
      decrypt_with_data_key(fuzzing::context(), service_key(), row, header, cipher, output, data);
  require(length || is_expected(length.error()), "bad data has an error of its own");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes rest(data, size);
  const Bytes sizes = take(rest, 6);
  if (sizes.size() < 6) {
    return 0;
  }
  const Bytes wrapped = take(rest, sizes[0]);
  const Bytes digest = take(rest, sizes[1]);
  const Bytes mac = take(rest, sizes[2]);
  const Bytes header = take(rest, sizes[3]);
  const std::size_t room = sizes[4];
  const DataCipher cipher = {.mode = static_cast<CipherMode>(sizes[5] % 3),
                             .padding = (sizes[5] & 4) != 0,
                             .iv = take(rest, (sizes[5] >> 3) % 17),
                             .additional_data = {},
                             .tag_length = 12u + sizes[5] % 5};

  const DataKeyRow row = {.wrapped = wrapped, .digest = digest, .mac = mac};
  read(row, header, room);

  std::array<std::uint8_t, kDataKeyDigestLength> digest_out;
  std::array<std::uint8_t, kRowMacLength> mac_out;
  const LibraryContext& context = fuzzing::context();
  const Status adopted = adopt_data_key(context, service_key(), wrapped, header,
                                        {.wrapped = {}, .digest = digest_out, .mac = mac_out});
  require(!adopted && adopted.error().code == ErrorCode::UNWRAP_FAILED,
          "nobody guesses a wrapped key");

  const Status bound = bind_data_key(context, service_key(), row, header, mac_out);
  if (bound) {
    read({.wrapped = wrapped, .digest = digest, .mac = mac_out}, header, room);
  }

  // Behind a right row stands the cipher.
  std::array<std::uint8_t, 40> own_wrapped;
  const DataKeyOutput own = {.wrapped = own_wrapped, .digest = digest_out, .mac = mac_out};
  require(static_cast<bool>(create_data_key(context, service_key(), 256, header, own)),
          "a data key can be made");
  decrypt({.wrapped = own_wrapped, .digest = digest_out, .mac = mac_out}, header, cipher, rest);
  return 0;
}
