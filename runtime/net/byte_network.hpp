#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/byte_stream.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace runtime::net {

/// A stream that is ready for HTTP, or why there is none.
struct Opened {
  std::unique_ptr<ByteStream> stream;
  error_code error;
  std::string detail;
  bool connected = false;  // TCP was
  CertificateFault certificate = CertificateFault::none;
};

/// Connections with no protocol on them, for whoever must be able to say half a sentence. One thread.
class ByteNetwork {
 public:
  virtual ~ByteNetwork() = default;
  /// `url` says where and whether with TLS. Each of its steps is given `within`.
  virtual boost::asio::awaitable<Opened> dial(Url url, Duration within) = 0;
};

}  // namespace runtime::net
