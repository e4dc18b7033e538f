#include "simulators/control/journal.hpp"

#include "runtime/async/first_of.hpp"
#include "simulators/control/requests.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace simulators::control {
namespace asio = boost::asio;
namespace {

using runtime::WireLog;
constexpr std::int64_t kLongestFollow = 60;  // seconds

std::string_view name_of(WireLog::Direction direction) {
  switch (direction) {
    case WireLog::Direction::from_bridge:
      return "from_bridge";
    case WireLog::Direction::to_bridge:
      return "to_bridge";
    case WireLog::Direction::note:
      return "note";
  }
  return "note";
}

/// A JSON text as it is; anything else as a JSON string, what is no UTF-8 replaced.
std::string as_json(std::string_view text) {
  if (!text.empty() && (text.front() == '{' || text.front() == '[') && Json::accept(text))
    return std::string(text);
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string journal_line(runtime::TimePoint start, const WireLog::Entry& entry) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(entry.at - start).count();
  char time[32];
  std::snprintf(time, sizeof time, "%lld.%06lld", static_cast<long long>(us / 1'000'000),
                static_cast<long long>(us % 1'000'000));
  return std::string(R"({"t":)") + time + R"(,"lane":)" + as_json(entry.lane) + R"(,"call":)" +
         as_json(entry.call) + R"(,"dir":")" + std::string(name_of(entry.direction)) + R"(","msg":)" +
         as_json(entry.text) + "}";
}

Journal::Journal(asio::any_io_executor executor, runtime::Clock& clock, std::size_t most_bytes)
    : executor_(std::move(executor)), clock_(clock), most_bytes_(most_bytes), start_(clock.now()) {}

void Journal::record(const Entry& entry) {
  lines_.push_back({++last_, std::string(entry.lane), std::string(entry.call), journal_line(start_, entry)});
  bytes_ += lines_.back().text.size() + sizeof(Line);
  while (bytes_ > most_bytes_ && lines_.size() > 1) {
    bytes_ -= lines_.front().text.size() + sizeof(Line);
    lines_.pop_front();
    ++forgotten_;
  }
  if (grown_) std::exchange(grown_, nullptr)->set();
}

void Journal::clear() {
  lines_.clear();
  bytes_ = 0;
}

std::string Journal::lines(const Question& question, std::uint64_t& last) const {
  std::string out;
  std::size_t count = 0;
  auto line = std::upper_bound(lines_.begin(), lines_.end(), question.after,
                               [](std::uint64_t number, const Line& l) { return number < l.number; });
  last = std::max(question.after, line == lines_.end() ? last_ : question.after);
  for (; line != lines_.end() && count < question.most; ++line) {
    last = line->number;
    if (!question.call.empty() && line->call != question.call) continue;
    if (!question.lane.empty() && line->lane != question.lane) continue;
    out += R"({"n":)" + std::to_string(line->number) + "," + line->text.substr(1) + "\n";
    ++count;
  }
  return out;
}

asio::awaitable<bool> Journal::grown_beyond(std::uint64_t number, runtime::TimePoint deadline) {
  while (last_ <= number) {
    if (!grown_) grown_ = std::make_shared<runtime::Event>(executor_);
    const auto grown = grown_;  // alive until everybody who waits has gone on
    const auto first = co_await runtime::first_of(grown->wait(), clock_.sleep_until(deadline));
    if (first.index() == 1 || !std::get<0>(first)) co_return false;
  }
  co_return true;
}

namespace {

/// The answer to GET /journal, once there is one.
asio::awaitable<HttpResponse> answer(Journal& journal, runtime::Clock& clock, const Arguments& arguments) {
  if (auto refusal = refuse_unknown(arguments, {"call", "lane", "after", "limit", "follow"}))
    co_return std::move(*refusal);
  Journal::Question question;
  question.call = arguments.asked("call");
  question.lane = arguments.asked("lane");
  std::int64_t follow = 0;
  const auto read = [&](std::string_view name, std::int64_t most, auto& into) {
    const auto text = arguments.asked(name);
    if (text.empty()) return true;
    const auto value = whole(text, 0, most);
    if (value) into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
    return value.has_value();
  };
  if (!read("after", INT64_MAX, question.after) || !read("limit", 1'000'000, question.most) ||
      !read("follow", kLongestFollow, follow)) {
    co_return refuse(400, {"a number cannot be read", "query " + arguments.request.target,
                           "after: a line's n; limit: up to 1000000; follow: up to 60 seconds"});
  }
  const auto deadline = clock.now() + std::chrono::seconds(follow);
  std::uint64_t last = 0;
  std::string text = journal.lines(question, last);
  while (text.empty() && clock.now() < deadline) {
    const bool grown = co_await journal.grown_beyond(last, deadline);
    if (!grown) break;
    question.after = last;
    text = journal.lines(question, last);
  }
  auto response = runtime::net::make_response(200, "application/x-ndjson", std::move(text));
  response.headers.set("Journal-Last", std::to_string(last));
  response.headers.set("Journal-Forgotten", std::to_string(journal.forgotten()));
  co_return response;
}

asio::awaitable<HttpResponse> no_such_lane(std::string lane, std::string lanes) {
  co_return refuse(400, {"there is no lane '" + lane + "'", "query lane", "one of: " + lanes});
}

}  // namespace

void add_journal(Api& api, Journal& journal, runtime::Clock& clock, std::vector<std::string_view> lanes) {
  api.on_waiting("GET", "/journal", [&journal, &clock, lanes = std::move(lanes)](const Arguments& arguments) {
    const auto lane = arguments.asked("lane");
    const bool known = lanes.empty() || std::ranges::find(lanes, lane) != lanes.end();
    return lane.empty() || known ? answer(journal, clock, arguments)
                                 : no_such_lane(std::string(lane), listed(lanes));
  });
}

}  // namespace simulators::control
