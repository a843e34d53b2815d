#define BOOST_TEST_MODULE adoption
#include <boost/test/unit_test.hpp>

#include "actors/writer/adoption.hpp"
#include "actors/writer/write_spreading.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

using kind = action::kind;
using steps = std::vector<kind>;

/// A helper that takes up what one before it wrote an hour ago: passwords that end in an hour.
struct successor : writer_world {
  successor() {
    writer_world before;
    before.list_secrets();
    before.serve("team");
    before.issue("a", "old-a");
    before.issue("b", "old-b");
    before.settle("team");
    found = before.shown("team", 50);
  }
  void start_with_what_was_found() {
    list_secrets({found});
    serve("team", {{ours}});
  }
  void answer() {
    issue("a", "new-a", 180min);
    issue("b", "new-b", 180min);
  }
  /// Its own password of "a" ends while what was found is valid for longer.
  void own_ends_first() {
    issue("a", "own-a", 20min);
    issue("b", "old-b", 120min);
    start_with_what_was_found();
    mono = 20min;
    BOOST_TEST(desired.expire(now().wall));
  }
  /// It is looked at again then, or a moment sooner: in its turn.
  bool comes_at(std::chrono::minutes then) const {
    return revisit && *revisit <= start + then && *revisit > start + then - write_every;
  }
  bool holds(std::string_view password) const {
    return document("team").find(password) != std::string::npos;
  }

