"""The only wiring: puts sources, engine, stores, queries, reports and the page together for the commands.

`embedded` wires the embedded tier; `extract`, `cluster` and `stores` the cluster tier; `asking` and `page` ask either.
"""

from hitstream.pipeline.asking import CLUSTER, asked, chosen
from hitstream.pipeline.bad_lines import explained_bad_lines
from hitstream.pipeline.cluster import CLUSTER_SETTINGS, Cluster, audit_cluster
from hitstream.pipeline.demo import Demo
from hitstream.pipeline.embedded import Ingestion, summary, temporary
from hitstream.pipeline.extract import Sending, deploy
from hitstream.pipeline.page import Serving, run, serve
from hitstream.pipeline.stores import Stores

__all__ = [
    "CLUSTER",
    "CLUSTER_SETTINGS",
    "Cluster",
    "Demo",
    "Ingestion",
    "Sending",
    "Serving",
    "Stores",
    "asked",
    "audit_cluster",
    "chosen",
    "deploy",
    "explained_bad_lines",
    "run",
    "serve",
    "summary",
    "temporary",
]
