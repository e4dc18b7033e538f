#include "scenarios/engine/in_process_bridge.hpp"

#include "bridge/app/config.hpp"
#include "bridge/app/logging.hpp"
#include "bridge/app/recording_files.hpp"
#include "metrics/process.hpp"
#include "runtime/async/first_of.hpp"
#include "runtime/core/assert.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <boost/asio/dispatch.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace scenarios::engine {
namespace asio = boost::asio;

namespace {
using namespace std::chrono_literals;
constexpr int kKilled = 128 + 9;
constexpr runtime::Duration kScrapePatience = 10s;  // Prometheus' own

auto read_config(std::string text, const std::filesystem::path& folder) {
  return bridge::app::parse_config({"bridge.config", std::move(text), folder, {}});
}
}  // namespace

/// Keeps every line with its virtual time.
class InProcessBridge::Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit Sink(runtime::Clock& clock) : clock_(clock) {}
  const std::deque<LogLine>& lines() const { return lines_; }
  /// What it says from now on is not heard.
  void mute() { muted_ = true; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (muted_) return;
    if (lines_.size() == kMostLines) lines_.pop_front();
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string text(formatted.data(), formatted.size());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    lines_.push_back({clock_.now(), std::move(text)});
  }
  void flush_() override {}

  runtime::Clock& clock_;
  std::deque<LogLine> lines_;
  bool muted_ = false;
};

/// Writes recordings at once, where the process has a thread for it: what a run counts must not depend on how
/// fast this machine's disk is.
class InProcessBridge::Recorder final : public bridge::call::RecordingSink {
 public:
  Recorder(std::filesystem::path folder, metrics::Book& book) : files_(std::move(folder), book) {}
  void write(std::string_view call_sid, bridge::call::RecordedPiece piece) override {
    if (!killed_) files_.write(call_sid, std::move(piece));
  }
  void finish(std::string_view call_sid, std::int64_t samples) override {
    if (!killed_) files_.finish(call_sid, samples);
  }
  /// What it has written by now is all that there will be.
  void kill() { killed_ = true; }

 private:
  bridge::app::RecordingFiles files_;
  bool killed_ = false;
};

InProcessBridge::InProcessBridge(Seams seams)
    : folder_(seams.folder),
      executor_(seams.executor),
      process_(std::move(seams.process)),
      clock_(seams.clock),
      network_(seams.network),
      random_(seams.seed),
      watch_(seams.watch),
      ticker_(seams.executor, seams.clock, kTick),
      sink_(std::make_shared<Sink>(seams.clock)),
      tasks_(seams.executor, [this](std::exception_ptr error) { failure_ = error; }) {}
InProcessBridge::~InProcessBridge() = default;

std::string InProcessBridge::name() const {
  return "linecheck-bridge (in process, virtual time)";
}

asio::awaitable<std::optional<std::string>> InProcessBridge::start(std::string text) {
  auto parsed = read_config(std::move(text), folder_);
  if (const auto* errors = std::get_if<bridge::app::ConfigErrors>(&parsed)) co_return errors->text();
  auto& config = std::get<bridge::app::Config>(parsed);
  metrics::set_build_info(book_.add_sheet({"voicebridge_build_info"}), LINECHECK_VERSION, "in-process");
  // Of process_* the only one that virtual time has: when a process was started anew.
  book_.add_sheet({"process_start_time_seconds"})
      .gauge("process_start_time_seconds")
      .set(std::chrono::duration<double>(clock_.wall_now().time_since_epoch()).count());
  logger_ = bridge::app::make_direct_log(config.log, clock_, sink_);
  if (!config.recording_folder.empty())
    recorder_ = std::make_unique<Recorder>(config.recording_folder, book_);
  if (watch_) watch_doors(config);
  bridge::app::Environment environment{executor_, clock_, ticker_,  network_,
                                       random_,   book_,  *logger_, recorder_.get()};
  bridge_ = std::make_unique<bridge::app::SoloBridge>(environment, config);
  const auto started = bridge_->start();
  tasks_.spawn(live());
  if (started) co_return std::nullopt;
  terminate();
  co_return "the bridge did not start: " + started.error().message();
}

