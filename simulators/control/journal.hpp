#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/core/wire_log.hpp"
#include "simulators/control/api.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::control {

/// One entry as a JSON line without its end: {"t":seconds,"lane":..,"call":..,"dir":..,"msg":..}. `msg` is
/// the message itself where it is JSON, else a JSON string.
std::string journal_line(runtime::TimePoint start, const runtime::WireLog::Entry& entry);

/// What went over a stand-alone fake's wires, lately. Bounded: beyond `most_bytes` the oldest lines are
/// forgotten, and counted. Lines are numbered from 1, so that a reader knows what it missed.
class Journal final : public runtime::WireLog {
 public:
  Journal(boost::asio::any_io_executor executor, runtime::Clock& clock, std::size_t most_bytes);

  void record(const Entry& entry) override;
  void clear();

  struct Question {
    std::string_view call;      // only this call's (or session's) lines; empty: all
    std::string_view lane;      // only this lane's; empty: all
    std::uint64_t after = 0;    // only lines with a higher number
    std::size_t most = 10'000;  // lines in one answer
  };
  /// JSON lines with their number, {"n":..,"t":..,...}; `last`: the number of the last line looked at.
  std::string lines(const Question& question, std::uint64_t& last) const;
  /// Until a line after `number` was recorded. False: it was not, by `deadline`.
  boost::asio::awaitable<bool> grown_beyond(std::uint64_t number, runtime::TimePoint deadline);

  std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct Line {
    std::uint64_t number;
    std::string lane;
    std::string call;
    std::string text;
  };

  boost::asio::any_io_executor executor_;
  runtime::Clock& clock_;
  const std::size_t most_bytes_;
  const runtime::TimePoint start_;
  std::deque<Line> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t forgotten_ = 0;
  std::shared_ptr<runtime::Event> grown_;  // set with the next line; null while nobody waits
};

/// GET /journal: JSON lines; ?call, ?lane, ?after, ?limit; ?follow=SECONDS waits for one when there is none.
/// Another lane than `lanes` is refused, if these are given.
void add_journal(Api& api, Journal& journal, runtime::Clock& clock, std::vector<std::string_view> lanes = {});

}  // namespace simulators::control
