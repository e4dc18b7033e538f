#include "simulators/openai/mouth.hpp"

#include "runtime/core/units.hpp"
#include "simulators/openai/session_config.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace simulators::openai {
namespace {

using StepKind = Step::Kind;

std::size_t mulaw_bytes_of(Duration audio) {
  return static_cast<std::size_t>(std::max<std::int64_t>(1, audio / std::chrono::microseconds(125)));
}

/// Lays a reply out along time. Each part leaves `at_` at the time of its last step.
class Planner {
 public:
  Planner(const Reply& reply, const Pace& pace, bool with_audio, runtime::Random& random, TimePoint due)
      : reply_(reply), pace_(pace), with_audio_(with_audio), random_(random), at_(due) {}

  std::deque<Step> plan() {
    if (std::holds_alternative<NeverCreated>(reply_.ending)) return {};
    at_ += draw(random_, pace_.created) + reply_.faults.created_later;
    created_at_ = at_;
    const auto* at_birth = std::get_if<CancelledAtBirth>(&reply_.ending);
    if (at_birth == nullptr || at_birth->created_first) {
      insert(Moment::At::created, true);
      add({StepKind::created});
      insert(Moment::At::created, false);
    }
    const bool fails_at_once = std::holds_alternative<Failed>(reply_.ending) && !reply_.faults.breaks_off;
    if (at_birth == nullptr && !fails_at_once) outputs();
    if (stalled_for_ever_) return std::move(steps_);
    finish();
    return std::move(steps_);
  }

 private:
  void add(Step step) {
    step.due = at_;
    steps_.push_back(step);
  }

  void insert(Moment::At at, bool before) {
    for (const Insertion& insertion : reply_.faults.insertions) {
      if (insertion.moment.at != at || insertion.moment.before != before) continue;
      happen(insertion.what, insertion.fault);
    }
  }

  /// What waits for the delta that has just been planned: for its number, or for an amount of audio that was
  /// reached between `before` and `after` bytes.
  void insert_after_delta(std::size_t before, std::size_t after) {
    for (const Insertion& insertion : reply_.faults.insertions) {
      const Moment& moment = insertion.moment;
      const std::size_t wanted = moment.at == Moment::At::after_audio ? mulaw_bytes_of(moment.audio) : 0;
      const bool by_audio = wanted > before && wanted <= after;
      const bool by_number = moment.at == Moment::At::after_deltas && moment.deltas == deltas_;
      if (by_audio || by_number) happen(insertion.what, insertion.fault);
    }
  }

  void happen(const Happening& what, std::optional<std::size_t> fault = {}) {
    Step step{StepKind::happening};
    step.happening = &what;
    step.fault = fault;
    add(step);
  }

  /// The fault shows from the next step on.
  void strike(std::optional<std::size_t> fault) {
    if (!fault || !struck_.insert(*fault).second) return;
    Step step{StepKind::struck};
    step.fault = fault;
    add(step);
  }

