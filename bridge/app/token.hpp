#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bridge::app {

enum class Direction { inbound, outbound };
std::string_view to_string(Direction direction);  // also the values of label `call_direction`

/// What this bridge signs, so that any replica can trust what comes back through Twilio: the stream's token
/// and the URL that the call returns by. HMAC-SHA256 over every field, each kind under a name of its own.
class Signer {
 public:
  explicit Signer(std::string secret) : secret_(std::move(secret)) {}

  /// What the stream's other parameters say of the call; the token holds for these alone.
  struct Stream {
    std::string_view call_sid;
    std::string_view to, from;  // `from` of outbound calls only: the number of ours that an agent answers for
  };
  /// What a token says besides. Times to the millisecond.
  struct Opened {
    Direction direction;
    runtime::WallTime served;  // the document that it stands in
    runtime::WallTime expires;
  };
  /// Value of the <Parameter>: the claims in the clear, then the signature. Under 120 characters.
  std::string stream_token(const Stream& stream, const Opened& claims) const;
  /// Or why the token does not open this stream.
  std::variant<Opened, std::string> check_stream_token(std::string_view token, const Stream& stream,
                                                       runtime::WallTime now) const;

  /// How the TwiML that a call comes back from was served.
  struct Served {
    runtime::WallTime at;  // to the millisecond
    int attempt = 1;
    Direction direction = Direction::inbound;
  };
  /// Query string, without the question mark.
  std::string return_query(std::string_view call_sid, const Served& served) const;
  /// Nullopt: not signed by us, or for another call.
  std::optional<Served> check_return(std::string_view query, std::string_view call_sid) const;

 private:
  std::string sign(std::string_view what) const;

  std::string secret_;
};

}  // namespace bridge::app
