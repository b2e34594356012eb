"""examples/digits: the committed weights, the accuracies that its README states, the int8 arithmetic, hostile files."""

import io
import sys
from itertools import pairwise

import numpy as np
import pytest

from tamis.digits import data, mlp, network, train, weights
from tamis.golden.pattern import Pattern
from tamis.golden.prune import compress, decompress
from tamis.golden.quant import matmul

README_ACCURACY = {"1:1": 98.06, "4:8": 98.06, "2:4": 98.06, "1:4": 97.78, "1:8": 96.67, "1:16": 95.56, "1:32": 93.61}
ONE_IMAGE = 100 / 360
MAX_BYTES = 100_000


@pytest.fixture(scope="module")
def trained():
    return network.load_weights()


@pytest.fixture(scope="module")
def test_part():
    return network.load_images()


def networks_of(w):
    return [*w.dense, *w.pruned]


# -- training ---------------------------------------------------------------------------------------------------------


def test_committed_weights_are_what_train_writes(trained):
    fresh = train.make_weights(trained.seed)
    for x, y in zip(networks_of(fresh), networks_of(trained), strict=True):
        np.testing.assert_allclose(y, x, rtol=0, atol=1e-4)
    assert np.array_equal(fresh.test_index, trained.test_index)
    assert np.array_equal(fresh.train_index, trained.train_index)


def test_training_is_deterministic(monkeypatch, test_part):
    monkeypatch.setattr(mlp, "EPOCHS", 3)
    first, second, other = (mlp.train(*test_part, seed) for seed in (5, 5, 6))
    assert all(np.array_equal(x, y) for x, y in zip(first, second, strict=True))
    assert not np.array_equal(first.w1, other.w1)


def test_gradients_match_finite_differences():
    rng = np.random.default_rng(0)
    p = mlp.Params(*(rng.normal(0, 0.3, s) for s in ((64, 64), 64, (10, 64), 10)))
    x, targets = rng.random((7, 64)), np.eye(10)[rng.integers(0, 10, 7)]

    def loss(q):
        logits = np.maximum(x @ q.w1.T + q.b1, 0) @ q.w2.T + q.b2
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return -(targets * logits).sum() / len(x)

    gradients = mlp._gradients(p, x, targets)
    for name, gradient in gradients._asdict().items():
        for flat in rng.integers(0, gradient.size, 5):
            step = np.zeros(gradient.size)
            step[flat] = 1e-6
            step = step.reshape(gradient.shape)
            up, down = (loss(p._replace(**{name: getattr(p, name) + sign * step})) for sign in (1, -1))
            assert gradient.flat[flat] == pytest.approx((up - down) / 2e-6, abs=1e-7)


def test_split_is_stratified_and_complete(trained):
    _, labels = data.load_digits()
    assert np.bincount(labels[trained.test_index]).tolist() == [36] * 10
    assert np.array_equal(np.sort(np.r_[trained.test_index, trained.train_index]), np.arange(1797))


def test_train_command_writes_once_and_asks_for_force(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mlp, "EPOCHS", 2)
    monkeypatch.setattr(mlp, "FINETUNE_EPOCHS", 1)
    path = tmp_path / "a b;$(touch x).npz"
    command = ["-o", str(path), "--seed", "7"]
    assert train.main(command) == 0
    assert network.load_weights(path).seed == 7
    assert path.stat().st_size < MAX_BYTES
    before = path.read_bytes()
    with pytest.raises(SystemExit, match="2"):
        train.main(command)
    assert "give --force" in capsys.readouterr().err
    assert train.main([*command, "--force"]) == 0
    assert path.read_bytes() == before  # same seed, same bytes
    with pytest.raises(SystemExit, match="2"):
        train.main(["-o", str(tmp_path / "none" / "w.npz")])
    assert list(tmp_path.iterdir()) == [path]


# -- accuracy ---------------------------------------------------------------------------------------------------------


def test_float_accuracy(trained):
    assert network.float_accuracy(trained) >= 0.97


