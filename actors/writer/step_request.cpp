#include "actors/writer/step_request.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "protocol/kubernetes/requests.hpp"

namespace acr {

namespace {

using kind = work_step::kind;
using answer = step_request::answer;
using kubernetes::object_kind;

std::optional<step_request> patch_account(ledger& book, const std::string& ns,
                                          const work_step& step) {
  const auto seen = book.find(ns)->accounts.at(step.account).object(ns, step.account);
  const bool linking = step.what == kind::link;
  auto request = linking ? kubernetes::link_account(seen, step.names)
                         : kubernetes::unlink_account(seen, step.names);
  if (!request) // cannot be: the plan has looked
    return std::nullopt;
  return step_request{
      std::move(*request),
      [ns, step, linking](ledger& into, const answer& value) -> std::optional<failure> {
        const auto what = (linking ? "link service account " : "unlink service account ") + ns +
                          "/" + step.account;
        auto meta = value ? kubernetes::read_patched(what, *value) : value.error();
        if (!meta && meta.error().code == errc::not_found)
          into.account_missing(ns, step.account);
        else if (!meta)
          return meta.error();
        else if (linking)
          into.linked(ns, step, *meta);
        else
          into.unlinked(ns, step, *meta);
        return std::nullopt;
      }};
}

step_request apply(ledger& book, const std::string& ns, const work_step& step, wall_time now) {
  auto content = book.content(ns, step.index, now);
  const auto& known = book.find(ns)->secrets.at(step.index);
  auto request = kubernetes::apply_secret({{ns, content.name},
                                           content.document,
                                           content.labels,
                                           content.annotations,
                                           known ? known->uid : std::string{},
                                           known ? known->resource_version : std::string{}});
  return {std::move(request),
          [ns, step, content = std::move(content)](ledger& into,
                                                   const answer& value) -> std::optional<failure> {
            const auto what = "apply secret " + ns + "/" + content.name;
            auto meta = value ? kubernetes::read_applied(what, *value) : value.error();
            if (!meta)
              return meta.error();
            into.applied(ns, step.index, content, *meta);
            return std::nullopt;
          }};
}

step_request remove(ledger& book, const std::string& ns, const work_step& step) {
  const auto& seen = *book.find(ns)->secrets.at(step.index);
  return {kubernetes::delete_secret(
              {{ns, secret_names.at(step.index)}, seen.uid, seen.resource_version}),
          [ns, step](ledger& into, const answer& value) {
            const auto what = "delete secret " + ns + "/" + secret_names.at(step.index);
            auto reason =
                value ? kubernetes::read_deleted(what, *value) : std::optional{value.error()};
            if (!reason)
              into.removed(ns, step.index);
            return reason;
          }};
}

/// Somebody changed the Secret, and the watch has not told yet.
step_request look(const std::string& ns, const work_step& step) {
  return {kubernetes::get_object(object_kind::secret, {ns, secret_names.at(step.index)}),
          [ns, step](ledger& into, const answer& value) -> std::optional<failure> {
            const auto what = "read secret " + ns + "/" + secret_names.at(step.index);
            auto seen =
                value ? kubernetes::read_object(object_kind::secret, what, *value) : value.error();
            if (!seen && seen.error().code != errc::not_found)
              return seen.error();
            into.looked(ns, step.index,
                        seen ? std::optional{std::get<kubernetes::secret>(std::move(*seen))}
                             : std::nullopt);
            return std::nullopt;
          }};
}

result<kubernetes::object_page> listed(const std::string& ns, const answer& value) {
  if (!value)
    return value.error();
  if (value->status != 200)
    return kubernetes::failure_of("list service accounts " + ns, *value);
  return kubernetes::decode_page(object_kind::service_account, value->body.reveal());
}

step_request inspect(const std::string& ns) {
  return {kubernetes::list_page({object_kind::service_account, ns, ""}, 5000, ""),
          [ns](ledger& into, const answer& value) -> std::optional<failure> {
            auto page = listed(ns, value);
            if (!page)
              return page.error();
            std::vector<kubernetes::service_account> found;
            found.reserve(page->items.size());
            for (auto& item : page->items)
              found.push_back(std::move(std::get<kubernetes::service_account>(item)));
            into.inspected(ns, found);
            return std::nullopt;
          }};
}

} // namespace

std::optional<step_request> request_for(ledger& book, const std::string& ns, const work_step& step,
                                        wall_time now) {
  switch (step.what) {
  case kind::link:
  case kind::unlink:
    return patch_account(book, ns, step);
  case kind::apply:
    return apply(book, ns, step, now);
  case kind::remove:
    return remove(book, ns, step);
  case kind::look:
    return look(ns, step);
  case kind::inspect:
    return inspect(ns);
  case kind::nothing:
  case kind::wait:
  case kind::forget:
    break;
  }
  return std::nullopt;
}

} // namespace acr
