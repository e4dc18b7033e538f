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
void Response::plan_late_audio(std::size_t count, TimePoint& at) {
  if (spoken_to_ == 0) return;
  const auto& mulaw = std::get<Speech>(setup_.reply->outputs[spoken_output_]).mulaw;
  std::size_t from = spoken_from_;
  std::size_t to = spoken_to_;
  for (const Step& planned : plan_) {
    if (planned.kind != Step::Kind::audio) continue;
    from = planned.from;
    to = planned.to;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = to - from;
    if (to + length <= mulaw.size()) {
      from = to;
      to += length;
    }
    at += pause_after(parts_.random, setup_.pace, runtime::mulaw_length(length));
    Step step{Step::Kind::audio};
    step.due = at;
    step.output = spoken_output_;
    step.from = from;
    step.to = to;
    plan_.push_back(step);
  }
}

const std::string& Response::wire(std::size_t output) {
  std::string& audio = wire_[output];
  if (audio.empty()) {
    audio = in_format(std::get<Speech>(setup_.reply->outputs[output]).mulaw,
                      setup_.reply->faults.speak_as.value_or(setup_.format));
  }
  return audio;
}

void Response::audio(const Step& step, TimePoint now) {
  const Faults& faults = setup_.reply->faults;
  const auto& mulaw = std::get<Speech>(setup_.reply->outputs[step.output]).mulaw;
  const auto slice = std::string_view(mulaw).substr(step.from, step.to - step.from);
  const std::size_t scale = faults.speak_as.value_or(setup_.format) == AudioFormat::pcm ? 6 : 1;
  const auto bytes = std::string_view(wire(step.output)).substr(step.from * scale, slice.size() * scale);
  const bool beta = faults.beta_names || parts_.dialect == Dialect::beta;
  const std::string type = beta ? "response.audio.delta" : "response.output_audio.delta";
  const std::string event_id = parts_.outlet.ids().make("event_");
  const PartRef part{facts_.id, items_[step.output].id, step.output};
  if (faults.undecodable) {
    parts_.outlet.send_made(type, raw_audio_delta(type, event_id, part, "%%% this is no base64 %%%"));
  } else {
    parts_.outlet.send_made(type, audio_delta(type, event_id, part, bytes));
    parts_.counts.audio_bytes_sent.add(static_cast<double>(bytes.size()));
  }
  parts_.counts.audio_deltas_sent.add();
  spoken_output_ = step.output;
  spoken_from_ = step.from;
  spoken_to_ = step.to;
  // A client that agreed on mu-law takes every byte for a sample of it.
  const bool static_noise = setup_.format == AudioFormat::pcmu && faults.speak_as;
  note_audio(step.output, slice, static_noise ? bytes : slice, now);
  stop_at_limit(now);
}

/// At max_output_tokens the model stops, in the middle of a word if need be.
void Response::stop_at_limit(TimePoint now) {
  if (closing_ || limited_ || !active_ || !setup_.max_output_tokens.is_number()) return;
  if (spent().total() < setup_.max_output_tokens.get<std::int64_t>()) return;
  limited_ = true;
  plan_.clear();
  for (const Step::Kind kind :
       {Step::Kind::items_closed, Step::Kind::response_done, Step::Kind::rate_limits}) {
    Step step{kind};
    step.due = now;
    plan_.push_back(step);
  }
}

/// `mulaw`: what was generated; `heard`: what the client takes it for.
void Response::note_audio(std::size_t output, std::string_view mulaw, std::string_view heard, TimePoint now) {
  const bool decodable = !setup_.reply->faults.undecodable;
  ChunkFacts chunk;
  chunk.at = now;
  chunk.offset = facts_.audio.size();
  const bool counts = decodable && !facts_.done_at;
  chunk.bytes = counts ? heard.size() : 0;
  chunk.output = output;
  chunk.decodable = decodable;
  chunk.after_cancel = facts_.cancelled_at.has_value();
  chunk.after_done = facts_.done_at.has_value();
  facts_.chunks.push_back(chunk);
  if (counts) {
    facts_.audio += heard;
    facts_.audible = facts_.audible || runtime::audio::audible_mulaw(heard);
  }
  facts_.items[output].audio_bytes += mulaw.size();
  if (!out_of_band()) {
    parts_.assistant_audio = true;
    auto* kept = parts_.conversation.find(items_[output].id);
    if (kept != nullptr && items_[output].open) kept->audio_bytes += static_cast<std::int64_t>(mulaw.size());
  }
  if (facts_.first_audio_at) return;
  facts_.first_audio_at = now;
  if (parts_.observer != nullptr) parts_.observer->first_audio(parts_.facts, facts_);
}

}  // namespace simulators::openai
