// Scripts that complete the command line, made from the command line itself.
#include "scenarios/cli/authoring_commands.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace scenarios::cli {
namespace {

std::vector<const CLI::App*> commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::string longest_name(const CLI::Option& option) {
  return "--" + (option.get_lnames().empty() ? std::string() : option.get_lnames().front());
}

/// The words that an option takes, when it is one of a few.
std::string choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();  // "TEXT:{virtual,real}"
  const auto open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  std::string words = type.substr(open + 1, close - open - 1);
  for (char& c : words) c = c == ',' ? ' ' : c;
  return words;
}

std::string bash_script(const CLI::App& app) {
  std::string names, cases;
  for (const auto* command : commands(app)) {
    names += (names.empty() ? "" : " ") + command->get_name();
    std::string flags, values;
    for (const auto* option : options(*command)) {
      flags += (flags.empty() ? "" : " ") + longest_name(*option);
      if (const auto words = choices(*option); !words.empty())
        values += "        " + longest_name(*option) + ") words='" + words + "' ;;\n";
    }
    cases += "    " + command->get_name() + ")\n      words='" + flags + "'\n";
    if (!values.empty()) cases += "      case $before in\n" + values + "      esac\n";
    cases += "      ;;\n";
  }
  return "# bash completion for linecheck: eval \"$(linecheck completion bash)\"\n"
         "_linecheck() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         " --help --version' -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [[ $word == -* || $words != *--* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -o bashdefault -o default -F _linecheck linecheck\n";
}

/// Inside of single quotes and of _arguments' brackets.
std::string for_zsh(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
    } else if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':') {
      out += std::string("\\") + c;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string zsh_option(const CLI::Option& option) {
  std::string text = "'" + longest_name(option) + "[" + for_zsh(option.get_description()) + "]";
  const bool flag = option.get_items_expected_max() == 0;
  if (!flag) {
    const auto words = choices(option);
    text += ":value:" + (words.empty() ? std::string("_files") : "(" + words + ")");
  }
  return text + "'";
}

std::string zsh_script(const CLI::App& app) {
  std::string described, cases;
  for (const auto* command : commands(app)) {
    described += "    '" + command->get_name() + ":" + for_zsh(command->get_description()) + "'\n";
    cases += "    " + command->get_name() + ")\n      _arguments";
    for (const auto* option : options(*command)) cases += " \\\n        " + zsh_option(*option);
    cases += " \\\n        '*:path:_files'\n      ;;\n";
  }
  return "#compdef linecheck\n# zsh completion for linecheck: linecheck completion zsh > "
         "\"${fpath[1]}/_linecheck\"\n"
         "_linecheck() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         described +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe 'command' commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words\n"
         "  (( CURRENT-- ))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [ \"$funcstack[1]\" = _linecheck ]; then _linecheck \"$@\"; else compdef _linecheck linecheck; "
         "fi\n";
}

}  // namespace

void add_completion(CLI::App& app, Exit& exit) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "print a script that completes linecheck's command line");
  command->add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->footer(
      "Example: eval \"$(linecheck completion bash)\"\n"
      "Exit codes: 0 printed, 2 no such shell, 3 standard output is not taken.");
  command->callback([shell, &app, &exit] {
    std::fputs((*shell == "bash" ? bash_script(app) : zsh_script(app)).c_str(), stdout);
    exit = Exit::passed;
  });
}

}  // namespace scenarios::cli
