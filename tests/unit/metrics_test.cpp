#include "metrics/sheet.hpp"

#include "metrics/process.hpp"
#include "runtime/core/assert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <vector>

namespace metrics {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kDrops = "voicebridge_audio_dropped_samples_total";

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const runtime::InvariantBroken& broken) {
    return broken.what();
  }
  return "no error";
}

const prometheus::MetricFamily* family_of(const std::vector<prometheus::MetricFamily>& all,
                                          std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& family) { return family.name == name; });
  return found == all.end() ? nullptr : &*found;
}

TEST(Sheet, ShowsEveryClosedSeriesAtZeroFromTheStart) {
  Book book;
  book.add_sheet({"voicebridge_", "fake_twilio_"});

  const std::string text = book.expose();

  EXPECT_THAT(text, HasSubstr("\nvoicebridge_calls_active 0\n"));
  EXPECT_THAT(
      text, HasSubstr("\nvoicebridge_calls_ended_total{call_direction=\"outbound\",outcome=\"failed\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nfake_twilio_errors_total{code=\"31941\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nvoicebridge_first_audio_seconds_bucket{le=\"+Inf\"} 0\n"));
}

TEST(Sheet, ShowsPairsInsteadOfTheirProduct) {
  Book book;
  book.add_sheet({"voicebridge_"});

  const std::string text = book.expose();

  EXPECT_THAT(text,
              HasSubstr("voicebridge_call_verdicts_total{verdict=\"not_answered\",reason=\"busy\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("voicebridge_call_verdicts_total{verdict=\"normal\",reason=\"busy\"}")));
}

TEST(Sheet, CountsAnUnlistedPairOfKnownValues) {
  Book book;
  Sheet& sheet = book.add_sheet({"voicebridge_"});

  sheet.counter("voicebridge_call_verdicts_total", {"normal", "call_ended"}).add();

  EXPECT_THAT(book.expose(), HasSubstr("{verdict=\"normal\",reason=\"call_ended\"} 1\n"));
}

TEST(Sheet, HoldsOnlyTheFamiliesOfItsPrefixes) {
  Book book;
  Sheet& sheet = book.add_sheet({"fake_openai_"});

  EXPECT_THAT(book.expose(), Not(HasSubstr("\nvoicebridge_")));
  EXPECT_THAT(error_of([&] { sheet.gauge("voicebridge_calls_active"); }), HasSubstr("does not hold"));
}

TEST(Sheet, ShowsAnOpenLabelWhenItIsFirstCounted) {
  Book book;
  Sheet& sheet = book.add_sheet({"caller_", "fake_openai_"});
  EXPECT_THAT(book.expose(), Not(HasSubstr("\ncaller_heard_seconds")));

  sheet.gauge("caller_heard_seconds", {"anna"}).set(1.5);
  sheet.counter("fake_openai_errors_sent_total", {"made_up"}).add();

  EXPECT_THAT(book.expose(), HasSubstr("\ncaller_heard_seconds{call=\"anna\"} 1.5\n"));
  EXPECT_THAT(book.expose(), HasSubstr("{code=\"made_up\"} 1\n"));
}

TEST(Sheet, RefusesWhatTheCatalogueDoesNotKnow) {
  Book book;
  Sheet& sheet = book.add_sheet({"voicebridge_"});

  EXPECT_THAT(error_of([&] { sheet.counter("voicebridge_frames_total"); }),
              HasSubstr("voicebridge_frames_total"));
  EXPECT_THAT(error_of([&] { sheet.counter("voicebridge_first_audio_seconds_sum"); }),
              HasSubstr("no family"));
  EXPECT_THAT(error_of([&] { sheet.counter("voicebridge_calls_active"); }),
              HasSubstr("is a gauge, not a counter"));
  EXPECT_THAT(error_of([&] { sheet.gauge("voicebridge_queued_audio_samples"); }),
              HasSubstr("has 1 label(s), not 0"));
  EXPECT_THAT(error_of([&] {
                sheet.counter(kDrops, {"to_caller", "bad_luck"});
              }),
              AllOf(HasSubstr("reason=\"bad_luck\""), HasSubstr("late_delta")));
}

