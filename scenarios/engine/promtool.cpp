#include "scenarios/engine/promtool.hpp"

#include "metrics/alert_rules.hpp"
#include "runtime/async/first_of.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/async/task_group.hpp"
#include "scenarios/engine/process_child.hpp"
#include "scenarios/engine/promtool_question.hpp"
#include "scenarios/engine/scratch_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace {

constexpr auto kAnswerWithin = 2min;
constexpr auto kGoneWithin = 2s;
constexpr int kNoSuchProgram = 127;  // of env(1)

constexpr auto kQuestionFile = "question.test.yml";

/// One run of promtool, from its start until it has gone.
class Inquiry {
 public:
  explicit Inquiry(const std::filesystem::path& file)
      : child_(ioc_.get_executor(), clock_, {}),
        tasks_(ioc_.get_executor(), [this](std::exception_ptr error) { failure_ = error; }) {
    tasks_.spawn(ask(file));
    ioc_.run();
    if (failure_) std::rethrow_exception(failure_);
  }

  const ChildProcess& child() const { return child_; }

 private:
  asio::awaitable<void> ask(std::filesystem::path file) {
    ChildProcess::Command command;
    command.words = {"/usr/bin/env", "promtool", "test", "rules", file.string()};
    command.environment = {"GOGC=1000"};  // it lives for a second, which goes into collecting its garbage
    if (const auto failure = child_.start(command)) throw std::runtime_error(*failure);
    const auto first = co_await runtime::first_of(child_.output_ended().wait(),
                                                  clock_.sleep_until(clock_.now() + kAnswerWithin));
    if (first.index() == 0) co_return;
    co_await child_.stop(kGoneWithin);
    throw std::runtime_error("promtool did not say within 2 min which alerts fire");
  }

  asio::io_context ioc_;
  runtime::SystemClock clock_;
  ChildProcess child_;
  std::exception_ptr failure_;
  runtime::TaskGroup tasks_;
};

}  // namespace

RaisedAlerts ask_promtool(Scrapes scrapes, std::string_view at_end, const std::string& scenario) {
  RaisedAlerts raised;
  raised.run = scrapes.duration();
  scrapes.add(at_end);
  const auto is_ours = [](const auto& series) { return series.first.first.starts_with("voicebridge_"); };
  if (std::ranges::none_of(scrapes.series(), is_ours)) {
    raised.unknown = "this bridge publishes none of the metrics that metrics/alerts watches";
    return raised;
  }
  const ScratchFolder folder;
  for (const auto& file : metrics::rule_files()) std::ofstream(folder.path() / file.name) << file.text;
  std::ofstream(folder.path() / kQuestionFile) << promtool_question(scrapes, scenario);
  const Inquiry inquiry(folder.path() / kQuestionFile);
  if (inquiry.child().exit_code() == kNoSuchProgram) {
    raised.unknown = "promtool, which judges alerts, is not installed: it is in Debian's package prometheus";
    return raised;
  }
  std::vector<std::string> lines;
  for (const auto& line : inquiry.child().log()) lines.push_back(line.text);
  auto alerts = read_promtool_answer(lines);
  if (!alerts)
    throw std::runtime_error("promtool did not say which alerts fire:" + inquiry.child().last_words());
  raised.alerts = std::move(*alerts);
  return raised;
}

}  // namespace scenarios::engine
