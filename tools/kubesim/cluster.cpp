#include "tools/kubesim/cluster.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr std::size_t audit_limit = 20000;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> out;
  for (std::size_t begin = 1; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (end > begin)
      out.push_back(simkit::percent_decode(path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return out;
}

/// Parses resource, namespace and name from the path.
void understand(call& about) {
  auto parts = parts_of(about.path);
  if (parts.empty() || (parts[0] != "api" && parts[0] != "apis"))
    return;
  const std::size_t base = parts[0] == "api" ? 2 : 3;
  if (parts.size() <= base)
    return;
  about.group = base == 2 ? std::string{} : parts[1];
  about.version = parts[base - 1];
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(base));
  if (parts[0] == "namespaces" && parts.size() > 1) {
    about.ns = parts[1];
    if (parts.size() > 2 && parts[2] != "finalize" && parts[2] != "status")
      parts.erase(parts.begin(), parts.begin() + 2);
  }
  about.is_resource = true;
  about.plural = parts[0];
  if (parts.size() > 1)
    about.name = parts[1];
  if (parts.size() > 2)
    about.subresource = parts[2];
  about.what = find_resource(about.group, about.version, about.plural);
}

std::string verb_of(const call& about) {
  const auto& method = about.from->method;
  if (method == "POST")
    return "create";
  if (method == "PUT")
    return "update";
  if (method == "PATCH")
    return "patch";
  const bool watching = about.param("watch") == "true" || about.param("watch") == "1";
  if (method == "DELETE")
    return about.name.empty() ? "deletecollection" : "delete";
  if (watching && about.is_resource)
    return "watch";
  return about.name.empty() ? "list" : "get";
}

/// Reports each object that differs between before and after.
void tell_difference(const store::objects_by_kind& before, const store::objects_by_kind& after,
                     const decltype(cluster_options::on_change)& listener) {
  std::set<std::pair<std::string, std::string>> keys; // by kind
  for (const auto* side : {&before, &after})
    for (const auto& [kind, list] : *side)
      for (const auto& item : list)
        keys.emplace(kind, item.first);
  const auto in = [](const store::objects_by_kind& side, const auto& key) -> const json::object* {
    const auto list = side.find(key.first);
    if (list == side.end())
      return nullptr;
    const auto found = list->second.find(key.second);
    return found == list->second.end() ? nullptr : found->second.get();
  };
  for (const auto& key : keys) {
    const auto* was = in(before, key);
    const auto* is = in(after, key);
    if (was != is)
      listener(std::string_view{key.first}.substr(key.first.find('/') + 1), was, is);
  }
}

http_header plain(const char* type) { return {"Content-Type", type}; }

} // namespace

std::string_view call::header(std::string_view key) const {
  for (const auto& item : from->headers)
    if (simkit::same_word(item.name, key))
      return item.value;
  return {};
}

writer call::by() const {
  std::string manager{param("fieldManager")};
  if (manager.empty()) {
    const auto agent = header("User-Agent");
    manager = agent.substr(0, agent.find('/'));
  }
  return {manager.empty() ? "unknown" : manager.substr(0, 128), what->api_version()};
}

cluster::state::state(wall_time begin, cluster_options wishes)
    : options{std::move(wishes)}, now{begin}, random{options.seed}, objects{options.history_limit},
      tokens{options.issuer, options.signing_key_pem} {
  objects.on_change = [this](const change& item) {
    publish(item);
    if (options.on_change)
      options.on_change(std::string_view{item.kind}.substr(item.kind.find('/') + 1),
                        item.before.get(), item.after.get());
  };
  bootstrap(begin);
}

response cluster::state::reply(int status, const json::value& body, const call* about) const {
  response out;
  out.status = status;
  out.headers.push_back(plain("application/json"));
  out.headers.push_back({"Cache-Control", "no-cache, private"});
  out.headers.push_back({"Date", to_http_date(about ? about->now : now)});
  out.body = json::serialize(body) + "\n";
  return out;
}

