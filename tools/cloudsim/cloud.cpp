#include "tools/cloudsim/cloud.hpp"

#include "tools/cloudsim/acr.hpp"
#include "tools/cloudsim/answer.hpp"
#include "tools/cloudsim/authenticate.hpp"

namespace acr::cloudsim {

namespace {

namespace json = boost::json;

const char* name_of(scheme value) {
  switch (value) {
  case scheme::v3:
    return "v3";
  case scheme::rpc_v1:
    return "rpc_v1";
  case scheme::roa_v1:
    return "roa_v1";
  case scheme::none:
    break;
  }
  return "none";
}

call_record record_of(const request& from, const call& what) {
  call_record out;
  out.time = from.now;
  out.operation = what.operation.empty() ? "unknown" : what.operation;
  out.version = what.version;
  out.host = host_name(find_header(from.headers, "host"));
  out.region = what.region;
  out.scheme = name_of(what.signature);
  out.key = what.key_id;
  out.instance = value_of(what.all, "InstanceId");
  out.role = value_of(what.all, "RoleArn");
  out.source = from.source;
  out.secure = from.secure;
  return out;
}

const char* version_of(const call& what) {
  if (what.to == service::sts)
    return "2015-04-01";
  return what.roa ? "2016-06-07" : "2018-12-01";
}

/// As for services that do not report which policy lacks what.
refusal without_detail(const refusal& why) {
  return refusal{why.status(), why.code(),
                 "You are not authorized to do this action. You should be authorized by RAM."};
}

refusal no_such_action() {
  return refusal{404, "InvalidAction.NotFound",
                 "Specified api is not found, please check your url and method."};
}

void check_operation(const setting& at) {
  const auto& what = at.what;
  if (what.to == service::unknown)
    throw no_such_action();
  // STS answers only over TLS, under its own names.
  if (what.to == service::sts && !at.from.secure &&
      host_name(find_header(at.from.headers, "host")).ends_with(".aliyuncs.com"))
    throw refusal{400, "InvalidProtocol.NeedSsl", "Your request is denied as lack of ssl protect."};
  if (what.version != version_of(what))
    throw refusal{400, "InvalidVersion", "Specified parameter Version is not valid."};
}

} // namespace

cloud::cloud(world about, cloud_options options)
    : options_{std::move(options)}, given_{options_.seed} {
  replace_world(std::move(about));
}

void cloud::replace_world(world about) {
  about_ = std::move(about);
  keys_.clear();
  for (const auto& home : about_.accounts)
    for (const auto& by : home.providers)
      if (!by.keys.empty())
        keys_.put(by.issuer, key_set::parse(by.keys));
}

void cloud::put_keys(const std::string& issuer, result<key_set> keys) {
  keys_.put(issuer, std::move(keys));
}

/// Flow control per account: users and roles are counted together.
void cloud::count_call(const setting& at, const std::string& account) {
  const auto limit = at.about.limits.find(at.what.operation);
  if (limit == at.about.limits.end())
    return;
  auto& recent = recent_[{account, at.what.operation}];
  while (!recent.empty() && recent.front() + std::chrono::seconds{1} <= at.now)
    recent.pop_front();
  if (recent.size() >= limit->second)
    throw refusal{400, "Throttling.User", "Request was denied due to user flow control."};
  recent.push_back(at.now);
}

json::object cloud::execute(const setting& at, call_record& record) {
  check_operation(at);
  const auto& operation = at.what.operation;
  if (at.what.to == service::sts && operation == "AssumeRoleWithOIDC") {
    count_call(at, subject_of(at).account);
    return assume_role_with_oidc(at, keys_);
  }
  const auto who = authenticate(at);
  record.caller = who.arn();
  count_call(at, who.account);
  if (at.what.to == service::sts) {
    if (operation == "AssumeRole")
      return assume_role(at, who);
    if (operation == "GetCallerIdentity")
      return caller_identity(at, who);
    throw no_such_action();
  }
  if (operation == "GetAuthorizationToken")
    return enterprise_token(at, who);
  if (operation == "ListInstanceEndpoint")
    return list_instance_endpoint(at, who);
  if (operation == "ListInstance")
    return list_instance(at, who);
  if (operation == "GetInstance")
    return one_instance(at, who);
  if (operation == "GET /tokens")
    return personal_token(at, who);
  throw no_such_action();
}

response cloud::answer_call(const setting& at, call_record& record) {
  const auto id = given_.request_id();
  try {
    if (at.what.to == service::metadata)
      return metadata_.answer(at);
    if (at.what.to == service::registry) {
      if (!options_.signer)
        options_.signer = std::make_shared<const token_signer>();
      return registry_auth(at, *options_.signer);
    }
    return success_answer(at.what.roa, execute(at, record), id);
  } catch (refusal& why) {
    record.code = why.code();
    why.denied_caller = record.caller;
    const bool terse = about_.how.terse_denials && !why.denied_action.empty();
    return error_answer(at, terse ? without_detail(why) : why, id);
  } catch (const std::exception& problem) { // memory, OpenSSL
    record.code = "InternalError";
    return error_answer(at, refusal{500, "InternalError", problem.what()}, id);
  }
}

fault_subject cloud::subject_of(const setting& at) const {
  fault_subject out;
  out.operation = at.what.operation;
  out.instance = value_of(at.what.all, "InstanceId");
  out.key = at.what.key_id;
  out.role = value_of(at.what.all, "RoleArn");
  out.host = host_name(find_header(at.from.headers, "host"));
  out.region = at.what.region;
  if (const auto of = given_.find_session(out.key))
    out.account = of->account;
  else if (const auto owner = about_.find_key(out.key); owner.home)
    out.account = owner.home->id;
  else if (out.role.starts_with("acs:ram::"))
    out.account = out.role.substr(9, out.role.find(':', 9) - 9);
  return out;
}

outcome cloud::handle(const request& from) {
  const auto what = read_call(from);
  const setting at{about_, given_, from, what, from.now + offset_};
  if (!from.keys_fetched && what.to == service::sts && what.operation == "AssumeRoleWithOIDC")
    if (auto keys = keys_needed(at, keys_))
      return {{}, std::move(keys)};

  auto record = record_of(from, what);
  const auto hit = faults_.hit(subject_of(at));
  auto out = hit && hit->in_place_of_the_call() ? fault_answer(at, *hit, given_.request_id())
                                                : answer_call(at, record);
  if (hit) {
    record.fault = hit->name;
    if (hit->in_place_of_the_call())
      record.code = hit->code;
    out.delay = hit->delay;
    out.how = hit->what == fault::kind::silence    ? fate::silence
              : hit->what == fault::kind::truncate ? fate::truncate
              : hit->what == fault::kind::reset    ? fate::reset
                                                   : fate::deliver;
  }
  // Clients measure the skew of their clock by this header.
  out.headers.push_back({"Date", to_http_date(at.now)});
  record.status = out.status;
  calls_.add(std::move(record));
  return {std::move(out), std::nullopt};
}

} // namespace acr::cloudsim
