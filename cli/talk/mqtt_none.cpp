// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/mqtt_post.hpp"

namespace sotto::talk {

std::unique_ptr<Post> mqtt_post(const Broker& /*broker*/, const UserDevice& /*self*/) {
  throw demo::Failure(
      "this program was built without libmosquitto: use --relay instead of --broker");
}

}  // namespace sotto::talk
