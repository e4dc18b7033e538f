// HTTP and WebSocket to the byte, in virtual time.
#include "runtime/net/stream_protocol.hpp"

#include "tests/sim/sim_test.hpp"
#include "tests/support/scripted_stream.hpp"

#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>

namespace {
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::MessageSocket;
using testing::HasSubstr;
using testing::StartsWith;
namespace asio = boost::asio;
namespace net = runtime::net;

constexpr std::string_view kUpgrade =
    "GET /media HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A client's frame with a mask of zeros, so that its payload can be read here.
std::string frame(char opcode, std::string_view payload) {
  std::string bytes{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | payload.size())};
  return bytes + std::string(4, '\0') + std::string(payload);
}

class EchoService final : public net::Service {
 public:
  std::vector<HttpRequest> requests;
  std::vector<std::pair<std::string, bool>> messages;
  std::optional<net::CloseReason> heard;
  std::vector<std::string_view> batch;
  std::string extensions;  // that its answer to an upgrade is willing to use

  asio::awaitable<HttpResponse> respond(const HttpRequest& request) override {
    requests.push_back(request);
    HttpResponse response =
        net::make_response(request.upgrade ? 101 : 200, "text/plain", request.target + "\n");
    response.headers.add("X-Broken", "a\r\nX-Injected: b");
    if (!extensions.empty()) response.headers.add("Sec-WebSocket-Extensions", extensions);
    co_return response;
  }
  asio::awaitable<void> serve(HttpRequest, std::unique_ptr<MessageSocket> socket) override {
    if (batch.empty()) {
      co_await read_all(*socket);
    } else {
      auto both = socket->write_all(batch) && read_all(*socket);
      (void)co_await std::move(both);
    }
    heard = socket->peer_close();
  }

 private:
  asio::awaitable<void> read_all(MessageSocket& socket) {
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) break;
      messages.emplace_back(std::string(message->payload), message->binary);
    }
  }
};

class StreamProtocol : public runtime::sim::SimTest {
 protected:
  void serve(std::string_view input) {
    wire_->input = input;
    auto stream = std::make_unique<tests::ScriptedStream>(loop_.context().get_executor(), wire_);
    spawn(net::serve_stream(clock(), std::move(stream), "1.2.3.4:5", false, limits_, service_, watch_));
    loop_.run();
  }
  std::shared_ptr<tests::ScriptedWire> wire_ = std::make_shared<tests::ScriptedWire>();
  std::vector<net::Refusal> refusals_;
  net::ServerWatch watch_{10s, [this](net::Refusal why) { refusals_.push_back(why); }};
  net::ConnectionLimits limits_;
  EchoService service_;
};

