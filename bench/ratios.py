#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs sotto_bench in rounds and prints each operation beside its floor.

A round times every operation and right after it its floor, one after the other, so that what slows
the machine down for a while slows both. What counts is the best of each over all rounds: a
neighbour only ever adds time. The median of the rounds' own ratios stands beside it as a check.
Exit code 1 when a ratio with a goal misses it.
"""
import argparse
import json
import statistics
import subprocess
import sys

FLOOR = ':floor'
# Operation and argument -> the most it may cost, in floors.
GOALS = {
    'ratchet_encrypt/64': 1.5,
    'ratchet_encrypt/1024': 1.5,
    'srtp_protect/1200': 1.15,
}


def measure(program, name, seconds):
    """Nanoseconds of one run of the benchmark `name`."""
    run = subprocess.run([program, f'--benchmark_filter=^{name}$', '--benchmark_format=json',
                          f'--benchmark_min_time={seconds}'],
                         capture_output=True, text=True, check=True)
    result = json.loads(run.stdout)['benchmarks'][0]
    time = result['real_time' if 'manual_time' in name else 'cpu_time']
    return time * {'ns': 1, 'us': 1e3, 'ms': 1e6}[result['time_unit']]


def floor_of(name, every):
    """A name without what Google Benchmark adds, and the same benchmark's floor."""
    plain = name.removesuffix('/manual_time')
    head, *argument = plain.split('/')
    floor = '/'.join([head + FLOOR] + argument)
    return plain, next(n for n in every if n in (floor, floor + '/manual_time'))


def text(nanoseconds):
    if nanoseconds < 1000:
        return f'{nanoseconds:.0f} ns'
    return f'{nanoseconds / 1000:.2f} us'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=float, default=0.03, help='of each measurement')
    args = parser.parse_args()

    run = subprocess.run([args.program, '--benchmark_list_tests'], capture_output=True, text=True,
                         check=True)
    every = run.stdout.split()
    times = {}
    for number in range(args.rounds):
        for name in (n for n in every if FLOOR not in n):
            plain, floor = floor_of(name, every)
            pair = (measure(args.program, name, args.seconds),
                    measure(args.program, floor, args.seconds))
            times.setdefault(plain, []).append(pair)
        print(f'round {number + 1} of {args.rounds}', end='\r', file=sys.stderr, flush=True)
    print(file=sys.stderr)

    print(f'{"operation":<24}{"sotto":>12}{"floor":>12}{"ratio":>8}{"median":>8}{"goal":>7}')
    missed = 0
    for name, pairs in times.items():
        sotto = min(pair[0] for pair in pairs)
        floor = min(pair[1] for pair in pairs)
        ratio = sotto / floor
        median = statistics.median(pair[0] / pair[1] for pair in pairs)
        goal = GOALS.get(name)
        verdict = '' if goal is None else f'{goal:.2f}' + (' missed' if ratio > goal else '')
        missed += goal is not None and ratio > goal
        print(f'{name:<24}{text(sotto):>12}{text(floor):>12}{ratio:>8.2f}{median:>8.2f}  {verdict:>5}')
    print(f'Processor time, best of {args.rounds} rounds of {args.seconds:g} s; '
          'median: of the ratios of the rounds.')
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
