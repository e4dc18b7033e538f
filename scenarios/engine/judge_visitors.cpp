// What became of those at the bridge's doors who are not Twilio.
#include "scenarios/engine/judges.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

constexpr std::size_t kShownVisits = 5;       // that a failure tells of
constexpr std::size_t kShownOfItsBody = 120;  // bytes

bool is_so(const VisitorCheck& check, const Visit& visit) {
  if (!visit.unreachable.empty()) return false;
  if (check.status && visit.status.value_or(0) != *check.status) return false;
  if (visit.body.find(check.contains) == std::string::npos) return false;
  if (!check.closed_within) return true;
  const auto [least, most] = *check.closed_within;
  return visit.closed && least <= *visit.closed - visit.came && *visit.closed - visit.came <= most;
}

/// "2.00 s: answered with 413: body limit exceeded"
std::string shown_visit(const Evidence& evidence, const Visit& visit) {
  std::string text = time_text(evidence, visit.came) + ": ";
  if (!visit.unreachable.empty()) return text + "no connection: " + visit.unreachable;
  if (visit.status) {
    std::string body = visit.body.substr(0, kShownOfItsBody);
    while (!body.empty() && body.back() == '\n') body.pop_back();
    text += fmt::format("answered with {}{}{}", *visit.status, body.empty() ? "" : ": ", body);
  } else {
    text += "not answered";
  }
  if (visit.closed)
    return text + fmt::format(", closed after {:.2f} s", runtime::seconds(*visit.closed - visit.came));
  if (visit.left) return text + ", and left";
  return text + (visit.over ? ", and not closed" : ", and still there when the scenario ended");
}

}  // namespace

Outcome judge_visitor(const VisitorCheck& check, const Evidence& evidence) {
  const auto found = evidence.visits->find(check.name);
  if (found == evidence.visits->end()) return failed("'" + check.name + "' never came");
  const auto& visits = found->second;
  const auto fitting = [&](const Visit& visit) { return is_so(check, visit); };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(visits, fitting));
  const bool holds = count == check.times.value_or(visits.size());
  const auto all = [&] { return fmt::format("{} of {} connections", count, visits.size()); };
  if (holds) {
    const auto first = std::ranges::find_if(visits, fitting);
    if (first == visits.end()) return passed("none of its connections");
    const std::string one = shown_visit(evidence, *first);
    return passed(visits.size() == 1 ? one : all() + "; the first of them: " + one);
  }
  std::string others;
  std::size_t told = 0;
  // Those that broke it: unless too many fit, the others.
  const bool too_many = check.times && count > *check.times;
  for (const auto& visit : visits) {
    if (is_so(check, visit) == too_many && ++told <= kShownVisits)
      others += "\n    " + shown_visit(evidence, visit);
  }
  return failed(all() + (too_many ? " are so, among them:" : " are so; among the others:") + others);
}

}  // namespace scenarios::engine
