#include "simulators/twilio/rest_transcriptions.hpp"

#include "runtime/core/units.hpp"
#include "simulators/twilio/parameters.hpp"
#include "simulators/twilio/rest_page.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;

std::vector<const RecordingFacts*> transcribed(const std::vector<const CallFacts*>& calls) {
  std::vector<const RecordingFacts*> found;
  for (const CallFacts* call : calls) {
    for (const RecordingFacts& recording : call->recordings) {
      if (recording.transcription) found.push_back(&recording);
    }
  }
  std::ranges::stable_sort(found, [](const auto* a, const auto* b) { return a->began_at > b->began_at; });
  return found;
}

ordered_json transcription_resource(const RecordingFacts& recording, const Account& account,
                                    RestMoment moment) {
  const Transcription& made = *recording.transcription;
  const bool over = moment.now >= made.over_at;
  const auto recorded = recording.began_at + runtime::mulaw_length(recording.mulaw.size());
  ordered_json body{{"sid", made.sid}, {"account_sid", account.sid}, {"api_version", "2010-04-01"}};
  body["date_created"] = rfc2822(moment.wall_at(recorded));
  body["date_updated"] = rfc2822(moment.wall_at(over ? made.over_at : recorded));
  body["duration"] = std::to_string(recording.seconds());
  body["price"] = nullptr;
  body["price_unit"] = "USD";
  body["recording_sid"] = recording.sid;
  body["status"] = over ? made.status : "in-progress";
  body["transcription_text"] = over ? ordered_json(made.text) : ordered_json(nullptr);
  body["type"] = "fast";
  body["uri"] = account_path(account) + "/Transcriptions/" + made.sid + ".json";
  return body;
}

}  // namespace

runtime::net::HttpResponse list_transcriptions(const std::vector<const CallFacts*>& calls,
                                               std::string_view recording, std::string path,
                                               std::string_view query, const Account& account,
                                               RestMoment moment) {
  const auto fields = runtime::net::decode_form(query);
  RestForm form(fields);
  RestPage page(form, std::move(path), query);
  if (form.refusal()) return rest_refusal(*form.refusal());
  auto found = transcribed(calls);
  if (!recording.empty()) std::erase_if(found, [&](const auto* one) { return one->sid != recording; });
  std::vector<std::string_view> sids;
  for (const auto* one : found) sids.emplace_back(one->transcription->sid);
  page.choose(sids);
  ordered_json body;
  body["transcriptions"] = ordered_json::array();
  for (std::size_t i = page.begin(); i < page.end(); ++i)
    body["transcriptions"].push_back(transcription_resource(*found[i], account, moment));
  page.describe(body);
  return rest_reply(200, body);
}

runtime::net::HttpResponse show_transcription(const std::vector<const CallFacts*>& calls,
                                              std::string_view sid, std::string_view path,
                                              const Account& account, RestMoment moment) {
  for (const auto* recording : transcribed(calls)) {
    if (recording->transcription->sid == sid)
      return rest_reply(200, transcription_resource(*recording, account, moment));
  }
  return rest_refusal(not_found(path));
}

}  // namespace simulators::twilio
