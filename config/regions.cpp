#include "config/regions.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 38> regions{"cn-hangzhou",
                                                   "cn-shanghai",
                                                   "cn-beijing",
                                                   "cn-shenzhen",
                                                   "cn-qingdao",
                                                   "cn-zhangjiakou",
                                                   "cn-huhehaote",
                                                   "cn-wulanchabu",
                                                   "cn-chengdu",
                                                   "cn-guangzhou",
                                                   "cn-heyuan",
                                                   "cn-nanjing",
                                                   "cn-fuzhou",
                                                   "cn-wuhan-lr",
                                                   "cn-zhengzhou-jva",
                                                   "cn-hongkong",
                                                   "ap-southeast-1",
                                                   "ap-southeast-2",
                                                   "ap-southeast-3",
                                                   "ap-southeast-5",
                                                   "ap-southeast-6",
                                                   "ap-southeast-7",
                                                   "ap-northeast-1",
                                                   "ap-northeast-2",
                                                   "ap-south-1",
                                                   "us-east-1",
                                                   "us-west-1",
                                                   "us-southeast-1",
                                                   "na-south-1",
                                                   "eu-central-1",
                                                   "eu-west-1",
                                                   "me-east-1",
                                                   "me-central-1",
                                                   "cn-hangzhou-finance",
                                                   "cn-shanghai-finance-1",
                                                   "cn-shenzhen-finance-1",
                                                   "cn-beijing-finance-1",
                                                   "cn-north-2-gov-1"};

std::string without_digits(std::string_view text) {
  std::string rest{text};
  std::erase_if(rest, [](char c) { return c >= '0' && c <= '9'; });
  return rest;
}

} // namespace

std::optional<std::string_view> likely_region(std::string_view text) {
  if (text.size() > 32 || std::find(regions.begin(), regions.end(), text) != regions.end())
    return std::nullopt;
  const auto meant = suggestion(text, regions);
  if (!meant || distance(text, *meant) > 2 || without_digits(text) == without_digits(*meant))
    return std::nullopt;
  return meant;
}

} // namespace acr::config
