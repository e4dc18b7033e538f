#pragma once
#include "scenarios/report/record.hpp"

#include <ostream>

namespace scenarios::report {

/// report.html: one file that needs no other and no network.
void write_page(std::ostream& out, const RunRecord& run);

/// The parts of the page as they stand in scenarios/report/page.
std::string_view page_style();
std::string_view page_script();
std::string_view page_body();

}  // namespace scenarios::report
