// One call through the server's half of an HTTP/2 connection. The client's half is nghttp2 as well,
// and not counted.
#include <nghttp2/nghttp2.h>

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "native/bench/hot_path.h"
#include "native/http2/session.h"

namespace cryptobroker::bench {
namespace {

constexpr std::string_view kPath = "/CryptoBroker.CryptoGrpc/HashData";
constexpr std::size_t kRequestBytes = 155;
constexpr std::size_t kReplyBytes = 190;
constexpr std::int64_t kCallNs = 50'000;

using Octets = std::vector<std::uint8_t>;

// Time goes on from call to call, and stands still within one.
class StepClock final : public Clock {
 public:
  std::int64_t monotonic_ns() override { return now_ns_; }
  std::int64_t unix_offset_ns() override { return 1'800'000'000'000'000'000; }
  void step() { now_ns_ += kCallNs; }

 private:
  std::int64_t now_ns_ = 1'000'000'000;
};

class FixedReply final : public CallHandler {
 public:
  bool on_request(const CallStart&, std::vector<std::uint8_t>&, Answer& answer) override {
    answer.framed.resize(kMessagePrefix + kReplyBytes, 0x62);
    return true;
  }
};

class Quiet final : public ServerObserver, public SessionOwner {
 public:
  void finished(const CallRecord&, std::string_view) override {}
  void fault(std::string_view what) override { require(what.empty(), "no fault is reported"); }
  void session_changed() override {}
  void session_used(SessionUse) override {}
};

// Makes requests and counts the calls that ended with status 0.
class Client {
 public:
  Client() {
    nghttp2_session_callbacks* callbacks = nullptr;
    require(nghttp2_session_callbacks_new(&callbacks) == 0, "there is memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    require(nghttp2_session_client_new(&session_, callbacks, this) == 0, "there is memory");
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Client() { nghttp2_session_del(session_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void submit_call() {
    const auto header = [](std::string_view name, std::string_view value) {
      const auto octets = [](std::string_view text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
      };
      return nghttp2_nv{octets(name), octets(value), name.size(), value.size(),
                        NGHTTP2_NV_FLAG_NONE};
    };
    // As grpc-go sends them.
    const nghttp2_nv headers[] = {
        header(":method", "POST"),
        header(":scheme", "http"),
        header(":path", kPath),
        header(":authority", "localhost"),
        header("content-type", "application/grpc"),
        header("user-agent", "grpc-go/1.64.0"),
        header("te", "trailers"),
    };
    sent_ = 0;
    nghttp2_data_provider body{};
    body.source.ptr = this;
    body.read_callback = read_body;
    require(
        nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, nullptr) > 0,
        "a request can be made");
  }

  // Appends what is to be sent.
  void send_to(Octets& out) {
    for (;;) {
      const std::uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &data);
      require(size >= 0, "the client is well");
      if (size == 0) {
        return;
      }
      out.insert(out.end(), data, data + size);
    }
  }

  void receive(const Octets& octets) {
    require(nghttp2_session_mem_recv(session_, octets.data(), octets.size()) ==
                static_cast<ssize_t>(octets.size()),
            "the client understands the server");
  }

  int succeeded() const { return succeeded_; }

 private:
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& client = *static_cast<Client*>(source->ptr);
    static const Octets body = [] {
      Octets octets(kMessagePrefix + kRequestBytes, 0x61);
      const Octets prefix = {0, 0, 0, 0, kRequestBytes};
      std::copy(prefix.begin(), prefix.end(), octets.begin());
      return octets;
    }();
    const std::size_t part = std::min(room, body.size() - client.sent_);
    std::memcpy(buffer, body.data() + client.sent_, part);
    client.sent_ += part;
    if (client.sent_ == body.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(part);
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* self) {
    const std::string_view field(reinterpret_cast<const char*>(name), name_size);
    const std::string_view content(reinterpret_cast<const char*>(value), value_size);
    if (field == "grpc-status" && content == "0") {
      ++static_cast<Client*>(self)->succeeded_;
    }
    return 0;
  }

  nghttp2_session* session_ = nullptr;
  std::size_t sent_ = 0;
  int succeeded_ = 0;
};

class Http2CallPath final : public HotPath {
 public:
  Http2CallPath()
      : shared_({Http2Method{.path = std::string(kPath), .handler = &handler_}}, Http2Limits(),
                quiet_),
        context_(shared_, clock_, 0) {
    context_.headers.set_time(1'800'000'000);
    session_ = Session::create(context_, quiet_);
    require(session_ != nullptr, "there is memory");
  }

  const char* name() const override { return "http2_call"; }

  void prepare() override {
    clock_.step();
    from_client_.clear();
    from_server_.clear();
    client_.submit_call();
    client_.send_to(from_client_);
  }

  void run() override {
    session_->receive(from_client_);
    for (;;) {
      const Bytes output = session_->pending_output();
      if (output.empty()) {
        return;
      }
      from_server_.insert(from_server_.end(), output.begin(), output.end());
      session_->consume_output(output.size());
    }
  }

  void check() override {
    client_.receive(from_server_);
    require(client_.succeeded() == ++calls_, "the call succeeds");
  }

 private:
  FixedReply handler_;
  Quiet quiet_;
  StepClock clock_;
  ServerShared shared_;
  SessionContext context_;
  std::unique_ptr<Session> session_;
  Client client_;
  Octets from_client_;
  Octets from_server_;
  int calls_ = 0;
};

}  // namespace

std::unique_ptr<HotPath> http2_call_path() { return std::make_unique<Http2CallPath>(); }

}  // namespace cryptobroker::bench
