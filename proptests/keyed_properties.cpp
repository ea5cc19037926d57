// SPDX-License-Identifier: MIT OR Apache-2.0
/// SRTP and SRTCP in every profile, with keys that come and go by their MKI, under a hostile
/// network.
#include "generators.hpp"
#include "keyed_line.hpp"

namespace sotto::prop {

void showValue(const KeyedEvent& event, std::ostream& out) {
  out << describe(event);
}

namespace {

rc::Gen<KeyedEvent> keyed_events() {
  using Kind = KeyedEvent::Kind;
  const auto below = [](std::uint32_t n) { return within<std::uint32_t>(0, n); };
  const auto of = [](Kind kind, rc::Gen<std::uint32_t> a, rc::Gen<std::uint32_t> b,
                     rc::Gen<std::uint32_t> c) {
    return rc::gen::construct<KeyedEvent>(rc::gen::just(kind), std::move(a), std::move(b),
                                          std::move(c));
  };
  const auto zero = rc::gen::just(std::uint32_t{0});
  const auto step = rc::gen::weightedOneOf<std::uint32_t>(
      {{8, rc::gen::just(std::uint32_t{1})},
       {2,
        rc::gen::element<std::uint32_t>(0, 1'023, 1'024, 1'025, 32'767, 32'768, 65'535, 65'533)}});
  // Mostly the same few keys, so that they meet again.
  const auto key = rc::gen::weightedOneOf<std::uint32_t>({{3, below(3)}, {1, below(7)}});
  return rc::gen::weightedOneOf<KeyedEvent>({
      {10, of(Kind::seal, below(2), step, below(65'536))},
      {4, of(Kind::report, below(2), zero, below(100))},
      {8, of(Kind::deliver, below(16), zero, zero)},
      {4, of(Kind::replay, below(64), zero, zero)},
      {4, of(Kind::forge, below(64), below(7), below(65'536))},
      {3, of(Kind::rekey, key, zero, zero)},
      {3, of(Kind::add, key, zero, zero)},
      {1, of(Kind::erase, key, zero, zero)},
      {1, of(Kind::end, below(2), below(3), zero)},
  });
}

/// What is under a key that is held opens once, whatever else happened; all else never; numbers and
/// windows outlive their keys.
RC_GTEST_PROP(Keyed, line_holds, ()) {
  KeyedLine line(*within<unsigned>(0, KeyedLine::modes), *seeds());
  const auto count = *within<std::size_t>(0, 120);
  const auto script =
      *rc::gen::container<std::vector<KeyedEvent>>(count, rc::gen::resize(100, keyed_events()));
  for (const KeyedEvent& event : script) {
    const Complaint complaint = line.apply(event);
    if (!complaint.empty()) RC_FAIL(describe(event) + ": " + complaint);
  }
}

}  // namespace
}  // namespace sotto::prop
