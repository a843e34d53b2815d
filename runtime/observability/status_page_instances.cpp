#include "runtime/observability/status_page_instances.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace acr {

namespace {

constexpr std::size_t on_a_page = 25;
// This few are shown as boxes, with a bar each, even without trouble.
constexpr std::size_t few = 6;

using named = std::pair<const std::string, instance_status>;

bool matches(const named& one, const std::string& part) {
  const auto& domains = one.second.domains;
  return one.first.find(part) != std::string::npos ||
         std::any_of(domains.begin(), domains.end(), [&](const std::string& domain) {
           return domain.find(part) != std::string::npos;
         });
}

const char* class_of(instance_mood mood) {
  switch (mood) {
  case instance_mood::without:
    return "bad";
  case instance_mood::troubled:
    return "warn";
  case instance_mood::waiting:
    return "dim";
  case instance_mood::good:
    break;
  }
  return "good";
}

bool any_closed(const instance_status& instance) {
  return std::any_of(instance.endpoints.begin(), instance.endpoints.end(),
                     [](const auto& one) { return one.closed; });
}

bool any_refused(const instance_status& instance) {
  return std::any_of(instance.logins.begin(), instance.logins.end(), [](const auto& one) {
    return one.verdict == registry::login_verdict::refused;
  });
}

std::string state_in_words(const instance_status& instance, wall_time now) {
  const bool failing = instance.failures > 0;
  const bool valid = instance.valid_until(now).has_value();
  std::string word = instance.withdrawn ? "withdrawn: the last credential has expired"
                     : !valid           ? (failing ? "no password" : "waiting for the first answer")
                     : failing          ? "valid, but renewal is failing"
                     : any_refused(instance) ? "valid, but a registry refuses it"
                     : any_closed(instance)  ? "valid, but an endpoint lets no node through"
                                             : "valid";
  return instance.from_before(now) ? word + " (written before the restart)" : word;
}

std::string listed(const std::vector<std::string>& domains) {
  std::string out;
  for (const auto& domain : domains)
    out.append(out.empty() ? "" : ", ").append(html_escaped(domain));
  return out;
}

class box {
public:
  box(html_text& into, const instance_status& instance, wall_time now)
      : into_{into}, instance_{instance}, now_{now} {}

  void write(const std::string& name) {
    const auto* mood = class_of(mood_of(instance_, now_));
    const auto until = instance_.valid_until(now_);
    into_.add({R"(<article class="box"><div class="row"><h3>)", html_escaped(name),
               "</h3><span class=\"", mood, R"(">)", state_in_words(instance_, now_), "</span>"});
    if (until)
      into_.add({"<span class=\"dim right\">expires in ", in_words(*until - now_), "</span>"});
    into_.add({"</div>"});
    if (until && instance_.expires_at && instance_.issued_at)
      bar(mood);
    if (!instance_.domains.empty())
      into_.add({"<p class=\"dim\">", listed(instance_.domains), "</p>"});
    if (!instance_.limited_to.empty())
      into_.add(
          {"<p class=\"dim\">Limited to namespaces: ", html_escaped(instance_.limited_to), "</p>"});
    logins();
    for (const auto& one : instance_.endpoints)
      into_.add({"<p class=\"", one.closed ? "bad" : "dim", "\">", html_escaped(one.cause),
                 ".</p><p><b>Remedy:</b> ", html_escaped(one.remedy), ".</p>"});
    if (instance_.last_failure)
      trouble();
    into_.add({"</article>\n"});
  }

private:
  void bar(const char* mood) {
    const auto life = std::chrono::duration<double>{*instance_.expires_at - *instance_.issued_at};
    const auto left = std::chrono::duration<double>{*instance_.expires_at - now_};
    const double share = life.count() > 0 ? left.count() / life.count() : 0;
    const auto percent =
        std::to_string(static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 100)));
    into_.add({"<div class=\"bar ", mood, R"(" role="img" aria-label=")", percent,
               " percent of its life left\"><i style=\"width:", percent, "%\"></i></div>"});
  }

  /// Refused ones with their remedy; those that could not be checked from here in one line.
  void logins() {
    std::vector<std::string> undecided;
    for (const auto& tried : instance_.logins) {
      if (!tried.reason)
        continue;
      if (tried.verdict != registry::login_verdict::refused) {
        undecided.push_back(tried.domain);
        continue;
      }
      into_.add({"<p class=\"bad\">Login tried: ",
                 html_escaped(tried.reason->cause.empty() ? to_string(*tried.reason)
                                                          : tried.reason->cause),
                 "</p><p><b>Remedy:</b> ", html_escaped(tried.reason->remedy), "</p>"});
    }
    if (!undecided.empty())
      into_.add({"<p class=\"dim\">Login not tried from here, where nodes may well reach it: ",
                 listed(undecided), "</p>"});
  }

