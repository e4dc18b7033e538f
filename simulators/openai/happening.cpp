#include "simulators/openai/happening.hpp"

namespace simulators::openai {

void happen(const Happening& what, Outlet& outlet, TimePoint now) {
  if (std::holds_alternative<UnknownEvent>(what)) {
    Json made = outlet.event("session.weather_forecast");
    made["forecast"] = "scattered showers";
    outlet.send(made);
  } else if (std::holds_alternative<MalformedJson>(what)) {
    outlet.send_text(R"({"type":"response.output_audio.delta","event_id":"event_)");
  } else if (const auto* error = std::get_if<ErrorEvent>(&what)) {
    outlet.send_error(error->error, {}, now);
  } else if (const auto* close = std::get_if<CloseConnection>(&what)) {
    outlet.close({close->code, close->text});
  } else if (std::holds_alternative<AbortConnection>(what)) {
    outlet.abort();
  } else if (std::holds_alternative<HalfOpen>(what)) {
    outlet.half_open();
  } else if (const auto* stop = std::get_if<StopReading>(&what)) {
    outlet.stop_reading(stop->lasts ? now + *stop->lasts : TimePoint::max());
  }
}

}  // namespace simulators::openai
