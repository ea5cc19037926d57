// SPDX-License-Identifier: MIT OR Apache-2.0
/// The names of the rows in which a device keeps its state. One letter says what the row is; all
/// numbers are 4 bytes, big-endian. Names do not show who the peers are: a token is a keyed hash
/// (session/row_keys.hpp), and a peer is the token of its name (16 bytes) and its device number.
///
///   'D'                                the device: identity and numbers
///   'H'                                the head: number of commits, digest of all other rows
///   'P' peer                           what is held of a peer's device
///   'S' peer, session                  one session with it
///   'K' peer, session, chain, page     skipped keys of that session, 64 message numbers a row
///   'I' token of an identity           the name to which an identity key belongs
///   'N' token of a name                changes with every device of that name of which something
///                                      comes to be held, and with what is done to all of them
///   'Q'                                the index of our prekeys
///   'O' id                             a one-time prekey
///   'G' id                             a signed prekey
///   'U' signed prekey id, token of     a first message that came without one-time prekey
///       its base key
///   'V' signed prekey id, token of     how many of these came from that name
///       a name's SHA-256
///   'A' key (1 to 400)                 a row of the app's; the key is in the clear
///   'M' key (1 to 400)                 a row of the messenger's, likewise
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/store.hpp>
#include <sotto/x3dh.hpp>

#include "session/records.hpp"
#include "session/row_keys.hpp"

namespace sotto::session {

/// A row's name, in place.
class RowName {
 public:
  // What stands behind the name was never written: it may be what others left on the stack, and is
  // not to be carried about.
  RowName(const RowName& other) noexcept : size_(other.size_) {
    std::memcpy(bytes_.data(), other.bytes_.data(), size_);
  }
  RowName& operator=(const RowName& other) noexcept {
    if (this == &other) return *this;
    size_ = other.size_;
    std::memcpy(bytes_.data(), other.bytes_.data(), size_);
    return *this;
  }
  ~RowName() = default;
  explicit RowName(char letter) noexcept { bytes_[size_++] = static_cast<std::uint8_t>(letter); }

  /// A name that stands in a store; empty when it is longer than any.
  [[nodiscard]] static RowName copy(Bytes name) noexcept {
    RowName row;
    return name.size() <= Store::max_key_bytes ? std::move(row).add(name) : row;
  }

  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }

  RowName&& add(Bytes part) && noexcept {
    if (!part.empty()) std::memcpy(bytes_.data() + size_, part.data(), part.size());
    size_ += part.size();
    return std::move(*this);
  }
  RowName&& add(std::uint32_t number) && noexcept {
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes_[size_++] = static_cast<std::uint8_t>(number >> shift);
    return std::move(*this);
  }

 private:
  RowName() noexcept = default;
  std::array<std::uint8_t, Store::max_key_bytes> bytes_;  // The longest has 401 bytes.
  std::size_t size_ = 0;
};

/// A big-endian number of 4 bytes at the start of `bytes`.
[[nodiscard]] inline std::uint32_t number_at(Bytes bytes) noexcept {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

/// The bytes of a device number at the end of a peer.
inline constexpr std::size_t device_number_bytes = 4;

/// Which peer: length of its name, name, device.
class PeerId {
 public:
  /// Errors: `invalid_argument` for a name that is empty or longer than 255 bytes.
  [[nodiscard]] static Result<PeerId> of(const Address& address) noexcept {
    if (address.name.empty() || address.name.size() > Address::max_name_bytes)
      return std::unexpected(Error::invalid_argument);
    PeerId id;
    id.bytes_[0] = static_cast<std::uint8_t>(address.name.size());
    std::memcpy(id.bytes_.data() + 1, address.name.data(), address.name.size());
    id.size_ = 1 + address.name.size();
    for (int shift = 24; shift >= 0; shift -= 8)
      id.bytes_[id.size_++] =
          static_cast<std::uint8_t>(static_cast<std::uint32_t>(address.device) >> shift);
    return id;
  }

  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }
  [[nodiscard]] Bytes name() const noexcept { return Bytes(bytes_).subspan(1, size_ - 5); }
  [[nodiscard]] DeviceId device() const noexcept {
    return DeviceId{number_at(bytes().last(device_number_bytes))};
  }

  friend bool operator==(const PeerId& a, const PeerId& b) noexcept {
    return a.size_ == b.size_ && std::memcmp(a.bytes_.data(), b.bytes_.data(), a.size_) == 0;
  }

 private:
  PeerId() noexcept = default;
  std::array<std::uint8_t, 1 + Address::max_name_bytes + 4> bytes_;
  std::size_t size_ = 0;
};

