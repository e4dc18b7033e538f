#include "simulators/openai/fake_openai.hpp"

#include "runtime/net/url.hpp"
#include "simulators/openai/client_secrets.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/connection.hpp"
#include "simulators/openai/counts.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/handshake.hpp"
#include "simulators/openai/script_faults.hpp"
#include "simulators/openai/script_player.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <variant>

namespace simulators::openai {
namespace asio = boost::asio;
namespace net = runtime::net;

constexpr runtime::Duration kUpgradeWithin = std::chrono::minutes(1);

class FakeOpenAi::Impl {
 public:
  Impl(asio::any_io_executor executor, runtime::Clock& clock, runtime::Random& random, runtime::WireLog& log,
       metrics::Book& book, Options options)
      : executor_(std::move(executor)),
        clock_(clock),
        random_(random),
        log_(log),
        counts_(&book),
        options_(std::move(options)),
        behaviour_since_(clock.now()),
        script_(std::make_shared<const Script>(std::move(options_.script))),
        shared_player_(std::make_shared<Player>(script_, random_, talk_)) {
    number_faults(options_.behaviour);
  }

  /// `after`: how long the answer takes, set where it is not at once.
  net::HttpResponse respond(const net::HttpRequest& request, Duration& after) {
    const auto path = net::path_of(request.target);
    auto handshake = read_handshake(request);
    if (ClientSecrets::answers(path)) {
      if (const auto wrong = judge_key(bearer_key(request), door())) return http_error(401, *wrong);
      return secrets_.respond(request, now_seconds(), ids_);
    }
    if (!handshake) {
      ErrorBody error;
      error.message = "Invalid URL (" + request.method + " " + std::string(path) + ")";
      return http_error(404, error);
    }
    if (!request.upgrade) {
      ErrorBody error;
      error.message = "You must upgrade to a WebSocket here.";
      return http_error(426, error);
    }
    Arrival arrival = arrive(request, *std::move(handshake));
    after = arrival.behaviour.upgrade_after;
    net::HttpResponse response;
    response.status = arrival.facts->handshake.http_status;
    if (response.status != 101) {
      const auto& refusal = std::get<RefuseWithStatus>(*arrival.behaviour.refusal);
      arrival.facts->ended_at = clock_.now();
      return net::make_response(response.status, "application/json", refusal.body);
    }
    dress(response, arrival.handshake);
    constexpr std::string_view kExtensions = "Sec-WebSocket-Extensions", kDeflate = "permessage-deflate";
    const bool offered = request.headers.get(kExtensions).find(kDeflate) != std::string_view::npos;
    if (offered && arrival.behaviour.open_points.compression == OpenPoints::Taken::taken)
      response.headers.set(kExtensions, std::string(kDeflate));
    arrivals_.push_back(std::move(arrival));
    return response;
  }

  asio::awaitable<void> serve(net::HttpRequest request, std::unique_ptr<net::MessageSocket> socket) {
    Arrival arrival = claim(request);
    SessionFacts& facts = *arrival.facts;
    const End end{*this, facts};
    if (arrival.behaviour.refusal) {
      co_await refuse(std::get<RefuseAfterUpgrade>(*arrival.behaviour.refusal), facts, std::move(socket));
      co_return;
    }
    Session::Setup setup;
    setup.model = arrival.handshake.model;
    setup.kind = arrival.handshake.kind;
    setup.dialect = arrival.handshake.dialect;
    setup.joins_call = !arrival.handshake.call_id.empty();
    setup.initial = arrival.handshake.initial;
    setup.behaviour = arrival.behaviour;
    setup.opened_unix_seconds = now_seconds();
    Session session(std::move(setup), arrival.player->player, random_, counts_, facts, observer_,
                    clock_.now());
    tell_errors(session.outlet(), facts);
    Connection connection(executor_, clock_, log_, facts, session.outlet(), &session, std::move(socket));
    const Running running(running_, facts.number, {&session, &connection});
    co_await connection.run();
  }

