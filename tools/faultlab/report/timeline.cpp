#include "tools/faultlab/report/timeline.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "runtime/observability/status_page.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

constexpr double left = 150; // for the names
constexpr double width = 1000;
constexpr double right = 20;
constexpr double band = 16; // height of a fault
constexpr double axis_height = 24;
constexpr double story_height = 62;
// Approximate width of a letter at 11 px.
constexpr double per_letter = 6.2;

std::string fixed(double value) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << value;
  return text.str();
}

std::string described(const lab_event& item) {
  auto text = item.where + ": " + item.how;
  for (const auto& [name, value] : item.with)
    text.append(", ").append(name).append(" ").append(value);
  return text;
}

class drawing {
public:
  drawing(const scenario& about, const outcome& out, const chronicle& seen)
      : about_{about}, out_{out}, seen_{seen}, until_{std::max(out.lasted, about.lasts)} {}

  std::string draw() {
    double y = axis_height;
    y = disturbances(y);
    y = deeds(y);
    for (const auto& one : seen_.instances)
      y = story(one, y + 8);
    axis(y);
    for (const auto& one : out_.violations)
      line("bad", x(one.at), axis_height, y,
           one.invariant + " at " + write_span(one.at) + ": " + one.what);
    return "<svg viewBox=\"0 0 " + fixed(left + width + right) + " " + fixed(y + 4) +
           R"(" role="img" aria-label="What happened when">)" + text_ + "</svg>\n";
  }

private:
  double x(ms at) const {
    return left + width * static_cast<double>(at.count()) / static_cast<double>(until_.count());
  }

  static std::string title(const std::string& text) {
    return "<title>" + html_escaped(text) + "</title>";
  }

  void line(const std::string& kind, double at, double from, double to, const std::string& what) {
    text_ += "<line class=\"" + kind + "\" x1=\"" + fixed(at) + "\" x2=\"" + fixed(at) +
             "\" y1=\"" + fixed(from) + "\" y2=\"" + fixed(to) + "\">" + title(what) + "</line>\n";
  }

  void box(const std::string& kind, double from, double to, double y, double height,
           const std::string& what) {
    text_ += "<rect class=\"" + kind + "\" x=\"" + fixed(from) + "\" y=\"" + fixed(y) +
             "\" width=\"" + fixed(std::max(1.0, to - from)) + "\" height=\"" + fixed(height) +
             "\">" + title(what) + "</rect>\n";
  }

  void words(const std::string& kind, double at, double y, const std::string& what) {
    text_ += "<text class=\"" + kind + "\" x=\"" + fixed(at) + "\" y=\"" + fixed(y) + "\">" +
             html_escaped(what) + "</text>\n";
  }

  /// Lasting faults, in as many rows as needed without overlaps.
  double disturbances(double y) {
    std::vector<double> taken; // per row: its end so far
    for (const auto& item : about_.timeline) {
      if (item.where == "do")
        continue;
      const auto from = x(item.at);
      const auto to = std::max(from + 2, x(item.at + item.lasts));
      const auto label = item.where + ": " + item.how;
      const auto needed = static_cast<double>(label.size()) * per_letter + 6;
      const bool inside = needed <= to - from;
      const bool beside = !inside && to + needed < left + width;
      const auto end = beside ? to + needed : to;
      auto row = std::find_if(taken.begin(), taken.end(), [&](double t) { return t < from; });
      if (row == taken.end())
        row = taken.insert(taken.end(), 0);
      *row = end;
      const auto top = y + static_cast<double>(row - taken.begin()) * (band + 2);
      box(item.where, from, to, top, band,
          described(item) + ", from " + write_span(item.at) + " for " + write_span(item.lasts));
      if (inside || beside)
        words("label", inside ? from + 4 : to + 4, top + band - 4.5, label);
    }
    if (!taken.empty())
      words("name", 4, y + band - 4, "Faults");
    return y + static_cast<double>(taken.size()) * (band + 2) + 4;
  }

  /// Actions of people and other programs: one mark each.
  double deeds(double y) {
    bool any = false;
    for (const auto& item : about_.timeline)
      if (item.where == "do") {
        any = true;
        line("do", x(item.at), y, y + band, described(item) + ", at " + write_span(item.at));
      }
    if (any)
      words("name", 4, y + band - 4, "People and others");
    return any ? y + band + 4 : y;
  }

  double story(const instance_story& one, double y) {
    words("name", 4, y + 13, one.name);
    words("dim", 4, y + 33, "asked for passwords");
    words("dim", 4, y + 51, "Pods pulled");
    for (std::size_t i = 0; i < one.standings.size(); ++i) {
      const auto& now = one.standings[i];
      const auto to = i + 1 < one.standings.size() ? one.standings[i + 1].at : until_;
      if (now.of == 0)
        continue;
      const auto* kind = now.valid == now.of ? "good" : now.valid > 0 ? "warn" : "none";
      box(kind, x(now.at), x(to), y, 18,
          std::to_string(now.valid) + " of " + std::to_string(now.of) +
              " namespaces have a valid password, from " + write_span(now.at) + " to " +
              write_span(to));
    }
    for (const auto& item : one.attempts)
      line(item.worked ? "ok" : "failed", x(item.at), y + 22, y + 36,
           item.what + " at " + write_span(item.at));
    for (const auto& item : one.pulls)
      text_ += "<circle class=\"" + std::string{item.worked ? "ok" : "failed"} + "\" cx=\"" +
               fixed(x(item.at)) + "\" cy=\"" + fixed(y + 47) + R"(" r="2.5">)" +
               title((item.worked ? "pulled" : "could not pull") + std::string{" in "} + item.ns +
                     " at " + write_span(item.at)) +
               "</circle>\n";
    return y + story_height;
  }

  void axis(double bottom) {
    static constexpr std::array<ms, 8> steps{5min, 15min, 30min, 1h, 2h, 6h, 24h, 168h};
    const auto step =
        *std::find_if(steps.begin(), steps.end() - 1, [&](ms s) { return until_ / s <= 16; });
    for (ms at{0}; at <= until_; at += step) {
      text_ += R"(<line class="grid" x1=")" + fixed(x(at)) + "\" x2=\"" + fixed(x(at)) +
               "\" y1=\"" + fixed(axis_height - 6) + "\" y2=\"" + fixed(bottom) + "\"/>";
      words("tick", x(at), axis_height - 9, at == ms{0} ? "0" : write_span(at));
    }
  }

  const scenario& about_;
  const outcome& out_;
  const chronicle& seen_;
  ms until_;
  std::string text_;
};

} // namespace

std::string draw_timeline(const scenario& about, const outcome& out, const chronicle& seen) {
  return drawing{about, out, seen}.draw();
}

} // namespace acr::faultlab
