# SPDX-License-Identifier: MIT OR Apache-2.0
"""sotto's own call (spec/media_keys.md): messages, keys of every epoch, the short code."""
import hashlib
import hmac

import curve
import kdf
import media
import sframe

EMOJI = """
dog cat mouse rabbit fox bear panda lion cow pig frog monkey chicken penguin owl horse bee
butterfly snail turtle snake octopus fish dolphin elephant camel cactus tree clover mushroom
rose sunflower moon star sun rainbow fire umbrella snowman apple banana grapes strawberry lemon
carrot corn pizza cake cup football guitar trumpet drum bell key hammer scissors clock book lamp
bicycle train rocket boat
""".split()
WORDS = """
acorn actor album alley amber anchor angel apple apron arch arrow atlas autumn axle bacon badge
bagel bakery balloon bamboo banjo barrel basket beach beaver bench berry bicycle biscuit blanket
blossom boat bonfire bottle bouquet branch bridge broom bubble bucket buffalo button cabbage
cabin cactus camel candle canyon carpet castle cedar cello chalk cherry chimney cinema circus
clover cobra coconut comet copper coral cotton cousin coyote cradle crayon cricket crystal
cuckoo cushion dagger daisy dancer denim desert diamond dinner doctor dolphin domino donkey
dragon drum duck dune eagle easel echo elbow elephant ember engine falcon farmer feather ferry
fiddle finger flamingo flute forest fossil fountain fox frost fruit funnel galaxy garlic gazelle
geyser giant ginger giraffe glacier goblet gorilla granite guitar hammer harbor hazel helmet
heron hippo honey hotel hunter iceberg igloo indigo ink island ivory jacket jaguar jelly jewel
jigsaw judge juice jungle kayak kettle kitten knight koala ladder lagoon lantern lemon leopard
library lion lizard lobster lotus lunch magnet mango maple marble meadow melon mermaid mirror
monkey mosaic mountain muffin museum mustard napkin needle nephew nickel noodle north nutmeg
oasis ocean olive onion opera orange orchid otter oyster paddle palace panda parrot peanut
pebble pencil pepper piano pigeon pillow pirate planet plum pocket poet polar pony pumpkin
puzzle quartz queen quilt rabbit radio raft rainbow raven ribbon river robot rocket rooster ruby
saddle salmon sandal saturn school scooter shadow sheriff silver sketch slipper snail soda
spider squid statue sugar summer swan tailor tango teapot temple thunder tiger tomato trumpet
tulip turtle umbrella vanilla walnut
""".split()

PROFILE_KEYS = {7: 16, 8: 32}  # AEAD_AES_128_GCM, AEAD_AES_256_GCM
SUITES = (4, 5, 0xF001)
SIZES = {1: 123, 2: 155, 3: 82, 4: 86, 5: 86}
SIDES = ("caller", "callee")


def _sized(data):
    return len(data).to_bytes(2, "big") + data


