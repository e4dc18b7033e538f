#pragma once
#include "bridge/app/numbers.hpp"
#include "bridge/call/settings.hpp"
#include "runtime/core/time.hpp"
#include "runtime/net/network.hpp"
#include "runtime/net/url.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace bridge::app {

using namespace std::chrono_literals;

/// The whole configuration: what docs/configuration.md describes, with every file it names read in.
/// The YAML key of each field stands beside it; durations and sizes there carry units (`400ms`, `32KiB`).
struct Config {
  struct Listen {                                      // listen:
    std::string host = "0.0.0.0";                      //   host
    std::uint16_t port = 8080;                         //   port; 0: any free one
    std::optional<runtime::net::TlsIdentity> tls;      //   tls: {certificate, key}: PEM files
    std::filesystem::path certificate_file, key_file;  // where they are, to be read again
  } listen;

  struct Admin {                     // admin: /metrics, /healthz, /readyz
    std::string host = "127.0.0.1";  //   host
    std::uint16_t port = 9090;       //   port; 0: any free one
    std::string user;                //   user; empty: nobody is asked
    std::string password;            //   password                 (LINECHECK_ADMIN_PASSWORD)
    bool protect_all = false;        //   protect: metrics (alone), all
  } admin;

  /// workers: threads that carry calls, each with an event loop of its own.
  std::size_t workers = std::max(1U, std::thread::hardware_concurrency());

  /// public_url: how Twilio reaches this bridge. https gives wss:// streams, http (local work only) ws://.
  std::optional<runtime::net::Url> public_url;
  bool allow_host_header = false;  // allow_host_header: take the host from the request instead

  struct Twilio {             // twilio:
    std::string account_sid;  //   account_sid              (TWILIO_ACCOUNT_SID)
    std::string auth_token;   //   auth_token               (TWILIO_AUTH_TOKEN)
    runtime::net::Url api_base{"https", "api.twilio.com", 443, "/"};  //   api_base
    bool validate_signatures = false;  //   validate_signatures: default true when auth_token is set
    std::optional<std::size_t> send_buffer =
        16U << 10U;                                //   send_buffer: SO_SNDBUF of a media stream, or `system`
    runtime::Duration api_timeout = 10s;           //   api_timeout: one request to api_base
    runtime::Duration ping_interval = 0s;          //   ping_interval: of pings on a media stream; 0: none
    std::vector<std::string> unsigned_parameters;  //   unsigned_parameters: added after signing, if at all
  } twilio;

  struct Replica {                // replica: this process among those that serve the same numbers
    std::string name = "bridge";  //   name: what its answers call it; default: the host's   (HOSTNAME)
    bool alone = true;            //   alone: false: others share the stream_token.secret and take streams
  } replica;

  struct Warm {                // openai.warm:
    std::size_t sessions = 0;  //   sessions: connections that wait for calls, of each model and worker
    runtime::Duration max_age = 10min;  //   max_age: then another takes its place
  } warm;

  std::string openai_trust_pem;  // openai.trust_file: PEM authorities besides the system's

  struct Twiml {  // twiml:
    enum class Verb { connect, start };
    std::string track =
        "both_tracks";          //   track: inbound_track, outbound_track, both_tracks; none: no attribute
    Verb verb = Verb::connect;  //   verb
    enum class ContinueBy { redirect, action };
    ContinueBy continue_by = ContinueBy::redirect;  //   continue_by: how a call leaves its <Connect>
    std::string prelude;                            //   prelude: TwiML verbs before the stream
    std::string after_stream = "<Hangup/>";         //   after_stream: TwiML verbs once the stream is over
    //   when_bot_is_gone: TwiML verbs when there is nobody to talk to any more: OpenAI cannot be reached,
    //   refuses or is lost, or a fault of ours ended the conversation
    std::string when_bot_is_gone =
        "<Say>We are sorry. Our assistant cannot talk to you right now. Please call again later.</Say>"
        "<Hangup/>";
    /// busy: TwiML verbs for a call beyond limits.calls or limits.calls_per_source
    std::string busy = R"(<Reject reason="busy"/>)";
  } twiml;

  struct StreamToken {   // stream_token:
    std::string secret;  //   secret                   (LINECHECK_TOKEN_SECRET); empty: made up
                         //   at start, which only a single replica can live with
    runtime::Duration valid_for = 2min;  //   valid_for: TwiML served to stream started (a prelude takes time)
  } stream_token;

  struct Outbound {                        // outbound: POST /calls
    std::string api_token;                 //   api_token                (LINECHECK_API_TOKEN); empty: no API
    std::vector<std::string> allow;        //   allow: E.164 numbers; a trailing * allows a prefix
    std::string from;                      //   from: a number of the account
    runtime::Duration ring_timeout = 60s;  //   ring_timeout
    struct MachineDetection {              //   machine_detection:
      enum class Mode { none, enable, detect_message_end };
      enum class OnMachine { hang_up, leave_message, talk };
      Mode mode = Mode::none;                     //     mode
      bool asynchronous = false;                  //     asynchronous: the bot talks while Twilio listens
      OnMachine on_machine = OnMachine::hang_up;  //     on_machine
      std::string message;                        //     message: TwiML verbs for leave_message
    } machine_detection;
  } outbound;

