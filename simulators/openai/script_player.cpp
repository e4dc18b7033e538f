#include "simulators/openai/script_player.hpp"

#include <algorithm>

namespace simulators::openai {
namespace {

using WhenKind = When::Kind;

bool holds(const When& when, const std::string& text) {
  if (when.text.empty()) return true;
  return when.exact ? text == when.text : text.find(when.text) != std::string::npos;
}

/// Whether `input` is what `when` waits for; `sound`: what it wants to hear.
bool fits(const When& when, const Sketch& sound, const Input& input) {
  switch (when.kind) {
    case WhenKind::any:
      return true;
    case WhenKind::caller_finished:
      return input.kind == Input::Kind::caller_turn;
    case WhenKind::heard:
      return input.kind == Input::Kind::caller_turn && contains_sound(input.heard, sound);
    case WhenKind::text:
      return input.kind == Input::Kind::text && holds(when, input.text);
    case WhenKind::tool_result:
      return input.kind == Input::Kind::tool_result && (when.tool.empty() || when.tool == input.text);
    case WhenKind::greeting:
    case WhenKind::again:
    case WhenKind::out_of_band:
      return false;
  }
  return false;
}

bool only_texts(const Demand& demand) {
  return !demand.out_of_band &&
         std::all_of(demand.inputs.begin(), demand.inputs.end(),
                     [](const Input& input) { return input.kind == Input::Kind::text; });
}

Trigger trigger_of(const Demand& demand, bool greeting) {
  if (demand.out_of_band) return Trigger::out_of_band;
  if (greeting) return Trigger::greeting;
  if (demand.inputs.empty()) return Trigger::retry;
  switch (demand.inputs.back().kind) {
    case Input::Kind::caller_turn:
      return Trigger::caller_turn;
    case Input::Kind::text:
      return Trigger::text;
    case Input::Kind::tool_result:
      return Trigger::tool_result;
  }
  return Trigger::caller_turn;
}

bool calls_a_tool(const Reply& reply) {
  return std::any_of(reply.outputs.begin(), reply.outputs.end(), [](const Output& output) {
    return std::holds_alternative<ToolCall>(output) || std::holds_alternative<McpCall>(output) ||
           std::holds_alternative<McpApproval>(output);
  });
}

}  // namespace

ScriptPlayer::ScriptPlayer(const Script& script, runtime::Random& random, SmallTalk& talk)
    : script_(script), random_(random), talk_(talk), states_(script.rules.size()) {
  for (const Rule& rule : script.rules) sounds_.push_back(sketch_of_mulaw(rule.when.sound));
}

bool ScriptPlayer::listens() const {
  return std::any_of(sounds_.begin(), sounds_.end(), [](const Sketch& sound) { return !sound.empty(); });
}

bool ScriptPlayer::answers(std::size_t rule, const Input& input) const {
  return fits(script_.rules[rule].when, sounds_[rule], input);
}

std::optional<std::size_t> ScriptPlayer::match(const Demand& demand, NothingNew otherwise,
                                               std::string& input_text) {
  const WhenKind silent = otherwise == NothingNew::greeting ? WhenKind::greeting : WhenKind::again;
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < script_.rules.size(); ++i) {
    const When& when = script_.rules[i].when;
    const Input* answered = nullptr;
    bool matches = false;
    if (demand.out_of_band) {
      matches = when.kind == WhenKind::out_of_band;
    } else if (demand.inputs.empty()) {
      matches = when.kind == silent || (when.kind == WhenKind::any && otherwise != NothingNew::owed);
    } else {
      const auto newest = std::find_if(demand.inputs.rbegin(), demand.inputs.rend(),
                                       [&](const Input& input) { return answers(i, input); });
      matches = newest != demand.inputs.rend();
      if (matches) answered = &*newest;
    }
    if (!matches) continue;
    const std::size_t nth = ++states_[i].seen;  // counted for every rule, whichever is chosen
    if (chosen || (when.nth != 0 && when.nth != nth)) continue;
    if (states_[i].used > 0 && !script_.rules[i].every_time) continue;
    chosen = i;
    if (answered != nullptr) input_text = answered->text;
  }
  return chosen;
}

