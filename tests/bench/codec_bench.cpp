// What decoding one message costs the bridge, against a tree of nlohmann_json in the same run: media from
// Twilio (20 ms) and audio deltas from OpenAI (250 ms), plus the writing of both.
#include "bridge/openai/events.hpp"
#include "bridge/openai/requests.hpp"
#include "bridge/twilio/stream.hpp"
#include "runtime/core/encoding.hpp"

#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <string>

namespace {
const std::string kSid = "MZ0123456789abcdef0123456789abcdef";
constexpr std::size_t kFrame = 160;
constexpr std::size_t kDelta = 2000;

std::string start_message() {
  return R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":")" + kSid +
         R"(","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,)"
         R"("channels":1},"customParameters":{}},"streamSid":")" +
         kSid + R"("})";
}

std::string media_message() {
  return R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"155",)"
         R"("payload":")" +
         runtime::base64_encode(std::string(kFrame, '\x7f')) + R"("},"streamSid":")" + kSid + R"("})";
}

std::string delta_message() {
  return R"({"type":"response.output_audio.delta","event_id":"event_E6U0wB3eiENYwSnJIBpFN",)"
         R"("response_id":"resp_E6U0wB3eiENYwSnJIBpFN","item_id":"item_E6U0wB3eiENYwSnJIBpFN","output_index":0,)"
         R"("content_index":0,"delta":")" +
         runtime::base64_encode(std::string(kDelta, '\x7f')) + R"("})";
}

void media_bridge(benchmark::State& state) {
  bridge::twilio::Stream stream;
  stream.receive(start_message(), false);
  const std::string message = media_message();
  for (auto _ : state) benchmark::DoNotOptimize(stream.receive(message, false));
}

void media_nlohmann(benchmark::State& state) {
  const std::string message = media_message();
  std::string mulaw;
  for (auto _ : state) {
    const auto tree = nlohmann::json::parse(message, nullptr, false);
    const auto& media = tree["media"];
    const bool ours = tree["event"] == "media" && tree["streamSid"] == kSid && media["track"] == "inbound";
    benchmark::DoNotOptimize(ours &&
                             runtime::base64_decode(media["payload"].get_ref<const std::string&>(), mulaw));
    benchmark::DoNotOptimize(std::stoull(media["timestamp"].get_ref<const std::string&>()));
  }
}

void delta_bridge(benchmark::State& state) {
  bridge::openai::Decoder decoder;
  const std::string message = delta_message();
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(message, false));
}

void delta_nlohmann(benchmark::State& state) {
  const std::string message = delta_message();
  std::string audio;
  for (auto _ : state) {
    const auto tree = nlohmann::json::parse(message, nullptr, false);
    const bool ours = tree["type"] == "response.output_audio.delta";
    benchmark::DoNotOptimize(ours &&
                             runtime::base64_decode(tree["delta"].get_ref<const std::string&>(), audio));
    benchmark::DoNotOptimize(tree["response_id"].get<std::string>());
    benchmark::DoNotOptimize(tree["item_id"].get<std::string>());
  }
}

void base64_of_a_delta(benchmark::State& state) {
  const std::string text = runtime::base64_encode(std::string(kDelta, '\x7f'));
  std::string audio;
  for (auto _ : state) benchmark::DoNotOptimize(runtime::base64_decode(text, audio));
}

void write_media(benchmark::State& state) {
  const bridge::twilio::StreamSid sid(kSid);
  const std::string mulaw(kFrame, '\x7f');
  std::string out;
  for (auto _ : state) {
    bridge::twilio::write_media(out, sid, mulaw);
    benchmark::DoNotOptimize(out.data());
  }
}

void write_append(benchmark::State& state) {
  const std::string mulaw(kFrame, '\x7f');
  std::string out;
  for (auto _ : state) {
    bridge::openai::write_append(out, mulaw);
    benchmark::DoNotOptimize(out.data());
  }
}
}  // namespace

BENCHMARK(media_bridge);
BENCHMARK(media_nlohmann);
BENCHMARK(delta_bridge);
BENCHMARK(delta_nlohmann);
BENCHMARK(base64_of_a_delta);
BENCHMARK(write_media);
BENCHMARK(write_append);
BENCHMARK_MAIN();
