# SPDX-License-Identifier: MIT OR Apache-2.0
"""The cases of sotto's own calls."""
import calls
import curve


def _setting(secret, name):
    return {"call_id": secret(name + " id")[:16],
            "identities": {side: curve.public_of(secret(f"{name} {side} identity"))
                           for side in calls.SIDES},
            "roster": secret(name + " roster"),
            "entropy": {side: secret(f"{name} {side} key") + secret(f"{name} {side} nonce")
                        for side in calls.SIDES}}


def _fields(setting, terms):
    return {"call_id": setting["call_id"], "srtp": terms[0], "frames": terms[1],
            "padded": terms[2], "roster": setting["roster"],
            **{f"{side}_{what}": setting[what_all][side] for side in calls.SIDES
               for what, what_all in (("identity", "identities"), ("entropy", "entropy"))}}


def _made(setting, terms):
    parties = {side: (setting["identities"][side], i + 1) for i, side in enumerate(calls.SIDES)}
    return calls.Call(setting["call_id"], parties, terms, setting["roster"], setting["entropy"])


def cases(secret):
    text, packet = b"a frame of sound", bytes.fromhex("806f000000000000cafebabe") + b"a packet"
    for name, terms, rekeys in (("AES-256-GCM", (8, 5, 0), ()),
                                ("AES-128-GCM, padded", (7, 4, 1), ("callee",)),
                                ("a committing suite, rekeyed by both", (8, 0xF001, 0),
                                 ("caller", "callee", "callee"))):
        setting = _setting(secret, name)
        call = _made(setting, terms)
        epochs = [calls.media_of(call, text, packet)]
        for i, proposer in enumerate(rekeys):
            keys = secret(f"{name} rekey {i} proposer"), secret(f"{name} rekey {i} answerer")
            rekey, answer = call.rekey(proposer, *keys)
            epochs.append({"proposer": proposer, "proposer_entropy": keys[0],
                           "answerer_entropy": keys[1], "rekey": rekey, "rekey_answer": answer,
                           **calls.media_of(call, text, packet)})
        yield {"id": name, **_fields(setting, terms), "text": text, "rtp": packet,
               "offer": call.offer, "answer": call.answer, "reveal": call.reveal,
               **call.code, "epochs": epochs}


def _flip(message, at):
    return message[:at] + bytes([message[at] ^ 1]) + message[at + 1:]


def offers(secret):
    offer = _made(_setting(secret, "offers"), (8, 5, 0)).offer
    yield {"id": "good", "offer": offer}
    for name, altered in (
            ("another version", b"\x02" + offer[1:]), ("of another kind", _flip(offer, 1)),
            ("a flag that there is not", offer[:26] + b"\x02" + offer[27:]),
            ("cut short", offer[:-1]), ("one byte more", offer + b"\0"), ("nothing", b""),
            ("SRTP with a short tag", offer[:22] + b"\0\x02" + offer[24:]),
            ("no SRTP profile", offer[:22] + b"\0\0" + offer[24:]),
            ("frames with a short tag", offer[:24] + b"\0\x03" + offer[26:]),
            ("no suite", offer[:24] + b"\0\0" + offer[26:]),
            ("a key of low order", offer[:27] + bytes(32) + offer[59:]),
            ("a key that is not canonical", offer[:27] + b"\xff" * 32 + offer[59:])):
        yield {"id": name, "expect": calls.offer_verdict(altered), "offer": altered}


def answers(secret):
    setting = _setting(secret, "answers")
    call = _made(setting, (8, 5, 0))

    def case(name, answer):
        verdict = calls.answer_verdict(call.offer, setting["entropy"]["caller"][:32],
                                       list(setting["identities"].values()), answer)
        return {"id": name, **({"expect": verdict} if verdict else {}),
                **{key: value for key, value in _fields(setting, (8, 5, 0)).items()
                   if key != "callee_entropy"}, "answer": answer}

    def signed(name, at, new):
        """By a callee that knows all keys and says something else."""
        body = call.answer[:at] + new + call.answer[at + len(new):-32]
        first = calls.transcript(call.offer, body, setting["identities"].values())
        keys = setting["entropy"]
        shared = curve.x25519(keys["callee"][:32], curve.public_of(keys["caller"][:32]))
        epoch = calls.Epoch(0, first, shared, call.terms, first)
        return case(name, epoch.confirmed("callee", body))

    yield case("good", call.answer)
    for name, at in (("version", 0), ("kind", 1), ("call id", 2), ("device", 21), ("terms", 23),
                     ("flags", 26), ("key", 30), ("nonce", 60), ("roster", 92), ("MAC", 154)):
        yield case(f"a bit of the {name} flipped", _flip(call.answer, at))
    yield case("cut short", call.answer[:-1])
    yield case("a key of low order", call.answer[:27] + bytes(32) + call.answer[59:])
    yield case("the caller's own key", call.answer[:27] + call.offer[27:59] + call.answer[59:])
    yield signed("said again", 0, b"")
    yield signed("names a weaker suite", 24, b"\0\x04")
    yield signed("names a suite that is none", 24, b"\0\x03")
    yield signed("takes padding back", 26, b"\x01")
    yield signed("sees another roster", 91, bytes(32))


def codes(secret):
    for name, data in (("zeros", bytes(32)), ("ones", b"\xff" * 32),
                       ("ascending", bytes(range(32))), ("drawn", secret("a code"))):
        yield {"id": name, "bytes": data, **calls.code_of(data)}


def groups(secret):
    for count in (2, 3, 9):
        nonces = [secret(f"group of {count} nonce {i}") for i in range(count)]
        call_id, roster = secret("group id")[:16], secret(f"group of {count} roster")
        commitments, code = calls.group_code(call_id, roster, nonces)
        yield {"id": f"{count} members", "call_id": call_id, "roster": roster, **code,
               "members": [{"nonce": n, "commitment": c} for n, c in zip(nonces, commitments)]}


def files(source, secret):
    origin = "Media keys of sotto, revision 1 (spec/media_keys.md)"
    return {
        "sotto-call": ("sotto_call", lambda: cases(secret), source(origin, "sections 2 to 8")),
        "sotto-call-offers": ("sotto_call_offer", lambda: offers(secret),
                              source(origin, "sections 2 and 3")),
        "sotto-call-answers": ("sotto_call_answer", lambda: answers(secret),
                               source(origin, "sections 3 and 4")),
        "call-code": ("call_code", lambda: codes(secret), source(origin, "section 8")),
        "group-code": ("group_code", lambda: groups(secret), source(origin, "section 9")),
    }
