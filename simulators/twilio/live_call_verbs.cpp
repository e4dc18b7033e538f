#include "runtime/async/first_of.hpp"
#include "simulators/twilio/live_call.hpp"
#include "simulators/twilio/parameters.hpp"
#include "simulators/twilio/user_info.hpp"

#include <utility>

// The verbs that the caller hears or answers: Say, Play, Gather, Record, Dial.
namespace simulators::twilio {
namespace asio = boost::asio;
using runtime::audio::Clip;

void LiveCall::calm() {
  if (!over_ && !replacement_ && disturbed_->is_set())
    disturbed_ = std::make_unique<runtime::Event>(parts_.environment.executor);
}

/// Nothing of what is queued for the caller is heard.
void LiveCall::hush() {
  (void)line_out_.advance(now());
  (void)line_out_.clear();
}

// ---- Say and Play ---------------------------------------------------------------------------------------

/// False: something happened meanwhile, and the rest is not heard.
asio::awaitable<bool> LiveCall::play(const Clip& clip, unsigned loop) {
  if (clip.mulaw.empty()) co_return true;
  for (unsigned round = 0; loop == 0 || round < loop; ++round) {
    if (over_ || disturbed_->is_set()) co_return false;
    (void)line_out_.advance(now());
    (void)line_out_.push(now(), clip.mulaw);
    if (const bool went_on = co_await pass(clip.length()); !went_on) {
      hush();
      co_return false;
    }
  }
  (void)line_out_.advance(now());
  co_return true;
}

/// Empty: what runs came with a REST request.
std::string LiveCall::document_url() const {
  if (!document_) return {};
  const std::string& url = facts_.http[*document_].url;
  return url.substr(0, url.find('#'));
}

/// Where `reference` points, seen from the document.
std::string LiveCall::media_url(const std::string& reference) const {
  if (!document_) return reference;
  return resolve_web_url(document_url(), reference).value_or(reference);
}

asio::awaitable<std::optional<Clip>> LiveCall::render(Prompt prompt) {
  if (const auto* say = std::get_if<SayVerb>(&prompt)) {
    const Sounds::Spoken& spoken = parts_.sounds.say(say->text, say->language);
    if (!spoken.remark.empty()) notice(spoken.remark);
    co_return spoken.clip;
  }
  const auto& verb = std::get<PlayVerb>(prompt);
  if (!verb.digits.empty()) co_return Sounds::keys(verb.digits);
  WebClient::Answer answer;
  if (verb.file.empty()) {
    Ask ask{HttpExchange::Purpose::media, "GET", media_url(verb.url), {}};
    auto first = co_await runtime::first_of(web_.send(std::move(ask)), disturbed_->wait());
    if (first.index() == 1) co_return std::nullopt;
    answer = std::get<0>(std::move(first));
  } else {
    answer.status = 200;
    answer.content_type = "audio/any";
    answer.body = verb.file;
    answer.url = document_url();
    answer.exchange = document_.value_or(0);
  }
  if (answer.code != 0) {
    reports_.error(answer.code, false, "<Play> " + verb.url + ": " + answer.error, answer.exchange);
    co_return std::nullopt;
  }
  auto played = Sounds::file(answer.url, answer.status, answer.content_type, answer.body);
  if (auto* clip = std::get_if<Clip>(&played)) co_return std::move(*clip);
  const auto& finding = std::get<Finding>(played);
  reports_.error(finding.code, finding.warning, finding.text, answer.exchange);
  co_return std::nullopt;
}

LiveCall::Next LiveCall::sound(SoundCommand command) {
  const Prompt prompt = *command.prompt;
  auto rendering = render(prompt);
  const std::optional<Clip> clip = co_await std::move(rendering);
  if (over_ || replacement_) co_return EndCommand{};
  if (!clip) {
    const auto& failure = facts_.errors.back();
    if (plan_.knobs.unplayable == Knobs::Unplayable::skip) co_return flow_.next();
    co_return FailCommand{failure.code, media_url(std::get<PlayVerb>(prompt).url)};
  }
  const auto* say = std::get_if<SayVerb>(&prompt);
  const unsigned loop = say != nullptr ? say->loop : std::get<PlayVerb>(prompt).loop;
  const bool whole = co_await play(*clip, loop);
  if (!whole || over_ || replacement_) co_return EndCommand{};
  co_return flow_.next();
}

/// One prompt of a `<Gather>`; one that cannot be had is left out. False: interrupted.
asio::awaitable<bool> LiveCall::play(Prompt prompt) {
  if (const auto* pause = std::get_if<PauseVerb>(&prompt)) co_return co_await pass(pause->length);
  const auto* say = std::get_if<SayVerb>(&prompt);
  const unsigned loop = say != nullptr ? say->loop : std::get<PlayVerb>(prompt).loop;
  auto rendering = render(std::move(prompt));
  const std::optional<Clip> clip = co_await std::move(rendering);
  if (!clip) co_return !disturbed_->is_set();
  co_return co_await play(*clip, loop);
}

// ---- Gather ---------------------------------------------------------------------------------------------

LiveCall::Next LiveCall::gather(GatherCommand command) {
  const GatherVerb verb = *command.verb;
  begin_script();
  gatherer_.emplace(verb);
  for (const Prompt& prompt : verb.prompts) {
    if (gatherer_->interrupted() || over_ || replacement_) break;
    (void)co_await play(prompt);
    calm();
  }
  if (!gatherer_->interrupted()) gatherer_->listen(now());
  while (!gatherer_->outcome() && !over_ && !replacement_) {
    (void)co_await disturbed_->wait();
    calm();
  }
  const auto gathered = gatherer_->outcome();
  gatherer_.reset();
  if (over_ || replacement_ || !gathered) co_return EndCommand{};
  co_return flow_.gather_over(*gathered);
}

// ---- Record ---------------------------------------------------------------------------------------------

std::size_t LiveCall::begin_recording(std::string source) {
  const std::string sid = "RE" + parts_.environment.random.hex(32);
  const std::string url =
      parts_.account.api_url + "/2010-04-01/Accounts/" + facts_.account_sid + "/Recordings/" + sid;
  RecordingFacts& kept = facts_.recordings.emplace_back();
  kept.sid = sid;
  kept.url = url;
  kept.began_at = now();
  kept.source = std::move(source);
  kept.running = true;
  return facts_.recordings.size() - 1;
}

void LiveCall::keep_recorded(Recording& recording) {
  const RecordVerb& verb = *records_;
  RecordingFacts& kept = facts_.recordings[verb_recording_];
  kept.running = false;
  kept.mulaw = recorder_->audio();
  recorder_.reset();
  recording.sid = kept.sid;
  recording.url = kept.url;
  reports_.recording(kept, verb.kept, recording.empty ? "absent" : "completed");
  if (verb.transcribe && !recording.empty) transcribe(kept, verb);
}

/// Twilio transcribes up to two minutes; the words are the script's.
void LiveCall::transcribe(RecordingFacts& kept, const RecordVerb& verb) {
  constexpr std::int64_t kLongest = 120;  // seconds
  Transcription& made = kept.transcription.emplace();
  made.sid = "TR" + parts_.environment.random.hex(32);
  const bool fails = kept.seconds() > kLongest || recorded_words_.empty();
  made.status = fails ? "failed" : "completed";
  if (!fails) made.text = recorded_words_;
  made.over_at = now() + plan_.knobs.transcribed_after;
  if (!verb.transcribe_callback.empty()) {
    Ask ask{HttpExchange::Purpose::transcription_callback, "POST", media_url(verb.transcribe_callback),
            transcription_parameters(facts_, kept, parts_.account.api_url)};
    reports_.send(std::move(ask), plan_.knobs.transcribed_after);
  }
}

/// The action hears of it all the same; its answer has no call to go on with. Not where other TwiML has just
/// taken the verb's place: the verb's action is no longer of account then.
void LiveCall::hung_up_while_recording() {
  if (!recorder_) return;
  Recording recording = recorder_->hung_up();
  keep_recorded(recording);
  if (recording.empty || replacement_) return;
  const Command command = flow_.record_over(recording);
  const auto* action = std::get_if<FetchCommand>(&command);
  if (action == nullptr) return;
  Ask ask{HttpExchange::Purpose::action, action->method, action->url, call_parameters(facts_, "completed")};
  for (const auto& field : action->extra) ask.form.push_back(field);
  reports_.send(std::move(ask));
}

LiveCall::Next LiveCall::record(RecordCommand command) {
  records_ = *command.verb;
  if (auto& told = records_->kept.url; !told.empty()) told = media_url(told);
  if (records_->beep) {
    const Clip beep = Sounds::beep();
    const bool passed = co_await play(beep, 1);
    if (!passed || over_ || replacement_) co_return EndCommand{};
  }
  begin_script();
  recorder_.emplace(*records_, now());
  recorded_words_.clear();
  recording_.reset();
  verb_recording_ = begin_recording("RecordVerb");
  reports_.recording(facts_.recordings[verb_recording_], records_->kept, "in-progress");
  (void)co_await disturbed_->wait();
  if (over_ || replacement_ || !recording_) {
    Recording cut;
    if (recorder_) cut = recorder_->hung_up();
    if (recorder_) keep_recorded(cut);
    co_return EndCommand{};
  }
  calm();
  Recording recording = *std::exchange(recording_, std::nullopt);
  keep_recorded(recording);
  co_return flow_.record_over(recording);
}

}  // namespace simulators::twilio
