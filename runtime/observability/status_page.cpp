#include "runtime/observability/status_page.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

namespace acr {

namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content=")";

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--box:#f6f8fa;--line:#d0d7de;
--good:#1a7f37;--warn:#9a6700;--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--box:#161b22;
--line:#30363d;--good:#3fb950;--warn:#d29922;--bad:#f85149}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}
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
th{color:var(--dim);font-weight:400;font-size:.85rem}td:last-child,th:last-child{padding-right:0}
form{display:flex;flex-wrap:wrap;gap:.5rem;margin:.5rem 0}input,button{font:inherit;color:inherit;
background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.25rem .6rem}
input{flex:1 1 12rem;min-width:0}time{white-space:nowrap}
)";

constexpr int refreshed_every = 15; // seconds

/// A namespace that waits no longer than this is no news.
constexpr std::chrono::seconds told_late{10};

/// "3 h 20 min", "14 min", "8 s": the two greatest parts.
std::string in_words(std::chrono::milliseconds span) {
  const auto total = std::abs(std::chrono::duration_cast<std::chrono::seconds>(span).count());
  if (total >= 86400)
    return std::to_string(total / 86400) + " d " + std::to_string(total % 86400 / 3600) + " h";
  if (total >= 3600)
    return std::to_string(total / 3600) + " h " + std::to_string(total % 3600 / 60) + " min";
  if (total >= 60)
    return std::to_string(total / 60) + " min";
  return std::to_string(total) + " s";
}

class document {
public:
  document(const helper_status& state, const namespaces_shown& shown, wall_time now)
      : state_{state}, shown_{shown}, now_{now} {}

