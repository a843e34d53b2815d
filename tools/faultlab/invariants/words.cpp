#include "tools/faultlab/invariants/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <variant>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;

// Prefixes of the simulated cloud's secrets: passwords and JWTs are Base64 of {"..., session tokens
// begin with CAIS; and the AccessKey of the lab.
constexpr std::array<std::string_view, 5> marks{"eyJ", "CAIS", "lab-secret-of", "Bearer ",
                                                "Basic "};

class word_checker : public checker {
public:
  using checker::checker;

  void logged(const log_record& line) override {
    if (holds_secret(line.message))
      leaked(line);
    for (const auto& field : line.fields)
      if (const auto* text = std::get_if<std::string>(&field.value); text && holds_secret(*text))
        leaked(line);
    if (line.event == "config_rejected")
      rejected_ = on_.elapsed();
    if ((line.event == "actor_died" || line.event == "giving_up" || line.event == "actor_failed") &&
        !told_to_die())
      on_.complain("life", "a component failed by itself: " + std::string{line.message});
  }

  void begin() override {
    for (const auto& item : on_.about.timeline)
      if (item.how == "break-config")
        on_.world->time().at(item.at + 2min, [this, at = item.at] {
          demand of;
          of.cloud = of.people = false;
          of.object = no_single_object;
          if (on_.calm.calm(on_.elapsed(), of, 110s) && rejected_ < at)
            on_.complain("I12", "a bad configuration was not told");
        });
  }

private:
  void leaked(const log_record& line) {
    on_.complain("I8", "a secret in the log: event " + std::string{line.event});
  }

  bool told_to_die() const {
    return std::any_of(on_.about.timeline.begin(), on_.about.timeline.end(),
                       [](const lab_event& item) { return item.how == "actor-dies"; });
  }

  std::chrono::milliseconds rejected_{-1};
};

} // namespace

bool holds_secret(std::string_view text) {
  // At the beginning of a word: in the middle of an id, which is no secret, three letters may match
  // by chance.
  const auto begins = [&](std::size_t at) {
    return (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0) &&
           !text.substr(0, at).ends_with("STS.");
  };
  return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
      if (begins(at))
        return true;
    return false;
  });
}

std::unique_ptr<checker> check_words(bench& on) { return std::make_unique<word_checker>(on); }

} // namespace acr::faultlab
