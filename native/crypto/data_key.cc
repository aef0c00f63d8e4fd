#include "native/crypto/data_key.h"

#include <openssl/crypto.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "native/crypto/digest.h"
#include "native/crypto/key_wrap.h"
#include "native/crypto/library_context.h"
#include "native/crypto/random.h"
#include "native/crypto/secret_bytes.h"

namespace cryptobroker {
namespace {

Error invalid(const char* field, const char* message) {
  return {ErrorCode::INPUT_INVALID, message, field};
}

Error unwrap_failed() {
  return {ErrorCode::UNWRAP_FAILED, "the wrapped key is damaged or was wrapped under another key",
          "wrapped"};
}

// Which of the two forms a length gets (SP 800-38F §5.3.1): KW wherever it can.
WrapMode mode_of(std::size_t key_length) {
  return key_length >= 16 && key_length % 8 == 0 ? WrapMode::kKw : WrapMode::kKwp;
}

Status check_use(const ServiceKey& key, Bytes header) {
  if (const Status open = key.require_open(); !open) {
    return open.error();
  }
  if (header.size() > kMaxRowHeader) {
    return invalid("header", "longer than 1048576 bytes");
  }
  return Done{};
}

// The key's form under `key`, digest and MAC. The arguments are checked.
Result<std::size_t> seal(const LibraryContext& context, const ServiceKey& key, Bytes plaintext,
                         Bytes header, const DataKeyOutput& out) {
  const auto length =
      wrap_key(context, mode_of(plaintext.size()), key.wrapping(), out.wrapped, plaintext);
  if (!length) {
    return length.error();
  }
  if (const Status hashed = compute_digest(context, DigestId::kSha256, out.digest, plaintext);
      !hashed) {
    return hashed.error();
  }
  const RowParts parts = {
      .header = header, .digest = out.digest, .wrapped = out.wrapped.first(length.value())};
  if (const Status bound = key.mac().compute(context, out.mac, parts); !bound) {
    return bound.error();
  }
  return length;
}

// Nothing in a wrapped form tells KW from KWP but its integrity check, so KW is tried first: all
// but a few keys have that form. A form that the other mode should have is refused, lest a key have
// two.
Result<std::size_t> unwrap(const LibraryContext& context, const ServiceKey& key, MutableBytes out,
                           Bytes wrapped) {
  if (wrapped.size() > kMaxWrappedDataKey || wrapped.size() % 8 != 0 || wrapped.size() < 16) {
    return unwrap_failed();
  }
  if (wrapped.size() > 16) {
    auto length = unwrap_key(context, WrapMode::kKw, key.wrapping(), out, wrapped);
    if (length || length.error().code != ErrorCode::UNWRAP_FAILED) {
      return length;
    }
  }
  SecretBytes padded(wrapped.size());
  const auto length = unwrap_key(context, WrapMode::kKwp, key.wrapping(), padded.view(), wrapped);
  if (!length) {
    return length.error();
  }
  if (mode_of(length.value()) != WrapMode::kKwp) {
    return unwrap_failed();
  }
  if (out.size() < length.value()) {
    return Error{ErrorCode::OUTPUT_TOO_SMALL, "needs " + std::to_string(length.value()) + " bytes",
                 "key"};
  }
  std::memcpy(out.data(), padded.data(), length.value());
  return length;
}

using CipherOperation = Result<std::size_t> (*)(const LibraryContext&, const DataCipher&, Bytes,
                                                MutableBytes, Bytes);

Result<std::size_t> run_cipher(CipherOperation operation, const LibraryContext& context,
                               const ServiceKey& key, const DataKeyRow& row, Bytes header,
                               const DataCipher& cipher, MutableBytes output, Bytes data) {
  if (const Status checked = check_cipher(cipher); !checked) {
    return checked.error();
  }
  SecretBytes plain(kMaxAesKeyLength);
  const auto length = read_data_key(context, key, row, header, plain.view());
  if (!length) {
    return length.error().code == ErrorCode::OUTPUT_TOO_SMALL
               ? invalid("key", "the data key is no AES key")
               : length.error();
  }
  return operation(context, cipher, plain.view().first(length.value()), output, data);
}

}  // namespace

Result<std::size_t> create_data_key(const LibraryContext& context, const ServiceKey& key,
                                    std::size_t bits, Bytes header, const DataKeyOutput& out) {
  if (const Status checked = check_use(key, header); !checked) {
    return checked.error();
  }
  if (bits != 128 && bits != 192 && bits != 256) {
    return invalid("bits", "a data key to make has 128, 192 or 256 bits");
  }
  SecretBytes plaintext(bits / 8);
  if (const Status filled = fill_random_secret(context, plaintext.view()); !filled) {
    return filled.error();
  }
  return seal(context, key, plaintext.view(), header, out);
}

Result<std::size_t> wrap_data_key(const LibraryContext& context, const ServiceKey& key,
                                  MutableBytes plaintext, Bytes header, const DataKeyOutput& out) {
  const auto sealed = [&]() -> Result<std::size_t> {
    if (const Status checked = check_use(key, header); !checked) {
      return checked.error();
    }
    if (plaintext.empty() || plaintext.size() > kMaxDataKeyLength) {
      return invalid("plaintext", "a data key has 1 to 4096 bytes");
    }
    // Wiping it afterwards would change the result.
    if (overlap(plaintext, header)) {
      return invalid("plaintext", "overlaps the header");
    }
    return seal(context, key, plaintext, header, out);
  }();
  OPENSSL_cleanse(plaintext.data(), plaintext.size());
  return sealed;
}

Status adopt_data_key(const LibraryContext& context, const ServiceKey& key, Bytes wrapped,
                      Bytes header, const DataKeyOutput& out) {
  if (const Status checked = check_use(key, header); !checked) {
    return checked.error();
  }
  SecretBytes plaintext(wrapped.size() <= kMaxWrappedDataKey ? wrapped.size() : 0);
  const auto length = unwrap(context, key, plaintext.view(), wrapped);
  if (!length) {
    return length.error();
  }
  if (const Status hashed = compute_digest(context, DigestId::kSha256, out.digest,
                                           plaintext.view().first(length.value()));
      !hashed) {
    return hashed.error();
  }
  return key.mac().compute(context, out.mac,
                           {.header = header, .digest = out.digest, .wrapped = wrapped});
}

Status verify_data_key(const LibraryContext& context, const ServiceKey& key, const DataKeyRow& row,
                       Bytes header) {
  if (const Status checked = check_use(key, header); !checked) {
    return checked.error();
  }
  // A field of an impossible length fits no MAC, and costs no time to say so.
  if (row.wrapped.size() > kMaxWrappedDataKey || row.digest.size() != kDataKeyDigestLength) {
    return data_key_tampered();
  }
  return key.mac().verify(context, row.mac,
                          {.header = header, .digest = row.digest, .wrapped = row.wrapped});
}

Status rebind_data_key(const LibraryContext& context, const ServiceKey& key, const DataKeyRow& row,
                       Bytes header, Bytes new_header, MutableBytes mac) {
  if (const Status verified = verify_data_key(context, key, row, header); !verified) {
    return verified.error();
  }
  return bind_data_key(context, key, row, new_header, mac);
}

Status bind_data_key(const LibraryContext& context, const ServiceKey& key, const DataKeyRow& row,
                     Bytes header, MutableBytes mac) {
  if (const Status checked = check_use(key, header); !checked) {
    return checked.error();
  }
  if (row.digest.size() != kDataKeyDigestLength) {
    return invalid("digest", "a digest has 32 bytes");
  }
  if (row.wrapped.size() < 16 || row.wrapped.size() > kMaxWrappedDataKey ||
      row.wrapped.size() % 8 != 0) {
    return invalid("wrapped", "a wrapped key has a multiple of 8 bytes, 16 to 4104");
  }
  return key.mac().compute(context, mac,
                           {.header = header, .digest = row.digest, .wrapped = row.wrapped});
}

Result<std::size_t> read_data_key(const LibraryContext& context, const ServiceKey& key,
                                  const DataKeyRow& row, Bytes header, MutableBytes target) {
  for (const Bytes input : {row.wrapped, row.digest, row.mac, header}) {
    if (overlap(target, input)) {
      return invalid("target", "overlaps an input");
    }
  }
  if (const Status verified = verify_data_key(context, key, row, header); !verified) {
    return verified.error();
  }
  return unwrap(context, key, target, row.wrapped);
}

Result<std::size_t> encrypt_with_data_key(const LibraryContext& context, const ServiceKey& key,
                                          const DataKeyRow& row, Bytes header,
                                          const DataCipher& cipher, MutableBytes output,
                                          Bytes data) {
  return run_cipher(encrypt_data, context, key, row, header, cipher, output, data);
}

Result<std::size_t> decrypt_with_data_key(const LibraryContext& context, const ServiceKey& key,
                                          const DataKeyRow& row, Bytes header,
                                          const DataCipher& cipher, MutableBytes output,
                                          Bytes data) {
  return run_cipher(decrypt_data, context, key, row, header, cipher, output, data);
}

}  // namespace cryptobroker
