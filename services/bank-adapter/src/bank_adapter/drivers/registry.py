"""The drivers by name: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bank_adapter.drivers.bca_legacy.driver import BCALegacyDriver
from bank_adapter.drivers.bca_legacy.profile import BCALegacyProfile
from bank_adapter.drivers.bca_snap.driver import BCASnapDriver
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.drivers.paydia_snap.driver import PaydiaSnapDriver
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.drivers.protocol import Driver
from bank_adapter.drivers.settings import ProfileError, read_profile
from bank_adapter.drivers.snap_generic.driver import SnapGenericDriver
from bank_adapter.drivers.snap_generic.profile import GenericProfile

Factory = Callable[[Mapping[str, object]], Driver]


def _bca_legacy(settings: Mapping[str, object]) -> Driver:
    return BCALegacyDriver(read_profile(BCALegacyProfile, settings))


def _bca_snap(settings: Mapping[str, object]) -> Driver:
    return BCASnapDriver(read_profile(BCASnapProfile, settings))


def _paydia_snap(settings: Mapping[str, object]) -> Driver:
    return PaydiaSnapDriver(read_profile(PaydiaSnapProfile, settings))


def _snap_generic(settings: Mapping[str, object]) -> Driver:
    try:
        return SnapGenericDriver(read_profile(GenericProfile, settings))
    except ProfileError:
        raise
    except ValueError as error:
        raise ProfileError(str(error)) from error


DRIVERS: Mapping[str, Factory] = MappingProxyType(
    {
        "bca_legacy": _bca_legacy,
        "bca_snap": _bca_snap,
        "paydia_snap": _paydia_snap,
        "snap_generic": _snap_generic,
    }
)


def open_driver(name: str, settings: Mapping[str, object]) -> Driver:
    """The driver with its profile. Raises ProfileError naming what is wrong.

    For `snap_generic` the settings are a profile file's content with the
    company's own values (ids and keys) laid over it.
    """
    factory = DRIVERS.get(name)
    if factory is None:
        raise ProfileError(f"driver: must be one of {', '.join(sorted(DRIVERS))}")
    return factory(settings)
