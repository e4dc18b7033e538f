#include "tests/bench/bridge_setup.hpp"

#include "tests/bench/plain_websocket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace bench {
namespace {

Parameters parameters_of(const std::string& twiml) {
  Parameters parameters;
  static constexpr std::string_view kName = "<Parameter name=\"";
  static constexpr std::string_view kValue = "\" value=\"";
  for (auto at = twiml.find(kName); at != std::string::npos; at = twiml.find(kName, at + 1)) {
    const auto middle = twiml.find(kValue, at);
    const auto end = twiml.find('"', middle + kValue.size());
    if (end == std::string::npos) break;
    parameters[twiml.substr(at + kName.size(), middle - at - kName.size())] =
        twiml.substr(middle + kValue.size(), end - middle - kValue.size());
  }
  if (parameters.empty()) throw std::runtime_error("the webhook served no stream: " + twiml.substr(0, 200));
  return parameters;
}

}  // namespace

std::filesystem::path write_configuration(std::uint16_t model_port, BridgeSize size) {
  const auto file =
      std::filesystem::temp_directory_path() / ("bridge_under_load." + std::to_string(::getpid()) + ".yaml");
  std::ofstream(file) << "public_url: http://bench.invalid\n"
                         "workers: "
                      << size.workers
                      << "\n"
                         "listen: {host: 127.0.0.1, port: 0}\n"
                         "admin: {host: 127.0.0.1, port: 0}\n"
                         // the load answers no pings
                         "openai: {api_key: bench, ping_interval: 0s, url: \"ws://127.0.0.1:"
                      << model_port
                      << "/v1/realtime\"}\n"
                         "log: {level: warning}\n"
                         "drain: {accept_for: 0s, grace: 1s}\n"
                         "limits: {calls: "
                      << size.calls << ", connections: " << 2 * size.calls + 10
                      << ", openai_connections_per_second: 0}\n";
  return file;
}

std::string exchange(std::uint16_t port, const std::string& request) {
  const int fd = connect_to_loopback(port);
  const timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  block(fd);
  std::string answer;
  std::array<char, 16384> piece{};
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(fd, piece.data(), piece.size(), 0);
      if (got > 0) answer.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return answer;
}

std::vector<Parameters> fetch_parameters(std::uint16_t port, std::size_t first, std::size_t count) {
  std::vector<Parameters> all;
  for (std::size_t number = first; number < first + count; ++number) {
    char sid[40];
    std::snprintf(sid, sizeof sid, "CA%032zu", number);
    const std::string body = std::string("CallSid=") + sid +
                             "&From=%2B15550100&To=%2B15550101&Direction=inbound&CallStatus=ringing";
    const std::string request =
        "POST /webhook/incoming_call HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    all.push_back(parameters_of(exchange(port, request)));
  }
  return all;
}

}  // namespace bench
