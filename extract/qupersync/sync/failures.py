"""What dlt raises → our own errors, in one line; and which failures a retry of the same package cannot fix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from dlt.common.destination.exceptions import DestinationException, DestinationTerminalException
from dlt.pipeline.exceptions import PipelineStepFailed

from ..errors import QupersyncError, WarehouseError, first_line
from ..warehouse.base import Warehouse

_SIGNS = ("No such file", "JSONDecodeError", "Parquet magic bytes", "LoadPackageNotFound")  # in texts of errors


def package_is_broken(error: PipelineStepFailed) -> bool:
    """Would loading the package fail again and again? A sync that was killed can leave half of one.

    What the warehouse refuses for good counts too: it is read and loaded anew, and then reports its own error.
    """
    if error.step == "normalize":  # works on local files only
        return True
    broken = (DestinationTerminalException, FileNotFoundError, json.JSONDecodeError)
    text = str(error)
    return any(isinstance(cause, broken) for cause in _causes(error)) or any(sign in text for sign in _SIGNS)


@contextmanager
def one_line_errors(warehouse: Warehouse) -> Iterator[None]:
    """Errors: QupersyncError instead of dlt's own."""
    try:
        yield
    except PipelineStepFailed as error:
        causes = list(_causes(error))
        cause = causes[-1]
        for own in causes:
            if isinstance(own, QupersyncError):  # of the sink, which is one line already
                raise own from error
        text = first_line(cause)
        if error.step in ("extract", "normalize"):  # before the warehouse was asked for anything
            raise QupersyncError(f"the sync failed to {error.step}: {type(cause).__name__}: {text}") from error
        raise WarehouseError(f"{warehouse.where} could not be written ({error.step}): {text}") from error
    except DestinationException as error:
        raise WarehouseError(f"{warehouse.where} could not be written: {first_line(error)}") from error
    except QupersyncError:
        raise
    except Exception as error:  # a lost connection can make dlt's own clean-up fail
        lost = [cause for cause in _causes(error) if isinstance(cause, (psycopg2.Error, DestinationException))]
        if not lost:
            raise
        raise WarehouseError(f"{warehouse.where} could not be written: {first_line(lost[-1])}") from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the first cause last; not the ends of iterations on the way."""
    cause: BaseException | None = error
    while cause is not None:
        if not isinstance(cause, StopIteration):
            yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
