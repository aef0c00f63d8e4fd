#include "options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string_view>

#include "input_file.h"

namespace bench {
namespace {

constexpr const char* kHelp =
    R"(Usage: load-client --socket PATH --path METHOD --request FILE [OPTIONS]

Sends one request again and again to a gRPC server behind a Unix socket, and tells what it took. One thread, nghttp2, no
connection pool: it costs the machine as little as can be, so that the server is what is measured. Every answer is
checked: grpc-status, the length of the message, and what --contains and --same-answers ask for.

  --socket PATH           the server's socket
  --path METHOD           /package.Service/Method
  --request FILE          the request message: bytes, or their hexadecimal digits when the name ends in .hex
  --in-flight N           requests under way on each connection (default 1)
  --connections N         connections (default 1)
  --seconds S             how long to measure (default 1)
  --warmup S              how long to send before that (default 0)
  --warmup-in-flight N    requests under way meanwhile (default: as --in-flight)
  --rate N                N requests a second over all connections, whether the server keeps up or not; latency counts
                          from when a request was due; what finds --in-flight requests under way is not sent, and told
  --deadline-ms N         send a grpc-timeout
  --contains FILE         bytes (or .hex) that every answer must have in it
  --same-answers          every answer must be the same as the first
  --allow-failures        count other statuses and connect again, rather than ending with the first failure
  --server-pid PID        tell the processor time of that process too
  --raw-answer N          no HTTP/2: send the request as it is, and take N bytes as its answer; one at a time
  --help                  this text

Prints one JSON object a line: {"note":"measuring"}, {"note":"measured"}, {"result":{...}}. Exit code 0, 1 when a
request failed, 2 for a mistake in the command line.)";

template <typename Number>
bool parse_number(std::string_view text, Number least, Number most, Number& out) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= least) ||
      !(value <= most)) {
    return false;
  }
  out = value;
  return true;
}

bool fail(std::string_view option, std::string_view why) {
  std::fprintf(stderr, "error: %.*s: %.*s; see --help\n", static_cast<int>(option.size()),
               option.data(), static_cast<int>(why.size()), why.data());
  return false;
}

using Take = std::function<bool(std::string_view)>;

std::map<std::string_view, Take> value_options(Options& options) {
  const auto text = [](std::string& out) -> Take {
    return [&out](std::string_view value) {
      out = value;
      return !out.empty();
    };
  };
  const auto file = [](std::vector<std::uint8_t>& out) -> Take {
    return [&out](std::string_view value) { return read_input(std::string(value), out); };
  };
  const auto count = [](std::size_t& out, std::size_t most) -> Take {
    return [&out, most](std::string_view value) {
      return parse_number<std::size_t>(value, 1, most, out);
    };
  };
  const auto real = [](double& out, double most) -> Take {
    return
        [&out, most](std::string_view value) { return parse_number<double>(value, 0, most, out); };
  };
  return {
      {"--socket", text(options.socket)},
      {"--path", text(options.path)},
      {"--request", file(options.request)},
      {"--contains", file(options.contains)},
      {"--in-flight", count(options.in_flight, 100'000)},
      {"--warmup-in-flight", count(options.warmup_in_flight, 100'000)},
      {"--connections", count(options.connections, 1024)},
      {"--raw-answer", count(options.raw_answer, 1 << 20)},
      {"--seconds", real(options.seconds, 3600)},
      {"--warmup", real(options.warmup, 3600)},
      {"--rate", real(options.rate, 1e7)},
      {"--deadline-ms",
       [&options](std::string_view value) {
         return parse_number<std::uint32_t>(value, 1, 99'999'999, options.deadline_ms);
       }},
      {"--server-pid",
       [&options](std::string_view value) {
         return parse_number<pid_t>(value, 1, 1 << 22, options.server_pid);
       }},
  };
}

bool complete(const Options& options) {
  if (options.socket.empty()) {
    return fail("--socket", "is needed");
  }
  if (options.path.empty() && options.raw_answer == 0) {
    return fail("--path", "is needed");
  }
  if (options.raw_answer > 0 && options.request.empty()) {
    return fail("--request", "is needed");
  }
  return true;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  const std::map<std::string_view, bool*> flags = {
      {"--same-answers", &options.same_answers},
      {"--allow-failures", &options.allow_failures},
  };
  const auto values = value_options(options);
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help") {
      std::puts(kHelp);
      std::exit(0);
    }
    if (const auto flag = flags.find(name); flag != flags.end()) {
      *flag->second = true;
      continue;
    }
    const auto value = values.find(name);
    if (value == values.end()) {
      fail(name, "there is no such option");
      return std::nullopt;
    }
    if (++i == argc || !value->second(argv[i])) {
      fail(name, "has no value that can be used");
      return std::nullopt;
    }
  }
  if (!complete(options)) {
    return std::nullopt;
  }
  return options;
}

}  // namespace bench
