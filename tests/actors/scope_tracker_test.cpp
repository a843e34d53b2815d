#define BOOST_TEST_MODULE scope_tracker
#include <boost/test/unit_test.hpp>

#include "actors/scope_tracker.hpp"

using namespace acr;

namespace {

const select_scope everything{{true, {}}, {true, {}}};
const select_scope default_everywhere{{true, {}}, {false, {"default"}}};

select_scope only(std::vector<std::string> namespaces, std::vector<std::string> accounts) {
  return {{false, std::move(namespaces)}, {false, std::move(accounts)}};
}

watch_event space(watch_event_kind kind, const std::string& name, bool terminating = false) {
  return {kind, kubernetes::name_space{{{"", name}, "", "1"}, terminating}};
}

watch_event account(watch_event_kind kind, const std::string& ns, const std::string& name,
                    std::optional<std::vector<std::string>> list = {}, bool managed = false) {
  return {kind,
          kubernetes::service_account{{{ns, name}, "", "1"}, std::move(list), managed, false}};
}

/// One word per event: "+ns", "xns" (terminating), "~ns" (left), "-ns", "+ns/a",
/// "?ns/a" (not in scope), "~ns/a", "-ns/a", "synced".
std::vector<std::string> words(const std::vector<scope_event>& events) {
  struct speaker {
    std::string operator()(const namespace_seen& e) { return (e.terminating ? "x" : "+") + e.name; }
    std::string operator()(const namespace_left& e) { return "~" + e.name; }
    std::string operator()(const namespace_gone& e) { return "-" + e.name; }
    std::string operator()(const account_seen& e) {
      const auto& ref = e.account.meta.ref;
      return (e.in_scope ? "+" : "?") + ref.ns + "/" + ref.name;
    }
    std::string operator()(const account_left& e) { return "~" + e.ref.ns + "/" + e.ref.name; }
    std::string operator()(const account_gone& e) { return "-" + e.ref.ns + "/" + e.ref.name; }
    std::string operator()(const scope_synced&) { return "synced"; }
  };
  std::vector<std::string> said;
  said.reserve(events.size());
  for (const auto& event : events)
    said.push_back(std::visit(speaker{}, event));
  return said;
}

struct tracked {
  using kind = watch_event_kind;

  std::vector<std::string> select(const select_scope& wanted) {
    auto change = tracker.select(wanted);
    stopped = change.stop;
    ids.clear();
    for (auto& watch : change.start) {
      ids.push_back(watch_id{next++});
      tracker.started(ids.back(), watch);
    }
    return words(change.events);
  }

  std::vector<std::string> hear(std::size_t watch, std::vector<watch_event> events) {
    auto outcome = tracker.observed({ids.at(watch), std::move(events)});
    swept = outcome.stop;
    return words(outcome.events);
  }

  std::vector<std::string> list(std::size_t watch, std::vector<watch_event> events) {
    events.insert(events.begin(), watch_event{kind::init, {}});
    events.push_back({kind::init_done, {}});
    return hear(watch, std::move(events));
  }

  scope_tracker tracker;
  std::vector<watch_id> ids, stopped;
  std::optional<watch_id> swept;
  std::uint32_t next = 0;
};

using list_of = std::vector<std::string>;

/// "n100" to "n164"
list_of many_names() {
  list_of names(65, "n");
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i].append(std::to_string(100 + i));
  return names;
}

} // namespace

#define CHECK_WORDS(actual, ...)                                                                   \
  BOOST_TEST((actual) == (list_of{__VA_ARGS__}), boost::test_tools::per_element())

BOOST_FIXTURE_TEST_SUITE(scope_tracker_suite, tracked)

BOOST_AUTO_TEST_CASE(listed_namespaces_are_watched_one_by_one) {
  const auto watches = watches_for(only({"a", "b"}, {"default"}));
  BOOST_REQUIRE_EQUAL(watches.size(), 4U);
  BOOST_TEST(watches[0].what.field_selector == "metadata.name=a");
  BOOST_TEST(watches[1].what.ns == "a");
}

