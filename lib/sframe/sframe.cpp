// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/sframe.hpp>

#include "base/door.hpp"
#include "base/verdict.hpp"
#include "sframe/opener.hpp"
#include "sframe/sealer.hpp"

namespace sotto {

SframeSizes sframe_sizes(SframeSuite suite) noexcept {
  const sframe::Suite* const found = sframe::find_suite(suite);
  if (found == nullptr) return {0, 0};
  return {found->tag_bytes, found->hash_bytes()};
}

Result<SframeBaseKey> SframeBaseKey::create(Bytes bytes) noexcept {
  if (bytes.size() < 16 || bytes.size() > Room::size_bytes)
    return std::unexpected(Error::malformed);
  return SframeBaseKey(
      Room::made_by([&](MutableBytes out) { std::memcpy(out.data(), bytes.data(), bytes.size()); }),
      bytes.size());
}

SframeSender::SframeSender(std::unique_ptr<sframe::Sealer> impl) noexcept : impl_(std::move(impl)) {
}
SframeSender::SframeSender(SframeSender&&) noexcept = default;
SframeSender& SframeSender::operator=(SframeSender&&) noexcept = default;
SframeSender::~SframeSender() = default;

Result<SframeSender> SframeSender::create(SframeSuite suite, SframeKid kid, SframeBaseKey&& key,
                                          std::uint64_t first_counter) noexcept {
  const sframe::Suite* const found = sframe::find_suite(suite);
  if (found == nullptr) return std::unexpected(Error::malformed);
  if (base::is_zero_ct(key.expose())) return std::unexpected(Error::weak_key);
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  auto cipher = sframe::Cipher::create(*found, kid, key.expose());
  if (!cipher) return std::unexpected(cipher.error());
  std::unique_ptr<sframe::Sealer> impl(new (std::nothrow) sframe::Sealer(
      *found, kid, std::move(key), *std::move(cipher), first_counter));
  if (impl == nullptr) return std::unexpected(Error::out_of_memory);
  return SframeSender(std::move(impl));
}

Result<MutableBytes> SframeSender::seal(MutableBytes out, Bytes metadata,
                                        Bytes plaintext) noexcept {
  return base::inside(
      impl_, [&](sframe::Sealer& held) noexcept { return held.seal(out, metadata, plaintext); });
}
std::size_t SframeSender::sealed_size(std::size_t plaintext) const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->sealed_size(plaintext);
}
std::size_t SframeSender::header_size() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->header_size();
}
Result<void> SframeSender::rekey(SframeKid kid, SframeBaseKey&& key) noexcept {
  return base::inside(
      impl_, [&](sframe::Sealer& held) noexcept { return held.rekey(kid, std::move(key)); });
}
Result<void> SframeSender::ratchet(SframeChain chain) noexcept {
  return base::inside(impl_, [&](sframe::Sealer& held) noexcept { return held.ratchet(chain); });
}
SframeKid SframeSender::kid() const noexcept {
  return impl_ == nullptr ? SframeKid{} : impl_->kid();
}
std::uint64_t SframeSender::next_counter() const noexcept {
  return impl_ == nullptr ? std::uint64_t{} : impl_->next_counter();
}
const SframeBaseKey& SframeSender::base_key() const noexcept {
  return impl_->base_key();
}

SframeReceiver::SframeReceiver(std::unique_ptr<sframe::Opener> impl) noexcept
    : impl_(std::move(impl)) {
}
SframeReceiver::SframeReceiver(SframeReceiver&&) noexcept = default;
SframeReceiver& SframeReceiver::operator=(SframeReceiver&&) noexcept = default;
SframeReceiver::~SframeReceiver() = default;

Result<SframeReceiver> SframeReceiver::create(SframeSuite suite,
                                              const SframeLimits& limits) noexcept {
  const sframe::Suite* const found = sframe::find_suite(suite);
  if (found == nullptr || limits.max_keys == 0 || limits.max_keys > sframe::Opener::most_keys ||
      limits.kid_bits == 0 || limits.kid_bits > 64)
    return std::unexpected(Error::malformed);
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  std::unique_ptr<sframe::Opener> impl(new (std::nothrow) sframe::Opener(*found, limits));
  if (impl == nullptr) return std::unexpected(Error::out_of_memory);
  return SframeReceiver(std::move(impl));
}

Result<void> SframeReceiver::add_key(SframeKid kid, SframeBaseKey&& key) noexcept {
  return base::inside(impl_, [&](sframe::Opener& held) noexcept {
    return held.add_key(kid, std::move(key), std::nullopt);
  });
}
Result<void> SframeReceiver::add_key(SframeKid kid, SframeBaseKey&& key,
                                     SframeChain chain) noexcept {
  return base::inside(impl_, [&](sframe::Opener& held) noexcept {
    return held.add_key(kid, std::move(key), chain);
  });
}
Result<void> SframeReceiver::erase_key(SframeKid kid) noexcept {
  return base::inside(impl_, [&](sframe::Opener& held) noexcept { return held.erase_key(kid); });
}
Result<void> SframeReceiver::let_go() noexcept {
  return base::inside(impl_, [](sframe::Opener& held) noexcept -> Result<void> {
    held.let_go();
    return {};
  });
}
Result<MutableBytes> SframeReceiver::open(MutableBytes out, Bytes metadata, Bytes frame,
                                          Instant now) noexcept {
  return base::inside(
      impl_, [&](sframe::Opener& held) noexcept { return held.open(out, metadata, frame, now); });
}
std::size_t SframeReceiver::keys() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->keys();
}

}  // namespace sotto
