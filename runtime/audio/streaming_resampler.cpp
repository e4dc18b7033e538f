#include "runtime/audio/streaming_resampler.hpp"

#include "runtime/core/assert.hpp"

#include <samplerate.h>

#include <cmath>
#include <cstddef>

namespace runtime::audio {
namespace {
constexpr std::size_t kSpare = 256;  // samples beyond the ratio that one call may bring
}  // namespace

struct StreamingResampler::State {
  SRC_STATE* converter = nullptr;
  double ratio = 1;
  ~State() { src_delete(converter); }
};

StreamingResampler::StreamingResampler(int from_rate, int to_rate) : state_(std::make_unique<State>()) {
  int error = 0;
  state_->converter = src_new(SRC_SINC_FASTEST, 1, &error);
  require(state_->converter != nullptr, "libsamplerate makes no converter");
  state_->ratio = static_cast<double>(to_rate) / from_rate;
}
StreamingResampler::~StreamingResampler() = default;
StreamingResampler::StreamingResampler(StreamingResampler&&) noexcept = default;
StreamingResampler& StreamingResampler::operator=(StreamingResampler&&) noexcept = default;

void StreamingResampler::run(std::span<const float> piece, std::vector<float>& out, int end) {
  while (true) {
    const std::size_t before = out.size();
    const auto room = static_cast<std::size_t>(std::ceil(static_cast<double>(piece.size()) * state_->ratio));
    out.resize(before + room + kSpare);
    SRC_DATA data{};
    data.data_in = piece.data();
    data.input_frames = static_cast<long>(piece.size());
    data.data_out = out.data() + before;
    data.output_frames = static_cast<long>(out.size() - before);
    data.src_ratio = state_->ratio;
    data.end_of_input = end;
    require(src_process(state_->converter, &data) == 0, "libsamplerate converts nothing");
    out.resize(before + static_cast<std::size_t>(data.output_frames_gen));
    piece = piece.subspan(static_cast<std::size_t>(data.input_frames_used));
    const bool more = !piece.empty() || (end != 0 && data.output_frames_gen > 0);
    if (!more || (data.input_frames_used == 0 && data.output_frames_gen == 0)) return;
  }
}

void StreamingResampler::push(std::span<const float> piece, std::vector<float>& out) {
  if (!piece.empty()) run(piece, out, 0);
}

void StreamingResampler::finish(std::vector<float>& out) {
  const float nothing = 0;  // libsamplerate wants an address even for no samples
  run({&nothing, 0}, out, 1);
  reset();
}

void StreamingResampler::reset() {
  require(src_reset(state_->converter) == 0, "libsamplerate does not begin anew");
}

}  // namespace runtime::audio
