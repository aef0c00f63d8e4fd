// What a server sends to the client's end of a connection: no bytes may do more than end calls. The
// first octet says how the rest is cut into pieces and how many calls are under way.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "native/http2/client_session.h"

namespace {

using cryptobroker::Bytes;
using cryptobroker::ClientSession;

void write_all(ClientSession& session, std::vector<std::uint8_t>& buffer) {
  while (session.has_output() && session.write(buffer) > 0) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  static std::vector<std::uint8_t> buffer(ClientSession::kMinOutput);
  if (size == 0) {
    return 0;
  }
  const std::size_t piece = 1 + (input[0] & 0x3f) * 17;
  const std::size_t calls = input[0] >> 6;
  Bytes rest(input + 1, size - 1);

  const std::unique_ptr<ClientSession> session = ClientSession::create();
  const std::uint8_t settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  session->receive(settings);
  write_all(*session, buffer);
  const std::vector<std::uint8_t> request(70'000, 'r');
  std::int32_t first = 0;
  for (std::size_t i = 0; i < calls; ++i) {
    first = session->start("/package.Service/Method", request, 1000);
  }
  write_all(*session, buffer);
  std::size_t ended = 0;
  bool cancelled = false;
  while (!rest.empty()) {
    const std::size_t part = rest.size() < piece ? rest.size() : piece;
    session->receive(rest.first(part));
    rest = rest.subspan(part);
    if (!cancelled && rest.size() % 7 == 3 && first > 0) {
      const std::size_t before = session->running();
      session->cancel(first);
      ended += before - session->running();
      cancelled = true;
    }
    write_all(*session, buffer);
  }
  session->lost();
  // Every call has ended exactly once.
  if (ended + session->outcomes().size() != calls || session->running() != 0) {
    std::abort();
  }
  return 0;
}