  void set_script(Script script) {
    script_ = std::make_shared<const Script>(std::move(script));
    shared_player_ = std::make_shared<Player>(script_, random_, talk_);
    players_.clear();
  }
  void set_behaviour(Behaviour behaviour) {
    options_.behaviour = std::move(behaviour);
    number_faults(options_.behaviour);
    behaviour_since_ = clock_.now();
    sessions_before_ = forgotten_ + facts_.size();
    struck_.clear();
  }

  /// `act` on a running session, whose writer then looks at what there is to do.
  template <class Act>
  void with(std::size_t number, Act act) {
    const auto found = running_.find(number);
    if (found == running_.end()) return;
    act(*found->second.session, *found->second.connection);
    found->second.connection->wake();
  }

  /// Forgets the oldest ended sessions until only `kept` of all are left, and no more of their audio than may
  /// be kept. Elements of the middle stay until those before them have ended, without audio that is too much.
  void forget(std::size_t kept) {
    const auto most = options_.audio_kept_bytes.value_or(SIZE_MAX);
    while (!facts_.empty() && facts_.front().ended_at) {
      if (facts_.size() <= kept && ended_bytes_ <= most) break;
      ended_bytes_ -= audio_bytes(facts_.front());
      players_.erase(facts_.front().number);
      if (facts_.front().number >= sessions_before_) struck_.merge(facts_.front().faults_struck);
      facts_.pop_front();
      ++forgotten_;
    }
    if (ended_bytes_ > most) ended_bytes_ -= forget_audio(facts_, ended_bytes_ - most);
  }
  std::size_t forgotten() const { return forgotten_; }
  std::size_t active() const { return running_.size(); }

  runtime::Clock& clock() { return clock_; }
  TimePoint now() const { return clock_.now(); }
  void observe(Observer* observer) { observer_ = observer; }
  const std::deque<SessionFacts>& sessions() const { return facts_; }

  std::vector<std::size_t> unused_rules() const {
    std::set<std::size_t> unused;
    for (const std::size_t rule : shared_player_->player.unused()) unused.insert(rule);
    if (options_.sharing == Options::Sharing::once || players_.empty()) return {unused.begin(), unused.end()};
    for (const auto& [number, player] : players_) {
      const auto here = player->player.unused();
      std::erase_if(unused,
                    [&](std::size_t rule) { return !std::binary_search(here.begin(), here.end(), rule); });
    }
    return {unused.begin(), unused.end()};
  }

  std::vector<std::size_t> idle() const {
    std::set<std::size_t> struck = struck_;
    for (const SessionFacts& session : facts_) {
      if (session.number >= sessions_before_)
        struck.insert(session.faults_struck.begin(), session.faults_struck.end());
    }
    return faults_without_effect(options_.behaviour, struck);
  }

 private:
  /// One playing of a script, which it keeps alive.
  struct Player {
    Player(std::shared_ptr<const Script> its, runtime::Random& random, SmallTalk& talk)
        : script(std::move(its)), player(*script, random, talk) {}
    std::shared_ptr<const Script> script;
    ScriptPlayer player;
  };
  struct Reach {
    Session* session = nullptr;
    Connection* connection = nullptr;
  };
  /// Makes a session reachable while it runs.
  class Running {
   public:
    Running(std::map<std::size_t, Reach>& all, std::size_t number, Reach reach) : all_(all), number_(number) {
      all_.emplace(number_, reach);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { all_.erase(number_); }

   private:
    std::map<std::size_t, Reach>& all_;
    const std::size_t number_;
  };
  /// A connection between its upgrade and its session.
  struct Arrival {
    std::string peer;
    std::string target;
    Handshake handshake;
    Behaviour behaviour;
    SessionFacts* facts = nullptr;
    std::shared_ptr<Player> player;
  };
  /// Marks the session's end, however it comes.
  struct End {
    Impl& impl;
    SessionFacts& facts;
    ~End() {
      facts.ended_at = impl.clock_.now();
      impl.ended_bytes_ += audio_bytes(facts);
      if (impl.observer_ != nullptr) impl.observer_->session_ended(facts);
    }
  };

