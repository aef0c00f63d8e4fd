// What the FIPS module is told when it is loaded.
#pragma once

#include <array>

namespace cryptobroker {

// Every check that `openssl fipsinstall -pedantic` (OpenSSL 3.5) switches on; each is passed as
// "1". A module of an older branch asks for those it knows and ignores the rest. `install-status`
// is missing on purpose: without it the module runs its self tests at every start.
inline constexpr std::array kFipsChecks = {
    "conditional-errors",
    "security-checks",
    "hmac-key-check",
    "kmac-key-check",
    "tls1-prf-ems-check",
    "no-short-mac",
    "drbg-no-trunc-md",
    "signature-digest-check",
    "hkdf-digest-check",
    "tls13-kdf-digest-check",
    "tls1-prf-digest-check",
    "sshkdf-digest-check",
    "sskdf-digest-check",
    "x963kdf-digest-check",
    "dsa-sign-disabled",
    "tdes-encrypt-disabled",
    "rsa-pkcs15-pad-disabled",
    "rsa-pss-saltlen-check",
    "rsa-sign-x931-pad-disabled",
    "hkdf-key-check",
    "kbkdf-key-check",
    "tls13-kdf-key-check",
    "tls1-prf-key-check",
    "sshkdf-key-check",
    "sskdf-key-check",
    "x963kdf-key-check",
    "x942kdf-key-check",
    "pbkdf2-lower-bound-check",
    "ecdh-cofactor-check",
};

}  // namespace cryptobroker
