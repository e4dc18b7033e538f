#include "scenarios/engine/schema.hpp"
#include "scenarios/engine/yaml.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

/// Any file follows the schema or is refused with problems that can be printed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scenarios::engine;
  const Source source("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size));
  std::vector<Problem> problems;
  const auto document = read_yaml(source, problems);
  if (!document && problems.empty()) std::abort();
  if (document && problems.empty()) check_schema(*document, problems);
  if (!problems.empty() && describe(source, problems).empty()) std::abort();
  return 0;
}
