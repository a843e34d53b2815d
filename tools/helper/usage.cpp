#include "tools/helper/usage.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include <boost/algorithm/string/join.hpp>

#include "protocol/text.hpp"
#include "tools/helper/command_line.hpp"

namespace acr::helper {

namespace {

/// How many letters must be inserted, removed, replaced or swapped with the next one.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    cost[i][0] = i;
  std::iota(cost[0].begin(), cost[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

const CLI::App* command_of(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? nullptr : chosen.front();
}

std::string quoted(const std::string& word) { return "'" + one_line(word) + "'"; }

/// The first unknown word, in the order given.
std::string first_unknown(const CLI::App& app, const std::vector<std::string>& words) {
  const auto left = app.remaining(true);
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) {
    return std::find(left.begin(), left.end(), word) != left.end();
  });
  return found == words.end() ? std::string{} : *found;
}

std::string unknown_flag(const CLI::App& of, const std::string& name, const std::string& word) {
  const auto flag = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const auto* option : options_of(of))
    for (const auto& one : words_of(*option))
      known.push_back(one);
  return name + " has no flag " + one_line(flag) + did_you_mean(flag, known);
}

std::string no_command(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const auto* one : commands_of(app))
    names.push_back(one->get_name());
  if (words.empty())
    return "a command is missing: one of " + boost::algorithm::join(names, ", ");
  const auto& word = words.front();
  if (word.starts_with('-'))
    return unknown_flag(app, "the program", word);
  const auto guess = did_you_mean(word, names);
  return "there is no command " + quoted(word) +
         (guess.empty() ? ": there are " + boost::algorithm::join(names, ", ") : guess);
}

/// "--x excludes --y" -> its two names; empty: another message.
std::vector<std::string> both_sides(const std::string& text, const std::string& verb) {
  const auto at = text.find(verb);
  if (at == std::string::npos)
    return {};
  return {text.substr(0, at), text.substr(at + verb.size())};
}

std::string in_plain_words(const CLI::App& app, const CLI::ParseError& error,
                           const std::vector<std::string>& words) {
  const auto* command = command_of(app);
  if (!command)
    return no_command(app, words);
  const std::string text = error.what();
  const auto name = text.substr(0, text.find(':'));
  // By its code: its name is that of the command.
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const auto word = first_unknown(app, words);
    return word.starts_with('-') && word.size() > 1
               ? unknown_flag(*command, command->get_name(), word)
               : command->get_name() + " takes no further argument, but was given " + quoted(word);
  }
  if (error.get_name() == "ArgumentMismatch")
    return text.find("At Most") != std::string::npos ? name + " was given more than once"
                                                     : name + " needs a value";
  if (const auto sides = both_sides(text, " excludes "); !sides.empty())
    return "give either " + sides[0] + " or " + sides[1] + ", not both";
  if (const auto sides = both_sides(text, " requires "); !sides.empty())
    return sides[0] + " is of use only with " + sides[1];
  if (const auto end = text.find(" is required"); end != std::string::npos)
    return text.substr(0, end) + " is missing";
  return one_line(text);
}

} // namespace

std::string closest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& one : candidates) {
    auto far = distance(word, one);
    if (word.size() > 2 && one.starts_with(word))
      far = std::min<std::size_t>(far, 1);
    if (far < least) {
      least = far;
      best = one;
    }
  }
  return best;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const auto found = closest(word, candidates);
  return found.empty() ? std::string{} : "; did you mean " + found + "?";
}

std::string usage_error(const CLI::App& app, const CLI::ParseError& error,
                        const std::vector<std::string>& words) {
  const auto* command = command_of(app);
  return app.get_name() + ": " + in_plain_words(app, error, words) + "\n" + app.get_name() +
         (command ? " " + command->get_name() : std::string{}) + " --help tells more\n";
}

std::function<std::string(const std::string&)> whole_number(int from, int to) {
  return [from, to](const std::string& text) {
    int value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    if (problem == std::errc{} && stop == end && value >= from && value <= to)
      return std::string{};
    return "'" + text + "' must be a whole number from " + std::to_string(from) + " to " +
           std::to_string(to);
  };
}

} // namespace acr::helper
