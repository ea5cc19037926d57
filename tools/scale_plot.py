#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes the plot and the tables of docs/scale.md of what bench/scale.cpp measured.

    scale_plot.py            write docs/scale.svg, and the tables in docs/scale.md, from docs/scale.json
    scale_plot.py --check    say whether both are what they would be made
    scale_plot.py --self-test
"""
import json
import math
import pathlib

import arguments

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"

# What is assumed of a service. Nobody measured these here.
DEVICES = 10**9
ASSUMED = {
    "devices of a person": 1.6,
    "messages that a device sends a day": 25,
    "receiving devices of a message": 2.2,
    "share of deliveries to a device that is offline": 0.3,
    "hours that such a device stays offline": 8,
    "peak over mean": 3,
    "contacts of a person": 60,
    "list changes of a person a year": 2,
    "first messages of a device a day": 0.5,
    "conversations of a device": 80,
    "texts kept in a conversation": 200,
}
DAY_S = 86_400


def si(value, unit=""):
    for step, letter in (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"):
        if value >= step:
            return f"{value / step:.3g} {letter}{unit}"
    return f"{value:.3g} {unit}".rstrip()


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def message_table(data):
    small = [m for m in data["messages"] if m["text"] == 20]
    large = [m for m in data["messages"] if m["text"] != 20]
    return table(
        ["receiving devices", "bytes", "sending", "for each device", "receiving",
         f"bytes, text of {large[0]['text']:,}", "sending"],
        [[m["devices"], f"{m['bytes']:,}", f"{m['send_us']:,.0f} us",
          f"{m['send_us'] / m['devices']:.1f} us", f"{m['receive_us']:.1f} us", f"{g['bytes']:,}",
          f"{g['send_us'] / 1000:.2f} ms"] for m, g in zip(small, large)])


def change_table(data):
    return table(
        ["contacts", "at the device that adds", "at each contact", "bytes that the service moves"],
        [[c["contacts"], f"{c['change_us'] / 1000:.2f} ms", f"{c['contact_us'] / 1000:.2f} ms",
          f"{c['bytes']:,}"] for c in data["changes"]])


def state_table(data):
    looks = [[f"a look for what is over: {one['conversations']:,} conversations, {one['timed']:,} "
              "with a timer", f"{one['us']:,.1f} us"] for one in data["look"]]
    return table(["what", "bytes, or time"],
                 [[what, f"{size:,}"] for what, size in data["state"].items()] + looks)


def service(data):
    """What such a service does a day: name, value, and how it comes about."""
    a = ASSUMED
    one = next(m for m in data["messages"] if m["text"] == 20 and m["devices"] == 1)
    state = data["state"]
    bytes_each = one["bytes"]
    deliveries = DEVICES * a["messages that a device sends a day"] * a["receiving devices of a message"]
    waiting = (deliveries * a["share of deliveries to a device that is offline"]
               * a["hours that such a device stays offline"] / 24)
    people = DEVICES / a["devices of a person"]
    changes = people * a["list changes of a person a year"] / 365
    list_bytes = state["list of 5 devices"]
    fetched = changes * a["contacts of a person"] * a["devices of a person"]
    bundles = DEVICES * a["first messages of a device a day"]
    device = (state["device with 100 one-time prekeys"]
              + a["conversations of a device"] * (state["conversation"]
                                                  + state["session"] * a["receiving devices of a message"])
              + a["conversations of a device"] * a["texts kept in a conversation"]
              * state["kept text of 20 bytes"])
    return [
        ["deliveries a day", si(deliveries), "devices x messages x receiving devices"],
        ["a second, mean and peak", f"{si(deliveries / DAY_S)} and "
         f"{si(deliveries / DAY_S * a['peak over mean'])}", ""],
        ["bytes moved a day, in and out", si(2 * deliveries * bytes_each, "B"),
         f"{bytes_each:,} bytes a delivery, twice"],
        ["bytes waiting", si(waiting * bytes_each, "B"), "share offline x hours of 24"],
        ["list changes a day", si(changes), "people x changes a year / 365"],
        ["lists fetched for them", f"{si(fetched)}, {si(fetched * list_bytes, 'B')}",
         "x contacts x their devices; lists of 5"],
        ["bundles given out a day", f"{si(bundles)}, {si(bundles * state['bundle, at most'], 'B')}", ""],
        ["lists kept", si(people * list_bytes, "B"), "the newest; each change adds one"],
        ["prekeys kept", si(DEVICES * 100 * 37, "B"), "100 a device, 33 bytes and a number"],
        ["on one device", si(device, "B"), "rows, without attachments"],
        ["CPU of all devices for sending, in cores",
         si(DEVICES * a["messages that a device sends a day"] * one["send_us"] / 1e6 / DAY_S),
         "that much the service need not have"],
    ]


def service_table(data):
    return (table(["assumed", ""], [[what, f"{value:,}"] for what, value in
                                    {"devices": DEVICES, **ASSUMED}.items()])
            + "\n\n" + table(["follows", "", "how"], service(data)))


# ---- The plot ----------------------------------------------------------------------------------------

STYLE = """<style>
text{font:13px sans-serif;fill:#333}.axis{stroke:#888}.grid{stroke:#8884}.a{stroke:#0969da;fill:none}
.b{stroke:#bc4c00;fill:none}.da{fill:#0969da}.db{fill:#bc4c00}
@media(prefers-color-scheme:dark){text{fill:#ccc}.a{stroke:#58a6ff}.b{stroke:#f0883e}.da{fill:#58a6ff}
.db{fill:#f0883e}}</style>"""
WIDTH, HEIGHT, LEFT, TOP = 320, 240, 64, 40


def panel(x0, title, unit, xs, series):
    """One pair of logarithmic axes: series are (class, label, values)."""
    low_x, high_x = math.log2(min(xs)), math.log2(max(xs))
    values = [v for _, _, vs in series for v in vs]
    low_y, high_y = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    def at(x, y):
        return (x0 + (math.log2(x) - low_x) / (high_x - low_x) * WIDTH,
                TOP + HEIGHT - (math.log10(y) - low_y) / (high_y - low_y) * HEIGHT)
    out = [f'<text x="{x0}" y="{TOP - 18}" font-weight="bold">{title}</text>']
    for power in range(low_y, high_y + 1):
        y = at(min(xs), 10**power)[1]
        out.append(f'<line class="grid" x1="{x0}" x2="{x0 + WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
                   f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{si(10**power)}</text>')
    for x in xs:
        out.append(f'<text x="{at(x, 10**low_y)[0]:.1f}" y="{TOP + HEIGHT + 18}" '
                   f'text-anchor="middle">{x}</text>')
    out.append(f'<line class="axis" x1="{x0}" x2="{x0 + WIDTH}" y1="{TOP + HEIGHT}" '
               f'y2="{TOP + HEIGHT}"/>')
    out.append(f'<text x="{x0 + WIDTH / 2}" y="{TOP + HEIGHT + 38}" text-anchor="middle">{unit}</text>')
    for name, label, ys in series:
        points = [at(x, y) for x, y in zip(xs, ys)]
        out.append(f'<polyline class="{name}" stroke-width="2" points="'
                   + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        out += [f'<circle class="d{name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
        x, y = points[len(points) // 2]
        out.append(f'<text class="d{name}" x="{x - 8:.1f}" y="{y - 8:.1f}" text-anchor="end">{label}</text>')
    return "\n".join(out)


def plot(data):
    small = [m for m in data["messages"] if m["text"] == 20]
    changes = data["changes"]
    width = 2 * (LEFT + WIDTH) + 60
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 56}" '
        f'width="{width}" height="{TOP + HEIGHT + 56}" role="img">',
        "<title>Cost of a message by devices, and of a new device by contacts</title>", STYLE,
        panel(LEFT, "A text of 20 bytes", "receiving devices", [m["devices"] for m in small],
              [("a", "bytes", [m["bytes"] for m in small]),
               ("b", "us to send", [m["send_us"] for m in small])]),
        panel(2 * LEFT + WIDTH + 40, "A person's new device", "contacts",
              [c["contacts"] for c in changes],
              [("a", "bytes moved", [c["bytes"] for c in changes]),
               ("b", "us at each contact", [c["contact_us"] for c in changes])]),
        "</svg>", ""])


def page(text, data):
    for name, make in (("messages", message_table), ("changes", change_table),
                       ("state", state_table), ("service", service_table)):
        begin = BEGIN.format(name)
        if text.count(begin) != 1:
            raise SystemExit(f"docs/scale.md: {text.count(begin)} times {begin}")
        head, rest = text.split(begin)
        _, tail = rest.split(END, 1)
        text = f"{head}{begin}\n\n{make(data)}\n\n{END}{tail}"
    return text


def made(data, text):
    return {DOCS / "scale.svg": plot(data), DOCS / "scale.md": page(text, data)}


def faults(data, text, svg):
    return [path.name for path, new in made(data, text).items()
            if new != (svg if path.suffix == ".svg" else text)]


def self_test(data, text, svg):
    other = json.loads(json.dumps(data))
    other["messages"][0]["bytes"] *= 2
    caught = [faults(data, text, svg) == [], faults(other, text, svg) == ["scale.svg", "scale.md"],
              faults(data, text.replace("| 1 |", "| 2 |", 1), svg) == ["scale.md"],
              faults(data, text, svg + " ") == ["scale.svg"]]
    print(f"{sum(caught)} of {len(caught)} seen")
    return 0 if all(caught) else 1


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("--check", action="store_true")
    options = arguments.only_self_test_or(parser)
    data = json.loads((DOCS / "scale.json").read_text())
    text = (DOCS / "scale.md").read_text()
    if options.self_test:
        return self_test(data, text, (DOCS / "scale.svg").read_text())
    if options.check:
        wrong = faults(data, text, (DOCS / "scale.svg").read_text())
        print("; ".join(f"docs/{name} is not what docs/scale.json makes" for name in wrong) or "the same")
        return 1 if wrong else 0
    for path, new in made(data, text).items():
        path.write_text(new)
    return 0


if __name__ == "__main__":
    arguments.run(main)
