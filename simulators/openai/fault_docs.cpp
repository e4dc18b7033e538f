#include "simulators/openai/fault.hpp"

#include <array>
#include <utility>

namespace simulators::openai {
namespace {

constexpr std::string_view kIntroduction = R"(# What the fake OpenAI can do wrong

Each fault has a name. A scenario lists them under `openai`, each with the sessions that it strikes and its
moment:

```yaml
openai:
  faults:
    - {kind: http_429, share: 30%, from: 0s, to: 20s}   # of the sessions that arrive in the first 20 s
    - {kind: stall, response: 2, after_deltas: 3, for: 2s}
    - {kind: close, close: 1011, at: 5s}                # five seconds into each session
    - {kind: failed_response, code: insufficient_quota, session: 1}
    - {kind: http_503, first: 2}                        # the third dial is let in
    - {kind: null_field, event: response.done, field: response.usage}
    - {kind: silent_audio, response: 1, after_audio: 2s}  # two seconds are heard, the rest is silence
    - {kind: never_ending_speech, at: 30s}              # turns end for half a minute, then no more
    - {kind: session_update_refused, count: 1}          # the second session.update is taken
```

**Which sessions.** Any fault takes `share` (of the sessions, drawn by the seed), `session` (only the one of
this number, from 1), `first` (only so many, the first), `from` and `to` (sessions that arrive in this time).
On a server both count anew from each `PUT /behaviour` and each `POST /reset`. The numbers of its control API
are others: they begin at 0 and go on for ever.

**When.** Either `at` (since the session began), or inside of a response: `response` (of this number in its
session, from 1; default: each) with `after_deltas` or `after_audio` (default: just after
`response.created`). What it means depends on what is struck:

- a moment: it happens then, and has to be told when;
- a session: the fault begins then, and holds from then on; default: from the session's beginning;
- a response: `at` stands for the responses that are asked for since then, and `after_deltas` or
  `after_audio`, where it takes them, for the place in its audio where the fault begins; default: from the
  response's beginning. A response that ends sooner is whole, but for one that fails or is incomplete:
  that it then is at its end.

What each fault takes is listed with it, defaults in brackets: *moment* stands for `at`, `response`,
`after_deltas` and `after_audio`, *answer* for `response` and `at`. `error: {type, code, message, param}` may
stand where `code` may. `event` is the type of an event that the fake sends (docs/openai-events.md; at the
URL of Azure's preview beta's names), or `any`; `field` is written as the API's errors write it.

**Which struck.** At the end of a run a note names each fault that did nothing: no session or response was
its own, its moment or its place in a response's audio never came, nobody cancelled what was to ignore it, or
no event had its field. Any other fault of a session or a response counts as struck with it, seen or not.

Faults of the network below (a host that is down, TLS that fails, a path that stalls, a reset) are
`openai: {host: ...}` and the scenario's own `faults`.

This page is generated from the fake's own table: `openai_faults_docs > docs/openai-faults.md`.
)";

struct Chapter {
  FaultScope scope;
  std::string_view title;
};
constexpr std::array<Chapter, 4> kChapters{{{FaultScope::handshake, "The handshake"},
                                            {FaultScope::session, "A session"},
                                            {FaultScope::moment, "A moment"},
                                            {FaultScope::response, "A response"}}};

std::string ms(std::chrono::milliseconds length) {
  return std::to_string(length.count()) + "ms";
}

std::string parameters(const NamedFault& fault) {
  constexpr unsigned kWithinAnswer = takes::response | takes::at;
  constexpr unsigned kMoment = kWithinAnswer | takes::after_deltas | takes::after_audio;
  std::string list = (fault.takes & kMoment) == kMoment               ? "*moment*"
                     : (fault.takes & kWithinAnswer) == kWithinAnswer ? "*answer*"
                                                                      : "";
  const auto add = [&](unsigned bit, std::string_view name, const std::string& otherwise) {
    if ((fault.takes & bit) == 0) return;
    list += (list.empty() ? "" : ", ") + ("`" + std::string(name) + "`");
    if (!otherwise.empty()) list += " [" + otherwise + "]";
  };
  const bool has_length = fault.lasts.count() > 0;
  add(takes::code, "code", std::string(fault.code));
  add(takes::close, "close", fault.number == 0 ? "" : std::to_string(fault.number));
  if (has_length && (fault.takes & takes::lasts) == 0) list += ", `at` [" + ms(fault.lasts) + "]";
  add(takes::lasts, "for", has_length ? ms(fault.lasts) : "for ever");
  add(takes::count, "count", fault.number == 0 ? "each" : std::to_string(fault.number));
  add(takes::format, "format", "the other of pcm and pcmu");
  add(takes::event, "event", std::string(fault.event));
  add(takes::field, "field", std::string(fault.field));
  return list;
}

}  // namespace

std::string describe_faults() {
  std::string page(kIntroduction);
  for (const Chapter& chapter : kChapters) {
    page +=
        "\n## " + std::string(chapter.title) + "\n\n| `kind` | what happens | takes |\n| --- | --- | --- |\n";
    for (const NamedFault& fault : named_faults()) {
      if (fault.scope != chapter.scope) continue;
      page += "| `" + std::string(fault.name) + "` | " + std::string(fault.what) + " | " + parameters(fault) +
              " |\n";
    }
  }
  return page;
}

}  // namespace simulators::openai