TEST(Sheet, GivesTheSameSeriesToWhoeverAsks) {
  Book book;
  Sheet& sheet = book.add_sheet({"voicebridge_"});

  sheet.counter(kDrops, {"to_caller", "stale"}).add(160);
  sheet.counter(kDrops, {"to_caller", "stale"}).add(40);

  EXPECT_EQ(sheet.counter(kDrops, {"to_caller", "stale"}).value(), 200);
  EXPECT_EQ(sheet.counter(kDrops, {"to_caller", "barge_in"}).value(), 0);
}

TEST(Handles, CountNowhereUntilTheyAreLookedUp) {
  Counter counter;
  Gauge gauge;
  Histogram histogram;

  counter.add();
  gauge.set(7);
  histogram.observe(0.1);

  Book book;
  book.add_sheet({"voicebridge_"});
  EXPECT_EQ(book.value("voicebridge_calls_active"), 0);
  EXPECT_EQ(book.value("voicebridge_first_audio_seconds"), 0);
}

TEST(Book, AddsItsSheetsUp) {
  Book book;
  Sheet& first = book.add_sheet({"voicebridge_"});
  Sheet& second = book.add_sheet({"voicebridge_"});

  first.gauge("voicebridge_calls_active").set(2);
  second.gauge("voicebridge_calls_active").set(3);
  first.counter("voicebridge_twilio_frames_sent_total", {"model"}).add(50);
  second.counter("voicebridge_twilio_frames_sent_total", {"model"}).add();
  first.histogram("voicebridge_first_audio_seconds").observe(0.4);
  second.histogram("voicebridge_first_audio_seconds").observe(0.9);

  const std::string text = book.expose();
  EXPECT_THAT(text, HasSubstr("\nvoicebridge_calls_active 5\n"));
  EXPECT_THAT(text, HasSubstr("\nvoicebridge_twilio_frames_sent_total{source=\"model\"} 51\n"));
  EXPECT_THAT(text, HasSubstr("\nvoicebridge_first_audio_seconds_count 2\n"));
  EXPECT_EQ(book.value("voicebridge_calls_active"), 5);
  EXPECT_EQ(book.value("voicebridge_twilio_frames_sent_total", {"model"}), 51);
  EXPECT_EQ(book.value("voicebridge_first_audio_seconds"), 2);
}

TEST(Book, CountsAnObservationInEveryBucketFromItsOwnOn) {
  Book book;
  Histogram latency = book.add_sheet({"voicebridge_"}).histogram("voicebridge_barge_in_clear_seconds");

  for (const double seconds : {0.005, 0.006, 0.1, 3.0}) latency.observe(seconds);

  const auto all = book.Collect();
  const auto& shown = family_of(all, "voicebridge_barge_in_clear_seconds")->metric.at(0).histogram;
  std::vector<std::uint64_t> counts;
  for (const auto& bucket : shown.bucket) counts.push_back(bucket.cumulative_count);
  EXPECT_THAT(counts, ElementsAre(1, 2, 2, 2, 3, 3, 3, 3, 4));  // .005 .01 .02 .05 .1 .2 .5 1 +Inf
  EXPECT_EQ(shown.sample_count, 4U);
  EXPECT_DOUBLE_EQ(shown.sample_sum, 3.111);
}

TEST(Book, SortsFamiliesAndSeries) {
  Book book;
  book.add_sheet({"voicebridge_", "fake_", "process_"});
  Sheet& callers = book.add_sheet({"caller_"});
  for (const char* call : {"b", "a", "c"}) callers.gauge("caller_heard_seconds", {call}).set(1);

  const auto all = book.Collect();

  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  std::vector<std::string> calls;
  for (const auto& metric : family_of(all, "caller_heard_seconds")->metric)
    calls.push_back(metric.label[0].value);
  EXPECT_THAT(calls, ElementsAre("a", "b", "c"));
}

TEST(Book, WritesAtEachScrapeWhatTheSerializerMakesOfTheWholeCollectable) {
  Book book;
  Sheet& sheet = book.add_sheet({"voicebridge_", "process_"});
  const prometheus::Collectable& whole = book;
  for (int scrape = 0; scrape < 3; ++scrape) {
    sheet.gauge("voicebridge_calls_active").set(scrape / 2);  // as it was at the second
    sheet.histogram("voicebridge_first_audio_seconds").observe(0.4);
    EXPECT_EQ(book.expose(), prometheus::TextSerializer().Serialize(whole.Collect()));
  }
}

