/// Error messages for a wrong command line.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace acr::helper {

/// The candidate that was most likely meant; empty: none is close enough.
std::string closest(const std::string& word, const std::vector<std::string>& candidates);

/// "; did you mean x?", or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

/// One line with the error, and one on where to read more. `words`: those after the program's name,
/// as given.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error,
                        const std::vector<std::string>& words);

/// An option with a fixed set of words as values. Its own check: that of CLI11 prints numbers, and
/// accepts them.
template <class Value>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Value& value,
                        const std::string& help, const std::map<std::string, Value>& choices) {
  std::vector<std::string> words;
  for (const auto& [word, meaning] : choices)
    words.push_back(word);
  return app
      .add_option_function<std::string>(
          name, [&value, choices](const std::string& text) { value = choices.at(text); }, help)
      ->check([words](const std::string& text) {
        std::string known;
        for (const auto& word : words) {
          if (word == text)
            return std::string{};
          known += (known.empty() ? "" : ", ") + word;
        }
        return "'" + text + "' must be one of " + known + did_you_mean(text, words);
      });
}

/// The check of a number.
std::function<std::string(const std::string&)> whole_number(int from, int to);

} // namespace acr::helper
