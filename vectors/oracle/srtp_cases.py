# SPDX-License-Identifier: MIT OR Apache-2.0
"""Scripts of SRTP: what its two ends make of packets in order, in every profile."""
import srtp


class Script:
    """Events as the oracle's own ends see them."""

    def __init__(self, name, profile, secret, mki=b""):
        self.id, self.profile, self.mki, self._secret, self.events = name, profile, mki, secret, []
        self.sender = srtp.Sender(profile, *self.master(0), mki)
        self.receiver = srtp.Receiver(profile, *self.master(0), mki)

    def master(self, n):
        key, salt = srtp.PROFILES[self.profile][:2]
        return (self._secret(f"SRTP script key {n}")[:key], self._secret(f"SRTP script salt {n}")[:salt])

    def case(self):
        key, salt = self.master(0)
        return {"id": self.id, "profile": self.profile, "master_key": key, "master_salt": salt,
                **({"mki": self.mki} if self.mki else {}), "events": self.events}

    def _note(self, do, given, made, name):
        outcome = {"refused": made} if isinstance(made, str) else {name: made} if name else {}
        self.events.append({"do": do, **given, **outcome})
        return made

    def seal(self, packet, control=False):
        do = "seal_control" if control else "seal"
        return self._note(do, {"packet": packet}, getattr(self.sender, do)(packet), "protected")

    def open(self, protected, expect, control=False):
        """`expect` is the packet or the name of the error: what the author of the case means."""
        do = "open_control" if control else "open"
        made = self._note(do, {"protected": protected}, getattr(self.receiver, do)(protected), "packet")
        if made != expect:
            raise ValueError(f"{self.id}: {made!r} instead of {expect!r}")

    def change(self, do, n, mki):
        key, salt = self.master(n)
        end = self.sender if do == "rekey" else self.receiver
        made = getattr(end, do)(key, salt, mki)
        return self._note(do, {"master_key": key, "master_salt": salt, "mki": mki}, made or b"", None)

    def erase(self, mki):
        return self._note("erase_key", {"mki": mki}, self.receiver.erase_key(mki) or b"", None)


def rtp(seq, text=b"voice", first=0x80, extra=b"", ssrc=0xCAFEBABE):
    return (bytes([first, 0x6f]) + (seq % 65536).to_bytes(2, "big") + (160 * seq).to_bytes(4, "big")
            + ssrc.to_bytes(4, "big") + extra + text)


