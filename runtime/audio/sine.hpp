#pragma once
#include <cmath>

namespace runtime::audio {

/// Sine of `cycles` turns, good to 1e-8. Not std::sin: the C library picks its code by the processor, and the
/// last bit with it; these few operations are exact to the bit on all of them.
inline double sine(double cycles) {
  double turn = cycles - std::floor(cycles + 0.5);  // [-0.5, 0.5)
  if (turn > 0.25) turn = 0.5 - turn;
  if (turn < -0.25) turn = -0.5 - turn;
  const double x = turn * 6.283185307179586;
  const double y = x * x;
  double sum = -1.0 / 39916800.0 + y / 6227020800.0;
  sum = 1.0 / 362880.0 + y * sum;
  sum = -1.0 / 5040.0 + y * sum;
  sum = 1.0 / 120.0 + y * sum;
  sum = -1.0 / 6.0 + y * sum;
  return x + x * y * sum;
}

inline double cosine(double cycles) {
  return sine(cycles + 0.25);
}

}  // namespace runtime::audio
