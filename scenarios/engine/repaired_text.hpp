#pragma once
#include "scenarios/engine/source.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace scenarios::engine {

/// A part of one line, and what would be right in its place.
struct Repair {
  Mark at;
  std::size_t length = 0;  // bytes
  std::string right;
};

/// A text with some of its parts put right, so that what follows them can be read as well. What is found in
/// it is told at its place in the text as it was.
class RepairedText {
 public:
  explicit RepairedText(const Source& original) : now_(original.file(), original.text()) {}
  /// As it reads now.
  const Source& now() const { return now_; }
  void apply(Repair repair);
  std::size_t repairs() const { return repairs_.size(); }
  Mark original(Mark now) const;
  /// Whether the last repair was there, or just before: what is wrong may be of its making.
  bool just_repaired(Mark now) const;

 private:
  Source now_;
  std::vector<Repair> repairs_;
};

}  // namespace scenarios::engine
