# SPDX-License-Identifier: MIT OR Apache-2.0
"""SRTP (RFC 3711) with AES-GCM (RFC 7714), and the key schedule of Signal's 1:1 calls."""
import aes
import curve
import kdf


def srtp_kdf(master_key, master_salt, label, size):
    """RFC 3711 §4.3 with a key derivation rate of zero; the salt has 14 bytes."""
    x = int.from_bytes(master_salt, "big") ^ label << 48
    return aes.ctr(master_key, (x << 16).to_bytes(16, "big"), bytes(size))


def header_bytes(packet):
    """The RTP header with CSRCs and extension [RFC 3550 §5.1, §5.3.1]."""
    size = 12 + 4 * (packet[0] & 15)
    if packet[0] & 16:
        size += 4 + 4 * int.from_bytes(packet[size + 2:size + 4], "big")
    return size


def _nonce(salt, packet, roc):
    ssrc, seq = packet[8:12], packet[2:4]
    return aes.xor(bytes(2) + ssrc + roc.to_bytes(4, "big") + seq, salt)


def gcm_protect(key, salt, roc, packet):
    at = header_bytes(packet)
    nonce = _nonce(salt, packet, roc)
    return packet[:at] + aes.gcm_seal(key, nonce, packet[:at], packet[at:])


def gcm_unprotect(key, salt, roc, packet):
    """The packet, or None."""
    at = header_bytes(packet)
    plain = aes.gcm_open(key, _nonce(salt, packet, roc), packet[:at], packet[at:])
    return None if plain is None else packet[:at] + plain


def _control_nonce(salt, packet, index):
    return aes.xor(bytes(2) + packet[4:8] + bytes(2) + index.to_bytes(4, "big"), salt)


def srtcp_gcm_protect(key, salt, index, packet):
    """RFC 7714 §9, encrypted."""
    word = (index | 1 << 31).to_bytes(4, "big")
    nonce = _control_nonce(salt, packet, index)
    return packet[:8] + aes.gcm_seal(key, nonce, packet[:8] + word, packet[8:]) + word


def srtcp_gcm_unprotect(key, salt, packet):
    """The packet, or the name of the error."""
    if len(packet) < 8 + 16 + 4 or packet[0] >> 6 != 2 or not packet[-4] & 0x80:
        return "malformed"
    index = int.from_bytes(packet[-4:], "big") & 0x7fffffff
    plain = aes.gcm_open(key, _control_nonce(salt, packet, index), packet[:8] + packet[-4:],
                         packet[8:-4])
    return "authentication_failed" if plain is None else packet[:8] + plain


def stream(master_key, master_salt, packets):
    """Protect packets of one source in the order of sending."""
    salt = master_salt + bytes(2)  # RFC 7714 §11
    key = srtp_kdf(master_key, salt, 0, len(master_key))
    session_salt = srtp_kdf(master_key, salt, 2, 12)
    roc, last, out = 0, None, []
    for packet in packets:
        seq = int.from_bytes(packet[2:4], "big")
        roc += last is not None and seq < last
        last = seq
        out.append(gcm_protect(key, session_salt, roc, packet))
    return out


def call_schedule(shared, caller_identity, callee_identity):
    """Offer key 32, offer salt 12, answer key 32, answer salt 12."""
    info = b"Signal_Calling_20200807_SignallingDH_SRTPKey_KDF" + caller_identity + callee_identity
    out = kdf.hkdf(bytes(32), shared, info, 88)
    return out[:32], out[32:44], out[44:76], out[76:]


def call_shared(caller_secret, callee_secret):
    return curve.x25519(caller_secret, curve.public_of(callee_secret))
