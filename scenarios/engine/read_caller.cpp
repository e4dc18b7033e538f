#include "scenarios/engine/reading.hpp"

namespace scenarios::engine {
namespace {

namespace twilio = simulators::twilio;
using What = twilio::WaitFor::What;

constexpr Word<What> kEvents[] = {{"bot_finished", What::bot_finished},
                                  {"bot_speaking", What::bot_speaking},
                                  {"heard_anything", What::heard_anything},
                                  {"call_ended", What::call_ended}};

twilio::WaitFor read_wait_for(const Field& field) {
  twilio::WaitFor wait;
  wait.what = choose(field.text("wait_for"), kEvents);
  if (field.has("for") && wait.what != What::bot_speaking) {
    field.at("for").problem("'for' belongs to wait_for: bot_speaking");
  }
  if (field.has("quiet") && wait.what != What::bot_finished) {
    field.at("quiet").problem("'quiet' belongs to wait_for: bot_finished");
  }
  wait.lasting = field.duration("for", wait.lasting);
  wait.quiet = field.duration("quiet", wait.quiet);
  wait.at_most = field.duration("at_most", wait.at_most);
  return wait;
}

twilio::Step read_step(const Field& field) {
  twilio::Step step;
  step.as = field.is_map() ? field.text("as") : "";
  if (field.has("wait")) {
    step.action = twilio::Wait{field.duration("wait")};
  } else if (field.has("silence")) {
    step.action = twilio::Silence{field.duration("silence")};
  } else if (field.has("say")) {
    Sound sound = read_sound(field.at("say"));
    step.action = twilio::Say{std::move(sound.clip), std::move(sound.label)};
  } else if (field.has("press")) {
    twilio::Press press;
    press.keys = field.text("press");
    press.gap = field.duration("gap", press.gap);
    step.action = std::move(press);
  } else if (field.has("listen")) {
    const Field listen = field.at("listen");
    const bool to_the_end = listen.text() == "until_call_ends";
    step.action = twilio::Listen{to_the_end ? std::nullopt : std::optional(listen.duration())};
  } else if (field.has("wait_for")) {
    step.action = read_wait_for(field);
  } else {
    step.action = twilio::HangUp{};
  }
  return step;
}

}  // namespace

twilio::CallerScript read_caller(const Field& list) {
  twilio::CallerScript script;
  for (const auto& entry : list.each()) {
    if (!script.empty() && std::holds_alternative<twilio::HangUp>(script.back().action)) {
      entry.problem("this step is never reached: the caller has hung up");
    }
    script.push_back(read_step(entry));
  }
  return script;
}

}  // namespace scenarios::engine
