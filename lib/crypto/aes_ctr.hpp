// SPDX-License-Identifier: MIT OR Apache-2.0
/// AES-CTR (NIST SP 800-38A §6.5) under a key that is set up once. It does not authenticate.
#pragma once

#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::crypto {

class AesCtr {
 public:
  using Counter = std::span<const std::uint8_t, 16>;

  /// `key` is 16 or 32 bytes. Errors: `malformed` for other sizes, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<AesCtr> create(Bytes key) noexcept;

  AesCtr(AesCtr&&) noexcept;
  AesCtr& operator=(AesCtr&&) noexcept;
  ~AesCtr();

  /// XOR the keystream that begins at counter block `counter` into `in`, at most 2^30 bytes. `out`
  /// has the size of `in` and is `in` or shares nothing with it. No heap.
  void apply(MutableBytes out, Counter counter, Bytes in) const noexcept;

 private:
  struct Context;
  explicit AesCtr(std::unique_ptr<Context> context) noexcept;
  std::unique_ptr<Context> context_;
};

}  // namespace sotto::crypto
