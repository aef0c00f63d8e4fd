// Hash functions. The synchronous ones are the shortest calls of all, so they return strings or
// write into buffers of the caller: a new Buffer costs 600 ns, more than the hash.
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "native/binding/core_access.h"
#include "native/binding/digest_arguments.h"
#include "native/binding/environment.h"
#include "native/binding/exports.h"
#include "native/binding/promise_job.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/digest.h"

namespace cryptobroker {
namespace {

napi_value digest_hex(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const DigestId id = read_digest(reader, info[0]);
  const Bytes input = reader.bytes(info[1], "input");
  if (reader.failed()) {
    return reader.raise();
  }
  std::array<char, 2 * kMaxDigestLength> hex;
  if (const Status hashed = compute_digest_hex(*context, id, hex.data(), input); !hashed) {
    throw_error(info.Env(), hashed.error());
    return info.Env().Undefined();
  }
  napi_value result = nullptr;
  napi_create_string_latin1(info.Env(), hex.data(), 2 * digest_info(id).output_length, &result);
  return result;
}

napi_value digest_into(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const DigestId id = read_digest(reader, info[0]);
  const Bytes input = reader.bytes(info[1], "input");
  const MutableBytes output = reader.bytes(info[2], "output");
  const auto offset =
      static_cast<std::size_t>(reader.integer(info[3], "offset", 0, kMaxSafeInteger));
  if (reader.failed()) {
    return reader.raise();
  }
  const MutableBytes room = offset < output.size() ? output.subspan(offset) : MutableBytes();
  if (const Status hashed = compute_digest(*context, id, room, input); !hashed) {
    throw_error(info.Env(), hashed.error());
    return info.Env().Undefined();
  }
  return to_js_number(info.Env(), static_cast<double>(digest_info(id).output_length));
}

napi_value digest_batch(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  const LibraryContext* context = started_context(reader);
  const DigestId id = read_digest(reader, info[0]);
  const Bytes inputs = reader.bytes(info[1], "inputs");
  const std::span<const std::uint32_t> offsets = reader.words(info[2], "offsets");
  const MutableBytes output = reader.bytes(info[3], "output");
  if (reader.failed()) {
    return reader.raise();
  }
  const auto hashed = compute_digests(*context, id, output, inputs, offsets);
  if (!hashed) {
    throw_error(info.Env(), hashed.error());
    return info.Env().Undefined();
  }
  return to_js_number(info.Env(), static_cast<double>(hashed.value()));
}

class DigestJob final : public ComputationJob<std::vector<std::uint8_t>> {
 public:
  DigestJob(Napi::Env env, const LibraryContext& context, DigestId id, Bytes input)
      : ComputationJob(env), context_(context), id_(id), input_(input.begin(), input.end()) {}

 protected:
  Result<std::vector<std::uint8_t>> compute() override {
    std::vector<std::uint8_t> output(digest_info(id_).output_length);
    if (const Status hashed = compute_digest(context_, id_, output, input_); !hashed) {
      return hashed.error();
    }
    return output;
  }
  napi_value to_js(Napi::Env env, const std::vector<std::uint8_t>& output) const override {
    return to_js_bytes(env, output);
  }

 private:
  const LibraryContext& context_;
  const DigestId id_;
  const std::vector<std::uint8_t> input_;
};

napi_value digest_async(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  ProcessCore* core = attached_core(reader);
  const DigestId id = read_digest(reader, info[0]);
  const Bytes input = reader.bytes(info[1], "input");
  if (reader.failed()) {
    return reader.raise();
  }
  return Environment::of(info.Env())
      .submit(info.Env(), std::make_unique<DigestJob>(info.Env(), core->context(), id, input));
}

}  // namespace

void export_digests(Napi::Object exports) {
  export_function<digest_hex>(exports, "digestHex");
  export_function<digest_into>(exports, "digestInto");
  export_function<digest_batch>(exports, "digestBatch");
  export_function<digest_async>(exports, "digestAsync");
}

}  // namespace cryptobroker
