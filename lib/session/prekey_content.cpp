// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_content.hpp"

#include <algorithm>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "session/prekey_record.hpp"

namespace sotto::session {
namespace {

constexpr std::size_t uses_of_name_bytes = 32 + 1 + 4;

std::size_t uses_bytes(const PrekeyIndex& index) noexcept {
  std::size_t bytes = 0;
  for (const PrekeyIndex::Signed& entry : index.signed_prekeys)
    bytes += std::size_t{32} * entry.used + uses_of_name_bytes * entry.names;
  return bytes;
}

/// Calls `visit(name)` for each row that starts with `prefix`; `visit` returns a `Result<void>`.
template <class Visit>
Result<void> for_each_row(StagedRows& rows, const RowName& prefix, Visit&& visit) noexcept {
  for (RowName last = prefix;;) {
    const auto next = rows.next(prefix.bytes(), last.bytes());
    if (!next) return std::unexpected(next.error());
    const std::optional<RowName>& name = *next;
    if (!name) return {};
    last = *name;
    if (const auto done = visit(last.bytes()); !done) return done;
  }
}

Result<void> put_row(base::Writer& writer, StagedRows& rows, Bytes name,
                     std::size_t size) noexcept {
  const auto row = rows.at(name);
  if (!row) return std::unexpected(row.error());
  const std::optional<Bytes> value = (*row)->value();
  if (!value || value->size() != size) return std::unexpected(Error::corrupted);
  writer.put(*value);
  return {};
}

/// The one-time prekeys of a group that are still kept.
Result<void> put_group(base::Writer& writer, StagedRows& rows,
                       const PrekeyIndex::Group& group) noexcept {
  std::uint32_t put = 0;
  for (std::uint32_t i = 0; i < group.span && put < group.left; ++i) {
    const RowName name = one_time_row(OneTimePrekeyId{group.first + i});
    const auto row = rows.at(name.bytes());
    if (!row) return std::unexpected(row.error());
    if (!(*row)->there()) continue;
    writer.put(name.bytes().subspan(1));
    if (const auto done = put_row(writer, rows, name.bytes(), one_time_record_bytes); !done)
      return done;
    ++put;
  }
  if (put != group.left) return std::unexpected(Error::corrupted);
  return {};
}

/// The base keys remembered for a signed prekey, rising, and then how many of them came from which
/// name; their rows are in another order.
Result<void> put_uses(base::Writer& writer, StagedRows& rows, SignedPrekeyId id) noexcept {
  Growing<EphemeralPublic> used;
  const auto all = for_each_row(rows, used_prefix(id), [&](Bytes name) -> Result<void> {
    const auto row = rows.at(name);
    if (!row) return std::unexpected(row.error());
    const auto base_key = read_used((*row)->value().value_or(Bytes()));
    if (!base_key) return std::unexpected(base_key.error());
    return used.push(*base_key);
  });
  if (!all) return all;
  std::ranges::sort(used);
  for (const EphemeralPublic& base_key : used) writer.put(base_key.bytes());

  Growing<NameUses> names;
  const auto counted = for_each_row(rows, count_prefix(id), [&](Bytes name) -> Result<void> {
    const auto row = rows.at(name);
    if (!row) return std::unexpected(row.error());
    const auto uses = read_count((*row)->value().value_or(Bytes()));
    if (!uses) return std::unexpected(uses.error());
    return names.push(*uses);
  });
  if (!counted) return counted;
  std::ranges::sort(names, {}, &NameUses::name);
  for (const NameUses& uses : names) {
    writer.put(uses.name);
    writer.put_uint(prekey_format);
    writer.put_uint(uses.count);
  }
  return {};
}

/// Rows to be written, looked up and with room before the first one changes.
struct Coming {
  StagedRow* row;
  Bytes value;
};
struct Used {
  StagedRow* row;
  EphemeralPublic base_key;
};
struct Counted {
  StagedRow* row;
  NameUses uses;
};

class Restoring {
 public:
  explicit Restoring(StagedRows& rows) noexcept : rows_(&rows) {}

