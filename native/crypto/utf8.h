// UTF-8 as RFC 3629 defines it.
#pragma once

#include "native/crypto/bytes.h"

namespace cryptobroker {

// False for truncated and overlong sequences, surrogates and code points above U+10FFFF.
bool is_utf8(Bytes text);

}  // namespace cryptobroker
