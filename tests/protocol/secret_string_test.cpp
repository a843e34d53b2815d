#define BOOST_TEST_MODULE secret_string
#include <boost/test/unit_test.hpp>

#include <concepts>
#include <ostream>

#include "protocol/secret_string.hpp"

using namespace acr;

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!printable<secret_string>);
static_assert(!std::convertible_to<secret_string, std::string>);

BOOST_AUTO_TEST_CASE(taking_over_a_text_wipes_the_source) {
  std::string text = "short";
  const char* place = text.data(); // in the object itself: a move alone would leave it there
  const secret_string secret{std::move(text)};
  BOOST_TEST(secret.reveal() == "short");
  // The object is alive, and its characters are still in place: that is what is looked at.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.InnerPointer)
  BOOST_TEST(std::string(place, 5) == std::string(5, '\0'));
}

BOOST_AUTO_TEST_CASE(copies_share_one_buffer) {
  const secret_string a{std::string_view{"password"}};
  const secret_string b = a; // NOLINT(performance-unnecessary-copy-initialization): the point
  BOOST_TEST(a.reveal().data() == b.reveal().data());
}

BOOST_AUTO_TEST_CASE(wiping_overwrites_and_empties) {
  std::string text(100, 'x');
  const char* place = text.data();
  wipe(text);
  BOOST_TEST(text.empty());
  BOOST_TEST(place[50] == '\0'); // NOLINT(clang-analyzer-cplusplus.InnerPointer): capacity stays
}
