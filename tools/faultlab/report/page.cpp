#include "tools/faultlab/report/page.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "runtime/observability/status_page.hpp"
#include "tools/faultlab/report/summary.hpp"
#include "tools/faultlab/report/timeline.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--box:#f6f8fa;--line:#d0d7de;
--good:#2da44e;--warn:#d4a72c;--bad:#cf222e;--cloud:#a5c8f0;--api:#d8c2f5;--helper:#f3c7a0}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--box:#161b22;
--line:#30363d;--good:#2ea043;--warn:#bb8009;--bad:#f85149;--cloud:#1f4b7a;--api:#53338a;
--helper:#7a4316}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:82rem;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}
.verdict.good{color:var(--good)}.verdict.bad{color:var(--bad)}
pre,.box{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.75rem;
overflow-x:auto;margin:.5rem 0}pre{font:12px/1.45 ui-monospace,monospace}
svg{width:100%;min-width:56rem;height:auto;font:11px system-ui,sans-serif;fill:var(--fg)}
table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top}
th{color:var(--dim);font-weight:400}.dim,svg .dim,svg .tick{color:var(--dim);fill:var(--dim)}
svg .tick{text-anchor:middle}svg .name{font-weight:600}
svg .grid{stroke:var(--line);stroke-width:.5}svg .do{stroke:var(--fg);stroke-width:2}
svg rect.cloud{fill:var(--cloud)}svg rect.api{fill:var(--api)}svg rect.helper{fill:var(--helper)}
svg rect.good{fill:var(--good)}svg rect.warn{fill:var(--warn)}svg rect.none{fill:var(--bad)}
svg line.ok{stroke:var(--good);stroke-width:1.5}svg line.failed{stroke:var(--bad);stroke-width:1}
svg circle.ok{fill:var(--good)}svg circle.failed{fill:var(--bad)}
svg line.bad{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:4 2}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin:0 .3rem 0 1rem}
)";

// The invariants, in the words of docs/reliability.md.
constexpr std::array<std::pair<const char*, const char*>, 17> invariants{{
    {"I1", "no expired password stays"},
    {"I2", "no password ends without a successor that could be had, none is given up"},
    {"I4", "entries of others in a list are never lost"},
    {"I5", "few calls to the cloud"},
    {"I6", "few requests to the API server"},
    {"I7", "all is as it should be a minute after the last disturbance"},
    {"I8", "no secret in the log"},
    {"I9", "nothing foreign is touched"},
    {"I10", "nothing is left behind out of scope"},
    {"I11", "actors end when asked to, and none runs without end"},
    {"I12", "a bad configuration changes nothing"},
    {"I14", "no object is written too often"},
    {"I17", "status, log and the count of served namespaces are true"},
    {"I18", "accounts are linked at their creation where the webhook can be asked"},
    {"life", "no component fails by itself"},
    {"one writer", "only the leader writes"},
    {"pulls", "in calm a Pod pulls at the first attempt"},
}};

// Context of a violation: this long before and after, and no more lines than can be read.
constexpr ms before = 30s;
constexpr ms after = 5s;
constexpr std::size_t most_lines = 150;

std::string around(const std::string& trace, ms at) {
  std::vector<std::string_view> lines;
  for (std::string_view rest = trace; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size() - 1);
    std::int64_t then = 0;
    std::from_chars(rest.data(), rest.data() + end, then);
    if (ms{then} >= at - before && ms{then} <= at + after)
      lines.push_back(rest.substr(0, end + 1));
    rest.remove_prefix(end + 1);
  }
  std::string text;
  const auto skipped = lines.size() - std::min(lines.size(), most_lines);
  if (skipped > 0)
    text = "(" + std::to_string(skipped) + " lines before)\n";
  for (auto line = lines.begin() + static_cast<std::ptrdiff_t>(skipped); line != lines.end();
       ++line)
    text += *line;
  return text;
}

std::string verdicts(const outcome& out) {
  std::string text = "<table><tr><th></th><th>invariant</th><th>violations</th></tr>\n";
  const auto row = [&](const std::string& name, const std::string& what) {
    const auto found = std::count_if(out.violations.begin(), out.violations.end(),
                                     [&](const violation& one) { return one.invariant == name; });
    text.append("<tr><td>").append(html_escaped(name)).append("</td><td>").append(what);
    text.append("</td><td class=\"verdict ").append(found == 0 ? "good\">none" : "bad\">");
    text.append(found == 0 ? "" : std::to_string(found)).append("</td></tr>\n");
  };
  for (const auto& [name, what] : invariants)
    row(name, what);
  row("expect", "what the scenario expects beside these");
  return text + "</table>\n";
}

} // namespace

std::string write_page(const scenario& about, const outcome& out, const chronicle& seen) {
  std::string text = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>)";
  const auto* const verdict = out.good() ? "passed" : "failed";
  text.append(verdict).append(": ").append(html_escaped(about.name)).append("</title><style>");
  text.append(style).append("</style></head>\n<body><h1>").append(html_escaped(about.name));
  text.append(" <span class=\"verdict ").append(out.good() ? "good" : "bad").append("\">");
  text.append(verdict)
      .append("</span></h1>\n<p>")
      .append(html_escaped(about.about))
      .append("</p>\n");
  text.append("<pre>").append(html_escaped(summary(about, out, 0))).append("</pre>\n");
  text.append(R"(<h2>What happened</h2><div class="box">)").append(draw_timeline(about, out, seen));
  text.append(R"html(</div><p class="key dim">Passwords in the namespaces:<i
style="background:var(--good)"></i>valid in all <i style="background:var(--warn)"></i>in some
<i style="background:var(--bad)"></i>in none. Faults of:<i style="background:var(--cloud)"></i>the cloud
<i style="background:var(--api)"></i>the API server<i style="background:var(--helper)"></i>the helper and
its machine. Whatever the pointer rests on tells more.</p>
<h2>Invariants</h2>)html");
  text.append(verdicts(out));
  if (!out.good()) {
    const auto& first = out.violations.front();
    text.append("<h2>Around the first violation</h2><p>").append(html_escaped(first.invariant));
    text.append(" at ").append(write_span(first.at)).append(": ").append(html_escaped(first.what));
    text.append("</p><pre>").append(html_escaped(around(out.trace, first.at))).append("</pre>\n");
  }
  text.append("<h2>The scenario</h2><p class=\"dim\">To play it again: "
              "<code>faultlab run FILE</code> with this file.</p><pre>");
  return text.append(html_escaped(write_scenario(about))).append("</pre></body></html>\n");
}

void write_page_of(const scenario& about, const std::string& path) {
  chronicle seen;
  run_wishes wishes;
  wishes.trace = true;
  wishes.record = &seen;
  const auto out = run(about, wishes);
  std::ofstream file{path};
  file << write_page(about, out, seen);
  if (!file.flush())
    throw std::runtime_error{"cannot write " + path};
}

} // namespace acr::faultlab
