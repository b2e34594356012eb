"""Train the digits network and write weights.npz: ``python -m tamis.digits.train --force`` from the repo root."""

import argparse
import io
import sys
from pathlib import Path

from tamis.digits import mlp
from tamis.digits.data import load_digits, split
from tamis.digits.weights import PRUNED, WEIGHTS, Weights, save_weights
from tamis.tools.files import write_whole


def make_weights(seed=0):
    """Split, train dense, prune 2:4 and fine-tune: the ``Weights`` of ``seed``, float64. About 2 s."""
    images, labels = load_digits()
    train, test = split(labels, seed)
    x, y = images[train], labels[train]
    dense = mlp.train(x, y, seed)
    pruned = mlp.prune(dense, PRUNED, x, y, seed)
    return Weights(dense=dense, pruned=pruned, train_index=train, test_index=test, seed=seed)


def main(argv=None):
    """Exit status 0, or 2 with one line on standard error; the file appears whole or not at all."""
    parser = argparse.ArgumentParser(prog="python -m tamis.digits.train", description="Train the digits network.")
    parser.add_argument("-o", "--output", type=Path, default=WEIGHTS, help="the .npz to write (default: the committed)")
    parser.add_argument("--seed", type=int, default=0, help="of the split and the training (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="overwrite the output")
    args = parser.parse_args(argv)
    if args.seed < 0:
        parser.error(f"--seed must be at least 0, not {args.seed}")
    if args.output.exists() and not args.force:
        parser.error(f"--output {str(args.output)!r} exists: give --force to overwrite it")
    if not args.output.parent.is_dir():
        parser.error(f"--output must be in a folder that exists, not {str(args.output.parent)!r}")
    try:
        weights = make_weights(args.seed)
        images, labels = load_digits()
        _write(args.output, weights)
    except (ImportError, OSError) as error:
        parser.error(" ".join(str(error).split()))
    for part, index in (("train", weights.train_index), ("test", weights.test_index)):
        dense, pruned = (
            mlp.accuracy(mlp.predict(net, images[index]), labels[index]) for net in (weights.dense, weights.pruned)
        )
        print(f"{part}: {len(index)} images, float accuracy {dense:.2%} dense, {pruned:.2%} {PRUNED}")
    print(f"wrote {args.output} ({args.output.stat().st_size} bytes)")
    return 0


def _write(path, weights):
    content = io.BytesIO()
    save_weights(content, weights)
    write_whole(path, content.getvalue())


if __name__ == "__main__":
    sys.exit(main())
