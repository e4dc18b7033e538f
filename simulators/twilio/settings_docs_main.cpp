#include "simulators/twilio/open_points.hpp"

#include <cstdio>

int main() {
  std::fputs(simulators::twilio::describe_open_points().c_str(), stdout);
}
