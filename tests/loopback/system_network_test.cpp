// What only real sockets and real TLS can show.
#include "runtime/net/system_network.hpp"

#include "runtime/async/system_clock.hpp"
#include "runtime/async/use_tuple.hpp"
#include "runtime/net/any_stream.hpp"
#include "runtime/net/free_port.hpp"
#include "runtime/net/tls.hpp"
#include "tests/support/tls_identity.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace {
using namespace std::chrono_literals;
using runtime::net::NetError;
using testing::HasSubstr;
namespace asio = boost::asio;
namespace net = runtime::net;

class Hello final : public net::Service {
 public:
  asio::awaitable<net::HttpResponse> respond(const net::HttpRequest&) override {
    co_return net::make_response(200, "text/plain", "hello");
  }
  asio::awaitable<void> serve(net::HttpRequest, std::unique_ptr<net::MessageSocket>) override { co_return; }
};

class SystemNetworkTest : public testing::Test {
 protected:
  std::unique_ptr<net::SystemNetwork> network(const std::string& trust, bool verify = true) {
    net::SystemNetworkOptions options;
    options.extra_trust_pem = trust;
    options.verify_peer = verify;
    return net::make_system_network(context_.get_executor(), clock_, options);
  }
  void run(asio::awaitable<void> task) {
    bool ended = false;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error) {
      ended = true;
      EXPECT_FALSE(error);
    });
    context_.restart();
    while (!ended && context_.run_one_for(10s) != 0) {
    }
    ASSERT_TRUE(ended);
  }
  /// Fetches `url` (PORT stands for the listener's) from a server with `identity`.
  net::Fetched fetch(net::Network& from, std::string text, std::optional<net::TlsIdentity> identity) {
    net::Endpoint endpoint;
    endpoint.tls = std::move(identity);
    auto listener = from.listen(std::move(endpoint), service_);
    EXPECT_TRUE(listener) << listener.error().message();
    text.replace(text.find("PORT"), 4, std::to_string((*listener)->port()));
    net::Fetched fetched;
    auto body = [&]() -> asio::awaitable<void> {
      net::HttpRequest request;
      auto fetching = from.fetch(*net::parse_url(text), std::move(request), 2s);
      fetched = co_await std::move(fetching);
      co_await (*listener)->shut_down();
    };
    run(body());
    return fetched;
  }

  asio::io_context context_{1};
  runtime::SystemClock clock_;
  Hello service_;
};

TEST_F(SystemNetworkTest, TrustsAGivenAuthorityForNamesAndAddresses) {
  const auto& identity = tests::local_tls_identity();
  const auto ours = network(identity.certificate_chain_pem);

  EXPECT_EQ(fetch(*ours, "https://localhost:PORT/", identity).response.body, "hello");
  EXPECT_EQ(fetch(*ours, "https://127.0.0.1:PORT/", identity).response.body, "hello");
}

TEST_F(SystemNetworkTest, RefusesACertificateThatNobodyVouchesFor) {
  const auto ours = network("");

  const auto fetched = fetch(*ours, "https://localhost:PORT/", tests::local_tls_identity());

  EXPECT_EQ(fetched.error, NetError::tls);
  EXPECT_THAT(fetched.detail, HasSubstr("self-signed certificate"));
  EXPECT_EQ(fetched.certificate, net::CertificateFault::untrusted);
  EXPECT_TRUE(fetched.connected);
}

TEST_F(SystemNetworkTest, RefusesACertificateForSomebodyElse) {
  const auto identity = net::make_self_signed({"DNS:other.example", "IP:127.0.0.2"}, 1h);
  const auto ours = network(identity.certificate_chain_pem);

  const auto by_name = fetch(*ours, "https://localhost:PORT/", identity);
  const auto by_address = fetch(*ours, "https://127.0.0.1:PORT/", identity);

  EXPECT_EQ(by_name.error, NetError::tls);
  EXPECT_THAT(by_name.detail, HasSubstr("hostname mismatch"));
  EXPECT_EQ(by_address.error, NetError::tls);
  EXPECT_THAT(by_address.detail, HasSubstr("IP address mismatch"));
  EXPECT_EQ(by_name.certificate, net::CertificateFault::wrong_host);
  EXPECT_EQ(by_address.certificate, net::CertificateFault::wrong_host);
}

TEST_F(SystemNetworkTest, RefusesACertificateThatIsOutOfDate) {
  const auto identity = net::make_self_signed({"DNS:localhost"}, -1min);
  const auto ours = network(identity.certificate_chain_pem);

  const auto fetched = fetch(*ours, "https://localhost:PORT/", identity);

  EXPECT_EQ(fetched.error, NetError::tls);
  EXPECT_EQ(fetched.certificate, net::CertificateFault::expired);
}

TEST_F(SystemNetworkTest, TakesAnyCertificateWhereToldTo) {
  const auto ours = network("", false);

  EXPECT_EQ(fetch(*ours, "https://localhost:PORT/", tests::local_tls_identity()).response.body, "hello");
}

