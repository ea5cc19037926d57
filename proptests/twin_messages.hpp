// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is shown of a message id, worked out anew each time from the list of all that was said.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <sotto/message_state.hpp>

namespace sotto::prop {

/// One thing said, with its place in the order.
struct Said {
  UserId who;
  DeviceId device{};
  std::uint64_t order = 1;
  MessageId content;
  ContentKind kind{};
  std::string text{};  ///< of a reaction

  [[nodiscard]] auto place() const { return std::tuple(order, who, device, content); }
};

class TwinMessage {
 public:
  void take(const Said& said) { all_.push_back(said); }

  /// Order, device, kind, deleted, edited, whose text; nothing when there is no such message.
  using Shown = std::tuple<std::uint64_t, DeviceId, ContentKind, bool, bool, MessageId>;
  [[nodiscard]] std::optional<Shown> shown(const UserId& author) const {
    const auto own = last(author, [](const Said& said) { return is_message(said); });
    if (!own) return std::nullopt;
    const bool deleted = is_deleted(author);
    const auto edit = last(author, [](const Said& s) { return s.kind == ContentKind::edit; });
    const bool edited = !deleted && edit && own->kind == ContentKind::text;
    return Shown(own->order, own->device, own->kind, deleted, edited,
                 edited ? edit->content : own->content);
  }

  [[nodiscard]] std::string reaction(const UserId& who) const {
    const bool anything = std::ranges::any_of(
        all_, [this](const Said& said) { return is_message(said) && !is_deleted(said.who); });
    const auto said = last(who, [](const Said& s) { return s.kind == ContentKind::reaction; });
    return anything && said ? said->text : std::string();
  }

 private:
  static bool is_message(const Said& said) {
    return said.kind != ContentKind::edit && said.kind != ContentKind::delete_for_all &&
           said.kind != ContentKind::reaction;
  }
  [[nodiscard]] bool is_deleted(const UserId& author) const {
    return std::ranges::any_of(all_, [&author](const Said& said) {
      return said.who == author && said.kind == ContentKind::delete_for_all;
    });
  }
  template <class Which>
  [[nodiscard]] std::optional<Said> last(const UserId& who, Which which) const {
    std::optional<Said> found;
    for (const Said& said : all_)
      if (said.who == who && which(said) && (!found || found->place() < said.place())) found = said;
    return found;
  }

  std::vector<Said> all_;
};

}  // namespace sotto::prop