  void outputs() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < reply_.outputs.size() && !stalled_for_ever_; ++i) {
      begin_item(i);
      body(i);
      if (stalled_for_ever_) return;
      if (broken_off_) return add({StepKind::items_closed});
      open.push_back(i);
      if (stays_open(i)) continue;
      at_ += draw(random_, pace_.done);
      for (const std::size_t item : std::exchange(open, {})) {
        Step step{StepKind::item_done};
        step.output = item;
        add(step);
      }
    }
  }

  /// Beside the next item. What a server's call came to is known before it is spoken of.
  bool stays_open(std::size_t index) const {
    const bool more = index + 1 < reply_.outputs.size();
    const bool call = std::holds_alternative<McpCall>(reply_.outputs[index]);
    return more && !call && reply_.interleaved.value_or(pace_.interleaves);
  }

  void begin_item(std::size_t index) {
    at_ = index == 0 ? created_at_ + draw(random_, pace_.item) : at_ + draw(random_, pace_.between_words);
    Step step{StepKind::item_added};
    step.output = index;
    add(step);
  }

  void body(std::size_t index) {
    const Output& output = reply_.outputs[index];
    const bool streams = !begun(reply_.faults.no_deltas);
    if (const auto* mcp = std::get_if<McpCall>(&output)) return call_server(index, *mcp, streams);
    if (!streams) return;
    if (const auto* speech = std::get_if<Speech>(&output)) {
      if (with_audio_) {
        speak(index, *speech);
      } else {
        write(index, split_words(speech->transcript), StepKind::transcript);
      }
    } else if (const auto* unheard = std::get_if<TranscriptOnly>(&output)) {
      write(index, split_words(unheard->transcript), StepKind::transcript);
    } else if (const auto* text = std::get_if<TextOnly>(&output)) {
      write(index, split_words(text->text), StepKind::transcript);
    } else if (const auto* call = std::get_if<ToolCall>(&output)) {
      write(index, pieces(call->arguments), StepKind::arguments);
    }
  }

  /// Without its deltas it is a call all the same, and has an outcome.
  void call_server(std::size_t index, const McpCall& call, bool streams) {
    if (streams) write(index, pieces(call.arguments), StepKind::arguments);
    Step begun{StepKind::mcp_begun};
    begun.output = index;
    add(begun);
    at_ += call.takes;
  }

  static std::vector<std::string_view> pieces(std::string_view text) {
    std::vector<std::string_view> cut;
    for (std::size_t from = 0; from < text.size();) {
      std::size_t to = std::min(from + 8, text.size());
      while (to < text.size() && (static_cast<unsigned char>(text[to]) & 0xC0U) == 0x80U)
        ++to;  // inside UTF-8
      cut.push_back(text.substr(from, to - from));
      from = to;
    }
    return cut;
  }

  void write(std::size_t index, const std::vector<std::string_view>& texts, StepKind kind) {
    if (index == 0) at_ = std::max(at_, created_at_ + draw(random_, pace_.transcript));
    for (const std::string_view text : texts) {
      piece(index, text, kind);
      at_ += draw(random_, pace_.between_words);
    }
  }

  void piece(std::size_t index, std::string_view text, StepKind kind) {
    Step step{kind};
    step.output = index;
    step.text = text;
    add(step);
  }

  void speak(std::size_t index, const Speech& speech) {
    const auto words = split_words(speech.transcript);
    std::size_t said = 0;
    const auto say_up_to = [&](std::size_t count) {
      for (; said < std::min(count, words.size()); ++said) piece(index, words[said], StepKind::transcript);
    };
    const bool first = index == 0;
    if (first) at_ = std::max(at_, created_at_ + draw(random_, pace_.transcript));
    say_up_to(3);
    if (first)
      at_ = std::max(at_, created_at_ + draw(random_, pace_.audio) + reply_.faults.first_audio_later);
    const std::size_t total = speech.mulaw.size();
    const auto cuts = cut(total);
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      if (stall() || break_off() || begun(reply_.faults.no_deltas)) return;
      const auto [from, to, moved] = cuts[i];
      if (moved) strike(reply_.faults.reordered_deltas->fault);
      audio(index, from, to);
      say_up_to(3 + words.size() * to / total);
      if (i + 1 < cuts.size()) pause(runtime::mulaw_length(to - from));
    }
    if (break_off() || begun(reply_.faults.no_deltas)) return;
    say_up_to(words.size());
    stall();
  }

  void pause(Duration audio) {
    if (begun(reply_.faults.burst)) return;
    at_ += begun(reply_.faults.trickle) ? audio : pause_after(random_, pace_, audio);
  }

  /// Whether a fault that begins at `onset` holds for the next delta, or for one that follows so many deltas
  /// and bytes.
  bool begun(const std::optional<Onset>& onset) {
    const bool holds = begun(onset, deltas_, spoken_);
    if (holds) strike(onset->fault);
    return holds;
  }
  static bool begun(const std::optional<Onset>& onset, std::size_t deltas, std::size_t bytes) {
    return onset && deltas >= onset->deltas && runtime::mulaw_length(bytes) >= onset->audio;
  }

  /// A failed or incomplete response ends here.
  bool break_off() {
    broken_off_ = broken_off_ || begun(reply_.faults.breaks_off);
    return broken_off_;
  }

  struct Cut {  // [from, to) of an item's mu-law
    std::size_t from = 0, to = 0;
    bool moved = false;  // it has changed its place
  };

  /// An item's audio in deltas, in the order in which they leave.
  std::vector<Cut> cut(std::size_t total) {
    std::vector<Cut> cuts;
    std::vector<bool> change_places;
    for (std::size_t from = 0; from < total;) {
      const std::size_t before = deltas_ + cuts.size();
      const std::size_t to = from + std::min(total - from, length_of_delta(from, total, before));
      change_places.push_back(begun(reply_.faults.reordered_deltas, before, spoken_ + from));
      cuts.push_back({from, to});
      from = to;
    }
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      if (!change_places[i]) continue;
      std::swap(cuts[i], cuts[i + 1]);
      cuts[i].moved = true;
      ++i;
    }
    return cuts;
  }

  /// Of the delta that begins at `from`, `before` of the response having been sent.
  std::size_t length_of_delta(std::size_t from, std::size_t total, std::size_t before) {
    constexpr std::size_t kFrame = 160;
    if (begun(reply_.faults.oversized, before, spoken_ + from)) return total - from;
    if (begun(reply_.faults.trickle, before, spoken_ + from)) return kFrame;
    const auto& span = from == 0 ? pace_.first_delta_audio : pace_.delta_audio;
    return mulaw_bytes_of(draw(random_, span.value_or(Span{})));
  }

  void audio(std::size_t index, std::size_t from, std::size_t to) {
    const Faults& faults = reply_.faults;
    if (begun(faults.unheard)) return;
    static_cast<void>(begun(faults.oversized) || begun(faults.trickle));  // they show in its length
    if (deltas_ == 0) insert(Moment::At::first_audio, true);
    if (begun(faults.empty_deltas)) happen(empty_delta());
    last_ = Step{StepKind::audio};
    last_.output = index;
    last_.from = from;
    last_.to = to;
    last_.sound = {begun(faults.silent), begun(faults.undecodable),
                   faults.speak_as && begun(faults.speak_as_from)};
    add(last_);
    Step again = last_;
    again.again = true;
    if (begun(faults.repeated_deltas)) add(again);
    if (deltas_ == 0) insert(Moment::At::first_audio, false);
    ++deltas_;
    insert_after_delta(spoken_, spoken_ + (to - from));
    spoken_ += to - from;
  }

  static const Happening& empty_delta() {
    static const Happening empty = EmptyDelta{};
    return empty;
  }

  /// Stands still here if the script wants it. True: for ever.
  bool stall() {
    const auto& stall = reply_.faults.stall;
    if (!stall || stalled_) return false;
    if (stall->after_deltas ? deltas_ < *stall->after_deltas
                            : stall->after_audio && spoken_ < mulaw_bytes_of(*stall->after_audio)) {
      return false;
    }
    stalled_ = true;
    strike(stall->fault);
    stalled_for_ever_ = !stall->lasts;
    if (stall->lasts) at_ += *stall->lasts;
    return stalled_for_ever_;
  }

  void finish() {
    if (reply_.faults.never_ends) return;
    at_ += draw(random_, pace_.done);
    if (reply_.faults.breaks_off) strike(reply_.faults.breaks_off->fault);
    insert(Moment::At::done, true);
    add({StepKind::response_done});
    insert(Moment::At::done, false);
    for (std::size_t i = 0; i < reply_.faults.deltas_after_done && deltas_ > 0; ++i) {
      at_ += pause_after(random_, pace_, runtime::mulaw_length(last_.to - last_.from));
      last_.again = true;
      last_.fault = reply_.faults.late_after_fault;
      add(last_);
    }
    if (std::holds_alternative<CancelledAtBirth>(reply_.ending)) return;
    at_ += draw(random_, pace_.rate_limits);
    add({StepKind::rate_limits});
  }

  const Reply& reply_;
  const Pace& pace_;
  const bool with_audio_;
  runtime::Random& random_;
  TimePoint at_;
  TimePoint created_at_{};
  std::size_t deltas_ = 0;
  std::size_t spoken_ = 0;  // bytes of mu-law, all items
  Step last_;               // the latest audio delta
  std::set<std::size_t> struck_;
  bool stalled_ = false;
  bool stalled_for_ever_ = false;
  bool broken_off_ = false;
  std::deque<Step> steps_;
};

}  // namespace

