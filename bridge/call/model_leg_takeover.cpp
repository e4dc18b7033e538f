// How a call gets from one session to the next: when one is lost, and before one expires.
#include "bridge/call/model_leg.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge::call {
using namespace std::chrono_literals;
using openai::Session;
using runtime::Duration;
using runtime::TimePoint;

namespace {
/// An append that the transport has not taken for so long: the connection is dead, whether it knows or not.
constexpr Duration kDead = 6s;
/// A session takes over when the caller has been quiet for so long: shorter pauses are inside of words, and
/// turn detection is slower than this to say that somebody has begun.
constexpr Duration kPause = 600ms;
constexpr Duration kRotateAgain = 15s;  // after an attempt that failed

std::string_view what_to_check(const Session::Failure& why) {
  if (why.rate_limited)
    return "the account's rate limits, and how many calls share them (limits.calls, "
           "limits.openai_connections_per_second)";
  switch (why.reason) {
    case openai::Unreachable::auth:
      return "the key (OPENAI_API_KEY, openai.api_key), what its project may do, and from where it is used";
    case openai::Unreachable::model:
      return "openai.model (at Azure: the deployment), and whether the account may use it";
    case openai::Unreachable::quota:
      return "the account's quota and its billing page";
    case openai::Unreachable::network:
      break;
  }
  return "openai.url, the way there (DNS, firewall, proxy), and OpenAI's status page";
}
}  // namespace

/// A session is ready: the conversation begins, or goes on, on it.
void ModelLeg::converse(TimePoint now) {
  ever_ready_ = true;
  caller_speaks_ = false;
  std::vector<History::Aloud> aloud;
  for (const auto& turn : open_turn_.unanswered()) {
    auto& told = aloud.emplace_back(History::Aloud{turn.item, {}});
    openai::write_said_aloud(told.request, turn.item, active_->transcoder->to_model(turn.mulaw));
  }
  (void)learn_cuts();  // it is told of nothing else
  auto seeds = history_.seeds(settings_.model.session.dialect, std::move(aloud));
  for (auto& seed : seeds) active_->opening.push(std::move(seed));
  redial_.ready(now);
  hold_.end();
  dialogue_.session_ready(now);
}

// It is lost
// ----------------------------------------------------------------------------------------------------

void ModelLeg::attempt_failed(Line& line, TimePoint now) {
  const auto failure = line.session.failure();
  if (failure.timed_out) count_.count_openai_failure("timeout");
  if (next_ && &line == &*next_) {
    log_.warn("{}the session that was to take over failed: reason={} said=\"{}\"", prefix_,
              to_string(failure.reason), failure.said);
    next_.reset();
    active_->rotate_at.reset();
    if (failure.again) active_->rotate_at = now + std::max(kRotateAgain, failure.wait.value_or(Duration(0)));
    return;
  }
  active_.reset();
  dial_again(failure, now);
}

/// The session died under a running call: one more is dialled, and what it owes is asked for again.
void ModelLeg::lose(const Session::Failure& why, TimePoint now) {
  outbox_.clear();
  caller_.lose_in_flight(ModelDrop::session_lost);
  if (const auto bytes = open_turn_.lost(); bytes > 0) {
    log_.info("{}the caller was speaking: the last {:.1f} s are said again to the next session", prefix_,
              runtime::seconds(runtime::mulaw_length(bytes)));
  }
  if (const auto turns = open_turn_.unanswered().size(); turns > 0)
    log_.info("{}turns={} of the caller have no answer: the next session is told them as sound", prefix_,
              turns);
  active_.reset();
  redial_.missing(now);
  hold_.begin(now);
  dialogue_.session_lost(now);
  if (!next_) return dial_again(why, now);
  // The one that was to take over does so now.
  active_ = std::move(next_);
  next_.reset();
  if (active_->ready()) converse(now);
}

void ModelLeg::dial_again(const Session::Failure& why, TimePoint now) {
  failure_ = why;
  const auto at = why.again ? redial_.next(now, why.wait) : std::nullopt;
  if (!at) {
    auto last = why;
    const auto budget = settings_.model.retry.pace.budget;
    if (why.again && why.wait && *why.wait > budget)
      last.said += fmt::format("; it asks to wait {:.0f} s, and openai.retry.budget is {:.0f} s",
                               runtime::seconds(*why.wait), runtime::seconds(budget));
    return give_up(std::move(last));
  }
  dial_at_ = at;
  log_.warn("{}no OpenAI session: reason={} said=\"{}\"; dialled again in {:.3f} s", prefix_,
            to_string(why.reason), why.said, runtime::seconds(*at - now));
}

void ModelLeg::give_up(Session::Failure why) {
  log_.error("{}no OpenAI session, and none will be dialled: {} reason={} said=\"{}\"; check {}", prefix_,
             why.misconfigured ? "misconfigured" : "unreachable", to_string(why.reason), why.said,
             what_to_check(why));
  failure_ = std::move(why);
  dial_at_.reset();
  gone_ = true;
}

// It is old
// ----------------------------------------------------------------------------------------------------

/// Makes another session ready when this one is old, and lets it take over when nobody is speaking.
void ModelLeg::rotate(TimePoint now) {
  if (!active_ || !active_->ready()) return;
  if (!next_ && !dial_at_ && active_->rotate_at && now >= *active_->rotate_at) {
    log_.info("{}session={} expires soon: another is made ready", prefix_, active_->session.session_id());
    dial_at_ = now;
    caller_loud_at_ = now;
  }
  if (!next_ || !next_->ready() || !quiet(now)) return;
  log_.info("{}session={} takes over", prefix_, next_->session.session_id());
  count_.sessions_rotated.add();
  active_ = std::move(next_);
  next_.reset();
  open_turn_.over();
  converse(now);
}

bool ModelLeg::quiet(TimePoint now) const {
  return dialogue_.at_rest() && !speaker_.audible(now) && !caller_speaks_ && outbox_.empty() &&
         !open_turn_.repeats() && active_->repeat_in_flight == 0 && !active_->audio_in_flight &&
         active_->opening.empty() && now - caller_loud_at_ >= kPause;
}

/// A session that is ready and does nothing any more, without a word.
void ModelLeg::look_for_death(TimePoint now) {
  if (!active_ || !active_->ready()) return;
  Session::Failure why;
  if (const auto fault = dialogue_.session_fault(); !fault.empty()) {
    why.said = fault;
  } else if (caller_.blocked(now) >= kDead) {
    why.said = "the caller's audio was not taken in time";
  } else if (outbox_.overflown() || active_->opening.overflown()) {
    why.said = "it took none of the requests of limits.openai_requests";
  } else {
    return;
  }
  count_.count_openai_failure("dead");
  log_.warn("{}the session is dead: {}; another is dialled", prefix_, why.said);
  lose(why, now);
}

/// The session that was to take over is gone: another is made ready in its time.
void ModelLeg::drop_next(TimePoint now) {
  next_.reset();
  if (active_) active_->rotate_at = now + kRotateAgain;
}

}  // namespace bridge::call
