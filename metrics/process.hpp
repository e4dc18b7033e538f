#pragma once
#include "metrics/sheet.hpp"

#include <string_view>

namespace metrics {

/// Shows this process' own process_* families (CPU, memory, descriptors, start), read from /proc at each
/// scrape. For real processes only: in a simulated one they would differ from run to run.
void add_process_metrics(Book& book);

/// Shows voicebridge_build_info{version,revision} 1. Once per book.
void set_build_info(Sheet& sheet, std::string_view version, std::string_view revision);

}  // namespace metrics
