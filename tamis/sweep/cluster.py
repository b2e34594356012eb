"""Where points are worked on: the cores of this machine, or a dask.distributed scheduler and its workers.

The local cluster listens on the loopback interface only, shows no pages, and speaks TLS with a key made for this run,
so that no other user of the machine can send it work.
"""

import asyncio
import contextlib
import logging
import os

from tamis.errors import BadInput

__all__ = ["connect", "work", "workers_here"]

ANSWER_WITHIN = 10  # seconds, of a scheduler


def workers_here():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def connect(scheduler=None, *, jobs=None, tls=None, log=None):
    """A dask Client.

    Parameters
    ----------
    scheduler : str or None
        Address such as "tcp://host:8786" or "tls://host:8786"; None: a local cluster of `jobs` processes.
    jobs : int or None
        Default one per core.
    tls : dict or None
        "ca", "cert" and "key": files, for a tls:// scheduler.
    log : callable (str) or None
        Told what a person should know.

    Raises BadInput if the scheduler does not answer within 10 s, or dask is not installed.
    """
    distributed = _distributed()
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a worker that dies is restarted: not news
    if scheduler is None:
        import dask

        pages = {f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker", "nanny")}
        with dask.config.set(pages), distributed.LocalCluster(
                n_workers=jobs or workers_here(), threads_per_worker=1, host="127.0.0.1", security=True,
                dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL) as cluster:
            with distributed.Client(cluster) as client:
                yield client
        return
    if not scheduler.startswith(("tcp://", "tls://")):
        raise BadInput(f"scheduler must be tcp://HOST:PORT or tls://HOST:PORT, not {scheduler!r}")
    security = _security(distributed, scheduler, tls)
    if security is None and log:
        log(f"warning: {scheduler} is neither authenticated nor encrypted: whoever reaches its port can run programs "
            "on its workers and read this sweep; use tls://")
    try:
        asyncio.run(asyncio.wait_for(_asked(distributed, scheduler, security), ANSWER_WITHIN))
        client = distributed.Client(scheduler, timeout=ANSWER_WITHIN, security=security)
    except (OSError, TimeoutError, ValueError, RuntimeError):
        raise BadInput(f"scheduler {scheduler!r} does not answer within {ANSWER_WITHIN} s; is it running there"
                       + (", with a certificate of the same --tls-ca?" if security else "?")) from None
    with client:
        yield client


async def _asked(distributed, scheduler, security):
    """Returns when the scheduler says who it is: Client would wait for ever for one that listens and says nothing."""
    options = security.get_connection_args("client") if security else {}
    async with distributed.rpc(scheduler, timeout=ANSWER_WITHIN, connection_args=options) as server:
        await server.identity()


def work(client, function, tasks, shared):
    """Yields (name, result, exception) of function(*arguments, *shared) as they finish.

    tasks : list of (name, arguments); shared : what may be large, and goes out once
    Raises BadInput if the scheduler is lost.
    """
    distributed = _distributed()
    from distributed.client import FutureCancelledError

    common = [client.submit(_same, value, pure=False) for value in shared]
    futures = {client.submit(function, *arguments, *common, pure=False, retries=0): name for name, arguments in tasks}
    try:
        for future, result in distributed.as_completed(futures, with_results=True, raise_errors=False):
            name = futures.pop(future)
            if future.status == "error":
                _, error, _ = result
                yield name, None, error
            elif future.status == "finished":
                yield name, result, None
            else:
                raise FutureCancelledError(name, "cancelled")
    except (distributed.CancelledError, OSError):
        raise BadInput("the scheduler went away; run the same again: all points that were finished are kept") from None
    finally:
        with contextlib.suppress(Exception):
            client.cancel(list(futures))


def _same(value):
    return value


def _security(distributed, scheduler, tls):
    given = {name: file for name, file in (tls or {}).items() if file}
    if scheduler.startswith("tcp://"):
        if given:
            raise BadInput(f"--tls-{next(iter(given))} must go with a tls:// scheduler, not {scheduler!r}")
        return None
    for name in ("ca", "cert", "key"):
        if name not in given:
            raise BadInput(f"scheduler {scheduler!r} must have --tls-ca, --tls-cert and --tls-key FILE; "
                           f"--tls-{name} is missing")
        if not os.path.isfile(given[name]):
            raise BadInput(f"--tls-{name} must be a PEM file, but {given[name]!r} is none")
    security = distributed.Security(tls_ca_file=given["ca"], tls_client_cert=given["cert"],
                                    tls_client_key=given["key"], require_encryption=True)
    try:
        security.get_connection_args("client")
    except OSError:  # ssl.SSLError
        raise BadInput(f"--tls-ca, --tls-cert and --tls-key must be PEM files, a certificate, another and its key, not "
                       f"{given['ca']!r}, {given['cert']!r} and {given['key']!r}") from None
    return security


def _distributed():
    try:
        import distributed
    except ImportError:
        raise BadInput("tamis sweep needs dask.distributed: pip install 'tamis[sweep]'") from None
    return distributed