  std::int64_t now_seconds() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.wall_now()).time_since_epoch().count();
  }

  Door door() const { return {options_.valid_key, options_.models, secrets_, now_seconds()}; }

  Arrival arrive(const net::HttpRequest& request, Handshake handshake) {
    Arrival arrival;
    arrival.peer = request.peer;
    arrival.target = request.target;
    arrival.handshake = std::move(handshake);
    arrival.behaviour = options_.behaviour;
    counts_.sessions.add();
    give_up_arrivals();
    forget(options_.sessions_kept.value_or(facts_.size()));
    SessionFacts& facts = facts_.emplace_back();
    arrival.facts = &facts;
    facts.number = forgotten_ + facts_.size() - 1;
    facts.handshake.at = clock_.now();
    facts.handshake.target = request.target;
    facts.handshake.beta = arrival.handshake.beta || arrival.handshake.dialect == Dialect::beta;
    facts.handshake.key_valid = !judge_key(arrival.handshake.key, door());
    strike_session(arrival.behaviour, facts, facts.number + 1 - sessions_before_,
                   clock_.now() - behaviour_since_, random_);
    if (options_.adjust) options_.adjust(facts.number, arrival.behaviour);
    if (!arrival.behaviour.refusal)
      arrival.behaviour.refusal = judge(arrival.handshake, door(), arrival.behaviour.open_points);
    facts.handshake.model = arrival.handshake.model;
    if (arrival.behaviour.refusal) {
      const auto* status = std::get_if<RefuseWithStatus>(&*arrival.behaviour.refusal);
      if (status != nullptr) {
        facts.handshake.http_status = status->status;
        facts.handshake.refused_with = "http_" + std::to_string(status->status);
        facts.handshake.refused_body = status->body;
      } else {
        const ErrorBody& error = std::get<RefuseAfterUpgrade>(*arrival.behaviour.refusal).error;
        facts.handshake.refused_with = error.code.empty() ? "missing_authentication" : error.code;
      }
      return arrival;
    }
    arrival.player = options_.sharing == Options::Sharing::once
                         ? shared_player_
                         : std::make_shared<Player>(script_, random_, talk_);
    if (arrival.player != shared_player_) players_.emplace(facts.number, arrival.player);
    return arrival;
  }

  /// A client that went away between its upgrade's answer and the session.
  void give_up_arrivals() {
    std::erase_if(arrivals_, [this](const Arrival& arrival) {
      if (clock_.now() - arrival.facts->handshake.at < kUpgradeWithin) return false;
      arrival.facts->ended_at = clock_.now();
      return true;
    });
  }

  /// The arrival that belongs to an accepted upgrade. Those of one peer with one target are alike, hence in
  /// order.
  Arrival claim(const net::HttpRequest& request) {
    const auto found = std::find_if(arrivals_.begin(), arrivals_.end(), [&](const Arrival& arrival) {
      return arrival.peer == request.peer && arrival.target == request.target;
    });
    if (found == arrivals_.end()) return arrive(request, read_handshake(request).value_or(Handshake{}));
    Arrival arrival = std::move(*found);
    arrivals_.erase(found);
    return arrival;
  }

  asio::awaitable<void> refuse(RefuseAfterUpgrade refusal, SessionFacts& facts,
                               std::unique_ptr<net::MessageSocket> socket) {
    Outlet outlet(random_, facts, counts_, Dialect::ga);
    tell_errors(outlet, facts);
    outlet.send_error(refusal.error, {}, clock_.now());
    outlet.close({refusal.close_code, errors::close_reason(refusal.error)});
    Connection connection(executor_, clock_, log_, facts, outlet, nullptr, std::move(socket));
    co_await connection.run();
  }

