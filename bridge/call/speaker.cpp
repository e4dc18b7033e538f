#include "bridge/call/speaker.hpp"

#include "bridge/twilio/stream.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::Samples8k;
using runtime::TimePoint;

namespace {
constexpr Samples8k kBlocked{8000};  // design.md: a second past its playout time and still in the bridge
std::size_t index(Source source) {
  return static_cast<std::size_t>(source);
}
Playout::Options playout_options(const Settings& settings) {
  return {settings.playout_lead, settings.mark_interval,
          std::chrono::floor<Samples8k>(settings.max_response)};
}
}  // namespace

Speaker::Speaker(const Settings& settings, Instruments& instruments, Markers& markers)
    : settings_(settings), count_(instruments), markers_(markers), playout_(playout_options(settings)) {}

void Speaker::begin(twilio::StreamSid stream, TimePoint now) {
  stream_ = std::move(stream);
  playout_ = Playout(playout_options(settings_));  // the settings are this call's only now
  begun_ = now;
  calibrate_ = true;
}

bool Speaker::push(const Part& part, std::string_view mulaw, TimePoint now) {
  // What is less than a frame waits for the model, not for the transport.
  if (in_flight_ == Samples8k(0) && !playout_.ready()) held_since_ = now;
  if (playout_.empty()) queued_since_ = now;
  const auto length = runtime::mulaw_length(mulaw.size());
  const auto fitted = playout_.push(part, mulaw);
  (part.source == Source::model ? count_.model_samples : count_.clip_samples)
      .add(static_cast<double>(length.count()));
  count_.queued_to_caller.add(static_cast<double>(length.count()));
  book_drop(CallerDrop::too_long, length - fitted);
  auto& spoken = book(part.response);
  spoken.pushed += fitted;
  if (!spoken.first_pushed) spoken.first_pushed = now;
  passage(part).pushed += fitted;
  return fitted == length;
}

Speaker::Passage& Speaker::passage(const Part& part) {
  const auto found = std::find_if(passages_.begin(), passages_.end(),
                                  [&](const Passage& passage) { return passage.part == part; });
  return found != passages_.end() ? *found : passages_.emplace_back(Passage{part});
}

bool Speaker::played_whole(const Passage& passage, TimePoint now) const {
  return passage.sent >= passage.pushed && clock_.heard(passage.part, now) == clock_.taken(passage.part);
}

/// Audio that was queued and never will be sent.
void Speaker::book_drop(CallerDrop reason, Samples8k length) {
  const auto samples = static_cast<double>(length.count());
  count_.dropped_to_caller[static_cast<std::size_t>(reason)].add(samples);
  count_.queued_to_caller.add(-samples);
}

std::size_t Speaker::fill(std::vector<Outgoing>& batch, std::size_t most, TimePoint now) {
  look_for_blockage(now);  // after a hold of the process: what goes now was past its time already
  if (batch.size() < most) batch.resize(most);
  std::size_t filled = 0;
  in_flight_since_ = now;
  if (filled < most && std::exchange(calibrate_, false)) {
    auto& message = batch[filled++];
    message.kind = Outgoing::Kind::mark;
    message.epoch = playout_.epoch();
    message.mark = {marks_.name_next(0)};
    twilio::write_mark(message.text, stream_, message.mark.name);
  }
  if (filled < most && clear_asked_) {
    auto& message = batch[filled++];
    message.kind = Outgoing::Kind::clear;
    message.epoch = playout_.epoch();
    message.asked = *std::exchange(clear_asked_, std::nullopt);
    twilio::write_clear(message.text, stream_);
  }
  while (filled < most) {
    const auto output = playout_.next(now);
    if (!output) break;
    render(*output, batch[filled++]);
  }
  return filled;
}

void Speaker::render(const Playout::Output& output, Outgoing& into) {
  if (const auto* frame = std::get_if<Playout::Frame>(&output)) {
    into.kind = Outgoing::Kind::frame;
    into.part = *frame->part;
    into.length = runtime::mulaw_length(frame->mulaw.size());
    into.epoch = frame->epoch;
    in_flight_ += into.length;
    if (settings_.record) into.mulaw = frame->mulaw;
    twilio::write_media(into.text, stream_, frame->mulaw);
    return;
  }
  const auto& mark = std::get<Playout::Mark>(output);
  into.kind = Outgoing::Kind::mark;
  into.epoch = mark.epoch;
  into.mark = {marks_.name_next(mark.response), mark.response, mark.ahead, mark.last};
  twilio::write_mark(into.text, stream_, into.mark.name);
}

void Speaker::taken(const Outgoing& message, TimePoint now) {
  switch (message.kind) {
    case Outgoing::Kind::frame:
      book_frame(message, now);
      return;
    case Outgoing::Kind::mark: {
      auto mark = message.mark;
      mark.taken_at = now;
      mark.played_by = std::max(now, clock_.end());
      count_.marks_sent.add();
      marks_.taken(std::move(mark));
      return;
    }
    case Outgoing::Kind::clear:
      clock_.cleared(now);
      marks_.cleared(now);
      count_.clears_sent.add();
      count_.barge_in_clear.observe(runtime::seconds(now - message.asked));
      return;
  }
}

