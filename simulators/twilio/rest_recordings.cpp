#include "simulators/twilio/rest_recordings.hpp"

#include "runtime/core/units.hpp"
#include "simulators/twilio/parameters.hpp"
#include "simulators/twilio/rest_page.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;

ordered_json recording_resource(const CallFacts& call, const RecordingFacts& recording,
                                const Account& account, RestMoment moment) {
  const auto ended = recording.began_at + runtime::mulaw_length(recording.mulaw.size());
  const auto base = account_path(account) + "/Recordings/" + recording.sid;
  ordered_json body{{"sid", recording.sid}, {"account_sid", account.sid}, {"call_sid", call.sid}};
  body["conference_sid"] = nullptr;
  body["api_version"] = "2010-04-01";
  body["date_created"] = rfc2822(moment.wall_at(ended));
  body["date_updated"] = rfc2822(moment.wall_at(ended));
  body["start_time"] = rfc2822(moment.wall_at(recording.began_at));
  body["duration"] =
      recording.running ? ordered_json(nullptr) : ordered_json(std::to_string(recording.seconds()));
  body["channels"] = recording.channels();
  body["source"] = recording.source;
  body["status"] = recording.running ? "in-progress" : recording.mulaw.empty() ? "absent" : "completed";
  body["price"] = nullptr;
  body["price_unit"] = "USD";
  body["error_code"] = nullptr;
  body["encryption_details"] = nullptr;
  body["uri"] = base + ".json";
  body["media_url"] = recording.url;
  return body;
}

}  // namespace

runtime::net::HttpResponse list_recordings(const std::vector<const CallFacts*>& calls, std::string path,
                                           std::string_view query, const Account& account,
                                           RestMoment moment) {
  const auto fields = runtime::net::decode_form(query);
  RestForm form(fields);
  RestPage page(form, std::move(path), query);
  if (form.refusal()) return rest_refusal(*form.refusal());
  const std::string wanted = form.text("CallSid");
  std::vector<std::pair<const CallFacts*, const RecordingFacts*>> found;
  for (const CallFacts* call : calls) {
    if (!wanted.empty() && call->sid != wanted) continue;
    for (const RecordingFacts& recording : call->recordings) found.emplace_back(call, &recording);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.second->began_at > b.second->began_at; });
  std::vector<std::string_view> sids;
  for (const auto& [call, recording] : found) sids.emplace_back(recording->sid);
  page.choose(sids);
  ordered_json body;
  body["recordings"] = ordered_json::array();
  for (std::size_t i = page.begin(); i < page.end(); ++i)
    body["recordings"].push_back(recording_resource(*found[i].first, *found[i].second, account, moment));
  page.describe(body);
  return rest_reply(200, body);
}

runtime::net::HttpResponse show_recording(const std::vector<const CallFacts*>& calls, std::string_view sid,
                                          std::string_view path, const Account& account, RestMoment moment) {
  for (const CallFacts* call : calls) {
    for (const RecordingFacts& recording : call->recordings) {
      if (recording.sid == sid) return rest_reply(200, recording_resource(*call, recording, account, moment));
    }
  }
  return rest_refusal(not_found(path));
}

}  // namespace simulators::twilio
