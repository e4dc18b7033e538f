#include "runtime/audio/synth.hpp"
#include "runtime/core/assert.hpp"

#include <spandsp/telephony.h>

#include <spandsp/async.h>
#include <spandsp/complex.h>
#include <spandsp/dds.h>
#include <spandsp/logging.h>
#include <spandsp/queue.h>
#include <spandsp/tone_detect.h>
#include <spandsp/tone_generate.h>

#include <spandsp/super_tone_rx.h>

#include <spandsp/dtmf.h>

#include <memory>

namespace runtime::audio {
namespace {

struct FreeDtmf {
  void operator()(dtmf_tx_state_t* state) const { dtmf_tx_free(state); }
};
using DtmfSender = std::unique_ptr<dtmf_tx_state_t, FreeDtmf>;

/// spandsp fills its tone tables, which all senders share, when the first one is made: once, by one thread.
DtmfSender make_dtmf_sender() {
  static const bool tables_filled = [] { return DtmfSender(dtmf_tx_init(nullptr)) != nullptr; }();
  require(tables_filled, "spandsp has memory for a DTMF sender");
  return DtmfSender(dtmf_tx_init(nullptr));
}

}  // namespace

Clip dtmf(std::string_view keys, Samples8k on, Samples8k gap) {
  constexpr std::string_view kKeys = "0123456789*#ABCD";
  require(keys.find_first_not_of(kKeys) == std::string_view::npos, "DTMF keys are 0-9 * # A-D");
  require(on.count() > 0 && gap.count() >= 0, "a key sounds for a time, and a gap is not negative");
  const DtmfSender sender = make_dtmf_sender();
  // spandsp counts in whole milliseconds; each key sounds a little longer and is cut to the sample.
  const auto on_ms = static_cast<int>((on.count() + 7) / 8);
  dtmf_tx_set_timing(sender.get(), on_ms, 1);
  Pcm key_audio(static_cast<std::size_t>(on_ms + 1) * 8);
  Clip clip;
  clip.mulaw.reserve(keys.size() * (mulaw_bytes(on) + mulaw_bytes(gap)));
  for (const char key : keys) {
    // One key at a time: the sender's queue holds 128 and drops the rest.
    dtmf_tx_put(sender.get(), &key, 1);
    const int made = dtmf_tx(sender.get(), key_audio.data(), static_cast<int>(key_audio.size()));
    require(made >= on.count(), "spandsp sounds the key for its time");
    clip.mulaw += mulaw_encode(std::span(key_audio).first(mulaw_bytes(on)));
    clip.mulaw.append(mulaw_bytes(gap), kMulawSilence);
  }
  return clip;
}

}  // namespace runtime::audio