TEST_F(SystemNetworkTest, ReportsAPlainServerAsATlsFailure) {
  const auto ours = network("");

  EXPECT_EQ(fetch(*ours, "https://localhost:PORT/", std::nullopt).error, NetError::tls);
}

TEST_F(SystemNetworkTest, CarriesBytesWithAndWithoutTls) {
  for (const auto& identity :
       {std::optional<net::TlsIdentity>(), std::optional(tests::local_tls_identity())}) {
    const auto ours = network(identity ? identity->certificate_chain_pem : "");
    net::Endpoint endpoint;
    endpoint.tls = identity;
    auto listener = ours->listen(std::move(endpoint), service_);
    ASSERT_TRUE(listener);
    const auto body = [&]() -> asio::awaitable<void> {
      net::Url url{identity ? "https" : "http", "127.0.0.1", (*listener)->port(), "/"};
      auto dialling = ours->dial(std::move(url), 2s);
      auto opened = co_await std::move(dialling);
      EXPECT_TRUE(opened.stream) << opened.detail;
      net::AnyStream stream(std::move(opened.stream));
      const std::array<std::string_view, 2> parts{"GET / HTTP/1.1\r\nHost: h\r\n", "\r\n"};
      for (const auto part : parts)
        (void)co_await stream.async_write_some(asio::buffer(part), runtime::use_tuple);
      std::string answer(400, ' ');
      (void)co_await stream.async_read_some(asio::buffer(answer), runtime::use_tuple);
      EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
      co_await (*listener)->shut_down();
    };
    run(body());
  }
}

TEST_F(SystemNetworkTest, ReportsAHostThatDoesNotExist) {
  const auto ours = network("");
  auto body = [&]() -> asio::awaitable<void> {
    net::WebSocketRequest request;
    request.url = net::Url{"ws", "a..b", 80, "/"};
    auto dialling = ours->connect(std::move(request));
    const auto dialled = co_await std::move(dialling);
    EXPECT_EQ(dialled.error, NetError::unresolved) << dialled.error.message();
    EXPECT_THAT(dialled.detail, HasSubstr("a..b"));
  };

  run(body());
}

TEST_F(SystemNetworkTest, AServerThatNeverSpeaksTimesOut) {
  asio::ip::tcp::acceptor silent(context_, {asio::ip::address_v4::loopback(), 0});
  const auto ours = network("");
  auto body = [&]() -> asio::awaitable<void> {
    for (const auto* scheme : {"ws", "wss"}) {
      net::WebSocketRequest request;
      request.url = net::Url{scheme, "127.0.0.1", silent.local_endpoint().port(), "/"};
      request.limits.handshake = 30ms;
      auto dialling = ours->connect(std::move(request));
      const auto dialled = co_await std::move(dialling);
      EXPECT_EQ(dialled.error, asio::error::timed_out) << dialled.error.message();
    }
  };

  run(body());
}

TEST_F(SystemNetworkTest, RefusesToListenWhereItCannot) {
  const auto ours = network("");
  asio::ip::tcp::acceptor first(context_, {asio::ip::address_v4::loopback(), 0});
  net::Endpoint taken;
  taken.port = first.local_endpoint().port();
  net::Endpoint keyless;
  keyless.tls = net::TlsIdentity{tests::local_tls_identity().certificate_chain_pem, "no key"};
  net::Endpoint foreign_key;
  foreign_key.tls = net::TlsIdentity{tests::local_tls_identity().certificate_chain_pem,
                                     net::make_self_signed({"DNS:a"}, 1h).private_key_pem};

  EXPECT_EQ(ours->listen(taken, service_).error(), asio::error::address_in_use);
  EXPECT_FALSE(ours->listen(keyless, service_));
  EXPECT_FALSE(ours->listen(foreign_key, service_));
}

TEST_F(SystemNetworkTest, AKeyWithAPassphraseIsRefusedAndNobodyIsAskedForIt) {
  const auto& identity = tests::local_tls_identity();
  for (const bool traditional : {false, true}) {
    const auto made = net::make_tls_server(
        {identity.certificate_chain_pem, tests::locked(identity.private_key_pem, traditional)});

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error(), NetError::locked) << made.error().message();
    EXPECT_THAT(made.error().message(), HasSubstr("expected a key without one"));
  }
}

TEST_F(SystemNetworkTest, AFreePortIsNeitherTakenNorGivenTwice) {
  const auto first = net::free_port(context_.get_executor());
  boost::system::error_code taken_already;
  asio::ip::tcp::acceptor neighbour(context_);
  neighbour.open(asio::ip::tcp::v4());
  neighbour.bind({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(first + 1)}, taken_already);

  const auto second = net::free_port(context_.get_executor());

  EXPECT_NE(second, first);
  EXPECT_NE(second, first + 1);
}
}  // namespace