@pytest.mark.parametrize("text", README_ACCURACY)
def test_int8_accuracy(text, trained, test_part):
    images, labels = test_part
    reached = 100 * network.accuracy(network.prune_and_quantise(trained, text).predict(images), labels)
    assert reached == pytest.approx(README_ACCURACY[text], abs=2 * ONE_IMAGE)
    if text == "2:4":
        assert reached >= 100 * network.float_accuracy(trained) - 1
    if text == "1:8":
        assert reached >= 90


@pytest.mark.parametrize("text", ["2:4", "1:3", "3:5", "1:31", "7:7", "32:32"])
def test_hidden_operands(text, trained, test_part):
    pattern, (images, labels) = Pattern.parse(text), test_part
    net = network.prune_and_quantise(trained, pattern)
    a, b = net.hidden_operands(images)
    k = -(-64 // pattern.m) * pattern.m
    assert (a.dtype, a.shape, b.dtype, b.shape) == (np.int8, (64, k), np.int8, (k, 360))
    assert np.array_equal(decompress(*compress(a, pattern), pattern), a)  # N:M indeed
    assert np.array_equal(b[:64].T, images)
    assert not b[64:].any()
    assert not a[:, 64:].any()
    assert np.array_equal(net.finish(matmul(a, b)), net.predict(images))
    assert network.accuracy(net.predict(images), labels) >= 0.9
    if text == "1:3":
        assert np.array_equal(a, network.prune_and_quantise(trained, text).w1)


def test_dense_int8_follows_the_float_network(trained, test_part):
    images, _ = test_part
    net = network.prune_and_quantise(trained, "1:1")
    assert np.mean(net.predict(images) == mlp.predict(trained.dense, images)) >= 0.99


def test_finish_in_plain_python(trained, test_part):
    images, _ = test_part
    net = network.prune_and_quantise(trained, "2:4")
    a, b = net.hidden_operands(images[:20])
    expected = []
    for column in (a.astype(int) @ b.astype(int)).T.tolist():
        active = [max(x + int(bias), 0) for x, bias in zip(column, net.bias1[:, 0], strict=True)]
        h = [min(round(x * net.multiplier / 2**net.shift), 127) for x in active]
        outputs = [
            sum(int(w) * x for w, x in zip(row, h, strict=True)) + int(bias)
            for row, bias in zip(net.w2, net.bias2[:, 0], strict=True)
        ]
        expected.append(outputs.index(max(outputs)))
    assert net.finish(matmul(a, b)).tolist() == expected


def test_finish_survives_wrong_accumulators_and_refuses_wrong_shapes(trained):
    net = network.prune_and_quantise(trained, "2:4")
    extremes = np.array([[-(2**31), 2**31 - 1]] * 64, np.int32)
    assert net.finish(extremes).shape == (2,)
    with pytest.raises(ValueError, match=r"acc must have shape \(64, images\), not \(63, 2\)"):
        net.finish(extremes[1:])
    with pytest.raises(TypeError, match="acc must hold integers, not float64"):
        net.finish(extremes.astype(float))


def test_bad_arguments(trained, monkeypatch):
    with pytest.raises(ValueError, match="not '5:4'"):
        network.prune_and_quantise(trained, "5:4")
    with pytest.raises(ValueError, match="part must be 'test' or 'train', not 'val'"):
        network.load_images("val")
    huge = trained.pruned._replace(b1=np.full(64, 1e30, np.float32))
    with pytest.raises(ValueError, match="b1 must fit in int32"):
        network.quantise(huge, Pattern(2, 4), np.zeros((1, 64), np.int8))
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"pip install 'tamis\[demo\]'"):
        network.load_images()


# -- weights.npz as a file from outside -------------------------------------------------------------------------------


def refuse(path):
    """The one line with which load_weights refuses path."""
    with pytest.raises(ValueError, match="weights file ") as refused:
        network.load_weights(path)
    line = str(refused.value)
    assert "\n" not in line
    assert path.name in line
    return line


def altered(tmp_path, **changes):
    """A copy of weights.npz with fields replaced, or left out where None."""
    with np.load(weights.WEIGHTS) as archive:
        fields = {**archive, **changes}
    path = tmp_path / "altered.npz"
    np.savez_compressed(path, **{name: x for name, x in fields.items() if x is not None})
    return path


def test_committed_file_is_small():
    assert weights.WEIGHTS.stat().st_size < MAX_BYTES


