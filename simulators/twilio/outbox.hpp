#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Messages on their way to the bridge: texts one behind another in two buffers that take turns, one being
/// filled while the other is being written. Nothing is allocated per message once warm.
class Outbox {
 public:
  /// Append one message to text(), then call sealed(). `caller_frame`: it carries a slot of the caller's
  /// audio.
  std::string& text() { return filling_.text; }
  void sealed(bool caller_frame) {
    filling_.ends.push_back(filling_.text.size());
    if (caller_frame) ++filling_.frames;
  }
  std::string_view last() const {
    const auto& ends = filling_.ends;
    const std::size_t begin = ends.size() < 2 ? 0 : ends[ends.size() - 2];
    return std::string_view(filling_.text).substr(begin);
  }

  bool empty() const { return filling_.ends.empty(); }
  /// Caller frames that the transport has not taken.
  std::size_t waiting_frames() const { return filling_.frames + writing_.frames; }
  std::size_t waiting_messages() const { return filling_.ends.size() + writing_.ends.size(); }

  /// All that is waiting, to be written; valid until the next call of taken() or take().
  std::span<const std::string_view> take();
  void taken() { writing_.clear(); }

 private:
  struct Buffer {
    std::string text;
    std::vector<std::size_t> ends;
    std::size_t frames = 0;
    void clear() {
      text.clear();
      ends.clear();
      frames = 0;
    }
  };
  Buffer filling_;
  Buffer writing_;
  std::vector<std::string_view> views_;
};

}  // namespace simulators::twilio
