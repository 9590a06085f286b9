#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our classifiers beside scikit-learn's and XGBoost's, on the same features of the same captures.

    tests/bench/learn.py BUILD CAPTURES [--axis tunnel] [--features trits] [--seeds 3] [--peers ...]

CAPTURES holds the files of data/lab/split.csv; what its part `test` holds is tested on, the rest is
trained on. learn_bench makes the features and measures ours; it exports the matrix, from which each
peer is measured in a process of its own (fit and predict alone are timed, not the reading). Prints a
table in Markdown: accuracy as mean and range over the seeds, seconds as medians, peak memory. Needs
python3-sklearn, and python3-xgboost for those peers; two threads each unless --threads."""
import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = ["decision-tree", "random-forest", "linear-svm"]
PEERS = ["sklearn-tree", "sklearn-forest", "sklearn-svm", "xgboost-forest", "xgboost"]


def write_list(path, axis, captures):
    """PART, number of the class, path of the capture; captures without a word on the axis left out."""
    with open(os.path.join(ROOT, "data/captions/vocabulary.txt"), encoding="utf-8") as file:
        pairs = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    words = [pair[1] for pair in pairs if pair[0] == axis]
    with open(os.path.join(ROOT, "data/lab/split.csv"), newline="", encoding="utf-8") as file, \
            open(path, "w", encoding="utf-8") as out:
        for row in csv.DictReader(file):
            said = row["text"].split(": ", 1)[1].split(", ")
            found = [word for word in words if word in said]
            if found:
                name = os.path.join(captures, row["file_name"])
                out.write(f"{row['part']}\t{words.index(found[0])}\t{name}\n")


def make_peer(name, seed, threads):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC
    from sklearn.tree import DecisionTreeClassifier
    if name == "sklearn-tree":
        return DecisionTreeClassifier(random_state=seed)
    if name == "sklearn-forest":
        return RandomForestClassifier(n_estimators=100, random_state=seed, n_jobs=threads)
    if name == "sklearn-svm":
        return make_pipeline(StandardScaler(), LinearSVC(random_state=seed))
    import xgboost
    if name == "xgboost-forest":
        return xgboost.XGBRFClassifier(n_estimators=100, tree_method="hist", n_jobs=threads,
                                       random_state=seed)
    return xgboost.XGBClassifier(n_estimators=100, tree_method="hist", n_jobs=threads,
                                 random_state=seed)


def run_peer(args):
    """In a process of its own: a line of JSON."""
    import numpy
    from sklearn.metrics import accuracy_score, f1_score
    with open(args.list, encoding="utf-8") as file:
        rows = [line.split("\t") for line in file]
    stored = numpy.int8 if args.features == "trits" else numpy.float32
    matrix = numpy.memmap(args.matrix, dtype=stored, mode="r").reshape(len(rows), -1)
    test = numpy.array([row[0] == "test" for row in rows])
    labels = numpy.array([int(row[1]) for row in rows])
    labels = numpy.unique(labels, return_inverse=True)[1]
    train_x, test_x = matrix[~test].astype(numpy.float32), matrix[test].astype(numpy.float32)
    model = make_peer(args.peer, args.seed, args.threads)
    start, cpu = time.monotonic(), time.process_time()
    model.fit(train_x, labels[~test])
    fitted, cpu = time.monotonic(), time.process_time() - cpu
    predicted = model.predict(test_x)
    print(json.dumps({
        "accuracy": accuracy_score(labels[test], predicted),
        "macro_f1": f1_score(labels[test], predicted, average="macro"),
        "fit_s": fitted - start, "cpu_s": cpu, "predict_s": time.monotonic() - fitted,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def lines_of(command, limit):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return [], f"over {limit} s"
    if done.returncode != 0:
        return [], done.stderr.strip().splitlines()[-1][:60] if done.stderr.strip() else "ended"
    return [json.loads(line) for line in done.stdout.splitlines()], ""


def print_row(name, lines, why):
    if not lines:
        print(f"| {name} | | | | | | {why} |")
        return
    accuracies = [line["accuracy"] for line in lines]
    print(f"| {name} | {statistics.mean(accuracies):.3f} ({min(accuracies):.3f} to "
          f"{max(accuracies):.3f}) | {statistics.mean(line['macro_f1'] for line in lines):.3f} | "
          f"{statistics.median(line['fit_s'] for line in lines):.2f} | "
          f"{statistics.median(line['cpu_s'] for line in lines):.2f} | "
          f"{statistics.median(line['predict_s'] for line in lines):.3f} | "
          f"{max(line['peak_mb'] for line in lines):.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("captures")
    parser.add_argument("--axis", default="tunnel")
    parser.add_argument("--features", default="trits", choices=["trits", "order-free"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=600, help="seconds a fit may take")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ours", nargs="*", default=OURS)
    parser.add_argument("--peers", nargs="*", default=PEERS)
    for name in ["--peer", "--list", "--matrix"]:
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        run_peer(args)
        return
    with tempfile.TemporaryDirectory() as folder:
        args.list, args.matrix = os.path.join(folder, "list"), os.path.join(folder, "matrix")
        write_list(args.list, args.axis, os.path.abspath(args.captures))
        print(f"{args.axis}, {args.features}\n")
        print("| classifier | accuracy | macro F1 | fit s | its CPU s | predict s | peak MB |")
        print("|---|---|---|---|---|---|---|")
        bench = os.path.join(args.build, "tests/bench/learn_bench")
        for name in args.ours:
            print_row("our " + name, *lines_of(
                [bench, args.features, name, "0", str(args.seeds), "test", args.list],
                args.limit * args.seeds))
        if args.peers:
            subprocess.run([bench, args.features, "none", "0", "0", "test", args.list, args.matrix],
                           check=True)
        for name in args.peers:
            lines, why = [], ""
            for seed in range(args.seeds):
                more, why = lines_of([sys.executable, *sys.argv, "--peer", name, "--seed", str(seed),
                                      "--list", args.list, "--matrix", args.matrix], args.limit)
                lines += more
                if why:
                    break
            print_row(name, lines, why)


main()
