#!/usr/bin/env bash
# Makes a fresh host run hitstream; every step first looks whether it is done, so that it can be run at any boot and
# goes on where it was cut off. Amazon Linux 2023, and Debian (where it is tested). host.env tells it what to do.
set -euo pipefail

compose=$(cd "$(dirname "$0")/../compose" && pwd)
tier=${TIER:-embedded}
mount=${MOUNT:-/var/lib/hitstream}
plugins=/usr/local/lib/docker/cli-plugins

COMPOSE_URL=${COMPOSE_URL:-https://github.com/docker/compose/releases/download/v2.40.3/docker-compose-linux-x86_64}
COMPOSE_SHA256=${COMPOSE_SHA256:-dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372}
BUILDX_URL=${BUILDX_URL:-https://github.com/docker/buildx/releases/download/v0.38.0/buildx-v0.38.0.linux-amd64}
BUILDX_SHA256=${BUILDX_SHA256:-4fe4cc38adf48169132749b6ca22a990928db0118e3407584ee553723115d287}

say() { echo "$(date -u +%FT%TZ) $*"; }

packages() { # from the distribution, which signs them
  if command -v dockerd >/dev/null; then return; fi
  say "installing Docker"
  if command -v dnf >/dev/null; then
    dnf install -y -q docker amazon-cloudwatch-agent
  else
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io ca-certificates curl xfsprogs >/dev/null
  fi
}

plugin() { # NAME URL SHA256: a plugin of Docker that the distribution lacks
  local place=$plugins/$1
  if echo "$3  $place" | sha256sum --check --status 2>/dev/null; then return; fi
  say "fetching $1"
  mkdir -p "$plugins"
  curl -fsSL --retry 5 "$2" -o "$place.part"
  echo "$3  $place.part" | sha256sum --check --quiet
  chmod 755 "$place.part"
  mv "$place.part" "$place"
}

volume() { # the data volume, formatted only where nothing is on it
  mkdir -p "$mount"
  if [ -z "${DEVICE:-}" ] || mountpoint -q "$mount"; then return; fi
  say "waiting for $DEVICE"
  for _ in $(seq 600); do
    if [ -e "$DEVICE" ]; then break; fi
    sleep 1
  done
  if ! blkid "$DEVICE" >/dev/null; then mkfs.xfs -q "$DEVICE"; fi
  if ! grep -q " $mount " /etc/fstab; then
    echo "UUID=$(blkid -s UUID -o value "$DEVICE") $mount xfs defaults,nofail 0 2" >> /etc/fstab
  fi
  mount "$mount"
}

grow() { # a snapshot may be of a smaller volume, and a volume may have been enlarged
  if mountpoint -q "$mount"; then xfs_growfs "$mount" >/dev/null; fi
}

engine() { # images and volumes of Docker stand on the data volume
  if docker info >/dev/null 2>&1; then return; fi
  say "starting Docker"
  mkdir -p /etc/docker
  cat > /etc/docker/daemon.json <<JSON
{"data-root": "$mount/docker", "live-restore": true, "log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}
JSON
  systemctl enable --now docker
}

cloudwatch() { # logs and metrics to CloudWatch
  local agent=/opt/aws/amazon-cloudwatch-agent
  if [ ! -d "$agent" ]; then return; fi
  sed -e "s|@LOG_GROUP@|$LOG_GROUP|g" -e "s|@MOUNT@|$mount|g" "$(dirname "$0")/cloudwatch.json" > "$agent/etc/hitstream.json"
  "$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$agent/etc/hitstream.json" >/dev/null
}

up() { # builds what is not built yet, starts what does not run, and waits until all are healthy
  local file=$compose/compose.yaml
  if [ "$tier" = cluster ]; then file=$compose/compose.cluster.yaml; fi
  export COMPOSE_FILE=${COMPOSE_FILE:-$file} LOGS=${LOGS:-$mount/logs} PROFILE=${PROFILE:-normal}
  mkdir -p "$LOGS"
  say "building"
  docker compose build --quiet
  say "starting"
  docker compose up --detach --remove-orphans --wait --wait-timeout 900
}

signal() { # tells CloudFormation, which waits for it when the stack is made and never again
  if [ -n "${STACK:-}" ] && [ -x /opt/aws/bin/cfn-signal ]; then
    /opt/aws/bin/cfn-signal --success true --stack "$STACK" --resource Healthy --region "$REGION" || true
  fi
}

packages
plugin docker-compose "$COMPOSE_URL" "$COMPOSE_SHA256"
plugin docker-buildx "$BUILDX_URL" "$BUILDX_SHA256"
volume
grow
engine
cloudwatch
up
signal
say "hitstream ($tier) is healthy"
