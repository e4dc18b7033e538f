#pragma once
#include "scenarios/diagnosis/evidence.hpp"
#include "scenarios/diagnosis/line_splitter.hpp"
#include "scenarios/diagnosis/log_line.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::diagnosis {

/// Collects evidence from a log, call by call where its lines say which call they are about. Lines of a
/// response whose id was seen on a line with a call belong to that call too. A stream stands for its call,
/// and for itself as long as no line has named both. What names neither is kept together. Bounded: of the
/// first kMostCalls calls each is kept apart, later ones are kept together.
class LogReader {
 public:
  static constexpr std::size_t kMostCalls = 10'000;

  /// Any piece of the file, in order.
  void feed(std::string_view bytes);
  /// The file's end: a last line may lack its newline.
  void finish();

  const std::map<std::string, Evidence>& calls() const { return calls_; }
  /// What was said without naming a call: start-up lines, and everything in a log that names none.
  const Evidence& nameless() const { return nameless_; }
  /// Of all calls together, named or not.
  Evidence all() const;
  std::size_t lines() const { return lines_; }
  /// Lines that stated a fact.
  std::size_t recognised() const { return recognised_; }

 private:
  void read(std::string_view line);
  /// Whatever has no end by then was cut, unless the log goes on about it.
  void another_process();
  /// The process that was the last to begin could not: it found the one before in its place.
  void not_another_process();
  Evidence& evidence_for(const LogLine& line);
  /// From a line that names both: what was known of the stream is the call's.
  void join(const std::string& stream, const std::string& call);
  std::string key_of(const LogLine& line);
  void book(const LogLine& line, Evidence& into);

  std::map<std::string, Evidence> calls_;
  Evidence nameless_;
  Evidence later_;  // calls after the first kMostCalls
  std::map<std::string, std::string> call_of_response_;
  std::map<std::string, std::string> call_of_stream_;
  std::vector<std::string> cut_;  // calls that the last process to begin found without an end
  bool begins_ = false;           // the log has shown a process of linecheck-bridge begin
  LineSplitter splitter_;
  std::size_t lines_ = 0;
  std::size_t recognised_ = 0;
};

}  // namespace scenarios::diagnosis
