#include "native/test/support/pki.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

namespace cryptobroker::testing {

namespace {

void require(bool holds, const char* what) {
  if (!holds) {
    std::cerr << "test fixture: " << what << " failed\n";
    ERR_print_errors_fp(stderr);
    std::abort();
  }
}

std::string take(const BioPtr& out) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

void fill_name(X509_NAME* name, const std::string& subject) {
  std::istringstream entries(subject);
  for (std::string entry; std::getline(entries, entry, ',');) {
    const std::size_t equals = entry.find('=');
    require(X509_NAME_add_entry_by_txt(
                name, entry.substr(0, equals).c_str(), MBSTRING_UTF8,
                reinterpret_cast<const unsigned char*>(entry.c_str() + equals + 1), -1, -1, 0) == 1,
            "subject");
  }
}

// Everything that lives as long as the process. Freed at its end: the context's random generator
// hangs on the secure heap, where LeakSanitizer does not look for pointers.
struct Workshop {
  LibCtxPtr context;
  ProviderPtr provider;
  std::map<std::string, DigestPtr> digests;
  std::map<std::string, PkeyPtr> keys;

  Workshop() : context(OSSL_LIB_CTX_new()), provider(OSSL_PROVIDER_load(context.get(), "default")) {
    require(provider != nullptr, "default provider");
  }
};

Workshop& the_workshop() {
  static Workshop made;
  return made;
}

const EVP_MD* digest_for(EVP_PKEY* key, const char* name) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) {
    return nullptr;
  }
  DigestPtr& digest = the_workshop().digests[name];
  if (digest == nullptr) {
    digest.reset(EVP_MD_fetch(workshop(), name, nullptr));
  }
  require(digest != nullptr, name);
  return digest.get();
}

}  // namespace

OSSL_LIB_CTX* workshop() { return the_workshop().context.get(); }

PkeyPtr new_key(const std::string& kind) {
  for (const std::string family : {"RSA-PSS", "RSA"}) {
    if (kind.starts_with(family + "-")) {
      const PkeyCtxPtr generator(EVP_PKEY_CTX_new_from_name(workshop(), family.c_str(), nullptr));
      EVP_PKEY* made = nullptr;
      require(EVP_PKEY_keygen_init(generator.get()) == 1 &&
                  EVP_PKEY_CTX_set_rsa_keygen_bits(
                      generator.get(), std::stoi(kind.substr(family.size() + 1))) == 1 &&
                  EVP_PKEY_generate(generator.get(), &made) == 1,
              kind.c_str());
      return PkeyPtr(made);
    }
  }
  PkeyPtr made(kind.starts_with("ED") || kind.starts_with("X")
                   ? EVP_PKEY_Q_keygen(workshop(), nullptr, kind.c_str())
                   : EVP_PKEY_Q_keygen(workshop(), nullptr, "EC", kind.c_str()));
  require(made != nullptr, kind.c_str());
  return made;
}

EVP_PKEY* key(const std::string& kind) {
  PkeyPtr& made = the_workshop().keys[kind];
  if (made == nullptr) {
    made = new_key(kind);
  }
  return made.get();
}

std::string csr(EVP_PKEY* key, const std::string& subject, const char* digest, Encoding encoding) {
  const X509ReqPtr request(X509_REQ_new_ex(workshop(), nullptr));
  fill_name(X509_REQ_get_subject_name(request.get()), subject);
  require(X509_REQ_set_pubkey(request.get(), key) == 1, "CSR key");
  require(X509_REQ_sign(request.get(), key, digest_for(key, digest)) > 0, "CSR signature");
  const BioPtr out(BIO_new(BIO_s_mem()));
  const int written = encoding == Encoding::kPem ? PEM_write_bio_X509_REQ(out.get(), request.get())
                                                 : i2d_X509_REQ_bio(out.get(), request.get());
  require(written == 1, "CSR encoding");
  return take(out);
}

