#pragma once
#include "tests/unit/fake_openai_test.hpp"

#include <map>
#include <sstream>
#include <string>
#include <vector>

// The published recordings of the live service (openai-realtime.md, 6), as facts: one line an event, with
// what it carries; the fake's own session is written down in the same words and must match line by line.
namespace simulators::openai {

class FakeOpenAiRecordings : public FakeSessionTest {
 protected:
  /// Ids by the order in which they came: item_1, item_2, ...
  std::string called(const Json& id) {
    if (id.is_null()) return "null";
    const auto text = id.get<std::string>();
    const std::string kind = text.substr(0, text.find('_'));
    auto& known = names_[kind];
    const auto at = std::find(known.begin(), known.end(), text);
    const auto number = at - known.begin();
    if (at == known.end()) known.push_back(text);
    return kind + "_" + std::to_string(number + 1);
  }
  std::string item_words(const Json& item) {
    std::string words = called(item["id"]);
    if (item["type"] != "message") return words + " " + item["type"].get<std::string>();
    return words + " " + item["role"].get<std::string>() + " " + item["status"].get<std::string>();
  }
  std::string words(const Json& event) {
    std::string line = event["type"];
    const auto at = line.find("input_audio_transcription");
    if (at != std::string::npos) line.erase(0, at);
    if (event.contains("response")) line += " " + event["response"]["status"].get<std::string>();
    if (event.contains("response") && event["response"]["status_details"].is_object() &&
        event["response"]["status_details"].contains("reason")) {
      line += " " + event["response"]["status_details"]["reason"].get<std::string>();
    }
    if (event.contains("item_id")) line += " " + called(event["item_id"]);
    if (event.contains("item")) line += " " + item_words(event["item"]);
    if (event.contains("previous_item_id")) line += " after " + called(event["previous_item_id"]);
    if (event.contains("output_index") && event["output_index"] != 0) line += " #1";
    if (event.contains("part")) line += " " + event["part"]["type"].get<std::string>();
    if (event.contains("rate_limits")) {
      for (const Json& limit : event["rate_limits"]) line += " " + limit["name"].get<std::string>();
    }
    return line;
  }
  /// What was sent, deltas of one kind in a row as one line.
  std::vector<std::string> lines() {
    names_.clear();
    std::vector<std::string> all;
    for (const Sent& sent : sent_) {
      std::string line = words(sent.event);
      const bool again = sent.type.ends_with(".delta") && !all.empty() && all.back() == line;
      if (!again) all.push_back(std::move(line));
    }
    return all;
  }
  static std::vector<std::string> recorded(const std::string& text) {
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      if (const auto from = line.find_first_not_of(' '); from != std::string::npos)
        all.push_back(line.substr(from));
    }
    return all;
  }
  void answer(Output output) { rule(When::Kind::any).reply.outputs = {std::move(output)}; }
  static std::string text_item() {
    return R"({"type":"conversation.item.create","item":{"type":"message","role":"user",)"
           R"("content":[{"type":"input_text","text":"hi"}]}})";
  }

  std::map<std::string, std::vector<std::string>> names_;
};

}  // namespace simulators::openai
