// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/sealer.hpp"

#include <limits>
#include <utility>

#include "base/overlap.hpp"
#include "base/verdict.hpp"
#include "sframe/chain.hpp"
#include "sframe/header.hpp"

namespace sotto::sframe {

std::size_t Sealer::header_size() const noexcept {
  return sframe::header_size(kid_, next_);
}

Result<MutableBytes> Sealer::seal(MutableBytes out, Bytes metadata, Bytes plaintext) noexcept {
  if (metadata.size() > sframe_max_metadata_bytes) return std::unexpected(Error::malformed);
  if (exhausted_) return std::unexpected(Error::exhausted);
  const std::size_t head = header_size();
  if (out.size() < head + suite_->tag_bytes ||
      out.size() - head - suite_->tag_bytes < plaintext.size())
    return std::unexpected(Error::buffer_too_small);
  const MutableBytes frame = out.first(sealed_size(plaintext.size()));
  if ((frame.data() + head != plaintext.data() && base::overlap(frame, plaintext)) ||
      base::overlap(frame, metadata))
    return std::unexpected(Error::buffers_overlap);

  // The counter is spent here, before the first byte is written [RFC9605-9.1-1].
  const std::uint64_t counter = next_;
  if (counter == std::numeric_limits<std::uint64_t>::max())
    exhausted_ = true;
  else
    ++next_;
  write_header(frame.first(head), kid_, counter);
  cipher_.seal(frame.subspan(head), {counter, frame.first(head), metadata}, plaintext);
  return frame;
}

Result<void> Sealer::rekey(SframeKid kid, SframeBaseKey&& key) noexcept {
  if (base::is_zero_ct(key.expose())) return std::unexpected(Error::weak_key);
  auto cipher = Cipher::create(*suite_, kid, key.expose());
  if (!cipher) return std::unexpected(cipher.error());
  kid_ = kid;
  base_key_ = std::move(key);
  cipher_ = *std::move(cipher);
  return {};
}

Result<void> Sealer::ratchet(SframeChain chain) noexcept {
  if (!is_valid(chain)) return std::unexpected(Error::malformed);
  if (step_of(chain, kid_) == step_mask(chain)) return std::unexpected(Error::exhausted);
  return rekey(SframeKid{std::to_underlying(kid_) + 1}, next_base_key(*suite_, base_key_.expose()));
}

}  // namespace sotto::sframe
