#include "scenarios/recording/model_reader.hpp"

#include "runtime/core/encoding.hpp"

#include <algorithm>
#include <chrono>

namespace scenarios::recording {
namespace {

using Json = nlohmann::json;
using Direction = runtime::WireLog::Direction;
constexpr std::size_t kMostResponses = 2'000;
constexpr std::size_t kMostAudio = 1U << 30U;  // samples of a response
constexpr std::size_t kMostAppended = 1U << 28U;
constexpr int kWideRate = 24'000;
/// A response that takes longer to be created never comes.
constexpr runtime::Duration kNeverCreated = std::chrono::seconds(2);

/// Of either generation of the API: {"type": "audio/pcmu"}, or "g711_ulaw".
std::string plain_format(const Json& session, std::initializer_list<std::string_view> path,
                         std::string_view beta) {
  auto name = text_at(value_at(session, path), {"type"});
  if (name.empty()) name = text_at(session, {beta});
  if (name == "audio/pcmu" || name == "g711_ulaw") return "pcmu";
  if (name == "audio/pcma" || name == "g711_alaw") return "pcma";
  return name.empty() ? "" : "pcm";
}

bool one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

std::string user_text(const Json& item) {
  std::string text;
  const Json& content = value_at(item, {"content"});
  if (!content.is_array()) return text;
  for (const Json& part : content) {
    if (text_at(part, {"type"}) == "input_text") text += text_at(part, {"text"});
  }
  return text;
}

}  // namespace

void ModelReader::read(const WireLine& line) {
  if (line.direction == Direction::note) {
    const Json& status = value_at(line.message, {"refused"});
    if (status.is_number_integer()) to_.refused = status.get<int>();
    return;
  }
  const auto type = text_at(line.message, {"type"});
  if (line.direction == Direction::from_bridge) from_bridge(line, type);
  if (line.direction == Direction::to_bridge) to_bridge(line, type);
}

void ModelReader::from_bridge(const WireLine& line, std::string_view type) {
  if (type == "session.update") {
    configure(value_at(line.message, {"session"}), false);
  } else if (type == "input_audio_buffer.append") {
    if (appended_format_ != "pcmu" || to_.appended.size() > kMostAppended) return;
    if (const auto bytes = runtime::base64_decode(text_at(line.message, {"audio"})))
      to_.appended += one_zero(*bytes);
  } else if (type == "conversation.item.create") {
    create_item(value_at(line.message, {"item"}), line.at);
  } else if (type == "response.create") {
    out_of_band_ = text_at(line.message, {"response", "conversation"}) == "none";
    if (!out_of_band_) give_up_on_owed(line.at);
    due_ = line.at;
    if (!out_of_band_) owed_ = line.at;
  } else if (type == "conversation.item.truncate") {
    to_.truncated.push_back(line.at);
  }
}

void ModelReader::to_bridge(const WireLine& line, std::string_view type) {
  if (type == "session.created") {
    ++to_.sessions;
    owed_.reset();
    configure(value_at(line.message, {"session"}), false);
  } else if (type == "session.updated") {
    ++to_.configured;
    configure(value_at(line.message, {"session"}), true);
  } else if (type == "input_audio_buffer.speech_started") {
    to_.speech_started.push_back(line.at);
  } else if (type == "input_audio_buffer.committed") {
    ++to_.turns;
    due_ = line.at;
    if (!to_.bridge_responds) owed_ = line.at;
    inputs_.push_back({Response::Asked::caller_finished, {}});
  } else if (type == "error") {
    owed_.reset();  // it may be what was refused
  } else if (type == "response.created") {
    created(line);
  } else if (type == "response.done") {
    done(line);
  } else if (one_of(type, {"response.output_audio.delta", "response.audio.delta"})) {
    audio(line);
  } else if (one_of(type, {"response.output_item.added", "response.output_item.done"})) {
    item(line);
  } else if (one_of(type, {"response.output_audio_transcript.delta", "response.audio_transcript.delta",
                           "response.output_text.delta", "response.text.delta"})) {
    words(line, false);
  } else if (one_of(type, {"response.output_audio_transcript.done", "response.audio_transcript.done",
                           "response.output_text.done", "response.text.done"})) {
    words(line, true);
  }
}

void ModelReader::configure(const Json& session, bool confirmed) {
  const auto out = plain_format(session, {"audio", "output", "format"}, "output_audio_format");
  const auto in = plain_format(session, {"audio", "input", "format"}, "input_audio_format");
  if (!out.empty()) format_ = out;
  if (!in.empty()) appended_format_ = in;
  if (confirmed) return;
  for (const auto* turns :
       {&value_at(session, {"audio", "input", "turn_detection"}), &value_at(session, {"turn_detection"})}) {
    const Json& creates = value_at(*turns, {"create_response"});
    if (creates.is_boolean()) to_.bridge_responds = !creates.get<bool>();
  }
  const Json& tools = value_at(session, {"tools"});
  if (!tools.is_array()) return;
  for (const Json& tool : tools) {
    const Json& parameters = value_at(tool, {"parameters"});
    to_.parameters[text_at(tool, {"name"})] = parameters.is_object() ? parameters.dump() : "{}";
  }
}

void ModelReader::create_item(const Json& item, TimePoint at) {
  const auto type = text_at(item, {"type"});
  if (type == "function_call_output") {
    const auto found = calls_.find(text_at(item, {"call_id"}));
    const std::string tool = found == calls_.end() ? "" : found->second.tool;
    inputs_.push_back({Response::Asked::tool_result, tool});
    if (found != calls_.end()) to_.tools.push_back({tool, text_at(item, {"output"}), at - found->second.at});
    return;
  }
  if (type != "message" || text_at(item, {"role"}) != "user") return;
  auto text = user_text(item);
  if (text.empty()) return;
  to_.texts.push_back(text);
  inputs_.push_back({Response::Asked::text, std::move(text)});
}

void ModelReader::created(const WireLine& line) {
  if (to_.responses.size() >= kMostResponses) return;
  if (!out_of_band_) owed_.reset();
  responses_[text_at(line.message, {"response", "id"})] = to_.responses.size();
  asked_for(line.at);
}

/// By the server's own turn, or by the bridge; who asks once more shows that it did not come.
void ModelReader::give_up_on_owed(TimePoint now) {
  if (!owed_ || now - *owed_ < kNeverCreated || to_.responses.size() >= kMostResponses) return;
  asked_for(*owed_).never = true;
  owed_.reset();
}

Response& ModelReader::asked_for(TimePoint created) {
  Response made;
  made.created = created;
  made.due = due_ == TimePoint{} ? created : due_;
  if (out_of_band_) {
    made.asked = Response::Asked::out_of_band;
  } else if (!inputs_.empty()) {
    made.asked = inputs_.back().kind;
    made.input = inputs_.back().text;
  } else {
    made.asked = answered_ ? Response::Asked::again : Response::Asked::greeting;
  }
  if (!out_of_band_) {
    inputs_.clear();
    answered_ = true;
  }
  out_of_band_ = false;
  return to_.responses.emplace_back(std::move(made));
}

Response* ModelReader::response(const WireLine& line) {
  auto id = text_at(line.message, {"response_id"});
  if (id.empty()) id = text_at(line.message, {"response", "id"});
  const auto found = responses_.find(id);
  return found == responses_.end() ? nullptr : &to_.responses[found->second];
}

Output& ModelReader::output(Response& response, const std::string& item, Output::Kind kind) {
  const auto found = std::ranges::find(response.outputs, item, &Output::item);
  if (found != response.outputs.end()) return *found;
  auto& made = response.outputs.emplace_back();
  made.item = item;
  made.kind = kind;
  made.sound.rate = format_ == "pcm" ? kWideRate : 8000;
  return made;
}

runtime::audio::Pcm ModelReader::decoded(const std::string& bytes) const {
  if (format_ == "pcmu") return runtime::audio::mulaw_decode(bytes);
  if (format_ == "pcma") return runtime::audio::alaw_decode(bytes);
  runtime::audio::Pcm pcm;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto low = static_cast<unsigned char>(bytes[i]);
    const auto high = static_cast<unsigned char>(bytes[i + 1]);
    pcm.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(low | (high << 8U))));
  }
  return pcm;
}

