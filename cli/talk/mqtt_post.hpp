// SPDX-License-Identifier: MIT OR Apache-2.0
/// A post at an MQTT broker. All that is there is a retained message under a name of its own:
///
///   sotto/lists/USER/NUMBER   sotto/claims/USER/DEVICE   sotto/bundles/USER/DEVICE
///   sotto/mail/TO USER/TO DEVICE/FROM USER/FROM DEVICE/NUMBER
///
/// A message lies there until the device that it is for has stored it and takes it away, which is
/// what settles it for its sender, who keeps it until then and puts it again when the broker has
/// lost it: so nothing is lost, whoever stops when. A broker cannot give a bundle to one device
/// only: there are no one-time prekeys, and first messages are as safe as the signed prekey.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "talk/post.hpp"

struct mosquitto;
struct mosquitto_message;

namespace sotto::talk {

/// Where a broker is, and as whom to come.
struct Broker {
  std::string host = "localhost";
  int port = 1883;
  std::string user;  ///< none: anonymous
  std::string password;
  std::string ca_file;  ///< none: no TLS
};

/// A post at that broker for `self`. Throws `Failure` when this program was built without MQTT.
[[nodiscard]] std::unique_ptr<Post> mqtt_post(const Broker& broker, const UserDevice& self);

}  // namespace sotto::talk
