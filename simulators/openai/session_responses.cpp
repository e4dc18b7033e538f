#include "simulators/openai/demanded_tool.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>
#include <utility>

// Who asks for responses, which one speaks, and who cancels it.
namespace simulators::openai {

Response* Session::active() {
  const auto found = std::find_if(responses_.begin(), responses_.end(), [](const Response& response) {
    return response.active() && !response.out_of_band();
  });
  return found == responses_.end() ? nullptr : &*found;
}

void Session::create_response(const ControlEvent& event, TimePoint now) {
  const auto given = event.body.find("response");
  Json overrides = given == event.body.end() || given->is_null() ? Json::object() : *given;
  if (auto wrong = config_.check_response(overrides)) return fail(*wrong, event, now);
  if (auto wrong = check_references(overrides)) return fail(*wrong, event, now);
  const Json::json_pointer voice("/audio/output/voice");
  if (parts_.assistant_audio && overrides.contains(voice) && overrides.at(voice) != config_.voice()) {
    return fail(errors::cannot_update_voice("response.audio.output.voice"), event, now);
  }
  const bool out_of_band = overrides.value("conversation", "auto") == "none";
  if (const Response* running = active(); running != nullptr && !out_of_band) {
    return fail(errors::active_response(running->id()), event, now);
  }
  if (event.temperature) overrides["temperature"] = *event.temperature;
  start_response(out_of_band, overrides, event.arrived, now);
}

std::optional<ErrorBody> Session::check_references(const Json& overrides) {
  const auto input = overrides.find("input");
  if (input == overrides.end() || !input->is_array()) return std::nullopt;
  for (std::size_t i = 0; i < input->size(); ++i) {
    const Json& item = (*input)[i];
    if (item["type"] != "item_reference" || conversation_.find(item["id"].get<std::string>()) != nullptr)
      continue;
    return errors::no_such_reference("response.input[" + std::to_string(i) + "].id",
                                     item["id"].get<std::string>());
  }
  return std::nullopt;
}

void Session::cancel_response(const ControlEvent& event, TimePoint now) {
  parts_.counts.cancels.add();
  const auto named = event.body.find("response_id");
  const bool has_id = named != event.body.end() && named->is_string();
  CancelFacts facts;
  facts.at = now;
  if (has_id) facts.response = named->get<std::string>();
  const auto hit = std::find_if(responses_.begin(), responses_.end(), [&](const Response& response) {
    if (!response.cancellable()) return false;
    return has_id ? response.id() == facts.response : !response.out_of_band();
  });
  if (hit != responses_.end()) facts.hit = hit->id();
  facts_.cancels.push_back(facts);
  if (hit == responses_.end()) return fail(errors::cancel_not_active(), event, now);
  hit->cancel(CancelledBy::client, now);
}

/// The server's own response to a turn. While an interrupted one is closing it waits; while another goes on
/// (interrupt_response: false) the turn gets none.
void Session::respond_to_turn(TimePoint now) {
  const Response* running = active();
  if (running == nullptr) return start_response(false, Json::object(), now, now);
  respond_when_free_ = running->closing();
}

void Session::start_response(bool out_of_band, const Json& overrides, TimePoint due, TimePoint now) {
  if (!out_of_band) announce_held_back();
  Demand demand;
  demand.out_of_band = out_of_band;
  demand.fresh_session = !answered_before_;
  if (!out_of_band) {
    demand.inputs = std::exchange(inputs_, {});
    if (const auto given = overrides.find("input"); given != overrides.end() && given->is_array()) {
      for (const Json& item : *given) take_in(item, demand.inputs);
    }
    answered_before_ = true;
    idle_since_ms_.reset();
  }
  const Json& session = config_.json();
  const Json tool_choice = overrides.value("tool_choice", session["tool_choice"]);
  const Json tools = overrides.value("tools", session["tools"]);
  note_servers(tools);
  demand.tool = demanded_tool(tool_choice, tools);
  demand.no_calls = tool_choice == "none" || (overrides.contains("tools") && tools == Json::array());
  ScriptPlayer::Choice choice = player_.choose(demand);
  ResponseFacts facts;
  facts.id = outlet_.ids().make("resp_");
  facts.trigger = choice.trigger;
  facts.rule = choice.rule;
  facts.as = std::move(choice.as);
  facts.input_text = std::move(choice.input_text);
  facts.out_of_band = out_of_band;
  facts.due_at = due;
  facts_.responses.push_back(std::move(facts));
  ResponseFacts& kept = facts_.responses.back();
  if (parts_.observer != nullptr) parts_.observer->reply_due(facts_, kept);
  if (choice.reply->transcription && !out_of_band) transcribe_as(*choice.reply->transcription, now);
  if (!out_of_band) last_turn_.clear();

  responses_.emplace_back(parts_, kept, response_setup(*choice.reply, out_of_band, overrides, now), now);
  if (responses_.back().finished()) responses_.pop_back();
}

Response::Setup Session::response_setup(const Reply& reply, bool out_of_band, const Json& overrides,
                                        TimePoint now) {
  const Json::json_pointer format("/audio/output/format");
  const Json::json_pointer voice("/audio/output/voice");
  Response::Setup setup;
  setup.pace = pace_of(reply.pace.value_or(behaviour_.pace), config_.json()["model"].get<std::string>());
  setup.reasons = reasons(config_.json()["model"].get<std::string>());
  setup.with_audio = overrides.contains("output_modalities")
                         ? overrides["output_modalities"] == Json::array({"audio"})
                         : config_.wants_audio();
  setup.format = config_.output_format();
  if (overrides.contains(format)) setup.format = format_of(overrides.at(format)).value_or(setup.format);
  setup.voice = overrides.contains(voice) ? overrides.at(voice) : config_.voice();
  setup.max_output_tokens = overrides.value("max_output_tokens", config_.json()["max_output_tokens"]);
  if (setup.max_output_tokens.is_null()) setup.max_output_tokens = "inf";
  if (overrides.contains("temperature")) setup.temperature = overrides["temperature"].get<double>();
  setup.metadata = overrides.value("metadata", Json());
  if (!out_of_band) setup.conversation_id = conversation_id_;
  setup.reply = &with_faults(reply, out_of_band, setup.format, now);
  // The model reads everything anew each time: what it is told, and the conversation or what replaces it.
  const Json told = overrides.value("instructions", config_.json()["instructions"]);
  if (told.is_string()) setup.input.text = text_tokens(told.get_ref<const std::string&>());
  const Json& tools = config_.json()["tools"];
  if (!tools.empty()) setup.input.text += text_tokens(tools.dump());
  const auto replaced = overrides.find("input");
  if (replaced != overrides.end() && replaced->is_array()) {
    if (!replaced->empty()) setup.input.text += text_tokens(replaced->dump());
    return setup;
  }
  setup.input += conversation_.tokens();
  constexpr std::int64_t kCacheStep = 64;  // cached tokens grow in steps
  setup.cached = {cached_.text / kCacheStep * kCacheStep, cached_.audio / kCacheStep * kCacheStep};
  if (!out_of_band) cached_ = setup.input;
  return setup;
}

void Session::after_step(Response& response, TimePoint now) {
  const bool freed = !response.active();
  if (freed && response.answered() && !response.out_of_band()) {
    player_.answered(response.told());
    // The idle timeout counts from the end of playing, in appended audio.
    const auto played_ms = static_cast<std::int64_t>(response.facts().audio.size() / 8);
    if (!idle_since_ms_ && response.facts().done_at == now) idle_since_ms_ = vad_.position_ms() + played_ms;
  }
  responses_.remove_if([](const Response& done) { return done.finished(); });
  const bool busy = std::any_of(responses_.begin(), responses_.end(),
                                [](const Response& other) { return !other.out_of_band(); });
  if (!busy) announce_held_back();
  if (freed && respond_when_free_ && active() == nullptr) {
    respond_when_free_ = false;
    start_response(false, Json::object(), now, now);
  }
}

}  // namespace simulators::openai
