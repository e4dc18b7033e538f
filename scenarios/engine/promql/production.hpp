#pragma once
#include "scenarios/engine/promql/query.hpp"

#include <string>
#include <string_view>

namespace scenarios::engine::promql {

/// The query as it has to be asked of a Prometheus that has scraped for weeks: a counter there is never zero
/// again, so each is asked for its growth over `range` ("5m").
std::string production_form(const Query& query, std::string_view range);

}  // namespace scenarios::engine::promql
