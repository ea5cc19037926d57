// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/mqtt_post.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <set>
#include <string_view>
#include <utility>

#include <sotto/entropy.hpp>

#include "talk/mqtt_line.hpp"
#include "talk/parcel_codec.hpp"

namespace sotto::talk {
namespace {

std::string hex(Bytes bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xfU];
  }
  return text;
}

/// In the order of the numbers.
std::string number(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string path_of(const UserDevice& device) {
  return hex(device.user.bytes()) + "/" + std::to_string(static_cast<std::uint32_t>(device.device));
}

std::string mail_name(const UserDevice& from, const DeliveryKey& key) {
  return "sotto/mail/" + path_of(key.to) + "/" + path_of(from) + "/" + number(key.number);
}

/// Strictly as `path_of` and `number` write them.
template <class T>
std::optional<T> read_number(std::string_view text, int base) {
  T value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<UserId> read_user(std::string_view text) {
  std::array<std::uint8_t, UserId::size_bytes> user{};
  if (text.size() != 2 * user.size()) return std::nullopt;
  for (std::size_t i = 0; i < user.size(); ++i) {
    const auto byte = read_number<std::uint8_t>(text.substr(2 * i, 2), 16);
    if (!byte) return std::nullopt;
    user[i] = *byte;
  }
  return UserId(user);
}

/// What of `from`'s the name is of; nothing when it is none of its messages.
std::optional<DeliveryKey> read_mail_name(std::string_view name, const UserDevice& from) {
  const std::string whole(name);
  std::vector<std::string_view> words;
  while (true) {
    const auto slash = name.find('/');
    words.push_back(name.substr(0, slash));
    if (slash == std::string_view::npos) break;
    name.remove_prefix(slash + 1);
  }
  if (words.size() != 7) return std::nullopt;
  const auto user = read_user(words[2]);
  const auto device = read_number<std::uint32_t>(words[3], 10);
  const auto at = read_number<std::uint64_t>(words[6], 16);
  if (!user || !device || !at) return std::nullopt;
  const DeliveryKey key{*at, {*user, DeviceId{*device}}};
  if (mail_name(from, key) != whole) return std::nullopt;
  return key;
}

/// A name of the connection that nobody else has, not even one of this device's before.
std::string fresh_name() {
  SystemEntropy entropy;
  std::array<std::uint8_t, 8> drawn{};
  demo::need(entropy.fill(drawn), "a name at the broker");
  return "sotto" + hex(drawn);
}

class MqttPost final : public Post {
 public:
  MqttPost(const Broker& broker, const UserDevice& self)
      : self_(self),
        line_(broker, fresh_name(), [this](const std::string& name) { cleared(name); }) {}

  [[nodiscard]] std::vector<Blob> lists(const UserId& user, std::uint64_t from) override {
    const std::string folder = "sotto/lists/" + hex(user.bytes()) + "/";
    line_.watch(folder + "+");
    std::vector<Blob> all;
    for (std::uint64_t i = from;; ++i) {
      const auto found = line_.retained().find(folder + number(i));
      if (found == line_.retained().end()) return all;
      all.push_back(found->second);
    }
  }
  void publish_list(const UserId& user, std::uint64_t at, const Blob& list) override {
    const auto there = lists(user, at);
    if (there.empty())
      line_.retain("sotto/lists/" + hex(user.bytes()) + "/" + number(at), list);
    else if (there.front() != list)
      throw demo::Failure("another device changed the list at the same time: try again");
  }

  [[nodiscard]] std::vector<Blob> claims(const UserId& user) override {
    return below("sotto/claims/" + hex(user.bytes()) + "/", "+");
  }
  void publish_claim(const UserDevice& device, const Blob& claim) override {
    line_.retain("sotto/claims/" + path_of(device), claim);
  }

  [[nodiscard]] bool gives_once() const noexcept override { return false; }
  [[nodiscard]] std::size_t bundles(const UserDevice& device) override {
    return take_bundle(device) ? 1 : 0;
  }
  void publish_bundle(const UserDevice& device, const Blob& bundle) override {
    line_.retain("sotto/bundles/" + path_of(device), bundle);
  }
  [[nodiscard]] std::optional<Blob> take_bundle(const UserDevice& device) override {
    line_.watch("sotto/bundles/" + hex(device.user.bytes()) + "/+");
    const auto found = line_.retained().find("sotto/bundles/" + path_of(device));
    if (found == line_.retained().end()) return std::nullopt;
    return found->second;
  }

  void put(const Parcel& parcel) override {
    line_.watch("sotto/mail/+/+/" + path_of(self_) + "/+");
    const std::string name = mail_name(parcel.from, parcel.key);
    if (std::exchange(connection_, line_.connections()) != line_.connections()) sent_.clear();
    const Blob bytes = encode(parcel);
    const auto there = line_.retained().find(name);
    // Others than there are: its device was replaced, and it was sealed anew.
    if (there != line_.retained().end() ? there->second == bytes : sent_.contains(name)) return;
    line_.send(name, bytes);
    sent_.insert(name);
  }
  [[nodiscard]] std::vector<DeliveryKey> settled(const UserDevice& /*from*/) override {
    line_.watch("sotto/mail/+/+/" + path_of(self_) + "/+");
    line_.work();
    // What was sent stands at the broker, or a new connection has to send it again.
    std::erase_if(sent_, [&](const auto& name) { return line_.retained().contains(name); });
    return std::exchange(settled_, {});
  }

  [[nodiscard]] std::vector<Parcel> waiting(const UserDevice& to) override {
    std::vector<Parcel> all;
    for (const Blob& bytes : below("sotto/mail/" + path_of(to) + "/", "#"))
      if (auto parcel = decode_parcel(bytes); parcel && parcel->key.to == to)
        all.push_back(*std::move(parcel));
    return all;
  }
  void taken(const Parcel& parcel) override { line_.send(mail_name(parcel.from, parcel.key), {}); }

 private:
  [[nodiscard]] std::vector<Blob> below(const std::string& folder, const std::string& what) {
    line_.watch(folder + what);
    std::vector<Blob> all;
    for (auto at = line_.retained().lower_bound(folder);
         at != line_.retained().end() && at->first.starts_with(folder); ++at)
      all.push_back(at->second);
    return all;
  }

  void cleared(const std::string& name) {
    sent_.erase(name);
    if (const auto key = read_mail_name(name, self_)) settled_.push_back(*key);
  }

  UserDevice self_;
  std::uint64_t connection_ = 0;  ///< of what was sent
  std::set<std::string> sent_;    ///< and not seen at the broker yet
  std::vector<DeliveryKey> settled_;
  MqttLine line_;
};

}  // namespace

std::unique_ptr<Post> mqtt_post(const Broker& broker, const UserDevice& self) {
  return std::make_unique<MqttPost>(broker, self);
}

}  // namespace sotto::talk
