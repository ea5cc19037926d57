// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/choice.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "testing/error_of.hpp"
#include "testing/service.hpp"

namespace sotto::messenger {
namespace {

using testing::error_of;
using testing::user_of;
using Buffer = std::vector<std::uint8_t>;

UserId ann() {
  return user_of(1);
}
UserId ben() {
  return user_of(2);
}

Buffer bytes_of(const DeviceChoice& choice) {
  Buffer out(choice_size(choice));
  base::Writer writer(out);
  put_choice(writer, choice);
  EXPECT_TRUE(writer.finish());
  return out;
}
DeviceChoice choice_of(std::uint64_t number, std::uint32_t device = 1) {
  const std::vector<DeviceId> hers{DeviceId{7}, DeviceId{1}, DeviceId{3}};
  return *DeviceChoice::create(number, {ann(), DeviceId{device}}, ChosenDevices::all(ben()),
                               *ChosenDevices::only(ann(), hers));
}

TEST(DeviceChoice, WhatIsWrittenIsRead) {  // [CV-2-1]
  const auto choice = choice_of(5);
  Buffer bytes = bytes_of(choice);
  EXPECT_EQ(bytes.size(), 45U + 33 + 12 + 33);
  bytes.push_back(0xee);
  const auto read = read_choice(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->choice, choice);
  EXPECT_EQ(Buffer(read->rest.begin(), read->rest.end()), Buffer{0xee});
  EXPECT_EQ(read->choice.sides()[0].user(), ann());
  EXPECT_TRUE(read->choice.has({ben(), DeviceId{900}})) << "all of his";
  EXPECT_TRUE(read->choice.has({ann(), DeviceId{3}}));
  EXPECT_FALSE(read->choice.has({ann(), DeviceId{4}}));
  EXPECT_FALSE(read->choice.has({user_of(3), DeviceId{1}}));
}

TEST(DeviceChoice, WhatIsCutIsMalformed) {  // [CV-2-1]
  const Buffer bytes = bytes_of(choice_of(5));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(error_of(read_choice(Bytes(bytes).first(size))), Error::malformed) << size;
}

TEST(DeviceChoice, OneFormOnly) {  // [CV-2-1]
  const Buffer bytes = bytes_of(choice_of(5));
  Buffer other = bytes;
  other[0] = 2;
  EXPECT_EQ(error_of(read_choice(other)), Error::unsupported_version);
  other = bytes;
  std::swap(other[45 + 33 + 3], other[45 + 33 + 7]);  // 3 and 1
  EXPECT_EQ(error_of(read_choice(other)), Error::malformed);
  other = bytes;
  other[45 + 33 + 7] = 1;  // 1 twice
  EXPECT_EQ(error_of(read_choice(other)), Error::malformed);
  other = bytes;
  other[44] = 2;  // its author is not there
  EXPECT_EQ(error_of(read_choice(other)), Error::malformed);
  other = bytes;
  std::fill_n(other.begin() + 45, 32, std::uint8_t{9});  // the larger id first
  EXPECT_EQ(error_of(read_choice(other)), Error::malformed);
  other = bytes;
  std::rotate(other.begin() + 45, other.begin() + 45 + 33 + 12, other.end());  // the sides turned
  EXPECT_EQ(error_of(read_choice(other)), Error::malformed);
}

TEST(DeviceChoice, LimitsOnBothSides) {
  std::vector<DeviceId> devices;
  for (std::uint32_t i = 0; i < choice_max_devices; ++i) devices.push_back(DeviceId{i});
  EXPECT_TRUE(ChosenDevices::only(ann(), devices));
  const auto full =
      DeviceChoice::create(1, {ann(), DeviceId{0}}, *ChosenDevices::only(ann(), devices),
                           *ChosenDevices::only(ben(), devices));
  ASSERT_TRUE(full);
  EXPECT_EQ(choice_size(*full), choice_max_bytes);
  EXPECT_EQ(read_choice(bytes_of(*full))->choice, *full);
  Buffer more = bytes_of(*full);
  ++more[45 + 32];
  const std::array<std::uint8_t, 4> next{0, 0, 0, choice_max_devices};
  more.insert(more.begin() + 45 + 33 + 4 * choice_max_devices, next.begin(), next.end());
  EXPECT_EQ(error_of(read_choice(more)), Error::malformed);
  devices.push_back(DeviceId{99});
  EXPECT_EQ(error_of(ChosenDevices::only(ann(), devices)), Error::malformed);
  EXPECT_EQ(error_of(ChosenDevices::only(ann(), {})), Error::malformed);
  EXPECT_EQ(error_of(DeviceChoice::create(1, {ann(), DeviceId{1}}, ChosenDevices::all(ann()),
                                          ChosenDevices::all(ann()))),
            Error::malformed);
}

TEST(DeviceChoice, OneOfTwoStands) {  // [CV-2-2]
  EXPECT_TRUE(choice_of(6).stands_over(choice_of(5)));
  EXPECT_FALSE(choice_of(5).stands_over(choice_of(6)));
  EXPECT_TRUE(choice_of(5, 3).stands_over(choice_of(5, 1)));
  EXPECT_FALSE(choice_of(5, 1).stands_over(choice_of(5, 3)));
  EXPECT_FALSE(choice_of(5).stands_over(choice_of(5)));
}

}  // namespace
}  // namespace sotto::messenger
