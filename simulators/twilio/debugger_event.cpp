#include "simulators/twilio/debugger_event.hpp"

#include "simulators/twilio/parameters.hpp"

#include <nlohmann/json.hpp>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;

ordered_json object_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  auto object = ordered_json::object();
  for (const auto& [name, value] : fields) object[name] = value;
  return object;
}

ordered_json webhook_of(const HttpExchange& exchange) {
  ordered_json webhook{{"type", "application/json"}};
  webhook["request"] = {{"url", exchange.url},
                        {"method", exchange.method},
                        {"headers", object_of(exchange.headers)},
                        {"parameters", object_of(exchange.form)}};
  const bool answered = exchange.status != 0;
  webhook["response"] = {{"status_code", answered ? ordered_json(exchange.status) : ordered_json(nullptr)},
                         {"headers", object_of(exchange.answer_headers)},
                         {"body", answered ? ordered_json(exchange.body) : ordered_json(nullptr)}};
  return webhook;
}

}  // namespace

runtime::net::Form debugger_parameters(const std::string& account_sid, const DebuggerEvent& event) {
  const std::string code = std::to_string(event.error.code);
  const std::string level = event.error.warning ? "WARNING" : "ERROR";
  ordered_json more{{"Msg", event.error.text}, {"ErrorCode", code}, {"LogLevel", level}};
  if (event.webhook != nullptr) {
    more["url"] = event.webhook->url;
    if (event.webhook->status != 0) more["httpResponse"] = std::to_string(event.webhook->status);
  }
  ordered_json payload{{"resource_sid", event.call_sid},
                       {"service_sid", nullptr},
                       {"error_code", code},
                       {"more_info", std::move(more)}};
  if (event.webhook != nullptr) payload["webhook"] = webhook_of(*event.webhook);
  return {{"AccountSid", account_sid},
          {"Level", level},
          {"ParentAccountSid", ""},
          {"Payload", payload.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)},
          {"PayloadType", "application/json"},
          {"Sid", event.sid},
          {"Timestamp", iso8601_seconds(event.at)}};
}

}  // namespace simulators::twilio
