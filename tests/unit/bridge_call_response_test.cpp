// The watchdog's stages and the table of verdicts, row by row.
#include "bridge/call/response.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace bridge::call {

std::ostream& operator<<(std::ostream& out, const Judgement& judgement) {
  return out << to_string(judgement.verdict) << "/" << to_string(judgement.reason);
}
bool operator==(const Judgement& a, const Judgement& b) {
  return a.verdict == b.verdict && a.reason == b.reason;
}

namespace {
using openai::ResponseStatus;
using V = ResponseVerdict;

Response due() {
  Response response;
  response.no = 1;
  response.due_at = kStart;
  return response;
}
Response just_created() {
  Response response = due();
  response.id = openai::ResponseId("resp_1");
  response.created_at = response.last_event_at = kStart + 100ms;
  return response;
}
Response speaking() {
  Response response = just_created();
  response.message = response.audible = true;
  response.first_audio_at = response.last_event_at = kStart + 500ms;
  return response;
}
Response ended(Response response, ResponseStatus status = ResponseStatus::completed) {
  response.done_at = response.last_event_at = kStart + 2s;
  response.status = status;
  return response;
}

struct CallWatchdog : testing::Test {
  std::optional<Stage> at(const Response& response, Duration after) const {
    return due_stage(response, settings, silent_since, kStart + after);
  }
  Settings settings;
  std::optional<TimePoint> silent_since = kStart;
};

TEST_F(CallWatchdog, NeverCreated) {
  EXPECT_EQ(at(due(), 4999ms), std::nullopt);
  EXPECT_EQ(at(due(), 5s), Stage::created);
}

TEST_F(CallWatchdog, CreatedAndNoAudio) {
  EXPECT_EQ(at(just_created(), 4999ms), std::nullopt);
  EXPECT_EQ(at(just_created(), 5s), Stage::start);
}

TEST_F(CallWatchdog, TranscriptAndNoAudio) {
  auto response = just_created();
  response.message = true;
  response.transcript_at = kStart + 300ms;
  EXPECT_EQ(at(response, 1499ms), std::nullopt);
  EXPECT_EQ(at(response, 1500ms), Stage::transcript);
}

TEST_F(CallWatchdog, AudioThatNeverRisesAboveSilenceCountsAsNone) {
  auto response = speaking();
  response.audible = false;
  response.last_event_at = kStart + 4900ms;
  EXPECT_EQ(at(response, 4999ms), std::nullopt);
  EXPECT_EQ(at(response, 5s), Stage::start);
}

TEST_F(CallWatchdog, AStallFiresOnlyWhileTheCallerHearsNothing) {
  EXPECT_EQ(at(speaking(), 3499ms), std::nullopt);
  EXPECT_EQ(at(speaking(), 3500ms), Stage::stall);
  silent_since = std::nullopt;
  EXPECT_EQ(at(speaking(), 30s), std::nullopt);
}

TEST_F(CallWatchdog, ATranscriptAfterTheAudioIsNoStart) {
  auto response = speaking();
  response.transcript_at = kStart + 600ms;
  EXPECT_EQ(at(response, 2s), std::nullopt);
}

TEST_F(CallWatchdog, IsDisarmedForToolsAndText) {
  auto tool = just_created();
  tool.tool = true;
  EXPECT_EQ(at(tool, 60s), std::nullopt);
  auto text = just_created();
  text.text = true;
  EXPECT_EQ(at(text, 60s), std::nullopt);
  auto both = tool;
  both.message = true;
  EXPECT_EQ(at(both, 60s), Stage::start);
  auto out_of_band = just_created();
  out_of_band.judged_kind = false;
  EXPECT_EQ(at(out_of_band, 60s), std::nullopt);
}

TEST_F(CallWatchdog, IsDisarmedByAnEndACancelAndItsOwnFiring) {
  EXPECT_EQ(at(ended(speaking()), 60s), std::nullopt);
  auto cut = just_created();
  cut.cut_short = CutShort::barge_in;
  EXPECT_EQ(at(cut, 60s), std::nullopt);
  auto fired = just_created();
  fired.fired = Stage::start;
  EXPECT_EQ(at(fired, 60s), std::nullopt);
}

struct Row {
  const char* name;
  Response response;
  Spoken spoken;
  std::optional<Judgement> now;
  Judgement at_end;
};

Response with(Response response, const std::function<void(Response&)>& change) {
  change(response);
  return response;
}
Spoken spoken(const std::function<void(Spoken&)>& change) {
  Spoken result;
  result.pushed = result.sent = samples(2s);
  change(result);
  return result;
}
const auto kNothing = [](auto&) {};
const auto kConfirmed = [](Spoken& s) { s.confirmed = true; };
const auto kHeard = [](Spoken& s) { s.confirmed = s.last_mark_back = true; };

Row final_row(const char* name, Response response, Spoken what, V verdict, Reason reason) {
  return {name, std::move(response), what, Judgement{verdict, reason}, {verdict, reason}};
}
Row open_row(const char* name, Response response, Spoken what, V verdict, Reason reason) {
  return {name, std::move(response), what, std::nullopt, {verdict, reason}};
}

Response fired(Response response, Stage stage) {
  response.fired = stage;
  if (response.active()) response.cut_short = CutShort::watchdog;
  return response;
}
Response cut(Response response, CutShort by) {
  response.cut_short = by;
  return response;
}
Response failed(const std::string& code) {
  auto response = ended(just_created(), ResponseStatus::failed);
  response.error_code = code;
  return response;
}

class CallVerdictTable : public testing::TestWithParam<Row> {};

TEST_P(CallVerdictTable, Holds) {
  const Row& row = GetParam();
  EXPECT_EQ(judge(row.response, row.spoken), row.now);
  EXPECT_EQ(judge_at_end(row.response, row.spoken), row.at_end);
}

const auto kUndecodable = [](Response& r) { r.undecodable = 3; };
const auto kQuiet = [](Response& r) { r.audible = false; };
const auto kText = [](Response& r) { r.text = true; };
const auto kBlocked = [](Spoken& s) { s.blocked = true; };
const auto kEarly = [](Spoken& s) { s.unconfirmed = Reason::mark_early; };
const auto kOverdue = [](Spoken& s) { s.unconfirmed = Reason::mark_overdue; };
const auto kAllAtOnce = [](Spoken& s) {
  s.blocked = s.confirmed = s.last_mark_back = true;
  s.unconfirmed = Reason::mark_early;
};
const auto kInterruptedHeard = [](Spoken& s) { s.interrupted = s.confirmed = true; };
const auto kInterrupted = [](Spoken& s) { s.interrupted = true; };

INSTANTIATE_TEST_SUITE_P(
    Silent, CallVerdictTable,
    testing::Values(
        final_row("not_created", fired(due(), Stage::created), {}, V::silent, Reason::not_created),
        final_row("no_audio", fired(just_created(), Stage::start), {}, V::silent, Reason::no_audio),
        final_row("transcript_only", fired(just_created(), Stage::transcript), {}, V::silent,
                  Reason::no_audio),
        final_row("completed_empty", ended(just_created()), {}, V::silent, Reason::completed_empty),
        final_row("text_only", ended(with(just_created(), kText)), {}, V::silent, Reason::text_only),
        final_row("failed", failed("server_error"), {}, V::silent, Reason::failed),
        final_row("quota", failed("insufficient_quota"), {}, V::silent, Reason::quota),
        final_row("rate_limit", failed("rate_limit_exceeded"), {}, V::silent, Reason::rate_limit),
        final_row("incomplete", ended(just_created(), ResponseStatus::incomplete), {}, V::silent,
                  Reason::incomplete),
        final_row("silent_audio", ended(with(speaking(), kQuiet)), spoken(kHeard), V::silent,
                  Reason::silent_audio),
        final_row("silent_audio_by_deadline", fired(with(speaking(), kQuiet), Stage::start),
                  spoken(kConfirmed), V::silent, Reason::silent_audio),
        final_row("stalled", fired(speaking(), Stage::stall), spoken(kHeard), V::silent, Reason::stalled)),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    StuckAndUnconfirmed, CallVerdictTable,
    testing::Values(final_row("undecodable", fired(with(just_created(), kUndecodable), Stage::start), {},
                              V::stuck, Reason::undecodable),
                    final_row("undecodable_ended", ended(with(just_created(), kUndecodable)), {}, V::stuck,
                              Reason::undecodable),
                    final_row("blocked", speaking(), spoken(kBlocked), V::stuck, Reason::transport_blocked),
                    final_row("blocked_before_anything_else", ended(speaking()), spoken(kAllAtOnce), V::stuck,
                              Reason::transport_blocked),
                    final_row("early", speaking(), spoken(kEarly), V::unconfirmed, Reason::mark_early),
                    final_row("overdue", ended(speaking()), spoken(kOverdue), V::unconfirmed,
                              Reason::mark_overdue)),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    HeardAndExcused, CallVerdictTable,
    testing::Values(
        final_row("heard", ended(speaking()), spoken(kHeard), V::heard, Reason::none),
        open_row("provisional_while_it_goes_on", speaking(), spoken(kConfirmed), V::heard, Reason::none),
        open_row("provisional_until_its_last_mark", ended(speaking()), spoken(kConfirmed), V::heard,
                 Reason::none),
        open_row("hung_up_before_any_mark", ended(speaking()), spoken(kNothing), V::excused,
                 Reason::call_ended),
        open_row("hung_up_before_it_was_due", due(), {}, V::excused, Reason::call_ended),
        open_row("hung_up_on_silence_so_far", with(speaking(), kQuiet), spoken(kConfirmed), V::excused,
                 Reason::call_ended),
        final_row("interrupted_and_heard", cut(speaking(), CutShort::barge_in), spoken(kInterruptedHeard),
                  V::heard, Reason::none),
        final_row("interrupted_too_early_to_say", cut(speaking(), CutShort::barge_in), spoken(kInterrupted),
                  V::excused, Reason::barge_in),
        final_row("interrupted_silence", cut(with(speaking(), kQuiet), CutShort::barge_in),
                  spoken(kInterruptedHeard), V::excused, Reason::barge_in),
        final_row("interrupted_before_audio", cut(just_created(), CutShort::barge_in), {}, V::excused,
                  Reason::barge_in),
        final_row("server_cancelled", cut(ended(just_created(), ResponseStatus::cancelled), CutShort::server),
                  {}, V::excused, Reason::server_cancelled),
        final_row("stuck_before_it_was_interrupted", cut(speaking(), CutShort::barge_in), spoken(kAllAtOnce),
                  V::stuck, Reason::transport_blocked)),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace bridge::call
