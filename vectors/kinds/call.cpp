// SPDX-License-Identifier: MIT OR Apache-2.0
// sotto's own calls (spec/media_keys.md), through the public interface alone [MK-4-2].
#include <algorithm>
#include <optional>
#include <string>

#include <sotto/group_code.hpp>
#include <sotto/sotto_call.hpp>

#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

/// The code as three texts.
struct CodeText {
  std::string digits;
  std::string emoji;
  std::string words;

  static CodeText read(Fields& fields) {
    return {fields.text("digits"), fields.text("emoji"), fields.text("words")};
  }

  void check(Checks& checks, const CallCode& code) const {
    const auto joined = [](const auto& parts) {
      std::string out;
      for (const std::string_view part : parts) out += (out.empty() ? "" : " ") + std::string(part);
      return out;
    };
    checks.require(std::ranges::equal(code.digits, digits), "digits are others");
    checks.require(joined(code.emoji_names) == emoji, "emoji are others");
    checks.require(joined(code.words) == words, "words are others");
  }
};

/// What both sides know before the call, and the caller's randomness.
struct Setting {
  CallId id;
  CallTerms terms;
  RosterHash roster;
  IdentityPublic caller;
  IdentityPublic callee;
  Blob caller_entropy;

  static Setting read(Fields& fields) {
    Setting setting;
    setting.id = CallId(fields.hex_of<16>("call_id"));
    setting.terms.srtp = static_cast<SrtpProfile>(fields.number("srtp", 0xffff));
    setting.terms.frames = static_cast<SframeSuite>(fields.number("frames", 0xffff));
    setting.terms.padded = fields.number("padded", 1) == 1;
    setting.roster = RosterHash(fields.hex_of<32>("roster"));
    setting.caller = IdentityPublic(fields.hex_of<32>("caller_identity"));
    setting.callee = IdentityPublic(fields.hex_of<32>("callee_identity"));
    setting.caller_entropy = fields.hex("caller_entropy");
    return setting;
  }

  /// Devices are 1 and 2.
  [[nodiscard]] Result<OutgoingCall> place() const {
    FixedEntropy entropy(caller_entropy);
    return OutgoingCall::create(id, {caller, 1}, terms, roster, entropy);
  }
};

/// One epoch of a call: how it came about, but for the first, and what both sides seal in it.
struct CallEpoch {
  bool caller_proposes = false;
  Blob proposer_entropy;
  Blob answerer_entropy;
  Blob rekey;
  Blob answer;
  Blob caller_frame;
  Blob callee_frame;
  Blob caller_packet;
  Blob callee_packet;

  static CallEpoch read(Fields& fields, bool first) {
    CallEpoch epoch;
    if (!first) {
      const std::string proposer = fields.text("proposer");
      if (proposer != "caller" && proposer != "callee")
        fields.wrong("proposer", "is neither \"caller\" nor \"callee\"");
      epoch.caller_proposes = proposer == "caller";
      epoch.proposer_entropy = fields.hex("proposer_entropy");
      epoch.answerer_entropy = fields.hex("answerer_entropy");
      epoch.rekey = fields.hex("rekey");
      epoch.answer = fields.hex("rekey_answer");
    }
    epoch.caller_frame = fields.hex("caller_frame");
    epoch.callee_frame = fields.hex("callee_frame");
    epoch.caller_packet = fields.hex("caller_packet");
    epoch.callee_packet = fields.hex("callee_packet");
    return epoch;
  }
};

/// One side's ends, and what it must seal.
struct MediaEnd {
  SframeSender frames_out;
  SframeReceiver frames_in;
  SrtpSender packets_out;
  SrtpReceiver packets_in;

  static Result<MediaEnd> make(CallSendKeys& send, CallReceiveKeys& receive) {
    auto frames_out = send.frame_sender();
    if (!frames_out) return std::unexpected(frames_out.error());
    auto frames_in = receive.frame_receiver();
    if (!frames_in) return std::unexpected(frames_in.error());
    auto packets_out = send.srtp_sender();
    if (!packets_out) return std::unexpected(packets_out.error());
    auto packets_in = receive.srtp_receiver();
    if (!packets_in) return std::unexpected(packets_in.error());
    return MediaEnd{std::move(*frames_out), std::move(*frames_in), std::move(*packets_out),
                    std::move(*packets_in)};
  }

