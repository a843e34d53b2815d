#include "tools/helper/man_page.hpp"

#include <string_view>

#include <boost/algorithm/string/join.hpp>

#include "tools/helper/command_line.hpp"

namespace acr::helper {

namespace {

/// Escapes text so that roff prints it unchanged.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out.append("\\&").append(1, c);
    else
      out += c;
  return out;
}

/// A footer is formatted by hand.
std::string as_it_is(const std::string& text) { return ".nf\n" + plain(text) + "\n.fi\n"; }

void describe(const CLI::Option& option, std::string& out) {
  out += ".TP\n.B ";
  const auto words =
      option.get_positional() ? std::vector<std::string>{option.get_name(true)} : words_of(option);
  out += plain(boost::algorithm::join(words, ", "));
  if (takes_value(option) && !option.get_positional())
    out += " " + plain(option.get_type_name());
  out += "\n" + plain(option.get_description());
  if (!option.get_default_str().empty())
    out += "; default: " + plain(option.get_default_str());
  out += "\n";
}

} // namespace

std::string man_page(const CLI::App& app) {
  std::string out =
      ".TH ACR\\-CREDENTIAL\\-HELPER 8 \"\" \"" ACR_VERSION "\"\n"
      ".SH NAME\nacr\\-credential\\-helper \\- credentials of Alibaba Cloud Container "
      "Registry for the Pods of a Kubernetes cluster\n"
      ".SH SYNOPSIS\n";
  for (const auto* command : commands_of(app)) {
    out += ".B acr\\-credential\\-helper " + plain(command->get_name()) + "\n[OPTION...]";
    for (const auto* option : command->get_options())
      if (option->get_positional())
        out += option->get_required() ? " " + option->get_name(true)
                                      : " [" + option->get_name(true) + "]";
    out += "\n.br\n";
  }
  out += ".SH DESCRIPTION\n" + plain(app.get_description()) +
         "\nAs kubectl\\-acr on the PATH it is a plugin of kubectl: kubectl acr COMMAND.\n";
  for (const auto* command : commands_of(app)) {
    out += ".SH " + plain(command->get_name()) + "\n" + plain(command->get_description()) + ".\n";
    for (const auto* option : command->get_options())
      if (option->get_positional())
        describe(*option, out);
    for (const auto* option : options_of(*command))
      describe(*option, out);
    if (!command->get_footer().empty())
      out += ".PP\n" + as_it_is(command->get_footer());
  }
  return out;
}

} // namespace acr::helper
