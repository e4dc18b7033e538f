#pragma once
#include <span>
#include <string_view>

namespace simulators::openai {

/// The types of events that the fake sends by itself, GA's.
std::span<const std::string_view> server_event_types();
/// Those that only the beta dialect has.
std::span<const std::string_view> beta_server_event_types();

}  // namespace simulators::openai
