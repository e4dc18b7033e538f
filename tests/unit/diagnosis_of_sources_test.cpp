// What a source holds, and how its text came.
#include "scenarios/diagnosis/line_splitter.hpp"
#include "scenarios/diagnosis/log_reader.hpp"
#include "scenarios/diagnosis/source_text.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace {

using namespace scenarios::diagnosis;
using namespace std::string_literals;
using testing::ElementsAre;

constexpr auto kSample = "voicebridge_calls_active 2\n";

std::string utf16(const std::string& text, bool big_endian) {
  std::string bytes = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : text) bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return bytes;
}

TEST(SourceText, KnowsAScrapeByItsFirstSample) {
  EXPECT_TRUE(holds_metrics("# HELP process_cpu_seconds_total CPU time.\n"));
  EXPECT_TRUE(holds_metrics("\n  \n# scraped by hand\nprocess_cpu_seconds_total 0\n"));
  EXPECT_TRUE(holds_metrics("go_gc_duration_seconds{quantile=\"0.5\"} 1.5e-05 1700000000\n"));
  EXPECT_FALSE(holds_metrics(""));
  EXPECT_FALSE(holds_metrics("# a comment of a log\n[RX_AUDIO_DELTA] bytes=2000\n"));
  EXPECT_FALSE(holds_metrics("attempt 5\n"));
  EXPECT_FALSE(holds_metrics("call_sid=CAaaaa [RX_AUDIO_DELTA] bytes=2000\n"));
}

TEST(SourceText, TakesOffWhatShellsAndToolsPutAroundAScrape) {
  EXPECT_EQ(bare_text("\xEF\xBB\xBF"s + kSample), kSample);
  EXPECT_EQ(bare_text(utf16(kSample, false)), kSample);
  EXPECT_EQ(bare_text(utf16(kSample, true)), kSample);
  EXPECT_EQ(bare_text("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"s + kSample), kSample);
  EXPECT_EQ(bare_text("HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"s + kSample), kSample);
  EXPECT_EQ(bare_text("HTTP/1.1 200 OK"), "");
}

TEST(SourceText, KnowsWhatUnpacksIt) {
  EXPECT_EQ(unpacker_of("\x1F\x8B\x08"), "zcat");
  EXPECT_EQ(unpacker_of("\x28\xB5\x2F\xFD"), "zstdcat");
  EXPECT_EQ(unpacker_of(kSample), "");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  LineSplitter splitter;
  const auto take = [&](std::string_view line) { lines.emplace_back(line); };
  for (const char c : text) splitter.feed({&c, 1}, take);
  splitter.finish(take);
  return lines;
}

TEST(LineSplitter, EndsLinesAsEachSystemDoes) {
  EXPECT_THAT(lines_of("a\nb\r\nc\rd"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(lines_of("a\n\nb\n"), ElementsAre("a", "", "b"));
}

TEST(LineSplitter, TakesAnArrayApartThatStandsInOneLine) {
  EXPECT_THAT(lines_of(R"([{"m":"a}, \"{"},{"m":{"n":[1,{}]}}, {"m":"c"}])"),
              ElementsAre(R"({"m":"a}, \"{"})", R"({"m":{"n":[1,{}]}})", R"({"m":"c"})", "]"));
  EXPECT_THAT(lines_of("[{\"m\":\"a\"},\n{\"m\":\"b\"}]\n"),
              ElementsAre(R"({"m":"a"})", "", R"({"m":"b"}])"));
  EXPECT_THAT(lines_of("\xEF\xBB\xBF[{\"m\":1},{\"m\":2}]").size(), 3U) << "behind a byte order mark";
  EXPECT_THAT(lines_of("[ {\"m\":\nplain {\n"), ElementsAre(R"({"m":)", "plain {"));
  EXPECT_THAT(lines_of("[main] {\"m\":1}{\"m\":2}\n"), ElementsAre(R"([main] {"m":1}{"m":2})"));
}

TEST(LineSplitter, TakesAnArrayInUtf16ApartAsWell) {
  for (const bool big_endian : {false, true}) {
    EXPECT_THAT(lines_of(utf16(R"([{"m":"a}, \"{"},{"m":[1,{}]}])"
                               "\n",
                               big_endian)),
                ElementsAre(R"({"m":"a}, \"{"})", R"({"m":[1,{}]})", "]"));
    auto bytes = utf16(R"([{"m":"x"},{"m":2}])", big_endian);
    const auto x = bytes.find('x') - (big_endian ? 1 : 0);
    bytes.replace(x, 2, big_endian ? "\x22\x7D" : "\x7D\x22");  // U+227D, of a quote's and a bracket's bytes
    EXPECT_EQ(lines_of(bytes).size(), 3U) << big_endian;
  }
}

TEST(LineSplitter, CutsALineBeyondAllBounds) {
  const auto lines = lines_of(R"([{"m":")" + std::string(LineSplitter::kLongestLine, 'x') + "\nnext");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines.back(), "next");
}

TEST(DiagnosisOfALog, ReadsAnArrayLikeItsLines) {
  LogReader log;
  log.feed(R"([{"message":"call=CA1 [RX_AUDIO_DELTA] bytes=7, response_id=r"},)"
           R"({"message":"call=CA2 [RX_AUDIO_DELTA] bytes=8, response_id=s"}])");
  log.finish();
  EXPECT_EQ(log.calls().at("CA1").delta_bytes, 7);
  EXPECT_EQ(log.calls().at("CA2").delta_bytes, 8);
}

}  // namespace
