#pragma once
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/rest_settings.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace simulators::twilio {

/// The same moment on both clocks, to date what happened.
struct RestMoment {
  TimePoint now;
  runtime::WallTime wall;

  runtime::WallTime wall_at(TimePoint at) const { return wall - (now - at); }
};

/// "/2010-04-01/Accounts/AC...": what every uri begins with.
std::string account_path(const Account& account);

/// The account as `Accounts/{sid}.json` shows it: what clients ask for to try their credentials.
nlohmann::ordered_json account_resource(const Account& account);

/// A call as `Calls/{sid}.json` shows it.
nlohmann::ordered_json call_resource(const CallFacts& call, const Account& account,
                                     const RestSettings& settings, RestMoment moment);
/// When it began to be dialled, or, once answered, when it was; none of one that never rang.
std::optional<TimePoint> start_time(const CallFacts& call);
/// Its status as the API has it: a call is never `initiated` there, and over once it was hung up.
std::string rest_status(const CallFacts& call);

nlohmann::ordered_json stream_resource(const CallFacts& call, const StreamFacts& stream,
                                       const Account& account, RestMoment moment);

}  // namespace simulators::twilio