def report(ssrc=0xCAFEBABE, text=bytes(range(20))):
    return bytes([0x80, 200]) + ((len(text) + 4) // 4).to_bytes(2, "big") + ssrc.to_bytes(4, "big") + text


def _flip(packet, at, bit=1):
    altered = bytearray(packet)
    altered[at] ^= bit
    return bytes(altered)


def mki(secret):
    for profile, (_, salt, *tags) in srtp.PROFILES.items():
        for size in (1, 4, 16) if profile.endswith(("_128_GCM", "_80")) else (4,):
            names = [bytes([0xA0]) * (size - 1) + bytes([n]) for n in range(4)]
            s = Script(f"{profile}, MKI of {size}: two changes of keys", profile, secret, names[0])
            plain = [rtp(65530 + n, b"packet %d" % n) for n in range(12)]
            sealed = [s.seal(packet) for packet in plain[:3]]
            reports = [s.seal(report(), True)]
            s.open(sealed[0], plain[0])
            s.open(reports[0], report(), True)
            s.change("add_key", 1, names[1])
            s.change("rekey", 1, names[1])
            sealed += [s.seal(packet) for packet in plain[3:8]]  # over the rollover
            reports.append(s.seal(report(), True))
            s.open(sealed[7], plain[7])
            s.open(sealed[1], plain[1])  # late, under the first key
            s.open(sealed[7], "replayed")
            s.open(sealed[1], "replayed")
            s.open(reports[1], report(), True)
            s.open(reports[1], "replayed", True)
            s.seal(plain[2])  # spent under another key all the same
            s.change("rekey", 2, names[2])
            sealed += [s.seal(packet) for packet in plain[8:]]
            reports.append(s.seal(report(), True))
            s.open(sealed[8], "unknown_key")
            s.open(reports[2], "unknown_key", True)
            s.change("add_key", 2, names[2])
            s.change("add_key", 2, names[2])  # conflict
            s.open(sealed[8], plain[8])
            s.open(reports[2], report(), True)
            behind = 0 if salt == 12 else tags[0]
            s.open(_flip(sealed[9], len(sealed[9]) - behind - 1, 0x10), "unknown_key")
            # The name of another key that is held, under which it was not sealed.
            s.open(_flip(sealed[9], len(sealed[9]) - behind - 1, 3), "authentication_failed")
            s.open(sealed[9], plain[9])
            s.erase(names[0])
            s.open(sealed[2], "unknown_key")
            s.erase(names[0])
            s.open(sealed[3], plain[3])
            yield s.case()


def rollover(secret):
    for profile in srtp.PROFILES:
        s = Script(f"{profile}: over the wrap, in disorder", profile, secret)
        numbers = [65000, 65533, 65535, 65536, 65539, 98000, 100000, 130000, 131071, 131072]
        sealed = {n: s.seal(rtp(n)) for n in numbers}
        for n in (65000, 65536, 65535, 65533, 65539, 98000, 100000, 131072, 131071, 130000):
            s.open(sealed[n], rtp(n) if n != 130000 else "replayed")
        s.open(sealed[65535], "replayed")  # its number is that of 131071
        yield s.case()
    for profile in ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"):
        s = Script(f"{profile}: how far a sender may jump", profile, secret)
        for n in (5, 5 + 32767, 5 + 32767, 5 + 32766, 5 + 2 * 32767, 5 + 2 * 32767 + 32768):
            s.seal(rtp(n))
        s.seal(rtp(7, ssrc=1))
        yield s.case()
        s = Script(f"{profile}: sent out of order", profile, secret)
        sealed = {}
        for n in (65000, 65533, 65535, 65537, 65534, 65536, 65534, 65537, 66560, 65537 - 1, 65538, 65539, 65536):
            made = s.seal(rtp(n))
            if not isinstance(made, str):
                sealed[n] = made
        for n in (65537, 65534, 66560, 65538, 65539, 65535, 65536):
            s.open(sealed[n], rtp(n) if n not in (65535, 65536) else "replayed")
        s.seal(rtp(65535))  # 1,025 behind the newest
        s.seal(rtp(65540))
        s.seal(rtp(3, ssrc=2))
        s.seal(rtp(65535, ssrc=2))  # before the first
        yield s.case()
        s = Script(f"{profile}: more than half a round missed", profile, secret)
        sealed = {n: s.seal(rtp(n)) for n in (0, 30000, 60000, 65536)}
        s.open(sealed[0], rtp(0))
        # 60000 is farther ahead than half a round, but in the first round nothing lies before it.
        s.open(sealed[60000], rtp(60000))
        s.open(sealed[65536], rtp(65536))
        yield s.case()
        s = Script(f"{profile}: a whole round missed", profile, secret)
        sealed = {n: s.seal(rtp(n)) for n in (0, 30000, 60000, 65546)}
        s.open(sealed[0], rtp(0))
        s.open(_flip(sealed[65546], 12), "authentication_failed")
        s.open(sealed[65546], rtp(65546))
        s.open(sealed[65546], "replayed")
        s.open(sealed[30000], "authentication_failed")  # its number is that of 95536 now
        yield s.case()
        s = Script(f"{profile}: two rounds and a half missed, and one packet more", profile, secret)
        numbers = [0, *range(30000, 600000, 30000), 70000, 233839, 397679]
        sealed = {n: s.seal(rtp(n)) for n in sorted(numbers)}
        s.open(sealed[0], rtp(0))
        s.open(sealed[70000], rtp(70000))
        s.open(sealed[233839], rtp(233839))  # 163,839 later
        s.open(sealed[397679], "replayed")  # 163,840 later: taken for one of long ago
        s.open(sealed[390000], rtp(390000))
        s.open(sealed[60000], "replayed")
        yield s.case()
        s = Script(f"{profile}: the first two rounds missed, or three", profile, secret)
        sealed = {n: s.seal(rtp(n)) for n in range(5, 230000, 30000)}
        s.open(sealed[210005], "authentication_failed")
        s.open(sealed[180005], rtp(180005))
        yield s.case()


def replay(secret):
    for profile in srtp.PROFILES:
        s = Script(f"{profile}: the edges of the window", profile, secret)
        numbers = (1, 2, 3, 1025, 1026, 9000)
        sealed = {n: s.seal(rtp(n)) for n in numbers}
        s.open(sealed[1025], rtp(1025))
        s.open(sealed[1], "replayed")  # 1,024 behind
        s.open(sealed[2], rtp(2))      # 1,023 behind
        s.open(sealed[2], "replayed")
        for at in (2, 3):  # far ahead by its header, forged: the window stays
            s.open(_flip(sealed[9000], at, 0x40), "authentication_failed")
        s.open(_flip(sealed[9000], len(sealed[9000]) - 1), "authentication_failed")
        s.open(sealed[1026], rtp(1026))
        s.open(sealed[3], rtp(3))
        s.open(sealed[1025], "replayed")
        s.open(sealed[9000], rtp(9000))
        s.open(sealed[1026], "replayed")
        yield s.case()
        s = Script(f"{profile}: reports at the edges of the window", profile, secret)
        key = s.sender.key
        def at(index):
            head, ssrc = report()[:8], report()[4:8]
            return head + key.seal(1, ssrc, index, head, report()[8:])
        for index, expect in ((1, None), (1025, None), (1, "replayed"), (2, None), (2, "replayed"),
                              (0, "replayed")):
            s.open(at(index), expect or report(), True)
        s.open(_flip(at(5000), 9), "authentication_failed", True)  # the window stays
        for index, expect in ((3, None), (0x7fffffff, None), (0x7fffffff, "replayed"),
                              (0x7ffffc00, None), (0x7ffffbff, "replayed")):
            s.open(at(index), expect or report(), True)
        yield s.case()
    s = Script("AEAD_AES_128_GCM: each stream has a window of its own", "AEAD_AES_128_GCM", secret)
    for ssrc in range(srtp.MOST_STREAMS + 1):
        fits = ssrc < srtp.MOST_STREAMS
        packet = rtp(5, ssrc=ssrc)
        sealed = s.seal(packet) if fits else packet[:12] + s.sender.key.seal(
            0, packet[8:12], 5, packet[:12], packet[12:])
        s.open(sealed, packet if fits else "too_many_streams")
        if ssrc % 32 == 0 and fits:
            s.open(sealed, "replayed")
    yield s.case()


def negative(secret):
    for profile, (_, salt, *tags) in srtp.PROFILES.items():
        plain = rtp(7, b"what was said", 0x91, b"\0\0\0\1\xbe\xde\0\1\x10\x7f\0\0")
        s = Script(f"{profile}: RTP altered", profile, secret)
        good, head = s.seal(plain), 12 + 4 + 8
        for at in (1, 3, 7, 11, 15, 17, head - 1, head, len(good) - tags[0], len(good) - 1):
            s.open(_flip(good, at), "authentication_failed")
        s.open(_flip(good, 0, 0x20), "authentication_failed")  # padding bit
        s.open(_flip(good, 0, 0x10), "authentication_failed")  # no extension: it is payload then
        s.open(_flip(good, 0, 0x01), "authentication_failed")  # no CSRC
        s.open(bytes([good[0] & ~0x10]) + good[1:16] + good[24:], "authentication_failed")  # stripped
        s.open(good[:-1], "authentication_failed")
        s.open(good + b"\0", "authentication_failed")
        s.open(good[:head + tags[0]], "authentication_failed")
        s.open(good[:head + tags[0] - 1], "malformed")
        s.open(plain + bytes(tags[0]), "authentication_failed")
        s.open(_flip(good, 0, 0xC0), "malformed")  # version 1
        s.open(_flip(good, 19, 0x40), "malformed")  # an extension beyond the end
        s.open(good[:11], "malformed")
        s.open(b"", "malformed")
        s.open(good, plain)
        yield s.case()
        s = Script(f"{profile}: RTCP altered", profile, secret)
        good = s.seal(report(), True)
        word = len(good) - 4 - (0 if salt == 12 else tags[1])
        for at in (1, 3, 7, 8, word - 1, word + 3, len(good) - 1 if salt == 14 else word - 16):
            s.open(_flip(good, at), "authentication_failed", True)
        s.open(_flip(good, word, 0x80), "malformed", True)  # says that it is not encrypted
        s.open(_flip(good, 0, 0xC0), "malformed", True)
        s.open(good[:8 + 4 + tags[1] - 1], "malformed", True)
        s.open(good[:7], "malformed", True)
        s.open(b"", "malformed", True)
        s.open(good, report(), True)
        yield s.case()
        other = Script("", profile, lambda label: secret(label + " of others"))
        s = Script(f"{profile}: of another master", profile, secret)
        s.open(other.seal(rtp(1)), "authentication_failed")
        s.open(other.seal(report(), True), "authentication_failed", True)
        s.open(s.seal(rtp(1)), rtp(1))
        s.open(s.seal(report(), True), report(), True)
        yield s.case()


def extensions(secret):
    """RFC 6904: both forms of RFC 8285, every kind of padding, a counter that has rolled over."""
    def header(form, elements, first=0x90, csrcs=b"", seq=0xFFFE):
        elements += bytes(-len(elements) % 4)
        return rtp(seq, form.to_bytes(2, "big") + (len(elements) // 4).to_bytes(2, "big") + elements,
                   first, csrcs)

    def case(name, ids, roc, head, key_bytes=16, salt_bytes=14):
        key = secret("SRTP extension key")[:key_bytes]
        salt = secret("SRTP extension salt")[:salt_bytes]
        made = srtp.header_extension(key, salt, ids, roc, head)
        result = {"expect": made} if isinstance(made, str) else {"protected_header": made}
        return {"id": name, "master_key": key, "master_salt": salt, "ids": ids, "roc": roc,
                "header": head, **result}

    one = bytes.fromhex("10aa 00 21bbcc 00 3f") + bytes(range(16)) + bytes.fromhex("e0dd")
    two = bytes.fromhex("0101aa 00 02 00 ff04") + b"four" + bytes([7, 40]) + bytes(range(40))
    yield case("one byte, two of four elements", b"\x01\x03", 0, header(0xBEDE, one))
    yield case("one byte, an AES-256 master key", b"\x02\x0e", 0, header(0xBEDE, one), 32)
    yield case("one byte, behind a rollover", b"\x01\x02\x03\x0e", 0x10001, header(0xBEDE, one))
    yield case("one byte, behind two CSRCs", b"\x03", 0, header(0xBEDE, one, 0x92, b"CSRCCSRC"))
    yield case("two bytes, every element", b"\x01\x02\x07\xff", 0, header(0x1000, two))
    yield case("two bytes, one element, application bits set", b"\x07", 1, header(0x100F, two))
    yield case("ids of which none is there", b"\x09", 0, header(0xBEDE, one))
    yield case("an empty extension", b"\x01", 0, header(0xBEDE, b""))
    yield case("no extension", b"\x01", 0, rtp(5, b""))
    yield case("one byte, nothing but padding", b"\x01", 0, header(0xBEDE, bytes(8)))
    for size in (16, 32):
        yield case(f"one byte, the salt of AES-GCM, a key of {size} bytes", b"\x01\x03", 2,
                   header(0xBEDE, one), size, 12)
        yield case(f"two bytes, the salt of AES-GCM, a key of {size} bytes", b"\x01\x07", 0,
                   header(0x1000, two), size, 12)
    yield case("element 15 ends the extension", b"\x01", 0, header(0xBEDE, bytes.fromhex("10aaf010bb10cc")))
    yield case("padding with a length ends the extension", b"\x01", 0,
               header(0xBEDE, bytes.fromhex("10aa0110bb10cc")))
    yield case("refused: an element longer than the extension", b"\x01", 0,
               header(0xBEDE, bytes.fromhex("13aabbcc")))
    yield case("refused: two bytes, no room for a length", b"\x01", 0,
               header(0x1000, bytes.fromhex("0101aa02")))
    yield case("refused: another form", b"\x01", 0, header(0x1100, two))
    yield case("refused: the id of padding", b"\x00", 0, header(0xBEDE, one))


def files(source, secret):
    origin = source("RFC 3711, RFC 6188, RFC 7714",
                    "RFC 3711 sections 3.1, 3.3 and 3.4, RFC 7714 sections 8, 9 and 13.2")
    made = {f"srtp-{name}": ("srtp_script", lambda cases=cases: cases(secret), origin)
            for name, cases in (("mki", mki), ("rollover", rollover), ("replay", replay),
                                ("negative", negative))}
    made["srtp-extension"] = ("srtp_extension", lambda: extensions(secret),
                              source("RFC 6904, RFC 8285", "RFC 6904 section 3"))
    return made
