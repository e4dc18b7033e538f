#include "simulators/openai/fault.hpp"

#include <cstdio>

int main() {
  std::fputs(simulators::openai::describe_faults().c_str(), stdout);
}
