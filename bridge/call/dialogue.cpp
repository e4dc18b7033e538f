#include "bridge/call/dialogue.hpp"

#include "runtime/audio/level.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using openai::ResponseStatus;
using runtime::Duration;
using runtime::TimePoint;

namespace {
constexpr std::size_t kMostResponses = 64;
constexpr std::size_t kMostCancelled = 256;
constexpr Duration kSilentAlarm = 3s;  // design.md, voicebridge_calls_silent
}  // namespace

Dialogue::Dialogue(const Settings& settings, Instruments& instruments, Speaker& speaker, Markers& markers,
                   Outbox& outbox, spdlog::logger& log, runtime::Random& random)
    : settings_(settings),
      count_(instruments),
      speaker_(speaker),
      markers_(markers),
      outbox_(outbox),
      log_(log),
      tools_(settings, instruments, log),
      limits_(settings.model.retry.pace, random) {}

void Dialogue::identify(std::string call) {
  prefix_ = "call=" + call + " ";
  tools_.identify(prefix_);
  call_ = std::move(call);
}

std::string Dialogue::event_id() {
  return call_ + "_" + std::to_string(next_event_++);
}

// Responses
// ----------------------------------------------------------------------------------------------------

Response& Dialogue::add(bool ours, bool retry, TimePoint now) {
  while (responses_.size() >= kMostResponses) {
    auto& oldest = responses_.front();
    if (oldest.open()) settle(oldest, judge_at_end(oldest, speaker_.spoken(oldest.no)));
    speaker_.forget(oldest.no);
    responses_.pop_front();
  }
  auto& response = responses_.emplace_back();
  response.no = next_++;
  response.ours = ours;
  response.retry = retry;
  response.due_at = now;
  ever_due_ = owes_answer_ = true;
  return response;
}

Response* Dialogue::find(const openai::ResponseId& id) {
  const auto found =
      std::find_if(responses_.begin(), responses_.end(), [&](const Response& r) { return r.id == id; });
  return found == responses_.end() ? nullptr : &*found;
}

/// The response of `id`; one that nobody announced is due from now on.
Response& Dialogue::of(const openai::ResponseId& id, TimePoint now) {
  if (auto* known = find(id)) return *known;
  // One of ours comes back with its tag: what has none is the service's own, where such a one is due. Else it
  // may be the one that ours met, and then answers the same turn if ours is its retry.
  auto waiting = std::ranges::find_if(responses_, [](const Response& r) { return r.waits() && !r.ours; });
  if (waiting == responses_.end()) {
    waiting = std::ranges::find_if(
        responses_, [](const Response& r) { return r.waits() && (r.retry || !r.waits_behind_another()); });
  }
  const bool due = waiting != responses_.end();
  if (!due) take_back_refused(now);
  auto& response = due ? *waiting : add(false, false, now);
  response.begins(id, now);
  return response;
}

Response* Dialogue::touch(const openai::ResponseId& id, TimePoint now) {
  if (remembered_as_cancelled(id) && find(id) == nullptr) return nullptr;
  auto& response = of(id, now);
  response.last_event_at = now;
  return &response;
}

Response* Dialogue::active() {
  const auto found = std::find_if(responses_.begin(), responses_.end(),
                                  [](const Response& r) { return r.active() && r.judged_kind; });
  return found == responses_.end() ? nullptr : &*found;
}

bool Dialogue::remembered_as_cancelled(const openai::ResponseId& id) const {
  return std::find(cancelled_response_ids_.begin(), cancelled_response_ids_.end(), id) !=
         cancelled_response_ids_.end();
}

void Dialogue::cut_short(Response& response, CutShort by, TimePoint now) {
  response.cut_short = by;
  if (response.id.value().empty()) return;
  remember_cancelled(response.id);
  if (!response.active() || by == CutShort::server || by == CutShort::session_lost) return;
  if (by == CutShort::barge_in && settings_.model.session.interrupt_response) {
    response.cancelled_at = now;  // the service does it by itself, and says so
  } else {
    send_cancel(response, now);
  }
}

void Dialogue::remember_cancelled(const openai::ResponseId& id) {
  if (cancelled_response_ids_.size() == kMostCancelled) cancelled_response_ids_.pop_front();
  cancelled_response_ids_.push_back(id);
}

