// Data keys under a service key behind a handle. Results go into buffers of the caller: a new small
// buffer costs more than half a microsecond, a tenth of a whole operation.
#include <cstddef>

#include "native/binding/core_access.h"
#include "native/binding/exports.h"
#include "native/binding/js_error.h"
#include "native/binding/key_handles.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/data_key.h"

namespace cryptobroker {
namespace {

// Digest, MAC and wrapped form in this order.
DataKeyOutput read_output(ValueReader& reader, napi_value value) {
  constexpr std::size_t kFixed = kDataKeyDigestLength + kRowMacLength;
  const MutableBytes output = reader.bytes(value, "output");
  if (reader.failed() || output.size() < kFixed) {
    reader.fail("output", "too short for digest and MAC");
    return {};
  }
  return {.wrapped = output.subspan(kFixed),
          .digest = output.first(kDataKeyDigestLength),
          .mac = output.subspan(kDataKeyDigestLength, kRowMacLength)};
}

// What every operation on a stored key begins with: service key, wrapped form, digest, MAC, header.
struct StoredKey {
  StoredKey(ValueReader& reader, const Napi::CallbackInfo& info)
      : context(started_context(reader)),
        key(read_handle<ServiceKey>(reader, info[0], "key")),
        row{.wrapped = reader.bytes(info[1], "wrapped"),
            .digest = reader.bytes(info[2], "digest"),
            .mac = reader.bytes(info[3], "mac")},
        header(reader.bytes(info[4], "header")) {}

