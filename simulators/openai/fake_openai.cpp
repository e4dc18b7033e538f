#include "simulators/openai/fake_openai.hpp"

#include "runtime/net/url.hpp"
#include "simulators/openai/client_secrets.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/connection.hpp"
#include "simulators/openai/counts.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/handshake.hpp"
#include "simulators/openai/script_player.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace simulators::openai {
namespace asio = boost::asio;
namespace net = runtime::net;

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
        shared_player_(options_.script, random) {}

  net::HttpResponse respond(const net::HttpRequest& request) {
    const auto path = net::path_of(request.target);
    auto handshake = read_handshake(request);
    if (ClientSecrets::answers(path)) {
      std::string_view key = request.headers.get("Authorization");
      constexpr std::string_view kBearer = "Bearer ";
      key.remove_prefix(key.starts_with(kBearer) ? kBearer.size() : key.size());
      if (const auto wrong = judge_key(key, door())) return http_error(401, *wrong);
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
    net::HttpResponse response;
    response.status = arrival.facts->handshake.http_status;
    if (response.status != 101) {
      const auto& refusal = std::get<RefuseWithStatus>(*arrival.behaviour.refusal);
      arrival.facts->ended_at = clock_.now();
      return net::make_response(response.status, "application/json", refusal.body);
    }
    if (arrival.handshake.offers_realtime) response.headers.set("Sec-WebSocket-Protocol", "realtime");
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
    setup.initial = arrival.handshake.initial;
    setup.behaviour = arrival.behaviour;
    setup.opened_unix_seconds = now_seconds();
    Session session(std::move(setup), *arrival.player, random_, counts_, facts, observer_, clock_.now());
    Connection connection(executor_, clock_, log_, facts, session.outlet(), &session, std::move(socket));
    co_await connection.run();
  }

  void observe(Observer* observer) { observer_ = observer; }
  const std::deque<SessionFacts>& sessions() const { return facts_; }

  std::vector<std::size_t> unused_rules() const {
    std::set<std::size_t> unused;
    for (const std::size_t rule : shared_player_.unused()) unused.insert(rule);
    if (options_.sharing == Options::Sharing::once || players_.empty()) return {unused.begin(), unused.end()};
    for (const ScriptPlayer& player : players_) {
      const auto here = player.unused();
      std::erase_if(unused,
                    [&](std::size_t rule) { return !std::binary_search(here.begin(), here.end(), rule); });
    }
    return {unused.begin(), unused.end()};
  }

 private:
  /// A connection between its upgrade and its session.
  struct Arrival {
    std::string peer;
    std::string target;
    Handshake handshake;
    Behaviour behaviour;
    SessionFacts* facts = nullptr;
    ScriptPlayer* player = nullptr;
  };
  /// Marks the session's end, however it comes.
  struct End {
    Impl& impl;
    SessionFacts& facts;
    ~End() {
      facts.ended_at = impl.clock_.now();
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
    SessionFacts& facts = facts_.emplace_back();
    arrival.facts = &facts;
    facts.number = facts_.size() - 1;
    facts.handshake.at = clock_.now();
    facts.handshake.target = request.target;
    facts.handshake.beta = arrival.handshake.beta || arrival.handshake.dialect == Dialect::beta;
    facts.handshake.key_valid = !judge_key(arrival.handshake.key, door());
    if (options_.adjust) options_.adjust(facts.number, arrival.behaviour);
    if (!arrival.behaviour.refusal) arrival.behaviour.refusal = judge(arrival.handshake, door());
    facts.handshake.model = arrival.handshake.model;
    if (arrival.behaviour.refusal) {
      const auto* status = std::get_if<RefuseWithStatus>(&*arrival.behaviour.refusal);
      if (status != nullptr) {
        facts.handshake.http_status = status->status;
        facts.handshake.refused_with = "http_" + std::to_string(status->status);
      } else {
        const ErrorBody& error = std::get<RefuseAfterUpgrade>(*arrival.behaviour.refusal).error;
        facts.handshake.refused_with = error.code.empty() ? "missing_authentication" : error.code;
      }
      return arrival;
    }
    arrival.player = options_.sharing == Options::Sharing::once
                         ? &shared_player_
                         : &players_.emplace_back(options_.script, random_);
    return arrival;
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
    outlet.send_error(refusal.error, {}, clock_.now());
    outlet.close({refusal.close_code, errors::close_reason(refusal.error)});
    Connection connection(executor_, clock_, log_, facts, outlet, nullptr, std::move(socket));
    co_await connection.run();
  }

  asio::any_io_executor executor_;
  runtime::Clock& clock_;
  runtime::Random& random_;
  runtime::WireLog& log_;
  Counts counts_;
  const Options options_;
  Observer* observer_ = nullptr;
  Ids ids_{random_};
  ClientSecrets secrets_;
  ScriptPlayer shared_player_;
  std::deque<ScriptPlayer> players_;
  std::deque<SessionFacts> facts_;
  std::deque<Arrival> arrivals_;
};

FakeOpenAi::FakeOpenAi(asio::any_io_executor executor, runtime::Clock& clock, runtime::Random& random,
                       runtime::WireLog& log, metrics::Book& book, Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), clock, random, log, book, std::move(options))) {}

FakeOpenAi::~FakeOpenAi() = default;

asio::awaitable<net::HttpResponse> FakeOpenAi::respond(const net::HttpRequest& request) {
  co_return impl_->respond(request);
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

}  // namespace simulators::openai