BOOST_AUTO_TEST_CASE(a_long_list_is_watched_as_a_whole_where_that_is_allowed) {
  auto names = many_names();
  const auto wanted = only(names, {"x", "y"});
  BOOST_TEST(watches_for(wanted).size() == 2U);
  BOOST_TEST(watches_for(wanted, true).size() == 130U);
  names.pop_back();
  BOOST_TEST(watches_for(only(names, {"x", "y"})).size() == 128U);

  select(wanted);
  BOOST_REQUIRE_EQUAL(ids.size(), 2U);
  CHECK_WORDS(list(0, {space(kind::init_apply, "n100"), space(kind::init_apply, "other")}),
              "+n100");
  CHECK_WORDS(
      list(1, {account(kind::init_apply, "n100", "x"), account(kind::init_apply, "other", "x")}),
      "+n100/x", "synced");
}

BOOST_AUTO_TEST_CASE(where_it_is_not_allowed_each_of_a_long_list_is_watched_by_itself) {
  auto names = many_names();
  select(only(names, {"x", "y"}));
  const auto first = ids;
  auto change = tracker.refused(ids[1]);
  BOOST_TEST((change.stop == first));
  BOOST_TEST(change.start.size() == 130U);
  for (auto& watch : change.start)
    tracker.started(watch_id{next++}, watch);
  BOOST_TEST(tracker.refused(first[0]).start.empty()); // stopped meanwhile
  BOOST_TEST(tracker.refused(watch_id{next - 1}).start.empty());
  BOOST_TEST(tracker.select(only(names, {"x"})).start.size() == 130U); // that is known now
}

BOOST_AUTO_TEST_CASE(one_account_everywhere_is_watched_by_name_with_a_sweep_for_leftovers) {
  const auto watches = watches_for(default_everywhere);
  BOOST_REQUIRE_EQUAL(watches.size(), 3U);
  BOOST_TEST(watches[1].what.field_selector == "metadata.name=default");
  BOOST_TEST(watches[2].sweep);
}

BOOST_AUTO_TEST_CASE(it_is_in_step_once_every_list_is_complete) {
  CHECK_WORDS(select(everything));
  CHECK_WORDS(list(0, {space(kind::init_apply, "a")}), "+a");
  CHECK_WORDS(list(1, {account(kind::init_apply, "a", "default")}), "+a/default", "synced");
}

BOOST_AUTO_TEST_CASE(changes_are_passed_on) {
  select(everything);
  list(0, {});
  list(1, {});
  CHECK_WORDS(hear(0, {space(kind::apply, "a"), space(kind::apply, "a", true)}), "+a", "xa");
  CHECK_WORDS(hear(1, {account(kind::apply, "a", "x"), account(kind::remove, "a", "x")}), "+a/x",
              "-a/x");
  CHECK_WORDS(hear(0, {space(kind::remove, "a")}), "-a");
}

BOOST_AUTO_TEST_CASE(what_a_new_list_does_not_name_is_gone) {
  select(everything);
  list(0, {space(kind::init_apply, "a"), space(kind::init_apply, "b")});
  list(1, {account(kind::init_apply, "a", "x"), account(kind::init_apply, "a", "y")});
  CHECK_WORDS(list(1, {account(kind::init_apply, "a", "x")}), "+a/x", "-a/y");
  CHECK_WORDS(list(0, {space(kind::init_apply, "a")}), "+a", "-b");
}

BOOST_AUTO_TEST_CASE(accounts_of_a_recreated_namespace_may_come_before_the_old_one_is_gone) {
  select(everything);
  list(0, {space(kind::init_apply, "a")});
  list(1, {account(kind::init_apply, "a", "x")});
  hear(1, {account(kind::remove, "a", "x"), account(kind::apply, "a", "y")});
  CHECK_WORDS(hear(0, {space(kind::remove, "a"), space(kind::apply, "a")}), "-a", "+a");
  // Still known: a list that does not name it tells that it is gone.
  CHECK_WORDS(list(1, {}), "-a/y");
}

BOOST_AUTO_TEST_CASE(accounts_of_a_deleted_namespace_that_is_no_longer_selected_are_gone) {
  select(everything);
  list(0, {space(kind::init_apply, "a"), space(kind::init_apply, "b")});
  list(1, {account(kind::init_apply, "a", "x"), account(kind::init_apply, "b", "x")});
  hear(0, {space(kind::remove, "a")});
  CHECK_WORDS(select(only({"c"}, {"x"})), "-a/x", "~b");
}

