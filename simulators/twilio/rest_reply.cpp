#include "simulators/twilio/rest_reply.hpp"

#include <nlohmann/json.hpp>

namespace simulators::twilio {

runtime::net::HttpResponse rest_reply(int status, const nlohmann::ordered_json& body) {
  return runtime::net::make_response(status, "application/json",
                                     body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

runtime::net::HttpResponse rest_refusal(const Refusal& refusal) {
  return rest_reply(refusal.status,
                    {{"code", refusal.code},
                     {"message", refusal.message},
                     {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(refusal.code)},
                     {"status", refusal.status}});
}

Refusal not_found(std::string_view path) {
  return {20404, "The requested resource " + std::string(path) + " was not found", 404};
}

Refusal method_not_allowed() {
  return {20004, "Method not allowed", 405};
}

}  // namespace simulators::twilio
