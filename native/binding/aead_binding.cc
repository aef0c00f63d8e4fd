// AES-GCM.
#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/js_error.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/aead.h"

namespace cryptobroker {
namespace {

using Operation = Status (*)(const LibraryContext&, const AeadKey&, MutableBytes, Bytes, Bytes);

// The result is made before the work, so that no copy of a plaintext is left behind.
napi_value run(Napi::Env env, Operation operation, const LibraryContext& context,
               const AeadKey& key, std::size_t output_length, Bytes text, Bytes additional_data) {
  const NewBytes output = NewBytes::make(env, output_length);
  if (output.content.size() != output_length) {
    throw_error(env, internal_error("allocation"));
    return env.Undefined();
  }
  if (const Status done = operation(context, key, output.content, text, additional_data); !done) {
    throw_error(env, done.error());
    return env.Undefined();
  }
  return output.array;
}

napi_value seal(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const AeadKey key{reader.bytes(info[0], "key"), reader.bytes(info[1], "nonce")};
  const Bytes plaintext = reader.bytes(info[2], "plaintext");
  const Bytes additional_data = reader.bytes(info[3], "additionalData");
  if (plaintext.size() > kMaxAeadInput) {
    reader.fail("plaintext", "longer than 2 GiB");
  }
  if (reader.failed()) {
    return reader.raise();
  }
  return run(info.Env(), aead_seal, *context, key, plaintext.size() + kAeadTagLength, plaintext,
             additional_data);
}

napi_value open(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const AeadKey key{reader.bytes(info[0], "key"), reader.bytes(info[1], "nonce")};
  const Bytes ciphertext = reader.bytes(info[2], "ciphertext");
  const Bytes additional_data = reader.bytes(info[3], "additionalData");
  if (!reader.failed() &&
      (ciphertext.size() < kAeadTagLength || ciphertext.size() > kMaxAeadInput)) {
    reader.fail("ciphertext", "a ciphertext has 16 bytes to 2 GiB");
  }
  if (reader.failed()) {
    return reader.raise();
  }
  return run(info.Env(), aead_open, *context, key, ciphertext.size() - kAeadTagLength, ciphertext,
             additional_data);
}

}  // namespace

void export_aead(Napi::Object exports) {
  export_function<seal>(exports, "aeadSeal");
  export_function<open>(exports, "aeadOpen");
}

}  // namespace cryptobroker
