"""A real service with its application, asked without a network in between."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from matts.serve.api.app import create_app
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from tests.plants import Plant

with warnings.catch_warnings():  # it is asked for a newer httpx, which has another name
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from fastapi.testclient import TestClient

SMALL = ServiceSettings(body_bytes=200_000, readings=500, requests_a_second=1e6, burst=1_000_000)


@pytest.fixture
def service(plant: Plant, tmp_path: Path) -> Iterator[Service]:
    settings = ServeSettings(service=SMALL)
    opened = Service.open(plant.deployment, settings, tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    app = create_app(service, service.settings)
    with TestClient(app, base_url="http://127.0.0.1") as asked:
        yield asked
