#include "scenarios/diagnosis/log_reader.hpp"
#include "scenarios/diagnosis/report.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Any log is told of, and the same whether it comes at once or byte by byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scenarios::diagnosis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  LogReader whole, pieces;
  whole.feed(text);
  whole.finish();
  for (std::size_t at = 0; at < text.size(); ++at) pieces.feed(text.substr(at, 1));
  pieces.finish();
  const auto told = write_log_report("fuzz.log", whole, true);
  if (told.text.empty() || told.text != write_log_report("fuzz.log", pieces, true).text) std::abort();
  if (whole.recognised() > whole.lines()) std::abort();
  return 0;
}