outcome cluster::state::handle(const request& from) {
  advance(from.now);
  call about;
  about.from = &from;
  about.now = from.now;
  const auto [path, query] = simkit::split_target(from.target);
  about.path = simkit::percent_decode(path);
  about.query = simkit::form_decode(query);
  understand(about);
  about.verb = about.is_resource ? verb_of(about) : simkit::lower(from.method);
  if (partitioned.contains("") || partitioned.contains(from.source)) {
    response silence;
    silence.how = fate::silence;
    return {std::move(silence), nullptr};
  }
  outcome out;
  std::optional<fault> hit;
  try {
    about.user = authenticate(about);
    hit =
        faults.hit({about.verb, about.plural, about.ns, about.name, about.user.name, from.source});
    if (hit && hit->kind == "throttle")
      throw throttled(hit->retry_after);
    if (hit && hit->kind == "gone")
      throw expired("too old resource version");
    if (hit && hit->kind == "http_status") {
      out.answer = {hit->status, {plain("text/plain")}, hit->body, {}, fate::deliver};
      if (hit->status == 429) // as an admission webhook may answer it
        out.answer.headers.push_back({"Retry-After", std::to_string(hit->retry_after)});
    } else {
      out = answer(about);
    }
  } catch (const refusal& why) {
    out = {reply(why.code(), why.status(), &about), nullptr};
    if (why.retry_after_s() > 0)
      out.answer.headers.push_back({"Retry-After", std::to_string(why.retry_after_s())});
  } catch (const std::exception& problem) {
    out = {reply(500, internal(problem.what()).status(), &about), nullptr};
  }
  if (hit) {
    out.answer.delay = hit->delay;
    out.answer.how = hit->kind == "silence"    ? fate::silence
                     : hit->kind == "truncate" ? fate::truncate
                     : hit->kind == "reset"    ? fate::reset
                                               : fate::deliver;
    if (out.answer.how != fate::deliver)
      out.stream.reset();
  }
  audit_record record{from.now,     about.user.name,   about.verb, about.group,
                      about.plural, about.subresource, about.ns,   about.name,
                      from.target,  out.answer.status};
  if (options.on_audit)
    options.on_audit(record);
  audit.push_back(std::move(record));
  ++audited;
  if (audit.size() > audit_limit)
    audit.erase(audit.begin(), audit.begin() + audit_limit / 2);
  return out;
}

outcome cluster::state::answer(call& about) {
  if (!about.is_resource)
    return other_path(about);
  authorize(about, about.verb);
  if (!about.what)
    throw no_such_resource();
  const auto& what = *about.what;
  if (what.plural == "namespaces" && about.subresource.empty())
    about.ns.clear();
  if (what.namespaced && about.ns.empty() && (about.verb != "list" && about.verb != "watch"))
    throw about.name.empty() && about.verb != "create" && about.verb != "deletecollection"
        ? no_such_resource()
        : method_not_allowed();
  if (!what.namespaced && !about.ns.empty())
    throw no_such_resource();
  if (about.subresource == "token" && what.plural == "serviceaccounts" && what.group.empty()) {
    if (about.verb != "create")
      throw method_not_allowed();
    return token(about);
  }
  if (!about.subresource.empty())
    throw no_such_resource();
  if (what.create_only) {
    if (about.verb != "create")
      throw method_not_allowed();
    return review(about);
  }
  const bool one = !about.name.empty();
  if (about.verb == "get")
    return get(about);
  if (about.verb == "list")
    return list(about);
  if (about.verb == "watch")
    return watch(about);
  if (about.verb == "create" && !one)
    return create(about);
  if (about.verb == "update" && one)
    return update(about);
  if (about.verb == "patch" && one)
    return patch(about);
  if (about.verb == "delete")
    return remove(about);
  if (about.verb == "deletecollection")
    return remove_all(about);
  throw method_not_allowed();
}

