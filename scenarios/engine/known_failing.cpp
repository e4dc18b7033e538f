#include "scenarios/engine/known_failing.hpp"

#include <chrono>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

std::string day_of(runtime::WallTime now) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(now));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

void fail(Result& result, std::string why) {
  result.status = Result::Status::failed;
  result.failures.push_back(why);
  result.unasked.push_back(std::move(why));
}

}  // namespace

void settle_known_failing(const Scenario& scenario, runtime::WallTime now, Result& result) {
  if (!scenario.known_failing) return;
  const auto& [ticket, until] = *scenario.known_failing;
  if (result.status == Result::Status::passed)
    return fail(result,
                "it passes, and known_failing says that it does not: take it away, and close " + ticket);
  if (result.status != Result::Status::failed) return;
  if (result.bridge_died) {
    result.notes.push_back("known_failing does not cover that the bridge's process ended: see " + ticket);
    return;
  }
  if (day_of(now) > until)
    return fail(result, "known_failing was good until " + until + " and no longer: see " + ticket);
  result.status = Result::Status::known_failing;
  result.notes.push_back("known to fail until " + until + ": " + ticket);
}

void settle_strictly(Result& result) {
  if (result.status == Result::Status::not_applicable)
    return fail(result, "--strict: not applicable is not good enough");
  const bool nothing_failed =
      result.status == Result::Status::passed || result.status == Result::Status::inconclusive;
  if (!nothing_failed) return;
  for (const auto& what : result.never_struck) fail(result, "--strict: " + what);
  if (result.not_applicable == 0) return;
  fail(result, fmt::format("--strict: {} of {} expectations are not applicable", result.not_applicable,
                           result.expectations));
}

}  // namespace scenarios::engine