void ModelReader::audio(const WireLine& line) {
  auto* found = response(line);
  if (found == nullptr) return;
  auto& made = output(*found, text_at(line.message, {"item_id"}), Output::Kind::speech);
  const auto bytes = runtime::base64_decode(text_at(line.message, {"delta"}));
  if (!bytes) made.undecodable = true;
  if (!bytes || bytes->empty() || made.sound.pcm.size() > kMostAudio) return;
  if (!found->first_audio) found->first_audio = line.at;
  found->last_audio = line.at;
  const auto pcm = decoded(*bytes);
  made.sound.pcm.insert(made.sound.pcm.end(), pcm.begin(), pcm.end());
}

void ModelReader::words(const WireLine& line, bool whole) {
  auto* found = response(line);
  if (found == nullptr) return;
  const bool text = text_at(line.message, {"type"}).find("text") != std::string::npos;
  auto& made =
      output(*found, text_at(line.message, {"item_id"}), text ? Output::Kind::text : Output::Kind::speech);
  if (!whole) {
    made.words += text_at(line.message, {"delta"});
    return;
  }
  auto said = text_at(line.message, {text ? "text" : "transcript"});
  if (!said.empty()) made.words = std::move(said);
}

void ModelReader::item(const WireLine& line) {
  auto* found = response(line);
  const Json& item = value_at(line.message, {"item"});
  if (found == nullptr || text_at(item, {"type"}) != "function_call") return;
  auto& made = output(*found, text_at(item, {"id"}), Output::Kind::tool);
  made.tool = text_at(item, {"name"});
  made.arguments = text_at(item, {"arguments"});
  calls_[text_at(item, {"call_id"})] = {made.tool, line.at};
}

void ModelReader::done(const WireLine& line) {
  auto* found = response(line);
  if (found == nullptr) {
    created(line);
    found = response(line);
    if (found == nullptr) return;
    found->uncreated = true;
  }
  found->status = text_at(line.message, {"response", "status"});
  const Json& details = value_at(line.message, {"response", "status_details"});
  found->reason = text_at(details, {"reason"});
  found->error_type = text_at(details, {"error", "type"});
  found->error_code = text_at(details, {"error", "code"});
  found->error_message = text_at(details, {"error", "message"});
}

void ModelReader::finish() {
  give_up_on_owed(to_.ended);
  if (appended_format_ != "pcmu") to_.appended.clear();
}

}  // namespace scenarios::recording
