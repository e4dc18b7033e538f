#pragma once
#include "bridge/app/call_record.hpp"
#include "runtime/core/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace bridge::app {

/// A call as GET /calls lists it.
nlohmann::ordered_json call_summary(const CallSummary& call, runtime::TimePoint now);
/// A call as GET /calls/{CallSid} tells of it: with what it has carried, and what happened when.
nlohmann::ordered_json call_details(std::string_view call_sid, const CallRecord& call,
                                    runtime::TimePoint now);

}  // namespace bridge::app
