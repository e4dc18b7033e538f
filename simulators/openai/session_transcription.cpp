#include "simulators/openai/errors.hpp"
#include "simulators/openai/mouth.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>
#include <utility>

// What the caller said, in words, where the session asks for it (openai-realtime.md, 5.2).
namespace simulators::openai {
namespace {

constexpr std::string_view kEvent = "conversation.item.input_audio_transcription.";

bool whispers(std::string_view model) {
  return model == "whisper-1";
}

/// By model: tokens or seconds.
Json usage_of(std::string_view model, std::int64_t audio_ms, const std::string& text) {
  if (!model.starts_with("gpt-4o")) return {{"type", "duration"}, {"seconds", (audio_ms + 999) / 1000}};
  const std::int64_t heard = audio_ms / 100;
  const auto written = text.empty() ? 0 : static_cast<std::int64_t>(text.size() / 4 + 1);
  return {{"type", "tokens"},
          {"total_tokens", heard + written},
          {"input_tokens", heard},
          {"input_token_details", {{"text_tokens", 0}, {"audio_tokens", heard}}},
          {"output_tokens", written}};
}

Json logprob(std::string_view token) {
  Json bytes = Json::array();
  for (const char c : token) bytes.push_back(static_cast<unsigned char>(c));
  return {{"token", token}, {"logprob", -0.01}, {"bytes", std::move(bytes)}};
}

/// whisper-1 ends its text with a newline, the others do not.
std::string as_written_by(std::string_view model, std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  if (whispers(model) && !text.empty()) text.push_back('\n');
  return text;
}

}  // namespace

void Session::transcribe(const std::string& item, std::int64_t audio_ms, const std::string& said,
                         TimePoint now) {
  if (config_.transcription_model().empty()) return;
  const InputTranscription& settings = behaviour_.transcription;
  to_write_[item] = {audio_ms, said, settings.outcome, now, 1};
  if (settings.before_commit) return deliver_transcription(item, 1);
  at(now + settings.after_commit, [this, item](TimePoint) { deliver_transcription(item, 1); });
}

/// Comes too late for what was delivered already.
void Session::transcribe_as(const Transcribed& wanted, TimePoint now) {
  const auto found = to_write_.find(last_turn_);
  if (found == to_write_.end()) return;
  ToWrite& turn = found->second;
  turn.outcome = wanted.outcome;
  if (!wanted.text.empty()) turn.said = wanted.text;
  if (!wanted.after) return;
  const std::size_t attempt = ++turn.attempt;
  at(std::max(now, turn.committed_at + *wanted.after),
     [this, item = last_turn_, attempt](TimePoint) { deliver_transcription(item, attempt); });
}

void Session::deliver_transcription(const std::string& item, std::size_t attempt) {
  const auto found = to_write_.find(item);
  if (found == to_write_.end() || found->second.attempt != attempt) return;
  const ToWrite turn = std::move(found->second);
  to_write_.erase(found);
  const auto& deployments = behaviour_.transcription.deployments;
  const bool deployed = parts_.dialect == Dialect::ga || !deployments ||
                        std::find(deployments->begin(), deployments->end(), config_.transcription_model()) !=
                            deployments->end();
  if (!deployed) return fail_transcription(item, errors::deployment_not_found(item));
  switch (turn.outcome) {
    case Transcribed::Outcome::completed:
      return send_transcription(item, turn.audio_ms, turn.said);
    case Transcribed::Outcome::failed:
      return fail_transcription(item, errors::transcription_failed(item));
    case Transcribed::Outcome::absent:
      return;
  }
}

void Session::transcribe_early(const std::string& item, TimePoint now) {
  constexpr auto kAfterSpeechStarted = std::chrono::milliseconds(200);
  const bool wanted = behaviour_.transcription.outcome == InputTranscription::Outcome::completed;
  if (!wanted || config_.transcription_model() != "gpt-realtime-whisper") return;
  at(now + kAfterSpeechStarted, [this, item](TimePoint) {
    const auto words = split_words(behaviour_.transcription.text);
    if (turn_ == nullptr || turn_->item != item || words.size() < 2) return;
    early_item_ = item;
    outlet_.send(transcription_delta(item, words.front()));
  });
}

Json Session::transcription_event(std::string_view what, const std::string& item) {
  Json made = outlet_.event(std::string(kEvent) + std::string(what));
  made["item_id"] = item;
  made["content_index"] = 0;
  return made;
}

Json Session::transcription_delta(const std::string& item, std::string_view piece) {
  Json delta = transcription_event("delta", item);
  delta["delta"] = piece;
  if (config_.wants_logprobs()) delta["logprobs"] = Json::array({logprob(piece)});
  delta["obfuscation"] = outlet_.ids().obfuscation(piece);
  return delta;
}

void Session::fail_transcription(const std::string& item, const ErrorBody& error) {
  Json failed = transcription_event("failed", item);
  failed["error"] = {
      {"type", error.type}, {"code", error.code}, {"message", error.message}, {"param", nullptr}};
  outlet_.send(failed);
}

void Session::send_transcription(const std::string& item, std::int64_t audio_ms, const std::string& said) {
  const std::string model = config_.transcription_model();
  const std::string text = as_written_by(model, said);
  Json logprobs = Json::array();
  std::vector<std::string_view> pieces = split_words(text);
  if (whispers(model) && !text.empty()) pieces = {text};  // one delta with the whole text
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    logprobs.push_back(logprob(pieces[i]));
    const bool said_before = i == 0 && early_item_ == item;
    if (!said_before) outlet_.send(transcription_delta(item, pieces[i]));
  }
  if (model == "gpt-4o-transcribe-diarize" && !text.empty()) {
    Json segment = transcription_event("segment", item);
    segment["id"] = outlet_.ids().make("seg_");
    segment["text"] = text;
    segment["speaker"] = "spk_1";
    segment["start"] = 0.0;
    segment["end"] = static_cast<double>(audio_ms) / 1000;
    outlet_.send(segment);
  }
  Json completed = transcription_event("completed", item);
  completed["transcript"] = text;
  if (config_.wants_logprobs()) completed["logprobs"] = std::move(logprobs);
  completed["usage"] = usage_of(model, audio_ms, text);
  outlet_.send(completed);
  if (auto* kept = conversation_.find(item)) kept->body["content"][0]["transcript"] = text;
}

}  // namespace simulators::openai
