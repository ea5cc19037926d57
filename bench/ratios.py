#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs sotto_bench in rounds and prints each operation beside its floor.

A round times every operation and right after it its floor, and libsrtp 2 where that is installed and
does the same, one after the other in one process, so that what slows the machine down for a while
slows all of them. What counts is the best of each over all rounds: a neighbour only ever adds time.
The median of the rounds' own ratios stands beside it as a check.
Exit code 1 when an operation misses one of its goals, 2 when there is nothing to time.
"""
import collections
import json
import pathlib
import re
import statistics
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / 'tools'))
import arguments  # noqa: E402

FLOOR, THEIRS = 'floor', 'libsrtp2'
GCM_PROFILES = ('AEAD_AES_128_GCM', 'AEAD_AES_256_GCM')
GCM_SUITES = ('AES_128_GCM_SHA256_128', 'AES_256_GCM_SHA512_128')
PACKETS = ('srtp_protect', 'srtp_unprotect')
FRAMES = ('sframe_seal', 'sframe_open')
# Operation and arguments -> the most it may cost, in floors.
GOALS = {
    'ratchet_encrypt/64': 1.5,
    'ratchet_encrypt/1024': 1.5,
    'late_message/64': 2.0,  # the floor here is a plain decryption
    **{f'{do}/{profile}/1200': 1.15 for do in PACKETS for profile in GCM_PROFILES},
    **{f'{do}/{suite}/1200': 1.15 for do in FRAMES for suite in GCM_SUITES},
}
# How many times as fast as libsrtp 2 at least.
FASTER = {f'{do}/{profile}/{size}': times
          for do in PACKETS for profile in GCM_PROFILES for size, times in ((160, 3.5), (1200, 2.0))}


def plain(name):
    """A name without what Google Benchmark adds."""
    return name.removesuffix('/manual_time')


def listed(program):
    """Every operation with its arguments -> the full names of it and of what stands beside it."""
    run = subprocess.run([program, '--benchmark_list_tests'], capture_output=True, text=True,
                         check=True)
    operations = collections.defaultdict(dict)
    for name in run.stdout.split():
        head, slash, arguments = plain(name).partition('/')
        operation, _, beside = head.partition(':')
        operations[operation + slash + arguments][beside] = name
    return operations


def measure(program, names, seconds):
    """One run of these benchmarks, one after the other: of each its nanoseconds and allocations."""
    names_of = '|'.join(re.escape(name).replace('\\-', '-') for name in names.values())
    run = subprocess.run([program, f'--benchmark_filter=^({names_of})$', '--benchmark_format=json',
                          f'--benchmark_min_time={seconds}'],
                         capture_output=True, text=True, check=True)
    results = {}
    for result in json.loads(run.stdout)['benchmarks']:
        time = result['real_time' if 'manual_time' in result['name'] else 'cpu_time']
        results[result['name']] = (time * {'ns': 1, 'us': 1e3, 'ms': 1e6}[result['time_unit']],
                                   result.get('heap'))
    return {beside: results[name] for beside, name in names.items()}


def text(nanoseconds):
    if nanoseconds < 1000:
        return f'{nanoseconds:.0f} ns'
    return f'{nanoseconds / 1000:.2f} us'


class Row:
    """What was measured of one operation."""

    def __init__(self, name, rounds):
        self.name = name
        self.best = {beside: min(r[beside][0] for r in rounds) for beside in rounds[0]}
        self.median = (statistics.median(r[''][0] / r[FLOOR][0] for r in rounds)
                       if FLOOR in self.best else None)
        heap = [r[''][1] for r in rounds]
        self.heap = None if heap[0] is None else max(heap)
        self.misses = []

    def cells(self):
        ours = self.best['']
        yield f'{self.name:<47}{text(ours):>10}'
        ratio = self.times(FLOOR, lambda floor: ours / floor)
        yield f'{text(self.best[FLOOR]):>10}{ratio:>7.2f}{self.median:>7.2f}' if ratio else ' ' * 24
        yield self.goal(GOALS.get(self.name), ratio, lambda goal: ratio <= goal, 'floors')
        faster = self.times(THEIRS, lambda theirs: theirs / ours)
        yield f'{text(self.best[THEIRS]):>10}{faster:>6.1f}x' if faster else ' ' * 17
        goal = FASTER.get(self.name) if faster else None
        yield self.goal(goal, faster, lambda least: faster >= least, 'times libsrtp')
        yield f'{1e9 / ours:>12,.0f}'
        if self.heap is not None:
            yield f'{self.heap:>6g}'
            if self.heap:
                self.misses.append('allocates')

    def times(self, beside, ratio):
        return ratio(self.best[beside]) if beside in self.best else None

    def goal(self, goal, reached, met, what):
        if goal is None:
            return ' ' * 6
        if not met(goal):
            self.misses.append(f'{reached:.2f} {what}, not {goal}')
        return f'{goal:>6.2f}'


def progress(number, rounds):
    """On a terminal each round overwrites the one before; in a file it has a line of its own."""
    end = '\r' if sys.stderr.isatty() and number < rounds else '\n'
    print(f'round {number} of {rounds}', end=end, file=sys.stderr, flush=True)


def main():
    parser = arguments.described(__doc__)
    parser.add_argument('program', type=arguments.file, help='sotto_bench, as ./dev bench builds it')
    parser.add_argument('--rounds', type=arguments.positive, default=7, metavar='N')
    parser.add_argument('--seconds', type=arguments.duration, default=0.03, help='of each measurement')
    parser.add_argument('--only', type=arguments.pattern, default='', metavar='PATTERN',
                        help='operations whose names match this regular expression')
    args = parser.parse_args()
    args.program = args.program.resolve()

    try:
        known = listed(args.program)
    except (OSError, subprocess.CalledProcessError) as why:
        parser.error(f'{args.program} does not list its operations: {why}')
    operations = {name: names for name, names in known.items() if re.search(args.only, name)}
    if not operations:
        parser.error(f'none of the {len(known)} operations matches {args.only and args.only.pattern!r}')
    rounds = collections.defaultdict(list)
    for number in range(1, args.rounds + 1):
        for name, names in operations.items():
            rounds[name].append(measure(args.program, names, args.seconds))
        progress(number, args.rounds)
    print(file=sys.stderr)

    print(f'{"operation":<47}{"sotto":>10}{"floor":>10}{"ratio":>7}{"median":>7}{"goal":>6}'
          f'{"libsrtp2":>10}{"faster":>7}{"goal":>6}{"a second":>12}{"heap":>6}')
    missed = 0
    for name in operations:
        row = Row(name, rounds[name])
        line = ''.join(row.cells())
        print(line + ''.join(f'  MISSED: {miss}' for miss in row.misses))
        missed += len(row.misses)
    print(f'Processor time, best of {args.rounds} rounds of {args.seconds:g} s; median: of the ratios of '
          'the rounds.\nPackets and frames: the payload\'s bytes stand last. "a second": on one core. '
          '"heap": allocations\nof one operation, by operator new, malloc and BoringSSL.')
    return 1 if missed else 0


if __name__ == '__main__':
    arguments.run(main)