BOOST_AUTO_TEST_CASE(a_list_of_one_namespace_says_nothing_of_others) {
  select(only({"a", "b"}, {"x"}));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto* const ns = i == 0 ? "a" : "b";
    list(2 * i, {space(kind::init_apply, ns)});
    list(2 * i + 1, {account(kind::init_apply, ns, "x")});
  }
  CHECK_WORDS(list(1, {}), "-a/x");
  CHECK_WORDS(list(2, {}), "-b");
  CHECK_WORDS(list(3, {account(kind::init_apply, "b", "x")}), "+b/x");
}

BOOST_AUTO_TEST_CASE(what_is_deleted_within_a_list_is_gone_once) {
  select(everything);
  CHECK_WORDS(list(0, {space(kind::init_apply, "a"), space(kind::remove, "a")}), "+a", "-a");
  CHECK_WORDS(list(0, {}));
}

BOOST_AUTO_TEST_CASE(accounts_out_of_scope_are_sent_only_if_we_once_linked_them) {
  select(only({"a"}, {"default"}));
  CHECK_WORDS(
      list(
          1,
          {account(kind::init_apply, "a", "default"), account(kind::init_apply, "a", "other"),
           account(kind::init_apply, "a", "theirs", {{"acr-credential-secret-aggregation"}}, false),
           account(kind::init_apply, "a", "left", {{"acr-credential-secret-aggregation"}}, true)}),
      "+a/default", "?a/left");
}

BOOST_AUTO_TEST_CASE(a_sweep_ends_with_its_list_and_tells_leftovers_only) {
  select(default_everywhere);
  const auto sweep = ids.at(2);
  CHECK_WORDS(list(2, {account(kind::init_apply, "a", "default"),
                       account(kind::init_apply, "a", "left",
                               {{"acr-credential-secret-aggregation-2"}}, true)}),
              "?a/left");
  BOOST_TEST((swept == sweep));
  list(0, {space(kind::init_apply, "a")});
  CHECK_WORDS(list(1, {account(kind::init_apply, "a", "default")}), "+a/default", "synced");
}

BOOST_AUTO_TEST_CASE(another_selection_tells_what_has_left) {
  select(everything);
  list(0, {space(kind::init_apply, "a"), space(kind::init_apply, "b")});
  list(1, {account(kind::init_apply, "a", "default"), account(kind::init_apply, "a", "builder")});
  const auto before = ids;
  CHECK_WORDS(select(only({"a"}, {"default"})), "~a/builder", "~b");
  BOOST_TEST((stopped == before));
  CHECK_WORDS(list(0, {space(kind::init_apply, "a")}), "+a");
  CHECK_WORDS(list(1, {account(kind::init_apply, "a", "default")}), "+a/default", "synced");
}

BOOST_AUTO_TEST_CASE(what_vanished_between_two_selections_is_gone) {
  select(everything);
  list(0, {space(kind::init_apply, "a"), space(kind::init_apply, "b")});
  list(1, {account(kind::init_apply, "a", "x")});
  select(default_everywhere);
  CHECK_WORDS(list(0, {space(kind::init_apply, "b")}), "+b", "-a");
  CHECK_WORDS(list(1, {}));
  CHECK_WORDS(list(2, {}), "synced");
}

BOOST_AUTO_TEST_CASE(the_same_selection_changes_nothing) {
  select(everything);
  BOOST_TEST(select(everything).empty());
  BOOST_TEST(ids.empty());
  BOOST_TEST(stopped.empty());
}

BOOST_AUTO_TEST_CASE(a_watch_that_was_stopped_is_not_listened_to) {
  select(everything);
  const auto old = ids;
  select(only({"a"}, {"default"}));
  BOOST_TEST(tracker.observed({old[0], {space(kind::apply, "z")}}).events.empty());
}

namespace {

watch_event labelled(watch_event_kind kind, const std::string& name, const std::string& team) {
  kubernetes::name_space one{{{"", name}, "", "1"}, false};
  one.labels = {{"team", team}};
  return {kind, one};
}
watch_event ignored(watch_event_kind kind, const std::string& name, bool is = true) {
  kubernetes::name_space one{{{"", name}, "", "1"}, false};
  one.ignored = is;
  return {kind, one};
}
watch_event ignored_account(watch_event_kind kind, const std::string& ns, bool is = true) {
  kubernetes::service_account one{{{ns, "default"}, "", "1"}, {}, false, false};
  one.ignored = is;
  return {kind, one};
}

} // namespace

