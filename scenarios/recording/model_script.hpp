#pragma once
#include "scenarios/recording/recording.hpp"
#include "scenarios/recording/redaction.hpp"
#include "scenarios/recording/scenario_text.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace scenarios::recording {

/// The model's side of a scenario: a rule for each response, and what its functions need.
class ModelScript {
 public:
  /// All outlive it. `name`: the scenario's.
  ModelScript(const Recording& recording, std::string name, Redaction& redaction)
      : recording_(recording), name_(std::move(name)), redaction_(redaction) {}

  /// Lines of YAML below `model:`; empty: there is no response. Once.
  std::string rules();
  /// Below `agent:` of the bridge's configuration; empty: nothing is needed.
  std::string tool_config() const;
  /// `http:`, with what the functions answered; empty: nothing is needed.
  std::string tool_servers();
  std::vector<ClipFile> take_clips() { return std::move(clips_); }
  const std::vector<std::string>& notes() const { return notes_; }
  /// The reply of the i-th response, by the name that expectations use.
  const std::string& reply_name(std::size_t response) const { return names_[response]; }
  /// Keys and texts of the caller that the model was given, as they stand in the scenario.
  std::string quoted(const std::string& text) const;

 private:
  std::string when(const Response& response) const;
  std::string reply(const Response& response, std::size_t number);
  std::string output(const Output& output, const std::string& clip);
  std::string ending(const Response& response);
  std::string pace(const Response& response) const;
  std::vector<std::string> own_tools() const;

  const Recording& recording_;
  const std::string name_;
  Redaction& redaction_;
  std::vector<ClipFile> clips_;
  std::vector<std::string> notes_, names_;
};

}  // namespace scenarios::recording
