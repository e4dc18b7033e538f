#include "simulators/openai/fault.hpp"
#include "simulators/openai/open_points.hpp"

#include <cstdio>
#include <string_view>

int main(int argc, char** argv) {
  const bool settings = argc > 1 && std::string_view(argv[1]) == "settings";
  const auto page = settings ? simulators::openai::describe_points() : simulators::openai::describe_faults();
  std::fputs(page.c_str(), stdout);
}