def test_missing_file_and_folder(tmp_path):
    assert "not missing" in refuse(tmp_path / "none.npz")
    assert "not missing" in refuse(tmp_path)


def test_truncated_files(tmp_path):
    whole, path = weights.WEIGHTS.read_bytes(), tmp_path / "cut.npz"
    for size in [*range(0, len(whole), len(whole) // 50), len(whole) - 1]:
        path.write_bytes(whole[:size])
        refuse(path)


def test_random_bytes(tmp_path):
    rng, path = np.random.default_rng(1), tmp_path / "noise.npz"
    for start in (b"", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY\x01\x00"):
        for size in (0, 1, 100, 5000):
            path.write_bytes(start + rng.bytes(size))
            assert "file must be an .npz" in refuse(path)


def test_flipped_bytes_never_pass_as_other_weights(tmp_path, trained):
    rng, path, whole = np.random.default_rng(2), tmp_path / "flipped.npz", weights.WEIGHTS.read_bytes()
    for _ in range(150):
        flipped = bytearray(whole)
        flipped[rng.integers(len(whole))] ^= rng.integers(1, 256)
        path.write_bytes(flipped)
        try:
            loaded = network.load_weights(path)  # a byte that the zip format ignores, such as a date
        except ValueError:
            refuse(path)
        else:
            assert all(map(np.array_equal, networks_of(loaded), networks_of(trained)))


def test_a_pickled_object_is_refused_and_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    bomb = np.empty((64, 64), object)
    bomb[:] = Bomb()
    assert "w1 must be float32 of shape (64, 64)" in refuse(altered(tmp_path, w1=bomb))
    np.save(tmp_path / "bomb.npy", bomb, allow_pickle=True)
    refuse(tmp_path / "bomb.npy")
    assert not (tmp_path / "ran").exists()


def test_wrong_fields(tmp_path):
    zeros = np.zeros((64, 64), np.float32)
    nan = zeros.copy()
    nan[3, 5] = np.nan
    index = np.arange(360, dtype=np.int16)
    cases = [
        ({"w1": None}, "w1 must be float32 of shape (64, 64), not missing"),
        ({"w1": zeros[1:]}, "w1 must be float32 of shape (64, 64), not float32 of shape (63, 64)"),
        ({"w1": zeros.astype(float)}, "w1 must be float32 of shape (64, 64), not float64 of shape (64, 64)"),
        ({"b1_2_4": np.zeros(64, ">f4")}, "b1_2_4 must be float32 of shape (64,), not >f4 of shape (64,)"),
        ({"w1": nan}, "w1 must be from -1000.0 to 1000.0, not nan at [3, 5]"),
        ({"w1_2_4": zeros + 1}, "w1_2_4 must be 2:4 along its last axis, not denser"),
        ({"test_index": index * 0}, "train_index and test_index must hold each of 0 to 1796 once, not 0 36"),
        ({"test_index": index - 400}, "test_index must be from 0 to 1796, not -400 at [0]"),
        ({"seed": np.int64(-1)}, "seed must be from 0 to 9223372036854775807, not -1"),
        ({"w1": np.zeros(300_000, np.float32)}, "w1 must be float32 of shape (64, 64), not unreadable"),
    ]
    for changes, message in cases:
        assert message in refuse(altered(tmp_path, **changes))
    path = tmp_path / "large.npz"
    path.write_bytes(bytes(1_000_001))
    assert "file must take at most 1000000 bytes, not 1000001" in refuse(path)


def test_save_then_load_is_the_identity(trained, tmp_path):
    file = io.BytesIO()
    weights.save_weights(file, trained)
    (tmp_path / "again.npz").write_bytes(file.getvalue())
    again = network.load_weights(tmp_path / "again.npz")
    assert all(map(np.array_equal, networks_of(again), networks_of(trained)))


def test_readme_states_these_accuracies():
    lines = (weights.WEIGHTS.parent / "README.md").read_text().splitlines()
    rows = dict(line.strip("| ").split(" | ") for line in lines if line.startswith("| int8"))
    names = {f"int8, {'dense' if text == '1:1' else text}": f"{value:.2f} %" for text, value in README_ACCURACY.items()}
    assert rows == names
    assert all(x >= y for x, y in pairwise(README_ACCURACY.values()))
