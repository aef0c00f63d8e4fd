// The native methods: one protobuf message in, one out.
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/bench/hot_path.h"
#include "native/broker/broker_service.h"
#include "native/broker/wire_writer.h"

namespace cryptobroker::bench {
namespace {

using Message = std::vector<std::uint8_t>;

constexpr std::string_view kProfile = "Default";
constexpr std::string_view kCorrelationId = "5f0c4a30-8f0a-4b5e-9d0e-1c2b3a495867";
constexpr std::int64_t kNow = 1'800'000'000;  // while the fixture's CA is valid
constexpr std::size_t kInputBytes = 100;

std::shared_ptr<const PolicySnapshot> policies() {
  CertificatePolicy certificate;
  certificate.not_before_offset = -3600;
  certificate.not_after_offset = 365 * 24 * 3600;
  certificate.subject_key = {{2048, 4096}, {256, 521}};
  certificate.issuer_key = {{2048, 4096}, {256, 521}};
  certificate.key_usage = 1;
  certificate.extended_key_usage = {0, 1};

  ProfilePolicy policy;
  policy.name = kProfile;
  policy.hash_data =
      HashDataPolicy{.digest = DigestId::kSha512, .algorithm = "SHA-512", .async_above = 32 * 1024};
  policy.sign_certificate =
      SignCertificatePolicy{.certificate = std::make_shared<CertificatePolicy>(certificate),
                            .algorithm = "ECDSA-SHA-512"};
  auto snapshot = std::make_shared<PolicySnapshot>();
  snapshot->add(std::move(policy));
  return snapshot;
}

void write_metadata(WireWriter& writer, std::uint32_t field) {
  writer.begin(field, text_size(1, kCorrelationId));
  writer.text(1, kCorrelationId);
}

std::string fixture(const char* name) {
  std::ifstream file(std::string(BENCH_FIXTURE_DIRECTORY) + "/" + name, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  require(!content.empty(), "the fixtures are there");
  return content;
}

Message hash_data_request() {
  Message message;
  WireWriter writer(message);
  writer.text(1, kProfile);
  writer.bytes(2, Message(kInputBytes, 0x61));
  write_metadata(writer, 3);
  return message;
}

Message sign_certificate_request() {
  constexpr std::uint64_t kPem = 1;
  Message message;
  WireWriter writer(message);
  writer.text(1, kProfile);
  writer.text(2, fixture("csr.pem"));
  writer.text(3, fixture("ca.key.pem"));
  writer.text(4, fixture("ca.pem"));
  write_metadata(writer, 5);
  writer.text(8, "CN=service.example.org,O=Example,C=DE");
  writer.text(9, "http://crl.example.org/ca.crl");
  writer.number(10, kPem);
  return message;
}

class MethodPath final : public HotPath {
 public:
  MethodPath(const char* name, std::string_view path, Message request,
             const LibraryContext& context)
      : name_(name),
        request_(std::move(request)),
        ca_cache_(4, std::chrono::hours(1)),
        service_({.context = &context,
                  .ca_cache = &ca_cache_,
                  .now = [] { return kNow; },
                  .services = {"CryptoBroker.CryptoGrpc"}}) {
    service_.install_policies(policies());
    service_.set_serving(ServingState::kServing);
    for (const auto& method : service_.methods()) {
      if (method->path() == path) {
        method_ = method.get();
      }
    }
    require(method_ != nullptr, "the service has the method");
  }

  const char* name() const override { return name_; }

  void prepare() override {
    message_ = request_;
    answer_.emplace();
  }

  void run() override {
    // What is left to do belongs to a thread of the pool, and to the same request.
    if (const auto work = method_->begin(message_, *answer_); work != nullptr) {
      work->run(*answer_);
    }
  }

  void check() override {
    require(!answer_->failure && answer_->framed.size() > kMessagePrefix, "the method succeeds");
  }

 private:
  const char* name_;
  const Message request_;
  CaCache ca_cache_;
  BrokerService service_;
  const NativeMethod* method_ = nullptr;
  Message message_;
  std::optional<Answer> answer_;
};

}  // namespace

std::unique_ptr<HotPath> hash_data_path(const LibraryContext& context) {
  return std::make_unique<MethodPath>("hash_data", "/CryptoBroker.CryptoGrpc/HashData",
                                      hash_data_request(), context);
}

std::unique_ptr<HotPath> health_check_path(const LibraryContext& context) {
  return std::make_unique<MethodPath>("health_check", "/grpc.health.v1.Health/Check", Message(),
                                      context);
}

std::unique_ptr<HotPath> sign_certificate_path(const LibraryContext& context) {
  return std::make_unique<MethodPath>("sign_certificate",
                                      "/CryptoBroker.CryptoGrpc/SignCertificate",
                                      sign_certificate_request(), context);
}

}  // namespace cryptobroker::bench
