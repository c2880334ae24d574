"""Counts and times what Scripts/ingestion-cost has built, and makes its tables."""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

RECORDED = "Benchmarks/Results/ingestion.json"
# A count that grew by more has lost something; smaller steps come with compilers.
TOLERANCE = 0.05
TABLE_ROWS = (20_000, 120_000)
IMU_MESSAGES = (10_000, 60_000)
CHECK_ROWS = (2_000, 22_000)
CHECK_MESSAGES = (3_000, 23_000)


class Bench:
    def __init__(self, binary, folder):
        self.folder = folder
        self.binary = os.path.join(folder, "IngestionCost")
        shutil.copy(binary, self.binary)
        # valgrind 3.19 cannot read what the Swift compiler writes for debuggers.
        subprocess.run(["strip", "-g", self.binary], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments], check=True, capture_output=True, text=True).stdout

    def table(self, rows, ending):
        path = self.path(f"table{rows}.{ending}")
        if not os.path.exists(path):
            self.run("write-table", str(rows), path)
        return path

    def imu(self, messages, *options):
        path = self.path(f"imu-{messages}{''.join(options)}.mcap")
        if not os.path.exists(path):
            self.run("write-imu", *options, str(messages), path)
        return path

    def instructions(self, *arguments):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", self.binary, *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or not found:
            sys.exit(f"ingestion-cost: '{' '.join(command)}' failed:\n{done.stderr[-2000:]}")
        return int(found.group(1))

    def marginal(self, sizes, arguments):
        """Instructions of one row or message: what a longer file takes beyond a shorter one.

        `arguments` gives the program's arguments for a size.
        """
        counts = [self.instructions(*arguments(size)) for size in sizes]
        return (counts[1] - counts[0]) / (sizes[1] - sizes[0])


