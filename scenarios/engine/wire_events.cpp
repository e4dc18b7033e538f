#include "scenarios/engine/wire_events.hpp"

namespace scenarios::engine {
namespace {

constexpr std::string_view kTwilio[] = {"connected", "start", "media", "stop", "mark", "dtmf", "clear"};
// Of both dialects, the beta's included; session.weather_forecast is what the fault unknown_event sends.
constexpr std::string_view kOpenAi[] = {"conversation.created",
                                        "conversation.item.added",
                                        "conversation.item.create",
                                        "conversation.item.created",
                                        "conversation.item.delete",
                                        "conversation.item.deleted",
                                        "conversation.item.done",
                                        "conversation.item.input_audio_transcription.completed",
                                        "conversation.item.input_audio_transcription.delta",
                                        "conversation.item.input_audio_transcription.failed",
                                        "conversation.item.input_audio_transcription.segment",
                                        "conversation.item.retrieve",
                                        "conversation.item.retrieved",
                                        "conversation.item.truncate",
                                        "conversation.item.truncated",
                                        "error",
                                        "input_audio_buffer.append",
                                        "input_audio_buffer.clear",
                                        "input_audio_buffer.cleared",
                                        "input_audio_buffer.commit",
                                        "input_audio_buffer.committed",
                                        "input_audio_buffer.dtmf_event_received",
                                        "input_audio_buffer.speech_started",
                                        "input_audio_buffer.speech_stopped",
                                        "input_audio_buffer.timeout_triggered",
                                        "mcp_list_tools.completed",
                                        "mcp_list_tools.failed",
                                        "mcp_list_tools.in_progress",
                                        "output_audio_buffer.clear",
                                        "output_audio_buffer.cleared",
                                        "output_audio_buffer.started",
                                        "output_audio_buffer.stopped",
                                        "rate_limits.updated",
                                        "response.audio.delta",
                                        "response.audio.done",
                                        "response.audio_transcript.delta",
                                        "response.audio_transcript.done",
                                        "response.cancel",
                                        "response.content_part.added",
                                        "response.content_part.done",
                                        "response.create",
                                        "response.created",
                                        "response.done",
                                        "response.function_call_arguments.delta",
                                        "response.function_call_arguments.done",
                                        "response.mcp_call.completed",
                                        "response.mcp_call.failed",
                                        "response.mcp_call.in_progress",
                                        "response.mcp_call_arguments.delta",
                                        "response.mcp_call_arguments.done",
                                        "response.output_audio.delta",
                                        "response.output_audio.done",
                                        "response.output_audio_transcript.delta",
                                        "response.output_audio_transcript.done",
                                        "response.output_item.added",
                                        "response.output_item.done",
                                        "response.output_text.delta",
                                        "response.output_text.done",
                                        "response.text.delta",
                                        "response.text.done",
                                        "session.close",
                                        "session.created",
                                        "session.update",
                                        "session.updated",
                                        "session.weather_forecast",
                                        "transcription_session.created",
                                        "transcription_session.update",
                                        "transcription_session.updated"};

void add_shortened(std::vector<std::string>& names, std::string_view event) {
  names.push_back("openai." + std::string(event));
  const auto dot = event.find('.');
  if (dot != std::string_view::npos) add_shortened(names, event.substr(dot + 1));
}

}  // namespace

std::vector<std::string> wire_events(std::string_view wire) {
  std::vector<std::string> names;
  if (wire == "twilio") {
    for (const auto event : kTwilio) names.push_back("twilio." + std::string(event));
  } else {
    for (const auto event : kOpenAi) add_shortened(names, event);
  }
  return names;
}

}  // namespace scenarios::engine