  void tell_errors(Outlet& outlet, const SessionFacts& facts) {
    outlet.on_error([this, &facts](const ErrorFacts& error) {
      if (observer_ != nullptr) observer_->error_sent(facts, error);
    });
  }

  asio::any_io_executor executor_;
  runtime::Clock& clock_;
  runtime::Random& random_;
  runtime::WireLog& log_;
  Counts counts_;
  Options options_;
  // Faults count sessions and time from the behaviour that they came with.
  TimePoint behaviour_since_;
  std::size_t sessions_before_ = 0;
  std::set<std::size_t> struck_;  // of these faults, by sessions that are forgotten
  Observer* observer_ = nullptr;
  Ids ids_{random_};
  ClientSecrets secrets_;
  SmallTalk talk_;
  std::shared_ptr<const Script> script_;
  std::shared_ptr<Player> shared_player_;
  std::map<std::size_t, std::shared_ptr<Player>> players_;  // of the sessions, by their numbers
  std::deque<SessionFacts> facts_;
  std::map<std::size_t, Reach> running_;
  std::size_t forgotten_ = 0;
  std::size_t ended_bytes_ = 0;  // of audio, of the ended sessions that are remembered
  std::deque<Arrival> arrivals_;
};

FakeOpenAi::FakeOpenAi(asio::any_io_executor executor, runtime::Clock& clock, runtime::Random& random,
                       runtime::WireLog& log, metrics::Book& book, Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), clock, random, log, book, std::move(options))) {}

FakeOpenAi::~FakeOpenAi() = default;

asio::awaitable<net::HttpResponse> FakeOpenAi::respond(const net::HttpRequest& request) {
  Duration after{0};
  net::HttpResponse response = impl_->respond(request, after);
  if (after > Duration(0)) {
    const TimePoint then = impl_->now() + after;
    static_cast<void>(co_await impl_->clock().sleep_until(then));
  }
  co_return response;
}

asio::awaitable<void> FakeOpenAi::serve(net::HttpRequest request,
                                        std::unique_ptr<net::MessageSocket> socket) {
  co_await impl_->serve(std::move(request), std::move(socket));
}

void FakeOpenAi::observe(Observer* observer) {
  impl_->observe(observer);
}

const std::deque<SessionFacts>& FakeOpenAi::sessions() const {
  return impl_->sessions();
}

std::vector<std::size_t> FakeOpenAi::unused_rules() const {
  return impl_->unused_rules();
}

std::vector<std::size_t> FakeOpenAi::idle_faults() const {
  return impl_->idle();
}

std::size_t FakeOpenAi::active_sessions() const {
  return impl_->active();
}

void FakeOpenAi::set_script(Script script) {
  impl_->set_script(std::move(script));
}

void FakeOpenAi::set_behaviour(Behaviour behaviour) {
  impl_->set_behaviour(std::move(behaviour));
}

void FakeOpenAi::send_text(std::size_t session, std::string text) {
  impl_->with(session, [&](Session& its, Connection&) { its.outlet().send_text(std::move(text)); });
}

void FakeOpenAi::close(std::size_t session, net::CloseReason reason) {
  impl_->with(session, [&](Session& its, Connection&) { its.outlet().close(std::move(reason)); });
}

void FakeOpenAi::abort(std::size_t session) {
  impl_->with(session, [](Session& its, Connection&) { its.outlet().abort(); });
}

void FakeOpenAi::stall(std::size_t session, runtime::TimePoint until) {
  impl_->with(session, [until](Session&, Connection& connection) { connection.stall(until); });
}

void FakeOpenAi::strike(std::size_t session, Fault fault) {
  const TimePoint now = impl_->now();
  impl_->with(session, [&](Session& its, Connection&) { its.strike(std::move(fault), now); });
}

void FakeOpenAi::forget_ended() {
  impl_->forget(0);
}

std::size_t FakeOpenAi::forgotten() const {
  return impl_->forgotten();
}

}  // namespace simulators::openai