  [[nodiscard]] Result<void> add(const RowName& name, Bytes value) noexcept {
    const auto row = rows_->at(name.bytes());
    if (!row) return std::unexpected(row.error());
    if (const auto room = (*row)->reserve(value.size()); !room) return room;
    return coming_.push({*row, value});
  }
  [[nodiscard]] Result<void> add_used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept {
    const auto row = rows_->at(used_row(rows_->keys(), id, base_key).bytes());
    if (!row) return std::unexpected(row.error());
    if (const auto room = (*row)->reserve(used_record_bytes); !room) return room;
    return used_.push({*row, base_key});
  }
  [[nodiscard]] Result<void> add_count(SignedPrekeyId id, const NameUses& uses) noexcept {
    const auto row = rows_->at(count_row(rows_->keys(), id, uses.name).bytes());
    if (!row) return std::unexpected(row.error());
    if (const auto room = (*row)->reserve(count_record_bytes); !room) return room;
    return counted_.push({*row, uses});
  }
  [[nodiscard]] Result<void> add_gone(const RowName& prefix) noexcept {
    return for_each_row(*rows_, prefix, [&](Bytes name) -> Result<void> {
      const auto row = rows_->at(name);
      if (!row) return std::unexpected(row.error());
      return gone_.push(*row);
    });
  }
  void apply() noexcept {
    for (StagedRow* const row : gone_) row->erase();
    for (const Coming& coming : coming_) coming.row->put(coming.value);
    for (const Used& used : used_) write(used.row->put(used_record_bytes), used.base_key);
    for (const Counted& one : counted_) write(one.row->put(count_record_bytes), one.uses);
  }