  void heed(Checks& checks, CallNews& news) {
    const auto done = [&](const Result<void>& result) {
      checks.require(result.has_value(), "an end refuses new keys");
    };
    if (news.receive) {
      done(news.receive->add_to(frames_in));
      done(news.receive->add_to(packets_in));
    }
    if (news.send) {
      done(news.send->rekey(frames_out));
      done(news.send->rekey(packets_out));
    }
    if (news.retire) {
      done(erase_call_epoch(frames_in, *news.retire));
      done(erase_call_epoch(packets_in, *news.retire));
    }
  }

  /// Seals what `to` opens.
  void check(Checks& checks, MediaEnd& to, const Blob& text, const Blob& frame, const Blob& rtp,
             const Blob& packet) {
    Blob sealed(frames_out.sealed_size(text.size()));
    const auto made = frames_out.seal(sealed, {}, text);
    checks.equal("frame", made ? Bytes(*made) : Bytes(), frame);
    Blob opened(frame.size());
    const auto heard = to.frames_in.open(opened, {}, frame, Instant{});
    checks.equal("text", heard ? Bytes(*heard) : Bytes(), text);
    Blob room(rtp.size() + packets_out.overhead_bytes());
    const auto put = packets_out.protect(room, rtp);
    checks.equal("packet", put ? Bytes(*put) : Bytes(), packet);
    Blob plain(packet.size());
    const auto got = to.packets_in.unprotect(plain, packet);
    checks.equal("rtp", got ? Bytes(*got) : Bytes(), rtp);
  }
};

struct SottoCallCase {
  Setting setting;
  Blob callee_entropy;
  Blob text;
  Blob rtp;
  Blob offer;
  Blob answer;
  Blob reveal;
  CodeText code;
  std::vector<CallEpoch> epochs;

  static SottoCallCase read(Fields& fields) {
    SottoCallCase test{Setting::read(fields), fields.hex("callee_entropy"), fields.hex("text"),
                       fields.hex("rtp"),     fields.hex("offer"),          fields.hex("answer"),
                       fields.hex("reveal"),  CodeText::read(fields),       {}};
    for (Fields* epoch : fields.objects("epochs"))
      test.epochs.push_back(CallEpoch::read(*epoch, test.epochs.empty()));
    if (test.rtp.size() < 12) fields.wrong("rtp", "is no packet");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto outgoing = setting.place();
    if (!outgoing) return std::unexpected(outgoing.error());
    checks.equal("offer", outgoing->offer(), offer);
    const auto incoming = IncomingCall::read(offer);
    if (!incoming) return std::unexpected(incoming.error());
    checks.require(incoming->id() == setting.id && incoming->caller_device() == 1 &&
                       incoming->terms() == setting.terms && incoming->roster() == setting.roster,
                   "the offer is read otherwise");
    FixedEntropy entropy(callee_entropy);
    auto answered = incoming->answer({setting.callee, 2}, setting.caller, setting.roster, entropy);
    if (!answered) return std::unexpected(answered.error());
    checks.equal("answer", answered->answer, answer);
    auto accepted = outgoing->accept(answer, setting.callee);
    if (!accepted) return std::unexpected(accepted.error());
    checks.equal("reveal", accepted->reveal, reveal);
    if (const auto news = answered->call.take(reveal, entropy, Instant{}); !news)
      return std::unexpected(news.error());
    for (const Call* call : {&accepted->call, &answered->call}) {
      const auto shown = call->code();
      if (!shown) return std::unexpected(shown.error());
      code.check(checks, *shown);
    }
    auto caller_end = MediaEnd::make(accepted->send, accepted->receive);
    if (!caller_end) return std::unexpected(caller_end.error());
    auto callee_end = MediaEnd::make(answered->send, answered->receive);
    if (!callee_end) return std::unexpected(callee_end.error());
    return verify_epochs(checks, {&accepted->call, &*caller_end}, {&answered->call, &*callee_end});
  }

 private:
  struct Side {
    Call* call;
    MediaEnd* end;
  };

  static Result<void> rekey(Checks& checks, const CallEpoch& epoch, const Side& proposer,
                            const Side& answerer) {
    FixedEntropy proposing(epoch.proposer_entropy);
    const auto proposal = proposer.call->rekey(proposing);
    if (!proposal) return std::unexpected(proposal.error());
    checks.equal("rekey", *proposal, epoch.rekey);
    FixedEntropy answering(epoch.answerer_entropy);
    auto news = answerer.call->take(epoch.rekey, answering, Instant{});
    if (!news) return std::unexpected(news.error());
    checks.equal("rekey_answer", news->reply ? Bytes(*news->reply) : Bytes(), epoch.answer);
    answerer.end->heed(checks, *news);
    auto done = proposer.call->take(epoch.answer, proposing, Instant{});
    if (!done) return std::unexpected(done.error());
    proposer.end->heed(checks, *done);
    auto switched = answerer.call->peer_sealed(proposer.call->epoch(), Instant{});
    answerer.end->heed(checks, switched);
    return {};
  }

