#pragma once
#include "bridge/app/bridge.hpp"
#include "bridge/app/commons.hpp"
#include "bridge/app/config.hpp"
#include "bridge/app/twilio_rest.hpp"
#include "metrics/sheet.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bridge::app {

/// Whether what stands where a CallSid should may be one, and may stand in the log.
bool plausible_sid(std::string_view sid);

inline constexpr std::string_view kText = "text/plain; charset=utf-8";

/// What the services of one worker share, and its way to what all workers do. One thread.
struct State {
  /// `shared` outlives it.
  State(Environment environment, Config configuration, Commons& shared);

  Environment env;
  Config config;  // replaced by a reload: keep no pointers into it across a wait
  metrics::Sheet& sheet;
  Commons& commons;
  const Signer& signer;    // of the commons
  CallRegistry& registry;  // of the commons
  TwilioRest rest;

  /// New calls are taken; while draining, for drain.accept_for more.
  bool takes_calls() const;
  /// Who answers a call of ours is not turned away before the grace has ended.
  bool takes_answers() const;
  /// A call of ours rings, or its webhook is on its way, and nobody else would answer it.
  bool awaits_answer() const;
  /// A transfer of ours may still ring, and nobody else would say what comes next if no one answers it.
  bool awaits_transfer() const;
  /// Streams of calls that were answered in time are taken a little longer.
  bool takes_streams() const;
  /// Where `request` came in, as the other side spelled it: from public_url, or from the Host header if
  /// allowed.
  runtime::net::Url public_url_of(const runtime::net::HttpRequest& request) const;
  /// Whether the request is Twilio's own. Counts and logs one that is not, with the call that it names.
  bool authentic(const runtime::net::HttpRequest& request, const runtime::net::Form& form,
                 std::string_view call_sid = {});
  /// Whether the day's tokens are spent, so that a new call is turned away. Counts it.
  bool budget_refuses();
  /// What comes after a stream of a call to `number` of ours that begins now.
  Verbs verbs_for(std::string_view number) const;
  /// Whether the track of our first document is one that Twilio may refuse, and another would carry sound.
  bool can_heal() const;
  /// Others' words, which may hold a number, as they may stand in the log.
  std::string loggable(std::string_view text) const;
  /// What a peer gives as a number, likewise: whatever it looks like.
  std::string loggable_number(std::string_view number) const;
  /// As Commons have it, with this worker's log.
  void settle_calls() { commons.settle_calls(env.clock.now(), env.log); }
};

}  // namespace bridge::app
