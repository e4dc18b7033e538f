#include "bridge/call/session_request.hpp"

namespace bridge::call {

runtime::net::WebSocketRequest session_request(const Settings::Model& model) {
  runtime::net::WebSocketRequest request;
  request.url = model.url;
  if (model.key_in_header) {
    request.headers.add("api-key", model.api_key);
  } else {
    request.headers.add("Authorization", "Bearer " + model.api_key);
  }
  request.limits = model.limits;
  return request;
}

}  // namespace bridge::call