void Speaker::book_frame(const Outgoing& message, TimePoint now) {
  const auto length = static_cast<double>(message.length.count());
  count_.frames_sent[index(message.part.source)].add();
  count_.bytes_sent[index(message.part.source)].add(length);
  count_.sent_samples.add(length);
  count_.queued_to_caller.add(-length);
  markers_.frame_sent(runtime::mulaw_bytes(message.length));
  in_flight_ -= message.length;
  if (!first_sent_ && message.part.response != kHold) {
    first_sent_ = now;
    count_.first_audio.observe(runtime::seconds(now - begun_));
  }
  auto& spoken = book(message.part.response);
  if (!spoken.first_sent) {
    spoken.first_sent = now;
    if (spoken.first_pushed) count_.forward_to_caller.observe(runtime::seconds(now - *spoken.first_pushed));
  } else {
    // What was not there yet is not late: tones that begin again, a model that pauses.
    const auto due = std::max(clock_.end(), held_since_);
    count_.playout_late.observe(std::max(0.0, runtime::seconds(now - due)));
  }
  spoken.sent += message.length;
  // Of a part that was interrupted nothing more is asked.
  for (auto& passage : passages_) {
    if (passage.part == message.part && message.epoch == playout_.epoch()) passage.sent += message.length;
  }
  // A frame rendered before a clear reaches Twilio before that clear: it is played until the clear comes.
  clock_.taken(message.part, message.length, now);
}

MarkLedger::Echoed Speaker::echoed(std::string_view name, TimePoint now) {
  auto echo = marks_.echoed(name, now);
  if (!echo.mark) return echo;
  switch (echo.how) {
    case Echo::played:
      count_.marks_played.add();
      break;
    case Echo::cleared:
      count_.marks_cleared.add();
      break;
    case Echo::early:
      count_.marks_early.add();
      break;
    case Echo::calibration:
      count_.marks_played.add();
      return echo;
    case Echo::unknown:
      return echo;
  }
  const auto& mark = *echo.mark;
  auto& spoken = book(mark.response);
  if (mark.last) spoken.last_mark_back = true;
  if (!MarkLedger::qualifies(mark)) return echo;
  if (echo.how == Echo::played) spoken.confirmed = true;
  if (echo.how == Echo::early && !spoken.unconfirmed) spoken.unconfirmed = Reason::mark_early;
  return echo;
}

/// How far the ear is behind the clock: a mark that should have come back by now has not.
Duration Speaker::playback_lag(TimePoint now) const {
  if (!marks_.round_trip()) return 0ns;
  for (const auto& mark : marks_.outstanding()) {
    if (mark.response != 0 && !mark.flushed) {
      return std::max<Duration>(now - mark.played_by - *marks_.round_trip(), 0ns);
    }
  }
  return 0ns;
}

std::vector<Cut> Speaker::interrupt(CallerDrop reason, Duration uncertainty, TimePoint now) {
  std::vector<Cut> cuts;
  const bool at_twilio = clock_.playing(now) || in_flight_ > Samples8k(0);
  const TimePoint certain = now - uncertainty - playback_lag(now);
  for (const auto& dropped : playout_.clear()) book_drop(reason, dropped.length);
  for (const auto& passage : passages_) {
    if (played_whole(passage, now)) continue;
    book(passage.part.response).interrupted = true;
    if (passage.part.source == Source::model)
      cuts.push_back({passage.part, clock_.heard(passage.part, certain)});
  }
  passages_.clear();
  if (at_twilio) clear_asked_ = now;
  return cuts;
}

void Speaker::drop(ResponseNo response, CallerDrop reason) {
  book_drop(reason, playout_.drop(response));
  std::erase_if(passages_, [&](const Passage& passage) { return passage.part.response == response; });
}

void Speaker::finish() {
  for (const auto& dropped : playout_.clear()) book_drop(CallerDrop::call_ended, dropped.length);
  book_drop(CallerDrop::call_ended, std::exchange(in_flight_, Samples8k(0)));
  unacked(0);
}

bool Speaker::tick(TimePoint now) {
  while (const auto* mark = marks_.overdue(now)) {
    auto& spoken = book(mark->response);
    if (!spoken.unconfirmed) spoken.unconfirmed = Reason::mark_overdue;
  }
  // The last one may go on.
  while (passages_.size() > 1 && played_whole(passages_.front(), now)) passages_.pop_front();
  look_for_blockage(now);
  const TimePoint waiting_since = std::max(in_flight_since_, queued_since_);
  const bool stale =
      in_flight_ > Samples8k(0) && !playout_.empty() && now - waiting_since > settings_.resume_within;
  if (stale) book_blocked();  // nobody will hear what goes now, be it less than a second
  return stale;
}

/// A second or more of audio is past its playout time (Twilio has run dry) and still here.
void Speaker::look_for_blockage(TimePoint now) {
  if (held() == Samples8k(0)) return;
  const auto dry = std::chrono::floor<Samples8k>(now - std::max(clock_.end(), held_since_));
  const bool short_and_stuck =
      in_flight_ > Samples8k(0) && dry >= 2 * kBlocked && now - in_flight_since_ >= 2 * kBlocked;
  if (std::min(dry, held()) >= kBlocked || short_and_stuck) book_blocked();
}

void Speaker::book_blocked() {
  for (const auto& passage : passages_) {
    auto& spoken = book(passage.part.response);
    if (spoken.sent < spoken.pushed) {
      spoken.blocked = true;
      return;  // the first that is stuck; what queues behind it is not stuck by itself
    }
  }
}

bool Speaker::drained(TimePoint now) const {
  return held() == Samples8k(0) && !clock_.playing(now) &&
         std::none_of(marks_.outstanding().begin(), marks_.outstanding().end(),
                      [](const MarkLedger::Mark& mark) { return mark.response != 0 && !mark.flushed; });
}

const Spoken& Speaker::spoken(ResponseNo response) const {
  static const Spoken kNothing;
  const auto found = spoken_.find(response);
  return found == spoken_.end() ? kNothing : found->second;
}

void Speaker::unacked(std::size_t bytes) {
  count_.unacked_bytes.add(static_cast<double>(bytes) - static_cast<double>(unacked_));
  unacked_ = bytes;
}

}  // namespace bridge::call