  std::string write(const std::string& version) {
    add({head, std::to_string(refreshed_every), "\"><title>", state_.ready() ? "" : "Not ready: ",
         "acr-credential-helper</title><style>", style, "</style></head>\n<body>"});
    add({"<header><h1>acr-credential-helper</h1><p class=\"", state_.ready() ? "good" : "warn",
         "\"><b>", state_.ready() ? "ready" : "not ready", "</b>",
         state_.leads ? "" : ", standing by: another replica does the work",
         "</p><p class=\"dim right\">version ", html_escaped(version), ", up ",
         in_words(now_ - state_.started_at), ", ", to_rfc3339(now_), "</p></header>\n"});
    configuration();
    instances();
    namespaces();
    happened();
    add({"<p class=\"dim\">The same as JSON: <a href=\"/status\">/status</a></p></body></html>\n"});
    return std::move(text_);
  }

private:
  void add(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts)
      text_ += part;
  }

  void configuration() {
    const auto& known = state_.configuration;
    add({"<h2>Configuration</h2>\n<div class=\"box\"><p class=\"row\"><span>",
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
    add({"</div>\n"});
  }

  void instances() {
    add({"<h2>Instances</h2>\n"});
    if (state_.instances.empty())
      add({"<p class=\"dim\">none</p>\n"});
    for (const auto& [name, instance] : state_.instances)
      one(name, instance);
  }

  void one(const std::string& name, const instance_status& instance) {
    const bool failing = instance.failures > 0;
    const auto until = instance.valid_until(now_);
    const bool valid = until.has_value();
    const char* mood =
        !valid ? (failing || instance.withdrawn ? "bad" : "dim") : (failing ? "warn" : "good");
    const char* word = instance.withdrawn ? "withdrawn: the last password has expired"
                       : !valid  ? (failing ? "no password" : "waiting for the first answer")
                       : failing ? "valid, but renewal is failing"
                                 : "valid";
    const char* from = instance.from_before(now_) ? " (written before the restart)" : "";
    add({R"(<div class="box"><p class="row"><b>)", html_escaped(name), "</b><span class=\"", mood,
         R"(">)", word, from, "</span>"});
    if (valid)
      add({"<span class=\"dim right\">expires in ", in_words(*until - now_), "</span>"});
    add({"</p>"});
    if (valid && instance.expires_at && instance.issued_at)
      bar(instance, mood);
    if (!instance.domains.empty()) {
      add({"<p class=\"dim\">"});
      const char* between = "";
      for (const auto& domain : instance.domains) {
        add({between, html_escaped(domain)});
        between = ", ";
      }
      add({"</p>"});
    }
    for (const auto& tried : instance.logins)
      if (tried.reason)
        login(tried);
    if (instance.last_failure)
      trouble(instance);
    add({"</div>\n"});
  }

  void bar(const instance_status& instance, const char* mood) {
    const auto life = std::chrono::duration<double>{*instance.expires_at - *instance.issued_at};
    const auto left = std::chrono::duration<double>{*instance.expires_at - now_};
    const double share = life.count() > 0 ? left.count() / life.count() : 0;
    const auto percent =
        std::to_string(static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 100)));
    add({"<div class=\"bar ", mood, R"(" role="img" aria-label=")", percent,
         " percent of its life left\"><i style=\"width:", percent, "%\"></i></div>"});
  }

  void login(const registry::login_outcome& tried) {
    const bool refused = tried.verdict == registry::login_verdict::refused;
    add({refused ? "<p class=\"bad\">" : "<p class=\"dim\">", "Login tried: ",
         html_escaped(tried.reason->cause.empty() ? to_string(*tried.reason) : tried.reason->cause),
         "</p>"});
    if (refused)
      add({"<p><b>Remedy:</b> ", html_escaped(tried.reason->remedy), "</p>"});
  }

  void trouble(const instance_status& instance) {
    const auto& reason = *instance.last_failure;
    add({"<p class=\"bad\">", html_escaped(to_string(reason)), "</p>"});
    if (!reason.cause.empty())
      add({"<p><b>Cause:</b> ", html_escaped(reason.cause), "</p><p><b>Remedy:</b> ",
           html_escaped(reason.remedy), "</p>"});
    add({"<p class=\"dim\">Failed ",
         instance.failures == 1 ? "once" : std::to_string(instance.failures) + " times in a row"});
    if (instance.failed_at)
      add({", ", in_words(now_ - *instance.failed_at),
           instance.failures == 1 ? " ago" : " ago last"});
    if (instance.renew_at)
      add({*instance.renew_at > now_ ? ", tried again in " : ", due since ",
           in_words(*instance.renew_at - now_)});
    add({".</p>"});
  }

  void namespaces() {
    const auto& progress = state_.writing;
    add({"<h2>Namespaces</h2>\n<dl>"});
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
  }

  void one_by_one() {
    add({"<form method=\"get\" action=\"/\"><input name=\"namespace\" type=\"search\" "
         "aria-label=\"Part of a name\" placeholder=\"Part of the name of a namespace or service "
         "account\" value=\"",
         html_escaped(shown_.part), "\"><button>Find</button></form>\n"});
    if (!shown_.found) {
      add({"<p class=\"warn\">The part that writes does not answer just now.</p>\n"});
      return;
    }
    const auto& found = *shown_.found;
    if (found.some.empty()) {
      add({"<p class=\"dim\">", shown_.part.empty() ? "none" : "none has such a name", "</p>\n"});
      return;
    }
    add({"<table><tr><th>namespace</th><th>state</th><th>accounts linked</th></tr>\n"});
    for (const auto& one : found.some)
      row(one);
    add({"</table>\n"});
    if (found.matching > found.some.size())
      add({"<p class=\"dim\">", std::to_string(found.some.size()), " of ",
           std::to_string(found.matching),
           ", those with trouble first. A part of a name finds more.</p>\n"});
  }

  void row(const namespace_view& one) {
    const bool bad = one.state == namespace_state::failing || one.state == namespace_state::foreign;
    const char* mood = bad ? "bad" : one.state == namespace_state::served ? "good" : "warn";
    add({"<tr><td>", html_escaped(one.name), "</td><td class=\"", mood, "\">",
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
    add({"<h2>What happened last</h2>\n"});
    if (state_.happened.empty()) {
      add({"<p class=\"dim\">nothing yet</p>\n"});
      return;
    }
    add({"<table><tr><th>when</th><th>what</th></tr>\n"});
    for (const auto& one : state_.happened) {
      const auto at = to_rfc3339(one.at);
      add({"<tr><td><time datetime=\"", at, "\" title=\"", at, "\">", in_words(now_ - one.at),
           " ago</time></td><td class=\"", one.good ? "good" : "bad", "\">",
           html_escaped(one.subject), ": ", html_escaped(one.what), "</td></tr>\n"});
    }
    add({"</table>\n"});
  }

  void number(const char* what, std::size_t count, bool bad) {
    add({"<div><dt>", what, "</dt><dd", bad ? " class=\"bad\">" : ">", std::to_string(count),
         "</dd></div>"});
  }

  const helper_status& state_;
  const namespaces_shown& shown_;
  wall_time now_;
  std::string text_;
};

} // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

std::string status_page(const helper_status& state, const namespaces_shown& namespaces,
                        const std::string& version, wall_time now) {
  return document{state, namespaces, now}.write(version);
}

} // namespace acr