void Dialogue::send_cancel(Response& response, TimePoint now) {
  std::string request;
  openai::write_response_cancel(request, event_id(), response.id);
  outbox_.push(std::move(request));
  response.cancelled_at = now;
}

void Dialogue::settle(Response& response, Judgement judgement) {
  response.judgement = judgement;
  count_.count_response(judgement.verdict, judgement.reason);
  log_.info("{}response={} verdict={} reason={}", prefix_, response.id.value(), to_string(judgement.verdict),
            to_string(judgement.reason));
  if (judgement.verdict == ResponseVerdict::excused) return;
  last_judged_ = judgement;
  last_judged_due_at_ = response.due_at;
  // What was asked for before may still be played.
  if (owed_since_ && response.due_at >= *owed_since_) owed_since_.reset();
}

void Dialogue::settle(Response& response) {
  if (!response.open()) return;
  if (const auto judgement = judge(response, speaker_.spoken(response.no))) settle(response, *judgement);
}

// Sessions
// -------------------------------------------------------------------------------------------------------

void Dialogue::session_ready(TimePoint now) {
  ready_ = true;
  if (settings_.model.greet && !std::exchange(greeted_, true))
    ask_for_response(false, Purpose::greeting, now);
  tell_again(now);  // it may stand in for one that was not lost
  send_texts();
  settle_tools(now);
  flush_create(now);
}

/// What a session was told in vain is told to the next; the response to it may have been given up.
void Dialogue::tell_again(TimePoint now) {
  texts_.session_lost();
  if (const auto purpose = texts_.waiting(); purpose && !pending_) ask_for_response(false, *purpose, now);
}

void Dialogue::session_lost(TimePoint now) {
  ready_ = false;
  session_fault_ = {};
  first_of_session_ = next_;
  tools_.session_lost();
  bool owed = tools_.owed();
  turn_ = {};  // the voice detector's knowledge went with the session
  for (auto& response : responses_) {
    if (response.done_at) continue;
    const bool wanted = response.cut_short == CutShort::no && !response.fired && response.open();
    if (wanted && !response.audible) {
      // Nothing of it can have been heard: it is asked for in the next session, as the same turn. What called
      // functions goes on with their results.
      if (!tools_.called_by(response.no)) {
        ask_anew(response, now);
        owed = true;
      }
      if (response.first_audio_at) settle(response, {ResponseVerdict::silent, Reason::silent_audio});
      response.judged_kind = false;
    }
    if (response.cut_short == CutShort::no) cut_short(response, CutShort::session_lost, now);
    response.done_at = now;
    speaker_.end_response(response.no);
    settle(response);
  }
  tell_again(now);
  if (!owed) {
    owed_since_.reset();
  } else if (!owed_since_) {
    owed_since_ = now;
  }
}

bool Dialogue::at_rest() const {
  const auto over = [](const Response& r) {
    return r.done_at || (r.fired && !r.created_at);  // or will be cancelled, should it ever come
  };
  return ready_ && !pending_ && !texts_.waiting() && !tools_.busy() && !tools_.leaving() && !ending_since_ &&
         std::ranges::all_of(responses_, over);
}

// Watching
// -----------------------------------------------------------------------------------------------------

void Dialogue::tick(Duration uncertainty, TimePoint now) {
  if (speaker_.tick(now)) {
    log_.warn(
        "{}the connection to Twilio has taken nothing for {} s: what is queued is dropped, a stale backlog "
        "is "
        "never played",
        prefix_, runtime::seconds(settings_.resume_within));
    if (auto* response = active()) cut_short(*response, CutShort::too_long, now);
    interrupt(CallerDrop::stale, uncertainty, now);
  }
  look_after(now);
  flush_create(now);
  watch_silence(now);
  watch_conversation(uncertainty, now);
  watch_tools(now);
  if (!ending_since_ || tools_.leaving()) return;
  if (unsaid_goodbye_) {
    play(std::exchange(unsaid_goodbye_, std::nullopt), now);
    ending_since_ = now;
  }
  if (last_word_over(*ending_since_, now)) hang_up_ready_ = true;
}

