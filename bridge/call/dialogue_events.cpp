// What a call does at each event of the model.
#include "bridge/call/dialogue.hpp"
#include "runtime/audio/level.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace bridge::call {
using openai::ResponseStatus;
using runtime::Duration;
using runtime::TimePoint;

void Dialogue::handle(const openai::Event& event, Duration uncertainty, TimePoint now) {
  std::visit(
      [&](const auto& e) {
        using E = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<E, openai::SpeechStarted>) {
          on(e, uncertainty, now);
        } else if constexpr (requires { this->on(e, now); }) {
          on(e, now);
        }
      },
      event);
}

void Dialogue::on(const openai::ResponseCreated& event, TimePoint now) {
  Response* response = nullptr;
  for (auto& r : responses_) {
    if (!event.create_tag.empty() && r.ours && !r.created_at &&
        event.create_tag == "r" + std::to_string(r.no)) {
      response = &r;
      response->id = event.response;
      response->created_at = now;
    }
  }
  if (response == nullptr) response = &of(event.response, now);
  response->last_event_at = now;
  if (event.out_of_band || !event.audio) response->judged_kind = false;
  if (response->cut_short == CutShort::no && !response->fired) return;
  // Given up before it began (the caller spoke, or it came too late): its audio would meet the next one's.
  if (response->cut_short == CutShort::no) response->cut_short = CutShort::watchdog;
  response->done_at.reset();
  remember_cancelled(response->id);
  send_cancel(*response, now);
}

void Dialogue::on(const openai::OutputItemAdded& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response == nullptr) return;
  if (event.kind == openai::ItemKind::function_call) response->tool = true;
  if (event.kind == openai::ItemKind::message) response->message = true;
}

void Dialogue::drop_late(const openai::AudioDelta& event) {
  const auto samples = static_cast<double>(event.audio.size());
  count_.late_deltas.add();
  count_.model_samples.add(samples);
  count_.dropped_to_caller[static_cast<std::size_t>(CallerDrop::late_delta)].add(samples);
}

void Dialogue::on(const openai::AudioDelta& event, TimePoint now) {
  count_.deltas_received.add();
  count_.delta_bytes_received.add(static_cast<double>(event.audio.size()));
  markers_.delta_received(event.audio.size(), event.response.value());
  auto* response = touch(event.response, now);
  if (response == nullptr || response->cut_short != CutShort::no || response->done_at) {
    drop_late(event);
    return;
  }
  if (!event.decodable) {
    ++response->undecodable;
    return;
  }
  if (event.audio.empty()) return;
  if (!response->first_audio_at) {
    response->first_audio_at = now;
    count_.response_latency.observe(runtime::seconds(now - response->due_at));
  }
  if (!response->audible) response->audible = runtime::audio::audible_mulaw(event.audio);
  const Part part{response->no, event.item, event.content_index, Source::model};
  if (!speaker_.push(part, event.audio, now)) {
    log_.warn("{}response={} is longer than the {} s that are queued: cancelled", prefix_,
              event.response.value(), runtime::seconds(settings_.max_response));
    speaker_.end_response(response->no);
    cut_short(*response, CutShort::too_long, now);
  }
}

void Dialogue::on(const openai::AudioDone& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response != nullptr) speaker_.end_part(response->no);
}

void Dialogue::on(const openai::TranscriptDelta& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response != nullptr && !response->transcript_at) response->transcript_at = now;
}

void Dialogue::on(const openai::TextDelta& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response != nullptr) response->text = true;
}

void Dialogue::on(const openai::ResponseDone& event, TimePoint now) {
  if (!event.error_code.empty()) {
    count_.count_openai_failure(event.error_code);
    log_.warn("{}response={} failed: code={} message=\"{}\"", prefix_, event.response.value(),
              event.error_code, event.error_message);
  }
  const bool unknown = find(event.response) == nullptr;
  if (unknown && event.status == ResponseStatus::cancelled) {
    // The first that is heard of it is its end: remember the id, its audio may still come.
    remember_cancelled(event.response);
    flush_create(now);
    return;
  }
  auto& response = of(event.response, now);
  const ResponseNo no = response.no;
  response.done_at = response.last_event_at = now;
  response.status = event.status;
  response.error_code = event.error_code;
  response.error_message = event.error_message;
  response.status_reason = event.reason;
  response.tool = response.tool || event.has_function_call;
  response.message = response.message || event.has_message_item;
  if (event.out_of_band) response.judged_kind = false;
  if (event.status == ResponseStatus::cancelled && response.cut_short == CutShort::no) {
    cut_short(response, CutShort::server, now);
  }
  speaker_.end_response(response.no);
  const bool tool_only = response.tool && !response.message && !response.first_audio_at;
  if (tool_only) response.judged_kind = false;
  // Audio that never rose above the noise floor counts as none.
  const bool without_audio =
      response.judged_kind && !response.audible && response.cut_short == CutShort::no && !response.fired;
  if (without_audio) {
    fire(response, Stage::done, now);
  } else {
    settle(response);
  }
  tools_.response_over(no);
  settle_tools(now);
  flush_create(now);
}

void Dialogue::on(const openai::ApiError& event, TimePoint now) {
  if (event.code == "response_cancel_not_active") return;  // our cancel and its end crossed
  count_.count_openai_failure(event.code);
  log_.warn("{}OpenAI says: type={} code={} param={} event_id={} message=\"{}\"", prefix_, event.type,
            event.code, event.param, event.event_id, event.message);
  if (event.code != "conversation_already_has_active_response") return;
  // Ours came while another was active: it is not lost, it waits for that one's end.
  for (auto& response : responses_) {
    if (response.ours && !response.created_at && !response.done_at) {
      ask_for_response(response.retry, response.purpose, now);
      response.refused = true;
      response.judged_kind = false;
      response.done_at = response.due_at;
    }
  }
}

}  // namespace bridge::call
