// The administration interface: faults, compaction, partitions, restarts, the record of requests.
#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

std::uint64_t number_in(std::string_view text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

json::object object_in(const std::string& body) {
  if (body.empty())
    return {};
  boost::system::error_code error;
  auto value = json::parse(body, error);
  if (error || !value.is_object())
    throw bad_request("the body must be a JSON object");
  return std::move(value.as_object());
}

bool flag(const json::object& from, const char* name, bool otherwise) {
  const auto* value = from.if_contains(name);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

json::object shown(const audit_record& item, std::uint64_t number) {
  return {{"number", number},     {"user", item.user},         {"verb", item.verb},
          {"group", item.group},  {"resource", item.resource}, {"subresource", item.subresource},
          {"namespace", item.ns}, {"name", item.name},         {"uri", item.uri},
          {"status", item.status}};
}

} // namespace

response cluster::state::administer_admission(const request& from, const std::string& path,
                                              const json::object& wish) {
  const bool all = path == "/admission";
  if (all && from.method == "POST")
    return reply(201, json::object{{"id", admission.add(read_admission_rule(wish))}});
  if (all && from.method == "GET")
    return reply(200, json::object{{"rules", admission.list()}});
  if (from.method != "DELETE")
    throw method_not_allowed();
  if (all)
    admission.clear();
  else if (const auto which = path.substr(path.rfind('/') + 1); !admission.remove(number_in(which)))
    throw not_found({{}, "admission", which});
  return reply(200, json::object{});
}

response cluster::administer(const request& from) {
  auto& self = *state_;
  self.advance(from.now);
  const auto [path_text, query] = simkit::split_target(from.target);
  const std::string path{path_text};
  const auto is = [&](const char* method, const char* wanted) {
    return from.method == method && path == wanted;
  };
  try {
    const auto wish = object_in(from.body);
    if (is("GET", "/healthz"))
      return self.reply(200, json::object{{"ok", true}});
    if (is("POST", "/faults"))
      return self.reply(201, json::object{{"id", self.faults.add(read_fault(wish))}});
    if (is("GET", "/faults"))
      return self.reply(200, json::object{{"faults", self.faults.list()}});
    if (is("DELETE", "/faults")) {
      self.faults.clear();
      return self.reply(200, json::object{});
    }
    if (from.method == "DELETE" && path.starts_with("/faults/")) {
      if (!self.faults.remove(number_in(path_text.substr(8))))
        throw not_found({{}, "faults", path.substr(8)});
      return self.reply(200, json::object{});
    }
    if (path == "/admission" || path.starts_with("/admission/"))
      return self.administer_admission(from, path, wish);
    if (is("POST", "/snapshot")) {
      self.saved = snapshot();
      return self.reply(200, json::object{{"revision", version()}});
    }
    if (is("POST", "/restore")) {
      if (!self.saved)
        throw not_found({{}, "snapshots", {}});
      restore(*self.saved, from.now);
      return self.reply(200, json::object{{"revision", version()}});
    }
    if (is("POST", "/compact")) {
      compact();
      return self.reply(200, json::object{{"revision", version()}});
    }
    if (is("POST", "/restart")) {
      restart(from.now);
      return self.reply(200, json::object{});
    }
    if (is("POST", "/watches/close")) {
      self.drop_watches(flag(wish, "broken", false), text_at(wish, "source"));
      return self.reply(200, json::object{});
    }
    if (is("POST", "/partition")) {
      partition(text_at(wish, "source"), flag(wish, "on", true));
      return self.reply(200, json::object{});
    }
    if (is("GET", "/calls")) {
      const auto since = number_in(simkit::value_of(simkit::form_decode(query), "since"));
      const auto first = self.audited - self.audit.size();
      json::array list;
      for (std::size_t i = 0; i < self.audit.size(); ++i)
        if (first + i >= since)
          list.push_back(shown(self.audit[i], first + i));
      return self.reply(200, json::object{{"calls", std::move(list)}, {"next", self.audited}});
    }
    throw not_found({{}, "paths", path});
  } catch (const refusal& why) {
    return self.reply(why.code(), why.status());
  }
}

} // namespace acr::kubesim
