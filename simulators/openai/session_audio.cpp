#include "runtime/core/encoding.hpp"
#include "simulators/openai/audio_format.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>

// The caller's audio: the input buffer, turn detection, turns.
namespace simulators::openai {
namespace {

constexpr std::int64_t kLeastCommitMs = 100;

std::int64_t whole_windows(std::int64_t ms) {
  return (ms + Vad::kWindowMs - 1) / Vad::kWindowMs * Vad::kWindowMs;
}

Json system_item(const std::string& id, std::string_view text) {
  Json item;
  item["id"] = id;
  item["type"] = "message";
  item["status"] = "completed";
  item["role"] = "system";
  item["content"] = Json::array({{{"type", "input_text"}, {"text", text}}});
  return item;
}

Json user_item(const std::string& id) {
  Json item;
  item["id"] = id;
  item["type"] = "message";
  item["status"] = "completed";
  item["role"] = "user";
  item["content"] = Json::array({{{"type", "input_audio"}, {"transcript", nullptr}}});
  return item;
}

}  // namespace

void Session::append(const AppendEvent& event, TimePoint now) {
  if (!runtime::base64_decode(event.audio, audio_)) {
    outlet_.send_error(errors::bad_audio("audio", facts_.input_format), event.event_id, now);
    return;
  }
  facts_.appends.push_back({event.arrived, facts_.caller_audio.size(), audio_.size(), facts_.input_format});
  facts_.caller_audio += audio_;
  buffer_bytes_ += audio_.size();
  if (!event.counted) count_append(audio_.size());
  vad_events_.clear();
  vad_.feed(audio_, vad_events_);
  if (!detection_) {
    vad_.reset_speech();
    return;
  }
  for (const Vad::Event& heard : vad_events_) {
    if (heard.kind == Vad::Event::Kind::started) {
      if (turn_ == nullptr) speech_started(heard.audio_ms, now);
    } else if (!behaviour_.speech_never_ends) {
      speech_stopped(heard.audio_ms, now);
    }
  }
  watch_for_idling(now);
}

void Session::count_append(std::size_t bytes) {
  parts_.counts.appends.add();
  parts_.counts.audio_bytes_received.add(static_cast<double>(bytes));
}

double Session::buffered_ms() const {
  const auto per_ms = static_cast<double>(bytes_per_ms(facts_.input_format));
  return buffered_before_ms_ + static_cast<double>(buffer_bytes_) / per_ms;
}

/// Positions in the stream go on; what was appended before keeps the length that it had.
void Session::change_input_format(AudioFormat format) {
  if (format == facts_.input_format) return;
  buffered_before_ms_ = buffered_ms();
  buffer_bytes_ = 0;
  facts_.input_format = format;
  vad_.set_format(format);
  format_since_byte_ = facts_.caller_audio.size();
  format_since_ms_ = vad_.position_ms();
}

/// Where in all that was appended a position is; one before the present format is where that begins: the
/// model hears a turn in one format.
std::size_t Session::appended_at(std::int64_t position_ms) const {
  const auto since = static_cast<std::size_t>(std::max<std::int64_t>(0, position_ms - format_since_ms_));
  return std::min(format_since_byte_ + since * bytes_per_ms(facts_.input_format), facts_.caller_audio.size());
}

void Session::speech_started(std::int64_t audio_start_ms, TimePoint now) {
  TurnFacts turn;
  turn.item = outlet_.ids().make("item_");
  turn.by_vad = true;
  turn.audio_start_ms = audio_start_ms;
  facts_.turns.push_back(std::move(turn));
  turn_ = &facts_.turns.back();
  idle_since_ms_.reset();
  Json started = outlet_.event("input_audio_buffer.speech_started");
  started["audio_start_ms"] = audio_start_ms;
  started["item_id"] = turn_->item;
  if (outlet_.send(started) == Fate::sent) {
    turn_->started_at = now;
    parts_.counts.speech_started.add();
  }
  if (behaviour_.repeats_speech_started) {
    started["event_id"] = outlet_.ids().make("event_");
    outlet_.send(started);
  }
  transcribe_early(turn_->item, now);
  if (parts_.observer != nullptr) parts_.observer->speech_started(facts_, *turn_);
  Response* response = active();
  if (response != nullptr && response->cancellable() && detection_->interrupt_response) {
    response->cancel(CancelledBy::turn_detected, now);
  }
  respond_when_free_ = false;
}

void Session::speech_stopped(std::int64_t audio_end_ms, TimePoint now) {
  if (turn_ == nullptr) return;
  TurnFacts& turn = *turn_;
  turn_ = nullptr;
  turn.audio_end_ms = audio_end_ms;
  Json stopped = outlet_.event("input_audio_buffer.speech_stopped");
  stopped["audio_end_ms"] = audio_end_ms;
  stopped["item_id"] = turn.item;
  if (outlet_.send(stopped) == Fate::sent) turn.stopped_at = now;
  const bool early = behaviour_.transcription.before_commit;
  const std::int64_t audio_ms = turn.audio_end_ms - turn.audio_start_ms;
  if (early) transcribe(turn.item, audio_ms, words_of(turn), now);
  commit_turn(turn, now);
  if (!early) transcribe(turn.item, audio_ms, words_of(turn), now);
  if (detection_->create_response && !transcribes_only()) respond_to_turn(now);
}

void Session::commit(const ControlEvent& event, TimePoint now) {
  const double buffer_ms = buffered_ms();
  if (buffer_ms < kLeastCommitMs) return fail(errors::commit_empty(buffer_ms), event, now);
  if (turn_ == nullptr) {
    TurnFacts turn;
    turn.item = outlet_.ids().make("item_");
    turn.audio_start_ms = vad_.position_ms() - static_cast<std::int64_t>(buffer_ms);
    facts_.turns.push_back(std::move(turn));
    turn_ = &facts_.turns.back();
  }
  TurnFacts& turn = *turn_;
  turn_ = nullptr;
  turn.by_vad = false;
  turn.audio_end_ms = vad_.position_ms();
  vad_.clear();
  commit_turn(turn, now);
  transcribe(turn.item, turn.audio_end_ms - turn.audio_start_ms, words_of(turn), now);
}

void Session::clear(TimePoint now) {
  buffer_bytes_ = 0;
  buffered_before_ms_ = 0;
  vad_.clear();
  turn_ = nullptr;
  outlet_.send(outlet_.event("input_audio_buffer.cleared"));
  static_cast<void>(now);
}

void Session::commit_turn(TurnFacts& turn, TimePoint now) {
  buffer_bytes_ = 0;
  buffered_before_ms_ = 0;
  turn.committed_at = now;
  if (active() == nullptr) announce_held_back();
  const std::string previous = conversation_.append(user_item(turn.item));
  auto* item = conversation_.find(turn.item);
  item->caller_from = appended_at(turn.audio_start_ms);
  item->caller_to = appended_at(turn.audio_end_ms);
  item->caller_ms = turn.audio_end_ms - turn.audio_start_ms;
  Json committed = outlet_.event("input_audio_buffer.committed");
  committed["previous_item_id"] = previous.empty() ? Json() : Json(previous);
  committed["item_id"] = turn.item;
  outlet_.send(committed);
  announce_item(turn.item, previous);
  inputs_.push_back({Input::Kind::caller_turn, {}, player_.listens() ? sketch_of_turn(turn) : Sketch{}});
  idle_since_ms_.reset();
  last_turn_ = turn.item;
  if (parts_.observer != nullptr) parts_.observer->turn_committed(facts_, turn);
}

/// The idle timeout (6.6): counts appended audio, in whole windows of the turn detection, from the moment
/// when the last answer has been played.
void Session::watch_for_idling(TimePoint now) {
  const auto timeout = detection_->idle_timeout_ms;
  if (!timeout || !idle_since_ms_ || turn_ != nullptr || active() != nullptr) return;
  const std::int64_t start = whole_windows(*idle_since_ms_);
  const std::int64_t end = start + whole_windows(*timeout);
  if (vad_.position_ms() < end) return;
  TurnFacts turn;
  turn.item = outlet_.ids().make("item_");
  turn.audio_start_ms = start;
  turn.audio_end_ms = end;
  facts_.turns.push_back(std::move(turn));
  TurnFacts& kept = facts_.turns.back();
  Json triggered = outlet_.event("input_audio_buffer.timeout_triggered");
  triggered["audio_start_ms"] = kept.audio_start_ms;
  triggered["audio_end_ms"] = kept.audio_end_ms;
  triggered["item_id"] = kept.item;
  outlet_.send(triggered);
  announce_held_back();
  remind_of_silence();
  commit_turn(kept, now);
  transcribe(kept.item, 0, "", now);
  respond_to_turn(now);
}

/// The model is told why it speaks unasked: a recording of 2026 has an item of the system's here.
void Session::remind_of_silence() {
  const std::string note = outlet_.ids().make("item_");
  const std::string previous = conversation_.append(system_item(
      note,
      "Nothing has been heard from the user for some time. Look at the conversation so far, and say "
      "what helps the user to go on."));
  announce_item(note, previous);
}

}  // namespace simulators::openai
