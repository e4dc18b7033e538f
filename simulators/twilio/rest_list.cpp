#include "simulators/twilio/rest_list.hpp"

#include "simulators/twilio/rest_page.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;
using runtime::WallTime;
using runtime::net::Form;

/// A date filter: "2026-03-05", or with a time, "2026-03-05T07:08:09Z".
struct Day {
  WallTime begins;
  WallTime ends;  // exclusive; the same day's or second's
};

constexpr unsigned kLastYear = 2200;  // nanoseconds since 1970 end in 2262

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Day> read_day(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970 || *year > kLastYear) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const WallTime midnight{std::chrono::sys_days(date)};
  if (text.size() == 10) return Day{midnight, midnight + std::chrono::days(1)};
  if (text.size() < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || !text.ends_with('Z'))
    return std::nullopt;
  const auto hour = digits(text.substr(11, 2));
  const auto minute = digits(text.substr(14, 2));
  const auto second = digits(text.substr(17, 2));
  if (!hour || !minute || !second) return std::nullopt;
  const auto at =
      midnight + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  return Day{at, at + std::chrono::seconds(1)};
}

/// "StartTime", "StartTime<" (at or before) and "StartTime>" (at or after); a day alone counts from its
/// midnight.
class TimeFilter {
 public:
  TimeFilter(RestForm& form, std::string_view name) {
    on_ = read(form, std::string(name));
    until_ = read(form, std::string(name) + "<");
    from_ = read(form, std::string(name) + ">");
  }
  bool admits(std::optional<TimePoint> at, const RestMoment& moment) const {
    if (!on_ && !until_ && !from_) return true;
    if (!at) return false;
    const auto when = std::chrono::floor<std::chrono::seconds>(moment.wall_at(*at));
    return (!on_ || (when >= on_->begins && when < on_->ends)) && (!until_ || when <= until_->begins) &&
           (!from_ || when >= from_->begins);
  }

 private:
  static std::optional<Day> read(RestForm& form, const std::string& name) {
    const std::string text = form.text(name);
    if (text.empty()) return std::nullopt;
    const auto day = read_day(text);
    if (!day) form.refuse(20001, name + " must be a date, YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, not " + text);
    return day;
  }
  std::optional<Day> on_;
  std::optional<Day> until_;
  std::optional<Day> from_;
};

std::vector<const CallFacts*> filtered(const std::vector<const CallFacts*>& calls, RestForm& form,
                                       const RestMoment& moment) {
  const auto status = form.word(
      "Status",
      {"", "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"},
      20001);
  const TimeFilter starts(form, "StartTime");
  const TimeFilter ends(form, "EndTime");
  const auto fits = [&form](const char* name, const std::string& value) {
    const std::string wanted = form.text(name);
    return wanted.empty() || wanted == value;
  };
  std::vector<const CallFacts*> found;
  for (auto it = calls.rbegin(); it != calls.rend(); ++it) {
    const CallFacts& call = **it;
    const bool wanted = fits("To", call.to) && fits("From", call.from) &&
                        fits("ParentCallSid", call.parent_sid) &&
                        (status.empty() || status == rest_status(call)) &&
                        starts.admits(start_time(call), moment) && ends.admits(call.ended_at, moment);
    if (wanted) found.push_back(*it);
  }
  return found;
}

}  // namespace

runtime::net::HttpResponse list_calls(const std::vector<const CallFacts*>& calls, std::string_view query,
                                      const Account& account, const RestSettings& settings,
                                      RestMoment moment) {
  const Form fields = runtime::net::decode_form(query);
  RestForm form(fields);
  RestPage page(form, account_path(account) + "/Calls.json", query);
  const auto found = filtered(calls, form, moment);
  if (form.refusal()) return rest_refusal(*form.refusal());

  std::vector<std::string_view> sids;
  for (const CallFacts* call : found) sids.emplace_back(call->sid);
  page.choose(sids);
  ordered_json body;
  body["calls"] = ordered_json::array();
  for (std::size_t i = page.begin(); i < page.end(); ++i)
    body["calls"].push_back(call_resource(*found[i], account, settings, moment));
  page.describe(body);
  return rest_reply(200, body);
}

}  // namespace simulators::twilio
