#pragma once
#include "scenarios/engine/truth.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// Where the audio of one response stands in what Twilio received. Mu-law samples.
struct Arrived {
  std::size_t at = 0;
  std::size_t length = 0;
};

/// From the bridge's mark on `start`, which proves nothing else.
runtime::Duration one_way(const simulators::twilio::StreamFacts& stream);
/// When the bridge learns what the line would have carried to it by `carried`; nullopt: never.
std::optional<runtime::TimePoint> at_bridge(const simulators::twilio::StreamFacts& stream,
                                            runtime::TimePoint carried);

/// The way of one response's audio from the bridge to Twilio, and of its marks back, as the fakes saw it.
/// What the connection took from the bridge has left it, also when Twilio took nothing from the connection.
class Path {
 public:
  /// `busy_until`: so long what came before it is due to sound. `unread`: samples of what came before it that
  /// the connection holds for good.
  /// `ends`: the bridge learned that no more would come.
  Path(const simulators::openai::ResponseFacts& response, bool ends,
       const simulators::twilio::StreamFacts& stream, Arrived arrived, runtime::TimePoint busy_until,
       std::size_t unread, const TruthSettings& settings);

  /// Playing is due without a break from the first audio on, but never before the model sent it.
  runtime::TimePoint due_until() const { return due_until_; }
  /// When all of it was played, as far as the bridge can know; never, while some of it is still there.
  runtime::TimePoint over() const;
  /// When a mark behind so many samples is missed; nullopt: the model never made as many.
  std::optional<runtime::TimePoint> overdue(std::size_t samples) const;
  /// When a second of it was past its time and still in the bridge, if that was before `cut`.
  std::optional<runtime::TimePoint> stuck(runtime::TimePoint cut) const;
  /// When a mark that says something had come back too early, or not in time, if that was before `end`.
  std::optional<runtime::TimePoint> unconfirmed(runtime::TimePoint end) const;
  /// When Twilio had played the audio ahead of a mark that says something and had come back by then; nullopt:
  /// none had.
  std::optional<runtime::TimePoint> confirmed(runtime::TimePoint by) const;
  /// When the bridge learned that all of it was played; nullopt: it did not.
  std::optional<runtime::TimePoint> last_back() const;
  /// How much of it was in the connection at `cut`, and is never read.
  std::size_t unread(runtime::TimePoint cut) const;
  std::optional<runtime::TimePoint> at_bridge(runtime::TimePoint carried) const {
    return engine::at_bridge(stream_, carried);
  }
  /// Twilio took nothing from the connection then.
  bool stalled(runtime::TimePoint at) const;
  runtime::Duration one_way() const { return one_way_; }

 private:
  using StallFact = simulators::twilio::StallFact;
  using MarkFact = simulators::twilio::MarkFact;

  /// So many samples will have sounded by then.
  struct End {
    std::size_t samples;
    runtime::TimePoint at;
    bool held;  // what came last of them was kept by a stall
  };

  void schedule(const simulators::openai::ResponseFacts& response, runtime::TimePoint busy_until);
  void follow_the_bridge();
  std::optional<runtime::TimePoint> due(std::size_t samples) const;
  std::optional<runtime::TimePoint> blocked(std::size_t have, runtime::TimePoint since,
                                            runtime::TimePoint until) const;
  runtime::Duration behind(std::size_t have) const;
  const StallFact* held(std::size_t begin, std::size_t length, runtime::TimePoint arrived_at) const;
  const End* end_of(std::size_t ahead) const;
  runtime::TimePoint played_by(std::size_t ahead) const;
  std::optional<runtime::TimePoint> stale(std::size_t left) const;
  bool says_something(const MarkFact& mark) const;
  bool flushed(const MarkFact& mark) const;
  runtime::TimePoint sent_at(const MarkFact& mark) const;
  std::optional<runtime::TimePoint> not_back(const MarkFact& mark) const;
  std::optional<runtime::TimePoint> never_read() const;
  template <class Visit>
  void each_piece(Visit visit) const;

  const simulators::twilio::StreamFacts& stream_;
  const Holds& holds_;
  const Arrived arrived_;
  std::size_t generated_ = 0;
  bool done_ = false;
  std::size_t room_ = 0;  // samples that the connection takes though nobody reads
  runtime::Duration one_way_{0};
  runtime::Duration patience_;
  runtime::Duration resume_within_;
  std::vector<std::pair<runtime::TimePoint, std::size_t>> due_;  // from this time on, so many samples more
  runtime::TimePoint due_until_;
  std::vector<End> ends_;
};

}  // namespace scenarios::engine
