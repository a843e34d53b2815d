#define BOOST_TEST_MODULE action_request
#include <boost/test/unit_test.hpp>

#include "actors/writer/action_request.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;
using kind = action::kind;

namespace {

http_response answer(int status, const std::string& body) {
  return {status, {{"content-type", "application/json"}}, secret_string{std::string_view{body}}};
}

/// The account as the server shows it after a write.
http_response account(const std::string& version, const std::string& list,
                      const std::string& manager = "") {
  const auto managed =
      manager.empty()
          ? std::string{}
          : R"(,"managedFields":[{"manager":")" + manager +
                R"(","time":"2026-01-02T00:00:00Z","fieldsV1":{"f:imagePullSecrets":{}}}])";
  return answer(200, R"({"metadata":{"name":"default","namespace":"team","uid":"u",)"
                     R"("resourceVersion":")" +
                         version + '"' + managed + R"(},"imagePullSecrets":)" + list + "}");
}

/// What the server says of an object after a write.
http_response written(const std::string& name, const std::string& version) {
  return answer(200, R"({"metadata":{"name":")" + name + R"(","namespace":"team","uid":"u",)" +
                         R"("resourceVersion":")" + version + "\"}}");
}

http_response refused(int status, const std::string& reason) {
  return answer(status, R"({"kind":"Status","status":"Failure","reason":")" + reason +
                            R"(","message":"no","code":)" + std::to_string(status) + "}");
}

struct one_namespace : writer_world {
  one_namespace() {
    list_secrets();
    serve("team");
    issue("a");
    issue("b");
  }
  /// The request of what is to be done next with the object; then it is answered.
  std::optional<failure> do_next(const object_key& key, kind expected,
                                 const action_request::answer& value) {
    const auto todo = of(key);
    BOOST_REQUIRE((todo.what == expected));
    auto request = request_for(observed, key, todo);
    BOOST_REQUIRE(request.has_value());
    sent = request->request;
    return request->finish(observed, value);
  }
  const std::string linked = R"([{"name":")" + ours + "\"}]";
  const object_key the_account = account_key("team", "default");
  const object_key the_secret = secret_key("team", 0);
  http_request sent;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(action_request_suite, one_namespace)

BOOST_AUTO_TEST_CASE(two_answers_and_a_namespace_is_as_desired) {
  BOOST_TEST(!do_next(the_account, kind::link, ::account("11", linked)));
  BOOST_TEST(sent.url.find("/serviceaccounts/default") != std::string::npos);
  BOOST_TEST(!do_next(the_secret, kind::apply, written(ours, "12")));
  BOOST_TEST(sent.url.find("/secrets/" + ours) != std::string::npos);
  BOOST_TEST((next("team").what == kind::none));
  BOOST_TEST(observed.find("team")->secrets[0]->resource_version == "12");
}

BOOST_AUTO_TEST_CASE(a_link_that_does_not_stick_is_a_failure_and_names_the_manager) {
  const auto reason =
      do_next(the_account, kind::link, ::account("11", R"([{"name":"regcred"}])", "kyverno"));
  BOOST_REQUIRE(reason.has_value());
  BOOST_TEST((reason->code == errc::overruled));
  BOOST_TEST(reason->message.find("kyverno") != std::string::npos);
  BOOST_TEST((account("team").what == kind::link)); // the list is as the answer showed it
  const auto again = do_next(the_account, kind::link, ::account("11", R"([{"name":"regcred"}])"));
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((again->code == errc::overruled));
}

BOOST_AUTO_TEST_CASE(an_apply_that_changes_nothing_is_a_failure) {
  settle("team");
  auto edited = shown("team", 900);
  edited.docker_config = secret_string{std::string_view{"{\"auths\":{}}"}};
  observed.secret(0, {watch_event_kind::apply, edited});
  const auto reason = do_next(the_secret, kind::apply, written(ours, "900"));
  BOOST_REQUIRE(reason.has_value());
  BOOST_TEST((reason->code == errc::overruled));
  BOOST_TEST((secret("team").what == kind::apply));
}

BOOST_AUTO_TEST_CASE(an_account_with_an_odd_element_is_linked_and_the_element_stays) {
  kubernetes::service_account odd;
  odd.meta = meta("team", "default", 20);
  odd.pull_secrets = {{"", "own"}}; // the server keeps an element without a name as {}
  scope(account_seen{odd, true});
  BOOST_TEST(!do_next(the_account, kind::link,
                      ::account("21", R"([{},{"name":"own"},{"name":")" + ours + "\"}]")));
  BOOST_TEST(sent.body.find(R"("value":[{},{"name":"own"}])") != std::string::npos);
  BOOST_TEST((account("team").what == kind::none));
  scope(namespace_left{"team"});
  BOOST_TEST(!do_next(the_account, kind::unlink, ::account("22", R"([{},{"name":"own"}])")));
  BOOST_TEST(sent.body.find(R"({"op":"remove","path":"/imagePullSecrets/2"})") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_account_that_is_gone_is_no_failure) {
  BOOST_TEST(!do_next(the_account, kind::link, refused(404, "NotFound")));
  BOOST_TEST(observed.find("team")->accounts.empty());
}

BOOST_AUTO_TEST_CASE(what_was_refused_or_not_answered_changes_nothing) {
  const auto conflict = do_next(the_account, kind::link, refused(409, "Conflict"));
  BOOST_REQUIRE(conflict.has_value());
  BOOST_TEST((conflict->code == errc::conflict));
  const auto lost =
      do_next(the_account, kind::link, make_failure(errc::connection_lost, "", "gone"));
  BOOST_REQUIRE(lost.has_value());
  BOOST_TEST((lost->code == errc::connection_lost));
  BOOST_TEST((next("team").what == kind::link));
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_not_there_any_more_is_written_anew) {
  settle("team");
  issue("a", "second");
  mono += 1h;
  observed.conflicted(the_secret, observed.find("team")->secrets[0]->resource_version);
  BOOST_TEST(!do_next(the_secret, kind::read, refused(404, "NotFound")));
  BOOST_TEST(!observed.find("team")->secrets[0]);
  BOOST_TEST((secret("team").what == kind::apply));
}

BOOST_AUTO_TEST_CASE(a_namespace_that_leaves_is_emptied) {
  settle("team");
  scope(namespace_left{"team"});
  BOOST_TEST(!do_next(the_account, kind::unlink, ::account("900", "[]")));
  const auto refusal = do_next(the_secret, kind::remove, refused(403, "Forbidden"));
  BOOST_REQUIRE(refusal.has_value());
  BOOST_TEST((refusal->code == errc::denied));
  BOOST_TEST(
      !do_next(the_secret, kind::remove, answer(200, R"({"kind":"Status","status":"Success"})")));
  BOOST_TEST((next("team").what == kind::release));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_list_of_accounts_is_a_failure) {
  BOOST_TEST(!request_for(observed, the_account, action{}).has_value());
  auto todo = request_for(observed, namespace_key("team"), action{kind::list_accounts});
  BOOST_REQUIRE(todo.has_value());
  const auto reason = todo->finish(observed, answer(200, "<html>"));
  BOOST_REQUIRE(reason.has_value());
  BOOST_TEST(reason->step == "list service accounts team");
  BOOST_TEST(reason->status == 200);
  BOOST_TEST(todo->finish(observed, refused(500, "InternalError")).has_value());
  BOOST_TEST(
      !todo->finish(observed, answer(200, R"({"metadata":{"resourceVersion":"1"},"items":[]})")));
}

BOOST_AUTO_TEST_SUITE_END()