  void trouble() {
    const auto& reason = *instance_.last_failure;
    into_.add({"<p class=\"bad\">", html_escaped(to_string(reason)), "</p>"});
    if (!reason.cause.empty())
      into_.add({"<p><b>Cause:</b> ", html_escaped(reason.cause), "</p><p><b>Remedy:</b> ",
                 html_escaped(reason.remedy), "</p>"});
    into_.add({"<p class=\"dim\">Failed ",
               instance_.failures == 1 ? "once"
                                       : std::to_string(instance_.failures) + " times in a row"});
    if (instance_.failed_at)
      into_.add({", ", in_words(now_ - *instance_.failed_at),
                 instance_.failures == 1 ? " ago" : " ago last"});
    if (instance_.renew_at)
      into_.add({*instance_.renew_at > now_ ? ", tried again in " : ", due since ",
                 in_words(*instance_.renew_at - now_)});
    into_.add({".</p>"});
  }

  html_text& into_;
  const instance_status& instance_;
  wall_time now_;
};

void row(html_text& into, const named& one, wall_time now) {
  const auto until = one.second.valid_until(now);
  into.add({"<tr><th scope=\"row\">", html_escaped(one.first), "</th><td class=\"",
            class_of(mood_of(one.second, now)), " short\">", state_in_words(one.second, now),
            "</td><td class=\"short\">", until ? in_words(*until - now) : "",
            "</td><td class=\"dim\">", listed(one.second.domains),
            one.second.limited_to.empty() ? "" : "<br>Limited to namespaces: ",
            html_escaped(one.second.limited_to), "</td></tr>\n"});
}

} // namespace

instance_mood mood_of(const instance_status& instance, wall_time now) {
  const bool valid = instance.valid_until(now).has_value();
  if (!valid)
    return instance.failures > 0 || instance.withdrawn ? instance_mood::without
                                                       : instance_mood::waiting;
  return instance.failures > 0 || any_closed(instance) || any_refused(instance)
             ? instance_mood::troubled
             : instance_mood::good;
}

std::string instances_in_trouble(const helper_status& state, wall_time now) {
  std::size_t without = 0;
  std::size_t troubled = 0;
  for (const auto& [name, instance] : state.instances) {
    const auto mood = mood_of(instance, now);
    without += mood == instance_mood::without ? 1 : 0;
    troubled += mood == instance_mood::troubled ? 1 : 0;
  }
  const auto of = " of " + std::to_string(state.instances.size()) +
                  (state.instances.size() == 1 ? " instance" : " instances");
  if (without > 0)
    return std::to_string(without) + of + " without a valid credential" +
           (troubled > 0 ? ", " + std::to_string(troubled) + " more in trouble" : "");
  return troubled > 0 ? std::to_string(troubled) + of + " in trouble" : std::string{};
}

void write_instances(html_text& into, const helper_status& state, const page_wish& wish,
                     wall_time now) {
  std::vector<const named*> found;
  for (const auto& one : state.instances)
    if (matches(one, wish.find))
      found.push_back(&one);
  std::stable_sort(found.begin(), found.end(), [now](const named* a, const named* b) {
    return mood_of(a->second, now) < mood_of(b->second, now);
  });
  into.add({"<section aria-labelledby=\"instances\"><h2 id=\"instances\">Instances <span "
            "class=\"dim\">",
            std::to_string(found.size()),
            found.size() == state.instances.size()
                ? std::string{}
                : " of " + std::to_string(state.instances.size()),
            "</span></h2>\n"});
  if (found.empty())
    into.add(
        {"<p class=\"dim\">", state.instances.empty() ? "none" : "none has such a name", "</p>\n"});
  const auto pages = (found.size() + on_a_page - 1) / on_a_page;
  auto at = wish;
  at.instances = std::clamp<std::size_t>(wish.instances, 1, std::max<std::size_t>(pages, 1));
  const auto first = (at.instances - 1) * on_a_page;
  const auto last = std::min(found.size(), first + on_a_page);
  bool table = false;
  for (auto i = first; i < last; ++i) {
    const auto& one = *found[i];
    if (found.size() <= few || mood_of(one.second, now) < instance_mood::waiting) {
      box{into, one.second, now}.write(one.first);
      continue;
    }
    if (!std::exchange(table, true))
      into.add({"<table><caption>Instances without trouble</caption><tr><th scope=\"col\">instance"
                "</th><th scope=\"col\">state</th><th scope=\"col\">expires in</th>"
                "<th scope=\"col\">domains</th></tr>\n"});
    row(into, one, now);
  }
  if (table)
    into.add({"</table>\n"});
  into.pages("instances", at, &page_wish::instances, pages);
  into.add({"</section>\n"});
}

} // namespace acr
