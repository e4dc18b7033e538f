#include "scenarios/diagnosis/metrics_reader.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace scenarios::diagnosis {
namespace {

using engine::promql::Labels;
using engine::promql::Sample;
using engine::promql::Samples;

std::string label(const Labels& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

Count whole(double value) {
  constexpr double kMost = 1e15;  // beyond, and where there is no number, nothing can be counted
  return value > 0 && value < kMost ? static_cast<Count>(std::llround(value)) : 0;
}

using Booking = std::function<void(Evidence&, const Sample&)>;

Booking into(std::optional<Count> Evidence::*member) {
  return [member](Evidence& e, const Sample& s) { e.*member = (e.*member).value_or(0) + whole(s.value); };
}

Booking gauge(std::optional<double> Evidence::*member) {
  return [member](Evidence& e, const Sample& s) { e.*member = (e.*member).value_or(0) + s.value; };
}

Booking by(std::map<std::string, Count> Evidence::*member, const char* name) {
  return [member, name](Evidence& e, const Sample& s) {
    if (whole(s.value) > 0) (e.*member)[label(s.labels, name)] += whole(s.value);
  };
}

Booking verdicts(std::map<std::pair<std::string, std::string>, Count> Evidence::*member) {
  return [member](Evidence& e, const Sample& s) {
    if (whole(s.value) > 0)
      (e.*member)[{label(s.labels, "verdict"), label(s.labels, "reason")}] += whole(s.value);
  };
}

void marks(Evidence& e, const Sample& s) {
  const auto how = label(s.labels, "how");
  into(how == "played"    ? &Evidence::marks_played
       : how == "cleared" ? &Evidence::marks_cleared
                          : &Evidence::marks_early)(e, s);
}

void queued(Evidence& e, const Sample& s) {
  if (label(s.labels, "path") == "to_model") gauge (&Evidence::queued_to_model)(e, s);
}

void connections(Evidence& e, const Sample& s) {
  // Callers do not come to the admin listener.
  if (label(s.labels, "reason") == "connections" && label(s.labels, "listener") != "admin")
    into (&Evidence::connections_refused)(e, s);
}

/// Twilio signs whatever it sends: what is not signed at all proves nothing of calls. Older bridges do not
/// tell the two apart.
void signatures(Evidence& e, const Sample& s) {
  const bool unsigned_one = label(s.labels, "signature") == "missing";
  into(unsigned_one ? &Evidence::unsigned_requests : &Evidence::signature_failures)(e, s);
}

/// Those that are refused for their signature are counted with it.
void streams_refused(Evidence& e, const Sample& s) {
  if (label(s.labels, "reason") != "signature") by(&Evidence::streams_refused, "reason")(e, s);
}

/// Where no label says it, the bridge has no calls of its own.
void calls_started(Evidence& e, const Sample& s) {
  into (&Evidence::calls_started)(e, s);
  if (label(s.labels, "call_direction") != "outbound") into (&Evidence::calls_came)(e, s);
}

/// POST /calls is asked by programs, which are told why.
void webhooks(Evidence& e, const Sample& s) {
  if (label(s.labels, "status") == "5xx" && label(s.labels, "route") != "calls")
    into (&Evidence::webhooks_failed)(e, s);
}

const std::map<std::string, Booking, std::less<>>& bookings() {
  static const std::map<std::string, Booking, std::less<>> all{
      {"voicebridge_twilio_frames_received_total", into(&Evidence::caller_frames)},
      {"voicebridge_openai_appends_sent_total", into(&Evidence::appends)},
      {"voicebridge_openai_audio_deltas_received_total", into(&Evidence::deltas)},
      {"voicebridge_openai_audio_bytes_received_total", into(&Evidence::delta_bytes)},
      {"voicebridge_twilio_frames_sent_total", into(&Evidence::frames)},
      {"voicebridge_twilio_marks_sent_total", into(&Evidence::marks_sent)},
      {"voicebridge_twilio_marks_echoed_total", marks},
      {"voicebridge_twilio_unacked_bytes", gauge(&Evidence::unacked_bytes)},
      {"voicebridge_queued_audio_samples", queued},
      {kCallsActive, gauge(&Evidence::calls_active)},
      {"voicebridge_calls_silent", gauge(&Evidence::silent_now)},
      {"voicebridge_call_verdicts_total", verdicts(&Evidence::call_verdicts)},
      {"voicebridge_response_verdicts_total", verdicts(&Evidence::response_verdicts)},
      {"voicebridge_response_watchdog_fired_total", by(&Evidence::watchdog, "stage")},
      {"voicebridge_openai_failures_total", by(&Evidence::openai_failures, "code")},
      {"voicebridge_calls_started_total", calls_started},
      {"voicebridge_calls_refused_total", by(&Evidence::calls_refused, "reason")},
      {"voicebridge_streams_rejected_total", streams_refused},
      {"voicebridge_signature_failures_total", signatures},
      {"voicebridge_track_refused_total", into(&Evidence::tracks_refused)},
      {"voicebridge_connections_refused_total", connections},
      {"voicebridge_webhook_requests_total", webhooks},
      {kDraining, gauge(&Evidence::draining)},
  };
  return all;
}

bool is_gauge(std::string_view metric) {
  return metric == "voicebridge_twilio_unacked_bytes" || metric == "voicebridge_calls_silent" ||
         metric == kCallsActive || metric == kDraining || metric == "voicebridge_queued_audio_samples";
}

std::optional<double> value_of(const Samples& scrape, std::string_view name) {
  const auto found = std::ranges::find(scrape, name, &Sample::name);
  return found == scrape.end() ? std::nullopt : std::optional(found->value);
}

std::optional<double> process_start(const Samples& scrape) {
  return value_of(scrape, "process_start_time_seconds");
}

/// A process that drains ends its calls, or waits for them.
Evidence across_a_restart(const Samples& earlier, Evidence evidence) {
  const auto before = read_metrics(earlier);
  evidence.restarts = 1;
  if (before.draining.value_or(0) <= 0) evidence.calls_cut = whole(before.calls_active.value_or(0));
  return evidence;
}

}  // namespace

const std::vector<Wanted>& wanted_metrics() {
  static const auto all = [] {
    std::vector<Wanted> wanted;
    for (const auto& [name, booking] : bookings()) wanted.push_back({name.c_str(), is_gauge(name)});
    return wanted;
  }();
  return all;
}

Evidence read_metrics(const Samples& scrape) {
  Evidence evidence;
  for (const auto& sample : scrape) {
    const auto booking = bookings().find(sample.name);
    if (booking != bookings().end()) booking->second(evidence, sample);
  }
  return evidence;
}

bool swapped(const Samples& earlier, const Samples& later) {
  const auto before = process_start(earlier), after = process_start(later);
  if (!before || !after) return false;
  if (before != after) return before > after;
  return value_of(earlier, "process_cpu_seconds_total") > value_of(later, "process_cpu_seconds_total");
}

Evidence read_metrics(const Samples& earlier, const Samples& later) {
  const auto before_start = process_start(earlier), after_start = process_start(later);
  const bool started_anew = before_start && after_start && before_start != after_start;
  if (started_anew) return across_a_restart(earlier, read_metrics(later));
  bool went_back = false;
  std::map<std::pair<std::string, Labels>, double> before;
  for (const auto& sample : earlier) before.emplace(std::pair(sample.name, sample.labels), sample.value);
  Samples grown = later;
  for (auto& sample : grown) {
    const auto found = before.find({sample.name, sample.labels});
    if (found == before.end() || is_gauge(sample.name)) continue;
    const bool back = found->second > sample.value;
    if (!back) sample.value -= found->second;
    went_back = went_back || (back && bookings().contains(sample.name));
  }
  return went_back ? across_a_restart(earlier, read_metrics(later)) : read_metrics(grown);
}

}  // namespace scenarios::diagnosis
