#pragma once
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "scenarios/engine/balancer.hpp"
#include "scenarios/engine/bridge_config.hpp"
#include "scenarios/engine/evidence.hpp"
#include "scenarios/engine/http_back_ends.hpp"
#include "scenarios/engine/journal.hpp"
#include "scenarios/engine/scenario.hpp"
#include "scenarios/engine/scrapes.hpp"
#include "scenarios/engine/secrets_check.hpp"
#include "scenarios/engine/stage.hpp"
#include "scenarios/engine/timeline.hpp"
#include "scenarios/engine/visitors.hpp"
#include "simulators/openai/fake_openai.hpp"
#include "simulators/twilio/fake_twilio.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Runs one scenario on a stage: raises the fakes and the bridge, places the calls, lets the faults strike,
/// waits for the end, and keeps what happened. Same code in virtual and in real time.
class Conductor final : public simulators::twilio::Observer, public simulators::openai::Observer {
 public:
  Conductor(const Scenario& scenario, Stage& stage);
  ~Conductor() override;

  /// To the end of the scenario, which always comes. Then ended() is true and the rest may be read.
  boost::asio::awaitable<void> run();

  bool ended() const { return ended_; }
  /// What kept the scenario from being run as written: it is then neither passed nor failed.
  const std::vector<std::string>& problems() const { return problems_; }
  /// What the bridge did not do when it was treated as an operator treats it: a finding about it.
  const std::vector<std::string>& findings() const { return findings_; }
  bool timed_out() const { return timed_out_; }
  /// When a process of the bridge first got SIGTERM from the scenario.
  std::optional<runtime::TimePoint> draining_since() const { return draining_since_; }
  /// Ends it early: the callers hang up. What has happened until then is no evidence of anything.
  void interrupt();
  bool interrupted() const { return interrupted_.is_set(); }
  /// Once the fakes listen.
  const Addresses& addresses() const { return addresses_; }
  /// What a connection over `line` takes that its peer reads nothing from.
  std::size_t path_bytes(const LineConditions& line) const;
  /// Somebody else's, which has no verdicts and no API.
  bool of_another_bridge() const { return !addresses_.ours; }
  runtime::TimePoint started_at() const { return start_; }
  runtime::TimePoint finished_at() const { return finish_; }
  const Journal& journal() const { return journal_; }
  const Timeline& timeline() const { return timeline_; }
  /// When each `as:` name first began.
  const std::map<std::string, runtime::TimePoint>& moments() const { return moments_; }
  /// Scrapes of bridge and fakes, before the first call and when all was quiet again.
  const std::string& first_scrape() const { return first_scrape_; }
  const std::string& last_scrape() const { return last_scrape_; }
  /// The bridge alone, with all its replicas, once in kScrapeInterval, where the stage or an expectation
  /// about alerts asks for it.
  const Scrapes& scrapes() const { return scrapes_; }
  /// What the scenario has and the run never came to: rules, steps, routes; and what no rule was there for.
  const std::vector<std::string>& unused() const { return unused_; }
  /// Those of them without which a scenario does not show what it is about: faults and the bridge's events.
  const std::vector<std::string>& never_struck() const { return never_struck_; }
  /// What the bridge was given and must keep to itself.
  std::vector<std::string> secrets() const { return secrets_given(scenario_, addresses_); }
  /// Whether one of them stood in a scrape of the bridge, at any time.
  bool scrapes_hold_secret() const { return scrapes_hold_secret_; }
  /// The bridge's own verdict of each call, by CallSid, as its GET /calls says; empty for a bridge without
  /// one.
  struct BridgeVerdict {
    std::string verdict, reason;
    std::set<std::size_t> replicas;  // that gave one
  };
  const std::map<std::string, BridgeVerdict>& bridge_verdicts() const { return bridge_verdicts_; }
  const simulators::twilio::FakeTwilio& twilio() const { return *twilio_; }
  const simulators::openai::FakeOpenAi& openai() const { return *openai_; }
  const Fleet& fleet() const { return fleet_; }
  /// As they were before the runner ended what still ran.
  const std::map<std::size_t, ReplicaFacts>& replicas() const { return replica_facts_; }
  const std::deque<HttpServer>& http() const { return http_.servers(); }
  const Visits& visits() const { return visitors_.visits(); }

 private:
  // Observers.
  void stream_started(const simulators::twilio::CallFacts&, const simulators::twilio::StreamFacts&) override;
  void stream_ended(const simulators::twilio::CallFacts&, const simulators::twilio::StreamFacts&) override;
  void call_ended(const simulators::twilio::CallFacts&) override;
  void step_began(const simulators::twilio::CallFacts&, const simulators::twilio::StepFacts&) override;
  void bot_began(const simulators::twilio::CallFacts&) override;
  void reply_due(const simulators::openai::SessionFacts&, const simulators::openai::ResponseFacts&) override;

