// Reading: get, list in pages, watch.
#include <algorithm>
#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

using std::chrono::seconds;

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

std::uint64_t number_param(const call& about, const char* name) {
  const auto text = about.param(name);
  if (text.empty())
    return 0;
  const auto value = number_in(text);
  if (!value)
    throw bad_request("strconv.ParseInt: parsing " + as_go_quotes(text) + ": invalid syntax");
  return *value;
}

std::string not_a_version(std::string_view text) {
  return "resourceVersion: Invalid value: " + as_go_quotes(text) + ": strconv.ParseUint: parsing " +
         as_go_quotes(text) + ": invalid syntax";
}

cause forbidden_option(const char* option, const std::string& why) {
  return {"FieldValueForbidden", "Forbidden: " + why, option};
}

cause unsupported_match(std::string_view match, const char* supported) {
  return {"FieldValueNotSupported",
          "Unsupported value: " + as_go_quotes(match) + ": supported values: " + supported,
          "resourceVersionMatch"};
}

/// Options that exclude each other.
std::vector<cause> wrong_options(const call& about, bool watching) {
  constexpr const char* option = "resourceVersionMatch";
  std::vector<cause> out;
  const auto match = about.param(option);
  const auto initial = about.param("sendInitialEvents");
  const bool goes_on = !about.param("continue").empty();
  const auto version = about.param("resourceVersion");
  if (watching) {
    if (!initial.empty() && match != "NotOlderThan")
      out.push_back(forbidden_option(option, "sendInitialEvents requires setting "
                                             "resourceVersionMatch to NotOlderThan"));
    if (match.empty())
      return out;
    if (initial.empty())
      out.push_back(forbidden_option(option, "resourceVersionMatch is forbidden for watch unless "
                                             "sendInitialEvents is provided"));
    if (match != "NotOlderThan")
      out.push_back(unsupported_match(match, "\"NotOlderThan\""));
  } else if (!match.empty()) {
    if (version.empty())
      out.push_back(forbidden_option(
          option, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (goes_on)
      out.push_back(
          forbidden_option(option, "resourceVersionMatch is forbidden when continue is provided"));
    if (match != "Exact" && match != "NotOlderThan")
      out.push_back(unsupported_match(match, R"("Exact", "NotOlderThan", "")"));
    if (match == "Exact" && version == "0")
      out.push_back(forbidden_option(
          option, R"(resourceVersionMatch "exact" is forbidden for resourceVersion "0")"));
  }
  if (watching && goes_on)
    out.push_back(
        forbidden_option(option, "resourceVersionMatch is forbidden when continue is provided"));
  if (!watching && !initial.empty())
    out.push_back(forbidden_option("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return out;
}

list_options options_of(const call& about, bool watching) {
  list_options out{about};
  if (const auto wrong = wrong_options(about, watching); !wrong.empty())
    throw invalid({"meta.k8s.io", "ListOptions", {}}, wrong);
  out.wanted.demand_known(*about.what);
  return out;
}

refusal too_large(std::uint64_t wanted, std::uint64_t current, bool of_one = false) {
  auto out = refusal{504, "Timeout",
                     "Timeout: Too large resource version: " + std::to_string(wanted) +
                         ", current: " + std::to_string(current)};
  out.because({{"ResourceVersionTooLarge", "Too large resource version", {}}});
  return of_one ? out : out.retry_after(1); // one comes from the storage, which has no hint
}

struct page_token {
  std::uint64_t version = 0;
  std::string start;
};

std::string write_token(const page_token& from) {
  return simkit::base64url(json::serialize(
      json::object{{"v", "meta.k8s.io/v1"}, {"rv", from.version}, {"start", from.start}}));
}

page_token read_token(std::string_view text) {
  std::string bytes;
  const auto wrong = [](const std::string& why) {
    return bad_request("invalid continue token: continue key is not valid: " + why);
  };
  if (!simkit::base64_decode(text, bytes))
    throw wrong("illegal base64 data at input byte 0");
  boost::system::error_code error;
  const auto value = json::parse(bytes, error);
  if (error || !value.is_object() || !value.get_object().contains("start") ||
      !value.get_object().contains("rv"))
    throw wrong("invalid character");
  return {value.at("rv").to_number<std::uint64_t>(), std::string{value.at("start").as_string()}};
}

bool in_scope(const json::object& object, const std::string& ns) {
  return ns.empty() || text_at(object, "metadata.namespace") == ns;
}

} // namespace

list_options::list_options(const call& about)
    : timeout_s{number_param(about, "timeoutSeconds")}, limit{number_param(about, "limit")},
      wanted{about.param("labelSelector"), about.param("fieldSelector")} {}

outcome cluster::state::get(const call& about) const {
  const auto found = objects.find(about.what->storage(), about.key());
  if (!found)
    throw not_found(about.what->about(about.name));
  return {show(about, 200, *found), nullptr};
}

outcome cluster::state::list(const call& about) const {
  const auto& what = *about.what;
  const auto asked = options_of(about, false);
  const auto& wanted = asked.wanted;
  const auto version = about.param("resourceVersion");
  // Any version is acceptable: the server answers from its cache, which has no pages.
  const auto limit = version == "0" && about.param("continue").empty() ? 0 : asked.limit;
  // A name makes it a read of one key, unless it may be in any namespace.
  const bool one_key = !wanted.single_name().empty() && (!about.ns.empty() || !what.namespaced);
  page_token from{objects.version(), {}};
  if (const auto text = about.param("continue"); !text.empty()) {
    if (!version.empty() && version != "0")
      throw bad_request("specifying resource version is not allowed when using continue");
    from = read_token(text);
    if (from.version < objects.oldest())
      throw expired("The provided continue parameter is too old to display a consistent list "
                    "result. You can start a new list without the continue parameter, or use the "
                    "continue token in this response to retrieve the remainder of the results. "
                    "Continuing with the provided token results in an inconsistent list - objects "
                    "that were created, modified, or deleted between the time the first chunk was "
                    "returned and now may show up in the list.")
          .go_on_with(write_token({objects.version(), from.start}));
  } else if (!version.empty()) {
    const auto number = number_in(version);
    if (!number)
      throw bad_request("invalid resource version: " + not_a_version(version));
    if (*number > objects.version())
      throw too_large(*number, objects.version(), one_key);
    if (about.param("resourceVersionMatch") == "Exact") {
      if (*number < objects.oldest())
        throw expired("The resourceVersion for the provided list is too old.");
      from.version = *number;
    }
  }
  const auto then = from.version == objects.version()
                        ? objects.all(what.storage())
                        : objects.all_at(what.storage(), from.version);
  std::vector<object_ptr> items;
  std::string next;
  std::size_t rest = 0;
  for (auto item = then.lower_bound(from.start); item != then.end(); ++item) {
    if (!in_scope(*item->second, about.ns) || (one_key && !wanted.matches(*item->second)))
      continue;
    if (limit != 0 && items.size() == limit) { // there is more to read, whether or not it matches
      if (next.empty())
        next = item->first;
      ++rest;
    } else if (wanted.matches(*item->second)) {
      items.push_back(item->second);
    }
  }
  json::object metadata{{"resourceVersion", std::to_string(from.version)}};
  if (!next.empty()) {
    metadata["continue"] = write_token({from.version, next});
    if (wanted.empty())
      metadata["remainingItemCount"] = rest;
  }
  const auto how = form_of(about.header("Accept"));
  json::object out;
  if (how == form::table) {
    out = as_table(what, items, about.now);
    out["metadata"] = std::move(metadata);
    return {reply(200, out, &about), nullptr};
  }
  json::array list;
  for (const auto& item : items) {
    if (how == form::metadata) {
      list.push_back(as_metadata(*item));
      continue;
    }
    auto one = as_view(what, *item);
    one.erase("kind");
    one.erase("apiVersion");
    list.push_back(std::move(one));
  }
  const bool partial = how == form::metadata;
  out["kind"] = partial ? "PartialObjectMetadataList" : what.kind + "List";
  out["apiVersion"] = partial ? "meta.k8s.io/v1" : what.api_version();
  out["metadata"] = std::move(metadata);
  if (partial && list.empty())
    out["items"] = nullptr; // as the server does, only in this form
  else
    out["items"] = std::move(list);
  return {reply(200, out, &about), nullptr};
}

void watch_queue::push(const std::string& kind, const json::object& object) {
  text += R"({"type":")" + kind + R"(","object":)";
  if (kind != "ERROR" && how == form::metadata)
    text += json::serialize(as_metadata(object));
  else if (kind != "ERROR" && how == form::table)
    text += json::serialize(as_table(what, {std::make_shared<const json::object>(object)},
                                     wall_time::max(), std::exchange(first_row, false)));
  else if (kind != "ERROR" && !what.stored_as.empty())
    text += json::serialize(as_view(what, object));
  else
    text += json::serialize(object); // unchanged: most are, and a copy takes as long again
  text += "}\n";
}

void watch_queue::end(bool by_breaking) {
  if (closed)
    return;
  closed = true;
  cut = by_breaking;
  notify();
}

namespace {

json::object bookmark(const watch_queue& of, const std::string& version, bool initial_end) {
  json::object metadata{{"resourceVersion", version}};
  if (initial_end)
    metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  json::object object{{"kind", of.what.kind}, {"apiVersion", of.what.api_version()}};
  object["metadata"] = std::move(metadata);
  return read_as(*of.what.is, object);
}

void push_bookmark(watch_queue& to, std::uint64_t version, bool initial_end) {
  if (to.how == form::table)
    return; // kubectl requests none
  auto text = std::to_string(version);
  if (initial_end)
    return to.push("BOOKMARK", bookmark(to, text, true));
  // All further ones of a watch differ only by the version.
  constexpr std::string_view place = "VERSION";
  if (to.bookmark_text.empty()) {
    std::swap(to.text, to.bookmark_text);
    to.push("BOOKMARK", bookmark(to, std::string{place}, false));
    std::swap(to.text, to.bookmark_text);
    to.bookmark_at = to.bookmark_text.find(place);
  }
  to.text += to.bookmark_text;
  to.text.replace(to.text.size() - to.bookmark_text.size() + to.bookmark_at, place.size(), text);
}

/// The event of a change for one watch; nothing if it does not concern it.
void push_change(watch_queue& to, const change& item) {
  const auto visible = [&](const object_ptr& object) {
    return object && in_scope(*object, to.ns) && to.wanted.matches(*object);
  };
  const bool was = visible(item.before);
  const bool is = visible(item.after);
  if (is) {
    to.push(was ? "MODIFIED" : "ADDED", *item.after);
  } else if (was) {
    if (item.last) {
      to.push("DELETED", *item.last);
    } else { // it left the selection: its former state, with the current version
      auto last = *item.before;
      last["metadata"].as_object()["resourceVersion"] = std::to_string(item.version);
      to.push("DELETED", last);
    }
  }
}

} // namespace

outcome cluster::state::watch(const call& about) {
  const auto& what = *about.what;
  const auto asked = options_of(about, true);
  auto wanted = asked.wanted;
  if (!about.name.empty()) // the old form: watch of one object
    wanted = selector{{}, "metadata.name=" + about.name};
  const auto version_text = about.param("resourceVersion");
  const auto version =
      version_text.empty() ? std::optional<std::uint64_t>{0} : number_in(version_text);
  if (!version)
    throw internal(not_a_version(version_text));
  auto queue = std::make_shared<watch_queue>(what, about.ns, std::move(wanted),
                                             form_of(about.header("Accept")), about.from->source);
  // The server's own choice is between 30 minutes and an hour.
  queue->ends =
      about.now + seconds{asked.timeout_s != 0 ? asked.timeout_s : 1800 + random() % 1800};
  queue->bookmarks = about.param("allowWatchBookmarks") == "true";
  if (queue->bookmarks)
    queue->next_bookmark = about.now + options.bookmark_interval;
  queue->after = std::max(*version, objects.version());
  const auto initial = about.param("sendInitialEvents");
  const bool from_now = *version == 0 || initial == "true";
  if (initial == "true" && *version > objects.version())
    throw too_large(*version, objects.version());
  if (!from_now && *version < objects.oldest()) {
    queue->push("ERROR", expired("too old resource version: " + std::to_string(*version) + " (" +
                                 std::to_string(objects.oldest()) + ")")
                             .status());
    queue->end(false);
  } else if (from_now && initial != "false") {
    for (const auto& item : objects.all(what.storage()))
      if (in_scope(*item.second, about.ns) && queue->wanted.matches(*item.second))
        queue->push("ADDED", *item.second);
    if (initial == "true" && queue->bookmarks)
      push_bookmark(*queue, objects.version(), true);
  } else if (!from_now) {
    const auto& log = objects.history();
    const auto begin = std::upper_bound(log.begin(), log.end(), *version,
                                        [](std::uint64_t wanted_version, const change& item) {
                                          return wanted_version < item.version;
                                        });
    for (auto item = begin; item != log.end(); ++item)
      if (item->kind == what.storage())
        push_change(*queue, *item);
  }
  watches.emplace_back(queue);
  auto answer = reply(200, json::object{}, &about);
  answer.body.clear();
  return {std::move(answer), queue};
}

void cluster::state::publish(const change& item) {
  if (item.kind.starts_with("rbac."))
    rules.clear();
  for (auto next = watches.begin(); next != watches.end();) {
    const auto queue = next->lock();
    if (!queue || queue->closed) {
      next = watches.erase(next);
      continue;
    }
    ++next;
    if (queue->what.storage() != item.kind || item.version <= queue->after)
      continue;
    const auto before = queue->text.size();
    push_change(*queue, item);
    if (queue->text.size() != before)
      queue->notify();
  }
}

void cluster::state::drop_watches(bool broken, const std::string& source) {
  for (const auto& item : std::exchange(watches, {})) {
    const auto queue = item.lock();
    if (!queue)
      continue;
    if (source.empty() || queue->source == source)
      queue->end(broken);
    else
      watches.push_back(item);
  }
}

void tend_watches(std::list<std::weak_ptr<watch_queue>>& watches, const store& objects,
                  wall_time now, seconds interval) {
  for (auto next = watches.begin(); next != watches.end();) {
    const auto queue = next->lock();
    if (!queue || queue->closed) {
      next = watches.erase(next);
      continue;
    }
    ++next;
    if (queue->next_bookmark && *queue->next_bookmark <= now && queue->ends > now) {
      push_bookmark(*queue, objects.version(), false);
      *queue->next_bookmark = now + interval;
      queue->notify();
    }
    if (queue->ends <= now)
      queue->end(false);
  }
}

} // namespace acr::kubesim
