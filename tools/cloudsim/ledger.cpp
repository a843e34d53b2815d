#include "tools/cloudsim/ledger.hpp"

#include <algorithm>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/world.hpp"
#include "tools/simkit/form.hpp"

namespace acr::cloudsim {

namespace {

using namespace std::chrono_literals;

// A nonce may be reused when its time stamp is too old for both ends of the 15-minute window.
constexpr auto nonce_memory = 30min;
// Long enough to distinguish "expired" from "unknown" for late callers.
constexpr auto memory_after_end = 1h;
constexpr auto cleaning_interval = 1min;

} // namespace

std::string caller::arn() const { return from ? principal() + "/" + from->name : principal(); }

std::string caller::principal() const {
  return from ? role_arn(account, from->role_name) : user_arn(account, user);
}

std::shared_ptr<const session> ledger::issue_session(session about, wall_time now) {
  forget(now);
  about.key_id = "STS." + random_text(25);
  about.secret = random_text(44);
  // Real ones begin with CAIS and are Base64 of some hundred bytes: + / and = occur.
  about.token = "CAIS" + base64(random_bytes(560));
  auto out = std::make_shared<const session>(std::move(about));
  tokens_[out->token] = out->key_id;
  sessions_[out->key_id] = out;
  return out;
}

std::shared_ptr<const session> ledger::find_session(std::string_view key_id) const {
  const auto found = sessions_.find(std::string{key_id});
  return found == sessions_.end() ? nullptr : found->second;
}

std::shared_ptr<const session> ledger::find_session_by_token(std::string_view token) const {
  const auto found = tokens_.find(std::string{token});
  return found == tokens_.end() ? nullptr : find_session(found->second);
}

std::string ledger::issue_password(password about, wall_time now) {
  forget(now);
  const auto time = std::to_string(now.time_since_epoch().count());
  const auto head = R"({"instanceId":")" + about.instance + R"(","time":")" + time +
                    R"(","type":"sub","userId":")" + about.owner.account + R"("})";
  auto text = base64(head) + ":" + base64(random_bytes(120));
  passwords_[text] = std::move(about);
  ++passwords_issued_;
  return text;
}

const password* ledger::find_password(std::string_view text) const {
  const auto found = passwords_.find(std::string{text});
  return found == passwords_.end() ? nullptr : &found->second;
}

std::size_t ledger::passwords_valid(wall_time now) const {
  return static_cast<std::size_t>(
      std::count_if(passwords_.begin(), passwords_.end(),
                    [&](const auto& item) { return item.second.ends > now; }));
}

std::string ledger::issue_metadata_token(wall_time ends, wall_time now) {
  forget(now);
  auto text = base64url(random_bytes(42));
  metadata_tokens_[text] = ends;
  return text;
}

bool ledger::metadata_token_valid(std::string_view text, wall_time now) const {
  const auto found = metadata_tokens_.find(std::string{text});
  return found != metadata_tokens_.end() && found->second > now;
}

bool ledger::use_nonce(std::string_view key_id, std::string_view nonce, wall_time now) {
  forget(now);
  auto& last = nonces_[std::string{key_id} + "\n" + std::string{nonce}];
  if (last != wall_time{} && now < last + nonce_memory)
    return false;
  last = now;
  return true;
}

std::string ledger::request_id() {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : random_bytes(18)) {
    out += digits[static_cast<unsigned char>(c) & 15U];
    out += digits[static_cast<unsigned char>(c) >> 4 & 15U];
  }
  for (const std::size_t dash : {8U, 13U, 18U, 23U})
    out[dash] = '-';
  return out;
}

std::string ledger::random_text(std::size_t n) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  for (std::size_t i = 0; i < n; ++i)
    out += letters[random_() % letters.size()];
  return out;
}

std::string ledger::random_bytes(std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i)
    out += static_cast<char>(random_() & 255U);
  return out;
}

void ledger::forget(wall_time now) {
  if (now < last_cleaning_ + cleaning_interval && now >= last_cleaning_)
    return;
  last_cleaning_ = now;
  const auto edge = now - memory_after_end;
  std::erase_if(nonces_, [&](const auto& item) { return item.second + nonce_memory < now; });
  std::erase_if(metadata_tokens_, [&](const auto& item) { return item.second < edge; });
  std::erase_if(passwords_, [&](const auto& item) { return item.second.ends < edge; });
  std::erase_if(sessions_, [&](const auto& item) { return item.second->ends < edge; });
  std::erase_if(tokens_, [&](const auto& item) { return !sessions_.contains(item.second); });
}

} // namespace acr::cloudsim
