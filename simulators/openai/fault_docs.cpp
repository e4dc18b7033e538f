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
```

Any fault takes `share` (of the sessions, drawn by the seed), `session` (only the one of this number, from
1), `first` (only so many, the first), `from` and `to` (sessions that arrive in this time). Those of a
response, and moments inside of one, take `response` (of this number in its session, from 1; default: each).
Moments are given either as `at` (since the session began) or inside of a response, with `after_deltas` or
`after_audio` (default: just after `response.created`). `error: {type, code, message, param}` may stand
where `code` may. What else a fault takes is listed with it; defaults are in brackets. `event` is the type
of an event, or `any`; `field` is written as the API's errors write it.

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
  std::string list;
  const auto add = [&](unsigned bit, std::string_view name, const std::string& otherwise) {
    if ((fault.takes & bit) == 0) return;
    list += (list.empty() ? "" : ", ") + ("`" + std::string(name) + "`");
    if (!otherwise.empty()) list += " [" + otherwise + "]";
  };
  add(takes::code, "code", std::string(fault.code));
  add(takes::close, "close", fault.number == 0 ? "" : std::to_string(fault.number));
  const bool has_length = fault.lasts.count() > 0;
  add(takes::at, "at", has_length && (fault.takes & takes::lasts) == 0 ? ms(fault.lasts) : "");
  add(takes::after_deltas, "after_deltas", "");
  add(takes::after_audio, "after_audio", "");
  add(takes::lasts, "for", has_length ? ms(fault.lasts) : "for ever");
  add(takes::count, "count", std::to_string(fault.number));
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
