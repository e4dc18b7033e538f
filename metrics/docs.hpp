#pragma once
#include <string>

namespace metrics {

/// docs/metrics.md: the catalogue as a page for the engineer on call. metrics_docs writes it.
std::string render_docs();

}  // namespace metrics