std::string ca_certificate(EVP_PKEY* key, const std::string& subject, bool with_key_identifier,
                           Encoding encoding) {
  const X509Ptr certificate(X509_new_ex(workshop(), nullptr));
  X509* x = certificate.get();
  require(X509_set_version(x, X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
              ASN1_TIME_set(X509_getm_notBefore(x), 1700000000) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(x), 2600000000) != nullptr,
          "CA fields");
  fill_name(X509_get_subject_name(x), subject);
  require(X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 && X509_set_pubkey(x, key) == 1,
          "CA name and key");
  const OpensslPtr<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free> constraints(BASIC_CONSTRAINTS_new());
  constraints->ca = 1;
  require(X509_add1_ext_i2d(x, NID_basic_constraints, constraints.get(), 1, 0) == 1, "CA flag");
  const OpensslPtr<ASN1_BIT_STRING, ASN1_BIT_STRING_free> usage(ASN1_BIT_STRING_new());
  constexpr int kKeyCertSign = 5;
  require(ASN1_BIT_STRING_set_bit(usage.get(), kKeyCertSign, 1) == 1 &&
              X509_add1_ext_i2d(x, NID_key_usage, usage.get(), 1, 0) == 1,
          "key usage");
  if (with_key_identifier) {
    // Any 20 bytes will do: nobody computes it again.
    const OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> identifier(ASN1_OCTET_STRING_new());
    const ByteVector bytes(20, 0x5c);
    require(ASN1_OCTET_STRING_set(identifier.get(), bytes.data(), 20) == 1 &&
                X509_add1_ext_i2d(x, NID_subject_key_identifier, identifier.get(), 0, 0) == 1,
            "key identifier");
  }
  require(X509_sign(x, key, digest_for(key, "SHA256")) > 0, "CA signature");
  const BioPtr out(BIO_new(BIO_s_mem()));
  const int written =
      encoding == Encoding::kPem ? PEM_write_bio_X509(out.get(), x) : i2d_X509_bio(out.get(), x);
  require(written == 1, "CA encoding");
  return take(out);
}

std::string private_key(EVP_PKEY* key, KeyFormat format, Encoding encoding) {
  const char* structure = format == KeyFormat::kPkcs8 ? "PrivateKeyInfo" : "type-specific";
  OSSL_ENCODER_CTX* encoder = OSSL_ENCODER_CTX_new_for_pkey(
      key, EVP_PKEY_KEYPAIR, encoding == Encoding::kPem ? "PEM" : "DER", structure, nullptr);
  const BioPtr out(BIO_new(BIO_s_mem()));
  require(encoder != nullptr && OSSL_ENCODER_to_bio(encoder, out.get()) == 1, "key encoding");
  OSSL_ENCODER_CTX_free(encoder);
  return take(out);
}

std::string pem(const std::string& label, Bytes der) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  require(
      PEM_write_bio(out.get(), label.c_str(), "", der.data(), static_cast<long>(der.size())) > 0,
      "PEM");
  return take(out);
}

ByteVector der(const std::string& pem_text) {
  const BioPtr in(BIO_new_mem_buf(pem_text.data(), static_cast<int>(pem_text.size())));
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long length = 0;
  require(PEM_read_bio(in.get(), &label, &header, &data, &length) == 1, "reading PEM");
  ByteVector bytes(data, data + length);
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return bytes;
}

std::string with_last_byte_changed(std::string document) {
  document.back() = static_cast<char>(document.back() ^ 1);
  return document;
}

X509Ptr parse_certificate(Bytes encoded) {
  X509* certificate = X509_new_ex(workshop(), nullptr);
  if (!encoded.empty() && encoded[0] == '-') {
    const BioPtr in(BIO_new_mem_buf(encoded.data(), static_cast<int>(encoded.size())));
    if (PEM_read_bio_X509(in.get(), &certificate, nullptr, nullptr) == nullptr) {
      X509_free(certificate);
      return nullptr;
    }
    return X509Ptr(certificate);
  }
  const unsigned char* at = encoded.data();
  if (d2i_X509(&certificate, &at, static_cast<long>(encoded.size())) == nullptr) {
    return nullptr;  // freed by d2i_X509
  }
  return X509Ptr(at == encoded.data() + encoded.size() ? certificate
                                                       : (X509_free(certificate), nullptr));
}

}  // namespace cryptobroker::testing
