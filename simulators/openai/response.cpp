#include "simulators/openai/response.hpp"

#include "simulators/openai/codec.hpp"
#include "simulators/openai/happening.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace simulators::openai {
Response::Response(SessionParts& parts, ResponseFacts& facts, Setup setup, TimePoint now)
    : parts_(parts), facts_(facts), setup_(std::move(setup)) {
  plan_ = plan_reply(*setup_.reply, setup_.pace, setup_.with_audio, parts_.random, now);
  active_ = !std::holds_alternative<NeverCreated>(setup_.reply->ending);
}

std::optional<TimePoint> Response::next_due() const {
  if (plan_.empty()) return std::nullopt;
  return plan_.front().due;
}

void Response::step(TimePoint now) {
  const Step step = plan_.front();
  plan_.pop_front();
  if (step.fault) parts_.facts.faults_struck.insert(*step.fault);
  switch (step.kind) {
    case Step::Kind::created:
      return created(now);
    case Step::Kind::item_added:
      return add_item(step.output);
    case Step::Kind::transcript:
    case Step::Kind::arguments:
      return say(step.output, step.text, now);
    case Step::Kind::mcp_begun:
      return begin_mcp_call(step.output);
    case Step::Kind::audio:
      return audio(step, now);
    case Step::Kind::item_done: {
      const bool last = step.output + 1 == setup_.reply->outputs.size();
      const bool cut = last && std::holds_alternative<Incomplete>(setup_.reply->ending);
      return close_item(step.output, cut ? "incomplete" : "completed");
    }
    case Step::Kind::items_closed: {
      const bool by_client = closing_ && facts_.cancelled_by == CancelledBy::client;
      const bool unsaid = parts_.open_points.client_cancel_closes == OpenPoints::Closing::response_only;
      return by_client && unsaid ? drop_open_items() : close_open_items("incomplete");
    }
    case Step::Kind::response_done:
      return done(now);
    case Step::Kind::rate_limits:
      return rate_limits();
    case Step::Kind::struck:
      return;
    case Step::Kind::happening:
      return happen(*step.happening, now);
  }
}

void Response::cancel(CancelledBy by, TimePoint now) {
  facts_.cancelled_by = by;
  facts_.cancelled_at = now;
  if (parts_.observer != nullptr) parts_.observer->response_cancelled(parts_.facts, facts_);
  const Faults& faults = setup_.reply->faults;
  if (faults.cancel_fault) parts_.facts.faults_struck.insert(*faults.cancel_fault);
  if (faults.cancel == Faults::Cancel::ignored) return;
  plan_.clear();
  if (faults.cancel == Faults::Cancel::unconfirmed) return;
  closing_ = true;
  TimePoint at = now;
  const auto add = [&](Step::Kind kind) {
    Step step{kind};
    step.due = at;
    plan_.push_back(step);
  };
  if (!begun_) add(Step::Kind::created);
  plan_late_audio(faults.late_deltas_before_done, faults.late_before_fault, at);
  at += draw(parts_.random, setup_.pace.cancel);
  add(Step::Kind::items_closed);
  add(Step::Kind::response_done);
  const bool limits = parts_.open_points.rate_limits_when_cut == OpenPoints::Taken::taken;
  if (limits && !items_.empty()) add(Step::Kind::rate_limits);
  plan_late_audio(faults.late_deltas_after_done, faults.late_after_fault, at);
}

Json Response::event(std::string_view type) {
  return parts_.outlet.event(setup_.reply->faults.beta_names ? beta_name(type) : std::string(type));
}

Json Response::part_event(std::string_view type, std::size_t output) {
  Json made = event(type);
  made["response_id"] = facts_.id;
  made["item_id"] = items_[output].id;
  made["output_index"] = output;
  if (items_[output].tool) {
    made["call_id"] = items_[output].call_id;
  } else if (items_[output].message()) {
    made["content_index"] = 0;
  }
  return made;
}

/// Events that beta did not have are not sent under its names.
Fate Response::send(const Json& made, Matters matters) {
  return made["type"] == "" ? Fate::withheld : parts_.outlet.send(made, matters);
}

/// Its events have beta's names where the client expects GA's.
bool Response::misnamed() const {
  return setup_.reply->faults.beta_names && parts_.dialect != Dialect::beta;
}

