#pragma once
#include "bridge/app/state.hpp"
#include "bridge/call/call_control.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace bridge::app {

/// What a call does when it is not in its stream any more: the TwiML of it, and how Twilio comes by it. With
/// credentials for the REST API Twilio is told at once, wherever the call's requests are routed; without, the
/// call is noted here, and its return through the <Redirect> behind the stream finds it.
class WaysOn final : public call::CallControl {
 public:
  explicit WaysOn(State& state) : state_(state) {}

  boost::asio::awaitable<Answer> leave(std::string call_sid, call::WayOn way) override;
  void note(const std::string& call_sid, call::WayOn way) override;

  /// Ends a call whose stream another replica may have, with what is said to whom has answered it. There are
  /// credentials.
  boost::asio::awaitable<void> end_elsewhere(std::string call_sid, std::string answered_by);

  /// The document that a call that came back is given.
  std::string document(std::string_view call_sid, const call::WayOn& way) const;
  /// It is on its way there.
  void left(std::string_view call_sid, const call::WayOn& way);

 private:
  std::string verbs(std::string_view call_sid, const call::WayOn& way) const;
  /// Has Twilio execute `verbs` at once.
  boost::asio::awaitable<RestAnswer> send(const std::string& call_sid, const std::string& verbs);

  State& state_;
};

}  // namespace bridge::app
