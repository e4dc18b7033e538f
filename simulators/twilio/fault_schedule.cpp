#include "simulators/twilio/fault_schedule.hpp"

#include <utility>

namespace simulators::twilio {
namespace {

const Moment& moment_of(const MediaFault& fault) {
  if (const auto* stop = std::get_if<StopReading>(&fault)) return stop->from;
  if (const auto* inject = std::get_if<Inject>(&fault)) return inject->at;
  if (const auto* stall = std::get_if<StallPath>(&fault)) return stall->from;
  return std::get<DropConnection>(fault).at;
}

bool strikes_before_start(const MediaFault& fault) {
  const auto* inject = std::get_if<Inject>(&fault);
  return inject != nullptr && inject->before_start;
}

}  // namespace

FaultSchedule::FaultSchedule(const std::vector<MediaFault>& faults) {
  for (const MediaFault& fault : faults) {
    if (!strikes_before_start(fault)) entries_.push_back({&fault, &moment_of(fault), std::nullopt, false});
  }
}

void FaultSchedule::happened(Moment::When what, TimePoint at, std::string_view step) {
  for (Entry& entry : entries_) {
    if (entry.at || entry.moment->when != what) continue;
    if (what == Moment::When::step && entry.moment->step != step) continue;
    entry.at = at + entry.moment->after;
  }
}

void FaultSchedule::bot_audio(Duration total, TimePoint at) {
  for (Entry& entry : entries_) {
    if (!entry.at && entry.moment->when == Moment::When::bot_audio && total >= entry.moment->after)
      entry.at = at;
  }
}

std::vector<const MediaFault*> FaultSchedule::due(TimePoint now) {
  std::vector<const MediaFault*> due;
  for (Entry& entry : entries_) {
    if (!entry.at || *entry.at > now || std::exchange(entry.done, true)) continue;
    due.push_back(entry.fault);
  }
  return due;
}

std::string broken_message(BrokenMessage kind) {
  switch (kind) {
    case BrokenMessage::bad_json:
      return R"({"event":"media","streamSid":"{streamSid}","media":{)";
    case BrokenMessage::second_start:
      return R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC00000000000000000000000000000001",)"
             R"("streamSid":"{streamSid}","callSid":"CA00000000000000000000000000000002","tracks":["inbound"],)"
             R"("mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}},)"
             R"("streamSid":"{streamSid}"})";
    case BrokenMessage::wrong_sid:
      return R"({"event":"media","sequenceNumber":"9","media":{"track":"inbound","chunk":"9","timestamp":"180",)"
             R"("payload":"//////////8="},"streamSid":"MZ00000000000000000000000000000000"})";
    case BrokenMessage::bad_base64:
      return R"({"event":"media","sequenceNumber":"9","media":{"track":"inbound","chunk":"9","timestamp":"180",)"
             R"("payload":"no base64!"},"streamSid":"{streamSid}"})";
    case BrokenMessage::unknown_event:
      return R"({"event":"weather","sequenceNumber":"9","streamSid":"{streamSid}"})";
    case BrokenMessage::wrong_type:
      return R"({"event":"media","sequenceNumber":9,"media":"loud","streamSid":"{streamSid}"})";
    case BrokenMessage::huge:
      return R"({"event":"media","sequenceNumber":"9","media":{"track":"inbound","chunk":"9","timestamp":"180",)"
             R"("payload":")" +
             std::string(4U << 20U, '/') + R"("},"streamSid":"{streamSid}"})";
    case BrokenMessage::media:
      return R"({"event":"media","sequenceNumber":"1","media":{"track":"inbound","chunk":"1","timestamp":"20",)"
             R"("payload":"//////////8="},"streamSid":"{streamSid}"})";
  }
  return {};
}

}  // namespace simulators::twilio
