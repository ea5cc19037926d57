// SPDX-License-Identifier: MIT OR Apache-2.0
#include "readable.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sotto/snapshot.hpp>
#include <sotto/wire.hpp>

namespace sotto::cli {
namespace {

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string bytes_of(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " byte" : " bytes");
}

/// A heading and lines of a name and a value, indented.
class Page {
 public:
  explicit Page(std::string indent = "") : indent_(std::move(indent)) {}

  void heading(const std::string& text) { text_ += indent_ + text + "\n"; }

  void line(std::string_view name, const std::string& value) {
    constexpr std::size_t column = 20;
    std::string label(name);
    label.resize(std::max(column, label.size() + 2), ' ');
    text_ += indent_ + "  " + label + value + "\n";
  }

  template <class Id>
    requires std::is_enum_v<Id>
  void line(std::string_view name, Id id) {
    line(name, std::to_string(std::to_underlying(id)));
  }

  template <class Role>
  void line(std::string_view name, const Public<Role, 32>& key) {
    line(name, hex(wire::signal_key(key)));
  }

  void add(const std::string& other) { text_ += other; }
  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  std::string indent_;
  std::string text_;
};

std::string version_of(std::uint8_t version, std::uint8_t current) {
  std::string text = std::to_string(version);
  if (current != version) text += ", from a sender that speaks " + std::to_string(current);
  return text;
}

std::string page_of(const wire::SignalMessage& message, const std::string& indent) {
  Page page(indent);
  page.heading("SignalMessage, " + bytes_of(message.whole.size()));
  page.line("version", version_of(message.version, message.current_version));
  page.line("ratchet key", message.ratchet_key);
  page.line("counter", std::to_string(message.counter));
  page.line("previous counter", std::to_string(message.previous_counter));
  page.line("ciphertext", bytes_of(message.ciphertext.size()));
  if (!message.pq_ratchet.empty())
    page.line("post-quantum part", bytes_of(message.pq_ratchet.size()));
  if (!message.addresses.empty()) page.line("addresses", hex(message.addresses));
  page.line("MAC", hex(message.mac));
  return std::move(page).take();
}

std::string page_of(const wire::PrekeyMessage& message, std::size_t size) {
  Page page;
  page.heading("PreKeySignalMessage, " + bytes_of(size));
  page.line("version", version_of(message.version, message.current_version));
  if (message.registration) page.line("registration id", *message.registration);
  if (message.one_time_prekey_id)
    page.line("one-time prekey id", *message.one_time_prekey_id);
  else
    page.line("one-time prekey id", std::string("none"));
  page.line("signed prekey id", message.signed_prekey_id);
  page.line("base key", message.base_key);
  page.line("identity key", message.identity);
  if (message.kem_prekey_id) {
    page.line("KEM prekey id", std::to_string(*message.kem_prekey_id));
    page.line("KEM ciphertext", bytes_of(message.kem_ciphertext.size()));
  }
  page.add(page_of(message.message, "  "));
  return std::move(page).take();
}

std::string page_of(const wire::DeviceBundle& bundle, std::size_t size) {
  const Bundle& keys = bundle.keys;
  Page page;
  page.heading("Bundle, " + bytes_of(size));
  page.line("registration id", bundle.registration);
  page.line("device", bundle.device);
  page.line("identity key", keys.identity);
  page.line("signed prekey id", keys.signed_prekey_id);
  page.line("signed prekey", keys.signed_prekey);
  const bool good = verify(keys).has_value();
  page.line("signature", hex(keys.signature.bytes()));
  page.line("verified", std::string(good ? "yes" : "no: do not use it"));
  if (keys.one_time) {
    page.line("one-time prekey id", keys.one_time->id);
    page.line("one-time prekey", keys.one_time->key);
  }
  return std::move(page).take();
}

std::string page_of(const SnapshotHeader& header, std::size_t size) {
  Page page;
  page.heading("Snapshot, " + bytes_of(size));
  page.line("version", std::to_string(header.version));
  page.line("holds", std::string(header.kind == SnapshotKind::peer ? "the sessions with a peer"
                                                                   : "our prekeys"));
  page.line("epoch", std::to_string(header.epoch));
  page.line("sealed", bytes_of(header.sealed_bytes));
  return std::move(page).take();
}

Result<std::string> readable_as(Bytes bytes, Form form) {
  const auto page = [](const auto& read, const auto&... more) -> Result<std::string> {
    if (!read) return std::unexpected(read.error());
    return page_of(*read, more...);
  };
  switch (form) {
    case Form::signal:
      return page(wire::parse_signal_message(bytes), std::string());
    case Form::prekey:
      return page(wire::parse_prekey_message(bytes), bytes.size());
    case Form::bundle:
      return page(wire::parse_bundle(bytes), bytes.size());
    case Form::snapshot:
      return page(inspect_snapshot(bytes), bytes.size());
  }
  return std::unexpected(Error::malformed);
}

}  // namespace

Result<std::string> readable(Bytes bytes, std::optional<Form> form) {
  if (form) return readable_as(bytes, *form);
  // No bytes have two of these forms: a snapshot begins with a magic of its own, and one field
  // number or other is of another type in each of the rest. A snapshot of a version to come, too,
  // is known by its magic; of the rest every message has one of the versions.
  const auto snapshot = readable_as(bytes, Form::snapshot);
  if (snapshot || snapshot.error() != Error::malformed) return snapshot;
  for (const Form guess : {Form::prekey, Form::bundle})
    if (auto text = readable_as(bytes, guess)) return text;
  return readable_as(bytes, Form::signal);
}

}  // namespace sotto::cli
