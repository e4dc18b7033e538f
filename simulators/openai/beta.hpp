#pragma once
#include "simulators/openai/ids.hpp"
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The dialect that the API spoke before GA, and that Azure's preview still does (openai-realtime.md, 9). The
// session itself speaks GA; what differs is translated on the way in and on the way out.
namespace simulators::openai {

/// Beta's name for a session.update of a session that transcribes only.
inline constexpr std::string_view kBetaTranscriptionUpdate = "transcription_session.update";

inline constexpr double kBetaTemperature = 0.8;

/// What a GA event is in beta: mostly one event under another name, sometimes none or two. `ids`: for an
/// event that GA does not have at that place. `temperature`: of the session, which GA has none of.
std::vector<Json> to_beta(const Json& event, Ids& ids, double temperature = kBetaTemperature);
/// How beta calls the field that an error is about.
std::string beta_param(std::string_view ga);

/// What is wrong with a beta client event that GA's tables would not find, in beta's names.
std::optional<ErrorBody> check_beta(std::string_view type, const Json& body);
/// A client event that passed check_beta, as GA would have it.
Json from_beta(std::string_view type, const Json& body);

}  // namespace simulators::openai
