// Signs and verifies with both implementations of X-Twilio-Signature, the fake's and the bridge's, so that a
// third party can compare them. One JSON object a line in, one a line out:
//   {"token": .., "url": .., "form": [[name, value], ..], "signature": .., "body": the text that carries the
//   form}
//   {"fake": signature, "webhook": the fake's over the url as it signs a webhook's,
//    "bridge": signature, "valid": whether the bridge takes `signature` for right}
#include "bridge/app/signature.hpp"
#include "simulators/twilio/signature.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

namespace {

std::string answer(const std::string& line) {
  const auto ask = nlohmann::json::parse(line);
  const auto token = ask.at("token").get<std::string>();
  const auto text = ask.at("url").get<std::string>();
  runtime::net::Form form;
  for (const auto& pair : ask.at("form"))
    form.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  const auto url = runtime::net::parse_url(text);
  nlohmann::json found{{"fake", simulators::twilio::sign(token, text, form)},
                       {"bridge", bridge::app::twilio_signature(token, text, form)}};
  found["webhook"] = simulators::twilio::sign(token, simulators::twilio::signed_url(text), form);
  const auto body = ask.value("body", std::string());
  const auto signature = ask.at("signature").get<std::string>();
  found["valid"] = url && bridge::app::request_valid(token, {*url, form, body, signature}, {});
  return found.dump();
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) std::cout << answer(line) << "\n";
  } catch (const std::exception& error) {
    std::cerr << "signature_tool: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
