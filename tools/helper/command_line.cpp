#include "tools/helper/command_line.hpp"

namespace acr::helper {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  auto out = app.get_options();
  std::erase_if(out, [](const CLI::Option* option) { return option->get_positional(); });
  return {out.begin(), out.end()};
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::vector<std::string> words_of(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const auto& name : option.get_snames())
    out.push_back("-" + name);
  for (const auto& name : option.get_lnames())
    out.push_back("--" + name);
  return out;
}

} // namespace acr::helper
