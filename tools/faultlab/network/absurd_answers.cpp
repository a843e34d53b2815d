#include "tools/faultlab/network/absurd_answers.hpp"

#include <array>
#include <chrono>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace acr::faultlab {

namespace json = boost::json;

namespace {

std::chrono::sys_days first_day_of(int year) {
  return std::chrono::sys_days{std::chrono::year{year} / 1 / 1};
}

bool about(std::string_view flow, std::string_view operation) {
  return flow.find(operation) != std::string_view::npos;
}

/// Sets a member of a JSON answer.
void set(http_response& answer, std::string_view key, json::value value) {
  boost::system::error_code error;
  auto read = json::parse(answer.body.reveal(), error);
  if (error || !read.is_object() || !read.get_object().contains(key))
    return;
  read.get_object()[key] = std::move(value);
  answer.body = secret_string{std::string_view{json::serialize(read)}};
}

} // namespace

std::string date_of_year(int year) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const std::chrono::weekday day{first_day_of(year)};
  return std::string{days.at(day.c_encoding())} + ", 01 Jan " + std::to_string(year) +
         " 00:00:00 GMT";
}

void distort(http_response& answer, std::string_view flow, const absurdity& how) {
  if (flow.find(how.instance) == std::string_view::npos)
    return;
  switch (how.what) {
  case absurdity::kind::date:
    for (auto& header : answer.headers)
      if (boost::algorithm::iequals(header.name, "date"))
        header.value = date_of_year(how.year);
    break;
  case absurdity::kind::expiry:
    if (answer.status == 200 && about(flow, "GetAuthorizationToken"))
      set(answer, "ExpireTime",
          std::chrono::milliseconds{first_day_of(how.year).time_since_epoch()}.count());
    break;
  case absurdity::kind::no_endpoints:
    if (answer.status == 200 && about(flow, "ListInstanceEndpoint"))
      set(answer, "Endpoints", json::array{});
    break;
  }
}

} // namespace acr::faultlab
