#include "simulators/openai/outlet.hpp"

#include "simulators/openai/codec.hpp"

#include <algorithm>
#include <utility>

namespace simulators::openai {

Json Outlet::event(std::string_view type) {
  Json event;
  event["type"] = type;
  event["event_id"] = ids_.make("event_");
  return event;
}

Fate Outlet::send(const Json& event, Matters matters) {
  if (dialect_ != Dialect::beta) return send_damaged(event, matters);
  auto translated = to_beta(event, ids_, temperature_);
  if (translated.empty()) return Fate::withheld;
  const Fate fate = send_damaged(std::move(translated.front()), matters);
  for (std::size_t i = 1; i < translated.size(); ++i) send_damaged(std::move(translated[i]), {});
  return fate;
}

Json Outlet::damaged(Json event) {
  if (ended_ || muted_) return event;
  const std::string type = event["type"];
  for (const EventDamage& damage : damages_) {
    if (!befalls(damage, type) || !inflict(damage, event)) continue;
    if (damage.fault) facts_.faults_struck.insert(*damage.fault);
  }
  return event;
}

Fate Outlet::send_damaged(Json event, Matters matters, Matters not_null) {
  const Json left = damaged(std::move(event));
  if (!send_text(dump(left))) return Fate::withheld;
  const auto is_null = [&](std::string_view field) { return left.contains(field) && left[field].is_null(); };
  const auto is_lost = [&](std::string_view field) { return !left.contains(field) || is_null(field); };
  const bool robbed =
      is_lost("type") || std::ranges::any_of(matters, is_lost) || std::ranges::any_of(not_null, is_null);
  return robbed ? Fate::robbed : Fate::sent;
}

Fate Outlet::send_made(std::string_view type, std::string text, Matters matters, Matters not_null) {
  const bool whole = std::none_of(damages_.begin(), damages_.end(),
                                  [&](const EventDamage& damage) { return befalls(damage, type); });
  if (whole) return send_text(std::move(text)) ? Fate::sent : Fate::withheld;
  return send_damaged(Json::parse(text), matters, not_null);
}

bool Outlet::send_text(std::string text) {
  if (ended_ || muted_) return false;
  if (queue_.size() >= kMost) {
    close({1009, "the client does not read"});
    return false;
  }
  queue_.push_back({Outgoing::Kind::text, std::move(text), {}});
  return true;
}

void Outlet::send_error(const ErrorBody& error, std::string_view client_event_id, TimePoint now) {
  Json out = event("error");
  out["error"] = error_event(error, client_event_id)["error"];
  if (send(out) != Fate::sent) return;
  facts_.errors_sent.push_back({now, error});
  counts_.error_sent(error.code);
  if (on_error_) on_error_(facts_.errors_sent.back());
}

void Outlet::ping() {
  if (ended_) return;
  ++pings_;
  std::string payload;
  for (const int shift : {24, 16, 8, 0}) payload.push_back(static_cast<char>((pings_ >> shift) & 0xFFU));
  queue_.push_back({Outgoing::Kind::ping, std::move(payload), {}});
}

void Outlet::close(runtime::net::CloseReason reason) {
  if (ended_) return;
  facts_.close_sent = reason;
  queue_.push_back({Outgoing::Kind::close, {}, std::move(reason)});
  ended_ = true;
}

void Outlet::abort() {
  if (ended_) return;
  facts_.aborted = true;
  queue_.push_back({Outgoing::Kind::abort, {}, {}});
  ended_ = true;
}

void Outlet::stop_reading(TimePoint until) {
  reads_from_ = until;
  facts_.stopped_reading = true;
}

void Outlet::half_open() {
  if (ended_) return;
  queue_.push_back({Outgoing::Kind::half_open, {}, {}});
  stop_reading(TimePoint::max());
  ended_ = true;
}

}  // namespace simulators::openai
