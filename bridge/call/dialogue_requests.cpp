// How a call asks for responses: one at a time, again when something came between, and until it is in vain.
#include "bridge/call/dialogue.hpp"
#include "bridge/openai/refusal.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

namespace {
constexpr Duration kLongestHold = 3s;  // of a response, for a turn of the caller's that does not end
constexpr Duration kAskAgain = 2s;     // behind a response that the service has not announced; doubles
constexpr unsigned kMostDoublings = 5;
}  // namespace

// One at a time
// --------------------------------------------------------------------------------------------------

/// What waits already is answered by the same response: it sees all that was said.
void Dialogue::ask_for_response(bool retry, Purpose purpose, TimePoint now) {
  if (model_gone_ || ending_since_ || (pending_ && pending_->purpose == Purpose::farewell)) return;
  pending_ = PendingCreate{retry, purpose, now};
}

/// `response` once more, as the same turn: with the try that it was, and with what is left of its patience.
void Dialogue::ask_anew(const Response& response, TimePoint now) {
  ask_for_response(response.retry, response.purpose, now);
  if (pending_ && pending_->purpose == response.purpose) pending_->after_limit = response.after_limit;
}

bool Dialogue::one_is_under_way(TimePoint now) {
  return active() != nullptr || std::any_of(responses_.begin(), responses_.end(), [&](const Response& r) {
           return r.expected(settings_.response_start_timeout, now);
         });
}

/// One response at a time: a wanted one waits until no other is active or about to be, and while the caller
/// speaks.
void Dialogue::flush_create(TimePoint now) {
  if (!ready_ || !session_fault_.empty()) return;
  for (auto& response : responses_) {
    if (!response.waits() || !response.ask_again_at || now < *response.ask_again_at) continue;
    response.ask_again_at.reset();
    send_create(response);
  }
  if (!pending_ || now < pending_->not_before || one_is_under_way(now)) return;
  if (turn_.open(now) && now - pending_->asked < kLongestHold) return;
  const auto wanted = *std::exchange(pending_, std::nullopt);
  auto& response = add(true, wanted.retry, now);
  response.purpose = wanted.purpose;
  response.after_limit = wanted.after_limit;
  send_create(response);
}

void Dialogue::send_create(const Response& response) {
  const bool greeting = response.purpose == Purpose::greeting;
  std::string request;
  openai::write_response_create(request, event_id(), "r" + std::to_string(response.no),
                                greeting ? settings_.model.greeting_instructions : std::string());
  outbox_.push(std::move(request));
}

// It met another
// -------------------------------------------------------------------------------------------------

/// Its create came while another was active. It is not lost: it waits for that one's end. Of one that the
/// service has not announced the end may never be told, so the create is repeated; it is not due for longer.
void Dialogue::refused(Response& response, TimePoint now) {
  if (active() != nullptr) return take_back(response, now);
  response.ask_again_at = now + kAskAgain * (1U << std::min(response.refusals++, kMostDoublings));
}

/// Asked for anew once nothing else is under way, by whatever is asked for then; a goodbye by itself.
void Dialogue::take_back(Response& response, TimePoint now) {
  if (!pending_ || response.purpose == Purpose::farewell) ask_anew(response, now);
  response.refused = true;
  response.judged_kind = false;
  response.done_at = response.due_at;
}

void Dialogue::take_back_refused(TimePoint now) {
  for (auto& response : responses_) {
    if (response.waits_behind_another()) take_back(response, now);
  }
}

/// The response that was asked for with `tag`, and of which nothing has been heard.
Response* Dialogue::asked_as(const std::string& tag) {
  const auto asked = std::ranges::find_if(responses_, [&](const Response& r) {
    return !tag.empty() && r.ours && !r.created_at && tag == "r" + std::to_string(r.no);
  });
  return asked == responses_.end() ? nullptr : &*asked;
}

/// One that begins when its retry is waited for already is what the turn gets: the retry's create meets it.
Response& Dialogue::or_its_retry(Response& response) {
  const auto next = std::ranges::find_if(responses_, [&](const Response& r) { return r.no > response.no; });
  const bool retried = response.fired && next != responses_.end() && next->retry && next->waits();
  return retried ? *next : response;
}

// It failed
// ------------------------------------------------------------------------------------------------------

void Dialogue::retry_or_fall_back(const Response& response, TimePoint now) {
  if (!openai::worth_another_try({response.error_code})) return give_up_model(now);
  if (openai::is_rate_limit(response.error_code) || openai::told_wait(response.error_message)) {
    if (!asked_after_limit(response, now)) give_up_model(now);
  } else if (!response.retry) {
    ask_for_response(true, response.purpose, now);
    flush_create(now);
  } else {
    play(settings_.fallback, now);
  }
}

/// The service cancelled its answer before anything of it was audible, as it does when the caller speaks. If
/// he does not, nobody else asks for it again.
void Dialogue::ask_unless_caller_speaks(const Response& response, TimePoint now) {
  if (response.retry || response.audible || response.tool || !response.judged_kind) return;
  if (pending_ || turn_.open(now) || one_is_under_way(now)) return;
  ask_for_response(true, response.purpose, now);
  if (pending_) pending_->not_before = response.due_at + settings_.response_start_timeout;
}

/// A rate limit passes: it is waited for like a session that is refused, for as long as openai.retry says.
bool Dialogue::asked_after_limit(const Response& response, TimePoint now) {
  if (!response.after_limit) limits_.missing(now);
  const auto at = limits_.next(now, openai::told_wait(response.error_message));
  if (!at) return false;
  ask_for_response(true, response.purpose, now);
  if (!pending_ || pending_->purpose != response.purpose) return true;  // a goodbye comes first
  pending_->not_before = *at;
  pending_->after_limit = true;
  return true;
}

/// It cannot answer, now and for longer than anybody waits: after the fallback the call goes on as when
/// OpenAI is gone. A call that is ending already ends as it was to.
void Dialogue::give_up_model(TimePoint now) {
  if (tools_.leaving() || goodbye_asked_ || ending_since_) return play(settings_.fallback, now);
  log_.error("{}the model cannot answer, and is not asked any more: the call goes on as when OpenAI is gone",
             prefix_);
  end_politely(settings_.fallback, now);
  model_gone_ = true;
}

}  // namespace bridge::call
