#pragma once
#include "runtime/net/http.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace simulators::twilio {

/// Why a request was refused: HTTP 400 unless said otherwise.
struct Refusal {
  int code;  // of the error dictionary
  std::string message;
  int status = 400;
};

runtime::net::HttpResponse rest_reply(int status, const nlohmann::ordered_json& body);
runtime::net::HttpResponse rest_refusal(const Refusal& refusal);
Refusal not_found(std::string_view path);
Refusal method_not_allowed();

}  // namespace simulators::twilio
