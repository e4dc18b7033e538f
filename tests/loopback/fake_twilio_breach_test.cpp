// What a bridge does that breaks RFC 6455, seen on real sockets: the fake closes with 1002 and records 31924.
#include "metrics/sheet.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/async/use_tuple.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/net/system_network.hpp"
#include "simulators/twilio/fake_twilio.hpp"

#include <gmock/gmock.h>
#include <openssl/sha.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <string>

namespace {
using namespace std::chrono_literals;
using namespace simulators::twilio;
namespace asio = boost::asio;
using asio::ip::tcp;

std::string accept_key(const std::string& request) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const auto begin = request.find(kName) + kName.size();
  const std::string keyed =
      request.substr(begin, request.find("\r\n", begin) - begin) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(keyed.data()), keyed.size(), digest.data());
  return runtime::base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// A bridge of raw bytes: answers each connection's webhook or upgrade, breaks the protocol, keeps what comes
/// back.
class RawBridge {
 public:
  /// `headers`: of the upgrade's answer, besides those that it needs.
  RawBridge(asio::io_context& ioc, std::string breach, std::string headers = "")
      : acceptor_(ioc, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        breach_(std::move(breach)),
        headers_(std::move(headers)) {}
  std::string origin() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  asio::awaitable<void> run() {
    for (int connection = 0; connection < 2; ++connection) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      std::string request;
      co_await asio::async_read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", asio::use_awaitable);
      const std::string answer = connection == 0 ? document() : upgrade(request, headers_) + breach_;
      co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
      if (connection == 1) co_await drain(socket);
    }
  }
  /// The close code that came back; 0: none.
  int close_code() const {
    for (std::size_t at = 0; at + 8 <= back_.size();) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(back_[at + i]); };
      std::size_t length = byte(1) & 0x7FU;
      std::size_t head = 6;
      if (length == 126) {
        length = byte(2) * 256U + byte(3);
        head = 8;
      }
      if (byte(0) == 0x88) return ((byte(6) ^ byte(2)) << 8U) + (byte(7) ^ byte(3));
      at += head + length;
    }
    return 0;
  }

 private:
  std::string document() const {
    const std::string body =
        "<Response><Connect><Stream url=\"ws://" + origin() + "/media\"/></Connect></Response>";
    return "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string upgrade(const std::string& request, const std::string& headers) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept_key(request) + "\r\n" + headers + "\r\n";
  }
  asio::awaitable<void> drain(tcp::socket& socket) {
    std::array<char, 4096> block{};
    while (true) {
      auto [error, size] = co_await socket.async_read_some(asio::buffer(block), runtime::use_tuple);
      back_.append(block.data(), size);
      if (error) co_return;
    }
  }

  tcp::acceptor acceptor_;
  const std::string breach_;
  const std::string headers_;
  std::string back_;
};

struct Breach {
  std::string_view name;
  std::string bytes;
  int code;  // of the close frame; any but Twilio's own is a setting
};

/// One call, on real sockets.
class RealCall {
 public:
  explicit RealCall(std::string breach, std::string headers = "", bool bad_utf8_as_rfc = false)
      : bridge(ioc_, std::move(breach), std::move(headers)) {
    CallPlan plan;
    plan.voice_url = "http://" + bridge.origin() + "/voice";
    Step listen;
    listen.action = Listen{5s};
    plan.caller = {listen};
    plan.knobs.bad_utf8_as_rfc = bad_utf8_as_rfc;
    auto dial = [&]() -> asio::awaitable<void> {
      (void)twilio_.place(plan);
      co_await twilio_.all_ended();
      co_await twilio_.shut_down();
      co_await ticker_.stop();
    };
    const auto rethrow = [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    };
    asio::co_spawn(ioc_, bridge.run(), rethrow);
    asio::co_spawn(ioc_, dial(), rethrow);
    ioc_.run();
  }
  const CallFacts& facts() const { return *twilio_.calls().at(0); }

 private:
  asio::io_context ioc_{1};
  runtime::SystemClock clock_;
  std::unique_ptr<runtime::net::Network> network_ =
      runtime::net::make_system_network(ioc_.get_executor(), clock_, {});
  runtime::Ticker ticker_{ioc_.get_executor(), clock_, 20ms};
  runtime::SeededRandom random_{1};
  metrics::Book book_;
  FakeTwilio twilio_{
      {ioc_.get_executor(), clock_, ticker_, *network_, random_, runtime::silent_wire_log(), book_}, {}};

 public:
  RawBridge bridge;
};

TEST(FakeTwilioHandshake, FailsWhenTheBridgeSelectsWhatWasNotOffered) {
  const RealCall extended("", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  const RealCall spoken("", "Sec-WebSocket-Protocol: audio\r\n");

  EXPECT_TRUE(extended.facts().has_error(31920));
  EXPECT_THAT(extended.facts().errors.at(0).text,
              testing::HasSubstr("selected an extension that was not offered: permessage-deflate"));
  EXPECT_EQ(extended.facts().streams.at(0)->end, StreamEnd::not_opened);
  EXPECT_TRUE(spoken.facts().has_error(31920));
  EXPECT_THAT(spoken.facts().errors.at(0).text, testing::EndsWith("that was not offered: audio"));
}

TEST(FakeTwilioBinary, IsReportedOnceAsAWarningAndTheStreamGoesOn) {
  using namespace std::string_literals;
  const RealCall call("\x82\x02\x01\x02\x82\x01\x03"s);

  std::size_t reported = 0;
  for (const TwilioError& error : call.facts().errors) {
    if (error.code != 31950) continue;
    ++reported;
    EXPECT_TRUE(error.warning);
  }
  EXPECT_EQ(reported, 1U);
  EXPECT_EQ(call.facts().streams.at(0)->rejected_messages, 2U);
  EXPECT_EQ(call.facts().streams.at(0)->end, StreamEnd::call_ended);
}

class FakeTwilioBreach : public testing::TestWithParam<Breach> {};

TEST_P(FakeTwilioBreach, EndsTheStreamWith31924) {
  const RealCall call(GetParam().bytes, "", GetParam().code == 1007);

  const CallFacts& facts = call.facts();
  EXPECT_TRUE(facts.has_error(31924));
  EXPECT_EQ(facts.streams.at(0)->end, StreamEnd::protocol_error);
  EXPECT_EQ(call.bridge.close_code(), GetParam().code);
}

using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(Rfc6455, FakeTwilioBreach,
                         testing::Values(Breach{"FragmentedPing", "\x09\x01x"s, 1002},
                                         Breach{"ReservedBits", "\xB1\x01x"s, 1002},
                                         Breach{"UndeclaredCompression", "\xC1\x03\xCA\x48\x00"s, 1002},
                                         Breach{"MaskedServerFrame", "\x81\x81\x01\x02\x03\x04y"s, 1002},
                                         Breach{"UnknownOpcode", "\x83\x01x"s, 1002},
                                         Breach{"BadUtf8", "\x81\x02\xC3\x28"s, 1002},
                                         Breach{"BadUtf8AsTheStandardHasIt", "\x81\x02\xC3\x28"s, 1007}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
