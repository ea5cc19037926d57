// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/attachment.hpp>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

EncodedAttachmentReference write_attachment_reference(
    const AttachmentReference& reference) noexcept {
  return EncodedAttachmentReference::made_by([&](MutableBytes out) {
    base::Writer writer(out);
    writer.put_uint(version);
    writer.put(reference.key.expose());
    writer.put(reference.digest.bytes());
    writer.put_uint(reference.size);
  });
}

Result<AttachmentReference> read_attachment_reference(Bytes bytes) noexcept {
  if (bytes.size() != EncodedAttachmentReference::size_bytes)
    return std::unexpected(Error::malformed);
  base::Fields fields(bytes);
  if (fields.uint<std::uint8_t>() != version) return std::unexpected(Error::unsupported_version);
  AttachmentReference reference{fields.secret<AttachmentKey>(),
                                fields.public_value<AttachmentDigest>(),
                                fields.uint<std::uint64_t>()};
  if (reference.size > attachment_max_bytes) return std::unexpected(Error::malformed);
  return reference;
}

}  // namespace sotto
