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
  return first_of(engine::load_part(std::make_shared<engine::Source>("script", text), clips_));
}

const char* Scripts::default_caller() {
  return "caller:\n"
         "  - wait: 500ms\n"
         "  - say: {speech: 1500ms}\n"
         "  - wait_for: bot_finished\n"
         "  - wait: 300ms\n"
         "  - say: {speech: 2s}\n"
         "  - wait_for: bot_finished\n"
         "  - hang_up\n";
}

}  // namespace scenarios::cli
