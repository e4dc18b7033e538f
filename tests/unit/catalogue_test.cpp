#include "metrics/catalogue.hpp"

#include "metrics/docs.hpp"
#include "metrics/process.hpp"
#include "metrics/sheet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace metrics {
namespace {

using ::testing::Contains;
using ::testing::Not;

bool is_snake_case(std::string_view name) {
  const bool letters = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
  return letters && !name.starts_with('_') && !name.ends_with('_') &&
         name.find("__") == std::string_view::npos;
}

TEST(EveryFamily, SaysWhatItCountsAndWhatToDo) {
  for (const Family& family : catalogue()) {
    SCOPED_TRACE(family.name);
    for (const std::string_view text : {family.help, family.action}) {
      EXPECT_GT(text.size(), 20U);
      EXPECT_TRUE(text.ends_with('.')) << text;
    }
  }
}

TEST(EveryFamily, IsNamedByTheConventions) {
  for (const Family& family : catalogue()) {
    SCOPED_TRACE(family.name);
    const std::string_view name = family.name;
    EXPECT_TRUE(is_snake_case(name));
    constexpr std::array<std::string_view, 7> kOwners{"voicebridge_", "process_", "fake_twilio_", "probe_",
                                                      "fake_openai_", "caller_",  "intruder_"};
    EXPECT_TRUE(std::any_of(kOwners.begin(), kOwners.end(),
                            [&](std::string_view owner) { return name.starts_with(owner); }));
    EXPECT_EQ(name.ends_with("_total"), family.kind == Kind::counter);
    for (const std::string_view ending :
         {"_ms", "_milliseconds", "_kilobytes", "_count", "_sum", "_bucket"}) {
      EXPECT_FALSE(name.ends_with(ending)) << ending;
    }
    if (family.kind == Kind::histogram) {
      EXPECT_TRUE(name.ends_with("_seconds") || name.ends_with("_ratio"));
    }
  }
}

TEST(EveryFamily, HasLabelsThatAreClosedOrBelongToTheHarness) {
  for (const Family& family : catalogue()) {
    SCOPED_TRACE(family.name);
    for (const Label& label : family.labels) {
      EXPECT_TRUE(is_snake_case(label.name));
      EXPECT_THAT((std::set<std::string_view>{"le", "quantile", "job", "instance"}),
                  Not(Contains(label.name)));
      const std::set<std::string_view> once(label.values.begin(), label.values.end());
      EXPECT_EQ(once.size(), label.values.size()) << label.name << " lists a value twice";
      // What runs, and the models that the configuration names: few, and never from outside.
      const bool of_the_operator = family.name == "voicebridge_build_info" || label.name == "model";
      if (family.name.starts_with("voicebridge_") && !of_the_operator) {
        EXPECT_FALSE(label.values.empty()) << label.name;
      }
    }
  }
}

TEST(EveryFamily, HasPairsOfItsOwnLabels) {
  for (const Family& family : catalogue()) {
    SCOPED_TRACE(family.name);
    if (family.pairs.empty()) continue;
    ASSERT_EQ(family.labels.size(), 2U);
    for (const Pair& pair : family.pairs) {
      for (std::size_t i = 0; i < 2; ++i) EXPECT_THAT(family.labels[i].values, Contains(pair[i]));
    }
    EXPECT_EQ((std::set<Pair>(family.pairs.begin(), family.pairs.end()).size()), family.pairs.size());
  }
}

TEST(EveryFamily, HasRisingBucketsIfItIsAHistogram) {
  for (const Family& family : catalogue()) {
    SCOPED_TRACE(family.name);
    EXPECT_EQ(family.buckets.empty(), family.kind != Kind::histogram);
    EXPECT_TRUE(std::is_sorted(family.buckets.begin(), family.buckets.end(), std::less_equal<>()));
  }
}

TEST(Catalogue, IsSortedAndNamesNothingTwice) {
  for (std::size_t i = 1; i < catalogue().size(); ++i)
    EXPECT_LT(catalogue()[i - 1].name, catalogue()[i].name);
}

TEST(Catalogue, FindsFamiliesAndTheSeriesOfHistograms) {
  EXPECT_EQ(find_family("voicebridge_calls_active")->kind, Kind::gauge);
  EXPECT_EQ(find_family("voicebridge_first_audio_seconds_bucket")->name, "voicebridge_first_audio_seconds");
  EXPECT_EQ(find_family("voicebridge_first_audio_seconds_count")->name, "voicebridge_first_audio_seconds");
  EXPECT_EQ(find_family("voicebridge_calls_active_sum"), nullptr);
  EXPECT_EQ(find_family("voicebridge_calls"), nullptr);
  EXPECT_EQ(find_family(""), nullptr);
}

TEST(Catalogue, HasTheEdgesOfTheObjectives) {
  // Alerts read these buckets by name.
  EXPECT_THAT(find_family("voicebridge_response_latency_seconds")->buckets, Contains(1.2));
  EXPECT_THAT(find_family("voicebridge_first_audio_seconds")->buckets, Contains(1.5));
  EXPECT_THAT(find_family("voicebridge_barge_in_clear_seconds")->buckets, Contains(0.1));
  EXPECT_THAT(find_family("voicebridge_media_forward_seconds")->buckets, Contains(0.02));
  EXPECT_THAT(find_family("voicebridge_playout_late_seconds")->buckets, Contains(0.4));
}

/// A book that shows every family, those with open labels too.
void fill(Book& book) {
  add_process_metrics(book);
  Sheet& sheet = book.add_sheet({"voicebridge_", "fake_", "caller_", "intruder_", "probe_"});
  set_build_info(sheet, "0.1.0", "abc1234");
  sheet.counter("voicebridge_openai_tokens_total", {"input_text", "gpt-realtime"}).add();
  for (const Family& family : catalogue()) {
    if (!family.name.starts_with("caller_")) continue;
    constexpr std::string_view kCall = "a \"quoted\" call";
    const bool of_a_sound = family.labels.size() == 2;
    if (family.kind == Kind::counter) sheet.counter(family.name, {kCall}).add();
    if (family.kind == Kind::gauge && of_a_sound) sheet.gauge(family.name, {kCall, "hello.wav"}).set(0.5);
    if (family.kind == Kind::gauge && !of_a_sound) sheet.gauge(family.name, {kCall}).set(0.5);
  }
}

TEST(Exposition, IsCleanInTheEyesOfPromtool) {
  ASSERT_EQ(std::system("command -v promtool > /dev/null"), 0)
      << "promtool is not installed; it checks the exposition (Debian: apt install prometheus)";
  Book book;
  fill(book);

  std::FILE* promtool = ::popen("promtool check metrics 2>&1", "w");
  ASSERT_NE(promtool, nullptr);
  std::fputs(book.expose().c_str(), promtool);

  EXPECT_EQ(WEXITSTATUS(::pclose(promtool)), 0) << "promtool's objections are above";
}

TEST(Exposition, SaysWhatToDoAboutEachFamily) {
  Book book;
  fill(book);

  const std::string text = book.expose();

  EXPECT_NE(text.find("# HELP voicebridge_calls_active Calls with an open media stream now. At "
                      "voicebridge_calls_limit new streams are refused: add replicas.\n"),
            std::string::npos);
}

TEST(Exposition, ShowsEveryFamilyOfTheCatalogue) {
  Book book;
  fill(book);

  const std::string text = book.expose();

  for (const Family& family : catalogue()) {
    const std::string line =
        "# TYPE " + std::string(family.name) + " " + std::string(to_string(family.kind)) + "\n";
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST(Docs, HaveAChapterForEveryFamily) {
  const std::string page = render_docs();
  for (const auto& family : catalogue()) {
    EXPECT_NE(page.find("### " + std::string(family.name) + "\n"), std::string::npos) << family.name;
  }
}

std::string chapter_of(const std::string& page, const std::string& family) {
  const auto begin = page.find("### " + family + "\n");
  return page.substr(begin, page.find("\n### ", begin) - begin);
}

TEST(Docs, GiveAUnitToWhatHasOne) {
  const std::string page = render_docs();
  const auto has = [&](const char* family, const char* line) {
    return chapter_of(page, family).find(line) != std::string::npos;
  };
  EXPECT_TRUE(has("voicebridge_openai_rate_limit_remaining_ratio", "\n- unit: ratio\n"));
  EXPECT_TRUE(has("voicebridge_first_audio_seconds", "\n- unit: seconds\n"));
  EXPECT_TRUE(has("voicebridge_openai_audio_bytes_received_total", "\n- unit: bytes\n"));
  EXPECT_FALSE(has("voicebridge_calls_active", "- unit"));
}

TEST(Docs, AreThoseOfTheCatalogue) {
  const std::filesystem::path committed = std::filesystem::path(LINECHECK_SOURCE_DIR) / "docs/metrics.md";
  std::ifstream file(committed);
  const std::string page((std::istreambuf_iterator<char>(file)), {});

  EXPECT_TRUE(page == render_docs()) << committed
                                     << " is not what the catalogue says; build metrics_docs and run: "
                                        "build/release/bin/metrics_docs > docs/metrics.md";
}

}  // namespace

void PrintTo(const Family& family, std::ostream* out) {
  *out << family.name;
}

}  // namespace metrics