  const LibraryContext* context;
  const ServiceKey* key;
  DataKeyRow row;
  Bytes header;
};
constexpr std::size_t kAfterStoredKey = 5;

napi_value give_length(Napi::Env env, const Result<std::size_t>& length) {
  if (!length) {
    throw_error(env, length.error());
    return env.Undefined();
  }
  return to_js_number(env, static_cast<double>(length.value()));
}

napi_value give_nothing(Napi::Env env, const Status& done) {
  if (!done) {
    throw_error(env, done.error());
  }
  return env.Undefined();
}

napi_value create(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<ServiceKey>(reader, info[0], "key");
  const auto bits = static_cast<std::size_t>(reader.integer(info[1], "bits", 0, 256));
  const Bytes header = reader.bytes(info[2], "header");
  const DataKeyOutput output = read_output(reader, info[3]);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_length(info.Env(), create_data_key(*context, *key, bits, header, output));
}

napi_value wrap(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<ServiceKey>(reader, info[0], "key");
  const MutableBytes plaintext = reader.bytes(info[1], "plaintext");
  const Bytes header = reader.bytes(info[2], "header");
  const DataKeyOutput output = read_output(reader, info[3]);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_length(info.Env(), wrap_data_key(*context, *key, plaintext, header, output));
}

napi_value adopt(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<ServiceKey>(reader, info[0], "key");
  const Bytes wrapped = reader.bytes(info[1], "wrapped");
  const Bytes header = reader.bytes(info[2], "header");
  const DataKeyOutput output = read_output(reader, info[3]);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_nothing(info.Env(), adopt_data_key(*context, *key, wrapped, header, output));
}

napi_value rebind(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const StoredKey stored(reader, info);
  const Bytes new_header = reader.bytes(info[kAfterStoredKey], "newHeader");
  const MutableBytes mac = reader.bytes(info[kAfterStoredKey + 1], "output", kRowMacLength);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_nothing(info.Env(), rebind_data_key(*stored.context, *stored.key, stored.row,
                                                  stored.header, new_header, mac));
}

napi_value bind(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const auto* key = read_handle<ServiceKey>(reader, info[0], "key");
  const Bytes wrapped = reader.bytes(info[1], "wrapped");
  const Bytes digest = reader.bytes(info[2], "digest");
  const Bytes header = reader.bytes(info[3], "header");
  const MutableBytes mac = reader.bytes(info[4], "output", kRowMacLength);
  if (reader.failed()) {
    return reader.raise();
  }
  const DataKeyRow row = {.wrapped = wrapped, .digest = digest, .mac = {}};
  return give_nothing(info.Env(), bind_data_key(*context, *key, row, header, mac));
}

napi_value verify(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const StoredKey stored(reader, info);
  if (reader.failed()) {
    return reader.raise();
  }
  return give_nothing(info.Env(),
                      verify_data_key(*stored.context, *stored.key, stored.row, stored.header));
}

napi_value read(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const StoredKey stored(reader, info);
  const MutableBytes target = reader.bytes(info[kAfterStoredKey], "target");
  const std::int64_t offset =
      reader.integer(info[kAfterStoredKey + 1], "offset", 0, kMaxSafeInteger);
  if (!reader.failed() && static_cast<std::uint64_t>(offset) > target.size()) {
    reader.fail({ErrorCode::OUTPUT_TOO_SMALL, "the offset lies behind the target", "target"});
  }
  if (reader.failed()) {
    return reader.raise();
  }
  return give_length(info.Env(),
                     read_data_key(*stored.context, *stored.key, stored.row, stored.header,
                                   target.subspan(static_cast<std::size_t>(offset))));
}

DataCipher read_cipher(ValueReader& reader, const Napi::CallbackInfo& info, std::size_t first) {
  DataCipher cipher;
  cipher.mode = static_cast<CipherMode>(reader.integer(info[first], "mode", 0, 2));
  cipher.padding = reader.boolean(info[first + 1], "padding");
  cipher.iv = reader.bytes(info[first + 2], "iv");
  cipher.additional_data = reader.bytes(info[first + 3], "additionalData");
  cipher.tag_length =
      static_cast<std::size_t>(reader.integer(info[first + 4], "tagLength", 0, 255));
  return cipher;
}

// The part of `made` that was written. A view of it: what lies behind is not plaintext.
napi_value give_part(Napi::Env env, const NewBytes& made, std::size_t length) {
  if (length == made.content.size()) {
    return made.array;
  }
  napi_value buffer = nullptr;
  napi_value part = nullptr;
  if (napi_get_typedarray_info(env, made.array, nullptr, nullptr, nullptr, &buffer, nullptr) !=
          napi_ok ||
      napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &part) != napi_ok) {
    throw_error(env, internal_error("allocation"));
    return env.Undefined();
  }
  return part;
}

using CipherOperation = decltype(&encrypt_with_data_key);

// The result is made before the work, so that no copy of a plaintext is left behind.
template <CipherOperation operation>
napi_value run_cipher(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const StoredKey stored(reader, info);
  const DataCipher cipher = read_cipher(reader, info, kAfterStoredKey);
  const Bytes data = reader.bytes(info[kAfterStoredKey + 5], "data");
  if (!reader.failed() && data.size() > kMaxCipherData) {
    reader.fail("data", "longer than 64 MiB");
  }
  if (!reader.failed()) {
    if (const Status checked = check_cipher(cipher); !checked) {
      reader.fail(checked.error());
    }
  }
  if (reader.failed()) {
    return reader.raise();
  }
  const std::size_t capacity =
      operation == encrypt_with_data_key ? encrypted_capacity(cipher, data.size()) : data.size();
  const NewBytes output = NewBytes::make(info.Env(), capacity);
  if (output.content.size() != capacity) {
    throw_error(info.Env(), internal_error("allocation"));
    return info.Env().Undefined();
  }
  const auto length = operation(*stored.context, *stored.key, stored.row, stored.header, cipher,
                                output.content, data);
  if (!length) {
    throw_error(info.Env(), length.error());
    return info.Env().Undefined();
  }
  return give_part(info.Env(), output, length.value());
}

}  // namespace

void export_data_keys(Napi::Object exports) {
  export_function<create>(exports, "dataKeyCreate");
  export_function<wrap>(exports, "dataKeyWrap");
  export_function<adopt>(exports, "dataKeyAdopt");
  export_function<rebind>(exports, "dataKeyRebind");
  export_function<bind>(exports, "dataKeyBind");
  export_function<verify>(exports, "dataKeyVerify");
  export_function<read>(exports, "dataKeyRead");
  export_function<run_cipher<encrypt_with_data_key>>(exports, "dataKeyEncrypt");
  export_function<run_cipher<decrypt_with_data_key>>(exports, "dataKeyDecrypt");
}

}  // namespace cryptobroker
