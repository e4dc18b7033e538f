#include "simulators/twilio/rest_api.hpp"

#include "runtime/core/encoding.hpp"
#include "simulators/twilio/rest_create.hpp"
#include "simulators/twilio/rest_form.hpp"
#include "simulators/twilio/rest_list.hpp"
#include "simulators/twilio/rest_recordings.hpp"
#include "simulators/twilio/rest_streams.hpp"
#include "simulators/twilio/rest_transcriptions.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;
using runtime::net::Form;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;

HttpResponse unauthorized(std::string message, bool with_detail) {
  auto response = rest_refusal({20003, std::move(message), 401});
  if (with_detail) {
    auto body = ordered_json::parse(response.body);
    body["detail"] = "Your AccountSid or AuthToken was incorrect.";
    response = rest_reply(401, body);
  }
  response.headers.add("WWW-Authenticate", "Basic realm=\"Twilio API\"");
  return response;
}

/// "/2010-04-01/Accounts/AC1/Calls/CA1.json" -> {"2010-04-01", "Accounts", "AC1", "Calls", "CA1"}; empty when
/// the path does not end in ".json".
std::vector<std::string_view> segments(std::string_view path) {
  static constexpr std::string_view kSuffix = ".json";
  std::vector<std::string_view> parts;
  if (!path.starts_with('/') || !path.ends_with(kSuffix)) return parts;
  path.remove_prefix(1);
  path.remove_suffix(kSuffix.size());
  while (true) {
    const auto slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

constexpr std::array kChanges{"Status",         "Url",
                              "Method",         "Twiml",
                              "FallbackUrl",    "FallbackMethod",
                              "StatusCallback", "StatusCallbackMethod",
                              "TimeLimit"};

bool is_over(const CallFacts& call) {
  return call.ended_at.has_value();
}

/// A leg of a `<Dial>` follows its parent's TwiML: here it can be ended, and that is all.
std::optional<Refusal> refuse_for_leg(const CallFacts& call, std::string_view what) {
  if (call.direction != Direction::dialled) return std::nullopt;
  return Refusal{21220, call.sid + " is a leg that the <Dial> of " + call.parent_sid + " has dialled; here " +
                            std::string(what) +
                            " only on its parent, and a leg takes Status=completed alone"};
}

std::optional<std::string> given(const RestForm& form, std::string_view name) {
  if (!form.has(name)) return std::nullopt;
  return form.text(name);
}

}  // namespace

std::optional<std::string> RestApi::secret_of(std::string_view user) const {
  if (user == account_.sid) return account_.auth_token;
  const auto& keys = settings_.api_keys;
  const auto found =
      std::find_if(keys.begin(), keys.end(), [user](const ApiKey& k) { return k.sid == user; });
  if (found == keys.end()) return std::nullopt;
  return found->secret;
}

std::optional<HttpResponse> RestApi::deny(const HttpRequest& request) const {
  const std::string_view given = request.headers.get("Authorization");
  if (!given.starts_with("Basic "))
    return unauthorized("Authentication Error - No credentials provided", false);
  const auto credentials = runtime::base64_decode(given.substr(6)).value_or("");
  const auto colon = std::min(credentials.find(':'), credentials.size());
  const auto secret = secret_of(credentials.substr(0, colon));
  if (!secret) return unauthorized("Authentication Error - invalid username", true);
  const auto password = credentials.substr(std::min(colon + 1, credentials.size()));
  if (!runtime::equal_constant_time(password, *secret)) return unauthorized("Authenticate", false);
  const auto& keys = settings_.api_keys;
  const bool reads_only = std::ranges::any_of(
      keys, [&](const ApiKey& key) { return key.reads_only && key.sid == credentials.substr(0, colon); });
  if (reads_only && request.method != "GET")
    return rest_refusal({settings_.forbidden_code, "Authorization Error - the API key may only read", 403});
  return std::nullopt;
}

HttpResponse RestApi::answer(const HttpRequest& request, RestMoment moment) {
  if (auto denied = deny(request)) return *denied;
  const std::string_view path = runtime::net::path_of(request.target);
  const Segments parts = segments(path);
  const bool ours =
      parts.size() >= 3 && parts[0] == "2010-04-01" && parts[1] == "Accounts" && parts[2] == account_.sid;
  if (ours && parts.size() == 3) {
    return request.method == "GET" ? rest_reply(200, account_resource(account_))
                                   : rest_refusal(method_not_allowed());
  }
  if (ours && parts[3] == "Calls") return route(request, parts, moment);
  if (ours && parts[3] == "Transcriptions" && parts.size() <= 5)
    return transcriptions(request, parts.size() == 5 ? parts[4] : "", "", moment);
  if (ours && parts[3] == "Recordings" && parts.size() == 6 && parts[5] == "Transcriptions")
    return transcriptions(request, "", parts[4], moment);
  if (ours && parts[3] == "Recordings" && parts.size() <= 5)
    return recordings(request, calls_.listed_calls(), parts.size() == 5 ? parts[4] : "", moment);
  return rest_refusal(not_found(path));
}

HttpResponse RestApi::route(const HttpRequest& request, const Segments& path, RestMoment moment) {
  if (path.size() == 4) {
    if (request.method == "POST") return create(runtime::net::decode_form(request.body), moment);
    if (request.method != "GET") return rest_refusal(method_not_allowed());
    return list_calls(calls_.listed_calls(), runtime::net::query_of(request.target), account_, settings_,
                      moment);
  }
  const CallFacts* call = calls_.find_call(path[4]);
  const bool early =
      call != nullptr && request.method == "GET" && moment.now - call->placed_at < settings_.visible_after;
  if (call == nullptr || early) return rest_refusal(not_found(runtime::net::path_of(request.target)));
  if (path.size() == 5) return one_call(request, *call, moment);
  if (path[5] == "Streams" && path.size() <= 7)
    return streams(request, *call, path.size() == 7 ? path[6] : std::string_view(), moment);
  if (path[5] == "Recordings" && path.size() <= 7)
    return recordings(request, {call}, path.size() == 7 ? path[6] : "", moment);
  return rest_refusal(not_found(runtime::net::path_of(request.target)));
}

HttpResponse RestApi::recordings(const HttpRequest& request, const std::vector<const CallFacts*>& calls,
                                 std::string_view sid, RestMoment moment) const {
  if (request.method != "GET") return rest_refusal(method_not_allowed());
  const std::string path(runtime::net::path_of(request.target));
  if (!sid.empty()) return show_recording(calls, sid, path, account_, moment);
  return list_recordings(calls, path, runtime::net::query_of(request.target), account_, moment);
}

HttpResponse RestApi::transcriptions(const HttpRequest& request, std::string_view sid,
                                     std::string_view recording, RestMoment moment) const {
  if (request.method != "GET") return rest_refusal(method_not_allowed());
  const std::string path(runtime::net::path_of(request.target));
  const auto calls = calls_.listed_calls();
  if (!sid.empty()) return show_transcription(calls, sid, path, account_, moment);
  return list_transcriptions(calls, recording, path, runtime::net::query_of(request.target), account_,
                             moment);
}

HttpResponse RestApi::one_call(const HttpRequest& request, const CallFacts& call, RestMoment moment) {
  if (request.method == "GET") return shown(call, moment, 200);
  if (request.method == "POST") return update(call, runtime::net::decode_form(request.body), moment);
  if (request.method == "DELETE") return remove(call);
  return rest_refusal(method_not_allowed());
}

HttpResponse RestApi::shown(const CallFacts& call, RestMoment moment, int status) const {
  return rest_reply(status, call_resource(call, account_, settings_, moment));
}

HttpResponse RestApi::create(const Form& fields, RestMoment moment) {
  auto read = read_create(fields, settings_);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return rest_refusal(*refusal);
  return shown(calls_.create(std::get<CreateCall>(std::move(read))), moment, 201);
}

HttpResponse RestApi::remove(const CallFacts& call) {
  if (!is_over(call)) return rest_refusal({20009, "Cannot delete this resource before it is complete", 409});
  calls_.delete_call(call.sid);
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse RestApi::update(const CallFacts& call, const Form& fields, RestMoment moment) {
  const bool only_ends = std::ranges::all_of(
      fields, [](const auto& given) { return given.first == "Status" && given.second == "completed"; });
  if (!only_ends) {
    if (const auto refusal = refuse_for_leg(call, "changes are made")) return rest_refusal(*refusal);
  }
  RestForm form(fields);
  const auto status = form.word("Status", {"", "completed", "canceled"}, 20001);
  const auto url = form.text("Url");
  const auto document = form.text("Twiml");
  const auto method = form.method("Method");
  if (!url.empty() && !is_web_url(url)) form.refuse(21205, "Url is not a valid URL: " + url);
  if (!url.empty() && !document.empty()) form.refuse(20001, "Url and Twiml exclude each other");
  form.refuse_long_twiml();
  form.refuse_bad_fallback();
  CallChanges changes{given(form, "FallbackUrl"),
                      std::nullopt,
                      given(form, "StatusCallback"),
                      std::nullopt,
                      form.seconds("TimeLimit", 1, 86'400, 20001),
                      {}};
  for (const auto& name : unknown_parameters(fields, kChanges)) {
    changes.problems.push_back(
        {{}, 20001, true, "Calls/" + call.sid + ".json has no parameter " + name + "; it is ignored"});
  }
  if (form.has("FallbackMethod")) changes.fallback_method = form.method("FallbackMethod");
  if (form.has("StatusCallbackMethod")) changes.status_callback_method = form.method("StatusCallbackMethod");
  if (form.refusal()) return rest_refusal(*form.refusal());
  if (changes.status_callback) judge_callback(*changes.status_callback, changes.problems);
  if (const auto refusal = refuse_bad_callbacks(changes.problems, settings_)) return rest_refusal(*refusal);

  const bool redirects = !url.empty() || !document.empty();
  if (is_over(call) || (redirects && !call.answered_at))
    return rest_refusal({21220, "Call is not in-progress. Cannot redirect."});
  if (status == "canceled" && call.answered_at)
    return rest_refusal({21220, "Call is in-progress. Cannot cancel."});
  calls_.change_call(call.sid, std::move(changes));
  if (redirects) calls_.redirect_call(call.sid, url, method, document);
  if (!status.empty()) calls_.end_call(call.sid, status);
  return shown(call, moment, 200);
}

HttpResponse RestApi::streams(const HttpRequest& request, const CallFacts& call, std::string_view handle,
                              RestMoment moment) {
  if (request.method != "POST") return rest_refusal(method_not_allowed());
  const Form fields = runtime::net::decode_form(request.body);
  if (const auto refusal = refuse_for_leg(call, "streams are started and stopped"))
    return rest_refusal(*refusal);
  if (handle.empty()) return create_stream(call, fields, moment);
  const StreamFacts* stream = find_stream(call, handle);
  if (stream == nullptr || stream->verb == "Connect")
    return rest_refusal(not_found(runtime::net::path_of(request.target)));
  if (runtime::net::field(fields, "Status") != "stopped")
    return rest_refusal({20001, "Status must be stopped"});
  calls_.stop_stream(call.sid, stream->sid);
  return rest_reply(200, stream_resource(call, *stream, account_, moment));
}

HttpResponse RestApi::create_stream(const CallFacts& call, const Form& fields, RestMoment moment) {
  auto read = read_create_stream(fields);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return rest_refusal(*refusal);
  if (is_over(call) || !call.answered_at)
    return rest_refusal({21220, "Call is not in-progress. Cannot start a stream."});
  auto& wanted = std::get<CreateStream>(read);
  if (const auto* same = find_stream(call, wanted.name); same != nullptr && !same->ended_at)
    return rest_refusal({20409, "This call has a stream named " + wanted.name + " already", 409});
  const StreamStart start = calls_.start_stream(call.sid, std::move(wanted));
  if (start.stream == nullptr) return rest_refusal({start.code, start.text});
  return rest_reply(200, stream_resource(call, *start.stream, account_, moment));
}

}  // namespace simulators::twilio
