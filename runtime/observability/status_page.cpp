#include "runtime/observability/status_page.hpp"

#include <initializer_list>
#include <optional>

#include "runtime/observability/status_page_instances.hpp"

namespace acr {

namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
)";

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--box:#f6f8fa;--line:#d0d7de;
--good:#1a7f37;--warn:#9a6700;--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--box:#161b22;
--line:#30363d;--good:#3fb950;--warn:#d29922;--bad:#f85149}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}h3{font-size:1rem;
font-weight:600;margin:0}caption{text-align:left;color:var(--dim);font-size:.85rem}
nav{display:flex;gap:1rem;margin:.5rem 0}a{color:inherit}
header,.row{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
header p{margin:0}
.dim{color:var(--dim)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.box{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.75rem;
margin:.5rem 0;overflow-wrap:anywhere}
.box p,.box ul{margin:.25rem 0}.box ul{padding-left:1.2rem}
b{font-weight:600}.right{margin-left:auto}
.bar{height:.5rem;border-radius:3px;background:var(--line);margin:.4rem 0;overflow:hidden}
.bar i{display:block;height:100%;background:currentColor}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.5rem;margin:.5rem 0}
dl div{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem}
dt{color:var(--dim);font-size:.85rem}dd{margin:0;font-size:1.2rem}
table{width:100%;border-collapse:collapse}th,td{padding:.25rem .5rem .25rem 0;text-align:left;
vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th[scope=col]{color:var(--dim);font-weight:400;font-size:.85rem}th[scope=row]{font-weight:400}td:last-child,th:last-child{padding-right:0}
form{display:flex;flex-wrap:wrap;gap:.5rem;margin:.5rem 0}input,button{font:inherit;color:inherit;
background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.25rem .6rem}
input{flex:1 1 12rem;min-width:0}time{white-space:nowrap}
@media(min-width:40rem){.short{white-space:nowrap}}form a{align-self:center}
)";

constexpr int refreshed_every = 15; // seconds

/// A namespace that waits for less than this is not shown.
constexpr std::chrono::seconds told_late{10};

class document {
public:
  document(const helper_status& state, const namespaces_shown& shown, wall_time now)
      : state_{state}, shown_{shown}, now_{now} {}

  std::string write(const std::string& version) {
    const auto trouble = instances_in_trouble(state_, now_);
    add({head});
    if (shown_.wish.live)
      add({"<meta http-equiv=\"refresh\" content=\"", std::to_string(refreshed_every), "\">\n"});
    add({"<title>", state_.ready() ? "" : "Not ready: ", trouble, trouble.empty() ? "" : ": ",
         "acr-credential-helper</title><style>", style, "</style></head>\n<body>"});
    add({"<header><h1>acr-credential-helper</h1><p class=\"", state_.ready() ? "good" : "warn",
         "\"><b>", state_.ready() ? "ready" : "not ready", "</b>",
         state_.leads ? "" : ", standing by: another replica does the work", "</p>"});
    if (!trouble.empty())
      add({"<p class=\"bad\"><b>", trouble, "</b></p>"});
    add({"<p class=\"dim right\">version ", html_escaped(version), ", up ",
         in_words(now_ - state_.started_at), ", ", to_rfc3339(now_), "</p></header>\n<main>\n"});
    tools();
    configuration();
    write_instances(text_, state_, shown_.wish, now_);
    namespaces();
    happened();
    add({"<p class=\"dim\">The same as JSON: <a href=\"/status\">/status</a></p></main></body>"
         "</html>\n"});
    return text_.take();
  }

private:
  void add(std::initializer_list<std::string_view> parts) { text_.add(parts); }

  /// A reload must not discard what is being typed: either the page refreshes itself, or it has a
  /// field.
  void tools() {
    auto other = shown_.wish;
    other.live = !other.live;
    if (shown_.wish.live) {
      add({"<p>Refreshed every ", std::to_string(refreshed_every), " seconds. <a href=\"",
           address_of(other), "\">Stop that</a> to search.</p>\n"});
      return;
    }
    add({"<form method=\"get\" action=\"/\" role=\"search\"><input name=\"find\" type=\"search\" "
         "aria-label=\"Part of a name\" placeholder=\"Part of the name of an instance, domain, "
         "namespace or service account\" value=\"",
         html_escaped(shown_.wish.find), "\"><button>Find</button> <a href=\"", address_of(other),
         "\">Refresh every ", std::to_string(refreshed_every), " seconds</a></form>\n"});
  }

  void configuration() {
    const auto& known = state_.configuration;
    add({"<section aria-labelledby=\"configuration\"><h2 id=\"configuration\">Configuration</h2>\n"
         "<div class=\"box\"><p class=\"row\"><span>",
         html_escaped(known.source), "</span>"});
    if (!known.read)
      add({"<b class=\"warn\">not read yet</b></p>"});
    else if (known.verdict == configuration_verdict::accepted)
      add({"<b class=\"good\">accepted</b></p>"});
    else
      add({"<b class=\"bad\">",
           known.verdict == configuration_verdict::rejected ? "rejected" : "missing", "</b><span>",
           known.in_force ? "the last good one stays in force"
                          : "nothing is done until it is there",
           "</span></p>"});
    if (known.accepted_at)
      add({"<p class=\"dim\">Namespaces: ", html_escaped(known.namespaces),
           ". Service accounts: ", html_escaped(known.service_accounts),
           ". Renewed with less than ", in_words(known.threshold), " left. Accepted ",
           in_words(now_ - *known.accepted_at), " ago.</p>"});
    if (!known.problems.empty()) {
      add({"<ul class=\"", known.entries_rejected > 0 ? "bad" : "warn", "\">"});
      for (const auto& problem : known.problems)
        add({"<li>", html_escaped(problem), "</li>"});
      add({"</ul>"});
    }
    add({"</div></section>\n"});
  }

  void namespaces() {
    const auto& progress = state_.writing;
    add({"<section aria-labelledby=\"namespaces\"><h2 id=\"namespaces\">Namespaces</h2>\n<dl>"});
    number("in scope", progress.namespaces, progress.warm && progress.namespaces == 0);
    number("served", progress.namespaces_served, false);
    number("writes failing", progress.failing, progress.failing > 0);
    number("with a foreign Secret", progress.foreign, progress.foreign > 0);
    number("service accounts", progress.accounts, progress.warm && progress.accounts == 0);
    number("of these linked", progress.accounts_linked, false);
    add({"</dl>\n"});
    for (const auto& entry : state_.left_out)
      add({"<p class=\"warn\">The credential of ", html_escaped(entry.instance), " for ",
           html_escaped(entry.domain), " is in no Secret: ",
           entry.no_room ? "the four Secrets are full." : "more than four instances claim it.",
           "</p>\n"});
    if (!progress.warm)
      add({"<p class=\"warn\">Not everything has been listed yet.</p>\n"});
    if (progress.unserved_since && now_ - *progress.unserved_since >= told_late)
      add({"<p class=\"warn\">A namespace has been waiting for ",
           in_words(now_ - *progress.unserved_since),
           ". The Events of the ConfigMap and of its ServiceAccounts tell why.</p>\n"});
    one_by_one();
    add({"</section>\n"});
  }

  void one_by_one() {
    if (!shown_.found) {
      add({"<p class=\"warn\">The part that writes does not answer just now.</p>\n"});
      return;
    }
    const auto& found = *shown_.found;
    if (found.some.empty()) {
      add({"<p class=\"dim\">", shown_.wish.find.empty() ? "none" : "none has such a name",
           "</p>\n"});
      return;
    }
    add({"<table><caption>Those with trouble first</caption><tr><th scope=\"col\">namespace</th>"
         "<th scope=\"col\">state</th><th scope=\"col\">accounts linked</th></tr>\n"});
    for (const auto& one : found.some)
      row(one);
    add({"</table>\n"});
    if (found.matching > found.some.size())
      add({"<p class=\"dim\">", std::to_string(found.some.size()), " of ",
           std::to_string(found.matching), "</p>\n"});
    text_.pages("namespaces", shown_.wish, &page_wish::namespaces,
                (found.matching + namespaces_on_a_page - 1) / namespaces_on_a_page);
  }

  void row(const namespace_view& one) {
    const bool bad = one.state == namespace_state::failing || one.state == namespace_state::foreign;
    const char* mood = bad ? "bad" : one.state == namespace_state::served ? "good" : "warn";
    add({"<tr><th scope=\"row\">", html_escaped(one.name), "</th><td class=\"", mood, "\">",
         to_string(one.state)});
    if (!one.reason.empty())
      add({": ", html_escaped(one.reason)});
    add({"</td><td>", std::to_string(one.linked), " of ", std::to_string(one.accounts)});
    const char* between = "<br><span class=\"dim\">not: ";
    for (const auto& account : one.unlinked) {
      add({between, html_escaped(account)});
      between = ", ";
    }
    if (!one.unlinked.empty())
      add({one.accounts - one.linked > one.unlinked.size() ? " ...</span>" : "</span>"});
    add({"</td></tr>\n"});
  }

  void happened() {
    add({"<section aria-labelledby=\"happened\"><h2 id=\"happened\">What happened last</h2>\n"});
    if (state_.happened.empty()) {
      add({"<p class=\"dim\">nothing yet</p></section>\n"});
      return;
    }
    add({"<table id=\"changes\"><tr><th scope=\"col\">when</th><th "
         "scope=\"col\">what</th></tr>\n"});
    for (const auto& one : state_.happened) {
      const auto at = to_rfc3339(one.at);
      add({"<tr><td><time datetime=\"", at, "\" title=\"", at, "\">", in_words(now_ - one.at),
           " ago</time></td><td class=\"", one.good ? "good" : "bad", "\">",
           html_escaped(one.subject), ": ", html_escaped(one.what), "</td></tr>\n"});
    }
    add({"</table></section>\n"});
  }

  void number(const char* what, std::size_t count, bool bad) {
    add({"<div><dt>", what, "</dt><dd", bad ? " class=\"bad\">" : ">", std::to_string(count),
         "</dd></div>"});
  }

  const helper_status& state_;
  const namespaces_shown& shown_;
  wall_time now_;
  html_text text_;
};

} // namespace

std::string status_page(const helper_status& state, const namespaces_shown& namespaces,
                        const std::string& version, wall_time now) {
  return document{state, namespaces, now}.write(version);
}

} // namespace acr
