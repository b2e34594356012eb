"""A sweep's results as one Parquet file: same rows, same bytes; its schema's version in the metadata.

Nested columns hold what is a list: `predictions` (a layer under a pattern), `gemms`, `tests`, `failures`. `area_report`
is the AreaReport as JSON. DuckDB, pandas and polars open it as it is.
"""

import io
import json
from pathlib import Path

from tamis.errors import BadInput
from tamis.hdl.array.config import ArrayConfig
from tamis.tools.files import write_whole
from tamis.tools.inputs import json_of

__all__ = ["SCHEMA", "Results", "read", "write"]

SCHEMA = 1
LARGEST = 200_000  # rows: a sweep has at most 100,000 combinations, and its listed points
_SCHEMA_KEY, _ABOUT_KEY = b"tamis.sweep.schema", b"tamis.sweep.about"


class Results(list):
    """Rows, {column: value}; `about` is what else the file says: {"sweep": {...}, "tools": {...}, "source": "..."}."""

    def __init__(self, rows, about):
        super().__init__(rows)
        self.about = about


def write(path, rows, about):
    """Writes rows to a Parquet file, whole or not at all.

    about : JSON data, as of `Results`. Raises BadInput if the disk is full or pyarrow is not installed.
    """
    pa, pq = _arrow()
    schema = _schema(pa).with_metadata({_SCHEMA_KEY: str(SCHEMA), _ABOUT_KEY: json.dumps(about, sort_keys=True)})
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd")
    write_whole(path, content.getvalue())


def read(path):
    """The Results of a file. Raises BadInput, one line, if it is none or of another version."""
    pa, pq = _arrow()
    path = Path(path)
    if not path.is_file():
        raise BadInput(f"results must be a Parquet file that tamis sweep wrote, but {str(path)!r} is no file")
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise BadInput(f"results must be a Parquet file that tamis sweep wrote; {str(path)!r} is none, or is damaged") \
            from None
    metadata = file.schema_arrow.metadata or {}
    version = metadata.get(_SCHEMA_KEY, b"").decode("utf-8", "replace")
    if not version:
        raise BadInput(f"results must be a Parquet file that tamis sweep wrote; {str(path)!r} is another's")
    if version != str(SCHEMA):
        raise BadInput(f"results {str(path)!r} have schema {version[:20]!r}, this tamis reads {SCHEMA}: run the sweep "
                       "again with this tamis, or read them with the one that wrote them")
    if file.metadata.num_rows > LARGEST:
        raise BadInput(f"results {str(path)!r} must have at most {LARGEST:,} rows, as a sweep has, not "
                       f"{file.metadata.num_rows:,}")
    try:
        missing = _missing(_schema(pa), file.schema_arrow)
        about = json_of(metadata[_ABOUT_KEY])
        about = {name: dict(about[name]) for name in ("sweep", "tools")} | {"source": str(about["source"])}
        return Results([missing | row for row in file.read().to_pylist()], about)
    except (pa.ArrowException, OSError, LookupError, TypeError, ValueError):
        raise BadInput(f"results {str(path)!r} are damaged; run the sweep again, what is finished is kept") from None


def _missing(ours, theirs):
    """{column: None} for fields of designs that the file does not know yet. Raises ValueError on other differences."""
    missing = {}
    for field in ours:
        if field.name in theirs.names:
            if theirs.field(field.name).type != field.type:
                raise ValueError(f"column {field.name} is of another type")
        elif field.name in ArrayConfig.model_fields:
            missing[field.name] = None
        else:
            raise ValueError(f"column {field.name} is missing")
    return missing


def _schema(pa):
    text, number, count, yes = pa.string(), pa.float64(), pa.int64(), pa.bool_()
    prediction = pa.struct([
        ("workload", text), ("layer", text), ("pattern", text), ("i", count), ("k", count), ("j", count),
        ("count", count), ("cycles", count), ("ideal", number), ("utilisation", number), ("throughput", number)])
    gemm = pa.struct([("pattern", text), ("i", count), ("k", count), ("j", count), ("predicted", count),
                      ("measured", count)])
    unit = pa.struct([("kind", text), ("purpose", text), ("area", number), ("share", number)])
    return pa.schema([
        ("design", text), ("status", text), ("reason", text), *_design_fields(pa),
        ("m", count), ("macs", count), ("latency", count),
        ("target", text), ("unit", text), ("area", number), ("sequential", number), ("combinational", number),
        ("flip_flops", count), ("levels", count), ("area_per_mac", number), ("area_macs", count),
        ("dense_area", number), ("area_ratio", number), ("delay_ns", number), ("clock_mhz", number), ("dsp", count),
        ("bram", count), ("units", pa.list_(unit)),
        ("pattern", text), ("cycles", count), ("ideal_cycles", number), ("utilisation", number),
        ("throughput", number), ("throughput_per_area", number), ("density_gain", number),
        ("throughput_per_second", number), ("predictions", pa.list_(prediction)),
        ("verified", yes), ("simulator", text), ("tests", pa.list_(text)), ("failures", pa.list_(text)),
        ("gemms", pa.list_(gemm)), ("area_report", text),
    ])


def _design_fields(pa):
    """A column for each field of a design, typed by its default in an ordinary one."""
    kinds = {bool: pa.bool_(), int: pa.int64(), type(None): pa.int64()}
    ordinary = ArrayConfig()
    return [(name, kinds.get(type(getattr(ordinary, name)), pa.string())) for name in ArrayConfig.model_fields]


def _arrow():
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise BadInput("sweep results need pyarrow: pip install 'tamis[sweep]'") from None
    return pyarrow, parquet
