#include "runtime/core/encoding.hpp"
#include "simulators/twilio/rest_api.hpp"
#include "tests/fuzz/message_lines.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {
using namespace simulators::twilio;

/// Calls that are made of nothing but facts, each one answered and half of them over.
class PaperBook final : public CallBook {
 public:
  const CallFacts& create(CreateCall request) override {
    auto& call = *calls_.emplace_back(std::make_unique<CallFacts>());
    call.sid = "CA" + std::to_string(calls_.size());
    call.from = std::move(request.from);
    call.to = std::move(request.to);
    call.statuses.push_back({call.placed_at, "queued"});
    call.answered_at = call.placed_at;
    if (calls_.size() % 2 == 0) call.ended_at = call.placed_at;
    return call;
  }
  const CallFacts* find_call(std::string_view sid) const override {
    for (const auto& call : calls_) {
      if (call->sid == sid) return call.get();
    }
    return nullptr;
  }
  std::vector<const CallFacts*> listed_calls() const override {
    std::vector<const CallFacts*> all;
    for (const auto& call : calls_) all.push_back(call.get());
    return all;
  }
  void end_call(std::string_view, std::string_view) override {}
  void redirect_call(std::string_view, std::string, std::string, std::string) override {}
  void change_call(std::string_view, CallChanges) override {}
  void delete_call(std::string_view) override {}
  StreamStart start_stream(std::string_view sid, CreateStream request) override {
    for (const auto& call : calls_) {
      if (call->sid != sid) continue;
      auto& stream = *call->streams.emplace_back(std::make_unique<StreamFacts>());
      stream.sid = "MZ" + std::to_string(call->streams.size());
      stream.name = std::move(request.name);
      return {&stream, 0, ""};
    }
    std::abort();  // asked for a call that is not there
  }
  void stop_stream(std::string_view, std::string_view) override {}

 private:
  std::vector<std::unique_ptr<CallFacts>> calls_;
};

}  // namespace

/// A line is a request: method, target and body, separated by single spaces. Every answer is one that Twilio
/// could give: JSON, and an error's code in it where the status is one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Account account;
  const RestSettings settings;
  PaperBook book;
  RestApi api(account, settings, book);
  fuzz::MessageLines lines(data, size);
  fuzz::MessageLines::Message line;
  while (lines.next(line)) {
    const auto first = line.payload.find(' ');
    if (first == std::string_view::npos) continue;
    const auto second = std::min(line.payload.find(' ', first + 1), line.payload.size());
    runtime::net::HttpRequest request;
    request.method = line.payload.substr(0, first);
    request.target = "/2010-04-01/Accounts/" + account.sid +
                     std::string(line.payload.substr(first + 1, second - first - 1));
    request.body = line.payload.substr(std::min(second + 1, line.payload.size()));
    request.headers.add("Authorization",
                        "Basic " + runtime::base64_encode(account.sid + ":" + account.auth_token));
    const auto response = api.answer(request, {});
    if (response.status == 204) continue;
    const auto body = nlohmann::json::parse(response.body, nullptr, false);
    if (!body.is_object()) std::abort();
    if (response.status >= 400 && (!body["code"].is_number() || body["status"] != response.status))
      std::abort();
  }
  return 0;
}
