#include "runtime/async/first_of.hpp"
#include "runtime/audio/synth.hpp"
#include "simulators/twilio/live_call.hpp"
#include "simulators/twilio/parameters.hpp"

#include <algorithm>
#include <exception>
#include <utility>

// The coroutines of a call: ringing, executing TwiML, ending.
namespace simulators::twilio {
namespace asio = boost::asio;
using runtime::audio::Clip;
namespace {

/// A document may send the call round in circles; Twilio's own limit is not published.
constexpr int kMaxDocuments = 1000;

/// The announcement of an application error, padded or cut to `length`.
Clip apology(Sounds& sounds, Duration length) {
  Clip announced = sounds.say("We're sorry, an application error has occurred. Goodbye.", "en-US").clip;
  const auto silence = runtime::audio::silence(std::chrono::duration_cast<runtime::Samples8k>(length));
  announced.mulaw.resize(std::min(announced.mulaw.size(), silence.mulaw.size()));
  announced.mulaw += silence.mulaw.substr(announced.mulaw.size());
  return announced;
}

}  // namespace

asio::awaitable<void> LiveCall::run() {
  std::exception_ptr bug;  // the call ends as others do, or it could never be forgotten
  try {
    parts_.observer.call_placed(facts_);
    for (const TwilioError& problem : origin_.problems) error(problem.code, problem.warning, problem.text);
    reports_.check(status_target_);
    co_await live();
  } catch (...) {
    bug = std::current_exception();
  }
  beats_ = {};
  hang_up(EndedBy::twilio);
  co_await end_streams();
  if (ears_) {
    ears_->advance(*facts_.ended_at);
    ears_->finish(facts_.ended_by == EndedBy::caller);
    facts_.measured = ears_->measured();
    caller_instruments_.show(facts_.measured, runtime::mulaw_length(facts_.heard.mulaw.size()));
  }
  facts_.verbs = flow_.verbs();
  finish_call_recording();
  set_status(facts_.answered_at ? "completed" : end_status_);
  ended_ = true;
  parts_.observer.call_ended(facts_);
  if (bug) std::rethrow_exception(bug);
}

asio::awaitable<void> LiveCall::end_streams() {
  stop_streams(StreamEnd::call_ended);
  co_await streams_.join();
}

asio::awaitable<void> LiveCall::live() {
  if (const bool went_on = co_await ring(); !went_on) co_return;
  Command command = EndCommand{};
  if (const bool wanted = co_await prepare(); wanted) command = co_await first_command();
  for (int documents = 0; documents < kMaxDocuments && !over_;) {
    if (replacement_) command = replace();
    facts_.verbs = flow_.verbs();
    findings(flow_.take_findings());
    if (std::holds_alternative<FetchCommand>(command)) ++documents;
    if (const auto* end = std::get_if<EndCommand>(&command)) {
      const bool unanswered = !facts_.answered_at && !unanswered_.empty() && !end->apology;
      end_status_ = unanswered ? unanswered_ : end->status;
      const bool refused = end_status_ != "completed" && !facts_.answered_at;
      if (!refused && !facts_.answered_at) answer();
      if (end->apology) {
        const Clip announced = apology(parts_.sounds, plan_.knobs.apology);
        (void)co_await play(announced, 1);
      }
      if (replacement_ && !over_) continue;
      if (refused) facts_.ended_by = EndedBy::not_answered;
      hang_up(refused                                  ? EndedBy::not_answered
              : facts_.errors.empty() || !end->apology ? EndedBy::bridge
                                                       : EndedBy::twilio,
              end_status_);
      co_return;
    }
    if (!facts_.answered_at && !rings_on(command)) answer();
    command = co_await carry_out(std::move(command));
  }
  if (over_) co_return;
  notice("the TwiML goes round in circles: the call has asked for " + std::to_string(kMaxDocuments) +
         " more documents, and ends here");
}

/// The first command of what takes the place of the document that ran.
Command LiveCall::replace() {
  Redirection to = *std::exchange(replacement_, std::nullopt);
  disturbed_ = std::make_unique<runtime::Event>(parts_.environment.executor);
  if (to.document.empty()) return FetchCommand{std::move(to.url), std::move(to.method), true, {}};
  document_.reset();
  Command command = flow_.run(read_twiml(to.document, plan_.knobs.twiml), "", "POST");
  facts_.documents.emplace_back(now(), std::move(to.document));
  return command;
}

/// Of a call that was not answered yet: whether it rings on while `command` is carried out.
bool LiveCall::rings_on(const Command& command) const {
  if (std::holds_alternative<PassCommand>(command)) return plan_.knobs.pause_delays_answer;
  if (std::holds_alternative<FailCommand>(command)) return true;  // the fallback may still reject the call
  const auto* dials = std::get_if<DialCommand>(&command);
  if (dials != nullptr) return dials->verb->answer_on_bridge;
  return !unanswered_.empty() && std::holds_alternative<FetchCommand>(command);
}

asio::awaitable<bool> LiveCall::ring() {
  const Knobs& knobs = plan_.knobs;
  if (plan_.direction == Direction::inbound) co_return co_await pass(knobs.caller_answers_after);
  if (const bool my_turn = co_await parts_.dialling.turn(*disturbed_); !my_turn) co_return false;
  facts_.dialled_at = now();
  if (const bool went_on = co_await pass(knobs.outbound_rings_after / 2); !went_on) co_return false;
  set_status("initiated");
  if (const bool went_on = co_await pass(knobs.outbound_rings_after / 2); !went_on) co_return false;
  set_status("ringing");
  const bool never = plan_.outcome == Outcome::no_answer;
  const auto patience = origin_.ring_timeout.value_or(knobs.outbound_ring_timeout) + knobs.ring_extension;
  const bool late = !never && knobs.outbound_answers_after > patience;
  const auto rings = never || late ? patience : knobs.outbound_answers_after;
  if (const bool went_on = co_await pass(rings); !went_on) co_return false;
  switch (late ? Outcome::no_answer : plan_.outcome) {
    case Outcome::answered:
      answer();
      co_return true;
    case Outcome::busy:
      hang_up(EndedBy::not_answered, "busy");
      break;
    case Outcome::no_answer:
      hang_up(EndedBy::not_answered, "no-answer");
      break;
    case Outcome::failed:
      hang_up(EndedBy::not_answered, "failed");
      break;
  }
  co_return false;
}

/// False: something happened meanwhile (hung up, redirected).
asio::awaitable<bool> LiveCall::pass(Duration length) {
  if (over_ || disturbed_->is_set()) co_return false;
  const TimePoint until = now() + length;
  const auto first =
      co_await runtime::first_of(parts_.environment.clock.sleep_until(until), disturbed_->wait());
  co_return first.index() == 0;
}

LiveCall::Next LiveCall::first_command() {
  if (!origin_.document.empty()) {
    Document document = read_twiml(origin_.document, plan_.knobs.twiml);
    co_return co_await execute("", "POST", std::move(document));
  }
  FetchCommand command{plan_.voice_url, plan_.voice_method, true, detection_parameters(facts_)};
  co_return co_await fetch(std::move(command), HttpExchange::Purpose::voice);
}

LiveCall::Next LiveCall::carry_out(Command command) {
  if (auto* fetches = std::get_if<FetchCommand>(&command)) {
    const auto purpose = fetches->redirect ? HttpExchange::Purpose::redirect : HttpExchange::Purpose::action;
    co_return co_await fetch(std::move(*fetches), purpose);
  }
  if (const auto* opens = std::get_if<OpenCommand>(&command)) co_return co_await open(*opens);
  if (const auto* sounds = std::get_if<SoundCommand>(&command)) co_return co_await sound(*sounds);
  if (const auto* gathers = std::get_if<GatherCommand>(&command)) co_return co_await gather(*gathers);
  if (const auto* records = std::get_if<RecordCommand>(&command)) co_return co_await record(*records);
  if (const auto* dials = std::get_if<DialCommand>(&command)) co_return co_await dial(*dials);
  if (auto* failed = std::get_if<FailCommand>(&command)) co_return co_await fail(std::move(*failed));
  if (const auto* stops = std::get_if<StopCommand>(&command)) stop_named(stops->name);
  if (const auto* passes = std::get_if<PassCommand>(&command)) {
    if (const bool went_on = co_await pass(passes->length); !went_on)
      co_return command;  // disturbed: what comes next is decided by the caller
    if (over_ || replacement_) co_return command;
  }
  co_return flow_.next();
}

LiveCall::Next LiveCall::fetch(FetchCommand command, HttpExchange::Purpose purpose) {
  const std::string ask_method = command.method;
  Ask ask;
  ask.purpose = purpose;
  ask.method = command.method;
  ask.url = command.url;
  ask.form = call_parameters(facts_, facts_.status());
  for (auto& field : command.extra) ask.form.push_back(std::move(field));
  std::sort(ask.form.begin(), ask.form.end());
  auto first = co_await runtime::first_of(web_.send(std::move(ask)), disturbed_->wait());
  // The answer may have won, and the call have been sent elsewhere before it got here.
  if (first.index() == 1 || over_ || replacement_) co_return EndCommand{"completed", false};
  WebClient::Answer answer = std::get<0>(std::move(first));
  Document document;
  document_ = answer.exchange;
  in_fallback_ = purpose == HttpExchange::Purpose::fallback;
  if (answer.code != 0) {
    document.fatal = true;
    document.findings.push_back({answer.code, false, ask_method + " " + command.url + ": " + answer.error});
  } else {
    document =
        read_answer({answer.status, answer.content_type, answer.chunked}, answer.body, plan_.knobs.twiml);
    facts_.documents.emplace_back(now(), answer.body);
  }
  co_return co_await execute(answer.url, command.method, std::move(document));
}

/// The fallback url has a say in every error but its own.
LiveCall::Next LiveCall::fail(FailCommand failure) {
  if (plan_.fallback_url.empty() || in_fallback_) co_return EndCommand{"completed", true};
  FetchCommand command{plan_.fallback_url, plan_.fallback_method, true, {}};
  command.extra.emplace_back("ErrorCode", std::to_string(failure.code));
  command.extra.emplace_back("ErrorUrl", failure.url);
  co_return co_await fetch(std::move(command), HttpExchange::Purpose::fallback);
}

LiveCall::Next LiveCall::execute(std::string url, std::string method, Document document) {
  Command command = flow_.run(std::move(document), std::move(url), std::move(method));
  findings(flow_.take_findings());
  co_return command;
}

}  // namespace simulators::twilio