TEST_F(StreamProtocol, AnswersPipelinedRequestsInOrderAndEndsWhenTheClientIsIdle) {
  serve("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");

  ASSERT_EQ(service_.requests.size(), 2U);
  EXPECT_EQ(service_.requests.front().peer, "1.2.3.4:5");
  ASSERT_EQ(wire_->written.size(), 2U);
  EXPECT_THAT(wire_->written.front(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(wire_->written.front(), HasSubstr("\r\n\r\n/a\n"));
  EXPECT_THAT(wire_->written.back(), HasSubstr("\r\n\r\n/b\n"));
  EXPECT_EQ(since_start(), limits_.idle);
  EXPECT_TRUE(wire_->shut_down);
}

TEST_F(StreamProtocol, EndsAtOnceWhenTheClientWantsNoMore) {
  wire_->input_ends = true;
  serve("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(wire_->text(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(wire_->shut_down);
  EXPECT_EQ(since_start(), 0s);
}

TEST_F(StreamProtocol, ARequestThatBeginsAndDoesNotEndIsGivenUpLongBeforeAnIdleConnection) {
  serve("GET /a HTTP/1.1\r\nHost: h\r\n");
  EXPECT_EQ(since_start(), watch_.request);
  wire_ = std::make_shared<tests::ScriptedWire>();
  serve("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_EQ(since_start(), 2 * watch_.request);
  wire_ = std::make_shared<tests::ScriptedWire>();
  serve("");
  EXPECT_EQ(since_start(), 2 * watch_.request + limits_.idle);

  using net::Refusal;
  EXPECT_THAT(refusals_, testing::ElementsAre(Refusal::slow_request, Refusal::slow_request, Refusal::idle));
  EXPECT_TRUE(service_.requests.empty());
}

TEST_F(StreamProtocol, AnAnswerThatNobodyTakesIsGivenUpAndReported) {
  wire_->open_writes = 0;
  serve("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_EQ(since_start(), limits_.idle);
  EXPECT_THAT(refusals_, testing::ElementsAre(net::Refusal::unread_answer));
}

TEST_F(StreamProtocol, ARefusalIsReportedWithItsReason) {
  limits_.header_bytes = 1000;
  limits_.body_bytes = 10;
  for (const auto& input : {"GET / HTTP/1.1\r\nX: " + std::string(1000, 'x') + "\r\n\r\n",
                            std::string("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"),
                            std::string("HELO there\r\n\r\n"), std::string("GET / HT")}) {
    wire_ = std::make_shared<tests::ScriptedWire>();
    wire_->input_ends = true;
    serve(input);
  }

  using net::Refusal;
  EXPECT_THAT(refusals_, testing::ElementsAre(Refusal::header_size, Refusal::body_size, Refusal::malformed));
}

TEST_F(StreamProtocol, AnUpgradeThatWasAdmittedAndFailsIsReported) {
  std::string other(kUpgrade);
  other.replace(other.find("Version: 13"), 11, "Version: 12");
  serve(other);
  EXPECT_THAT(wire_->text(), StartsWith("HTTP/1.1 "));
  EXPECT_THAT(refusals_, testing::ElementsAre(net::Refusal::malformed));

  wire_ = std::make_shared<tests::ScriptedWire>();
  wire_->open_writes = 0;
  const auto begun = since_start();
  serve(kUpgrade);
  EXPECT_EQ(since_start() - begun, limits_.handshake);
  EXPECT_THAT(refusals_, testing::ElementsAre(net::Refusal::malformed, net::Refusal::unread_answer));
  EXPECT_FALSE(service_.heard);
}

TEST_F(StreamProtocol, AnswersBrokenHttpWith400) {
  wire_->input_ends = true;
  serve("HELO there\r\n\r\n");

  EXPECT_THAT(wire_->text(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(service_.requests.empty());
  EXPECT_TRUE(wire_->shut_down);
}

TEST_F(StreamProtocol, AnswersAHeaderAboveTheLimitWith431) {
  limits_.header_bytes = 1000;
  wire_->input_ends = true;
  serve("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1000, 'x') + "\r\n\r\n");

  EXPECT_THAT(wire_->text(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(StreamProtocol, AnswersABodyAboveTheLimitWith413BeforeReadingIt) {
  limits_.body_bytes = 10;
  serve("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");

  EXPECT_THAT(wire_->text(), StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(wire_->shut_down);
}

TEST_F(StreamProtocol, TellsAClientThatAsksFirstToGoOn) {
  serve("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");

  EXPECT_THAT(wire_->text(), StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  ASSERT_EQ(service_.requests.size(), 1U);
  EXPECT_EQ(service_.requests.front().body, "hi");
}

TEST_F(StreamProtocol, AnswersHeadWithTheLengthAndWithoutTheBody) {
  serve("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_THAT(wire_->text(), HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(wire_->text().ends_with("\r\n\r\n"));
}

TEST_F(StreamProtocol, AHeaderValueCannotBecomeAnotherHeader) {
  serve("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_THAT(wire_->text(), HasSubstr("X-Broken: a  X-Injected: b\r\n"));
}

TEST_F(StreamProtocol, TakesFramesThatCameTogetherWithTheUpgrade) {
  serve(std::string(kUpgrade) + frame(1, "text") + frame(2, std::string_view("\x00\xff", 2)) + frame(8, ""));

  EXPECT_THAT(wire_->text(), HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  ASSERT_EQ(service_.messages.size(), 2U);
  EXPECT_EQ(service_.messages[0], std::pair(std::string("text"), false));
  EXPECT_EQ(service_.messages[1], std::pair(std::string("\x00\xff", 2), true));
  ASSERT_TRUE(service_.heard);
  EXPECT_EQ(service_.heard->code, 1005) << "a close frame without a code";
}

TEST_F(StreamProtocol, ABatchLeavesInOneWrite) {
  service_.batch = {"one", "two", "three", "four"};
  serve(std::string(kUpgrade) + frame(8, ""));

  ASSERT_GE(wire_->written.size(), 2U);
  EXPECT_EQ(wire_->written[1],
            "\x81\x03one\x81\x03two\x81\x05three\x81\x04"
            "four");
}

TEST_F(StreamProtocol, AnswersAPing) {
  serve(std::string(kUpgrade) + frame(9, "hello") + frame(8, ""));

  EXPECT_THAT(wire_->text(), HasSubstr("\x8a\x05hello"));
}

TEST_F(StreamProtocol, ABatchAndAPongDoNotMix) {
  service_.batch = {"one", "two"};
  serve(std::string(kUpgrade) + frame(9, "hello") + frame(1, "x") + frame(8, ""));

  EXPECT_THAT(wire_->text(), HasSubstr("\x81\x03one\x81\x03two\x8a\x05hello"));
}

TEST_F(StreamProtocol, APongLeavesBehindAFrameThatIsBlockedHalfwayAndTheReadGoesOn) {
  service_.batch = {"one", "two"};
  wire_->open_writes = 1;  // the answer to the upgrade
  wire_->room = 8;
  serve(std::string(kUpgrade) + frame(9, "hello") + frame(1, "x"));
  ASSERT_TRUE(wire_->release);
  ASSERT_EQ(wire_->written.size(), 2U);
  EXPECT_EQ(wire_->written[1], "\x81\x03one\x81\x03t");
  EXPECT_EQ(service_.messages.size(), 1U);

  wire_->release();
  loop_.run();

  EXPECT_THAT(wire_->text(), testing::EndsWith("\x81\x03one\x81\x03two\x8a\x05hello"));
  wire_->hang_up();
  loop_.run();
}

/// Packed messages (RFC 7692), as a client offers them and the answer to its upgrade agrees to them.
class PackedMessages : public StreamProtocol {
 protected:
  /// What the answer agrees to; empty: nothing. The service sends one message after it.
  std::string agreed(const std::vector<std::string>& offers) {
    std::string request(kUpgrade);
    for (const auto& offer : offers)
      request.insert(request.size() - 2, "Sec-WebSocket-Extensions: " + offer + "\r\n");
    wire_ = std::make_shared<tests::ScriptedWire>();
    service_.batch = {"hello"};
    serve(request + frame(8, ""));
    constexpr std::string_view kHeader = "\r\nSec-WebSocket-Extensions: ";
    const auto& answer = wire_->written.front();
    const auto at = answer.find(kHeader);
    if (at == std::string::npos) return {};
    const auto begin = at + kHeader.size();
    return answer.substr(begin, answer.find('\r', begin) - begin);
  }
  bool message_is_packed() const { return (wire_->written.at(1).front() & 0x40) != 0; }

  static constexpr auto kDeflate = "permessage-deflate";
  const std::string whole_window_ =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
};

TEST_F(PackedMessages, AreAgreedOnWithTheWindowThatTheClientAsksFor) {
  service_.extensions = kDeflate;
  EXPECT_EQ(agreed({"permessage-deflate"}), whole_window_);
  EXPECT_TRUE(message_is_packed());
  EXPECT_EQ(agreed({"permessage-deflate; client_max_window_bits"}), whole_window_);
  EXPECT_EQ(agreed({"permessage-deflate; server_max_window_bits=15"}), whole_window_);
  EXPECT_EQ(agreed({"permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                    "server_max_window_bits=9"}),
            whole_window_ + "; server_max_window_bits=9");
  EXPECT_TRUE(message_is_packed());
}

TEST_F(PackedMessages, AreNoneWhereTheOfferCannotBeKept) {
  service_.extensions = kDeflate;
  for (const char* offer :
       {"permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=10x", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; level=9", "x-webkit-deflate-frame"}) {
    EXPECT_EQ(agreed({offer}), "") << offer;
    EXPECT_FALSE(message_is_packed()) << offer;
  }
  EXPECT_EQ(agreed({}), "");
}

TEST_F(PackedMessages, AreAgreedOnByTheFirstOfferThatCanBeKept) {
  service_.extensions = kDeflate;
  const std::string small = "permessage-deflate; server_max_window_bits=8";
  const std::string fits = "permessage-deflate; server_max_window_bits=12";
  const auto agreement = whole_window_ + "; server_max_window_bits=12";
  EXPECT_EQ(agreed({small + ", " + fits + ", permessage-deflate"}), agreement);
  EXPECT_EQ(agreed({small, fits, "permessage-deflate"}), agreement) << "a header each";
}

TEST_F(PackedMessages, AreNoneWhereTheServiceIsNotWilling) {
  for (const char* willing : {"", "x-other"}) {
    service_.extensions = willing;
    EXPECT_EQ(agreed({"permessage-deflate"}), "") << willing;
    EXPECT_FALSE(message_is_packed()) << willing;
  }
}
}  // namespace