  struct Log {                   // log: (log.markers and log.mask_numbers are in `call`)
    std::string level = "info";  //   level: debug, info, warning, error
    /// levels: {COMPONENT: LEVEL}, where a component's is another; the components are in logging.hpp
    std::map<std::string, std::string, std::less<>> levels;
    bool json = false;  //   format: human, json
    std::size_t queue =
        8192;  //   queue: lines of a thread waiting to be written; beyond, dropped and counted
  } log;

  /// recording: {folder}: where the sound of calls is written; empty: nowhere.
  std::filesystem::path recording_folder;

  struct Limits {                           // limits:
    std::size_t calls = 500;                //   calls: at once, from webhook to end; beyond, the line is busy
    std::size_t calls_per_source = 0;       //   calls_per_source: likewise from one number; 0: any
    std::size_t connections = 5000;         //   connections: at once, of each worker's listener
    std::size_t message_size = 1U << 20U;   //   message_size: one WebSocket message
    std::size_t header_size = 16U << 10U;   //   header_size: request line and headers
    std::size_t body_size = 64U << 10U;     //   body_size: one HTTP body
    runtime::Duration handshake = 5s;       //   handshake: TLS, and the WebSocket upgrade
    runtime::Duration request = 10s;        //   request: first byte to last of one request
    runtime::Duration idle = 60s;           //   idle: between requests of one connection
    runtime::Duration stream_idle = 2min;   //   stream_idle: a media stream without any message; 0: for ever
    std::size_t remembered_calls = 20'000;  //   remembered_calls: CallSids with a history
    double openai_connections_per_second = 50;  //   openai_connections_per_second: 0: no limit
    std::size_t daily_tokens = 0;               // budgets.daily_tokens; 0: no limit
  } limits;

  struct Drain {                         // drain:
    runtime::Duration accept_for = 10s;  //   accept_for: new calls are still taken while balancers catch up
    runtime::Duration grace = 60s;       //   grace: then running calls are ended
  } drain;

  /// How each call goes. From openai: {url, model, api_key, connect_timeout, handshake_timeout,
  /// auth, ready_within, rotate_before, retry: {budget, first, most, hold, hold_after}}, agent:
  /// {instructions, voice, model, language, greeting, transcription_model, audio, end_call, turn_detection:
  /// {threshold, prefix_padding, silence_duration, create_response, interrupt_response}}, playout: {lead,
  /// mark_interval, max_response, resume_within}, watchdog: {response_start_timeout, transcript_to_audio,
  /// delta_stall, cancel_confirm}, fallback: none | FILE, call: {max_duration, start_within, caller_buffer,
  /// gap_after, goodbye}, log: {markers, mask_numbers}, budgets: {call_tokens, goodbye}, limits:
  /// {openai_requests}.
  call::Settings call;

  /// agents: {NAME: what `agent` holds}: how a call of each goes, the keys that it leaves out as in `call`.
  /// Empty: one agent answers every number, and is in `call`.
  std::map<std::string, call::Settings> agents;
  Numbers numbers;  // numbers: {NUMBER: NAME}

  /// How a call to `number` of ours goes. Null: nobody answers it.
  const call::Settings* answering(std::string_view number) const;

  /// All of it as YAML, defaults included and secrets redacted: --print-config. Parses to the same.
  std::string effective;

  /// Legal, and likely not what was meant; for the log at start-up.
  std::vector<std::string> warnings;
  std::vector<std::string> notes;  // what a default means, for whoever checks a configuration
};

/// What was wrong with a configuration: every error at once, in the order of the file.
struct ConfigErrors {
  /// Each is ready to print: "FILE:LINE:COL: what was wrong", the source line, a caret, what would be right.
  std::vector<std::string> problems;
  /// All that is wrong is that certificate and key do not fit, as between the two writes of a renewal.
  bool may_pass = false;
  std::string text() const;
};
/// One of them for the log: what was wrong and what would be right, without the line of the file.
std::string in_one_line(const std::string& problem);

struct ConfigSource {
  std::string name;              // for messages
  std::string text;              // YAML
  std::filesystem::path folder;  // relative file names are looked up from here
  /// Secrets from outside the file: OPENAI_API_KEY, TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID,
  /// LINECHECK_TOKEN_SECRET, LINECHECK_API_TOKEN, LINECHECK_ADMIN_PASSWORD, which win over the file; and
  /// HOSTNAME. Others are ignored.
  std::map<std::string, std::string> environment;
  /// What --print-config writes in place of secrets parses back, and is no secret to run with: anybody knows
  /// it.
  enum class Purpose { show, run };
  Purpose purpose = Purpose::show;
};

/// Parses and checks, and reads the files that the configuration names (certificates, trust, fallback clip).
std::variant<Config, ConfigErrors> parse_config(const ConfigSource& source);
/// As above, from a file. An unreadable file is an error like any other.
std::variant<Config, ConfigErrors> load_config(const std::filesystem::path& file,
                                               std::map<std::string, std::string> environment,
                                               ConfigSource::Purpose purpose = ConfigSource::Purpose::show);

/// Every key that a parse of `source` looks for, with its path: what there is to configure.
std::vector<std::string> keys_looked_for(const ConfigSource& source);

}  // namespace bridge::app
