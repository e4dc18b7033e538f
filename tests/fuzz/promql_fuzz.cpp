#include "scenarios/engine/promql/evaluate.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

/// Any text is a query or an error inside of it; every query comes to a judgement.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scenarios::engine::promql;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text);
  if (const auto* error = std::get_if<QueryError>(&parsed)) {
    if (error->offset > text.size() || error->message.empty()) std::abort();
    return 0;
  }
  const auto& query = *std::get<std::shared_ptr<const Query>>(parsed);
  for (const auto* node : query.selectors()) {
    for (const auto& matcher : std::get<Selector>(node->is).matchers) {
      // A regular expression can be made to take for ever; scenarios are written by their users.
      if (matcher.kind >= Matcher::Kind::regex && matcher.value.size() > 8) return 0;
    }
  }
  const Samples samples{
      {"a", {{"x", "1"}}, 1}, {"a", {{"x", "2"}}, 2}, {"b", {}, 3}, {"c_bucket", {{"le", "+Inf"}}, 4}};
  const Instant instant{samples, 10, [&](double) { return std::vector<Samples>{samples}; }};
  (void)evaluate(query, instant);
  if (judge(query, instant).why.empty()) std::abort();
  return 0;
}
