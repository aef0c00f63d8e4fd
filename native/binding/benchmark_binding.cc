// Times operations inside the core, on the pool.
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "native/binding/certificate_arguments.h"
#include "native/binding/core_access.h"
#include "native/binding/digest_arguments.h"
#include "native/binding/environment.h"
#include "native/binding/exports.h"
#include "native/binding/promise_job.h"
#include "native/binding/to_js.h"
#include "native/binding/values.h"
#include "native/crypto/benchmark.h"
#include "native/crypto/digest.h"

namespace cryptobroker {
namespace {

using std::chrono::milliseconds;

// Ends early when its environment does: a benchmark may take seconds.
class BenchmarkJob : public ComputationJob<double> {
 public:
  BenchmarkJob(Napi::Env env, milliseconds duration) : ComputationJob(env), duration_(duration) {}
  void cancel() final { cancelled_.store(true, std::memory_order_relaxed); }

 protected:
  template <typename Operation>
  Result<double> measure_operation(Operation operation) {
    return measure(duration_, cancelled_, std::move(operation));
  }
  napi_value to_js(Napi::Env env, const double& nanoseconds) const final {
    return to_js_number(env, nanoseconds);
  }

 private:
  const milliseconds duration_;
  std::atomic<bool> cancelled_ = false;
};

class DigestBenchmark final : public BenchmarkJob {
 public:
  DigestBenchmark(Napi::Env env, milliseconds duration, const LibraryContext& context, DigestId id,
                  Bytes input)
      : BenchmarkJob(env, duration),
        context_(context),
        id_(id),
        input_(input.begin(), input.end()) {}

 protected:
  Result<double> compute() override {
    std::array<std::uint8_t, kMaxDigestLength> output;
    return measure_operation([&] { return compute_digest(context_, id_, output, input_); });
  }

 private:
  const LibraryContext& context_;
  const DigestId id_;
  const std::vector<std::uint8_t> input_;
};

class CertificateBenchmark final : public BenchmarkJob {
 public:
  CertificateBenchmark(Napi::Env env, milliseconds duration, ProcessCore& core, SharedPolicy policy,
                       OwnedCertificateRequest request)
      : BenchmarkJob(env, duration),
        core_(core),
        policy_(std::move(policy)),
        request_(std::move(request)) {}

 protected:
  Result<double> compute() override {
    const CertificateRequest request = request_.view();
    return measure_operation(
        [&] { return issue_certificate(core_.context(), *policy_, request, core_.ca_cache()); });
  }

 private:
  ProcessCore& core_;
  const SharedPolicy policy_;
  const OwnedCertificateRequest request_;
};

struct StageMeans {
  std::array<double, kIssueStages> nanoseconds{};
};

// The same work, with a look at the clock after each stage.
class CertificateStagesBenchmark final : public ComputationJob<StageMeans> {
 public:
  CertificateStagesBenchmark(Napi::Env env, milliseconds duration, ProcessCore& core,
                             SharedPolicy policy, OwnedCertificateRequest request)
      : ComputationJob(env),
        duration_(duration),
        core_(core),
        policy_(std::move(policy)),
        request_(std::move(request)) {}
  void cancel() override { cancelled_.store(true, std::memory_order_relaxed); }

 protected:
  Result<StageMeans> compute() override {
    const CertificateRequest request = request_.view();
    IssueStages total{};
    double certificates = 0;
    const auto measured = measure(duration_, cancelled_, [&] {
      ++certificates;
      return issue_certificate(core_.context(), *policy_, request, core_.ca_cache(), &total);
    });
    if (!measured) {
      return measured.error();
    }
    StageMeans means;
    for (std::size_t i = 0; i < kIssueStages; ++i) {
      means.nanoseconds[i] = static_cast<double>(total[i]) / certificates;
    }
    return means;
  }
  napi_value to_js(Napi::Env env, const StageMeans& means) const override {
    Napi::Object object = Napi::Object::New(env);
    for (std::size_t i = 0; i < kIssueStages; ++i) {
      object.Set(kIssueStageNames[i], Napi::Number::New(env, means.nanoseconds[i]));
    }
    return object;
  }

 private:
  const milliseconds duration_;
  ProcessCore& core_;
  const SharedPolicy policy_;
  const OwnedCertificateRequest request_;
  std::atomic<bool> cancelled_ = false;
};

milliseconds read_duration(ValueReader& reader, napi_value value) {
  return milliseconds(reader.integer(value, "milliseconds", 1, 5000));
}

napi_value benchmark_digest(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  ProcessCore* core = attached_core(reader);
  const DigestId id = read_digest(reader, info[0]);
  const Bytes input = reader.bytes(info[1], "input");
  const milliseconds duration = read_duration(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  return Environment::of(info.Env())
      .submit(info.Env(),
              std::make_unique<DigestBenchmark>(info.Env(), duration, core->context(), id, input));
}

template <typename Benchmark>
napi_value submit_certificate_benchmark(const Napi::CallbackInfo& info) {
  ValueReader reader(info.Env());
  ProcessCore* core = attached_core(reader);
  SharedPolicy policy = read_policy_handle(reader, info[0]);
  OwnedCertificateRequest request =
      read_certificate_request(reader, reader.object(info[1], "request"));
  const milliseconds duration = read_duration(reader, info[2]);
  if (reader.failed()) {
    return reader.raise();
  }
  return Environment::of(info.Env())
      .submit(info.Env(), std::make_unique<Benchmark>(info.Env(), duration, *core,
                                                      std::move(policy), std::move(request)));
}

napi_value benchmark_certificate(const Napi::CallbackInfo& info) {
  return submit_certificate_benchmark<CertificateBenchmark>(info);
}

napi_value benchmark_certificate_stages(const Napi::CallbackInfo& info) {
  return submit_certificate_benchmark<CertificateStagesBenchmark>(info);
}

}  // namespace

void export_benchmarks(Napi::Object exports) {
  export_function<benchmark_digest>(exports, "benchmarkDigest");
  export_function<benchmark_certificate>(exports, "benchmarkCertificate");
  export_function<benchmark_certificate_stages>(exports, "benchmarkCertificateStages");
}

}  // namespace cryptobroker
