"""A whole sweep: what the store has, then the rest on the cluster, each stored as it finishes; then one file.

The only place that writes is here, in the process that was started: workers hand their outcomes back, so killing one
loses nothing but what it was doing.
"""

from tamis.errors import BadInput
from tamis.sweep import cluster, point, store
from tamis.sweep.rows import row

__all__ = ["about", "outcomes", "table"]


def outcomes(tasks, target, how, *, connect, progress=None):
    """The outcome of every task, computed where it is not in the store.

    Parameters
    ----------
    tasks : list of ArrayConfig
    target, how
        As for `point.evaluate`.
    connect : callable () -> context manager of a dask Client
        Called only if something is to be computed.
    progress : callable (int) or None
        Told how many are finished, as they are.

    Returns a list of outcomes, in order. Raises BadInput if the sweep cannot go on; what is finished is in the store.
    """
    keys = [point.key(config, target, how) for config in tasks]
    found = {name: outcome for name in keys if (outcome := store.load(name)) is not None}
    todo = {name: config for name, config in zip(keys, tasks, strict=True) if name not in found}
    if progress:
        progress(len(found))
    if todo:
        with connect() as client:
            work = cluster.work(client, point.evaluate, [(name, (config,)) for name, config in todo.items()],
                                (target, how, point.identity()))
            for name, outcome, error in work:
                if error is not None:
                    outcome = _lost(error)
                if outcome["final"]:
                    store.save(name, outcome)
                found[name] = outcome
                if progress:
                    progress(len(found))
    return [found[name] for name in keys]


def _lost(error):
    """The outcome of a point whose worker gave none; BadInput if no worker will."""
    if isinstance(error, point.OtherVersion):
        raise BadInput(f"a worker {error}: install this tamis there too") from None
    if isinstance(error, ImportError):
        raise BadInput(f"a worker cannot import tamis ({error}): install this tamis there too") from None
    return {"status": "failed", "final": False, "reason": f"its worker died again and again ({type(error).__name__}), "
            "as when memory runs out; run the sweep again to try once more"}


def table(points, found, workloads):
    """The rows of points, `found` the outcomes of those that can be built, in order."""
    answers = iter(found)
    return [row(entry, next(answers) if entry.config else None, workloads) for entry in points]


def about(spec):
    """What a results file says of itself: the sweep as text, and the tools."""
    tools = {name: version for name, version in point.identity().items() if name != "source"}
    return {"sweep": spec.model_dump(mode="json"), "tools": tools, "source": point.identity()["source"]}
