// SPDX-License-Identifier: MIT OR Apache-2.0
/// A connection to an MQTT broker, and what it retains under names that were asked for. It does its
/// work in the calls that are made to it, and comes back by itself when the broker does.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <mosquitto.h>

#include "talk/mqtt_post.hpp"

namespace sotto::talk {

class MqttLine {
 public:
  /// Told of a name whose message was taken away.
  using Cleared = std::function<void(const std::string&)>;

  /// `name` is the connection's own at the broker.
  MqttLine(const Broker& broker, const std::string& name, Cleared cleared);
  MqttLine(const MqttLine&) = delete;
  MqttLine& operator=(const MqttLine&) = delete;
  ~MqttLine();

  /// What is retained under names that match `pattern`, which is watched from now on; as it is at
  /// the broker when this returns. All may throw `Away`.
  void watch(const std::string& pattern);
  /// Retain something; an empty one takes away. It has arrived when this returns.
  void retain(const std::string& name, Bytes value);
  /// The same, without waiting.
  void send(const std::string& name, Bytes value);
  /// Do what there is to do.
  void work();

  /// How often it was connected; what was sent before may not have arrived.
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  /// What is known to be retained, by name.
  [[nodiscard]] const std::map<std::string, Blob>& retained() const noexcept { return retained_; }

 private:
  static void on_connect(mosquitto* client, void* self, int code);
  static void on_message(mosquitto* client, void* self, const mosquitto_message* message);

  void connect();
  void check(int code);
  void loop();
  /// Wait until the broker has done all that was asked of it before.
  void settle();
  [[noreturn]] void lose(const std::string& why);

  Broker broker_;
  std::string name_;
  std::string marker_;  ///< a name for messages to ourselves
  Cleared cleared_;
  mosquitto* client_ = nullptr;
  bool connected_ = false;
  int refused_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t marks_ = 0;
  std::uint64_t mark_seen_ = 0;
  std::chrono::steady_clock::time_point not_before_{};
  std::set<std::string> patterns_;
  std::map<std::string, Blob> retained_;
};

}  // namespace sotto::talk
