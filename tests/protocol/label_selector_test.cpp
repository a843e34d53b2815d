#define BOOST_TEST_MODULE label_selector
#include <boost/test/unit_test.hpp>

#include "protocol/label_selector.hpp"

using namespace acr;
using is = label_requirement::is;

namespace {

bool selects(label_requirement term, const std::map<std::string, std::string>& labels) {
  return label_selector{{std::move(term)}}.selects(labels);
}

} // namespace

BOOST_AUTO_TEST_CASE(an_empty_selector_selects_everything) {
  BOOST_TEST(label_selector{}.selects({}));
  BOOST_TEST(label_selector{}.selects({{"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(each_operator_means_what_kubernetes_means_by_it) {
  const label_requirement in{"team", is::in, {"a", "b"}};
  BOOST_TEST(selects(in, {{"team", "b"}}));
  BOOST_TEST(!selects(in, {{"team", "c"}}));
  BOOST_TEST(!selects(in, {}));
  const label_requirement not_in{"team", is::not_in, {"a", "b"}};
  BOOST_TEST(!selects(not_in, {{"team", "b"}}));
  BOOST_TEST(selects(not_in, {{"team", "c"}}));
  BOOST_TEST(selects(not_in, {})); // also without the label
  BOOST_TEST(selects({"team", is::exists}, {{"team", ""}}));
  BOOST_TEST(!selects({"team", is::exists}, {{"teams", ""}}));
  BOOST_TEST(selects({"team", is::does_not_exist}, {}));
  BOOST_TEST(!selects({"team", is::does_not_exist}, {{"team", "x"}}));
}

BOOST_AUTO_TEST_CASE(all_terms_must_hold) {
  const label_selector both{{{"pull", is::in, {"true"}}, {"legacy", is::does_not_exist}}};
  BOOST_TEST(both.selects({{"pull", "true"}}));
  BOOST_TEST(!both.selects({{"pull", "true"}, {"legacy", ""}}));
  BOOST_TEST(in_words(both) == "pull in (true),!legacy");
}
