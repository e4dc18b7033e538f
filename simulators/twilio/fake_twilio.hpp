#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/network.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/script.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace simulators::twilio {

/// What the fake stands on. All outlive it. One thread. The ticker's period must be 20 ms.
struct Environment {
  boost::asio::any_io_executor executor;
  runtime::Clock& clock;
  runtime::Ticker& ticker;
  runtime::net::Network& network;
  runtime::Random& random;
  runtime::WireLog& wire_log;
  metrics::Book& metrics;
};

/// One account; every call belongs to it.
struct Account {
  std::string sid = "AC00000000000000000000000000000001";
  std::string auth_token = "12345678901234567890123456789012";
};

struct Settings {
  Account account;
  /// For outbound calls that no plan was queued for.
  CallPlan default_outbound;
};

/// Hears of moments as they happen, on the fake's thread. The facts are those up to that moment. May place
/// calls and hang up; must not destroy the fake.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void call_placed(const CallFacts&) {}
  virtual void call_answered(const CallFacts&) {}
  virtual void stream_started(const CallFacts&, const StreamFacts&) {}
  virtual void stream_ended(const CallFacts&, const StreamFacts&) {}
  virtual void step_began(const CallFacts&, const StepFacts&) {}
  virtual void step_ended(const CallFacts&, const StepFacts&) {}
  /// By the sound at the handset, within 20 ms.
  virtual void bot_began(const CallFacts&) {}
  virtual void bot_finished(const CallFacts&) {}  // 700 ms after its last sound
  virtual void call_ended(const CallFacts&) {}
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

  /// Somebody dials the number: an inbound call begins now. The facts live as long as the fake.
  const CallFacts& place(CallPlan plan);
  /// How the next outbound calls (created through REST) will go, first come first served; a plan with an
  /// empty `to` fits any number. `voice_url` and the callbacks come with the request.
  void expect_outbound(CallPlan plan);

  /// All calls, inbound and outbound, in the order of their beginning.
  std::vector<const CallFacts*> calls() const;
  const CallFacts* find(std::string_view sid) const;
  std::size_t active_calls() const;
  std::size_t unused_plans() const;  // of expect_outbound

  /// The caller hangs up now, whatever the script says. No effect on an ended call.
  void hang_up(std::string_view call_sid);
  void hang_up_all();
  /// The caller stops, or goes on, reading from the media socket (the same as the fault, at a moment of the
  /// owner's choosing).
  void stop_reading(std::string_view call_sid);
  void resume_reading(std::string_view call_sid);

  /// Completes when no call runs and every callback has been answered or given up.
  boost::asio::awaitable<void> all_ended();
  /// Ends what still runs, at once. To be awaited before destruction.
  boost::asio::awaitable<void> shut_down();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulators::twilio
