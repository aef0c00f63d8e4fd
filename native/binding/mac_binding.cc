// HMAC and key derivation.
#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/js_error.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/mac.h"

namespace cryptobroker {
namespace {

// 0 SHA-256, 1 SHA-384, 2 SHA-512: the first rows of the digest table.
DigestId read_mac_digest(ValueReader& reader, napi_value value) {
  return static_cast<DigestId>(reader.integer(value, "digest", 0, 2));
}

napi_value give(Napi::Env env, const Status& done, const NewBytes& output) {
  if (!done) {
    throw_error(env, done.error());
    return env.Undefined();
  }
  return output.array;
}

napi_value hmac(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const DigestId digest = read_mac_digest(reader, info[0]);
  const Bytes key = reader.bytes(info[1], "key");
  const Bytes data = reader.bytes(info[2], "data");
  if (reader.failed()) {
    return reader.raise();
  }
  const NewBytes output = NewBytes::make(info.Env(), digest_info(digest).output_length);
  return give(info.Env(), compute_hmac(*context, digest, output.content, key, data), output);
}

napi_value kbkdf(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const DigestId digest = read_mac_digest(reader, info[0]);
  const Bytes key = reader.bytes(info[1], "key");
  const Bytes label = reader.bytes(info[2], "label");
  const Bytes derivation_context = reader.bytes(info[3], "context");
  const auto length =
      static_cast<std::size_t>(reader.integer(info[4], "length", 1, kMaxDerivedLength));
  if (reader.failed()) {
    return reader.raise();
  }
  const NewBytes output = NewBytes::make(info.Env(), length);
  return give(info.Env(),
              derive_key(*context, digest, output.content, key, label, derivation_context), output);
}

}  // namespace

void export_macs(Napi::Object exports) {
  export_function<hmac>(exports, "hmac");
  export_function<kbkdf>(exports, "kbkdf");
}

}  // namespace cryptobroker
