#pragma once
#include "runtime/net/network.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/observer.hpp"
#include "simulators/twilio/rest_settings.hpp"
#include "simulators/twilio/script.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

struct Settings {
  Account account;
  /// For outbound calls that no plan was queued for.
  CallPlan default_outbound;
  /// Ended calls beyond so many are forgotten, the oldest first; absent: none ever is. The label `call` of
  /// the caller_* metrics then begins again, so that they are bounded too.
  std::optional<std::size_t> calls_kept;
  /// Hears of a bug of the fake's own, when it shows: for servers, where nobody awaits all_ended().
  std::function<void(std::exception_ptr)> on_failure;
  RestSettings rest;
};

/// The part of Twilio that a voice bridge meets: webhooks, TwiML, media streams, Calls.json, status
/// callbacks, and the caller at the other end of the line. Same code in virtual and in real time.
class FakeTwilio {
 public:
  FakeTwilio(Environment environment, Settings settings, Observer* observer = nullptr);
  FakeTwilio(const FakeTwilio&) = delete;
  FakeTwilio& operator=(const FakeTwilio&) = delete;
  ~FakeTwilio();  // after shut_down() was awaited

  /// The REST API (api.twilio.com): to be listened on by the owner, who may bind it to any endpoint.
  runtime::net::Service& rest();

  /// Somebody dials the number: an inbound call begins now. The facts live as long as the fake, unless
  /// Settings::calls_kept or forget_ended() ends them.
  const CallFacts& place(CallPlan plan);
  /// How the next outbound calls (created through REST) will go: the first plan for the number asked for (or
  /// with an empty `to`), else the first of all. `voice_url`, numbers and callbacks come with the request.
  void expect_outbound(CallPlan plan);

  /// All calls, inbound and outbound, in the order of their beginning.
  std::vector<const CallFacts*> calls() const;
  const CallFacts* find(std::string_view sid) const;
  std::size_t active_calls() const;
  std::size_t unused_plans() const;  // of expect_outbound
  void forget_plans();
  void set_default_outbound(CallPlan plan);
  /// Forgets ended calls, but for those whose callbacks still run.
  void forget_ended();
  std::size_t forgotten() const;  // calls, so far

  /// The caller hangs up now, whatever the script says. No effect on an ended call.
  void hang_up(std::string_view call_sid);
  void hang_up_all();
  /// The caller stops, or goes on, reading from the media socket (the same as the fault, at a moment of the
  /// owner's choosing).
  void stop_reading(std::string_view call_sid);
  void resume_reading(std::string_view call_sid);
  /// The path between Twilio and the bridge carries nothing of this call's streams until `until` (absent: for
  /// ever, or until resume_reading).
  void stall(std::string_view call_sid, Towards towards, std::optional<TimePoint> until);
  /// A text message goes to the bridge as it stands, on the call's running streams.
  void inject(std::string_view call_sid, std::string_view text);
  /// Their connections are cut, without a close frame.
  void drop_connection(std::string_view call_sid);
  /// The caller presses keys: 0-9 * # A-D, as many as 100 waiting at a time.
  void press(std::string_view call_sid, std::string_view keys);

  /// Completes when no call runs and every callback has been answered or given up.
  boost::asio::awaitable<void> all_ended();
  /// Ends what still runs, at once. To be awaited before destruction.
  boost::asio::awaitable<void> shut_down();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulators::twilio
