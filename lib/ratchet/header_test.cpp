// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/header.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {
namespace {

// [DR-3.1-7]
TEST(Header, LayoutAndBack) {
  const Header header{filled<RatchetPublic>(9), 0x01020304, 0xfffefdfc};
  Buffer bytes(Header::encoded_bytes);
  base::Writer writer(bytes);
  header.write(writer);
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(to_hex(bytes), std::string(to_hex(header.dh.bytes())) + "01020304" + "fffefdfc");
  base::Reader reader(bytes);
  const auto read = Header::read(reader);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, header);
  EXPECT_TRUE(reader.finish());
}

TEST(Header, ShorterIsMalformed) {
  const Buffer bytes(Header::encoded_bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    base::Reader reader(Bytes(bytes).first(size));
    const auto read = Header::read(reader);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error(), Error::malformed);
  }
}

TEST(Header, NeverWritesPastTheEnd) {
  Buffer bytes(Header::encoded_bytes - 1);
  base::Writer writer(bytes);
  Header{}.write(writer);
  EXPECT_FALSE(writer.finish());
}

}  // namespace
}  // namespace sotto::ratchet
