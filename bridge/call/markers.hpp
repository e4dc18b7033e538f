#pragma once
#include "bridge/call/settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace bridge::call {

/// The four log lines of the audio path that people grep for: an interface, spelled exactly (design.md, "The
/// incident, as requirements", 2). One per call. `prefix` ("call=CA.. ") stands before each.
class Markers {
 public:
  explicit Markers(spdlog::logger& log, MarkerStyle style = MarkerStyle::every) : log_(log), style_(style) {}
  void begin(std::string prefix, MarkerStyle style) {
    prefix_ = std::move(prefix);
    style_ = style;
  }
  /// `bytes`: decoded audio of the delta.
  void delta_received(std::size_t bytes, std::string_view response_id);
  /// The transport took a frame of `bytes` audio bytes.
  void frame_sent(std::size_t bytes);

 private:
  spdlog::logger& log_;
  MarkerStyle style_;
  std::string prefix_;
  std::uint64_t deltas_ = 0;
  std::uint64_t frames_ = 0;
};

}  // namespace bridge::call
