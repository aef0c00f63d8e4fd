#include "result.h"

#include <array>
#include <cstdio>

namespace bench {
namespace {

// What a plot of percentiles needs beyond the usual ones.
constexpr std::array<double, 17> kPercentiles = {1,  5,  10, 20, 30,   40,   50,    60, 70,
                                                 80, 90, 95, 99, 99.5, 99.9, 99.99, 100};

std::string number(double value) {
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%.6f", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string microseconds(double nanoseconds) { return number(nanoseconds / 1000); }

void add(std::string& json, const char* name, const std::string& value) {
  json += json.empty() ? "{\"" : ",\"";
  json += name;
  json += "\":";
  json += value;
}

std::string percentiles(const Histogram& latency) {
  std::string out = "[";
  for (const double percent : kPercentiles) {
    out += out.size() == 1 ? "[" : ",[";
    out += number(percent) + "," + microseconds(latency.percentile(percent)) + "]";
  }
  return out + "]";
}

std::string failures(const Result& result) {
  std::string out = "{";
  for (const auto& [status, count] : result.failures) {
    out += out.size() == 1 ? "\"" : ",\"";
    out += std::to_string(status) + "\":" + std::to_string(count);
  }
  return out + "}";
}

}  // namespace

std::string to_json(const Result& result) {
  const Histogram& latency = result.latency;
  const double requests = static_cast<double>(latency.count());
  const double seconds = static_cast<double>(result.elapsed) / 1e9;
  const auto each = [requests](std::uint64_t nanoseconds) {
    return requests == 0 ? "0" : microseconds(static_cast<double>(nanoseconds) / requests);
  };
  std::string json;
  add(json, "requests", std::to_string(latency.count()));
  add(json, "seconds", number(seconds));
  add(json, "perSecond", number(seconds > 0 ? requests / seconds : 0));
  add(json, "mean", microseconds(latency.mean()));
  add(json, "p50", microseconds(latency.percentile(50)));
  add(json, "p90", microseconds(latency.percentile(90)));
  add(json, "p99", microseconds(latency.percentile(99)));
  add(json, "p999", microseconds(latency.percentile(99.9)));
  add(json, "max", microseconds(static_cast<double>(latency.max())));
  add(json, "percentiles", percentiles(latency));
  add(json, "serverCpu", each(result.server_cpu));
  add(json, "clientCpu", each(result.client_cpu));
  add(json, "failures", failures(result));
  add(json, "late", std::to_string(result.late));
  add(json, "notSent", std::to_string(result.not_sent));
  add(json, "reconnects", std::to_string(result.reconnects));
  add(json, "requestBytes", std::to_string(result.request_bytes));
  add(json, "answerBytes", std::to_string(result.answer_bytes));
  return json + "}";
}

void print_note(const char* note) {
  std::printf("{\"note\":\"%s\"}\n", note);
  std::fflush(stdout);
}

void print_result(const Result& result) {
  std::printf("{\"result\":%s}\n", to_json(result).c_str());
  std::fflush(stdout);
}

}  // namespace bench
