#pragma once
#include "bridge/call/call.hpp"
#include "bridge/call/machine.hpp"
#include "bridge/openai/http_refusal.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bridge::call {

/// Why a dial brought no connection.
struct NoConnection {
  openai::HttpRefusal said;
  std::string label;  // of voicebridge_openai_failures_total
  std::string words;  // the peer's, or the transport's
};
NoConnection why_none(const runtime::net::Dialled& dialled);

/// One WebSocket to OpenAI from its dial to its end: carries what the machine decides for its number. Its
/// owner awaits run() to its end; until then everything it was given stays alive.
class ModelLink {
 public:
  struct Owner {
    std::function<void()> changed;                   // there may be something new to do
    std::function<void(std::exception_ptr)> failed;  // a bug: ends the call
  };
  ModelLink(const Surroundings& around, Machine& machine, LinkNo no, Owner owner);

  /// Dials, carries, and returns when the connection is closed.
  boost::asio::awaitable<void> run();
  /// Sends what the machine has for it; closes it when the machine has no use for it any more. Not before
  /// there is a connection, and not after its end.
  void serve(runtime::TimePoint at);
  /// The call is over.
  void close(std::uint16_t code);
  /// There is a connection that has not ended.
  bool open() const { return socket_ != nullptr && !ended_; }

 private:
  boost::asio::awaitable<void> carry();
  boost::asio::awaitable<void> read();
  boost::asio::awaitable<void> finish_writes();
  boost::asio::awaitable<void> close_when_asked();
  boost::asio::awaitable<void> watch_peer();
  runtime::TimePoint now() const { return around_.clock.now(); }

  const Surroundings& around_;
  Machine& machine_;
  const LinkNo no_;
  const Owner owner_;
  std::unique_ptr<runtime::net::MessageSocket> socket_;
  std::string text_;  // being written
  std::string_view view_;
  bool waits_ = false;    // for the transport; nothing else is written meanwhile
  unsigned waited_ = 0;   // writes that did, and were taken
  bool pinging_ = false;  // likewise
  bool dead_ = false;     // a ping was not answered: given up
  // A wait that ended well may be followed by a cancellation before its coroutine goes on, and an await begun
  // after a cancellation throws: the loops look here first.
  bool ended_ = false;
  std::optional<runtime::net::CloseReason> closing_;
  runtime::Signal write_work_, close_work_;
};

}  // namespace bridge::call
