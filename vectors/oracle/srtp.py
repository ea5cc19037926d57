# SPDX-License-Identifier: MIT OR Apache-2.0
"""Both ends of SRTP and SRTCP in every profile that encrypts (RFC 3711, 6188, 7714): keys with and
without MKI, rollover, replay."""
import hmac

import aes
import media

# profile: master key, master salt, tag of RTP, tag of RTCP
PROFILES = {"AES_CM_128_HMAC_SHA1_80": (16, 14, 10, 10), "AES_CM_128_HMAC_SHA1_32": (16, 14, 4, 10),
            "AES_CM_256_HMAC_SHA1_80": (32, 14, 10, 10), "AES_CM_256_HMAC_SHA1_32": (32, 14, 4, 10),
            "AEAD_AES_128_GCM": (16, 12, 16, 16), "AEAD_AES_256_GCM": (32, 12, 16, 16)}
WINDOW, MOST_STREAMS, MOST_KEYS, SEARCH = 1024, 128, 4, 2


def rtp_header_bytes(packet):
    """Or None, when the packet has no good header."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    size = 12 + 4 * (packet[0] & 15)
    if packet[0] & 16:
        if len(packet) < size + 4:
            return None
        size += 4 + 4 * int.from_bytes(packet[size + 2:size + 4], "big")
    return size if size <= len(packet) else None


class Key:
    """The session keys of one master, and its MKI."""

    def __init__(self, profile, key, salt, mki):
        _, salt_size, *self.tags = PROFILES[profile]
        self.aead, self.mki = salt_size == 12, mki
        padded = salt + bytes(14 - salt_size)
        self.keys = [(media.srtp_kdf(key, padded, first, len(key)),
                      media.srtp_kdf(key, padded, first + 1, 20),
                      media.srtp_kdf(key, padded, first + 2, salt_size)) for first in (0, 3)]

    def _iv(self, control, ssrc, index):
        salt = self.keys[control][2]
        if self.aead:  # RFC 7714 §8.1, §9.1
            return aes.xor(bytes(2) + ssrc + index.to_bytes(6, "big"), salt)
        value = (int.from_bytes(salt, "big") << 16 ^ int.from_bytes(ssrc, "big") << 64
                 ^ index << 16)
        return value.to_bytes(16, "big")

    def seal(self, control, ssrc, index, head, body):
        """What stands behind the head. `control` is 0 for RTP and 1 for RTCP."""
        key, auth, _ = self.keys[control]
        iv, word = self._iv(control, ssrc, index), (1 << 31 | index & 0x7fffffff).to_bytes(4, "big")
        if self.aead:
            sealed = aes.gcm_seal(key, iv, head + (word if control else b""), body)
            return sealed + (word if control else b"") + self.mki
        ciphertext = aes.ctr(key, iv, body)
        trailer = word if control else (index >> 16).to_bytes(4, "big")
        mac = hmac.new(auth, head + ciphertext + trailer, "sha1").digest()[:self.tags[control]]
        return ciphertext + (word if control else b"") + self.mki + mac

    def open(self, control, ssrc, index, head, sealed):
        """The body, or None: counter mode is its own inverse."""
        size = len(sealed) - self.tags[control] - len(self.mki) - (4 if control else 0)
        if self.aead:
            word = (1 << 31 | index).to_bytes(4, "big") if control else b""
            return aes.gcm_open(self.keys[control][0], self._iv(control, ssrc, index), head + word,
                                sealed[:size + 16])
        body = aes.ctr(self.keys[control][0], self._iv(control, ssrc, index), sealed[:size])
        return body if self.seal(control, ssrc, index, head, body) == sealed else None


class Sender:
    def __init__(self, profile, key, salt, mki=b""):
        self.profile, self.key, self.spent, self.next_report = profile, Key(profile, key, salt, mki), {}, {}

    def rekey(self, key, salt, mki):
        self.key = Key(self.profile, key, salt, mki)

    def seal(self, packet):
        """The protected packet, or the name of the error."""
        ssrc, seq = packet[8:12], int.from_bytes(packet[2:4], "big")
        spent = self.spent.setdefault(ssrc, set())
        index = seq
        if spent:
            newest = max(spent)
            behind = (newest - seq) % 65536
            index = newest - behind if behind < WINDOW else newest + 65536 - behind
            if index < 0 or index in spent or index - newest >= 32768:
                return "counter_reused"
        spent.add(index)
        size = rtp_header_bytes(packet)
        return packet[:size] + self.key.seal(0, ssrc, index, packet[:size], packet[size:])

    def seal_control(self, packet):
        ssrc = packet[4:8]
        index = self.next_report.get(ssrc, 0)
        self.next_report[ssrc] = index + 1
        return packet[:8] + self.key.seal(1, ssrc, index, packet[:8], packet[8:])


class Receiver:
    def __init__(self, profile, key, salt, mki=b""):
        self.profile, self.mki_size, self.seen = profile, len(mki), ({}, {})
        self.held = [Key(profile, key, salt, mki)]

    def _find(self, mki):
        return next((key for key in self.held if key.mki == mki), None)

    def add_key(self, key, salt, mki):
        """None, or the name of the error."""
        if self._find(mki):
            return "conflict"
        if len(self.held) == MOST_KEYS:
            return "exhausted"
        self.held.append(Key(self.profile, key, salt, mki))
        return None

    def erase_key(self, mki):
        key = self._find(mki)
        if key is None:
            return "unknown_key"
        self.held.remove(key)
        return None

    def _key_of(self, control, packet):
        _, salt_size, *tags = PROFILES[self.profile]
        end = len(packet) - (0 if salt_size == 12 else tags[control])
        return self._find(packet[end - self.mki_size:end]), end - self.mki_size

    def _finish(self, control, key, ssrc, guesses, head, sealed):
        seen = self.seen[control].get(ssrc, set())
        if not seen and len(self.seen[control]) == MOST_STREAMS:
            return "too_many_streams"
        late = bool(seen) and max(seen) - guesses[0] >= WINDOW
        if not late and guesses[0] in seen:
            return "replayed"
        for index in guesses[late:]:
            body = key.open(control, ssrc, index, head, sealed)
            if body is not None:
                self.seen[control].setdefault(ssrc, set()).add(index)
                return head + body
        return "replayed" if late else "authentication_failed"

    def open(self, packet):
        """The packet, or the name of the error."""
        size = rtp_header_bytes(packet)
        tag = PROFILES[self.profile][2]
        if size is None or len(packet) < size + tag + self.mki_size:
            return "malformed"
        key, _ = self._key_of(0, packet)
        if key is None:
            return "unknown_key"
        ssrc, seq = packet[8:12], int.from_bytes(packet[2:4], "big")
        first = self.guess(ssrc, seq)
        guesses = [first + (rounds << 16) for rounds in range(1 + SEARCH)]
        return self._finish(0, key, ssrc, [i for i in guesses if i < 1 << 48], packet[:size], packet[size:])

    def guess(self, ssrc, seq):
        """RFC 3711 §3.3.1 and appendix A: the index nearest to the newest."""
        seen = self.seen[0].get(ssrc)
        if not seen:
            return seq
        newest = max(seen)
        roc, last = newest >> 16, newest & 0xffff
        if last < 32768:
            roc -= seq - last > 32768 and roc > 0
        else:
            roc += last - 32768 > seq
        return roc << 16 | seq

    def open_control(self, packet):
        tag = PROFILES[self.profile][3]
        if len(packet) < 8 + tag + 4 + self.mki_size or packet[0] >> 6 != 2:
            return "malformed"
        key, end = self._key_of(1, packet)
        if key is None:
            return "unknown_key"
        word = int.from_bytes(packet[end - 4:end], "big")
        if not word >> 31:
            return "malformed"
        return self._finish(1, key, packet[4:8], [word & 0x7fffffff], packet[:8], packet[8:])


def f8(key, salt, roc, header, payload):
    """RFC 3711 §4.1.2: what B.1 gives figures of. The header comes without its first byte."""
    mask = aes.xor(key, salt + b"\x55" * (16 - len(salt)))
    block = aes.Aes(mask).encrypt(b"\0" + header + roc.to_bytes(4, "big"))
    out, stream = b"", bytes(16)
    for j in range(0, len(payload), 16):
        counted = aes.xor(block, (j // 16).to_bytes(16, "big"))
        stream = aes.Aes(key).encrypt(aes.xor(counted, stream))
        out += aes.xor(payload[j:j + 16], stream[:len(payload[j:j + 16])])
    return out


def _elements(header, at):
    """(id, first byte, behind the last) of each element of RFC 8285, or None when some byte of the
    extension, before an element that ends it, belongs to none."""
    form, found, i = int.from_bytes(header[at - 4:at - 2], "big"), [], at
    one = form == 0xBEDE
    if not one and form >> 4 != 0x100:
        return None
    while i < len(header):
        if one:
            ident, size, first = header[i] >> 4, (header[i] & 15) + 1, i + 1
            if header[i] == 0:
                i += 1
                continue
            if ident in (0, 15):  # RFC 8285 section 4.2: no elements behind it
                return found
        else:
            if header[i] == 0:
                i += 1
                continue
            if i + 1 == len(header):
                return None
            ident, size, first = header[i], header[i + 1], i + 2
        if first + size > len(header):
            return None
        found.append((ident, first, first + size))
        i = first + size
    return found


def header_extension(key, salt, ids, roc, header):
    """RFC 6904 §3, the salt being the profile's, of 14 or (AEAD) 12 bytes: the header with the elements of `ids` encrypted, or the name of the error."""
    if not header[0] & 16:
        return header
    at = 12 + 4 * (header[0] & 15) + 4
    elements = _elements(header, at)
    if 0 in ids or elements is None:
        return "malformed"
    padded = salt + bytes(14 - len(salt))
    k_he = media.srtp_kdf(key, padded, 6, len(key))
    k_hs = media.srtp_kdf(key, padded, 7, len(salt)) + bytes(14 - len(salt))
    index = roc << 16 | int.from_bytes(header[2:4], "big")
    iv = (int.from_bytes(k_hs, "big") << 16 ^ int.from_bytes(header[8:12], "big") << 64 ^ index << 16)
    hidden = aes.ctr(k_he, iv.to_bytes(16, "big"), header[at:])
    out = bytearray(header)
    for ident, first, behind in elements:
        if ident in ids:
            out[first:behind] = hidden[first - at:behind - at]
    return bytes(out)
