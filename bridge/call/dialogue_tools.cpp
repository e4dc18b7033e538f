// What a call does about the model's function calls: answers, follow-ups, keys, and leaving.
#include "bridge/call/dialogue.hpp"
#include "runtime/audio/synth.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

namespace bridge::call {
using runtime::Samples8k;
using runtime::TimePoint;

namespace {
constexpr Samples8k kKeyOn{960}, kKeyGap{640}, kWait{4000};

/// `digits` as the other side hears them.
runtime::audio::Clip tones(std::string_view digits) {
  runtime::audio::Clip clip;
  for (const char key : digits) {
    const bool waits = key == 'w' || key == 'W';
    clip.mulaw += waits ? runtime::audio::silence(kWait).mulaw
                        : runtime::audio::dtmf(std::string_view(&key, 1), kKeyOn, kKeyGap).mulaw;
  }
  return clip;
}
}  // namespace

void Dialogue::on(const openai::FunctionCall& event, TimePoint now) {
  auto* response = touch(event.response, now);
  if (response == nullptr || response->cut_short != CutShort::no) return;
  response->tool = true;
  if (owed_since_ && response->due_at >= *owed_since_) owed_since_.reset();  // it goes on, by a function
  tools_.called(event, response->no, now);
  settle_tools(now);
}

/// What is owed to the model goes out; a response that it is owed waits for its turn like any other.
void Dialogue::settle_tools(TimePoint now) {
  while (auto keys = tools_.take_keys()) {
    // Tones in the stream: Twilio has no message for keys, and a <Play digits> would end the stream and the
    // session with it.
    const Part clip{next_++, {}, 0, Source::clip};
    speaker_.push(clip, tones(keys->digits).mulaw, now);
    speaker_.end_response(clip.response);
    keys_sounding_.emplace_back(keys->no, clip.response);
  }
  if (!ready_) return;
  while (auto answer = tools_.next_answer(now)) {
    std::string request;
    openai::write_function_output(request, event_id(), answer->call_id, answer->output);
    outbox_.push(std::move(request));
  }
  // While the caller speaks it waits: his turn is answered with all that was told before it.
  if (turn_.believable(now) || !tools_.take_follow_up()) return;
  ask_for_response(false, Purpose::turn, now);
  flush_create(now);
}

void Dialogue::on(const openai::ItemAdded& event, TimePoint) {
  if (event.kind == openai::ItemAdded::Kind::function_output) tools_.arrived(event.call_id);
  texts_.arrived(event.item);  // whatever it says of it: the name is ours
}

/// A response that called functions ends with the last of them. Where the service does not say so, nobody
/// would ask for the word after them.
void Dialogue::end_untold(TimePoint now) {
  if (tools_.busy() && !tools_.leaving()) return;
  for (auto& response : responses_) {
    const bool calls = response.active() && response.judged_kind && tools_.called_by(response.no);
    if (!calls || response.message || now - *response.last_event_at < settings_.response_start_timeout)
      continue;
    count_.watchdog[static_cast<std::size_t>(Stage::stall)].add();
    log_.warn("{}response={} watchdog=stall after {:.3f} s: it has called functions, and its end is not told",
              prefix_, response.id.value(), runtime::seconds(now - response.due_at));
    response.judged_kind = false;
    cut_short(response, CutShort::watchdog, now);
    tools_.response_over(response.no);
  }
}

void Dialogue::watch_tools(TimePoint now) {
  tools_.tick(now);
  end_untold(now);
  std::erase_if(keys_sounding_, [&](const auto& entry) {
    const auto& spoken = speaker_.spoken(entry.second);
    if (spoken.interrupted) {
      tools_.finished(entry.first,
                      tool_error(ToolOutcome::interrupted,
                                 "the other side spoke while the keys were being pressed; press them again"),
                      now);
    } else if (spoken.last_mark_back) {
      tools_.finished(entry.first, tool_done(), now);
    }
    return !tools_.awaits(entry.first);
  });
  if (const auto since = tools_.leaving_since(); since && last_word_over(*since, now))
    tools_.last_word_played(now);
  settle_tools(now);
}

}  // namespace bridge::call
