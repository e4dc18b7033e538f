#include "metrics/docs.hpp"

#include <cstdio>

/// Writes docs/metrics.md to standard output.
int main() {
  const std::string page = metrics::render_docs();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