void Response::created(TimePoint now) {
  begun_ = true;
  Json made = event("response.created");
  made["response"] = shown_response("in_progress");
  if (send(made) == Fate::sent) facts_.created_at = now;
  if (parts_.observer != nullptr) parts_.observer->response_created(parts_.facts, facts_);
}

void Response::add_item(std::size_t output) {
  Item item;
  item.output = &setup_.reply->outputs[output];
  item.tool = std::holds_alternative<ToolCall>(*item.output);
  item.mcp = std::get_if<McpCall>(item.output);
  item.approval = std::get_if<McpApproval>(item.output);
  item.id = parts_.outlet.ids().make(item.approval != nullptr ? "mcpr_" : "item_");
  item.audio = setup_.with_audio && item.message() && !std::holds_alternative<TextOnly>(*item.output);
  if (item.approval != nullptr) item.text = item.approval->arguments;
  if (item.tool) item.call_id = parts_.outlet.ids().call_id();
  ItemFacts facts;
  facts.id = item.id;
  facts.message = item.message();
  if (item.mcp != nullptr) facts.server = item.mcp->server;
  if (item.approval != nullptr) facts.server = item.approval->server;
  if (const auto* call = std::get_if<ToolCall>(&*item.output)) {
    facts.tool = call->name;
    facts.arguments = call->arguments;
  }
  facts_.items.push_back(std::move(facts));
  items_.push_back(std::move(item));
  Item& added = items_.back();

  Json announced = event("response.output_item.added");
  announced["response_id"] = facts_.id;
  announced["output_index"] = output;
  announced["item"] = shown(added);
  send(announced);
  if (!out_of_band()) {
    added.previous = parts_.conversation.append(shown(added));
    Json in_conversation = event("conversation.item.added");
    in_conversation["previous_item_id"] = added.previous.empty() ? Json() : Json(added.previous);
    in_conversation["item"] = shown(added);
    send(in_conversation);
    if (auto* kept = parts_.conversation.find(added.id)) kept->model_audio = added.audio;
  }
  if (!added.message()) return;
  send_part("response.content_part.added", output, shown_part(added));
}

void Response::say(std::size_t output, std::string_view text, TimePoint now) {
  Item& item = items_[output];
  Json delta = part_event(item.tool    ? "response.function_call_arguments.delta"
                          : item.mcp   ? "response.mcp_call_arguments.delta"
                          : item.audio ? "response.output_audio_transcript.delta"
                                       : "response.output_text.delta",
                          output);
  delta["delta"] = text;
  if (!setup_.reply->faults.beta_names) delta["obfuscation"] = parts_.outlet.ids().obfuscation(text);
  const bool sent = send(delta, {"delta"}) == Fate::sent && !misnamed();
  item.text += text;
  if (sent && item.message()) facts_.items[output].transcript += text;
  stop_at_limit(now);
}

void Response::close_content(std::size_t output) {
  const Item& item = items_[output];
  if (item.tool) {
    Json whole = part_event("response.function_call_arguments.done", output);
    whole["name"] = std::get<ToolCall>(*item.output).name;
    whole["arguments"] = item.text;
    send(whole);
    return;
  }
  if (item.audio) {
    if (facts_.items[output].audio_bytes > 0) send(part_event("response.output_audio.done", output));
    Json transcript = part_event("response.output_audio_transcript.done", output);
    transcript["transcript"] = item.text;
    send(transcript);
  } else {
    Json text = part_event("response.output_text.done", output);
    text["text"] = item.text;
    send(text);
  }
  send_part("response.content_part.done", output, shown_part(item));
}

/// Azure says it twice.
void Response::send_part(std::string_view type, std::size_t output, Json part) {
  Json made = part_event(type, output);
  made["part"] = part;
  if (parts_.dialect == Dialect::azure) made["content"] = std::move(part);
  send(made);
}

