// Calls that go on without this process: their stream is another replica's, or nothing more is told of them.
#include "bridge/app/call_registry.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bridge::app {

using runtime::Duration;
using runtime::TimePoint;

namespace {
/// Of a call that was not answered yet: longer than one rings (outbound.ring_timeout), with time for Twilio's
/// queue.
constexpr Duration kUnanswered = 1h;
/// Behind the last moment at which a stream's token opens it: a stream that was asked for by then says
/// `start`.
constexpr Duration kOnItsWay = 1min;
}  // namespace

bool CallRegistry::may_begin(Record& call, const Start& start) {
  if (!call.elsewhere) return true;
  // A stream that was asked for here before Twilio's word came is the one of which Twilio speaks.
  const bool ours = start.upgrade < call.elsewhere->upgrades;
  const bool of_a_later_document = start.served > call.elsewhere->served;
  if (!ours && !of_a_later_document) return false;
  call.elsewhere.reset();
  call.runs_elsewhere = false;
  reopen(call);
  return true;
}

void CallRegistry::opened(Record& call, const StreamReport& report, bool known) {
  if (options_.alone || call.stream_seen) return;
  call.elsewhere = {report.served, next_upgrade_};
  call.runs_elsewhere = true;
  // Nothing more need come here of another replica's call: it is the first to be forgotten. A stream that was
  // asked for here since the document, and has yet to say whose it is, may be this one.
  const bool may_be_ours = call.served_at && upgrade_since(*call.served_at);
  if (known && !may_be_ours) unfollow(call, "stream_elsewhere");
  close(call);
}

void CallRegistry::unfollow(Record& call, std::string_view reason) {
  if (call.over) return;
  sheet_.counter("voicebridge_calls_unfollowed_total", {reason}).add();
}

Duration CallRegistry::patience(const Record& call) const {
  return call.served_at ? token_valid_for_ + kOnItsWay : kUnanswered;
}

std::vector<std::string> CallRegistry::let_go_of_unheard(TimePoint now) {
  const std::lock_guard lock(mutex_);
  const Duration least = std::min(token_valid_for_ + kOnItsWay, kUnanswered);
  std::vector<std::string> let_go;
  for (auto entry = open_.begin(); entry != open_.end();) {
    const auto& [sid, seen] = *entry->second;
    Record& call = entry->second->second;
    ++entry;  // what is closed leaves the order
    if (seen.first_seen + least > now) break;
    if (call.streaming || call.heard_at + patience(call) > now) continue;
    unfollow(call, "unheard");
    call.note(now, "unheard");
    // One that was answered here has had no stream, as when it came back without one.
    if (call.served_at) never_started(call, now);
    close(call);
    call.unheard = !call.verdict;
    let_go.push_back(sid);
  }
  return let_go;
}

}  // namespace bridge::app
