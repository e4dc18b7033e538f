#include "simulators/twilio/rest_create.hpp"

#include "runtime/core/utf8.hpp"
#include "simulators/twilio/rest_form.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace simulators::twilio {
namespace {

constexpr std::array kKnown{"To",
                            "From",
                            "Url",
                            "Method",
                            "Twiml",
                            "ApplicationSid",
                            "FallbackUrl",
                            "FallbackMethod",
                            "StatusCallback",
                            "StatusCallbackMethod",
                            "StatusCallbackEvent",
                            "Timeout",
                            "TimeLimit",
                            "SendDigits",
                            "Record",
                            "RecordingChannels",
                            "RecordingTrack",
                            "RecordingStatusCallback",
                            "RecordingStatusCallbackMethod",
                            "RecordingStatusCallbackEvent",
                            "Trim",
                            "MachineDetection",
                            "MachineDetectionTimeout",
                            "MachineDetectionSpeechThreshold",
                            "MachineDetectionSpeechEndThreshold",
                            "MachineDetectionSilenceTimeout",
                            "AsyncAmd",
                            "AsyncAmdStatusCallback",
                            "AsyncAmdStatusCallbackMethod",
                            "CallerId",
                            "CallToken",
                            "CallReason",
                            "Byoc",
                            "SipAuthUsername",
                            "SipAuthPassword",
                            "ClientNotificationUrl"};

constexpr long kLongestCall = 86'400;  // seconds
constexpr std::size_t kLongestCallback = 4000;
constexpr std::size_t kQuoted = 200;  // bytes

TwilioError warning(int code, std::string text) {
  return {{}, code, true, std::move(text)};
}

/// The code with which the test credentials refuse `number`; 0: they do not.
int magic_to(std::string_view number) {
  if (number == "+15005550001") return 21217;
  if (number == "+15005550002") return 21214;
  if (number == "+15005550003") return 21215;
  if (number == "+15005550004") return 21216;
  return 0;
}

void read_to(RestForm& form, const RestSettings& settings, CreateCall& call) {
  call.to = form.text("To");
  if (call.to.empty()) return form.refuse(21201, "No 'To' number is specified");
  if (!is_address(call.to)) {
    return form.refuse(21211, "The phone number you are attempting to call, " + call.to + ", is not valid.");
  }
  switch (settings.magic_numbers ? magic_to(call.to) : 0) {
    case 21217:
      return form.refuse(21217, "Phone number does not appear to be valid: " + call.to);
    case 21214:
      return form.refuse(21214, "'To' phone number cannot be reached: " + call.to);
    case 21215:
      return form.refuse(21215, "Account not allowed to call " + call.to + ".");
    case 21216:
      return form.refuse(21216, "Account not allowed to call " + call.to + ": it is blocked.");
    default:
      return;
  }
}

void read_application(RestForm& form, const RestSettings& settings, CreateCall& call) {
  const std::string sid = form.text("ApplicationSid");
  const auto found = std::find_if(settings.applications.begin(), settings.applications.end(),
                                  [&sid](const Application& known) { return known.sid == sid; });
  if (found == settings.applications.end())
    return form.refuse(21218, "ApplicationSid is not an application of this account: " + sid);
  call.application_sid = sid;
  call.url = found->voice_url;
  call.method = found->voice_method;
  call.fallback_url = found->fallback_url;
  call.fallback_method = found->fallback_method;
  call.status_callback = found->status_callback;
  call.status_callback_method = found->status_callback_method;
}

void read_events(const runtime::net::Form& form, CreateCall& call) {
  for (const auto& [name, value] : form) {
    if (name != "StatusCallbackEvent") continue;
    if (value == "initiated" || value == "ringing" || value == "answered" || value == "completed") {
      call.status_events.push_back(value);
    } else {
      call.problems.push_back(
          warning(21626, "StatusCallbackEvent=\"" + value +
                             "\": repeat the parameter with initiated, ringing, answered or completed"));
      // As the live service does: the call is created, its callbacks never come.
      call.status_callback.clear();
    }
  }
}

void read_callbacks(RestForm& form, const runtime::net::Form& fields, CreateCall& call) {
  call.fallback_url = form.text("FallbackUrl");
  form.refuse_bad_fallback();
  call.fallback_method = form.method("FallbackMethod");
  call.status_callback = form.text("StatusCallback");
  call.status_callback_method = form.method("StatusCallbackMethod");
  judge_callback(call.status_callback, call.problems);
  read_events(fields, call);
}

void read_document(RestForm& form, const runtime::net::Form& fields, const RestSettings& settings,
                   CreateCall& call) {
  if (form.has("ApplicationSid")) return read_application(form, settings, call);
  call.url = form.text("Url");
  call.document = call.url.empty() ? form.text("Twiml") : std::string();
  if (call.url.empty() && call.document.empty()) return form.refuse(21205, "Url parameter is required.");
  if (!call.url.empty() && !is_web_url(call.url))
    return form.refuse(21205, "Url is not a valid URL: " + call.url);
  if (call.url.empty()) form.refuse_long_twiml();
  call.method = form.method("Method");
  read_callbacks(form, fields, call);
}

void read_from(RestForm& form, const RestSettings& settings, CreateCall& call) {
  call.from = form.text("From");
  if (call.from.empty()) return form.refuse(21213, settings.missing_from);
  if (!is_address(call.from) || (settings.magic_numbers && call.from == "+15005550001"))
    return form.refuse(21212, "The 'From' number " + call.from + " is not a valid phone number.");
  const auto& own = settings.own_numbers;
  if (own.empty() || !call.from.starts_with("+")) return;
  if (std::find(own.begin(), own.end(), call.from) == own.end()) {
    form.refuse(21210, "The source phone number provided, " + call.from +
                           ", is not yet verified for your account. You may only make calls from phone "
                           "numbers that you've verified or purchased from Twilio.");
  }
}

void read_detection(RestForm& form, CreateCall& call) {
  const auto mode = form.word("MachineDetection", {"", "Enable", "DetectMessageEnd"}, 21234);
  MachineDetection wanted;
  if (mode == "DetectMessageEnd") wanted.mode = MachineDetection::Mode::message_end;
  if (const auto limit = form.seconds("MachineDetectionTimeout", 3, 59, 21234)) wanted.timeout = *limit;
  (void)form.number("MachineDetectionSpeechThreshold", 1000, 6000, 21234);
  (void)form.number("MachineDetectionSpeechEndThreshold", 500, 5000, 21234);
  (void)form.number("MachineDetectionSilenceTimeout", 2000, 10'000, 21234);
  wanted.async = form.flag("AsyncAmd", 21234);
  wanted.callback = form.text("AsyncAmdStatusCallback");
  wanted.callback_method = form.method("AsyncAmdStatusCallbackMethod");
  if (mode.empty() || !call.send_digits.empty()) return;  // the two exclude each other, and digits win
  if (wanted.async && !is_web_url(wanted.callback)) {
    call.problems.push_back(warning(21262, "AsyncAmd without a usable AsyncAmdStatusCallback"));
    wanted.callback.clear();
  }
  call.detection = std::move(wanted);
}

/// Its events come repeated, as other lists do, or separated by blanks, as older clients send them.
void read_recording_events(RestForm& form, const runtime::net::Form& fields, RecordCall& record) {
  for (const auto& [name, value] : fields) {
    if (name != "RecordingStatusCallbackEvent") continue;
    std::istringstream words(value);
    for (std::string word; words >> word;) {
      if (word != "in-progress" && word != "completed" && word != "absent")
        return form.refuse(20001, "RecordingStatusCallbackEvent is none of in-progress, completed, absent");
      record.status_events.push_back(word);
    }
  }
}

void read_recording(RestForm& form, const runtime::net::Form& fields, CreateCall& call) {
  const bool wanted = form.flag("Record", 20001);
  RecordCall record;
  record.dual = form.word("RecordingChannels", {"mono", "dual"}, 20001) == "dual";
  record.track = form.word("RecordingTrack", {"both", "inbound", "outbound"}, 20001);
  record.trim = form.word("Trim", {"trim-silence", "do-not-trim"}, 20001) == "trim-silence";
  record.status_callback = form.text("RecordingStatusCallback");
  record.status_callback_method = form.method("RecordingStatusCallbackMethod");
  if (!record.status_callback.empty() && !is_web_url(record.status_callback))
    form.refuse(21609, "RecordingStatusCallback is not a valid URL: " + record.status_callback);
  read_recording_events(form, fields, record);
  if (wanted) call.record = std::move(record);
}

void read_rest(RestForm& form, const runtime::net::Form& fields, CreateCall& call) {
  call.ring_timeout = form.seconds("Timeout", 1, 600, 21208);
  call.time_limit = form.seconds("TimeLimit", 1, kLongestCall, 20001);
  call.send_digits = form.text("SendDigits");
  const bool digits = std::all_of(call.send_digits.begin(), call.send_digits.end(), [](char c) {
    return std::string_view("0123456789ABCDabcd#*wW").find(c) != std::string_view::npos;
  });
  if (!digits || call.send_digits.size() > 32)
    form.refuse(21206, "SendDigits is not valid: at most 32 of 0-9, A-D, #, *, w and W");
  read_detection(form, call);
  read_recording(form, fields, call);
  if (form.text("SipAuthUsername").size() > 255)
    form.refuse(21221, "Invalid SipAuthUsername. Must be fewer than 256 chars");
  if (form.text("SipAuthPassword").size() > 255)
    form.refuse(21223, "Invalid SipAuthPassword. Must be fewer than 256 chars");
}

}  // namespace

void judge_callback(std::string& url, std::vector<TwilioError>& problems) {
  if (url.empty() || (is_web_url(url) && url.size() <= kLongestCallback)) return;
  problems.push_back(
      warning(21609, "StatusCallback=\"" + std::string(runtime::utf8_prefix(url, kQuoted)) +
                         "\" is no http or https url of at most 4000 characters; callbacks will not come"));
  url.clear();
}

std::optional<Refusal> refuse_bad_callbacks(const std::vector<TwilioError>& problems,
                                            const RestSettings& settings) {
  if (!settings.bad_callbacks_refused) return std::nullopt;
  const auto bad = std::ranges::find_if(
      problems, [](const auto& problem) { return problem.code == 21609 || problem.code == 21626; });
  if (bad == problems.end()) return std::nullopt;
  return Refusal{bad->code, bad->text};
}

std::variant<CreateCall, Refusal> read_create(const runtime::net::Form& fields,
                                              const RestSettings& settings) {
  RestForm form(fields);
  CreateCall call;
  read_to(form, settings, call);
  if (!form.refusal()) read_document(form, fields, settings, call);
  if (!form.refusal()) read_from(form, settings, call);
  if (!form.refusal()) read_rest(form, fields, call);
  if (form.refusal()) return *form.refusal();
  if (auto refusal = refuse_bad_callbacks(call.problems, settings)) return *std::move(refusal);
  for (const auto& name : unknown_parameters(fields, kKnown))
    call.problems.push_back(warning(20001, "Calls.json has no parameter " + name + "; it is ignored"));
  return call;
}

}  // namespace simulators::twilio
