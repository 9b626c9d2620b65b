# matts as a service. Both stages start from the same Python, of the version of requirements.lock.
#   docker build -t matts .
# BASE and WHEELS are for those who keep images and wheels of their own; an index of torch's CPU wheels
# saves gigabytes.
ARG BASE=python:3.11.13-slim-bookworm

FROM ${BASE} AS build
ARG WHEELS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/matts
RUN python3 -m venv /opt/matts
# What it depends on changes less often than the code, and is a layer of its own.
COPY pyproject.toml requirements.lock README.md ./
COPY src/matts/__init__.py src/matts/__init__.py
RUN /opt/matts/bin/pip install ${WHEELS:+--extra-index-url "${WHEELS}"} --constraint requirements.lock --editable '.[fast,live]'

FROM ${BASE}
LABEL org.opencontainers.image.title="matts" \
      org.opencontainers.image.description="Finds faults in industrial machines from their sensor readings"
# KEDRO_ENV: conf/container keeps the records of runs below data, which is all that is written.
ENV PATH=/opt/matts/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 DO_NOT_TRACK=1 KEDRO_DISABLE_TELEMETRY=1 KEDRO_ENV=container \
    NUMBA_CACHE_DIR=/tmp/numba MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /srv/matts
RUN useradd --system --uid 10001 --home-dir /srv/matts matts
COPY --from=build /opt/matts /opt/matts
COPY pyproject.toml README.md ./
COPY conf conf
COPY src src
RUN install -d -o matts -g matts data data/01_raw data/mlflow
USER 10001
VOLUME /srv/matts/data
EXPOSE 8321
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8321/health', timeout=4)"]
# Beyond loopback the service needs a token: docker run --env MATTS_TOKEN=... matts
ENTRYPOINT ["matts"]
CMD ["serve", "--simulate", "--host", "0.0.0.0", "--port", "8321"]
