#include "simulators/twilio/live_call.hpp"
#include "simulators/twilio/parameters.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <utility>

// The coroutines of a call: ringing, executing TwiML, ending.
namespace simulators::twilio {
namespace asio = boost::asio;
using namespace boost::asio::experimental::awaitable_operators;
namespace {

/// Name and value of a `<Parameter>` together stay under this.
constexpr std::size_t kParameterLimit = 500;
/// A document may send the call round in circles; Twilio's own limit is not published.
constexpr int kMaxDocuments = 1000;

}  // namespace

asio::awaitable<void> LiveCall::run() {
  parts_.observer.call_placed(facts_);
  for (const TwilioError& problem : origin_.problems) error(problem.code, problem.warning, problem.text);
  co_await live();
  beats_ = {};
  hang_up(EndedBy::twilio);
  co_await end_streams();
  if (ears_) {
    ears_->advance(*facts_.ended_at);
    facts_.measured = ears_->measured();
    caller_instruments_.show(facts_.measured, runtime::mulaw_length(facts_.heard.mulaw.size()));
  }
  facts_.verbs = flow_.verbs();
  set_status(facts_.answered_at ? "completed" : end_status_);
  ended_ = true;
  parts_.observer.call_ended(facts_);
}

asio::awaitable<void> LiveCall::end_streams() {
  stop_streams("", StreamEnd::call_ended);
  co_await streams_.join();
}

asio::awaitable<void> LiveCall::live() {
  if (const bool went_on = co_await ring(); !went_on) co_return;
  Command command = EndCommand{};
  if (const bool wanted = co_await prepare(); wanted) command = co_await first_command();
  for (int documents = 0; documents < kMaxDocuments && !over_;) {
    if (replacement_) {
      command = *std::exchange(replacement_, std::nullopt);
      disturbed_ = std::make_unique<runtime::Event>(parts_.environment.executor);
      co_await streams_.join();
    }
    facts_.verbs = flow_.verbs();
    findings(flow_.take_findings());
    if (std::holds_alternative<FetchCommand>(command)) ++documents;
    if (const auto* end = std::get_if<EndCommand>(&command)) {
      end_status_ = end->status;
      const bool refused = end->status != "completed" && !facts_.answered_at;
      if (!refused && !facts_.answered_at) answer();
      if (end->apology) (void)co_await pass(plan_.knobs.apology);
      if (replacement_ && !over_) continue;
      if (refused) facts_.ended_by = EndedBy::not_answered;
      hang_up(refused                                  ? EndedBy::not_answered
              : facts_.errors.empty() || !end->apology ? EndedBy::bridge
                                                       : EndedBy::twilio,
              end_status_);
      co_return;
    }
    if (!facts_.answered_at) answer();
    command = co_await carry_out(std::move(command));
  }
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
  const auto first = co_await (parts_.environment.clock.sleep_until(until) || disturbed_->wait());
  co_return first.index() == 0;
}

LiveCall::Next LiveCall::first_command() {
  if (!origin_.document.empty()) {
    Document document = read_twiml(origin_.document);
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
  if (const auto* records = std::get_if<RecordCommand>(&command)) co_return co_await record(*records);
  if (const auto* stops = std::get_if<StopCommand>(&command)) stop_streams(stops->name, StreamEnd::stopped);
  if (const auto* passes = std::get_if<PassCommand>(&command)) {
    if (const bool went_on = co_await pass(passes->length); !went_on)
      co_return command;  // disturbed: what comes next is decided by the caller
  }
  co_return flow_.next();
}

LiveCall::Next LiveCall::fetch(FetchCommand command, HttpExchange::Purpose purpose) {
  Ask ask;
  ask.purpose = purpose;
  ask.method = command.method;
  ask.url = command.url;
  ask.form = call_parameters(facts_, facts_.status());
  for (auto& field : command.extra) ask.form.push_back(std::move(field));
  std::sort(ask.form.begin(), ask.form.end());
  auto first = co_await (web_.send(std::move(ask)) || disturbed_->wait());
  if (first.index() == 1) co_return EndCommand{"completed", false};
  WebClient::Answer answer = std::get<0>(std::move(first));
  Document document;
  if (answer.code != 0) {
    document.fatal = true;
    document.findings.push_back({answer.code, false, ask.method + " " + command.url + ": " + answer.error});
  } else {
    document = read_answer(answer.status, answer.content_type, answer.body);
    facts_.documents.emplace_back(now(), answer.body);
  }
  co_return co_await execute(answer.url, command.method, std::move(document));
}

LiveCall::Next LiveCall::execute(std::string url, std::string method, Document document) {
  Command command = flow_.run(std::move(document), std::move(url), std::move(method));
  findings(flow_.take_findings());
  co_return command;
}

bool LiveCall::admit_parameters(StreamNoun& noun) {
  using Policy = Knobs::LongParameter;
  for (auto it = noun.parameters.begin(); it != noun.parameters.end();) {
    const auto total = it->first.size() + it->second.size();
    if (total < kParameterLimit) {
      ++it;
      continue;
    }
    if (plan_.knobs.long_parameter == Policy::fail) return false;
    if (plan_.knobs.long_parameter == Policy::drop || it->first.size() >= kParameterLimit) {
      it = noun.parameters.erase(it);
    } else {
      it->second.resize(kParameterLimit - 1 - it->first.size());
      ++it;
    }
  }
  return true;
}

StreamLeg* LiveCall::add_stream(StreamNoun noun, StreamVerb verb) {
  StreamFacts& facts = *facts_.streams.emplace_back(std::make_unique<StreamFacts>());
  facts.sid = "MZ" + parts_.environment.random.hex(32);
  facts.verb = verb == StreamVerb::connect ? "Connect" : "Start";
  facts.track = noun.track.value_or("");
  facts.name = noun.name;
  if (const auto base = runtime::net::parse_url(facts_.http.empty() ? "" : facts_.http.back().url);
      base && !noun.url.empty()) {
    if (!runtime::net::parse_url(noun.url)) {
      if (auto resolved = runtime::net::resolve_url(*base, noun.url)) {
        resolved->scheme = resolved->secure() ? "wss" : "ws";
        noun.url = resolved->text();
      }
    }
  }
  facts.url = noun.url;
  StreamRuling ruling = rule_stream(plan_.rules, verb, noun, plan_.knobs);
  if (ruling.refused == 0 && !admit_parameters(noun)) {
    ruling.refused = 31900;
    ruling.text = "a <Parameter> of 500 characters or more";
  }
  facts.parameters = noun.parameters;
  facts.swallowed = ruling.swallowed;
  if (ruling.refused != 0) {
    error(ruling.refused, false, ruling.text);
    facts.ended_at = now();
    stream_callback(facts, noun, "stream-error");
    return nullptr;
  }
  const bool connect = verb == StreamVerb::connect;
  StreamIdentity identity{facts_.account_sid, facts_.sid, facts.sid, {"inbound"}, noun.parameters};
  if (!connect && facts.track == "outbound_track") identity.tracks = {"outbound"};
  if (!connect && facts.track == "both_tracks") identity.tracks = {"inbound", "outbound"};
  auto known = std::make_unique<Leg>();
  known->noun = noun;
  const StreamLeg::Parts parts{parts_.environment, plan_, parts_.account, parts_.instruments, *this};
  known->leg = std::make_unique<StreamLeg>(parts, std::move(identity), verb, std::move(ruling), facts);
  return legs_.emplace_back(std::move(known))->leg.get();
}

LiveCall::Next LiveCall::open(OpenCommand command) {
  const bool connect = command.verb == StreamVerb::connect;
  StreamLeg* leg = add_stream(*command.noun, command.verb);
  if (leg == nullptr) co_return connect ? flow_.stream_over() : flow_.next();
  if (!connect) {
    streams_.spawn(leg->run());
    co_return flow_.next();
  }
  co_await leg->run();
  co_return over_ || replacement_ ? Command(EndCommand{}) : flow_.stream_over();
}

LiveCall::Next LiveCall::record(RecordCommand command) {
  static constexpr Duration kBeep = 1s;
  const RecordVerb verb = *command.verb;
  if (verb.beep) {
    const bool passed = co_await pass(kBeep);
    if (!passed) co_return EndCommand{};
  }
  begin_script();
  recorder_.emplace(verb, now());
  (void)co_await disturbed_->wait();
  recorder_.reset();
  if (over_ || replacement_ || !recording_) co_return EndCommand{};
  disturbed_ = std::make_unique<runtime::Event>(parts_.environment.executor);
  const Recording recording = *std::exchange(recording_, std::nullopt);
  co_return flow_.record_over(recording);
}

void LiveCall::send_callback(Ask ask) {
  ++callbacks_waiting_;
  parts_.callbacks.spawn(callback(std::move(ask)));
}

asio::awaitable<void> LiveCall::callback(Ask ask) {
  const auto answer = co_await web_.send(std::move(ask));
  if (answer.code != 0 || answer.status < 200 || answer.status > 299) {
    error(15003, true,
          "callback " + answer.url + ": " +
              (answer.code != 0 ? answer.error : "answered " + std::to_string(answer.status)));
  }
  --callbacks_waiting_;
}

}  // namespace simulators::twilio
