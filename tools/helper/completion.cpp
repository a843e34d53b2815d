#include "tools/helper/completion.hpp"

#include <string_view>
#include <vector>

#include <boost/algorithm/string/join.hpp>

#include "tools/helper/command_line.hpp"

namespace acr::helper {

namespace {

constexpr const char* program = "acr-credential-helper";
constexpr const char* plugin = "kubectl-acr";

std::string all_words(const CLI::App& app, bool with_value_only) {
  std::vector<std::string> out;
  for (const auto* option : options_of(app))
    if (!with_value_only || takes_value(*option))
      for (auto& word : words_of(*option))
        out.push_back(std::move(word));
  return boost::algorithm::join(out, with_value_only ? "|" : " ");
}

std::string names_of(const CLI::App& app, const char* between) {
  std::vector<std::string> out;
  for (const auto* command : commands_of(app))
    out.push_back(command->get_name());
  return boost::algorithm::join(out, between);
}

/// Removes characters that end single quotes or are special in zsh's lists.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (std::string_view{"'[]\\:"}.find(c) == std::string_view::npos)
      out += c;
    else if (c == ':')
      out += ',';
  return out;
}

/// The function for bash, without the line that registers it.
std::string bash_function(const CLI::App& app) {
  std::string out =
      "_acr_credential_helper() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
      "  local command='' words='' valued='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${COMP_WORDS[i]}\" in\n      ";
  out.append(names_of(app, "|"))
      .append(") command=\"${COMP_WORDS[i]}\"; break ;;\n    esac\n  done\n");
  out += "  case \"$command\" in\n";
  for (const auto* command : commands_of(app))
    out.append("    ")
        .append(command->get_name())
        .append(") words='")
        .append(all_words(*command, false))
        .append("' valued='|")
        .append(all_words(*command, true))
        .append("|' ;;\n");
  out.append("    *) words='")
      .append(names_of(app, " "))
      .append(" ")
      .append(all_words(app, false))
      .append("' ;;\n  esac\n");
  out += "  COMPREPLY=()\n"
         "  [[ -n \"$before\" && \"$valued\" == *\"|$before|\"* ]] && return # a value: files\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n";
  return out;
}

std::string bash(const CLI::App& app) {
  auto out = bash_function(app);
  out.append("complete -o default -F _acr_credential_helper ")
      .append(program)
      .append(" ")
      .append(plugin)
      .append("\n");
  return out;
}

/// kubectl gives the words behind `acr`, the last of which is to be completed, and takes one
/// candidate per line, then what the shell may add: files (:0) where a value is expected, else
/// nothing (:4).
std::string kubectl(const CLI::App& app) {
  return "#!/usr/bin/env bash\n" + bash_function(app) +
         "(($#)) || set -- ''\n"
         "COMP_WORDS=(kubectl-acr \"$@\")\n"
         "COMP_CWORD=$#\n"
         "_acr_credential_helper\n"
         "((${#COMPREPLY[@]})) || { echo :0; exit; }\n"
         "printf '%s\\n' \"${COMPREPLY[@]}\" :4\n";
}

std::string zsh(const CLI::App& app) {
  std::string out = "#compdef ";
  out.append(program).append(" ").append(plugin).append(
      "\n\n_acr_credential_helper() {\n  local -a commands\n  commands=(\n");
  for (const auto* command : commands_of(app))
    out.append("    '")
        .append(command->get_name())
        .append(":")
        .append(plain(command->get_description()))
        .append("'\n");
  out += "  )\n"
         "  local state\n"
         "  _arguments -C '1: :->command' '*:: :->rest'\n"
         "  case \"$state\" in\n"
         "    command) _describe command commands ;;\n"
         "    rest)\n"
         "      case \"$words[1]\" in\n";
  for (const auto* command : commands_of(app)) {
    out.append("        ").append(command->get_name()).append(") _arguments");
    for (const auto* option : options_of(*command))
      for (const auto& word : words_of(*option))
        out.append(" \\\n          '")
            .append(word)
            .append("[")
            .append(plain(option->get_description()))
            .append("]")
            .append(takes_value(*option) ? ":value:_files'" : "'");
    out += " \\\n          '*:file:_files' ;;\n";
  }
  out += "      esac ;;\n  esac\n}\n\n"
         "_acr_credential_helper \"$@\"\n";
  return out;
}

std::string fish(const CLI::App& app) {
  std::string out;
  for (const auto* name : {program, plugin})
    for (const auto* command : commands_of(app)) {
      const auto begin = std::string{"complete -c "} + name;
      out.append(begin)
          .append(" -n __fish_use_subcommand -f -a ")
          .append(command->get_name())
          .append(" -d '")
          .append(plain(command->get_description()))
          .append("'\n");
      for (const auto* option : options_of(*command)) {
        out.append(begin)
            .append(" -n '__fish_seen_subcommand_from ")
            .append(command->get_name())
            .append("'");
        for (const auto& letter : option->get_snames())
          out.append(" -s ").append(letter);
        for (const auto& word : option->get_lnames())
          out.append(" -l ").append(word);
        out.append(takes_value(*option) ? " -r" : "")
            .append(" -d '")
            .append(plain(option->get_description()))
            .append("'\n");
      }
    }
  return out;
}

} // namespace

std::string completion_script(const CLI::App& app, shell which) {
  switch (which) {
  case shell::zsh:
    return zsh(app);
  case shell::fish:
    return fish(app);
  case shell::kubectl:
    return kubectl(app);
  case shell::bash:
    break;
  }
  return bash(app);
}

} // namespace acr::helper