/// As each of the workers has it, and the control beside them.
void InProcessBridge::watch_doors(const bridge::app::Config& config) {
  using Listener = bridge::app::RefusedConnections::Listener;
  const auto watch = [&](std::optional<bridge::app::RefusedConnections>& refused, Listener listener) {
    refused.emplace(clock_, book_.add_sheet({"voicebridge_connections_refused_total"}), *logger_,
                    bridge::app::RefusedConnections::Door{listener, config.limits.connections});
    runtime::net::ServerWatch watched;
    watched.request = config.limits.request;
    watched.on_refusal = [this, &refused](runtime::net::Refusal why) {
      refused->add(why);
      if (!beat_) beat_ = ticker_.subscribe([this](runtime::TimePoint) { look_at_doors(); });
    };
    return watched;
  };
  watch_(config.listen.host, watch(refused_, Listener::of_worker));
  watch_(config.admin.host, watch(refused_admin_, Listener::of_admin));
}

void InProcessBridge::look_at_doors() {
  refused_->look();
  refused_admin_->look();
}

/// From its start to its end, as main() has it.
asio::awaitable<void> InProcessBridge::live() {
  const bool clean = co_await bridge_->run();
  beat_.reset();
  if (refused_) refused_->finish();
  if (refused_admin_) refused_admin_->finish();
  if (end_) co_return;
  last_words_ = book_.expose();
  using Asked = ProcessEnd::Asked;
  end_ = ProcessEnd{clean ? 0 : 1, clock_.now(), draining_ ? Asked::sigterm : Asked::no};
}

asio::awaitable<std::string> InProcessBridge::scrape() {
  if (const auto let_go = let_go_) {
    auto patience = clock_.sleep_until(clock_.now() + kScrapePatience);
    (void)co_await runtime::first_of(let_go->wait(), std::move(patience));
    if (!let_go->is_set()) co_return std::string();
  }
  co_return running() ? book_.expose() : last_words_;
}

std::optional<std::string> InProcessBridge::reload(std::string text) {
  asio::dispatch(executor_, [this, parsed = read_config(std::move(text), folder_)]() mutable {
    if (const auto* errors = std::get_if<bridge::app::ConfigErrors>(&parsed)) {
      bridge_->reload(*errors);
    } else {
      bridge_->reload(std::move(std::get<bridge::app::Config>(parsed)));
    }
  });
  return std::nullopt;
}

void InProcessBridge::terminate() {
  if (!bridge_) return;
  const bool again = std::exchange(draining_, true);
  asio::dispatch(executor_, [this, again] { again ? bridge_->cut() : bridge_->drain(); });
}

void InProcessBridge::hold() {
  runtime::require(process_ != nullptr, "only a bridge that runs in a process of its own is held");
  process_->hold();
  if (!let_go_) let_go_ = std::make_shared<runtime::Event>(executor_);
}

void InProcessBridge::let_go() {
  if (!let_go_) return;
  process_->let_go();
  std::exchange(let_go_, nullptr)->set();
}

void InProcessBridge::kill() {
  if (!running()) return;
  end_ = ProcessEnd{kKilled, clock_.now(), ProcessEnd::Asked::sigkill};
  sink_->mute();
  if (recorder_) recorder_->kill();
  network_.die();
  bridge_->drain();
  bridge_->cut();
  let_go();
}

asio::awaitable<void> InProcessBridge::stop() {
  terminate();
  co_await tasks_.join();
  co_await ticker_.stop();
  if (failure_) std::rethrow_exception(failure_);
}

const std::deque<LogLine>& InProcessBridge::log() const {
  return sink_->lines();
}

}  // namespace scenarios::engine
