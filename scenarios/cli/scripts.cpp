#include "scenarios/cli/scripts.hpp"

#include "scenarios/engine/loader.hpp"

#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

namespace scenarios::cli {
namespace {

std::variant<engine::Scenario, std::string> first_of(engine::Loaded loaded) {
  if (!loaded.good()) return loaded.text();
  return std::move(loaded.scenarios.front());
}

}  // namespace

std::variant<engine::Scenario, std::string> Scripts::read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return name + ": cannot be read\n";
  return first_of(engine::load_part(std::make_shared<engine::Source>(name, std::move(text).str()), clips_));
}

std::variant<engine::Scenario, std::string> Scripts::read_text(const std::string& text) {
  const bool empty = text.find_first_not_of(" \t\r\n") == std::string::npos;
  auto source = std::make_shared<engine::Source>("script", empty ? "{}" : text);
  engine::Loaded loaded = engine::load_part(std::move(source), clips_);
  given_ = loaded.given;
  return first_of(std::move(loaded));
}

const char* Scripts::default_caller() {
  return "caller:\n"
         "  - wait: 500ms\n"
         "  - say: {text: 'Hello. Can you hear me?'}\n"
         "  - wait_for: bot_finished\n"
         "  - wait: 300ms\n"
         "  - say: {text: 'Thank you. That is all I wanted to know.'}\n"
         "  - wait_for: bot_finished\n"
         "  - hang_up\n";
}

}  // namespace scenarios::cli
