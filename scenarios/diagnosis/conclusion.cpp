#include "scenarios/diagnosis/conclusion.hpp"

#include "scenarios/diagnosis/account.hpp"
#include "scenarios/diagnosis/advice.hpp"
#include "scenarios/diagnosis/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace scenarios::diagnosis {
namespace {

bool some_answer_is(std::string_view verdict, const Evidence& e) {
  return std::ranges::any_of(e.response_verdicts,
                             [&](const auto& one) { return one.first.first == verdict; });
}

bool some_answer_was_not_heard(const Evidence& e) {
  return std::ranges::any_of(e.response_verdicts, [](const auto& one) {
    return is_silence(row_of_response(one.first.first, one.first.second));
  });
}

/// Of sound of which the markers show only a part on its way out.
std::string of_the_rest(const Evidence& e) {
  return fmt::format(
      "Sound left the bridge, but at least {:.1f} s of it did not: callers interrupted it, it "
      "was still to be played when the log ended, or the path to Twilio is blocked. Whether "
      "what left was played is not visible here.",
      static_cast<double>(e.unsent_bytes()) / 8000);
}

/// The row's own sentence, or one that says more.
std::string sentence(Row row, const Evidence& e) {
  if (row == Row::left_the_bridge && !e.judged() && e.worth_telling_unsent()) return of_the_rest(e);
  if (row == Row::pipeline_blockage && e.one_way() && e.deltas.value_or(0) == 0 && !e.judged()) {
    return "Nothing could leave towards Twilio: only the caller's path was started. Whether OpenAI sent "
           "sound is not visible here: no delta was seen.";
  }
  if (row == Row::openai_not_generating && e.silent_now.value_or(0) > 0 && !some_answer_is("silent", e) &&
      e.call_verdicts.empty()) {
    return "Callers hear nothing right now: an answer has been due for 3 s and nothing of it was sent. As "
           "far as can be seen OpenAI produced no sound.";
  }
  if (row == Row::normal && some_answer_was_not_heard(e)) {
    return "Calls ended with sound both ways, and Twilio confirmed that it was played. Some answers before "
           "that were not heard.";
  }
  if (row == Row::nothing_was_due && e.calls_started && e.without_calls()) {
    return "No call came in this time: nothing can be said of sound.";
  }
  if (row == Row::process_died && e.vanished.value_or(0) > 0 && e.restarts.value_or(0) == 0) {
    return "A bridge was not scraped any more, and calls went on when it was last: they were cut, unless "
           "they "
           "ended in the moments that no scrape shows, or it is only out of Prometheus' reach.";
  }
  if (row == Row::process_died && e.restarts.value_or(0) > 0) {
    return "A restart lies between, and calls went on when the process was last scraped before it: they were "
           "cut, unless they ended in the moments that no scrape shows.";
  }
  if (row == Row::turned_away && turned_away(e) == 0) {
    return std::string(e.without_calls() ? "No call began. " : "") +
           "Requests that did not prove to come from Twilio were refused; if they were Twilio's, callers "
           "heard "
           "an error.";
  }
  return std::string(meaning(row));
}

}  // namespace

std::string share(Count times, Count of, std::string_view what) {
  return fmt::format("in {} of {} {}", times, of, what);
}

Conclusion conclude(const Evidence& evidence) {
  const auto found = judge(evidence);
  auto conclusion = conclude(evidence, found.row);
  if (found.times > 0 && found.of > 1) conclusion.share = share(found.times, found.of, found.what);
  return conclusion;
}

Conclusion conclude(const Evidence& evidence, Row row) {
  return {row, {}, sentence(row, evidence), tell(evidence), advise(row, evidence)};
}

}  // namespace scenarios::diagnosis
