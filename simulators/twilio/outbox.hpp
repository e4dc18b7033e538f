#pragma once
#include "simulators/twilio/script.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Messages on their way to the bridge: texts one behind another in two buffers that take turns, one being
/// filled while the other is being written. Each is due when the line has carried it. Nothing is allocated
/// per message once warm.
class Outbox {
 public:
  /// Append one message to text(), then call sealed(). `caller_frame`: it carries a slot of the caller's
  /// audio. `due`: not before an earlier message's.
  std::string& text() { return filling_.text; }
  void sealed(bool caller_frame, TimePoint due) {
    filling_.seals.push_back({filling_.text.size(), due, caller_frame});
    if (caller_frame) ++filling_.frames;
  }
  std::string_view last() const {
    const auto& seals = filling_.seals;
    const std::size_t begin = seals.size() < 2 ? 0 : seals[seals.size() - 2].end;
    return std::string_view(filling_.text).substr(begin);
  }

  bool empty() const { return filling_.seals.empty(); }
  /// Of the first that waits.
  TimePoint first_due() const { return filling_.seals.front().due; }
  /// Caller frames that the transport has not taken.
  std::size_t waiting_frames() const { return filling_.frames + writing_.frames; }
  std::size_t waiting_messages() const { return filling_.seals.size() + writing_.seals.size(); }

  /// All that is due by `arrived`, to be written; valid until the next call of taken() or take().
  std::span<const std::string_view> take(TimePoint arrived);
  void taken() { writing_.clear(); }

 private:
  struct Seal {
    std::size_t end;
    TimePoint due;
    bool caller_frame;
  };
  struct Buffer {
    std::string text;
    std::vector<Seal> seals;
    std::size_t frames = 0;
    void clear() {
      text.clear();
      seals.clear();
      frames = 0;
    }
  };
  void put_back(std::size_t count);

  Buffer filling_;
  Buffer writing_;
  std::vector<std::string_view> views_;
};

}  // namespace simulators::twilio
