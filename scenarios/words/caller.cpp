#include "runtime/core/overloaded.hpp"
#include "scenarios/words/parties.hpp"
#include "scenarios/words/plain.hpp"

namespace scenarios::words {
namespace {

namespace twilio = simulators::twilio;

std::string awaited(const twilio::WaitFor& wait) {
  using What = twilio::WaitFor::What;
  const bool lasting = wait.lasting > runtime::Duration(0);
  switch (wait.what) {
    case What::bot_speaking:
      return lasting ? "the bot has been speaking for " + duration(wait.lasting) : "the bot speaks";
    case What::bot_finished:
      return "the bot has spoken, and has then been quiet for " + duration(wait.quiet);
    case What::heard_anything:
      return "the first sound is heard";
    case What::heard_sound:
      return (lasting ? duration(wait.lasting) + " of " : "") + wait.sound + " has been heard";
    case What::silence:
      return "the bot has been silent for " + duration(wait.lasting);
    case What::call_ended:
      return "the call has ended";
  }
  return {};
}

std::string keys(const twilio::Press& press) {
  std::string spaced;
  for (const char key : press.keys) spaced += (spaced.empty() ? "" : " ") + std::string(1, key);
  return "presses " + spaced;
}

}  // namespace

std::string step(const twilio::Step& step) {
  return std::visit(
      runtime::Overloaded{
          [](const twilio::Wait& wait) { return "waits " + duration(wait.length); },
          [](const twilio::Say& say) {
            return "says " + cited(say.label) + ", which takes " + length_of(say.clip.mulaw);
          },
          [](const twilio::Silence& silence) { return "says nothing for " + duration(silence.length); },
          [](const twilio::Press& press) { return keys(press); },
          [](const twilio::Listen& listen) {
            return listen.length ? "listens for " + duration(*listen.length)
                                 : std::string("listens until the call ends");
          },
          [](const twilio::WaitFor& wait) {
            return "waits until " + awaited(wait) + ", but no longer than " + duration(wait.at_most);
          },
          [](const twilio::HangUp&) { return std::string("hangs up"); },
          [](const twilio::WaitUntil& until) {
            return "waits until " + duration(until.at) + " after the beginning";
          },
          [](const twilio::NoPackets& gone) {
            return "is cut off for " + duration(gone.length) + ": the phone sends nothing, not even silence";
          },
      },
      step.action);
}

}  // namespace scenarios::words