def measured(command, environment=None):
    """Wall and CPU seconds and peak MiB of a command."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"ingestion-cost: '{' '.join(command)}' failed:\n{error.decode()[-2000:]}")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale


def best(runs, command, environment=None):
    """The least of each over several runs: other programs can only add to them."""
    return [min(values) for values in zip(*(measured(command, environment) for _ in range(runs)))]


def verdict(value, bar, above=False):
    if bar is None:
        return "", ""
    passed = value >= bar if above else value <= bar
    return f"{'≥' if above else '≤'} {bar:,}", "pass" if passed else "**FAIL**"


class Report:
    def __init__(self):
        self.lines = []
        self.failed = False

    def add(self, line=""):
        self.lines.append(line)
        print(line, flush=True)

    def row(self, *cells):
        self.failed = self.failed or any("FAIL" in cell for cell in cells)
        self.add("| " + " | ".join(cells) + " |")

    def head(self, *names):
        self.add("| " + " | ".join(names) + " |")
        self.add("|" + "|".join(" --- " if index == 0 else " ---: " for index in range(len(names))) + "|")


def instructions_table(bench, report, python):
    report.add("Instructions of one row or message (callgrind): a longer file less a shorter one, so without start-up.")
    report.add()
    report.head("what", "instructions", "of libzstd alone", "bar", "")
    decode = bench.marginal(TABLE_ROWS, lambda rows: ["decode", bench.table(rows, "csv.zst")])
    report.row("csv.zst: libzstd's decoding alone", f"{decode:,.0f}", "1.00", "", "")

    def table(name, command, ending, bar=None, base=None):
        count = bench.marginal(TABLE_ROWS, lambda rows: [*command, bench.table(rows, ending)])
        ratio = f"{count / base:.2f}" if base else ""
        report.row(name, f"{count:,.0f}", ratio, *verdict(count / base if bar else 0, bar))

    table("csv.zst to frames", ["frames"], "csv.zst", 1.6, decode)
    table("csv.zst to windows that pass by", ["windows"], "csv.zst", 2.0, decode)
    table("csv.zst to windows that are kept", ["windows", "--keep"], "csv.zst", 2.0, decode)
    table("csv to frames", ["frames"], "csv")
    table("csv.gz to frames", ["frames"], "csv.gz")
    table("csv.lz4 to frames", ["frames"], "csv.lz4")
    json_decode = bench.marginal(TABLE_ROWS, lambda rows: ["decode", bench.table(rows, "jsonl.zst")])
    report.row("jsonl.zst: libzstd's decoding alone", f"{json_decode:,.0f}", "1.00", "", "")
    table("jsonl.zst to frames", ["frames"], "jsonl.zst", None, json_decode)
    table("jsonl to frames", ["frames"], "jsonl")

    def imu(name, path, bar=None):
        count = bench.marginal(IMU_MESSAGES, lambda messages: ["imu", path(messages)])
        report.row(name, f"{count:,.0f}", "", *verdict(count, bar))

    imu("MCAP Imu, ten doubles, zstd, checksums of chunks and data", lambda count: bench.imu(count), 3500)
    imu("the same, a checksum in each zstd frame too",
        lambda count: bench.imu(count, "--checksums-in-compression"), 4000)
    if python:

        def rewritten(count):
            path = bench.path(f"python-{count}.mcap")
            if not os.path.exists(path):
                subprocess.run([python, "Scripts/rivals/rewrite_mcap.py", bench.imu(count), path], check=True)
            return path

        imu("the same messages written by the Python library", rewritten, 3500)
    imu("the same, lz4", lambda count: bench.imu(count, "--compression", "lz4"))
    imu("the same, not compressed", lambda count: bench.imu(count, "--compression", "none"))
    report.add()


def memory_table(bench, report, rows):
    short = 20_000
    report.add("Peak resident set in MiB of a short and a long recording.")
    report.add()
    report.head("what", "rows", "peak", "rows", "peak", "bar", "")

    def peaks(rows_of):
        """Both recordings once for each use, so that the long one is written once."""
        name, uses, long, path = rows_of
        found = {use: [] for use, _ in uses}
        for size in (short, long):
            file = path(size)
            for use, command in uses:
                found[use].append(measured([bench.binary, *command, file])[2])
            os.remove(file)
        for use, _ in uses:
            low, high = found[use]
            # Flat: a thousand times as many rows take no more than libzstd's window of 2 MiB, which 20,000 do not fill.
            passed = max(low, high) <= 32 and high <= low + 2
            report.row(f"{name} to {use}", f"{short:,}", f"{low:.1f}", f"{long:,}", f"{high:.1f}", "≤ 32, flat",
                       "pass" if passed else "**FAIL**")

    peaks(("csv.zst", [("frames", ["frames"]), ("windows", ["windows"])], rows, lambda size: bench.table(size, "csv.zst")))
    peaks(("jsonl.zst", [("frames", ["frames"])], rows // 10, lambda size: bench.table(size, "jsonl.zst")))
    peaks(("MCAP Imu", [("frames", ["imu"])], rows // 10, lambda size: bench.imu(size)))
    report.add()


def ring_table(bench, report):
    output = bench.run("ring")
    fastest, middle = (int(number) for number in re.findall(r"\d+", output)[:2])
    report.add("Ring: one producer, one reader, frames of eight values, batches of 256.")
    report.add()
    report.head("what", "million frames/s", "bar", "")
    report.row("fastest of five rounds", f"{fastest / 1e6:.0f}", *verdict(fastest / 1e6, 50, above=True))
    report.row("middle one", f"{middle / 1e6:.0f}", "", "")
    report.add()


def rivals_table(bench, report, python):
    rows, messages, runs = 2_000_000, 1_000_000, 3
    plain, packed = bench.table(rows, "csv"), bench.table(rows, "csv.zst")
    imu = bench.imu(messages)
    report.add(f"Beside other programs, {rows:,} rows and {messages:,} messages: the least of {runs} runs each, the Python library of MCAP once.")
    report.add()
    report.head("what", "wall s", "CPU s", "peak MiB")
    one = {"POLARS_MAX_THREADS": "1"}

    def row(name, command, environment=None, times=runs):
        wall, cpu, peak = best(times, command, environment)
        report.row(name, f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}")

    row("csv.zst: libzstd alone", [bench.binary, "decode", packed])
    row("csv.zst to frames: martlet", [bench.binary, "frames", packed])
    row("csv.zst to windows: martlet", [bench.binary, "windows", packed])
    row("csv.zst: polars, 1 thread, read_csv", [python, "Scripts/rivals/polars_csv.py", packed], one)
    row("csv.zst: polars, 1 thread, streamed sums", [python, "Scripts/rivals/polars_csv.py", packed, "streamed"], one)
    row("csv to frames: martlet", [bench.binary, "frames", plain])
    row("csv: polars, 1 thread, read_csv", [python, "Scripts/rivals/polars_csv.py", plain], one)
    row("MCAP Imu to ten doubles: martlet", [bench.binary, "imu", imu])
    row("MCAP Imu, raw payloads: Python mcap", [python, "Scripts/rivals/mcap_imu.py", imu], None, 1)
    row("MCAP Imu to ten doubles: Python mcap-ros2", [python, "Scripts/rivals/mcap_imu.py", imu, "decoded"], None, 1)
    report.add()
    report.add("Not run here, since no package has it: the C++ library of MCAP took 2,400 instructions for such a message")
    report.add("without looking at any checksum, and 0.17 s for a million on a machine of two cores.")
    report.add()


def ours(bench):
    """Counts in which libzstd has no part."""
    def table(command, ending):
        return bench.marginal(CHECK_ROWS, lambda rows: [*command, bench.table(rows, ending)])

    return {
        "csvToFrames": round(table(["frames"], "csv")),
        "csvToWindows": round(table(["windows"], "csv")),
        "jsonLinesToFrames": round(table(["frames"], "jsonl")),
        "imuMessage": round(
            bench.marginal(CHECK_MESSAGES, lambda count: ["imu", bench.imu(count, "--compression", "none")])),
    }


def check(bench):
    with open(RECORDED) as file:
        recorded = json.load(file)
    if recorded["machine"] != platform.machine():
        print(f"ingestion-cost: SKIPPED: counts are recorded for {recorded['machine']}, not {platform.machine()}")
        return 0
    failed = False
    for name, count in ours(bench).items():
        before = recorded["instructions"][name]
        change = count / before - 1
        note = "ok"
        if change > TOLERANCE:
            note = "MORE THAN RECORDED"
            failed = True
        elif change < -TOLERANCE:
            note = "less than recorded; Scripts/ingestion-cost --record keeps it so"
        print(f"{name:20} {before:7,} recorded {count:7,} now {change:+7.1%}  {note}")
    return 1 if failed else 0


def machine():
    name = platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        name = f"{models[0]}, {len(models)} cores" if models else name
    except OSError:
        pass
    return f"{name}, {platform.system()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--python")
    parser.add_argument("--output")
    parser.add_argument("--rows", type=int, default=20_000_000, help="of the long recordings whose memory is measured")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.binary, folder)
        if options.check:
            return check(bench)
        if options.record:
            with open(RECORDED, "w") as file:
                json.dump({"machine": platform.machine(), "instructions": ours(bench)}, file, indent=2)
                file.write("\n")
            return 0
        report = Report()
        report.add("# What reading costs")
        report.add()
        report.add(f"By `Scripts/ingestion-cost{' --rivals' if options.rivals else ''}` on {datetime.date.today()}: {machine()}.")
        report.add()
        instructions_table(bench, report, options.python)
        ring_table(bench, report)
        memory_table(bench, report, options.rows)
        if options.rivals:
            rivals_table(bench, report, options.python)
        if options.output:
            with open(options.output, "w") as file:
                file.write("\n".join(report.lines).rstrip() + "\n")
        return 1 if report.failed else 0


sys.exit(main())
