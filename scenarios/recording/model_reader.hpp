#pragma once
#include "scenarios/recording/recording.hpp"
#include "scenarios/recording/wire_line.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::recording {

/// OpenAI's side of one call: what the model was asked, and what it said.
class ModelReader {
 public:
  /// `to` outlives the reader.
  explicit ModelReader(Recording& to) : to_(to) {}
  void read(const WireLine& line);
  void finish();

 private:
  struct Input {
    Response::Asked kind;
    std::string text;
  };
  struct Called {
    std::string tool;
    TimePoint at;
  };
  void from_bridge(const WireLine& line, std::string_view type);
  void to_bridge(const WireLine& line, std::string_view type);
  void configure(const nlohmann::json& session, bool confirmed);
  void create_item(const nlohmann::json& item, TimePoint at);
  void created(const WireLine& line);
  Response& asked_for(TimePoint created);
  void give_up_on_owed(TimePoint now);
  void done(const WireLine& line);
  void audio(const WireLine& line);
  void item(const WireLine& line);
  void words(const WireLine& line, bool whole);
  Response* response(const WireLine& line);
  Output& output(Response& response, const std::string& item, Output::Kind kind);
  runtime::audio::Pcm decoded(const std::string& bytes) const;

  Recording& to_;
  std::map<std::string, std::size_t> responses_;  // by id: their places
  std::map<std::string, Called> calls_;           // of functions, by call_id
  std::vector<Input> inputs_;                     // not yet answered
  TimePoint due_{};
  std::optional<TimePoint> owed_;  // since when a response is, of which nothing came so far
  bool out_of_band_ = false;       // what is asked for next
  bool answered_ = false;          // something was
  std::string format_ = "pcm", appended_format_ = "pcm";
};

}  // namespace scenarios::recording
