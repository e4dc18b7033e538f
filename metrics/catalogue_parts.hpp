#pragma once
#include "metrics/catalogue.hpp"

#include <span>

/// The catalogue's pages; catalogue() binds them together.
namespace metrics {

std::span<const Family> audio_families();         // voicebridge_: sound through the bridge
std::span<const Family> call_families();          // voicebridge_: calls and what became of them
std::span<const Family> conversation_families();  // voicebridge_: turns, keys, quiet lines
std::span<const Family> operation_families();     // voicebridge_: peers, webhooks, the process
std::span<const Family> twilio_families();        // fake_twilio_, caller_
std::span<const Family> openai_families();        // fake_openai_
std::span<const Family> intruder_families();      // intruder_: a scenario's `do: intrude`
std::span<const Family> probe_families();         // probe_: `linecheck probe`

}  // namespace metrics
