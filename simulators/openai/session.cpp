#include "simulators/openai/session.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/core/utf8.hpp"
#include "simulators/openai/beta.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/event_fields.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace simulators::openai {
namespace {

void drop_fraction(ControlEvent& event) {
  if (event.type != "conversation.item.truncate" || !event.body.contains("audio_end_ms")) return;
  Json& end = event.body["audio_end_ms"];
  if (end.is_number_float()) end = static_cast<std::int64_t>(std::floor(end.get<double>()));
}

/// Something that the update holds, its input format where it names one, for a session that takes none.
ErrorBody refusal_of_update(const Json& patch) {
  constexpr std::size_t kQuoted = 40;
  const Json::json_pointer format("/audio/input/format/type");
  if (patch.contains(format) && patch.at(format).is_string())
    return errors::invalid_value("session.audio.input.format.type", patch.at(format).get<std::string>(), {});
  for (const auto& [key, value] : patch.items()) {
    if (key == "type") continue;
    const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    return errors::invalid_value("session." + key, std::string(runtime::utf8_prefix(text, kQuoted)), {});
  }
  return errors::invalid_value("session.type", "realtime", {});
}

/// Where a session's life is cut short to see its end, that is told as the service tells it.
std::int64_t minutes_told(runtime::Duration life) {
  constexpr std::int64_t kOfTheService = 60;
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(life);
  return minutes == life && minutes.count() >= 2 ? minutes.count() : kOfTheService;
}

}  // namespace

Session::Session(Setup setup, ScriptPlayer& player, runtime::Random& random, Counts& counts,
                 SessionFacts& facts, Observer* const& observer, TimePoint now)
    : joins_call_(setup.joins_call),
      behaviour_(std::move(setup.behaviour)),
      began_(now),
      player_(player),
      facts_(facts),
      conversation_(behaviour_.open_points),
      outlet_(random, facts, counts, setup.dialect),
      parts_{random, counts, facts, observer, outlet_, conversation_, behaviour_.open_points, setup.dialect},
      config_(setup.kind, std::move(setup.model), outlet_.ids().make(joins_call_ ? "sess_u0_" : "sess_"),
              setup.opened_unix_seconds +
                  std::chrono::duration_cast<std::chrono::seconds>(behaviour_.expires_after).count(),
              behaviour_.open_points.semantic_vad_echo,
              setup.dialect == Dialect::ga ? Transcribers::models : Transcribers::deployments),
      conversation_id_(outlet_.ids().make("conv_")),
      created_at_(now + behaviour_.created_after) {
  facts_.session_id = config_.json()["id"].get<std::string>();
  outlet_.damage(behaviour_.damages);
  if (!setup.initial.is_null()) static_cast<void>(config_.update(setup.initial, false));
  adopt_settings();
  at(created_at_, [this](TimePoint then) { begin(then); });
  list_tools(created_at_);
  at(now + behaviour_.expires_after, [this](TimePoint then) { expire(then); });
  if (behaviour_.ping_every > Duration(0)) keep_alive(now + behaviour_.ping_every);
  if (behaviour_.mute) outlet_.mute();
  parts_.begin_fault = [this](std::size_t fault, TimePoint then) { begin_fault(fault, then); };
  for (std::size_t i = 0; i < behaviour_.faults.size(); ++i) plan_fault(i, now);
}

void Session::begin(TimePoint now) {
  const bool updated = joins_call_ && behaviour_.open_points.joined_call == OpenPoints::Joining::updated;
  Json created = outlet_.event(updated ? "session.updated" : "session.created");
  created["session"] = config_.json();
  if (behaviour_.announces_session) outlet_.send(created);
  if (parts_.observer != nullptr) parts_.observer->session_began(facts_);
  announced_ = true;
  take_held(now);
}

void Session::expire(TimePoint now) {
  const ErrorBody error = errors::session_expired(minutes_told(behaviour_.expires_after));
  if (behaviour_.expiry_fault) facts_.faults_struck.insert(*behaviour_.expiry_fault);
  if (behaviour_.announces_expiry) outlet_.send_error(error, {}, now);
  outlet_.close({1001, error.message});
}

void Session::keep_alive(TimePoint when) {
  at(when, [this, when](TimePoint) {
    outlet_.ping();
    keep_alive(when + behaviour_.ping_every);
  });
}

void Session::at(TimePoint when, Action action) {
  agenda_.emplace(std::pair(when, agenda_number_++), std::move(action));
}

