#include "bridge/call/model_leg.hpp"

#include "bridge/call/tools.hpp"

#include "runtime/audio/level.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <variant>

namespace bridge::call {
using namespace std::chrono_literals;
using openai::Session;
using runtime::Duration;
using runtime::TimePoint;

namespace {
constexpr std::int64_t kNoTime = 9'000'000'000;  // Unix seconds that do not fit our own time
constexpr double kQuietDbfs = -40;               // of the caller's line
constexpr Duration kFollows = 1s;                // a close after the error that it is for
constexpr Duration kYoung = 30s;                 // no session is replaced younger

/// Whether a close after this error is the error's.
bool ends_session(std::string_view error_code) {
  return error_code == "session_expired" || error_code == "server_error" ||
         !openai::worth_another_try({error_code});
}
}  // namespace

ModelLeg::ModelLeg(const Settings& settings, Instruments& instruments, spdlog::logger& log,
                   runtime::Random& random, Parts parts)
    : settings_(settings),
      count_(instruments),
      log_(log),
      caller_(parts.caller),
      speaker_(parts.speaker),
      dialogue_(parts.dialogue),
      outbox_(parts.outbox),
      redial_(settings.model.retry.pace, random),
      hold_(settings, parts.speaker) {}

void ModelLeg::begin(const std::string& call_sid, const std::string& stream_sid, const std::string& prefix,
                     TimePoint now, runtime::WallTime wall) {
  wall_offset_ = wall.time_since_epoch() - now.time_since_epoch();
  call_ = call_sid;
  stream_ = stream_sid;
  prefix_ = prefix;
  dial_at_ = now;
  redial_.missing(now);
  hold_.begin(now);
}

// Dialling
// -----------------------------------------------------------------------------------------------------

openai::SessionSettings ModelLeg::session_settings(const Settings& settings) {
  auto wanted = settings.model.session;
  wanted.tools = tool_definitions(settings.model.tools);
  return wanted;
}

LinkNo ModelLeg::take_dial(TimePoint now) {
  dial_at_.reset();
  (active_ ? next_ : active_).emplace(++last_, settings_, call_, now);
  return last_;
}

bool ModelLeg::knows(LinkNo link) const {
  return (active_ && active_->no == link) || (next_ && next_->no == link);
}

ModelLeg::Line* ModelLeg::find(LinkNo link) {
  if (active_ && active_->no == link) return &*active_;
  return next_ && next_->no == link ? &*next_ : nullptr;
}

void ModelLeg::connected(LinkNo link, TimePoint now) {
  if (auto* line = find(link)) line->connected_at = now;
}

void ModelLeg::dial_failed(LinkNo link, const DialFailure& failure, TimePoint now) {
  auto* line = find(link);
  if (line == nullptr) return;
  count_.count_openai_failure(failure.code);
  react(*line, line->session.on_dial_failed(failure.refusal), now);
}

void ModelLeg::closed(LinkNo link, int close_code, std::string_view reason, TimePoint now) {
  auto* line = find(link);
  if (line == nullptr) return;
  // An error event before the close has been counted by its own code.
  const bool limited = line->limit && line->last_error.empty() && now - line->limit->told_at <= kFollows;
  if (limited) line->last_error = "rate_limit_exceeded";
  if (line->last_error.empty()) count_.count_openai_failure("closed");
  if (!line->ready()) {
    react(*line, line->session.on_closed(close_code, reason), now);
    return;
  }
  if (next_ && line == &*next_) return drop_next(now);
  log_.warn("{}OpenAI closed the session: code={} reason=\"{}\"", prefix_, close_code, reason.substr(0, 200));
  Session::Failure why;
  why.reason = openai::classify_refusal(line->last_error, close_code, 0);
  // 4000 says of a session that has not begun that it was asked for wrongly, and of another nothing.
  constexpr int kBadRequest = 4000;
  why.again = openai::worth_another_try({line->last_error, close_code == kBadRequest ? 0 : close_code});
  why.rate_limited = limited;
  if (limited && line->limit->until) why.wait = std::max(*line->limit->until - now, Duration(0));
  why.said = "the session was closed with " + std::to_string(close_code);
  lose(why, now);
}

void ModelLeg::died(LinkNo link, TimePoint now) {
  auto* line = find(link);
  if (line == nullptr) return;
  constexpr std::string_view kWhy = "nothing came any more, not even an answer to a ping";
  count_.count_openai_failure("dead");
  if (!line->ready()) {
    openai::Refusal silence;
    silence.words = kWhy;
    return react(*line, line->session.on_dial_failed(silence), now);
  }
  if (next_ && line == &*next_) return drop_next(now);
  log_.warn("{}the session is dead: {}; another is dialled", prefix_, kWhy);
  Session::Failure why;
  why.said = kWhy;
  lose(why, now);
}

void ModelLeg::event(LinkNo link, const openai::Event& event, Duration uncertainty, TimePoint now) {
  auto* line = find(link);
  if (line == nullptr) return;
  if (const auto* error = std::get_if<openai::ApiError>(&event)) {
    if (!line->ready() || ends_session(error->code))
      line->last_error = error->code.empty() ? error->type : error->code;
    if (!line->ready()) count_.count_openai_failure(error->code);
    if (openai::is_rate_limit(error->code)) {
      line->limit = Line::Limit{now, std::nullopt};
      if (const auto wait = openai::told_wait(error->message)) line->limit->until = now + *wait;
    }
  }
  if (const auto* created = std::get_if<openai::SessionCreated>(&event);
      created && created->expires_at > 0 && created->expires_at < kNoTime) {
    const TimePoint expires{std::chrono::seconds(created->expires_at) - wall_offset_};
    line->rotate_at = std::max(expires - settings_.model.rotate_before, now + kYoung);
  }
  if (line->ready()) {
    if (!active_ || line != &*active_) return;
    pass_on(*line, event, uncertainty, now);
    rotate(now);
  } else {
    react(*line, line->session.on_event(event), now);
  }
}

void ModelLeg::react(Line& line, Session::Next next, TimePoint now) {
  switch (next) {
    case Session::Next::wait:
      return;
    case Session::Next::send_update:
      line.opening.push(line.session.update());
      return;
    case Session::Next::ready:
      log_.info("{}stream={} session={} ready after {:.3f} s", prefix_, stream_, line.session.session_id(),
                runtime::seconds(now - line.dialled_at));
      line.last_error.clear();
      line.transcoder.emplace(line.session.input(), line.session.output());
      if (line.session.input() != settings_.model.session.audio ||
          line.session.output() != settings_.model.session.audio) {
        log_.warn("{}session={} speaks {} in and {} out, not {} as it was asked: converted", prefix_,
                  line.session.session_id(), type_of(line.session.input()), type_of(line.session.output()),
                  type_of(settings_.model.session.audio));
      }
      if (active_ && &line == &*active_) converse(now);
      return;
    case Session::Next::failed:
      attempt_failed(line, now);
      return;
  }
}

/// The model's audio is the line's from here on.
void ModelLeg::pass_on(Line& line, const openai::Event& event, Duration uncertainty, TimePoint now) {
  if (line.transcoder->passes_to_caller()) return handle(event, uncertainty, now);
  if (const auto* delta = std::get_if<openai::AudioDelta>(&event)) {
    if (line.speaking != delta->item) line.transcoder->drop_to_caller();
    line.speaking = delta->item;
    openai::AudioDelta converted = *delta;
    converted.audio = line.transcoder->to_caller(delta->audio);
    return handle(converted, uncertainty, now);
  }
  if (const auto* done = std::get_if<openai::AudioDone>(&event); done && done->item == line.speaking) {
    openai::AudioDone whole = *done;
    whole.rest = line.transcoder->finish_to_caller();
    line.speaking = {};
    return handle(whole, uncertainty, now);
  }
  handle(event, uncertainty, now);
}

void ModelLeg::handle(const openai::Event& event, Duration uncertainty, TimePoint now) {
  learn(event);
  const bool owed = dialogue_.owes_answer();
  dialogue_.handle(event, uncertainty, now);
  if (owed && !dialogue_.owes_answer()) open_turn_.answered();
  if (const auto noise = dialogue_.take_noise()) {
    history_.forget(*noise);
    open_turn_.forget(*noise);
  }
}

void ModelLeg::learn(const openai::Event& event) {
  history_.note(event);
  open_turn_.note(event);
  if (std::holds_alternative<openai::SpeechStarted>(event)) caller_speaks_ = true;
  if (std::holds_alternative<openai::Committed>(event)) caller_speaks_ = false;
  if (const auto* done = std::get_if<openai::ResponseDone>(&event)) {
    tokens_ += done->usage.total();
    count_.count_tokens(settings_.model.name, done->usage);
  }
  if (const auto* limits = std::get_if<openai::RateLimits>(&event)) {
    for (const auto& limit : limits->limits) count_.observe_limit(limit);
  }
}

/// What the caller heard of speech that an earlier session made. Returns what tells a session of it that was
/// told of that speech.
std::vector<std::string> ModelLeg::learn_cuts() {
  std::vector<std::string> corrections;
  for (const auto& cut : dialogue_.take_old_cuts()) {
    const auto heard = std::chrono::floor<std::chrono::milliseconds>(cut.heard);
    auto more = history_.cut(cut.part.item, heard.count(), settings_.model.session.dialect);
    std::ranges::move(more, std::back_inserter(corrections));
  }
  return corrections;
}

// Sending
// ------------------------------------------------------------------------------------------------------

bool ModelLeg::next(LinkNo link, std::string& out, TimePoint now) {
  auto* line = find(link);
  if (line == nullptr) return false;
  const bool converses = line->ready() && active_ && line == &*active_;
  if (converses) {
    for (auto& correction : learn_cuts()) line->opening.push(std::move(correction));
  }
  auto request = line->opening.pop();
  if (!request && converses) request = outbox_.pop();
  if (request) {
    out = std::move(*request);
    return true;
  }
  if (!converses || deaf_) return false;
  auto chunk = open_turn_.again();
  line->repeat_in_flight = chunk.size();
  if (chunk.empty()) {
    chunk = caller_.take(now);
    if (chunk.empty()) return false;
    open_turn_.said(chunk);
    line->audio_in_flight = true;
  }
  if (next_ && runtime::audio::rms_dbfs_mulaw(chunk) > kQuietDbfs) caller_loud_at_ = now;
  openai::write_append(out, line->transcoder->to_model(chunk));
  return true;
}

bool ModelLeg::took(LinkNo link, TimePoint now) {
  auto* line = find(link);
  if (line == nullptr) return false;
  if (const auto bytes = std::exchange(line->repeat_in_flight, 0); bytes > 0) {
    count_.appends_sent.add();
    count_.append_bytes_sent.add(static_cast<double>(bytes));
  }
  if (!std::exchange(line->audio_in_flight, false)) return false;
  caller_.appended(now);
  return true;
}

// Time
// ---------------------------------------------------------------------------------------------------------

void ModelLeg::tick(TimePoint now) {
  if (gone_) return;
  for (auto* line : {&active_, &next_}) {
    if (*line && !(*line)->ready()) look_for_delay(**line, now);
  }
  look_for_death(now);
  rotate(now);
  if (dial_at_ && !active_ && redial_.overdue(now)) {
    Session::Failure waited;
    if (failure_) waited = *failure_;
    if (!failure_) waited.said = "limits.openai_connections_per_second let no dial through in time";
    give_up(std::move(waited));
  }
  if (!dialogue_.leaves_without_session()) hold_.tick(now);
}

/// The network ends a dial by itself, TLS and the upgrade after a handshake's time each; but not one that
/// waits for a place among others.
void ModelLeg::look_for_delay(Line& line, TimePoint now) {
  const auto& model = settings_.model;
  if (line.connected_at) {
    if (now - *line.connected_at >= model.ready_within) react(line, line.session.on_deadline(), now);
  } else if (now - line.dialled_at >= model.limits.connect + 2 * model.limits.handshake) {
    count_.count_openai_failure("timeout");
    openai::Refusal silence;
    silence.words = "no connection in time";
    react(line, line.session.on_dial_failed(silence), now);
  }
}

void ModelLeg::finish() {
  caller_.drop(ModelDrop::call_ended);
  if (ever_ready_ || gone_) return;
  // The call did not outlast the wait for a session: what was known by then is the reason.
  if (active_) {
    (void)active_->session.on_deadline();
    failure_ = active_->session.failure();
  } else if (!failure_) {
    failure_.emplace();
  }
}

}  // namespace bridge::call
