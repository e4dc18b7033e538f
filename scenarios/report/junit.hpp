#pragma once
#include "scenarios/report/record.hpp"

#include <string>

namespace scenarios::report {

/// JUnit XML as Jenkins, GitLab and GitHub's actions read it: one suite, a case per scenario, its topic
/// folder as the class. A scenario that could not be run is an <error>, one that failed a <failure>.
std::string junit_xml(const RunRecord& run);

}  // namespace scenarios::report
