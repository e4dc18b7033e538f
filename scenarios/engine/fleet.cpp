#include "scenarios/engine/fleet.hpp"

#include "scenarios/engine/bridge_config.hpp"
#include "scenarios/engine/promql/evaluate.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

namespace scenarios::engine {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr runtime::Duration kBetweenSignals = 100ms;  // two at once are one

promql::Samples parsed(std::string_view text) {
  auto samples = promql::parse_exposition(text);
  auto* good = std::get_if<promql::Samples>(&samples);
  return good == nullptr ? promql::Samples() : std::move(*good);
}

void add(promql::Samples& to, const promql::Samples& counters, const promql::Names* only = nullptr) {
  std::map<std::pair<std::string, promql::Labels>, std::size_t> places;
  for (std::size_t i = 0; i < to.size(); ++i) places.emplace(std::pair(to[i].name, to[i].labels), i);
  for (const auto& sample : counters) {
    if (only != nullptr && !only->contains(sample.name)) continue;
    const auto [place, is_new] = places.emplace(std::pair(sample.name, sample.labels), to.size());
    if (is_new) {
      to.push_back(sample);
    } else {
      to[place->second].value += sample.value;
    }
  }
}

std::string exposed(const promql::Samples& samples) {
  std::string text;
  for (const auto& sample : samples)
    text += promql::series_text(sample.name, sample.labels) + " " + promql::number_text(sample.value) + "\n";
  return text;
}

/// `text` without its comments, each series with one more label.
std::string labelled(std::string_view text, std::size_t number) {
  const std::string label = "replica=\"" + std::to_string(number) + "\"";
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto name = line.find_first_of("{ ");
    if (line.empty() || line.front() == '#' || name == std::string_view::npos) continue;
    const bool has_labels = line[name] == '{';
    out.append(line.substr(0, name)).append("{").append(label);
    out.append(has_labels ? "," : "}").append(line.substr(has_labels ? name + 1 : name)).append("\n");
  }
  return out;
}

}  // namespace

Fleet::Fleet(asio::any_io_executor executor, runtime::Clock& clock, const BridgePlan& plan, Make make,
             Scraped scraped)
    : executor_(executor), clock_(clock), plan_(plan), make_(std::move(make)), scraped_(std::move(scraped)) {}

asio::awaitable<std::optional<std::string>> Fleet::start(std::size_t number, std::string config,
                                                         ReplicaAddress address) {
  Replica& replica = replicas_[number];
  if (replica.running()) co_return "replica " + std::to_string(number) + " runs already";
  settle(replica);
  replica.number = number;
  replica.address = std::move(address);
  replica.held_until = {};
  replica.admin_authorization = admin_authorization(config);
  replica.processes.push_back(make_(number));
  co_return co_await replica.processes.back()->start(std::move(config));
}

Fleet::Replica* Fleet::running(std::size_t number) {
  const auto found = replicas_.find(number);
  return found == replicas_.end() || !found->second.running() ? nullptr : &found->second;
}

bool Fleet::terminate(std::size_t number) {
  Replica* replica = running(number);
  if (replica != nullptr) replica->processes.back()->terminate();
  return replica != nullptr;
}

bool Fleet::kill(std::size_t number) {
  Replica* replica = running(number);
  if (replica == nullptr) return false;
  replica->processes.back()->kill();
  replica->killed_at.push_back(clock_.now());
  holds_.end(clock_.now());
  return true;
}

bool Fleet::hold(std::size_t number, runtime::TimePoint until) {
  Replica* replica = running(number);
  if (replica == nullptr) return false;
  replica->processes.back()->hold();
  replica->held_until = std::max(replica->held_until, until);
  holds_.add(clock_.now(), replica->held_until);
  return true;
}

void Fleet::let_go(std::size_t number) {
  Replica* replica = running(number);
  if (replica != nullptr && replica->held_until <= clock_.now()) replica->processes.back()->let_go();
}

runtime::TimePoint Fleet::held_until() const {
  runtime::TimePoint latest{};
  for (const auto& [number, replica] : replicas_) {
    if (replica.running()) latest = std::max(latest, replica.held_until);
  }
  return latest;
}

void Fleet::let_all_go() {
  holds_.end(clock_.now());
  for (auto& [number, replica] : replicas_) {
    replica.held_until = std::min(replica.held_until, clock_.now());
    if (replica.running()) replica.processes.back()->let_go();
  }
}

std::optional<std::string> Fleet::reload(std::size_t number, std::string config) {
  Replica* replica = running(number);
  if (replica == nullptr) return "a reload found no running replica " + std::to_string(number);
  return replica->processes.back()->reload(std::move(config));
}

/// What a process that has ended was last seen to have counted is kept.
void Fleet::settle(Replica& replica) {
  if (replica.running() || replica.last_scrape.empty()) return;
  add(replica.counted, promql::counters_of(parsed(std::exchange(replica.last_scrape, {}))));
}

std::string Fleet::text_of(const Replica& replica, const promql::Names* only) const {
  std::string text = only == nullptr ? replica.last_scrape : promql::lines_of(*only, replica.last_scrape);
  if (!replica.counted.empty()) {
    auto samples = parsed(text);
    add(samples, replica.counted, only);
    text = exposed(samples);
  }
  return plan_.several() ? labelled(text, replica.number) : text;
}

asio::awaitable<std::string> Fleet::scrape(const promql::Names* only) {
  std::string all;
  for (auto& [number, replica] : replicas_) {
    if (replica.running() || !replica.last_scrape.empty()) {
      auto* process = replica.processes.back().get();
      std::string text = co_await process->scrape();
      if (scraped_) scraped_(text);
      // It may have ended meanwhile, and been counted.
      const bool current =
          process == replica.processes.back().get() && (process->running() || !replica.last_scrape.empty());
      if (current && !text.empty()) replica.last_scrape = std::move(text);
    }
    settle(replica);
    all += text_of(replica, only);
  }
  co_return all;
}

asio::awaitable<void> Fleet::stop() {
  let_all_go();  // or they could not end when they are asked to
  bool asked = false;
  for (const auto& [number, replica] : replicas_) {
    if (plan_.only_holds() && !plan_.several()) break;  // one signal, as everybody sends it
    asked = terminate(number) || asked;
  }
  if (asked) {
    const bool slept = co_await clock_.sleep_until(clock_.now() + kBetweenSignals);
    if (!slept) co_return;
  }
  for (auto& [number, replica] : replicas_) {
    for (auto& process : replica.processes) co_await process->stop();
  }
}

std::optional<int> Fleet::exit_code(std::size_t number) const {
  const auto found = replicas_.find(number);
  if (found == replicas_.end() || found->second.processes.empty()) return std::nullopt;
  return found->second.processes.back()->exit_code();
}

bool Fleet::killed_between(runtime::TimePoint from, runtime::TimePoint to) const {
  return std::ranges::any_of(replicas_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second.killed_at,
                               [&](runtime::TimePoint at) { return from <= at && at <= to; });
  });
}

std::deque<LogLine> Fleet::log() const {
  std::deque<LogLine> lines;
  for (const auto& [number, replica] : replicas_) {
    for (const auto& process : replica.processes)
      std::ranges::copy(process->log(), std::back_inserter(lines));
  }
  std::ranges::stable_sort(lines, {}, &LogLine::at);
  return lines;
}

}  // namespace scenarios::engine