  [[nodiscard]] Result<void> verify_epochs(Checks& checks, const Side& caller,
                                           const Side& callee) const {
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      const CallEpoch& epoch = epochs[i];
      if (i > 0) {
        const auto done = rekey(checks, epoch, epoch.caller_proposes ? caller : callee,
                                epoch.caller_proposes ? callee : caller);
        if (!done) return done;
      }
      Blob numbered = rtp;
      numbered[2] = static_cast<std::uint8_t>((i + 1) >> 8);
      numbered[3] = static_cast<std::uint8_t>(i + 1);
      caller.end->check(checks, *callee.end, text, epoch.caller_frame, numbered,
                        epoch.caller_packet);
      callee.end->check(checks, *caller.end, text, epoch.callee_frame, numbered,
                        epoch.callee_packet);
    }
    return {};
  }
};

struct SottoCallOfferCase {
  Blob offer;

  static SottoCallOfferCase read(Fields& fields) {
    static_cast<void>(refused(fields));
    return {fields.hex("offer")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto incoming = IncomingCall::read(offer);
    if (!incoming) return std::unexpected(incoming.error());
    checks.equal("call id", incoming->id().bytes(), Bytes(offer).subspan(2, 16));
    return {};
  }
};

struct SottoCallAnswerCase {
  Setting setting;
  Blob answer;

  static SottoCallAnswerCase read(Fields& fields) {
    static_cast<void>(refused(fields));
    return {Setting::read(fields), fields.hex("answer")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto outgoing = setting.place();
    if (!outgoing) return std::unexpected(outgoing.error());
    const auto accepted = outgoing->accept(answer, setting.callee);
    if (!accepted) return std::unexpected(accepted.error());
    checks.require(accepted->call.id() == setting.id, "the call is another");
    return {};
  }
};

struct CallCodeCase {
  std::array<std::uint8_t, 32> bytes;
  CodeText code;

  static CallCodeCase read(Fields& fields) {
    return {fields.hex_of<32>("bytes"), CodeText::read(fields)};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    code.check(checks, call_code_of(bytes));
    return {};
  }
};

struct GroupCodeCase {
  CallId id;
  RosterHash roster;
  std::vector<Blob> nonces;
  std::vector<Blob> commitments;
  CodeText code;

  static GroupCodeCase read(Fields& fields) {
    GroupCodeCase test{CallId(fields.hex_of<16>("call_id")),
                       RosterHash(fields.hex_of<32>("roster")),
                       {},
                       {},
                       CodeText::read(fields)};
    for (Fields* member : fields.objects("members")) {
      const auto nonce = member->hex_of<32>("nonce");
      const auto commitment = member->hex_of<32>("commitment");
      test.nonces.emplace_back(nonce.begin(), nonce.end());
      test.commitments.emplace_back(commitment.begin(), commitment.end());
    }
    return test;
  }

  /// Each member's view.
  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto count = static_cast<std::uint32_t>(nonces.size());
    for (std::uint32_t ours = 0; ours < count; ++ours) {
      FixedEntropy entropy(nonces[ours]);
      auto round = GroupCode::create(id, roster, count, ours, entropy);
      if (!round) return std::unexpected(round.error());
      checks.equal("commitment", round->commitment().bytes(), commitments[ours]);
      for (std::uint32_t from = 0; from < count; ++from) {
        if (from == ours) continue;
        const GroupCommitment said(Bytes(commitments[from]).first<32>());
        if (const auto taken = round->take_commitment(from, said); !taken) return taken;
      }
      for (std::uint32_t from = 0; from < count; ++from) {
        if (from == ours) continue;
        const GroupNonce said(Bytes(nonces[from]).first<32>());
        if (const auto taken = round->take_reveal(from, said); !taken) return taken;
      }
      const auto shown = round->code();
      if (!shown) return std::unexpected(shown.error());
      code.check(checks, *shown);
    }
    return {};
  }
};

constexpr Kind kinds[] = {
    {"sotto_call", run_case<SottoCallCase>},
    {"sotto_call_offer", run_case<SottoCallOfferCase>},
    {"sotto_call_answer", run_case<SottoCallAnswerCase>},
    {"call_code", run_case<CallCodeCase>},
    {"group_code", run_case<GroupCodeCase>},
};

}  // namespace

std::span<const Kind> call_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
