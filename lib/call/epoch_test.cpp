// SPDX-License-Identifier: MIT OR Apache-2.0
// The keys of an epoch in figures that were made elsewhere: HKDF of RFC 5869 in Python's hmac
// module.
#include "call/epoch.hpp"

#include "call/test_calls.hpp"
#include "testing/hex.hpp"

namespace sotto::call {
namespace {

/// Expand(PRK, "sotto call 1 " || label || epoch(4)), 32 bytes each.
struct Figures {
  const char* caller_frames;
  const char* callee_confirm;
  const char* chain;
  const char* code;
};

void expect_keys(const EpochKeys& keys, const Figures& figures) {
  const auto hex = [](const auto& key) { return Buffer(key.expose().begin(), key.expose().end()); };
  EXPECT_EQ(hex(keys.caller.frames), testing::unhex(figures.caller_frames));
  EXPECT_EQ(hex(keys.callee.confirm), testing::unhex(figures.callee_confirm));
  EXPECT_EQ(hex(keys.chain), testing::unhex(figures.chain));
  EXPECT_EQ(hex(keys.code), testing::unhex(figures.code));
}

const auto transcript = filled<Transcript>(0x22);

TEST(Epoch, TheFirstOne) {  // [MK-4-2]: PRK = HMAC(22..22, 33..33)
  expect_keys(first_epoch(transcript, filled<crypto::SharedSecret>(0x33), {}),
              {"54abb8675045adfc68a3913cc386875cfbce24e2c709dfca19ba688619cba22d",
               "cfeef43d926f7fd0f8d17a6ec4bb0d74f3e15a02b939632c81c94258c49007c2",
               "c9436b9c1977dc43fdaa171833338e9b9fb29d62ade3d123b9d32a66c00f86a2",
               "6ac655ef3e1b6f669125da68999e0c5d655c4367dae00d10109a15e8370f18ea"});
}

TEST(Epoch, ItsNumberIsInEveryKey) {  // [MK-6-2]: PRK = HMAC(HMAC(11..11, 22..22), 33..33)
  const auto chain = filled<ChainSecret>(0x11);
  const auto shared = filled<crypto::SharedSecret>(0x33);
  expect_keys(next_epoch(chain, transcript, shared, {}, 1),
              {"372f84d69ffcff4cc9b4228e5859ffa74ee411de9b0871c9443166cecdb189d8",
               "57d0b3cf19465d08b75037061b9835cd1cc9181fcbcb3f8ce6302803ba81dcc8",
               "cc9ca26242d9d288a4613b3265484b9a8960dc21482174e5dc0eb72152105006",
               "18a55479f408529e89a6be66af989d7fdbcfc4433da3c4a3ef312782939ac00a"});
  expect_keys(next_epoch(chain, transcript, shared, {}, 0x01020304),
              {"eacede1dba92d589f3259befe43551a0e46eb6488302c955aeb932aa449b6eff",
               "5686951591e87227d1d8b50ae3115b9efd99fa0114bdc08b38f08165d8cc9646",
               "67363da1930b5960b009a01a665cacbf86c012fd2e4eb025e4a052c96adc98fa",
               "598025ef55bf1b7c5502c1ae9d62daca99b84e733b68103e9431ae7a6aeed989"});
}

}  // namespace
}  // namespace sotto::call