/// Everything that was to be said was played, or its last mark is not coming back.
bool Dialogue::last_word_over(TimePoint since, TimePoint now) {
  if (one_is_under_way(now) || pending_) return false;
  constexpr Duration kLastWord = 3s;  // beyond its playing time, for the mark behind the last word
  return speaker_.drained(now) || now >= std::max(since, speaker_.playing_until()) + kLastWord;
}

void Dialogue::look_after(TimePoint now) {
  const bool audible = speaker_.audible(now);
  const auto silent_since = audible ? std::nullopt : std::optional(speaker_.playing_until());
  // By index: firing adds responses.
  for (std::size_t i = 0; i < responses_.size(); ++i) {
    auto& response = responses_[i];
    if (const auto stage = due_stage(response, settings_, silent_since, now)) fire(response, *stage, now);
    settle(responses_[i]);
    const auto& cancelled = responses_[i].cancelled_at;
    if (cancelled && !responses_[i].done_at && now - *cancelled >= settings_.cancel_confirm)
      session_fault_ = "a cancel was not confirmed in time";
  }
}

void Dialogue::watch_silence(TimePoint now) {
  bool silent = false;
  if (!responses_.empty()) {
    const auto& last = responses_.back();
    const bool excused = last.judgement && last.judgement->verdict == ResponseVerdict::excused;
    silent = last.judged_kind && !excused && !(last.tool && !last.message) &&
             now - last.due_at >= kSilentAlarm && speaker_.spoken(last.no).sent == runtime::Samples8k(0);
  }
  if (silent == silent_now_) return;
  count_.calls_silent.add(silent ? 1 : -1);
  silent_now_ = silent;
}

void Dialogue::fire(Response& response, Stage stage, TimePoint now) {
  response.fired = stage;
  count_.watchdog[static_cast<std::size_t>(stage)].add();
  log_.warn("{}response={} watchdog={} after {:.3f} s: {}", prefix_, response.id.value(), to_string(stage),
            runtime::seconds(now - response.due_at),
            response.retry ? "the retry failed as well" : "the first try of its turn");
  settle(response);
  if (response.active()) cut_short(response, CutShort::watchdog, now);
  speaker_.drop(response.no, CallerDrop::fallback);
  if (stage == Stage::created && response.refusals > 0)
    session_fault_ = "it says that a response is active, and tells of none";
  retry_or_fall_back(response, now);
}

void Dialogue::play(const std::optional<runtime::audio::Clip>& clip, TimePoint now) {
  if (!clip) return;
  const Part part{next_++, {}, 0, Source::clip};
  speaker_.push(part, clip->mulaw, now);
  speaker_.end_response(part.response);
}

void Dialogue::end_politely(const std::optional<runtime::audio::Clip>& clip, TimePoint now) {
  pending_.reset();
  ending_since_ = now;
  if (tools_.leaving()) {
    unsaid_goodbye_ = clip;
  } else {
    play(clip, now);
  }
}

void Dialogue::interrupt(CallerDrop reason, Duration uncertainty, TimePoint now) {
  for (const auto& cut : speaker_.interrupt(reason, uncertainty, now)) {
    if (cut.part.response < first_of_session_) {
      old_cuts_.push_back(cut);
      continue;
    }
    std::string request;
    const auto heard = std::chrono::floor<std::chrono::milliseconds>(cut.heard);
    openai::write_truncate(request, event_id(), cut.part.item, cut.part.content_index, heard.count());
    outbox_.push(std::move(request));
    count_.truncations_sent.add();
  }
}

void Dialogue::finish(TimePoint now) {
  for (auto& response : responses_) {
    if (response.open()) settle(response, judge_at_end(response, speaker_.spoken(response.no)));
    if (!response.done_at) response.done_at = now;
  }
  const bool owed = owed_since_ && now - *owed_since_ >= settings_.response_start_timeout;
  if (owed && !tools_.leaving())
    settle(add(true, false, *owed_since_), {ResponseVerdict::silent, Reason::not_created});
  tools_.finish(now);
  if (std::exchange(silent_now_, false)) count_.calls_silent.add(-1);
}

}  // namespace bridge::call
