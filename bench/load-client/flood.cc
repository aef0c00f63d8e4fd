// flood: what nobody should send a server, at a steady rate; see --help. A client that behaves is
// measured beside it.

#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "clocks.h"
#include "unix_socket.h"

namespace {

constexpr const char* kHelp =
    R"(Usage: flood KIND SOCKET PATH PER_SECOND SECONDS

Sends so many of the same to a gRPC server, in bursts a hundredth of a second apart, and connects again whenever the
server has had enough.

  reset    requests that are cancelled at once (HEADERS, RST_STREAM)
  ping     PING frames
  settings SETTINGS frames

Prints {"sent":N,"connections":N}.)";

constexpr std::uint64_t kBurstEvery = 10'000'000;
constexpr std::uint32_t kLastStream = 0x7fffffff;

enum FrameType : std::uint8_t { kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6 };
constexpr std::uint8_t kEndHeaders = 4;

void append_frame(std::string& out, FrameType type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value & 0xff); };
  byte(static_cast<std::uint32_t>(payload.size()) >> 16);
  byte(static_cast<std::uint32_t>(payload.size()) >> 8);
  byte(static_cast<std::uint32_t>(payload.size()));
  byte(type);
  byte(flags);
  for (int shift = 24; shift >= 0; shift -= 8) {
    byte(stream >> shift);
  }
  out += payload;
}

// HPACK without a table of its own (RFC 7541): indexed where the static table has it, literal where
// not.
std::string header_block(std::string_view path) {
  std::string block = "\x83\x86";  // :method POST, :scheme http
  const auto text = [&block](std::string_view value) {
    block += static_cast<char>(value.size());
    block += value;
  };
  block += '\x04';  // :path
  text(path);
  block += '\x01';  // :authority
  text("localhost");
  block += "\x0f\x10";  // content-type
  text("application/grpc");
  block += std::string_view("\0", 1);
  text("te");
  text("trailers");
  return block;
}

class Flood {
 public:
  Flood(std::string_view kind, std::string_view path) : kind_(kind), block_(header_block(path)) {}

  // One more of what is sent. False when the connection has no more streams.
  bool append(std::string& out) {
    if (kind_ == "ping") {
      append_frame(out, kPing, 0, 0, "12345678");
    } else if (kind_ == "settings") {
      append_frame(out, kSettings, 0, 0, "");
    } else {
      if (stream_ > kLastStream - 2) {
        return false;
      }
      append_frame(out, kHeaders, kEndHeaders, stream_, block_);
      append_frame(out, kReset, 0, stream_, std::string_view("\0\0\0\x08", 4));  // CANCEL
      stream_ += 2;
    }
    return true;
  }

  std::string begin() {
    stream_ = 1;
    std::string out = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    append_frame(out, kSettings, 0, 0, "");
    return out;
  }

 private:
  std::string_view kind_;
  std::string block_;
  std::uint32_t stream_ = 1;
};

// False when the server has closed the connection or reads no more.
bool send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t length = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (length <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return true;
}

void discard_answers(int descriptor) {
  std::array<char, 65536> buffer;
  while (::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
}

void sleep_until(std::uint64_t at) {
  const timespec time = {static_cast<time_t>(at / 1'000'000'000U),
                         static_cast<long>(at % 1'000'000'000U)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

bool number(const char* text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), out);
  return error == std::errc() && *end == '\0' && out > 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t per_second = 0;
  std::uint64_t seconds = 0;
  if (argc != 6 || !number(argv[4], per_second) || !number(argv[5], seconds) ||
      std::strlen(argv[3]) > 126) {
    std::puts(kHelp);
    return argc == 2 && std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  Flood flood(argv[1], argv[3]);
  constexpr timeval kPatience = {1, 0};
  bench::UnixSocket socket;
  std::uint64_t sent = 0;
  std::uint64_t connections = 0;
  const std::uint64_t start = bench::now();
  for (std::uint64_t at = start; at < start + seconds * 1'000'000'000U; at += kBurstEvery) {
    sleep_until(at);
    std::string burst;
    if (!socket.open()) {
      socket = bench::UnixSocket::connect(argv[2]);
      if (!socket.open()) {
        continue;
      }
      setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
      ++connections;
      burst = flood.begin();
    }
    bool going = true;
    for (std::uint64_t i = 0; going && i < per_second / 100 + 1; ++i) {
      going = flood.append(burst);
      ++sent;
    }
    discard_answers(socket.descriptor());
    if (!going || !send_all(socket.descriptor(), burst)) {
      socket = bench::UnixSocket();
    }
  }
  std::printf("{\"sent\":%llu,\"connections\":%llu}\n", static_cast<unsigned long long>(sent),
              static_cast<unsigned long long>(connections));
  return 0;
}