Duration draw(runtime::Random& random, const Span& span) {
  const auto width = (span.highest - span.lowest).count();
  if (width <= 0) return span.lowest;
  return span.lowest +
         Duration(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(width) + 1)));
}

Pace pace_of(Pace asked, std::string_view model) {
  using std::chrono::milliseconds;
  asked.interleaves = asked.interleaves || reasons(model);
  const bool small = model.find("-mini") != std::string_view::npos;
  if (!asked.delta_audio) {
    asked.delta_audio =
        small ? Span{milliseconds(375), milliseconds(400)} : Span{milliseconds(250), milliseconds(250)};
  }
  if (!asked.first_delta_audio) asked.first_delta_audio = Span{milliseconds(100), milliseconds(190)};
  return asked;
}

Duration pause_after(runtime::Random& random, const Pace& pace, Duration audio) {
  if (pace.between_deltas) return draw(random, *pace.between_deltas);
  const Span speed{Duration(pace.speed.lowest), Duration(pace.speed.highest)};
  return audio * 100 / std::max<std::int64_t>(1, draw(random, speed).count());
}

std::deque<Step> plan_reply(const Reply& reply, const Pace& pace, bool with_audio, runtime::Random& random,
                            TimePoint due) {
  return Planner(reply, pace, with_audio, random, due).plan();
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t space = text.find(' ', from + 1);
    const std::size_t to = space == std::string_view::npos ? text.size() : space;
    words.push_back(text.substr(from, to - from));
    from = to;
  }
  return words;
}

}  // namespace simulators::openai