TEST(Book, ReadsWhatAScrapeShows) {
  Book book;
  Sheet& sheet = book.add_sheet({"voicebridge_"});
  book.add_sheet({"voicebridge_"}).gauge("voicebridge_calls_active").set(1);
  sheet.gauge("voicebridge_calls_active").set(2);
  sheet.histogram("voicebridge_barge_in_clear_seconds").observe(0.3);

  std::vector<std::string> names;
  book.read([&](const Reading& reading) {
    names.emplace_back(reading.family.name);
    if (reading.family.name == "voicebridge_calls_active") {
      EXPECT_EQ(reading.value, 3);
    }
    if (reading.family.name == "voicebridge_barge_in_clear_seconds") {
      EXPECT_EQ(reading.value, 0.3);
      EXPECT_THAT(reading.counts, ElementsAre(0, 0, 0, 0, 0, 0, 1, 0, 0));
    }
  });

  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  const auto codes = find_family("voicebridge_openai_failures_total")->labels[0].values.size();
  EXPECT_THAT(names, Contains("voicebridge_openai_failures_total").Times(static_cast<int>(codes)));
}

TEST(Book, RefreshesBeforeEachScrape) {
  Book book;
  Sheet& sheet = book.add_sheet({"voicebridge_"});
  book.before_scrape([&] { sheet.gauge("voicebridge_calls_silent").add(1); });

  book.expose();

  EXPECT_THAT(book.expose(), HasSubstr("\nvoicebridge_calls_silent 2\n"));
}

TEST(Book, IsReadWhileSheetsAreWritten) {
  Book book;
  constexpr int kRounds = 20000;
  const auto write = [&book] {
    Sheet& sheet = book.add_sheet({"voicebridge_", "caller_"});
    Counter frames = sheet.counter("voicebridge_twilio_frames_received_total");
    Histogram late = sheet.histogram("voicebridge_playout_late_seconds");
    for (int i = 0; i < kRounds; ++i) {
      frames.add();
      late.observe(0.001 * (i % 10));
      if (i % 1000 == 0) sheet.gauge("caller_heard_seconds", {std::to_string(i)}).set(i);
    }
  };
  std::thread first(write), second(write);

  double before = 0;
  for (int i = 0; i < 50; ++i) {
    book.expose();
    const double now = book.value("voicebridge_twilio_frames_received_total");
    EXPECT_GE(now, before);
    before = now;
  }
  first.join();
  second.join();

  EXPECT_EQ(book.value("voicebridge_twilio_frames_received_total"), 2 * kRounds);
  EXPECT_EQ(book.value("voicebridge_playout_late_seconds"), 2 * kRounds);
}

TEST(Process, ShowsItself) {
  Book book;
  add_process_metrics(book);

  book.expose();

  EXPECT_GT(book.value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(book.value("process_virtual_memory_bytes"), book.value("process_resident_memory_bytes"));
  EXPECT_GE(book.value("process_open_fds"), 3);
  EXPECT_GT(book.value("process_max_fds"), book.value("process_open_fds"));
  EXPECT_GT(book.value("process_start_time_seconds"), 1.7e9);
  EXPECT_GE(book.value("process_cpu_seconds_total"), 0);
}

TEST(Process, CountsItsDescriptors) {
  Book book;
  add_process_metrics(book);
  book.expose();
  const double before = book.value("process_open_fds");

  std::vector<std::ifstream> opened;
  for (int i = 0; i < 7; ++i) opened.emplace_back("/dev/null");
  book.expose();

  EXPECT_EQ(book.value("process_open_fds"), before + 7);
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

TEST(Process, CpuTimeIsThatOfTheKernel) {
  Book book;
  add_process_metrics(book);
  book.expose();
  const double before = book.value("process_cpu_seconds_total");

  // Some ticks of the kernel's clock, of 10 ms each.
  for (const double begin = cpu_seconds(); cpu_seconds() < begin + 0.05;) book.expose();

  EXPECT_GT(book.value("process_cpu_seconds_total"), before);
  EXPECT_NEAR(book.value("process_cpu_seconds_total"), cpu_seconds(), 0.03);
}

TEST(BuildInfo, SaysWhatIsRunning) {
  Book book;
  set_build_info(book.add_sheet({"voicebridge_"}), "0.1.0", "abc1234");

  EXPECT_THAT(book.expose(),
              HasSubstr("\nvoicebridge_build_info{version=\"0.1.0\",revision=\"abc1234\"} 1\n"));
}

}  // namespace
}  // namespace metrics
