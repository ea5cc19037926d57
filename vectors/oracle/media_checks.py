# SPDX-License-Identifier: MIT OR Apache-2.0
"""The cases of SRTP and of call schedules, recomputed."""
import media
import srtp


def srtp_kdf(c):
    made = media.srtp_kdf(c["master_key"], c["master_salt"], c.raw["label"], len(c["output"]))
    return made == c["output"]


def srtp_gcm_packet(c):
    key, salt, roc = c["session_key"], c["session_salt"], c.raw["roc"]
    opened = media.gcm_unprotect(key, salt, roc, c["protected"])
    if c.refused:
        return opened is None
    return (opened == c["packet"]
            and media.gcm_protect(key, salt, roc, c["packet"]) == c["protected"])


def srtp_stream(c):
    packets = c.list("packets")
    made = media.stream(c["master_key"], c["master_salt"], [p["packet"] for p in packets])
    return made == [p["protected"] for p in packets]


def call_schedule(c):
    shared = media.call_shared(c["caller_secret"], c["callee_secret"])
    made = media.call_schedule(shared, c["caller_identity"], c["callee_identity"])
    return shared == c["shared"] and made == (c["offer_key"], c["offer_salt"], c["answer_key"],
                                              c["answer_salt"])


def srtcp_gcm_packet(c):
    packet = media.srtcp_gcm_unprotect(c["session_key"], c["session_salt"], c["protected"])
    if c.refused:
        return packet == c.raw["expect"]
    made = media.srtcp_gcm_protect(c["session_key"], c["session_salt"], c.raw["index"], c["packet"])
    return packet == c["packet"] and made == c["protected"]


def srtp_f8(c):
    return srtp.f8(c["key"], c["salt"], c.raw["roc"], c["header"], c["payload"]) == c["ciphertext"]


def srtp_extension(c):
    made = srtp.header_extension(c["master_key"], c["master_salt"], c["ids"], c.raw["roc"], c["header"])
    return made == (c.raw["expect"] if c.refused else c["protected_header"])


def srtp_script(c):
    master = c["master_key"], c["master_salt"], c["mki"] if "mki" in c.raw else b""
    ends = srtp.Sender(c.raw["profile"], *master), srtp.Receiver(c.raw["profile"], *master)
    return all(_event(event, *ends) for event in c.list("events"))


def _event(event, sender, receiver):
    raw, do = event.raw, event.raw["do"]
    if do in ("seal", "seal_control"):
        made, want = getattr(sender, do)(event["packet"]), "protected"
    elif do in ("open", "open_control"):
        made, want = getattr(receiver, do)(event["protected"]), "packet"
    elif do == "erase_key":
        return receiver.erase_key(event["mki"]) == raw.get("refused")
    else:
        end = sender if do == "rekey" else receiver
        made = getattr(end, do)(event["master_key"], event["master_salt"], event["mki"])
        return made == raw.get("refused")
    return made == raw["refused"] if "refused" in raw else made == event[want]


CHECKS = (srtp_kdf, srtp_gcm_packet, srtcp_gcm_packet, srtp_stream, srtp_f8,
          srtp_extension, srtp_script, call_schedule)
