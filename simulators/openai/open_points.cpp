#include "simulators/openai/open_points.hpp"

#include <array>

namespace simulators::openai {
namespace {

constexpr std::array kPoints{
    NamedPoint{"pong_within", "never", "a time, or `never`", "1.4",
               "a ping that is not answered within this ends the session"},
    NamedPoint{"pong_missing_close", "1011", "a close code", "1.4", "and how"},
    NamedPoint{"largest_message", "21MiB", "a size", "1.4", "a longer message ends the session"},
    NamedPoint{"too_large_close", "1009", "a close code", "1.4", "and how"},
    NamedPoint{"insufficient_permissions_close", "3000", "a close code", "1.3",
               "after the error of that code"},
    NamedPoint{"call_id_without_model", "taken", "`taken`, `refused`", "1.1",
               "joining a call by `call_id` without naming a model; refused: "
               "`missing_model`"},
    NamedPoint{"joined_call", "refused", "`refused`, `created`, `updated`", "12",
               "what a session that joins a call by `call_id` begins with: `session.created` or "
               "`session.updated`; refused: `call_id_not_found`. There is no call behind it: it hears and "
               "speaks as any other"},
    NamedPoint{"account_subprotocols", "taken", "`taken`, `refused`", "1.2",
               "`openai-organization.ORG` and `openai-project.PROJ`; refused: "
               "HTTP 400"},
    NamedPoint{"compression", "taken", "`taken`, `refused`", "1.2",
               "`permessage-deflate`, where a client offers it, each message by itself (whether the service "
               "carries a window over to the next message is not recorded); refused: the frames are readable "
               "in a capture"},
    NamedPoint{"retrieved_audio", "output_audio", "`output_audio`, `audio`", "5.2",
               "the model's audio part in `conversation.item.retrieved`; "
               "`audio`: with `format`, as documented"},
    NamedPoint{"fractional_audio_end", "refused", "`taken`, `refused`", "4.2",
               "`audio_end_ms` that is no integer; taken: without its fraction"},
    NamedPoint{"second_truncation", "taken", "`taken`, `refused`", "8",
               "of an item that was truncated before"},
    NamedPoint{"second_truncation_code", "item_already_truncated", "a code, or `null`", "8",
               "of the error, where it is refused"},
    NamedPoint{"not_truncatable_code", "null", "a code, or `null`", "8",
               "of `Only model output audio messages can be truncated`"},
    NamedPoint{"duplicate_item_code", "invalid_value", "a code, or `null`", "8",
               "an item id that exists already"},
    NamedPoint{"previous_item_code", "invalid_value", "a code, or `null`", "8",
               "a `previous_item_id` that does not exist"},
    NamedPoint{"unknown_call_id", "refused", "`taken`, `refused`", "8",
               "a `function_call_output` for a call that nobody made"},
    NamedPoint{"unknown_call_id_code", "invalid_value", "a code, or `null`", "8", "where it is refused"},
    NamedPoint{"wrong_type_code", "invalid_type", "a code, or `null`", "8", "a field of the wrong JSON type"},
    NamedPoint{"transcription_update_code", "null", "a code, or `null`", "8",
               "a transcription session's update in a voice session"},
    NamedPoint{"item_done_when_cut", "before", "`before`, `after`, `never`", "6.5",
               "`conversation.item.done` of an item that was cut off, to its "
               "`response.output_item.done`"},
    NamedPoint{"rate_limits_when_cut", "refused", "`taken`, `refused`", "6.5",
               "`rate_limits.updated` after a response that was cut off; "
               "taken: it comes"},
    NamedPoint{"client_cancel_closes", "everything", "`everything`, `response_only`", "6.4",
               "what `response.cancel` is followed by: all closing events, or "
               "`response.done` alone"},
    NamedPoint{"semantic_vad_echo", "whole", "`whole`, `as_sent`", "12",
               "`turn_detection` in `session.updated`: with its defaults, or "
               "what was sent"},
    NamedPoint{
        "reasoning_tokens", "present", "`present`, `absent`", "5.3",
        "`output_token_details.reasoning_tokens` in the usage of a model that reasons (gpt-realtime-2 and "
        "its "
        "kin): 16 of the text tokens of each response. gpt-realtime-2.1-mini had them in September 2026, "
        "earlier recordings of 2.1 have none"}};

constexpr std::string_view kPage =
    R"(# What nobody has recorded of the Realtime API

The fake imitates recordings of the live service. Where none is published, and the documentation says
nothing or too little, the fake does what is likeliest, and a setting makes it do otherwise: a client
that is right under both is right. Settings stand in a scenario, in the script of `linecheck openai`, or
in a `PUT /behaviour`:

```yaml
openai:
  unverified: {pong_within: 60s, second_truncation: refused}
```

| setting | default | values | what |
| --- | --- | --- | --- |
)";

constexpr std::string_view kElsewhere = R"(
Open as well, and words of their own: how much audio the first delta holds
(`openai.pace.first_delta_audio`, default 100 to 190 ms), refusals by HTTP status at the upgrade
(`openai.faults` `http_403`, `http_429`, `http_5xx`: never by default), pings (`openai.ping_every`,
default 20.26 s).
Frames in pieces are the fault `fragmented_frames`.

**MCP.** Servers of tools are words of the script: `openai.mcp` says what they offer, `server:` beside `tool:`
in a reply that the service calls one. The order of the events is the documentation's, since nobody has
published a recording; whether the model speaks on in the same response is the script's to say (`then:`).

**Guesses without a setting.**

- `truncation`: a conversation never is too long. With `disabled` the service fails when the context is
  full (32,768 tokens of `gpt-realtime`); how it says so is not known, and the fake never does.
- `mcp_approval_response` with an `approval_request_id` that is nobody's is taken, and nothing comes of it.
- The words of the error for an MCP tool without `server_url`, `connector_id` and `tunnel_id`
  (`missing_required_parameter`), and for an image whose URL is neither `data:` nor `https:`.
- Azure's preview without a `deployment`: `missing_model`, as without a model elsewhere.
- What a joined call begins with beyond its first event (`joined_call`): all goes on as in any session.

This page is generated from the fake's own table: `openai_faults_docs settings >
docs/openai-settings.md`.
)";

}  // namespace

std::span<const NamedPoint> named_points() {
  return kPoints;
}

std::string describe_points() {
  std::string page(kPage);
  for (const NamedPoint& point : kPoints) {
    page += "| `" + std::string(point.name) + "` | `" + std::string(point.otherwise) + "` | " +
            std::string(point.values) + " | " + std::string(point.what) + " |\n";
  }
  return page + std::string(kElsewhere);
}

std::string code_of(const ErrorBody& error, const OpenPoints& points) {
  switch (error.open_code) {
    case OpenCode::none:
      return error.code;
    case OpenCode::wrong_type:
      return points.wrong_type_code;
    case OpenCode::not_truncatable:
      return points.not_truncatable_code;
    case OpenCode::second_truncation:
      return points.second_truncation_code;
    case OpenCode::duplicate_item:
      return points.duplicate_item_code;
    case OpenCode::previous_item:
      return points.previous_item_code;
    case OpenCode::unknown_call_id:
      return points.unknown_call_id_code;
    case OpenCode::transcription_update:
      return points.transcription_update_code;
  }
  return error.code;
}

}  // namespace simulators::openai
