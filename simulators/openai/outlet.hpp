#pragma once
#include "runtime/core/random.hpp"
#include "runtime/net/message_socket.hpp"
#include "simulators/openai/beta.hpp"
#include "simulators/openai/counts.hpp"
#include "simulators/openai/event_damage.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/openai/ids.hpp"
#include "simulators/openai/json.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::openai {

/// How events look: as GA has them, with what Azure adds, or under beta's names and in its shapes.
enum class Dialect { ga, azure, beta };

/// What is to leave a session, in order.
struct Outgoing {
  enum class Kind { text, ping, close, abort, half_open } kind = Kind::text;
  std::string text;  // of ping: its payload
  runtime::net::CloseReason reason;
};

/// What became of an event that was to leave.
enum class Fate {
  sent,
  robbed,    // it left, and no client can make use of it
  withheld,  // it did not leave
};
/// Fields of an event without which it is of no use.
using Matters = std::initializer_list<std::string_view>;

/// The queue from a session to its socket. Bounded: a client that does not read while it keeps demanding is
/// cut off (close 1009), as the service's own limit would.
class Outlet {
 public:
  static constexpr std::size_t kMost = 20'000;  // messages; a ten-minute answer has some 5,000

  Outlet(runtime::Random& random, SessionFacts& facts, Counts& counts, Dialect dialect)
      : ids_(random), facts_(facts), counts_(counts), dialect_(dialect) {}

  Ids& ids() { return ids_; }
  /// An event of this type with an id of its own; the rest is for the caller to fill in.
  Json event(std::string_view type);
  /// A GA event, put into the session's dialect here. `matters`: besides its type.
  Fate send(const Json& event, Matters matters = {});
  /// An event of this type whose text was made without a tree.
  /// `not_null`: fields that may be missing, and then stand for their usual value.
  Fate send_made(std::string_view type, std::string text, Matters matters, Matters not_null);
  /// As it is. False: withheld.
  bool send_text(std::string text);
  /// `client_event_id` empty: null.
  void send_error(const ErrorBody& error, std::string_view client_event_id, TimePoint now);
  /// Four bytes, as the service's pings have.
  void ping();
  void close(runtime::net::CloseReason reason);
  void abort();
  /// Hears of every error event.
  void on_error(std::function<void(const ErrorFacts&)> listener) { on_error_ = std::move(listener); }
  /// Nothing more leaves or is read, and the connection stays.
  void half_open();
  /// What the client sends is not read before `until`.
  void stop_reading(TimePoint until);
  /// What the beta dialect shows as the session's.
  void set_temperature(double temperature) { temperature_ = temperature; }
  /// From now on everything that is sent is thrown away.
  void mute() { muted_ = true; }
  /// What befalls every event from now on.
  void damage(std::vector<EventDamage> damages) { damages_ = std::move(damages); }

  bool empty() const { return queue_.empty(); }
  /// A close or abort was asked for: nothing more will leave.
  bool ended() const { return ended_; }
  TimePoint reads_from() const { return reads_from_; }
  std::deque<Outgoing> take() { return std::exchange(queue_, {}); }

 private:
  /// As the damages leave it.
  Json damaged(Json event);
  Fate send_damaged(Json event, Matters matters, Matters not_null = {});

  Ids ids_;
  SessionFacts& facts_;
  Counts& counts_;
  const Dialect dialect_;
  std::uint32_t pings_ = 0;
  std::deque<Outgoing> queue_;
  std::function<void(const ErrorFacts&)> on_error_;
  bool ended_ = false;
  bool muted_ = false;
  double temperature_ = kBetaTemperature;
  std::vector<EventDamage> damages_;
  TimePoint reads_from_ = TimePoint::min();
};

}  // namespace simulators::openai
