#pragma once
#include "scenarios/engine/evidence.hpp"

#include <string>
#include <vector>

namespace scenarios::engine {

/// What the fakes saw of one call, where a verdict's general words would send its reader elsewhere.
struct Clue {
  std::string says;               // one sentence; empty: the general words are right
  std::vector<std::string> next;  // what to look at
};

/// `openai_url`: where the fake OpenAI was to be found; `all_sessions`: that came to it, of any call.
Clue clue_for(const CallEvidence& call, const std::string& openai_url, std::size_t all_sessions);

}  // namespace scenarios::engine
