// A request of any native method, whole or not: octet 0 names the method, the rest is the message.
// What is answered must be a message that protozero reads and that says what it should; what is
// read must be what protozero reads; what is refused must be refused in words that may be shown.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/broker/broker_service.h"
#include "native/broker/hash_data_wire.h"
#include "native/broker/sign_certificate_wire.h"
#include "native/crypto/digest.h"
#include "native/fuzz/fuzz_context.h"

namespace {

using namespace cryptobroker;
using cryptobroker::fuzzing::require;

constexpr DigestId kDigest = DigestId::kSha256;
constexpr std::size_t kAsyncAbove = 1000;

std::shared_ptr<const PolicySnapshot> policies() {
  auto made = std::make_shared<PolicySnapshot>();
  ProfilePolicy hash;
  hash.name = "Default";
  hash.hash_data = HashDataPolicy{kDigest, digest_info(kDigest).name, kAsyncAbove};
  hash.deprecation = Deprecation{"Other", std::nullopt, std::nullopt, "reason"};
  made->add(hash);
  // Its documents are fuzzed by fuzz_issue; here nothing that is malformed gets as far as signing.
  ProfilePolicy sign;
  sign.name = "Sign";
  sign.sign_certificate = SignCertificatePolicy{std::make_shared<CertificatePolicy>(), "algorithm"};
  made->add(sign);
  return made;
}

const BrokerService& service() {
  static const auto made = [] {
    BrokerService::Options options;
    options.context = &fuzzing::context();
    options.now = [] { return std::int64_t{1'800'000'000}; };
    options.services = {"CryptoBroker.CryptoGrpc"};
    auto fresh = std::make_unique<BrokerService>(std::move(options));
    fresh->install_policies(policies());
    return fresh;
  }();
  return *made;
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Bytes bytes_of(protozero::data_view view) {
  return {reinterpret_cast<const std::uint8_t*>(view.data()), view.size()};
}
std::string_view text_of(protozero::data_view view) { return {view.data(), view.size()}; }
protozero::pbf_reader reader_of(Bytes bytes) {
  return protozero::pbf_reader(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

// The requests once more, by protozero. Fields of another wire type are skipped.

using protozero::pbf_wire_type;

bool is(const protozero::pbf_reader& reader, std::uint32_t tag) {
  return (static_cast<std::uint32_t>(reader.tag()) << 3 |
          static_cast<std::uint32_t>(reader.wire_type())) == tag;
}

TraceContext read_trace(protozero::pbf_reader reader) {
  TraceContext trace;
  const std::array<std::string_view*, 5> texts = {&trace.trace_id, &trace.span_id,
                                                  &trace.trace_flags, &trace.trace_state,
                                                  &trace.correlation_id};
  while (reader.next()) {
    // Reading a value forgets its tag.
    const std::size_t place = reader.tag() - 1;
    if (place < texts.size() && reader.wire_type() == pbf_wire_type::length_delimited) {
      *texts[place] = text_of(reader.get_view());
    } else {
      reader.skip();
    }
  }
  return trace;
}

RequestMetadata read_metadata_again(protozero::pbf_reader reader) {
  RequestMetadata metadata;
  while (reader.next()) {
    if (is(reader, delimited_tag(1))) {
      metadata.id = text_of(reader.get_view());
    } else if (is(reader, delimited_tag(3))) {
      metadata.trace_context = read_trace(reader.get_message());
    } else {
      reader.skip();
    }
  }
  return metadata;
}

HashDataRequest read_hash_data(protozero::pbf_reader reader) {
  HashDataRequest request;
  while (reader.next()) {
    if (is(reader, delimited_tag(1))) {
      request.profile = text_of(reader.get_view());
    } else if (is(reader, delimited_tag(2))) {
      request.input = bytes_of(reader.get_view());
    } else if (is(reader, delimited_tag(3))) {
      request.metadata = read_metadata_again(reader.get_message());
    } else if (is(reader, varint_tag(4))) {
      request.format = reader.get_enum() == 1 ? HashFormat::kRaw : HashFormat::kHex;
    } else {
      reader.skip();
    }
  }
  return request;
}

SignCertificateRequest read_sign_certificate(protozero::pbf_reader reader) {
  SignCertificateRequest request;
  while (reader.next()) {
    if (is(reader, delimited_tag(1))) {
      request.profile = text_of(reader.get_view());
    } else if (is(reader, delimited_tag(2))) {
      request.csr = bytes_of(reader.get_view());
    } else if (is(reader, delimited_tag(3))) {
      request.ca_private_key = bytes_of(reader.get_view());
    } else if (is(reader, delimited_tag(4))) {
      request.ca_cert = bytes_of(reader.get_view());
    } else if (is(reader, delimited_tag(5))) {
      request.metadata = read_metadata_again(reader.get_message());
    } else if (is(reader, varint_tag(6))) {
      request.not_before = reader.get_uint64();
    } else if (is(reader, varint_tag(7))) {
      request.not_after = reader.get_uint64();
    } else if (is(reader, delimited_tag(8))) {
      request.subject = text_of(reader.get_view());
    } else if (is(reader, delimited_tag(9))) {
      request.crl_distribution_points.push_back(text_of(reader.get_view()));
    } else if (is(reader, varint_tag(10))) {
      request.format = reader.get_enum() == 1 ? CertificateFormat::kPem : CertificateFormat::kDer;
    } else {
      reader.skip();
    }
  }
  return request;
}

std::string_view read_health(protozero::pbf_reader reader) {
  std::string_view name;
  while (reader.next()) {
    if (is(reader, delimited_tag(1))) {
      name = text_of(reader.get_view());
    } else {
      reader.skip();
    }
  }
  return name;
}

bool same(Bytes a, Bytes b) { return a.data() == b.data() && a.size() == b.size(); }
// Views of the same octets, or of none.
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || a.data() == b.data());
}

bool same(const std::optional<RequestMetadata>& a, const std::optional<RequestMetadata>& b) {
  if (a.has_value() != b.has_value()) {
    return false;
  }
  if (!a) {
    return true;
  }
  if (!same(a->id, b->id) || a->trace_context.has_value() != b->trace_context.has_value()) {
    return false;
  }
  if (!a->trace_context) {
    return true;
  }
  const TraceContext& one = *a->trace_context;
  const TraceContext& other = *b->trace_context;
  return same(one.trace_id, other.trace_id) && same(one.span_id, other.span_id) &&
         same(one.trace_flags, other.trace_flags) && same(one.trace_state, other.trace_state) &&
         same(one.correlation_id, other.correlation_id);
}

bool same(const HashDataRequest& a, const HashDataRequest& b) {
  return same(a.profile, b.profile) && same(a.input, b.input) && same(a.metadata, b.metadata) &&
         a.format == b.format;
}

bool same(const SignCertificateRequest& a, const SignCertificateRequest& b) {
  return same(a.profile, b.profile) && same(a.csr, b.csr) &&
         same(a.ca_private_key, b.ca_private_key) && same(a.ca_cert, b.ca_cert) &&
         same(a.metadata, b.metadata) && a.not_before == b.not_before &&
         a.not_after == b.not_after && same(a.subject, b.subject) && a.format == b.format &&
         std::ranges::equal(a.crl_distribution_points, b.crl_distribution_points);
}

// Runs `read`, which uses protozero. False when protozero refuses the message.
template <typename Read>
bool protozero_reads(Read read, bool& reserved_number) {
  try {
    read();
    return true;
  } catch (const protozero::invalid_tag_exception&) {
    // Also of the numbers 19000 to 19999, which no message defines and our readers skip.
    reserved_number = true;
  } catch (const protozero::exception&) {
  }
  return false;
}

// Both readers on one message. True when ours takes it.
template <typename Request, typename Theirs>
bool check_reading(Bytes message, void (*decode)(WireReader, Request&), Theirs read) {
  WireCheck check;
  Request ours;
  decode(WireReader(message, check), ours);
  bool reserved_number = false;
  const bool reads = protozero_reads(
      [&] {
        const Request theirs = read(reader_of(message));
        require(!check.malformed.empty() || same(ours, theirs), "both readers read the same");
      },
      reserved_number);
  if (check.malformed.empty()) {
    require(reads || reserved_number, "what is accepted is a protobuf message");
    return true;
  }
  require(is_printable(check.malformed), "reasons are printable");
  if (reads) {
    constexpr std::array kStricter = {"a text is not UTF-8", "more than 4096 fields",
                                      "a tag or length has more than 32 bits"};
    require(std::ranges::find(kStricter, check.malformed) != kStricter.end(),
            "what protozero reads is refused for a reason");
  }
  return false;
}

void decode_health(WireReader reader, std::string_view& name) {
  while (reader.next()) {
    if (reader.tag() == delimited_tag(1)) {
      reader.text(name);
    }
  }
}

bool check_reading(std::string_view path, Bytes message) {
  if (path.ends_with("/HashData")) {
    return check_reading<HashDataRequest>(message, decode_hash_data_request, read_hash_data);
  }
  if (path.ends_with("/SignCertificate")) {
    return check_reading<SignCertificateRequest>(message, decode_sign_certificate_request,
                                                 read_sign_certificate);
  }
  return check_reading<std::string_view>(message, decode_health, read_health);
}

void check_hash_response(Bytes request_message, Bytes response) {
  const HashDataRequest request = read_hash_data(reader_of(request_message));
  std::array<std::uint8_t, kMaxDigestLength> digest;
  std::array<char, 2 * kMaxDigestLength> hex;
  const std::size_t length = digest_info(kDigest).output_length;
  require(static_cast<bool>(compute_digest(fuzzing::context(), kDigest, digest, request.input)) &&
              static_cast<bool>(
                  compute_digest_hex(fuzzing::context(), kDigest, hex.data(), request.input)),
          "digests can be computed");
  protozero::pbf_reader reader = reader_of(response);
  require(reader.next(2) && text_of(reader.get_view()) == "sha-256", "the algorithm is named");
  require(reader.next(3), "an outdated profile is told of");
  protozero::pbf_reader metadata = reader.get_message();
  while (metadata.next()) {
    metadata.skip();
  }
  if (request.format == HashFormat::kHex) {
    require(
        reader.next(4) && text_of(reader.get_view()) == std::string_view(hex.data(), 2 * length),
        "the digest is right");
  } else {
    require(reader.next(5) && text_of(reader.get_view()) == text_of(Bytes(digest.data(), length)),
            "the digest is right");
  }
  require(reader.next(6), "the descriptor is there");
  reader.skip();
  require(!reader.next(), "nothing comes after it");
}

void check_response(std::string_view path, Bytes request, Bytes response) {
  if (path.ends_with("/HashData")) {
    check_hash_response(request, response);
  } else if (path.ends_with("/Check")) {
    require(text_of(response) == "\x08\x02", "the server does not serve");
  } else {
    require(false, "nothing can be issued here");
  }
}

void check_failure(const CallFailure& failure) {
  require(failure.status != GrpcStatus::kInternal && failure.status != GrpcStatus::kOk,
          "no input causes an internal error");
  require(!failure.code.empty() && failure.incident.empty() && !failure.core_fault,
          "failures have a code and no incident");
  require(
      !failure.details.empty() && failure.details.size() <= 1024 && is_printable(failure.details),
      "details are printable and bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto methods = service().methods();
  const NativeMethod& method = *methods[data[0] % methods.size()];
  const std::vector<std::uint8_t> request(data + 1, data + size);
  const bool accepted = check_reading(method.path(), request);

  std::vector<std::uint8_t> message = request;
  Answer answer;
  answer.facts.span.emplace();
  if (const auto work = method.begin(message, answer)) {
    work->run(answer);
  }
  require(accepted || (answer.failure && answer.failure->code == "MESSAGE_MALFORMED"),
          "what is malformed is refused as that");
  require(answer.facts.profile.size() <= 128 && is_printable(answer.facts.profile) &&
              answer.facts.correlation_id.size() <= 128 &&
              is_printable(answer.facts.correlation_id),
          "facts are printable and bounded");
  const auto& parent = answer.facts.span->parent;
  require(!parent ||
              (is_printable(parent->state) && parent->state.size() <= TraceParent::kLongestState),
          "a trace state is printable and bounded");
  if (answer.failure) {
    check_failure(*answer.failure);
    require(answer.framed.size() == kMessagePrefix, "a failure has no response");
  } else {
    check_response(method.path(), request, Bytes(answer.framed).subspan(kMessagePrefix));
  }
  return 0;
}