def _hash(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def _mac(key, *parts):
    return hmac.new(key, b"".join(parts), "sha256").digest()


def transcript(offer, body, identities):
    return _hash(b"sotto call 1 transcript", _sized(offer), _sized(body), *identities)


def commitment(call_id, key, nonce):
    return _hash(b"sotto call 1 commit", call_id, key, nonce)


def code_of(data):
    """The three forms of 32 bytes."""
    return {"digits": f"{int.from_bytes(data[:8], 'big') % 10 ** 6:06}",
            "emoji": " ".join(EMOJI[byte % 64] for byte in data[8:12]),
            "words": " ".join(WORDS[byte] for byte in data[12:15])}


def _head(kind, call_id):
    return bytes([1, kind]) + call_id


def _terms(terms):
    return terms[0].to_bytes(2, "big") + terms[1].to_bytes(2, "big") + bytes([terms[2]])


class Epoch:
    """The keys of one epoch; `salt` is what PRK is extracted under."""

    def __init__(self, number, salt, shared, terms, transcript):
        prk = _mac(salt, shared)

        def key(label, size=32):
            info = b"sotto call 1 " + label.encode() + number.to_bytes(4, "big")
            return kdf.expand(prk, info, size)

        self.number, self.transcript, self.terms = number, transcript, terms
        self.srtp = {side: key(side + " srtp", PROFILE_KEYS[terms[0]] + 12) for side in SIDES}
        self.frames = {side: key(side + " frames") for side in SIDES}
        self.confirm = {side: key(side + " confirm") for side in SIDES}
        self.chain, self.code = key("chain"), key("code")

    def confirmed(self, side, body):
        return body + _mac(self.confirm[side], self.transcript, body)

    def frame(self, side, counter, text):
        return sframe.frame(self.terms[1], self.number, counter, self.frames[side], b"", text)

    def packet(self, side, packet):
        """An RTP packet before its stream's first wrap, with the epoch as MKI behind it."""
        size = PROFILE_KEYS[self.terms[0]]
        key, salt = self.srtp[side][:size], self.srtp[side][size:] + bytes(2)
        session = (media.srtp_kdf(key, salt, 0, size), media.srtp_kdf(key, salt, 2, 12))
        return media.gcm_protect(*session, 0, packet) + self.number.to_bytes(4, "big")


class Call:
    """Both sides of one call. Entropy is key, then nonce."""

    def __init__(self, call_id, parties, terms, roster, entropy):
        self.call_id, self.terms = call_id, terms
        caller, callee = (entropy[side] for side in SIDES)
        nonces = caller[32:], callee[32:]
        keys = curve.public_of(caller[:32]), curve.public_of(callee[:32])
        self.offer = (_head(1, call_id) + parties["caller"][1].to_bytes(4, "big") + _terms(terms) +
                      keys[0] + commitment(call_id, keys[0], nonces[0]) + roster)
        body = (_head(2, call_id) + parties["callee"][1].to_bytes(4, "big") + _terms(terms) +
                keys[1] + nonces[1] + roster)
        first = transcript(self.offer, body, [parties[side][0] for side in SIDES])
        self.epoch = Epoch(0, first, curve.x25519(caller[:32], keys[1]), terms, first)
        self.answer = self.epoch.confirmed("callee", body)
        self.reveal = self.epoch.confirmed("caller", _head(3, call_id) + nonces[0])
        self.code = code_of(kdf.hkdf(first, self.epoch.code + nonces[0] + nonces[1],
                                     b"sotto call 1 code", 32))

    def rekey(self, proposer, proposer_key, answerer_key):
        """Both messages; the epoch is the next one afterwards."""
        before, number = self.epoch, self.epoch.number + 1
        answerer = SIDES[1 - SIDES.index(proposer)]
        at = number.to_bytes(4, "big")
        proposal = _head(4, self.call_id) + at + curve.public_of(proposer_key)
        answer = _head(5, self.call_id) + at + curve.public_of(answerer_key)
        after = _hash(b"sotto call 1 rekey", before.transcript, _sized(proposal), _sized(answer))
        shared = curve.x25519(proposer_key, curve.public_of(answerer_key))
        self.epoch = Epoch(number, _mac(before.chain, after), shared, self.terms, after)
        return before.confirmed(proposer, proposal), self.epoch.confirmed(answerer, answer)


def media_of(call, text, packet):
    """What both sides seal in the present epoch, as their frame and packet of that number."""
    number = call.epoch.number
    numbered = packet[:2] + (number + 1).to_bytes(2, "big") + packet[4:]
    return {**{f"{side}_frame": call.epoch.frame(side, number, text) for side in SIDES},
            **{f"{side}_packet": call.epoch.packet(side, numbered) for side in SIDES}}


def offer_verdict(offer):
    """The error with which an offer is refused, or None."""
    if offer and offer[0] != 1:
        return "unsupported_version"
    if len(offer) != SIZES[1] or offer[1] != 1 or offer[26] > 1:
        return "malformed"
    profile, suite = int.from_bytes(offer[22:24], "big"), int.from_bytes(offer[24:26], "big")
    if profile not in PROFILE_KEYS or suite not in SUITES:
        return "downgraded"
    key = offer[27:59]
    return None if curve.is_canonical(key) and not curve.is_low_order(key) else "weak_key"


def answer_verdict(offer, caller_key, identities, answer):
    """The error with which the caller refuses an answer, or None."""
    if answer and answer[0] != 1:
        return "unsupported_version"
    if len(answer) != SIZES[2] or answer[1] != 2 or answer[26] > 1:
        return "malformed"
    if answer[2:18] != offer[2:18]:
        return "malformed"
    key = answer[27:59]
    if not curve.is_canonical(key) or curve.is_low_order(key):
        return "weak_key"
    if key == curve.public_of(caller_key):
        return "own_identity"
    terms = (int.from_bytes(offer[22:24], "big"), int.from_bytes(offer[24:26], "big"), offer[26])
    body = answer[:-32]
    first = transcript(offer, body, identities)
    epoch = Epoch(0, first, curve.x25519(caller_key, key), terms, first)
    if epoch.confirmed("callee", body) != answer:
        return "authentication_failed"
    if answer[22:27] != offer[22:27]:
        return "downgraded"
    return None if answer[91:123] == offer[91:123] else "rosters_differ"


def group_code(call_id, roster, nonces):
    """Commitments and code of a group whose members have these nonces."""
    count = len(nonces).to_bytes(4, "big")
    group = _hash(b"sotto group code 1", call_id, roster, count)
    commitments = [_hash(b"sotto group code 1 commit", group, i.to_bytes(4, "big"), nonce)
                   for i, nonce in enumerate(nonces)]
    return commitments, code_of(_hash(b"sotto group code 1 show", group, *commitments, *nonces))
