#pragma once
#include "runtime/audio/level.hpp"

#include <cstddef>
#include <string_view>

namespace bridge::call {

/// Bytes of mu-law, 600 ms: what is kept of a longer pause. The default turn detection sees a turn's end in
/// it.
inline constexpr std::size_t kPauseBytes = 4800;

/// Nobody speaks, on the caller's line.
inline bool is_quiet(std::string_view mulaw) {
  constexpr double kQuietDbfs = -45;
  return runtime::audio::rms_dbfs_mulaw(mulaw) <= kQuietDbfs;
}

}  // namespace bridge::call
