#define BOOST_TEST_MODULE cloudsim_sdk_requests
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

// Requests as the vendor's own clients put them on the wire (see tests/data/aliyun/README.md), each
// at the moment at which it was sent.

using namespace acr;
using namespace acr::testing;

namespace {

namespace json = boost::json;

json::object recorded() {
  std::ifstream in{ACR_TEST_DATA "/aliyun/sdk_signatures.json"};
  std::stringstream text;
  text << in.rdbuf();
  return json::parse(text.str()).as_object();
}

aliyun::parameters pairs(const json::value& list) {
  aliyun::parameters out;
  for (const auto& item : list.as_array())
    out.emplace_back(item.at(0).as_string().c_str(), item.at(1).as_string().c_str());
  return out;
}

std::string text(const json::object& from, const char* name) {
  return from.at(name).as_string().c_str();
}

/// The request of one record, with its signature where that scheme has it.
cloudsim::request replay(const json::object& record, const std::string& key_id) {
  cloudsim::request out;
  out.method = text(record, "method");
  out.body = text(record, "body");
  auto query = pairs(record.at("query"));
  std::string stamp;
  for (const auto& [name, value] : pairs(record.at("headers"))) {
    out.headers.push_back({name, value});
    if (name == "x-acs-date" || name == "date")
      stamp = value;
  }
  if (text(record, "alg") == "rpc_v1") {
    query.emplace_back("Signature", text(record, "signature"));
    stamp = cloudsim::value_of(query, "Timestamp");
    if (stamp.empty())
      stamp = cloudsim::value_of(aliyun::form_decode(out.body), "Timestamp");
    if (!out.body.empty())
      out.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  } else if (text(record, "alg") == "v3") {
    out.headers.push_back({"Authorization", text(record, "authorization")});
  } else {
    out.headers.push_back({"Authorization", "acs " + key_id + ":" + text(record, "signature")});
  }
  if (find_header(out.headers, "host").empty())
    out.headers.push_back({"Host", "127.0.0.1:18080"});
  out.target = text(record, "path");
  if (!query.empty())
    out.target.append("?").append(aliyun::form_encode(query));
  const auto time = stamp.ends_with("GMT") ? parse_http_date(stamp) : parse_rfc3339(stamp);
  BOOST_REQUIRE(time);
  out.now = *time;
  out.secure = true;
  return out;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(every_recorded_signature_is_accepted, cloud_fixture) {
  const auto data = recorded();
  const auto key = text(data, "access_key_id");
  cloud.replace_world(parse("accounts: [{id: 1, users: [{name: u, keys: [{id: " + key +
                            ", secret: " + text(data, "access_key_secret") + "}]}]}]"));
  int verified = 0;
  for (const auto& item : data.at("vectors").as_array()) {
    const auto& record = item.as_object();
    BOOST_TEST_CONTEXT(text(record, "name")) {
      const auto from = replay(record, key);
      const auto got = code(from);
      // A recorded session is not one of this cloud: it is refused before its signature is looked
      // at.
      const bool session = from.target.find("SecurityToken") != std::string::npos ||
                           from.body.find("SecurityToken") != std::string::npos ||
                           !find_header(from.headers, "x-acs-security-token").empty();
      if (session) {
        BOOST_TEST(got == "400 InvalidSecurityToken.MismatchWithAccessKey");
        continue;
      }
      // The user of this world may do nothing: whoever gets there has been recognised.
      const bool recognised = got.ends_with("Forbidden.RAM") || got.ends_with("NoPermission") ||
                              got.ends_with("InvalidAction.NotFound") ||
                              got.find("Parameter.") != std::string::npos;
      BOOST_TEST(recognised, got);
      ++verified;
    }
  }
  BOOST_TEST(verified > 30);
}
