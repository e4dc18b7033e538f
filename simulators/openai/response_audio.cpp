#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"
#include "simulators/openai/audio_format.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/response.hpp"

#include <algorithm>
#include <utility>
#include <variant>

// A response's sound: from the script's mu-law to deltas in the session's format, late ones included.
namespace simulators::openai {

/// Deltas that were on their way when the response was cancelled: what would have come next, or at its end
/// the last one again.
void Response::plan_late_audio(std::size_t count, std::optional<std::size_t> fault, TimePoint& at) {
  if (spoken_.to == 0) return;
  const auto& mulaw = std::get<Speech>(setup_.reply->outputs[spoken_.output]).mulaw;
  Step late = spoken_;
  for (const Step& planned : plan_) {
    if (planned.kind == Step::Kind::audio) late = planned;
  }
  late.fault = fault;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = late.to - late.from;
    late.again = late.to + length > mulaw.size();
    if (!late.again) {
      late.from = late.to;
      late.to += length;
    }
    at += pause_after(parts_.random, setup_.pace, runtime::mulaw_length(length));
    late.due = at;
    plan_.push_back(late);
  }
}

AudioFormat Response::format_of_sound(const Step& step) const {
  return step.sound.foreign ? setup_.reply->faults.speak_as.value_or(setup_.format) : setup_.format;
}

const std::string& Response::wire(std::size_t output, AudioFormat format) {
  std::string& audio = wire_[{output, format}];
  if (audio.empty()) audio = in_format(std::get<Speech>(setup_.reply->outputs[output]).mulaw, format);
  return audio;
}

/// An audio delta of the item, under the name that it has in the dialect.
Fate Response::send_delta(std::size_t output, std::string_view bytes, bool undecodable) {
  const bool beta = misnamed() || parts_.dialect == Dialect::beta;
  const std::string_view type = beta ? "response.audio.delta" : "response.output_audio.delta";
  const std::string event_id = parts_.outlet.ids().make("event_");
  const PartRef part{facts_.id, items_[output].id, output};
  std::string delta = undecodable ? raw_audio_delta(type, event_id, part, "%%% this is no base64 %%%")
                                  : audio_delta(type, event_id, part, bytes);
  const Fate fate =
      parts_.outlet.send_made(type, std::move(delta), {"response_id", "item_id", "delta"}, {"content_index"});
  return fate == Fate::sent && misnamed() ? Fate::robbed : fate;
}

void Response::audio(const Step& step, TimePoint now) {
  const AudioFormat format = format_of_sound(step);
  const std::size_t length = step.to - step.from;
  const std::size_t scale = format == AudioFormat::pcm ? 6 : 1;
  const std::string quiet(step.sound.silent ? length : 0, runtime::audio::kMulawSilence);
  const std::string quiet_wire = in_format(quiet, format);
  std::string_view mulaw = quiet;
  std::string_view bytes = quiet_wire;
  if (!step.sound.silent) {
    mulaw = std::string_view(std::get<Speech>(setup_.reply->outputs[step.output]).mulaw)
                .substr(step.from, length);
    bytes = std::string_view(wire(step.output, format)).substr(step.from * scale, length * scale);
  }
  const Fate fate = send_delta(step.output, bytes, step.sound.undecodable);
  if (fate == Fate::sent && !step.sound.undecodable)
    parts_.counts.audio_bytes_sent.add(static_cast<double>(bytes.size()));
  spoken_ = step;
  note_generated(step);
  // A client that agreed on mu-law takes every byte for a sample of it.
  const bool static_noise = setup_.format == AudioFormat::pcmu && step.sound.foreign;
  note_sent(step, static_noise ? bytes : mulaw, fate, now);
  stop_at_limit(now);
}

/// At max_output_tokens the model stops, in the middle of a word if need be.
void Response::stop_at_limit(TimePoint now) {
  const auto most = limit();
  if (closing_ || limited_ || !active_ || !most || spent().total() < *most) return;
  limited_ = true;
  plan_.clear();
  for (const Step::Kind kind :
       {Step::Kind::items_closed, Step::Kind::response_done, Step::Kind::rate_limits}) {
    Step step{kind};
    step.due = now;
    plan_.push_back(step);
  }
}

/// What the model has spoken, whether anybody was sent it: what it costs, and where it may be truncated.
void Response::note_generated(const Step& step) {
  if (step.again) return;
  const std::size_t bytes = step.to - step.from;
  facts_.items[step.output].audio_bytes += bytes;
  if (out_of_band()) return;
  parts_.assistant_audio = true;
  auto* kept = parts_.conversation.find(items_[step.output].id);
  if (kept != nullptr && items_[step.output].open) kept->audio_bytes += static_cast<std::int64_t>(bytes);
}

/// `heard`: what the client takes the step's audio for.
void Response::note_sent(const Step& step, std::string_view heard, Fate fate, TimePoint now) {
  if (fate == Fate::withheld) {
    facts_.withheld_bytes += step.to - step.from;
    return;
  }
  parts_.counts.audio_deltas_sent.add();
  const bool robbed = fate == Fate::robbed;
  ChunkFacts chunk;
  chunk.at = now;
  chunk.offset = facts_.audio.size();
  chunk.decodable = robbed || !step.sound.undecodable;
  const bool counts = !robbed && chunk.decodable && !facts_.done_at;
  chunk.bytes = counts ? heard.size() : 0;
  chunk.output = step.output;
  chunk.after_cancel = facts_.cancelled_at.has_value();
  chunk.after_done = facts_.done_at.has_value();
  chunk.again = step.again;
  facts_.chunks.push_back(chunk);
  if (counts) {
    facts_.audio += heard;
    facts_.audible = facts_.audible || runtime::audio::audible_mulaw(heard);
  }
  if (robbed || facts_.first_audio_at) return;
  facts_.first_audio_at = now;
  if (parts_.observer != nullptr) parts_.observer->first_audio(parts_.facts, facts_);
}

}  // namespace simulators::openai
