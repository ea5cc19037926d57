// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/mqtt_line.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace sotto::talk {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int qos = 1;
constexpr int keepalive_s = 10;
constexpr int loop_ms = 20;
constexpr auto patience = std::chrono::seconds(3);
constexpr auto pause = std::chrono::milliseconds(500);

}  // namespace

MqttLine::MqttLine(const Broker& broker, const std::string& name, Cleared cleared)
    : broker_(broker), name_(name), marker_("sotto/marks/" + name), cleared_(std::move(cleared)) {
  mosquitto_lib_init();
}

MqttLine::~MqttLine() {
  if (client_ != nullptr) {
    mosquitto_disconnect(client_);
    mosquitto_destroy(client_);
  }
  mosquitto_lib_cleanup();
}

void MqttLine::on_connect(mosquitto* /*client*/, void* self, int code) {
  auto& line = *static_cast<MqttLine*>(self);
  line.connected_ = code == 0;
  line.refused_ = code;
}

void MqttLine::on_message(mosquitto* /*client*/, void* self, const mosquitto_message* message) {
  auto& line = *static_cast<MqttLine*>(self);
  const std::string name = message->topic;
  const auto* data = static_cast<const std::uint8_t*>(message->payload);
  const auto size = static_cast<std::size_t>(message->payloadlen);
  if (name == line.marker_) {
    std::uint64_t mark = 0;
    if (size == sizeof(mark)) std::memcpy(&mark, data, size);
    line.mark_seen_ = mark;
  } else if (size == 0) {
    line.retained_.erase(name);
    line.cleared_(name);
  } else {
    line.retained_[name].assign(data, data + size);
  }
}

void MqttLine::lose(const std::string& why) {
  if (client_ != nullptr) mosquitto_destroy(std::exchange(client_, nullptr));
  connected_ = false;
  not_before_ = Clock::now() + pause;
  throw Away("the broker at " + broker_.host + ":" + std::to_string(broker_.port) +
             " cannot be reached: " + why);
}

void MqttLine::check(int code) {
  if (code == MOSQ_ERR_SUCCESS) return;
  std::string why = code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code);
  if (code == MOSQ_ERR_TLS && !broker_.ca_file.empty())
    why += " With the authorities of " + broker_.ca_file;
  lose(why);
}

void MqttLine::loop() {
  check(mosquitto_loop(client_, loop_ms, 1));
}

void MqttLine::connect() {
  if (connected_) return;
  if (Clock::now() < not_before_) throw Away("the broker was away a moment ago");
  if (client_ != nullptr) mosquitto_destroy(std::exchange(client_, nullptr));
  retained_.clear();  // What it has now is told anew.
  client_ = mosquitto_new(name_.c_str(), true, this);
  if (client_ == nullptr) throw demo::Failure("no memory for a connection to the broker");
  mosquitto_connect_callback_set(client_, on_connect);
  mosquitto_message_callback_set(client_, on_message);
  if (!broker_.user.empty())
    check(mosquitto_username_pw_set(client_, broker_.user.c_str(), broker_.password.c_str()));
  if (!broker_.ca_file.empty()) {
    const int taken =
        mosquitto_tls_set(client_, broker_.ca_file.c_str(), nullptr, nullptr, nullptr, nullptr);
    if (taken != MOSQ_ERR_SUCCESS)
      throw demo::Failure(broker_.ca_file + ": TLS cannot use it: " + mosquitto_strerror(taken));
  }
  refused_ = 0;
  check(mosquitto_connect(client_, broker_.host.c_str(), broker_.port, keepalive_s));
  for (const auto end = Clock::now() + patience; !connected_;) {
    if (Clock::now() > end) lose("it does not answer");
    loop();
    if (refused_ != 0) lose(mosquitto_connack_string(refused_));
  }
  ++connections_;
  check(mosquitto_subscribe(client_, nullptr, marker_.c_str(), qos));
  for (const std::string& pattern : patterns_)
    check(mosquitto_subscribe(client_, nullptr, pattern.c_str(), qos));
  settle();
}

void MqttLine::settle() {
  const std::uint64_t mark = ++marks_;
  check(mosquitto_publish(client_, nullptr, marker_.c_str(), sizeof(mark), &mark, qos, false));
  for (const auto end = Clock::now() + patience; mark_seen_ != mark;) {
    if (Clock::now() > end) lose("it does not answer");
    loop();
  }
}

void MqttLine::watch(const std::string& pattern) {
  connect();
  if (!patterns_.insert(pattern).second) return;
  check(mosquitto_subscribe(client_, nullptr, pattern.c_str(), qos));
  settle();
}

void MqttLine::send(const std::string& name, Bytes value) {
  connect();
  check(mosquitto_publish(client_, nullptr, name.c_str(), static_cast<int>(value.size()),
                          value.data(), qos, true));
  if (value.empty()) retained_.erase(name);
}

void MqttLine::retain(const std::string& name, Bytes value) {
  send(name, value);
  settle();
}

void MqttLine::work() {
  connect();
  loop();
}

}  // namespace sotto::talk
