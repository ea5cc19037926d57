// SPDX-License-Identifier: MIT OR Apache-2.0
/// A post in a file: the relay that is there when no broker is. Everybody on the machine who knows
/// the file takes part; it holds sealed messages, and lets go of them once they were taken.
#pragma once

#include <string>
#include <utility>

#include "talk/database.hpp"
#include "talk/post.hpp"

namespace sotto::talk {

class FilePost final : public Post {
 public:
  explicit FilePost(const std::string& path);

  [[nodiscard]] std::vector<Blob> lists(const UserId& user, std::uint64_t from) override;
  void publish_list(const UserId& user, std::uint64_t number, const Blob& list) override;
  [[nodiscard]] std::vector<Blob> claims(const UserId& user) override;
  void publish_claim(const UserDevice& device, const Blob& claim) override;
  [[nodiscard]] bool gives_once() const noexcept override { return true; }
  [[nodiscard]] std::size_t bundles(const UserDevice& device) override;
  void publish_bundle(const UserDevice& device, const Blob& bundle) override;
  [[nodiscard]] std::optional<Blob> take_bundle(const UserDevice& device) override;
  void put(const Parcel& parcel) override;
  [[nodiscard]] std::vector<DeliveryKey> settled(const UserDevice& /*from*/) override {
    return std::exchange(settled_, {});
  }
  [[nodiscard]] std::vector<Parcel> waiting(const UserDevice& to) override;
  void taken(const Parcel& parcel) override;

 private:
  Database database_;
  std::vector<DeliveryKey> settled_;
};

}  // namespace sotto::talk
