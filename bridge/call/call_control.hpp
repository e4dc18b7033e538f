#pragma once
#include "bridge/call/way_on.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace bridge::call {

/// What a call can have done to itself from outside of its stream. Outlives every call.
class CallControl {
 public:
  virtual ~CallControl() = default;

  enum class Leaves {
    by_twilio,   // the call is on its way: Twilio says `stop` and ends the stream by itself
    as_over,     // a transfer: Twilio says that the call is over; then its `stop` follows
    by_closing,  // it goes there once its stream is closed
    not_at_all,  // it stays where it is; `why` for the log
  };
  struct Answer {
    Leaves leaves = Leaves::by_closing;
    std::string why;
  };
  /// Sends the call on its way. Only a transfer may be refused: it goes on where it is.
  virtual boost::asio::awaitable<Answer> leave(std::string call_sid, WayOn way) = 0;
  /// Where the call goes when its stream is closed without leave().
  virtual void note(const std::string& call_sid, WayOn way) = 0;
};

}  // namespace bridge::call
