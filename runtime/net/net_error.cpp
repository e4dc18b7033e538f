#include "runtime/net/message_socket.hpp"

#include <string>

namespace runtime::net {
namespace {
class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "linecheck.net"; }
  std::string message(int value) const override {
    switch (static_cast<NetError>(value)) {
      case NetError::closed:
        return "connection closed";
      case NetError::refused:
        return "peer refused the WebSocket upgrade";
      case NetError::protocol:
        return "peer broke the protocol";
      case NetError::too_big:
        return "message above the size limit";
      case NetError::unresolved:
        return "host name does not resolve";
      case NetError::tls:
        return "TLS handshake failed";
      case NetError::locked:
        return "it has a passphrase, and nobody is there to type it: expected a key without one";
    }
    return "unknown";
  }
};
constinit const Category category;
}  // namespace

error_code make_error_code(NetError e) noexcept {
  return {static_cast<int>(e), category};
}
}  // namespace runtime::net
