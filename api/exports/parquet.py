"""tools.parquet: for data frames and warehouses, with lists as lists. pyarrow is loaded when one is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.exports import table
from api.exports.files import Write
from api.exports.snapshot import Catalog, Entry


@contextmanager
def opened(folder: Path, catalog: Catalog) -> Iterator[Write]:
    """Write tools.parquet, a group of rows for each batch; its metadata name the serial."""
    import pyarrow  # noqa: PLC0415 - 60 MB that only an export needs
    from pyarrow import parquet  # noqa: PLC0415

    lists, numbers = set(table.LISTS), {"manifest_version": pyarrow.int32()}
    texts = pyarrow.string()
    kinds = {name: pyarrow.list_(texts) if name in lists else numbers.get(name, texts) for name in table.COLUMNS}
    schema = pyarrow.schema(list(kinds.items()), metadata={"serial": str(catalog.serial)})
    with parquet.ParquetWriter(folder / "tools.parquet", schema, compression="zstd") as file:

        def write(batch: list[Entry]) -> None:
            file.write_table(pyarrow.Table.from_pylist([entry.cells for entry in batch], schema=schema))

        yield write
