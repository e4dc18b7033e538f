#include "simulators/openai/mouth.hpp"

#include "runtime/core/units.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace simulators::openai {
namespace {

using Kind = Step::Kind;

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
      add({Kind::created});
      insert(Moment::At::created, false);
    }
    if (at_birth == nullptr && !std::holds_alternative<Failed>(reply_.ending)) outputs();
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
      Step step{Kind::happening};
      step.happening = &insertion.what;
      add(step);
    }
  }

  /// What waits for an amount of audio that was reached between `before` and `after` bytes.
  void insert_after_audio(std::size_t before, std::size_t after) {
    for (const Insertion& insertion : reply_.faults.insertions) {
      if (insertion.moment.at != Moment::At::after_audio) continue;
      const std::size_t wanted = mulaw_bytes_of(insertion.moment.audio);
      if (wanted <= before || wanted > after) continue;
      Step step{Kind::happening};
      step.happening = &insertion.what;
      add(step);
    }
  }

  void outputs() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < reply_.outputs.size() && !stalled_for_ever_; ++i) {
      begin_item(i);
      body(i);
      if (stalled_for_ever_) return;
      open.push_back(i);
      const bool more = i + 1 < reply_.outputs.size();
      if (more && reply_.interleaved) continue;
      at_ += draw(random_, pace_.done);
      for (const std::size_t item : std::exchange(open, {})) {
        Step step{Kind::item_done};
        step.output = item;
        add(step);
      }
    }
  }

  void begin_item(std::size_t index) {
    at_ = index == 0 ? created_at_ + draw(random_, pace_.item) : at_ + draw(random_, pace_.between_deltas);
    Step step{Kind::item_added};
    step.output = index;
    add(step);
  }

  void body(std::size_t index) {
    const Output& output = reply_.outputs[index];
    if (const auto* speech = std::get_if<Speech>(&output)) {
      if (with_audio_) {
        speak(index, *speech);
      } else {
        write(index, split_words(speech->transcript), Kind::transcript);
      }
    } else if (const auto* unheard = std::get_if<TranscriptOnly>(&output)) {
      write(index, split_words(unheard->transcript), Kind::transcript);
    } else if (const auto* text = std::get_if<TextOnly>(&output)) {
      write(index, split_words(text->text), Kind::transcript);
    } else {
      write(index, pieces(std::get<ToolCall>(output).arguments), Kind::arguments);
    }
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

  void write(std::size_t index, const std::vector<std::string_view>& texts, Kind kind) {
    if (index == 0) at_ = std::max(at_, created_at_ + draw(random_, pace_.transcript));
    for (const std::string_view text : texts) {
      piece(index, text, kind);
      at_ += draw(random_, pace_.between_deltas);
    }
  }

  void piece(std::size_t index, std::string_view text, Kind kind) {
    Step step{kind};
    step.output = index;
    step.text = text;
    add(step);
  }

  void speak(std::size_t index, const Speech& speech) {
    const auto words = split_words(speech.transcript);
    std::size_t said = 0;
    const auto say_up_to = [&](std::size_t count) {
      for (; said < std::min(count, words.size()); ++said) piece(index, words[said], Kind::transcript);
    };
    const bool first = index == 0;
    if (first) at_ = std::max(at_, created_at_ + draw(random_, pace_.transcript));
    say_up_to(3);
    if (first)
      at_ = std::max(at_, created_at_ + draw(random_, pace_.audio) + reply_.faults.first_audio_later);
    const std::size_t total = speech.mulaw.size();
    for (std::size_t from = 0; from < total;) {
      if (stall()) return;
      const Duration length = from == 0 ? pace_.first_delta_audio : pace_.delta_audio;
      const std::size_t to = std::min(total, from + mulaw_bytes_of(length));
      audio(index, from, to);
      say_up_to(3 + words.size() * to / total);
      if (to < total) at_ += draw(random_, pace_.between_deltas);
      from = to;
    }
    say_up_to(words.size());
    if (stall()) return;
  }

  void audio(std::size_t index, std::size_t from, std::size_t to) {
    if (deltas_ == 0) insert(Moment::At::first_audio, true);
    Step step{Kind::audio};
    step.output = index;
    step.from = from;
    step.to = to;
    add(step);
    if (deltas_ == 0) insert(Moment::At::first_audio, false);
    ++deltas_;
    insert_after_audio(spoken_, spoken_ + (to - from));
    spoken_ += to - from;
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
    stalled_for_ever_ = !stall->lasts;
    if (stall->lasts) at_ += *stall->lasts;
    return stalled_for_ever_;
  }

  void finish() {
    if (reply_.faults.no_done) return;
    at_ += draw(random_, pace_.done);
    insert(Moment::At::done, true);
    add({Kind::response_done});
    insert(Moment::At::done, false);
    if (std::holds_alternative<CancelledAtBirth>(reply_.ending)) return;
    at_ += draw(random_, pace_.rate_limits);
    add({Kind::rate_limits});
  }

  const Reply& reply_;
  const Pace& pace_;
  const bool with_audio_;
  runtime::Random& random_;
  TimePoint at_;
  TimePoint created_at_{};
  std::size_t deltas_ = 0;
  std::size_t spoken_ = 0;  // bytes of mu-law, all items
  bool stalled_ = false;
  bool stalled_for_ever_ = false;
  std::deque<Step> steps_;
};

}  // namespace

Duration draw(runtime::Random& random, const Span& span) {
  const auto width = (span.highest - span.lowest).count();
  if (width <= 0) return span.lowest;
  return span.lowest +
         Duration(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(width) + 1)));
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
