#pragma once
#include "bridge/call/idle.hpp"
#include "bridge/call/keys.hpp"
#include "bridge/call/redial.hpp"
#include "bridge/call/tool_settings.hpp"
#include "bridge/openai/requests.hpp"
#include "runtime/audio/clip.hpp"
#include "runtime/core/time.hpp"
#include "runtime/net/network.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace bridge::call {

using namespace std::chrono_literals;

enum class MarkerStyle { every, first_and_every_50 };

/// All that decides how a call goes; filled from the configuration. Defaults are the design's.
struct Settings {
  std::string agent = "default";  // its name, for the log
  bool record = false;            // its sound

  struct Model {
    runtime::net::Url url;  // wss://api.openai.com/v1/realtime?model=...
    std::string name;       // of the model (or Azure's deployment): a label
    std::string api_key;
    bool key_in_header = false;  // Azure: `api-key: KEY` instead of `Authorization: Bearer KEY`
    openai::SessionSettings session;
    bool greet = false;                  // the bridge asks for a first response once the session is ready
    std::string greeting_instructions;   // for that response; empty: the session's own
    bool greeting_interruptible = true;  // false: it is said to its end, whoever speaks meanwhile
    /// Of the caller's sound before it interrupts the bot; less is a noise, and no turn.
    runtime::Duration min_speech{0};
    /// Whether the bridge asks for each response and cancels it (create_response and interrupt_response are
    /// off); else the service does both. The two options above need it.
    bool bridge_responds() const { return !session.create_response; }
    ToolSettings tools;
    runtime::net::ConnectionLimits limits;
    std::size_t requests = 256;  // that wait to be taken; beyond, the session is given up
    /// Connection to session.updated. Shorter than the budget of `retry`: who takes a connection and then
    /// says nothing is dialled once more within it.
    runtime::Duration ready_within = 4s;
    /// Between two WebSocket pings; a session that says nothing from one to the next is given up as lost. 0:
    /// none.
    runtime::Duration ping_interval = 8s;
    runtime::Duration rotate_before = 2min;  // of a session's expiry, another is made ready to take over
    struct Retry {
      Redial::Options pace;
      std::shared_ptr<const runtime::audio::Clip> hold;  // while there is no session; none: silence
      runtime::Duration hold_after = 1500ms;             // of silence
    } retry;
  } model;

  struct Dtmf {
    bool to_model = true;    // keys reach the model as text
    bool interrupts = true;  // a key interrupts the bot
    Keys::Options grouping{2s};
  } dtmf;
  Idle::Options idle;
  std::string idle_prompt =
      "(The caller has not said anything for a while. Ask whether they are still there.)";
  struct Budget {
    std::size_t call_tokens = 0;                  // then the call is ended politely; 0: no limit
    std::optional<runtime::audio::Clip> goodbye;  // played before that end
  } budget;

  runtime::Duration playout_lead = 400ms;   // how far ahead of playback frames are sent
  runtime::Duration mark_interval = 500ms;  // of audio
  runtime::Duration max_response = 205s;    // of queued audio; beyond, the response is cancelled

  runtime::Duration response_start_timeout = 5s;
  runtime::Duration transcript_to_audio = 1200ms;
  runtime::Duration delta_stall = 3s;
  runtime::Duration cancel_confirm = 2s;
  std::optional<runtime::audio::Clip> fallback;  // played when the retry fails as well; none: nothing

  runtime::Duration caller_buffer = 2s;  // caller's audio kept while the session is being set up
  runtime::Duration gap_after = 60ms;    // without media before silence is appended
  runtime::Duration resume_within =
      2s;                          // a transport stall up to this is caught up; longer: the rest is dropped
  runtime::Duration goodbye = 2s;  // for the close handshakes
  runtime::Duration start_within = 10s;  // socket accepted to Twilio's `start`
  runtime::Duration max_call = 4h;
  /// Of max_call, or of what a bridge that drains leaves: in it the model is asked to say goodbye. 0: it is
  /// not.
  runtime::Duration farewell = 15s;
  std::string farewell_prompt = "(This call has to end now. Tell the caller so, and say goodbye.)";
  MarkerStyle markers = MarkerStyle::every;
  bool mask_numbers = true;
};

}  // namespace bridge::call