BOOST_AUTO_TEST_CASE(labels_move_a_namespace_in_and_out) {
  auto wanted = everything;
  wanted.labels = {{{"team", label_requirement::is::in, {"a"}}}};
  select(wanted);
  CHECK_WORDS(list(0, {labelled(kind::init_apply, "x", "a"), labelled(kind::init_apply, "y", "b")}),
              "+x", "~y");
  CHECK_WORDS(hear(0, {labelled(kind::apply, "x", "b")}), "~x");
  CHECK_WORDS(hear(0, {labelled(kind::apply, "x", "c")})); // still out: nothing new
  CHECK_WORDS(hear(0, {labelled(kind::apply, "y", "a")}), "+y");
  BOOST_TEST((tracker.exceptions().selected == std::set<std::string>{"y"}));
  BOOST_TEST((tracker.exceptions().excluded == std::set<std::string>{"x"}));
}

BOOST_AUTO_TEST_CASE(the_owner_of_a_namespace_can_opt_out_and_in_again) {
  select(everything);
  CHECK_WORDS(list(0, {space(kind::init_apply, "x"), ignored(kind::init_apply, "y")}), "+x", "~y");
  CHECK_WORDS(hear(0, {ignored(kind::apply, "x")}), "~x");
  CHECK_WORDS(hear(0, {ignored(kind::apply, "x", false)}), "+x");
  CHECK_WORDS(hear(0, {space(kind::remove, "y")}), "-y");
}

BOOST_AUTO_TEST_CASE(the_owner_of_an_account_can_opt_out_and_in_again) {
  select(everything);
  list(0, {space(kind::init_apply, "x")});
  CHECK_WORDS(list(1, {ignored_account(kind::init_apply, "x")}), "?x/default", "synced");
  BOOST_TEST(tracker.exceptions().accounts.contains({"x", "default"}));
  CHECK_WORDS(hear(1, {ignored_account(kind::apply, "x", false)}), "+x/default");
  BOOST_TEST(tracker.exceptions().accounts.empty());
}

BOOST_AUTO_TEST_CASE(another_selector_judges_anew) {
  auto wanted = everything;
  select(wanted);
  list(0, {labelled(kind::init_apply, "x", "a"), labelled(kind::init_apply, "y", "b")});
  wanted.labels = {{{"team", label_requirement::is::in, {"a"}}}};
  select(wanted);
  CHECK_WORDS(list(0, {labelled(kind::init_apply, "x", "a"), labelled(kind::init_apply, "y", "b")}),
              "+x", "~y");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(patterns_and_exclusions_are_watched_in_all_namespaces) {
  tracked t;
  const selection teams{false, {"a"}, {"team-*"}, {"team-x"}};
  t.select({teams, {true, {}, {}, {"build*"}}});
  BOOST_TEST(
      (watches_for({teams, {false, {}, {"r*"}}}) ==
       std::vector<scope_watch>{{{kubernetes::object_kind::name_space, "", ""}, false},
                                {{kubernetes::object_kind::service_account, "", ""}, false}}));
  using kind = watch_event_kind;
  const auto in_namespaces =
      t.list(0, {space(kind::init_apply, "a"), space(kind::init_apply, "b"),
                 space(kind::init_apply, "team-1"), space(kind::init_apply, "team-x")});
  BOOST_TEST(in_namespaces == (std::vector<std::string>{"+a", "+team-1"}),
             boost::test_tools::per_element());
  const auto accounts = t.list(
      1, {account(kind::init_apply, "a", "default"), account(kind::init_apply, "a", "builder"),
          account(kind::init_apply, "b", "default"), account(kind::init_apply, "team-1", "robot"),
          account(kind::init_apply, "team-x", "default", {{"acr-credential-secret-aggregation"}},
                  true)});
  // What we linked where nothing is selected any more is to be unlinked.
  BOOST_TEST(accounts == (std::vector<std::string>{"+a/default", "+team-1/robot", "?team-x/default",
                                                   "synced"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.hear(0, {space(kind::apply, "team-2"), space(kind::apply, "other")}) ==
                 std::vector<std::string>{"+team-2"},
             boost::test_tools::per_element());
  // Another exclusion: what it takes leaves.
  const auto left = t.select({{false, {"a"}, {"team-*"}, {"team-1"}}, {true, {}, {}, {"build*"}}});
  BOOST_TEST(left == std::vector<std::string>{"~team-1"}, boost::test_tools::per_element());
}