  boost::asio::awaitable<void> perform();
  boost::asio::awaitable<bool> raise();
  boost::asio::awaitable<void> place_calls();
  boost::asio::awaitable<void> place(const PlannedCall& call);
  boost::asio::awaitable<void> await_end();
  boost::asio::awaitable<void> await_visitors();
  boost::asio::awaitable<void> await_release();
  boost::asio::awaitable<void> await_quiet();
  boost::asio::awaitable<bool> all_judged();
  boost::asio::awaitable<std::optional<std::size_t>> ask_verdicts(const Fleet::Replica& replica);
  boost::asio::awaitable<std::optional<std::string>> start_replica(std::size_t number, std::string config);
  boost::asio::awaitable<void> befall(const BridgeEvent& event);
  std::optional<std::string> reload_replica(const BridgeEvent& event);
  boost::asio::awaitable<void> end_calls(std::size_t replica);
  boost::asio::awaitable<bool> hold_up(const BridgeEvent& event);
  boost::asio::awaitable<runtime::net::Fetched> ask_calls(const Fleet::Replica& replica, std::string method,
                                                          std::string target);
  boost::asio::awaitable<void> look_a_last_time(std::size_t replica);
  boost::asio::awaitable<bool> moment(std::string after, runtime::Duration in);
  boost::asio::awaitable<void> strike(const Fault& fault);
  boost::asio::awaitable<void> receive(const VisitorPlan& visitor);
  runtime::net::Url door(VisitorPlan::Door which) const;
  boost::asio::awaitable<void> look();
  void look_closely();
  boost::asio::awaitable<void> look_at_every_instant();
  boost::asio::awaitable<void> look_once();
  boost::asio::awaitable<void> keep_scrapes();
  boost::asio::awaitable<std::string> scrape();
  boost::asio::awaitable<void> lower();
  void apply(const Fault& fault);
  bool strike_twilio(const Fault& fault);
  boost::asio::awaitable<void> intrude_as(const Fault& fault);
  void happened(const std::string& name);
  void failed_inside(const std::exception_ptr& error);
  // What was never used.
  void note_unused();
  void note_model();
  void note_never_struck();
  const simulators::twilio::CallFacts* placed(std::size_t number) const;
  void note_steps();
  void note_mcp_servers();
  void look_for_secrets(std::string_view scrape);
  void note_others();
  void prepare_fabric();
  runtime::TimePoint now() const { return stage_.clock.now(); }
  runtime::TimePoint limit() const { return start_ + scenario_.limit; }

  const Scenario& scenario_;
  Stage& stage_;
  Journal journal_;
  Timeline timeline_;
  Scrapes scrapes_;
  metrics::Book book_;  // of the fakes
  metrics::Sheet& intruders_;
  HttpBackEnds http_;
  Fleet fleet_;
  Balancer balancer_;  // Twilio's way to them
  std::unique_ptr<simulators::openai::FakeOpenAi> openai_;
  std::unique_ptr<simulators::twilio::FakeTwilio> twilio_;
  std::unique_ptr<runtime::net::Listener> openai_listener_, rest_listener_;
  Addresses addresses_;
  std::map<std::size_t, ReplicaFacts> replica_facts_;
  std::optional<runtime::TimePoint> draining_since_;
  std::set<std::size_t> draining_;  // replicas: their last word on each call is asked for while they run
  std::vector<std::shared_ptr<runtime::sim::Connection>> twilio_media_, openai_sessions_;
  std::map<std::string, runtime::TimePoint> moments_;
  std::map<std::string, std::unique_ptr<runtime::Event>> anchors_;
  std::map<std::string, BridgeVerdict> bridge_verdicts_;
  std::size_t streams_started_ = 0;
  std::set<std::size_t> faults_struck_, events_befallen_;  // their places in the scenario
  std::vector<std::string> problems_, findings_, unused_, never_struck_;
  std::string first_scrape_, last_scrape_;
  std::optional<SecretShapes> secrets_;  // since the first scrape
  promql::NewSeries new_series_;
  bool scrapes_hold_secret_ = false;
  runtime::TimePoint start_{}, finish_{};
  bool ended_ = false;
  bool timed_out_ = false;
  runtime::Event interrupted_;
  runtime::Signal call_left_;  // while a replica drains
  runtime::TimePoint call_left_at_{};
  runtime::Signal instant_over_;
  Visitors visitors_;
  runtime::TaskGroup faults_;  // faults, looks, and visitors until they come
};

}  // namespace scenarios::engine
