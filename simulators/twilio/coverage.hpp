#pragma once
#include <cstddef>
#include <vector>

namespace simulators::twilio {

/// What of a recording's audible extent was heard: parts, each sample counted once.
class Coverage {
 public:
  struct Part {
    std::size_t begin, end;  // samples of the recording
  };
  /// The extent; nothing outside of it counts.
  Coverage(std::size_t from, std::size_t to) : from_(from), to_(to) {}

  void add(Part part);
  /// Apart from each other, in order.
  const std::vector<Part>& parts() const { return parts_; }
  std::size_t samples() const;
  std::size_t extent() const { return to_ - from_; }
  /// Of the extent, what lay before the part that was added first. Only once there is one.
  std::size_t missed() const { return first_ - from_; }
  /// Whether `part` is all of the extent, but for `tolerance` at either end.
  bool is_whole(Part part, std::size_t tolerance) const {
    return part.begin <= from_ + tolerance && part.end + tolerance >= to_ && from_ < to_;
  }

 private:
  std::size_t from_, to_;
  std::vector<Part> parts_;
  std::size_t first_ = 0;
};

}  // namespace simulators::twilio
