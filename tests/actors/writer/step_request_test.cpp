#define BOOST_TEST_MODULE step_request
#include <boost/test/unit_test.hpp>

#include "actors/writer/step_request.hpp"
#include "tests/support/ledger_world.hpp"

using namespace acr;
using namespace acr::testing;
using kind = work_step::kind;

namespace {

http_response answer(int status, const std::string& body) {
  return {status, {{"content-type", "application/json"}}, secret_string{std::string_view{body}}};
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

struct one_namespace : ledger_world {
  one_namespace() {
    list_secrets();
    serve("team");
    issue("a");
    issue("b");
  }
  /// The request of the next step; then its answer is told.
  std::optional<failure> do_next(kind expected, const step_request::answer& value) {
    const auto step = next("team");
    BOOST_REQUIRE((step.what == expected));
    auto todo = request_for(book, "team", step, now().wall);
    BOOST_REQUIRE(todo.has_value());
    sent = todo->request;
    return todo->finish(book, value);
  }
  http_request sent;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(step_request_suite, one_namespace)

BOOST_AUTO_TEST_CASE(two_answers_and_a_namespace_is_as_it_should_be) {
  BOOST_TEST(!do_next(kind::link, written("default", "11")));
  BOOST_TEST(sent.url.find("/serviceaccounts/default") != std::string::npos);
  BOOST_TEST(!do_next(kind::apply, written(ours, "12")));
  BOOST_TEST(sent.url.find("/secrets/" + ours) != std::string::npos);
  BOOST_TEST((next("team").what == kind::nothing));
  BOOST_TEST(book.find("team")->secrets[0]->resource_version == "12");
}

BOOST_AUTO_TEST_CASE(an_account_that_is_gone_is_no_failure) {
  BOOST_TEST(!do_next(kind::link, refused(404, "NotFound")));
  BOOST_TEST(book.find("team")->accounts.empty());
}

BOOST_AUTO_TEST_CASE(what_was_refused_or_not_answered_changes_nothing) {
  const auto conflict = do_next(kind::link, refused(409, "Conflict"));
  BOOST_REQUIRE(conflict.has_value());
  BOOST_TEST((conflict->code == errc::conflict));
  const auto lost = do_next(kind::link, make_failure(errc::connection_lost, "", "gone"));
  BOOST_REQUIRE(lost.has_value());
  BOOST_TEST((lost->code == errc::connection_lost));
  BOOST_TEST((next("team").what == kind::link));
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_not_there_any_more_is_written_anew) {
  settle("team");
  issue("a", "second");
  mono += 1h;
  book.conflicted("team", next("team"));
  BOOST_TEST(!do_next(kind::look, refused(404, "NotFound")));
  BOOST_TEST(!book.find("team")->secrets[0]);
  BOOST_TEST((next("team").what == kind::apply));
}

BOOST_AUTO_TEST_CASE(a_namespace_that_leaves_is_emptied) {
  settle("team");
  book.scope(namespace_left{"team"}, now());
  BOOST_TEST(!do_next(kind::unlink, written("default", "900")));
  const auto refusal = do_next(kind::remove, refused(403, "Forbidden"));
  BOOST_REQUIRE(refusal.has_value());
  BOOST_TEST((refusal->code == errc::denied));
  BOOST_TEST(!do_next(kind::remove, answer(200, R"({"kind":"Status","status":"Success"})")));
  BOOST_TEST((next("team").what == kind::forget));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_list_of_accounts_is_a_failure) {
  BOOST_TEST(!request_for(book, "team", {kind::wait, {}, {}, 0, {}}, now().wall).has_value());
  auto todo = request_for(book, "team", {kind::inspect, {}, {}, 0, {}}, now().wall);
  BOOST_REQUIRE(todo.has_value());
  BOOST_TEST(todo->finish(book, answer(200, "<html>")).has_value());
  BOOST_TEST(todo->finish(book, refused(500, "InternalError")).has_value());
  BOOST_TEST(
      !todo->finish(book, answer(200, R"({"metadata":{"resourceVersion":"1"},"items":[]})")));
}

BOOST_AUTO_TEST_SUITE_END()
