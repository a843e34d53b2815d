#include "tools/helper/doctor_report.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace acr::helper {

namespace {

constexpr auto something_is_wrong = static_cast<exit_code>(3);

/// "5 ok, 2 notes, 1 FAULT"
std::string counts(const std::vector<finding>& all) {
  const auto of = [&all](finding_level level) {
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& one) { return one.level == level; });
  };
  const auto notes = of(finding_level::note);
  const auto faults = of(finding_level::fault);
  return std::to_string(of(finding_level::good)) + " ok, " + std::to_string(notes) +
         (notes == 1 ? " note, " : " notes, ") + std::to_string(faults) +
         (faults == 1 ? " FAULT" : " FAULTs");
}

} // namespace

doctor_report::doctor_report(output_format format)
    : format_{format}, colours_{shows_colours(stdout)} {}

void doctor_report::add(finding one) {
  const std::lock_guard lock{guard_};
  if (format_ == output_format::text) {
    shown_.make_room();
    std::fputs(in_words(one, colours_).c_str(), stdout);
    std::fflush(stdout);
  }
  all_.push_back(std::move(one));
}

exit_code doctor_report::end() {
  const std::lock_guard lock{guard_};
  shown_.doing("");
  shown_.make_room();
  std::fputs(format_ == output_format::text
                 ? (counts(all_) + "\n").c_str()
                 : for_programs(to_json("healthy", all_, !any_fault(all_)), format_).c_str(),
             stdout);
  return any_fault(all_) ? something_is_wrong : exit_code::orderly;
}

} // namespace acr::helper
