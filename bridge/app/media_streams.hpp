#pragma once
#include "bridge/app/state.hpp"
#include "bridge/app/warm_sessions.hpp"
#include "bridge/app/ways_on.hpp"
#include "bridge/call/call.hpp"
#include "bridge/call/instruments.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace bridge::app {

/// The media streams of one worker: who may open one, and the call behind each.
class MediaStreams {
 public:
  explicit MediaStreams(State& state);

  /// Answers the upgrade request: 101, or why not.
  runtime::net::HttpResponse admit(const runtime::net::HttpRequest& request);
  /// Runs the call of a stream that was admitted to `peer`, to its end.
  boost::asio::awaitable<void> serve(std::string peer, std::unique_ptr<runtime::net::MessageSocket> socket);

  /// Keeps connections to OpenAI open for calls to come, until stop_warming(). To be awaited to its end.
  boost::asio::awaitable<void> warm();
  /// What the configuration asks for now.
  void keep_warm();
  void stop_warming();

  std::size_t live() const { return live_.size(); }
  /// Every call, also one that is yet to come, is to be over by `latest`: the model says goodbye before.
  void end_all_by(runtime::TimePoint latest);
  /// Asks every call for a polite end. Returns how many that cuts.
  std::size_t hang_up_all(const std::string& ended_by);
  /// What they stand on has failed: every call ends as by a fault of its own. Returns how many there were.
  std::size_t fail_all(const std::exception_ptr& error);
  /// Nobody is left to run them: they count as streams no more.
  void disown_all();

 private:
  class Listed;  // keeps a call in live_ for as long as it runs
  /// The stream's token against its `start`. Admitted: known to the registry, and given to its agent.
  call::Admitted check_start(std::uint64_t upgrade, const twilio::Start& start,
                             std::shared_ptr<LiveCall> live);

  std::uint64_t take_admitted(const std::string& peer);

  State& state_;
  WaysOn ways_on_;
  call::Instruments instruments_;
  std::optional<WarmSessions> warm_;  // none: each call dials
  call::DialGate open_gate_{0};       // where they are: they ask the real one themselves
  metrics::Gauge active_;
  std::shared_ptr<spdlog::logger> call_log_;
  std::optional<runtime::TimePoint> latest_;
  std::map<std::uint64_t, call::Call*> live_;  // by upgrade: in order of arrival
  struct Admitted {
    std::string peer;
    std::uint64_t upgrade;
  };
  std::deque<Admitted> admitted_;  // and not served yet, or gone before; the oldest goes first
};

}  // namespace bridge::app
