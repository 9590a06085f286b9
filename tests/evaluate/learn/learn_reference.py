#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the numbers that test_tree.c, test_forest.c and test_linear_svm.c hold, by scikit-learn 1.2.
The data is drawn by SplitMix64, as made_table of learn_support.c draws it; nothing runs this."""
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

MASK = (1 << 64) - 1


def splitmix(seed):
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        yield z ^ z >> 31


def made_table(seed, n, n_features, n_classes, trits):
    """Feature k of class c lies around 0.5 where k % n_classes == c, and around 0 elsewhere."""
    random = splitmix(seed)
    x, y = numpy.zeros((n, n_features), numpy.float32), numpy.arange(n) % n_classes
    for i in range(n):
        for k in range(n_features):
            unit = (next(random) >> 11) * 2.0**-53
            value = unit * 2 - 1 + (0.5 if k % n_classes == y[i] else 0)
            x[i, k] = (value > 0.5) - (value < -0.3) if trits else value
    return x, y


def show_tree(name, tree):
    inner = tree.tree_.children_left >= 0
    print(f"{name}: nodes {tree.tree_.node_count}, depth {tree.tree_.max_depth}")
    print(" features  ", tree.tree_.feature[inner].tolist())
    print(" thresholds", [f"{value:.6f}" for value in tree.tree_.threshold[inner]])
    print(" importance", [f"{value:.8f}" for value in tree.feature_importances_])


def main():
    for trits in (False, True):
        name = "trits" if trits else "floats"
        x, y = made_table(5, 2000, 6, 3, trits)
        show_tree(name, DecisionTreeClassifier(max_depth=4, random_state=0).fit(x, y))
        x, y = made_table(11, 300, 12, 3, trits)
        test_x, test_y = made_table(12, 300, 12, 3, trits)
        # A trace has 1,088 columns, of which all but 12 are absent.
        wide = [numpy.full((300, 1088), -1, numpy.float32) for _ in range(2)] if trits else [x, test_x]
        wide[0][:, :12], wide[1][:, :12] = x, test_x
        forests = [RandomForestClassifier(n_estimators=100, random_state=seed, oob_score=True).fit(
            wide[0], y) for seed in range(20)]
        accuracies = [forest.score(wide[1], test_y) for forest in forests]
        print(name, "forest accuracy", numpy.mean(accuracies), numpy.std(accuracies),
              "oob", numpy.mean([forest.oob_score_ for forest in forests]))
        print(" importance", numpy.mean([f.feature_importances_ for f in forests], 0)[:12])
        x = x.astype(numpy.float64)
        centred = x - x.mean(0)
        scale = 1 if trits else x.std(0)
        rows = centred / scale
        length = (rows**2).sum(1).mean()
        svm = LinearSVC(dual=False, C=1, tol=1e-10, max_iter=100000).fit(rows / length**0.5, y)
        weights = svm.coef_ / scale / length**0.5
        bias = svm.intercept_ - weights @ x.mean(0)
        print(name, "svm weights of class 1", [f"{value:.8f}" for value in weights[1]])
        print(name, "svm bias", [f"{value:.7f}" for value in bias],
              "accuracy", svm.score((test_x - x.mean(0)) / scale / length**0.5, test_y))


main()
