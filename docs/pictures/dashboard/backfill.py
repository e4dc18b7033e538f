#!/usr/bin/env python3
"""Turns what `linecheck run --prometheus-input` wrote into OpenMetrics, of which promtool makes blocks for a
Prometheus: it then holds the scrapes of a scenario.

usage: backfill.py FILE.test.yml BEGIN > scrapes.om     BEGIN: unix time of the first scrape
"""
import re
import sys

import yaml

# promtool's notation: 5x3 is 5 5 5 5, and _x3 three times no sample.
RUN = re.compile(r"([^x]+?)(?:x(\d+))?$")


def samples(values):
    for word in values.split():
        value, more = RUN.match(word).groups()
        yield from [value] * (int(more or 0) + (value != "_" or more is None))


def main(file, begin):
    test = yaml.load(open(file), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["tests"][0]
    interval = int(test["interval"].removesuffix("ms")) / 1000
    for series in test["input_series"]:
        for index, value in enumerate(samples(series["values"])):
            if value != "_":
                print(series["series"], value, begin + index * interval)
    print("# EOF")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]))