std::optional<TimePoint> Session::next_due() const {
  if (outlet_.ended()) return std::nullopt;
  std::optional<TimePoint> next;
  if (!agenda_.empty()) next = agenda_.begin()->first.first;
  for (const Response& response : responses_) {
    const auto due = response.next_due();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Session::advance(TimePoint now) {
  while (!outlet_.ended()) {
    Response* first = nullptr;
    for (Response& response : responses_) {
      const auto due = response.next_due();
      if (due && *due <= now && (first == nullptr || *due < *first->next_due())) first = &response;
    }
    const bool agenda_due = !agenda_.empty() && agenda_.begin()->first.first <= now;
    if (agenda_due && (first == nullptr || agenda_.begin()->first.first <= *first->next_due())) {
      auto node = agenda_.extract(agenda_.begin());
      node.mapped()(now);
    } else if (first != nullptr) {
      first->step(now);
      after_step(*first, now);
    } else {
      return;
    }
  }
}

void Session::receive(std::string_view payload, bool binary, TimePoint now) {
  if (outlet_.ended()) return;
  advance(now);  // what was due before this message arrived comes first
  if (payload.size() > behaviour_.open_points.largest_message_bytes) {
    return outlet_.close({behaviour_.open_points.too_large_close, "message too big"});
  }
  ClientEvent event = read(payload, binary, now);
  if (const auto* control = std::get_if<ControlEvent>(&event))
    facts_.client_events.push_back({now, control->type});
  if (has_to_wait(event)) return hold(payload, binary, event, now);
  take(event, now);
}

ClientEvent Session::read(std::string_view payload, bool binary, TimePoint arrived) {
  if (binary) return BadEvent{errors::binary_frame(), {}};
  ClientEvent event = decoder_.decode(payload);
  if (auto* audio = std::get_if<AppendEvent>(&event)) audio->arrived = arrived;
  if (auto* control = std::get_if<ControlEvent>(&event)) control->arrived = arrived;
  return event;
}

/// session.created is the first event, and requests are answered in their order: what comes while the answer
/// to an update is due waits. Audio is no request, and the turns that it makes are nobody's answer: it waits
/// only behind a request that does, since all that a client sends is taken in the order in which it came.
bool Session::has_to_wait(const ClientEvent& event) const {
  if (!announced_ || !held_.empty()) return true;
  const auto* control = std::get_if<ControlEvent>(&event);
  const bool audio = control != nullptr ? control->type == "input_audio_buffer.append"
                                        : std::holds_alternative<AppendEvent>(event);
  return updates_pending_ > 0 && !audio;
}

/// What arrived has arrived, also for a client that leaves before it is looked at.
void Session::hold(std::string_view payload, bool binary, const ClientEvent& event, TimePoint now) {
  held_bytes_ += payload.size();
  if (held_bytes_ > behaviour_.open_points.largest_message_bytes) {
    return outlet_.close({behaviour_.open_points.too_large_close, announced_
                                                                      ? "too much while an answer is due"
                                                                      : "too much before the session began"});
  }
  const auto* audio = std::get_if<AppendEvent>(&event);
  const bool counts = audio != nullptr && runtime::base64_decode(audio->audio, audio_);
  if (counts) count_append(audio_.size());
  held_.push_back({std::string(payload), binary, counts, now});
}

void Session::take_held(TimePoint now) {
  while (!held_.empty() && !outlet_.ended()) {
    const Held first = std::move(held_.front());
    held_.pop_front();
    held_bytes_ -= first.payload.size();
    ClientEvent event = read(first.payload, first.binary, first.arrived);
    if (auto* audio = std::get_if<AppendEvent>(&event)) audio->counted = first.counted;
    take(event, now);
    if (updates_pending_ > 0) return;
  }
}

void Session::take(ClientEvent& event, TimePoint now) {
  if (const auto* audio = std::get_if<AppendEvent>(&event)) {
    append(*audio, now);
  } else if (auto* control = std::get_if<ControlEvent>(&event)) {
    if (const auto wrong = check_event(*control)) return fail(*wrong, *control, now);
    dispatch(*control, now);
  } else {
    const auto& bad = std::get<BadEvent>(event);
    outlet_.send_error(bad.error, bad.event_id, now);
  }
}

void Session::fail(const ErrorBody& error, const ControlEvent& event, TimePoint now) {
  ErrorBody told = error;
  told.code = code_of(error, behaviour_.open_points);
  if (parts_.dialect == Dialect::beta) told.param = beta_param(told.param);
  outlet_.send_error(told, event.event_id, now);
}

/// Against the tables of its type. Beta's is made GA's.
std::optional<ErrorBody> Session::check_event(ControlEvent& event) const {
  if (parts_.dialect == Dialect::beta) {
    for (const char* place : {"/session/temperature", "/response/temperature"}) {
      const Json::json_pointer at(place);
      if (event.body.contains(at) && event.body.at(at).is_number())
        event.temperature = event.body.at(at).get<double>();
    }
    if (auto wrong = check_beta(event.type, event.body)) return wrong;
    event.body = from_beta(event.type, event.body);
    if (event.type == kBetaTranscriptionUpdate) event.type = "session.update";
  }
  if (event.type == "session.input_audio_buffer.append") return errors::translation_only(event.type);
  if (behaviour_.open_points.fractional_audio_end == OpenPoints::Taken::taken) drop_fraction(event);
  if (auto wrong = check_fields(event)) return wrong;
  const bool answers = event.type.starts_with("response.") || event.type == "conversation.item.truncate";
  if (transcribes_only() && answers) return errors::transcription_only(event.type);
  return std::nullopt;
}

std::optional<ErrorBody> Session::check_fields(const ControlEvent& event) const {
  const auto fields = client_event_fields(event.type);
  if (!fields) return errors::unknown_event_type(event.type);
  Json body = event.body;
  body.erase("type");
  auto wrong = check(body, *fields, "");
  // The tables do not know in which format the session hears.
  if (wrong && *wrong == errors::bad_audio(wrong->param, AudioFormat::pcm))
    return errors::bad_audio(wrong->param, facts_.input_format);
  return wrong;
}

void Session::dispatch(const ControlEvent& event, TimePoint now) {
  const std::string& type = event.type;
  if (type == "session.update") return update(event, now);
  if (type == "input_audio_buffer.append") {
    return append({event.body["audio"].get_ref<const std::string&>(), event.event_id, event.arrived}, now);
  }
  if (type == "input_audio_buffer.commit") return commit(event, now);
  if (type == "input_audio_buffer.clear") return clear(now);
  if (type == "conversation.item.create") return create_item(event, now);
  if (type == "conversation.item.delete") return delete_item(event, now);
  if (type == "conversation.item.retrieve") return retrieve_item(event, now);
  if (type == "conversation.item.truncate") return truncate(event, now);
  if (type == "response.create") return create_response(event, now);
  if (type == "session.close") return outlet_.close({1000, ""});
  if (behaviour_.cancel_looked_at_after <= Duration(0)) return cancel_response(event, now);
  at(now + behaviour_.cancel_looked_at_after,
     [this, event](TimePoint then) { cancel_response(event, then); });
}

Formats Session::formats_of_update() {
  auto& times = behaviour_.formats_times;
  if (!times) return behaviour_.formats;
  if (*times == 0) return Formats::honoured;
  --*times;
  return behaviour_.formats;
}

void Session::update(const ControlEvent& event, TimePoint now) {
  const Json& patch = event.body["session"];
  facts_.updates.push_back({event.arrived, dump(patch), false});
  const Formats formats = formats_of_update();
  if (formats == Formats::refused) return fail(refusal_of_update(patch), event, now);
  if (auto wrong = config_.update(patch, parts_.assistant_audio)) return fail(*wrong, event, now);
  facts_.updates.back().accepted = true;
  if (event.temperature) outlet_.set_temperature(*event.temperature);
  if (formats == Formats::echoed_as_pcm) config_.force({AudioFormat::pcm, AudioFormat::pcm});
  config_.force(behaviour_.confirms);
  adopt_settings();
  const TimePoint told = now + behaviour_.updated_after;
  if (formats == Formats::unconfirmed) return list_tools(told);
  ++updates_pending_;
  at(told, [this, session = config_.json()](TimePoint then) {
    confirm_update(session, then);
    --updates_pending_;
    take_held(then);
  });
  list_tools(told);
}

void Session::confirm_update(const Json& session, TimePoint now) {
  Json updated = outlet_.event("session.updated");
  updated["session"] = session;
  if (outlet_.send(updated, {"session"}) != Fate::sent) return;
  facts_.updated_sent.push_back(now);
  if (parts_.observer != nullptr) parts_.observer->session_configured(facts_);
}

void Session::adopt_settings() {
  change_input_format(config_.input_format());
  facts_.output_format = config_.output_format();
  detection_ = config_.turn_detection();
  if (!detection_) {
    vad_.reset_speech();
    turn_ = nullptr;
    return;
  }
  Vad::Options ears{detection_->threshold, detection_->prefix_padding_ms, detection_->silence_duration_ms};
  ears.semantic_wait_ms = detection_->semantic_wait_ms;
  ears.finished = behaviour_.semantic_finished;
  vad_.configure(ears);
}

}  // namespace simulators::openai