outcome cluster::state::other_path(const call& about) {
  authorize(about, about.verb);
  const auto text = [](int status, std::string body) -> outcome {
    return {{status, {plain("text/plain; charset=utf-8")}, std::move(body), {}, fate::deliver},
            nullptr};
  };
  if (about.path == "/readyz" || about.path == "/healthz" || about.path == "/livez")
    return text(200, "ok");
  if (about.path == "/openid/v1/jwks") {
    const auto accept = about.header("Accept");
    if (!accept.empty() && accept.find("*/*") == std::string_view::npos &&
        accept.find("jwk-set+json") == std::string_view::npos)
      throw refusal{406, "NotAcceptable",
                    "406: Not Acceptable\n\nAvailable representations: application/jwk-set+json"}
          .with_details();
    auto out = reply(200, tokens.keys(), &about);
    out.headers[0].value = "application/jwk-set+json";
    return {std::move(out), nullptr};
  }
  if (about.path == "/.well-known/openid-configuration")
    return {reply(200, tokens.discovery(), &about), nullptr};
  if (const auto found = discover(about.path, about.header("Host")))
    return {reply(200, *found, &about), nullptr};
  const auto parts = parts_of(about.path);
  if (!parts.empty() && parts[0] == "api")
    throw no_such_resource();
  return text(404, "404 page not found\n");
}

cluster::cluster(wall_time now, cluster_options options)
    : state_{std::make_unique<state>(now, std::move(options))} {}
cluster::~cluster() = default;

outcome cluster::handle(const request& from) { return state_->handle(from); }
void cluster::advance(wall_time now) { state_->advance(now); }
std::optional<wall_time> cluster::next_due() const { return state_->next_due(); }

void cluster::restart(wall_time now) {
  state_->now = std::max(state_->now, now);
  state_->drop_watches(true, {});
  state_->objects.compact();
}

void cluster::compact() { state_->objects.compact(); }

void cluster::partition(const std::string& source, bool on) {
  if (on)
    state_->partitioned.insert(source);
  else
    state_->partitioned.erase(source);
  for (const auto& item : state_->watches)
    if (const auto queue = item.lock(); queue && (source.empty() || queue->source == source)) {
      queue->silent = on;
      if (!on && (!queue->text.empty() || queue->closed))
        queue->notify();
    }
}

const json::object* cluster::find(std::string_view resource, std::string_view ns,
                                  std::string_view name) const {
  const auto* what = any_resource(resource);
  if (!what)
    return nullptr;
  const auto key = ns.empty() ? std::string{name} : std::string{ns}.append("/").append(name);
  return state_->objects.find(what->storage(), key).get();
}

void cluster::each(std::string_view resource, std::string_view ns,
                   const std::function<void(const json::object&)>& look) const {
  const auto* what = any_resource(resource);
  if (!what)
    return;
  for (const auto& [key, object] : state_->objects.all(what->storage()))
    if (ns.empty() || key.starts_with(std::string{ns}.append("/")))
      look(*object);
}

std::uint64_t cluster::version() const noexcept { return state_->objects.version(); }

std::string cluster::account_token(const std::string& ns, const std::string& name,
                                   std::chrono::seconds lifetime, wall_time now) {
  const auto* account = find("serviceaccounts", ns, name);
  if (!account)
    return {};
  return state_->tokens.sign({ns,
                              name,
                              text_at(*account, "metadata.uid"),
                              state_->new_uid(),
                              {state_->tokens.issuer()},
                              now + lifetime,
                              now},
                             now);
}

std::uint64_t cluster::admit(admission_rule rule) { return state_->admission.add(std::move(rule)); }

bool cluster::dismiss(std::uint64_t rule) { return state_->admission.remove(rule); }

backup cluster::snapshot() const {
  backup out;
  out.version_ = state_->objects.version();
  out.objects_ = state_->objects.everything();
  return out;
}

void cluster::restore(const backup& from, wall_time now) {
  auto& self = *state_;
  self.now = std::max(self.now, now);
  self.drop_watches(true, {});
  const auto before = self.objects.everything();
  self.objects.replace(from.objects_, from.version_);
  self.rules.clear();
  for (const auto& item : self.objects.all("/namespaces"))
    self.schedule(self.now, item.first);
  if (self.options.on_change)
    tell_difference(before, self.objects.everything(), self.options.on_change);
}

json::object cluster::dump() const { return state_->objects.dump(); }

void cluster::load(const json::object& from) {
  state_->objects.load(from);
  state_->rules.clear();
  for (const auto& item : state_->objects.all("/namespaces"))
    state_->schedule(state_->now, item.first);
}

} // namespace acr::kubesim
