# hitstream's images: `embedded` (the default) is one process that reads logs and shows the page; `cluster` adds Java, the
# servers' jars and Spark, and becomes any one of the servers by `hitstream stack run NAME`.
# Base and JREs are build arguments, so that it builds where no image registry is reached. docs/docker.md tells sizes.
ARG BASE_IMAGE=debian:bookworm-20251020-slim
ARG JRE17_IMAGE=eclipse-temurin:17.0.17_10-jre
ARG JRE25_IMAGE=eclipse-temurin:25.0.1_8-jre

FROM ${JRE17_IMAGE} AS jre17
FROM ${JRE25_IMAGE} AS jre25

# What makes the images and stays out of them: the installer, and hitstream as a wheel.
FROM ${BASE_IMAGE} AS tools
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends binutils python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/tools && /opt/tools/bin/pip install --no-cache-dir --quiet uv==0.13.9 hatchling==1.33.0
COPY deploy/compose/slim.sh /opt/tools/bin/slim
COPY deploy/compose/warm.sh /opt/tools/bin/warm
COPY deploy/compose/sbom.py /opt/tools/bin/sbom.py
WORKDIR /build
COPY pyproject.toml requirements.lock ./

FROM tools AS wheel
COPY LICENSE README.md ./
COPY deploy deploy
COPY notebooks notebooks
COPY src src
RUN /opt/tools/bin/uv build --quiet --wheel --no-build-isolation --python /opt/tools/bin/python --out-dir /dist

# The packages of the lock file, with its hashes, less what only their developers need.
FROM tools AS packages
ENV UV_LINK_MODE=copy VIRTUAL_ENV=/opt/hitstream
RUN python3 -m venv --without-pip /opt/hitstream
RUN --mount=type=cache,target=/root/.cache/uv \
    /opt/tools/bin/uv pip install --quiet --constraint requirements.lock --requirement pyproject.toml --extra dashboard \
 && /opt/tools/bin/slim /opt/hitstream

# What both images begin with.
FROM ${BASE_IMAGE} AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/lib/dpkg/*-old /var/log/*.log /var/log/apt/* \
      /usr/share/doc /usr/share/man /usr/share/locale /usr/lib/python3*/{test,pydoc_data} \
 && find /usr/lib/python3* -name __pycache__ -prune -exec rm -rf {} + \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin hitstream \
 && install -d -o hitstream -g hitstream /data /var/cache/hitstream
COPY --from=packages /opt/hitstream /opt/hitstream
ENV PATH=/opt/hitstream/bin:$PATH \
    VIRTUAL_ENV=/opt/hitstream \
    HITSTREAM_CACHE=/var/cache/hitstream \
    HITSTREAM_DATA=/data \
    PYTHONUNBUFFERED=1
WORKDIR /data
VOLUME /data
EXPOSE 8050
ENTRYPOINT ["hitstream"]
CMD ["--help"]
LABEL org.opencontainers.image.title="hitstream" \
      org.opencontainers.image.description="Real-time web-log analytics" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"

# Two JREs, Spark, the clients of the servers, their jars, and what NiFi installs for its processor in Python; for JupyterLab
# what was taken from packages that draw.
FROM base AS cluster
ARG MAVEN_REPOSITORY
COPY --from=jre17 /opt/java/openjdk /opt/java/17
COPY --from=jre25 /opt/java/openjdk /opt/java/25
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc
RUN --mount=from=tools,source=/opt/tools,target=/opt/tools --mount=from=tools,source=/build,target=/build \
    --mount=type=cache,target=/root/.cache/uv \
    UV_LINK_MODE=copy /opt/tools/bin/uv pip install --quiet --constraint /build/requirements.lock \
      --requirement /build/pyproject.toml --extra cluster --extra dashboard --extra notebook \
      --reinstall-package plotly --reinstall-package pygments
# NiFi installs what a processor in Python needs when it first runs, where no registry may be reached.
ENV HITSTREAM_JARS=/opt/jars \
    PIP_FIND_LINKS=/opt/wheels \
    PIP_NO_INDEX=1
RUN --mount=from=tools,source=/opt/tools,target=/opt/tools --mount=from=wheel,source=/build,target=/build \
    version=$(python3 -c 'from importlib.metadata import version; print(version("confluent-kafka"))') \
 && PIP_NO_INDEX=0 /opt/tools/bin/pip download --quiet --no-cache-dir --no-deps --dest /opt/wheels "confluent-kafka==$version"
RUN --mount=from=tools,source=/opt/tools,target=/opt/tools --mount=from=wheel,source=/dist,target=/dist \
    --mount=type=cache,target=/var/cache/jars \
    /opt/tools/bin/uv pip install --quiet --no-cache --no-deps /dist/*.whl \
 && hitstream stack fetch --jars /var/cache/jars ${MAVEN_REPOSITORY:+--repository "$MAVEN_REPOSITORY"} \
 && cp -r /var/cache/jars /opt/jars
RUN --mount=from=tools,source=/opt/tools/bin,target=/opt/tools/bin \
    /opt/tools/bin/warm \
 && chown -R hitstream:hitstream /var/cache/hitstream \
 && python3 /opt/tools/bin/sbom.py /usr/share/hitstream.cdx.json /opt/jars
USER 10001:10001

FROM base AS embedded
RUN --mount=from=tools,source=/opt/tools,target=/opt/tools --mount=from=wheel,source=/dist,target=/dist \
    /opt/tools/bin/uv pip install --quiet --no-cache --no-deps /dist/*.whl
# Compiles the kernels for the processor that builds, and the modules that are used: the first page is not to wait for it.
RUN --mount=from=tools,source=/opt/tools/bin,target=/opt/tools/bin \
    /opt/tools/bin/warm \
 && chown -R hitstream:hitstream /var/cache/hitstream \
 && python3 /opt/tools/bin/sbom.py /usr/share/hitstream.cdx.json
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=30s --start-period=300s CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('HITSTREAM_PORT', '8050') + '/healthz', timeout=4)"]
