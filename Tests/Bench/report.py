"""Medians, 95th percentiles and ratios, as a table."""

import math
import statistics


def p95(values):
    """The smallest value that at least 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(len(values) * 0.95) - 1]


def table(title, rows, base=0, unit="ms", notes=None):
    """Prints medians, 95th percentiles and the ratio of the medians to row `base`; `notes` are printed behind."""
    reference = statistics.median(rows[base][1])
    print(f"\n{title:48} {'median':>10} {'p95':>10} {'ratio':>7}")
    for name, values in rows:
        median = statistics.median(values)
        note = f"   {notes[name]}" if notes and name in notes else ""
        print(f"  {name:46} {median:7.2f} {unit} {p95(values):7.2f} {unit} {median / reference:6.2f}x{note}", flush=True)
