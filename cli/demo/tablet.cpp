// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/tablet.hpp"

#include <optional>
#include <string>

#include <sys/socket.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sotto_call.hpp>
#include <sotto/wire.hpp>

#include "demo/failure.hpp"
#include "demo/flow.hpp"
#include "demo/link.hpp"
#include "demo/media_line.hpp"
#include "demo/net.hpp"
#include "demo/own_call.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

constexpr std::uint8_t tablet_role = 2;

class Tablet {
 public:
  explicit Tablet(const TabletOptions& options)
      : identity_(need(IdentityKeyPair::generate(entropy_), "an identity key")),
        rows_(need(MemoryStore::create(), "a store")),
        device_(need(Device::create(rows_, storage_key(entropy_), identity_, DeviceId{tablet},
                                    RegistrationId{2}),
                     "a device")),
        stream_(connect_tcp(options.tcp_port)),
        media_(connect_media(options.udp_port, tablet_role)) {}

  void run() {
    stream_.send(Frame::hello, Bytes(&tablet_role, 1));
    publish();
    for (;;) {
      // Media wait in their socket, and behind that at the relay, until it has rung here.
      const int media = receiver_ ? media_.get() : stream_.fd();
      const auto ready = wait_readable({stream_.fd(), media, Orders::fd()});
      if (ready == media_.get()) try_packets();
      if (ready == stream_.fd() && !read()) return;
      if (ready == Orders::fd()) obey();
      report();
    }
  }

 private:
  static StorageKey storage_key(Entropy& entropy) {
    return StorageKey::made_by([&](MutableBytes out) { need(entropy.fill(out), "a storage key"); });
  }

  void publish() {
    auto tx = need(device_.begin(), "a transaction");
    need(tx.rotate_signed_prekey(entropy_, now()), "a signed prekey");
    static_cast<void>(need(tx.replenish(entropy_), "one-time prekeys"));
    const auto pending = need(tx.bundle(), "a bundle");
    const auto committed = need(std::move(tx).commit(), "storing the prekeys");
    const auto bundle = need(pending.release(committed), "a bundle");
    Blob bytes(wire::max_bundle_bytes);
    stream_.send(Frame::publish, need(wire::write_bundle(bytes, bundle), "a bundle"));
    tell("tablet-published");
  }

  bool read() {
    const bool open = stream_.fill();
    while (const auto frame = stream_.next())
      if (frame->type == Frame::ring) ring(frame->body);
    return open;
  }

  void ring(Bytes body) {
    const auto letter = decode_letter(body);
    if (!letter) throw Failure("Alice's message to the tablet is none");
    Blob out(letter->message.size());
    const auto opened =
        need(device_.decrypt(out, alice(), letter->kind, letter->message, entropy_, now()),
             "Alice's message to the tablet");
    const auto offer = decode_content(opened.plaintext);
    if (!offer || offer->kind != Kind::offer) throw Failure("Alice's message is no offer");
    const auto incoming = need(IncomingCall::read(offer->body), "Alice's offer");
    say("rings with the same offer, in a session of its own");
    tell("offer", short_sum(offer->body));
    // It knows no list of devices, so it takes Alice's for true; an app compares its own.
    auto answered = need(incoming.answer({identity_.public_key(), tablet}, opened.identity,
                                         incoming.roster(), entropy_),
                         "an answer");
    receiver_ = need(answered.receive.srtp_receiver(), "the tablet's keys");
    answer_ = Content{Kind::answer, Blob(answered.answer.begin(), answered.answer.end())};
  }

  /// Its answer leaves when the first packet shows that there is a call already.
  void try_packets() {
    const std::uint32_t before = taken_;
    while (const auto datagram = receive_datagram(media_.get())) {
      if (read_role(*datagram, datagram_end)) ++taken_, ++ended_;
      if (!is_media(*datagram)) continue;
      ++taken_;
      ++tried_;
      Blob out(datagram->size());
      if (receiver_->unprotect(out, *datagram)) ++opened_;
      if (answer_) answer();
    }
    if (taken_ == before) return;
    const Blob count = write_taken(taken_);
    ::send(media_.get(), count.data(), count.size(), 0);
  }

  void answer() {
    say("answers as well, too late");
    const Blob plaintext = encode(*std::exchange(answer_, std::nullopt));
    Blob room(max_message_size(plaintext.size()));
    const auto message = need(device_.encrypt(room, alice(), plaintext, now()), "an answer");
    stream_.send(Frame::ring,
                 encode(Letter{0, message.kind, Blob(message.bytes.begin(), message.bytes.end())}));
  }

  void obey() {
    orders_.fill();
    while (const auto order = orders_.next())
      if (*order == "report") report_wanted_ = true;
  }

  /// Once it was asked for and the media of both people have come to their end.
  void report() {
    if (!report_wanted_ || ended_ < 2) return;
    report_wanted_ = false;
    say("has tried its keys on " + std::to_string(tried_) +
        " packets of the call that rang here too: " + std::to_string(opened_) + " opened");
    tell("tablet-opened", opened_);
    tell("tablet-tried", tried_);
  }

  static Address alice() noexcept { return {"alice", DeviceId{1}}; }

  SystemEntropy entropy_;
  IdentityKeyPair identity_;
  MemoryStore rows_;
  Device device_;
  FrameStream stream_;
  Fd media_;
  Orders orders_;
  std::optional<SrtpReceiver> receiver_;
  std::optional<Content> answer_;
  bool report_wanted_ = false;
  std::uint32_t taken_ = 0;  ///< packets and ends that came
  std::uint32_t ended_ = 0;
  std::uint64_t tried_ = 0;
  std::uint64_t opened_ = 0;
};

}  // namespace

void run_tablet(const TabletOptions& options) {
  heed_stall("tablet");
  Tablet(options).run();
}

}  // namespace sotto::demo
