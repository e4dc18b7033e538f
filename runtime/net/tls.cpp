#include "runtime/net/tls.hpp"

#include "runtime/async/use_tuple.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/transport.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <array>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <ctime>
#include <memory>

namespace runtime::net {
namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
namespace {

class TlsBytes final : public ByteStream {
 public:
  TlsBytes(tcp::socket socket, ssl::context& context) : stream_(std::move(socket), context) {}
  asio::any_io_executor executor() override { return stream_.get_executor(); }
  void read_some(asio::mutable_buffer into, IoHandler done) override {
    stream_.async_read_some(into, std::move(done));
  }
  /// Several pieces become one record: Asio would send the first alone, a system call each.
  void write_some(Buffers from, IoHandler done) override {
    if (from.size() == 1) return stream_.async_write_some(from.front(), std::move(done));
    const std::size_t bytes = asio::buffer_copy(asio::buffer(record_), from);
    stream_.async_write_some(asio::buffer(record_.data(), bytes), std::move(done));
  }
  /// Asio's engine keeps no part of a record that did not fit into the socket.
  std::size_t write_now(asio::const_buffer) override { return 0; }
  void shut_down(DoneHandler done) override {
    // close_notify is sent and not waited for: peers often leave without one, and no read of ours may hang on
    // it.
    SSL_set_shutdown(stream_.native_handle(),
                     SSL_get_shutdown(stream_.native_handle()) | SSL_RECEIVED_SHUTDOWN);
    stream_.async_shutdown(TellAndShut{this, std::move(done)});
  }
  void abort() override { reset_connection(stream_.next_layer()); }
  std::size_t unacked_bytes() const override { return net::unacked_bytes(stream_.next_layer()); }

  /// The client's part before the handshake: what the certificate must be for.
  void expect_host(const std::string& host) {
    auto* parameters = SSL_get0_param(stream_.native_handle());
    error_code no_address;
    (void)asio::ip::make_address(host, no_address);
    if (!no_address) {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
      return;
    }
    X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
    // SSL_set_tlsext_host_name, without the C cast inside that macro. An address must not be sent there.
    std::string name = host;
    SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  asio::awaitable<Result<void>> handshake(ssl::stream_base::handshake_type side) {
    auto [ec] = co_await stream_.async_handshake(side, use_tuple);
    if (ec) co_return ec;
    co_return Result<void>();
  }
  CertificateFault certificate_fault() {
    switch (SSL_get_verify_result(stream_.native_handle())) {
      case X509_V_OK:
        return CertificateFault::none;
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return CertificateFault::wrong_host;
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return CertificateFault::expired;
      default:
        return CertificateFault::untrusted;
    }
  }
  /// In words, what was wrong with the peer's certificate; empty when it was not that.
  std::string certificate_problem() {
    const long result = SSL_get_verify_result(stream_.native_handle());
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
  }

 private:
  /// After close_notify the sending side of TCP ends too. Whatever went wrong, the stream is over.
  struct TellAndShut {
    TlsBytes* bytes;
    DoneHandler done;
    using cancellation_slot_type = asio::cancellation_slot;
    cancellation_slot_type get_cancellation_slot() const noexcept {
      return asio::get_associated_cancellation_slot(done);
    }
    void operator()(error_code) {
      error_code ignored;
      bytes->stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
      std::move(done)(error_code());
    }
  };

  mutable ssl::stream<tcp::socket> stream_;
  std::array<char, 16U << 10U> record_;  // the size of the largest TLS record
};

class Context final : public TlsContext {
 public:
  Context(ssl::context context, ssl::stream_base::handshake_type side)
      : context_(std::move(context)), side_(side) {}

  asio::awaitable<Opened> handshake(Clock& clock, tcp::socket socket, std::string host,
                                    TimePoint deadline) override {
    auto bytes = std::make_unique<TlsBytes>(std::move(socket), context_);
    if (!host.empty()) bytes->expect_host(host);
    auto shaking = bytes->handshake(side_);
    const auto shaken = co_await with_deadline(clock, deadline, std::move(shaking));
    Opened opened;
    if (shaken) {
      opened.stream = std::move(bytes);
      co_return opened;
    }
    const auto ec = shaken.error();
    const bool ours = ec == asio::error::timed_out || ec == asio::error::operation_aborted;
    opened.error = ours ? ec : error_code(NetError::tls);
    opened.connected = true;
    opened.certificate = bytes->certificate_fault();
    const auto problem = bytes->certificate_problem();
    opened.detail = "TLS with " + host + ": " + ec.message() + (problem.empty() ? "" : " (" + problem + ")");
    co_return opened;
  }

 private:
  ssl::context context_;
  ssl::stream_base::handshake_type side_;
};

/// `locked` becomes true where a file is behind a passphrase. OpenSSL would ask for it on the terminal, and
/// whoever has one would wait for it on the event loop.
ssl::context make_context(ssl::context::method method, const std::shared_ptr<bool>& locked) {
  ssl::context context(method);
  context.set_password_callback([locked](std::size_t, ssl::context::password_purpose) {
    *locked = true;
    return std::string();
  });
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return context;
}
}  // namespace

Result<std::unique_ptr<TlsContext>> make_tls_client(const std::string& extra_trust_pem, bool verify_peer) {
  auto context = make_context(ssl::context::tls_client, std::make_shared<bool>(false));
  error_code ec;
  context.set_default_verify_paths(ec);
  if (!ec && !extra_trust_pem.empty()) context.add_certificate_authority(asio::buffer(extra_trust_pem), ec);
  if (ec) return ec;
  context.set_verify_mode(verify_peer ? ssl::verify_peer : ssl::verify_none, ec);
  if (ec) return ec;
  return std::unique_ptr<TlsContext>(std::make_unique<Context>(std::move(context), ssl::stream_base::client));
}

Result<std::unique_ptr<TlsContext>> make_tls_server(const TlsIdentity& identity) {
  const auto locked = std::make_shared<bool>(false);
  auto context = make_context(ssl::context::tls_server, locked);
  error_code ec;
  context.use_certificate_chain(asio::buffer(identity.certificate_chain_pem), ec);
  // Also checks that it is the certificate's.
  if (!ec) context.use_private_key(asio::buffer(identity.private_key_pem), ssl::context::pem, ec);
  if (*locked) return error_code(NetError::locked);
  if (ec) return ec;
  return std::unique_ptr<TlsContext>(std::make_unique<Context>(std::move(context), ssl::stream_base::server));
}

namespace {

Result<WallTime> moment_of(const std::string& chain_pem, const ASN1_TIME* (*which)(const X509*)) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  std::tm at{};
  if (!certificate || ASN1_TIME_to_tm(which(certificate.get()), &at) != 1) return error_code(NetError::tls);
  return WallTime(std::chrono::seconds(::timegm(&at)));
}

}  // namespace

Result<WallTime> certificate_begin(const std::string& chain_pem) {
  return moment_of(chain_pem, X509_get0_notBefore);
}

Result<WallTime> certificate_expiry(const std::string& chain_pem) {
  return moment_of(chain_pem, X509_get0_notAfter);
}

}  // namespace runtime::net
