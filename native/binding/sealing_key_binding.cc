// Sealing keys behind handles, and in files.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/key_handles.h"
#include "native/binding/values.h"
#include "native/crypto/sealing_key_file.h"

namespace cryptobroker {
namespace {

napi_value give_sealing_key(Napi::Env env, Result<SealingKey> key, MutableBytes public_key) {
  if (key) {
    std::ranges::copy(key.value().pair.public_key_info(), public_key.begin());
  }
  return give_key(env, std::move(key));
}

napi_value generate(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const MutableBytes public_key = reader.bytes(info[0], "publicKey", kP384SpkiLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_sealing_key(info.Env(), SealingKey::generate(*context), public_key);
}

napi_value save(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<SealingKey>(reader, info[0], "key");
  const std::string path = reader.path(info[1], "path");
  const std::optional<Bytes> passphrase = reader.optional_bytes(info[2], "passphrase");
  if (reader.failed()) {
    return reader.raise();
  }
  if (const Status saved = save_sealing_key(*context, *key, path, passphrase); !saved) {
    throw_error(info.Env(), saved.error());
  }
  return info.Env().Undefined();
}

napi_value load(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const std::string path = reader.path(info[0], "path");
  const std::optional<Bytes> passphrase = reader.optional_bytes(info[1], "passphrase");
  const MutableBytes public_key = reader.bytes(info[2], "publicKey", kP384SpkiLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_sealing_key(info.Env(), load_sealing_key(*context, path, passphrase), public_key);
}

}  // namespace

void export_sealing_keys(Napi::Object exports) {
  export_function<generate>(exports, "sealingKeyGenerate");
  export_function<save>(exports, "sealingKeySave");
  export_function<load>(exports, "sealingKeyLoad");
  export_function<drop_key<SealingKey>>(exports, "sealingKeyDrop");
}

}  // namespace cryptobroker
