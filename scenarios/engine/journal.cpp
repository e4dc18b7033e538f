#include "scenarios/engine/journal.hpp"

#include "simulators/control/journal.hpp"

namespace scenarios::engine {
void Journal::record(const Entry& entry) {
  if (bytes_ + entry.text.size() > most_bytes_) {
    ++dropped_;
    return;
  }
  bytes_ += entry.text.size() + sizeof(Line);
  lines_.push_back(
      {entry.at, std::string(entry.lane), std::string(entry.call), entry.direction, std::string(entry.text)});
}

std::string Journal::text() const {
  std::string out;
  for (const auto& line : lines_) {
    out +=
        simulators::control::journal_line(start_, {line.at, line.lane, line.call, line.direction, line.text});
    out += '\n';
  }
  if (dropped_ > 0) out += R"({"dropped_lines":)" + std::to_string(dropped_) + "}\n";
  return out;
}

}  // namespace scenarios::engine