 private:
  StagedRows* rows_;
  Growing<Coming> coming_;
  Growing<Used> used_;
  Growing<Counted> counted_;
  Growing<StagedRow*> gone_;
};

Result<void> take_one_times(base::Fields& fields, const PrekeyIndex& index,
                            Restoring& restoring) noexcept {
  for (const PrekeyIndex::Group& group : index.groups) {
    std::uint64_t least = group.first;
    for (std::uint32_t i = 0; i < group.left; ++i) {
      const auto number = fields.uint<std::uint32_t>();
      const OneTimePrekeyId id{number};
      const Bytes record = fields.view(one_time_record_bytes);
      if (fields.failed() || number < least || !group.holds(number))
        return std::unexpected(Error::corrupted);
      least = std::uint64_t{number} + 1;
      if (const auto right = read_public(record, id); !right) return std::unexpected(right.error());
      if (const auto added = restoring.add(one_time_row(id), record); !added) return added;
    }
  }
  return {};
}

/// The base keys that a signed prekey remembers, and how many of them came from which name.
Result<void> take_uses(base::Fields& fields, const PrekeyIndex::Signed& entry,
                       Restoring& restoring) noexcept {
  EphemeralPublic last;
  for (std::uint32_t i = 0; i < entry.used; ++i) {
    const auto base_key = fields.public_value<EphemeralPublic>();
    if (fields.failed() || (i > 0 && base_key <= last)) return std::unexpected(Error::corrupted);
    last = base_key;
    if (const auto added = restoring.add_used(entry.id, base_key); !added) return added;
  }
  NameUses before{};
  std::uint64_t uses = 0;
  for (std::uint32_t i = 0; i < entry.names; ++i) {
    NameUses next{};
    fields.bytes(next.name);
    const auto format = fields.uint<std::uint8_t>();
    next.count = fields.uint<std::uint32_t>();
    if (fields.failed() || format != prekey_format || next.count == 0 ||
        (i > 0 && next.name <= before.name))
      return std::unexpected(Error::corrupted);
    before = next;
    uses += next.count;
    if (const auto added = restoring.add_count(entry.id, next); !added) return added;
  }
  if (uses != entry.used) return std::unexpected(Error::corrupted);
  return {};
}

Result<void> take_signed(base::Fields& fields, const PrekeyIndex& index,
                         Restoring& restoring) noexcept {
  for (const PrekeyIndex::Signed& entry : index.signed_prekeys) {
    const SignedPrekeyId id{fields.uint<std::uint32_t>()};
    const Bytes record = fields.view(signed_record_bytes);
    if (fields.failed() || id != entry.id) return std::unexpected(Error::corrupted);
    if (const auto right = read_public(record, id, {}); !right)
      return std::unexpected(right.error());
    if (const auto added = restoring.add(signed_prekey_row(id), record); !added) return added;
    if (const auto taken = take_uses(fields, entry, restoring); !taken) return taken;
  }
  return {};
}

/// Whether the prekeys that there are, are those of the content. Errors: as `write_prekey_content`.
Result<bool> holds_already(Bytes content, const IdentityPublic& ours, const PrekeyIndex& present,
                           StagedRows& rows) noexcept {
  if (content.size() != prekey_content_size(present)) return false;
  Held there;
  if (const auto room = there.reserve(content.size()); !room) return std::unexpected(room.error());
  const auto written = write_prekey_content(there.resize(content.size()), ours, present, rows);
  if (!written) return std::unexpected(written.error());
  return std::ranges::equal(there.bytes(), content);
}

Result<void> restore_version_2(Bytes content, const IdentityPublic& ours, PrekeyRows& prekeys,
                               StagedRows& rows) noexcept {
  base::Fields fields(content);
  const auto owner = fields.public_value<IdentityPublic>();
  const Bytes record = fields.view(fields.uint<std::uint32_t>());
  if (fields.failed() || owner != ours) return std::unexpected(Error::corrupted);
  auto index = PrekeyIndex::read(record);
  if (!index) return std::unexpected(index.error());
  // Each prekey and each use has its bytes here: no count makes more work than these allow.
  if (content.size() != prekey_content_size(*index)) return std::unexpected(Error::corrupted);
  const auto known = prekeys.index();
  if (!known) return std::unexpected(known.error());
  // Prekeys that were made here may be at the service, whoever counted more changes [SES-9-1].
  if ((*known)->epoch != 0) {
    const auto same = holds_already(content, ours, **known, rows);
    if (!same) return std::unexpected(same.error());
    if (!*same) return std::unexpected(Error::rolled_back);
    return {};
  }

  Restoring restoring(rows);
  for (const char letter : {'O', 'G', 'U', 'V'})
    if (const auto gone = restoring.add_gone(RowName(letter)); !gone) return gone;
  if (const auto taken = take_one_times(fields, *index, restoring); !taken) return taken;
  if (const auto taken = take_signed(fields, *index, restoring); !taken) return taken;
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  restoring.apply();
  prekeys.replace(*std::move(index));
  return {};
}

}  // namespace

std::size_t prekey_content_size(const PrekeyIndex& index) noexcept {
  return 32 + 4 + index.size_bytes() + (4 + one_time_record_bytes) * index.one_time() +
         (4 + signed_record_bytes) * index.signed_prekeys.size() + uses_bytes(index);
}

Result<void> write_prekey_content(MutableBytes out, const IdentityPublic& ours,
                                  const PrekeyIndex& index, StagedRows& rows) noexcept {
  base::Writer writer(out);
  writer.put(ours.bytes());
  writer.put_uint(static_cast<std::uint32_t>(index.size_bytes()));
  const MutableBytes record = writer.claim(index.size_bytes());
  if (record.empty()) return std::unexpected(Error::corrupted);
  index.write(record);
  for (const PrekeyIndex::Group& group : index.groups)
    if (const auto put = put_group(writer, rows, group); !put) return put;
  for (const PrekeyIndex::Signed& entry : index.signed_prekeys) {
    const RowName name = signed_prekey_row(entry.id);
    writer.put(name.bytes().subspan(1));
    if (const auto put = put_row(writer, rows, name.bytes(), signed_record_bytes); !put) return put;
    if (const auto uses = put_uses(writer, rows, entry.id); !uses) return uses;
  }
  const auto written = writer.finish();
  if (!written || written->size() != out.size()) return std::unexpected(Error::corrupted);
  return {};
}

Result<void> restore_prekey_content(Bytes content, std::uint8_t version, const IdentityPublic& ours,
                                    PrekeyRows& prekeys, StagedRows& rows) noexcept {
  switch (version) {
    case 2:
      return restore_version_2(content, ours, prekeys, rows);
    default:
      return std::unexpected(Error::unsupported_version);
  }
}

}  // namespace sotto::session
