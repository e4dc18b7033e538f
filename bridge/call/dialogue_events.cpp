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
  Response* response = asked_as(event.create_tag);
  if (response != nullptr) {
    response = &or_its_retry(*response);
    response->begins(event.response, now);
  } else {
    response = &of(event.response, now);
  }
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
  if (event.kind == openai::ItemKind::tool_call) response->tool = true;
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
  if (response->audible) {
    owes_answer_ = false;
    owed_since_.reset();
  }
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
  if (response == nullptr) return;
  if (!event.rest.empty() && response->cut_short == CutShort::no && !response->done_at) {
    const Part part{response->no, event.item, event.content_index, Source::model};
    (void)speaker_.push(part, event.rest, now);
  }
  speaker_.end_part(response->no);
}

void Dialogue::on(const openai::ResponseGoesOn& event, TimePoint now) {
  if (auto* response = find(event.response)) response->last_event_at = now;
}

void Dialogue::on(const openai::TranscriptDelta& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response != nullptr && !response->transcript_at) response->transcript_at = now;
}

void Dialogue::on(const openai::TextDelta& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response != nullptr) response->text = true;
}

/// The first that is heard of a response is its end. True: that is all there is to it.
bool Dialogue::over_unannounced(const openai::ResponseDone& event, TimePoint now) {
  const auto behind = std::ranges::find_if(responses_, &Response::waits_behind_another);
  const bool cancelled = event.status == ResponseStatus::cancelled;
  const bool was_due =
      !remembered_as_cancelled(event.response) &&
      std::ranges::any_of(responses_, [](const Response& r) { return r.waits() && !r.ours; });
  if (was_due || (behind == responses_.end() && !cancelled)) return false;
  remember_cancelled(event.response);  // its audio may still come
  if (behind != responses_.end()) behind->ask_again_at = now;
  flush_create(now);
  return true;
}

void Dialogue::on(const openai::ResponseDone& event, TimePoint now) {
  if (!event.error_code.empty()) {
    count_.count_openai_failure(event.error_code);
    log_.warn("{}response={} failed: code={} message=\"{}\"", prefix_, event.response.value(),
              event.error_code, event.error_message);
  }
  if (find(event.response) == nullptr) {
    auto* asked = asked_as(event.create_tag);
    if (asked != nullptr && asked->waits()) {
      asked->begins(event.response, now);
    } else if (over_unannounced(event, now)) {
      return;
    }
  }
  auto& response = of(event.response, now);
  const ResponseNo no = response.no;
  response.done_at = response.last_event_at = now;
  response.status = event.status;
  response.error_code = event.error_code;
  response.error_message = event.error_message;
  response.status_reason = event.reason;
  response.tool = response.tool || event.has_tool_call;
  response.message = response.message || event.has_message_item;
  if (event.out_of_band) response.judged_kind = false;
  if (event.status == ResponseStatus::cancelled && response.cut_short == CutShort::no) {
    cut_short(response, CutShort::server, now);
    ask_unless_caller_speaks(response, now);
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
  texts_.refused(event.event_id);
  if (event.code != "conversation_already_has_active_response") return;
  for (auto& response : responses_) {
    if (response.ours && response.waits()) refused(response, now);
  }
}

}  // namespace bridge::call
