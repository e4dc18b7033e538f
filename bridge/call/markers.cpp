#include "bridge/call/markers.hpp"

#include <spdlog/logger.h>

namespace bridge::call {
namespace {
constexpr std::uint64_t kBatch = 50;
constexpr std::size_t kIdLength = 20;
}  // namespace

void Markers::delta_received(std::size_t bytes, std::string_view response_id) {
  ++deltas_;
  if (style_ == MarkerStyle::first_and_every_50 && deltas_ != 1 && deltas_ % kBatch != 0) return;
  log_.info("{}[RX_AUDIO_DELTA] bytes={}, response_id={}...", prefix_, bytes,
            response_id.substr(0, kIdLength));
}

void Markers::frame_sent(std::size_t bytes) {
  ++frames_;
  if (frames_ == 1) log_.info("{}[TX_FRAME_FIRST] bytes={}, total_frames=1", prefix_, bytes);
  if (frames_ % kBatch == 0) log_.info("{}[TX_FRAME_BATCH] total_frames={}", prefix_, frames_);
}

}  // namespace bridge::call