void Response::close_item(std::size_t output, std::string_view status) {
  Item& item = items_[output];
  using Place = OpenPoints::Place;
  item.status = status;
  if (item.mcp != nullptr) {
    close_mcp_call(output);
  } else if (item.approval == nullptr) {
    close_content(output);
  }
  item.open = false;
  const Place place = closing_ ? parts_.open_points.item_done_when_cut : Place::before;
  if (place == Place::before) tell_conversation(item);
  Json finished = event("response.output_item.done");
  finished["response_id"] = facts_.id;
  finished["output_index"] = output;
  finished["item"] = shown(item);
  send(finished);
  if (place == Place::after) tell_conversation(item);
  if (auto* kept = parts_.conversation.find(item.id)) kept->body = shown(item);
}

void Response::tell_conversation(const Item& item) {
  if (out_of_band()) return;
  Json in_conversation = event("conversation.item.done");
  // A quirk of the service: null when the predecessor is the conversation's
  // first item.
  const auto& items = parts_.conversation.items();
  const bool quirk = !items.empty() && items.front().id == item.previous;
  in_conversation["previous_item_id"] = item.previous.empty() || quirk ? Json() : Json(item.previous);
  in_conversation["item"] = shown(item);
  send(in_conversation);
}

/// Their end is told by response.done alone.
void Response::drop_open_items() {
  for (Item& item : items_) {
    if (!item.open) continue;
    item.open = false;
    item.status = "incomplete";
    if (auto* kept = parts_.conversation.find(item.id)) kept->body = shown(item);
  }
}

void Response::close_open_items(std::string_view status) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].open) close_item(i, status);
  }
}

void Response::done(TimePoint now) {
  const Ending& ending = setup_.reply->ending;
  if (closing_) {
    facts_.status = "cancelled";
    facts_.reason = facts_.cancelled_by == CancelledBy::client ? "client_cancelled" : "turn_detected";
  } else if (std::holds_alternative<CancelledAtBirth>(ending)) {
    facts_.status = "cancelled";
    facts_.reason = "turn_detected";
    facts_.cancelled_by = CancelledBy::turn_detected;
    facts_.cancelled_at = now;
  } else if (const auto* failed = std::get_if<Failed>(&ending)) {
    facts_.status = "failed";
    facts_.reason = failed->error.code;
    const ErrorBody& error = failed->error;
    status_details_["type"] = "failed";
    status_details_["error"] = {{"type", error.type}, {"code", error.code}, {"message", error.message}};
  } else if (limited_) {
    facts_.status = "incomplete";
    facts_.reason = "max_output_tokens";
  } else if (const auto* incomplete = std::get_if<Incomplete>(&ending)) {
    facts_.status = "incomplete";
    facts_.reason = incomplete->reason;
  } else {
    facts_.status = "completed";
    answered_ = true;
  }
  if (facts_.status == "cancelled" || facts_.status == "incomplete") {
    status_details_["type"] = facts_.status;
    status_details_["reason"] = facts_.reason;
  }
  facts_.done_at = now;
  active_ = false;
  Json made = event("response.done");
  made["response"] = shown_response(facts_.status);
  facts_.done_lost = setup_.reply->faults.done_lost || send(made) != Fate::sent;
  if (!facts_.done_lost) parts_.counts.response_done(facts_.status);
  if (parts_.observer != nullptr) parts_.observer->response_done(parts_.facts, facts_);
}

bool Response::told() const {
  return facts_.audible || std::any_of(items_.begin(), items_.end(), [this](const Item& item) {
           return !item.message() || (!setup_.with_audio && !item.text.empty());
         });
}

void Response::happen(const Happening& what, TimePoint now) {
  Outlet& outlet = parts_.outlet;
  if (const auto* begins = std::get_if<BeginFault>(&what)) {
    parts_.begin_fault(begins->fault, now);
  } else if (std::holds_alternative<UnknownEvent>(what)) {
    Json made = outlet.event("response.weather_forecast.delta");
    made["response_id"] = facts_.id;
    made["delta"] = "scattered showers";
    outlet.send(made);
  } else if (std::holds_alternative<EmptyDelta>(what)) {
    if (items_.empty()) return;
    if (send_delta(items_.size() - 1, {}, false) == Fate::withheld) return;
    parts_.counts.audio_deltas_sent.add();
    ChunkFacts chunk;
    chunk.at = now;
    chunk.offset = facts_.audio.size();
    chunk.output = items_.size() - 1;
    facts_.chunks.push_back(chunk);
  } else {
    simulators::openai::happen(what, outlet, now);
  }
}

}  // namespace simulators::openai
