#pragma once
#include "simulators/openai/fields.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace simulators::openai {

/// What the model of a transcription names: one of OpenAI's, or at Azure a deployment, which its owner names.
enum class Transcribers { models, deployments };

/// Fields of a client event beside its `type`; nullopt: there is no such event. `session` of session.update
/// is taken as it is here: what it may hold depends on the session.
std::optional<std::span<const Field>> client_event_fields(std::string_view type);

/// Fields of `session` in session.update, beside its `type`: of a voice session, of one that transcribes
/// only, and of both in the beta dialect.
std::span<const Field> session_fields(Transcribers as);
std::span<const Field> transcription_session_fields(Transcribers as);
std::span<const Field> beta_session_fields(Transcribers as);
std::span<const Field> beta_transcription_session_fields();
/// Fields of `response` in response.create.
std::span<const Field> response_fields();
std::span<const Field> beta_response_fields();

}  // namespace simulators::openai