/// Whether the last choice is still to be said: it failed, was cut short, or told nothing; and this demand
/// does not ask for something else.
bool ScriptPlayer::still_owed(const Demand& demand) const {
  if (!last_ || !(demand.fresh_session ? unanswered_ : untold_)) return false;
  if (demand.tool && !last_->rule) return false;
  return !demand.no_calls || !calls_a_tool(*last_->reply);
}

ScriptPlayer::NothingNew ScriptPlayer::said_nothing(const Demand& demand) const {
  if (still_owed(demand)) return NothingNew::owed;
  return demand.fresh_session || !conversed_ ? NothingNew::greeting : NothingNew::more;
}

ScriptPlayer::Choice ScriptPlayer::choose(const Demand& demand) {
  const bool nothing_new = demand.inputs.empty() && !demand.out_of_band;
  const NothingNew otherwise = said_nothing(demand);
  Choice choice;
  choice.trigger = trigger_of(demand, nothing_new && otherwise == NothingNew::greeting);
  if (!demand.inputs.empty()) choice.input_text = demand.inputs.back().text;
  choice.rule = match(demand, otherwise, choice.input_text);
  if (!choice.rule && nothing_new && otherwise == NothingNew::owed) {
    unanswered_ = untold_ = true;
    Choice again = *last_;
    again.trigger = Trigger::retry;
    return again;
  }
  if (!choice.rule && demand.fresh_session && only_texts(demand) && still_owed(demand)) {
    // The conversation goes on in a new session: its words so far were put
    // there, the answer is still due.
    Choice again = *last_;
    again.trigger = Trigger::retry;
    return again;
  }
  if (choice.rule) {
    const Rule& rule = script_.rules[*choice.rule];
    ++states_[*choice.rule].used;
    choice.reply = &rule.reply;
    choice.as = rule.as;
  } else {
    choice.reply = &default_reply(demand);
  }
  if (!demand.out_of_band) {
    spoke_ = true;
    conversed_ = conversed_ || !demand.inputs.empty();
    last_ = choice;
    unanswered_ = untold_ = true;
  }
  return choice;
}

std::vector<std::size_t> ScriptPlayer::unused() const {
  std::vector<std::size_t> rules;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].used == 0) rules.push_back(i);
  }
  return rules;
}

const Reply& ScriptPlayer::default_reply(const Demand& demand) {
  using Occasion = SmallTalk::Occasion;
  Reply& reply = defaults_.emplace_back();
  if (demand.tool) {
    reply.outputs.emplace_back(*demand.tool);
    return reply;
  }
  if (demand.out_of_band) {
    reply.outputs.emplace_back(talk_.say(Occasion::out_of_band, 0, {}));
    return reply;
  }
  if (!small_talk_) small_talk_ = random_.below(1000);
  const Input newest = demand.inputs.empty() ? Input{} : demand.inputs.back();
  const bool nothing_new = demand.inputs.empty();
  const bool turn = !nothing_new && newest.kind == Input::Kind::caller_turn;
  Occasion occasion = Occasion::answer;
  if ((nothing_new && demand.fresh_session) || (!turn && !spoke_)) {
    occasion = Occasion::greeting;
  } else if (nothing_new) {
    occasion = Occasion::answer;  // it goes on
  } else if (newest.kind == Input::Kind::tool_result) {
    occasion = Occasion::tool_result;
  } else if (newest.text.find_first_not_of("0123456789*#") == std::string::npos && !newest.text.empty()) {
    occasion = Occasion::keys;
  } else if (++turns_ >= SmallTalk::kTurnsUntilClosing) {
    occasion = Occasion::closing;
  }
  reply.outputs.emplace_back(talk_.say(occasion, (*small_talk_)++, newest.text));
  return reply;
}

}  // namespace simulators::openai