/// A peer as it stands in names of rows: token of its name, device.
class PeerToken {
 public:
  PeerToken(const RowKeys& keys, const PeerId& peer) noexcept {
    const Token name = keys.token(TokenKind::peer, peer.name());
    std::memcpy(bytes_.data(), name.data(), name.size());
    std::memcpy(bytes_.data() + name.size(), peer.bytes().last<4>().data(), 4);
  }
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, 16 + 4> bytes_;
};

/// Whether a row is bound by another, its peer's or its session's, and so not in the digest of all.
[[nodiscard]] inline bool is_bound(Bytes name) noexcept {
  return !name.empty() && (name[0] == 'S' || name[0] == 'K');
}

inline RowName device_row() noexcept {
  return RowName('D');
}
inline RowName head_row() noexcept {
  return RowName('H');
}
inline RowName peer_row(const PeerToken& peer) noexcept {
  return RowName('P').add(peer.bytes());
}
/// What the names of the rows of all devices of a peer's name start with.
inline RowName devices_prefix(const RowKeys& keys, const PeerId& any) noexcept {
  return RowName('P').add(keys.token(TokenKind::peer, any.name()));
}
/// The row by which two transactions that deal with devices of one name see each other, though the
/// one may not know of the other's device.
inline RowName name_row(const RowKeys& keys, const PeerId& any) noexcept {
  return RowName('N').add(keys.token(TokenKind::peer, any.name()));
}
inline RowName session_row(const PeerToken& peer, std::uint32_t session) noexcept {
  return RowName('S').add(peer.bytes()).add(session);
}
/// What the names of all pages of a session start with.
inline RowName pages_prefix(const PeerToken& peer, std::uint32_t session) noexcept {
  return RowName('K').add(peer.bytes()).add(session);
}
inline RowName page_row(const PeerToken& peer, const PageName& page) noexcept {
  return pages_prefix(peer, page.session).add(page.chain).add(page.page);
}
inline RowName identity_row(const RowKeys& keys, const IdentityPublic& identity) noexcept {
  return RowName('I').add(keys.token(TokenKind::identity, identity.bytes()));
}
inline RowName prekey_index_row() noexcept {
  return RowName('Q');
}
inline RowName one_time_row(OneTimePrekeyId id) noexcept {
  return RowName('O').add(static_cast<std::uint32_t>(id));
}
inline RowName signed_prekey_row(SignedPrekeyId id) noexcept {
  return RowName('G').add(static_cast<std::uint32_t>(id));
}
inline RowName used_prefix(SignedPrekeyId id) noexcept {
  return RowName('U').add(static_cast<std::uint32_t>(id));
}
inline RowName used_row(const RowKeys& keys, SignedPrekeyId id,
                        const EphemeralPublic& base_key) noexcept {
  return used_prefix(id).add(keys.token(TokenKind::base_key, base_key.bytes()));
}
inline RowName count_prefix(SignedPrekeyId id) noexcept {
  return RowName('V').add(static_cast<std::uint32_t>(id));
}
/// `name` is the SHA-256 of a peer's name.
inline RowName count_row(const RowKeys& keys, SignedPrekeyId id,
                         std::span<const std::uint8_t, 32> name) noexcept {
  return count_prefix(id).add(keys.token(TokenKind::uses, name));
}
inline constexpr std::size_t max_app_key_bytes = 400;

}  // namespace sotto::session