  kubernetes::secret found;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(after_a_restart, successor)

BOOST_AUTO_TEST_CASE(what_is_good_stays_until_it_would_be_renewed) {
  start_with_what_was_found();
  answer();
  BOOST_TEST(settle("team").empty());
  BOOST_TEST(comes_at(105min));
  mono = 105min;
  BOOST_TEST((settle("team") == steps{kind::apply}));
  BOOST_TEST(holds("new-a"));
  BOOST_TEST(holds("new-b"));
  BOOST_TEST(settle("team").empty());
}

BOOST_AUTO_TEST_CASE(what_is_good_stays_where_the_cloud_answers_before_the_secrets_are_listed) {
  answer();
  start_with_what_was_found();
  BOOST_TEST(settle("team").empty());
  BOOST_TEST(comes_at(105min));
  issue("a", "newest-a", 190min);
  mono += write_every;
  BOOST_TEST((settle("team") == steps{kind::apply}));
}

BOOST_AUTO_TEST_CASE(what_is_good_stays_where_the_cloud_answers_before_the_scope_is_known) {
  list_secrets({found});
  answer();
  serve("team", {{ours}});
  BOOST_TEST(settle("team").empty());
  BOOST_TEST(comes_at(105min));
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_written_and_the_rest_stays) {
  start_with_what_was_found();
  serve("new");
  answer();
  BOOST_TEST((settle("new") == steps{kind::link, kind::apply}));
  BOOST_TEST(settle("team").empty());
}

BOOST_AUTO_TEST_CASE(a_renewal_is_written) {
  start_with_what_was_found();
  answer();
  BOOST_TEST(settle("team").empty());
  issue("a", "newest-a", 190min);
  mono += write_every; // its turn
  BOOST_TEST((settle("team") == steps{kind::apply}));
  BOOST_TEST(holds("newest-a"));
}

BOOST_AUTO_TEST_CASE(a_renewal_is_written_while_another_instance_has_not_answered) {
  start_with_what_was_found();
  issue("a", "new-a", 180min);
  mono += desired_state::settle_time;
  BOOST_TEST(settle("team").empty());
  BOOST_TEST(comes_at(105min));
  issue("a", "newest-a", 190min);
  mono += write_every; // its turn
  BOOST_TEST((settle("team") == steps{kind::apply}));
  BOOST_TEST(holds("newest-a"));
  BOOST_TEST(holds("old-b"));
}

BOOST_AUTO_TEST_CASE(another_configuration_is_written) {
  start_with_what_was_found();
  answer();
  BOOST_TEST(settle("team").empty());
  desired.expect({{{"a", {}}}, ""});
  BOOST_TEST((settle("team") == steps{kind::apply}));
  BOOST_TEST(!holds("new-b"));
}

BOOST_AUTO_TEST_CASE(a_password_that_ends_unrenewed_is_withdrawn) {
  start_with_what_was_found();
  answer();
  BOOST_TEST(settle("team").empty());
  desired.withdraw("a");
  BOOST_TEST((settle("team") == steps{kind::apply}));
}

/// Another helper has got a password where this one gets none: `found` is a newer one than its own.
BOOST_AUTO_TEST_CASE(a_newer_one_stays_where_the_own_credential_has_ended) {
  own_ends_first();
  BOOST_TEST(settle("team").empty());
  BOOST_TEST(holds("old-a"));
  BOOST_TEST(comes_at(120min));
  serve("new");
  settle("new");
  BOOST_TEST(document("new").find("own-a") == std::string::npos);
  mono = 120min; // it ends as well
  desired.expire(now().wall);
  BOOST_TEST((settle("team") == steps{kind::apply}));
  BOOST_TEST(!holds("old-a"));
}

BOOST_AUTO_TEST_CASE(a_newer_one_stays_also_where_expired_hosts_are_removed) {
  desired = desired_state{{}, on_expiry::remove};
  desired.expect({{{"a", {}}, {"b", {}}}, ""});
  own_ends_first();
  BOOST_TEST(settle("team").empty());
  mono = 120min;
  desired.expire(now().wall);
  BOOST_TEST((settle("team") == steps{kind::apply}));
  BOOST_TEST(!holds("a.example"));
}

BOOST_AUTO_TEST_CASE(one_that_is_not_newer_or_that_another_client_wrote_is_blanked) {
  const auto is_blanked = [](const std::function<void(successor&)>& change) {
    successor one;
    one.issue("a", "own-a", 20min);
    one.issue("b", "old-b", 120min);
    change(one);
    one.list_secrets({one.found});
    one.serve("team", {{ours}});
    one.mono = 20min;
    one.desired.expire(one.now().wall);
    one.settle("team");
    return !one.holds("old-a");
  };
  BOOST_TEST(!is_blanked([](auto&) {}));
  BOOST_TEST(is_blanked([](auto& one) { one.found.written_by_us_last = false; }));
  BOOST_TEST(is_blanked([](auto& one) {
    one.issue("a", "own-a", 125min);
    one.desired.withdraw("a");
  }));
  BOOST_TEST(is_blanked([](auto& one) {
    one.found.annotations[instances_annotation] =
        R"([{"instance":"a","domains":["other.example"],"state":"valid",)"
        R"("expiresAt":"2026-01-02T02:00:00Z"}])";
  }));
}

BOOST_AUTO_TEST_CASE(what_was_changed_by_others_is_restored) {
  found.written_by_us_last = false;
  start_with_what_was_found();
  answer();
  BOOST_TEST((settle("team") == steps{kind::apply}));
}

BOOST_AUTO_TEST_CASE(what_differs_in_anything_but_the_passwords_is_written) {
  const auto is_written = [](const std::function<void(kubernetes::secret&)>& change) {
    successor other;
    change(other.found);
    other.start_with_what_was_found();
    other.answer();
    return other.settle("team") == steps{kind::apply};
  };
  BOOST_TEST(!is_written([](auto&) {}));
  BOOST_TEST(is_written([](auto& s) { s.type = "Opaque"; }));
  BOOST_TEST(is_written([](auto& s) { s.labels.clear(); }));
  BOOST_TEST(is_written([](auto& s) { s.annotations.clear(); }));
  BOOST_TEST(is_written([](auto& s) { s.docker_config = {}; }));
  const auto entries = *registry::parse_docker_config(found.docker_config);
  const auto with = [&](std::size_t i, auto change) {
    return is_written([&](auto& s) {
      auto changed = entries;
      change(changed.at(i));
      s.docker_config = registry::render_docker_config(changed);
    });
  };
  BOOST_TEST(!with(1, [](auto&) {}));
  BOOST_TEST(with(1, [](auto& e) { e.user = "another"; }));
  BOOST_TEST(with(1, [](auto& e) { e.email = "a@b.example"; }));
  BOOST_TEST(with(0, [](auto& e) { e = registry::blank_entry(e.host); }));
  BOOST_TEST(with(0, [](auto& e) { e.host = "c.example"; }));
  const auto noted = [&](const std::string& rows) {
    return is_written([&](auto& s) { s.annotations[instances_annotation] = rows; });
  };
  const std::string a =
      R"({"instance":"a","domains":["a.example"],"state":"valid","expiresAt":"2026-01-02T02:00:00Z"})";
  const auto b = [](const std::string& ends) {
    return R"(,{"instance":"b","domains":["b.example"],"state":"valid","expiresAt":")" + ends +
           "\"}]";
  };
  BOOST_TEST(!noted("[" + a + b("2026-01-02T02:00:00Z")));
  BOOST_TEST(noted("[" + a + "]"));
  BOOST_TEST(noted("[" + a + b("2026-01-02T01:10:00Z"))); // would be renewed now
  BOOST_TEST(noted("[" + a + b("2026-01-02T04:00:00Z"))); // the new one ends before it
  BOOST_TEST(noted("[" + a + b("")));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(shortly_before_the_renewal_of_the_instance_it_is_waited_for) {
  const auto until = [](std::chrono::minutes ends) {
    const auto secret_with = [](const char* password, std::chrono::minutes end) {
      desired_secrets secrets;
      secrets.expect({{{"a", {}}}, ""});
      secrets.issue(
          {"a",
           {"cr_temp_user", secret_string{std::string_view{password}}, start + end, {"a.example"}},
           start + end - 15min});
      return secrets.secrets_in("team").at(0);
    };
    return stays_until(*secret_with("old", ends)->content, *secret_with("new", 120min),
                       {{"a", {start + 120min, start + 105min}}}, start + 60min);
  };
  BOOST_TEST((until(116min) == start + 105min + 150s)); // due at 101
  BOOST_TEST((until(114min) == start + 99min));         // too early for that
  BOOST_TEST((until(120min) == start + 105min));
  BOOST_TEST(!until(75min));
  BOOST_TEST(!until(121min));
}
