#include "metrics/docs.hpp"

#include "metrics/catalogue.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace metrics {
namespace {

constexpr std::string_view kIntroduction = R"(# Metrics

Every metric that the bridge and the harness publish, what it counts, and what to do when it is not what it
should be: `/metrics` says both in its `# HELP`. Units are those of Prometheus (seconds, bytes, ratios from 0
to 1), and samples (8000 a second). The bridge has no label per call: look at its log and at `GET /calls`. The
harness' `caller_*` carry `call`, which the scenario bounds.

Series whose label values are listed here exist at zero from the start: absent means that the process is not
scraped, never that nothing happened.

This page is generated from the catalogue (`metrics/catalogue_*.cpp`): `metrics_docs > docs/metrics.md`.
)";

struct Chapter {
  std::string_view prefix, title;
};
constexpr std::array<Chapter, 7> kChapters{{{"voicebridge_", "The bridge"},
                                            {"process_", "The bridge's process"},
                                            {"caller_", "What the caller heard (fake handset)"},
                                            {"fake_twilio_", "The fake Twilio"},
                                            {"fake_openai_", "The fake OpenAI"},
                                            {"intruder_", "Somebody who is not Twilio (`do: intrude`)"},
                                            {"probe_", "`linecheck probe`"}}};

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

/// By Prometheus' rules a name says its unit, as its last word or before what happened to it
/// (`..._bytes_received_total`). Empty: it counts things.
std::string_view unit_of(const Family& family) {
  using Unit = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Unit, 6> kUnits{{{"seconds", "seconds"},
                                        {"bytes", "bytes"},
                                        {"samples", "samples"},
                                        {"ratio", "ratio"},
                                        {"share", "ratio"},
                                        {"dbfs", "dBFS"}}};
  const std::string name = std::string(family.name) + "_";
  for (const auto& [word, unit] : kUnits) {
    if (name.find("_" + std::string(word) + "_") != std::string::npos) return unit;
  }
  return {};
}

void add_labels(std::string& page, const Family& family) {
  for (const Label& label : family.labels) {
    page += "- label " + code(label.name) + ": ";
    for (std::size_t i = 0; i < label.values.size(); ++i)
      page += (i == 0 ? "" : ", ") + code(label.values[i]);
    if (label.values.empty()) {
      page += "any";
    } else if (label.open) {
      page += ", and others when they occur";
    }
    page += "\n";
  }
  if (family.pairs.empty()) return;
  page += "- pairs from the start: ";
  for (std::size_t i = 0; i < family.pairs.size(); ++i) {
    page +=
        (i == 0 ? "" : ", ") + code(std::string(family.pairs[i][0]) + " " + std::string(family.pairs[i][1]));
  }
  page += "\n";
}

void add_family(std::string& page, const Family& family) {
  page += "\n### " + std::string(family.name) + "\n\n";
  page += std::string(to_string(family.kind)) + ". " + std::string(family.help) + "\n\n";
  if (const auto unit = unit_of(family); !unit.empty()) page += "- unit: " + std::string(unit) + "\n";
  add_labels(page, family);
  if (!family.buckets.empty()) {
    page += "- buckets up to ";
    for (std::size_t i = 0; i < family.buckets.size(); ++i)
      page += (i == 0 ? "" : ", ") + number(family.buckets[i]);
    page += "\n";
  }
  if (!page.ends_with("\n\n")) page += "\n";
  page += "**What to do.** " + std::string(family.action) + "\n";
}

}  // namespace

std::string render_docs() {
  std::string page(kIntroduction);
  for (const Chapter& chapter : kChapters) {
    page += "\n## " + std::string(chapter.title) + "\n";
    for (const Family& family : catalogue()) {
      if (family.name.starts_with(chapter.prefix)) add_family(page, family);
    }
  }
  return page;
}

}  // namespace metrics
