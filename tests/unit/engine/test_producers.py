"""What producers write to Kafka by their documentation is read as the lines that they were given."""

import json

import pytest
from test_records_of_any_producer import Driver, batch, counts, line

STAMP = "2024-10-10T13:55:36.123Z"
BEAT = {
    "@timestamp": STAMP,
    "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.15.0"},
    "log": {"offset": 0, "file": {"path": "/var/log/nginx/access.log", "inode": "12", "device_id": "9"}},
    "input": {"type": "filestream"},
    "ecs": {"version": "8.0.0"},
    "host": {"name": "web1"},
    "agent": {"id": "5b", "name": "web1", "type": "filebeat", "version": "8.15.0", "ephemeral_id": "77"},
}
LOGSTASH = {"@timestamp": STAMP, "@version": "1", "host": {"name": "web1"}, "event": {"original": "x"}}
VECTOR = {"file": "/var/log/a.log", "host": "web1", "source_type": "file", "timestamp": STAMP}
KUBERNETES = {"stream": "stdout", "kubernetes": {"pod_name": "web-1", "namespace_name": "shop", "labels": {"app": "w"}}}

WRITE = {
    "the console producer, kcat, PublishKafka": lambda text: text,
    "kcat with line ends of its own": lambda text: text + "\r\n",
    "several lines a record": lambda text: f"{text}\n{text}\n",
    "Filebeat": lambda text: json.dumps(BEAT | {"message": text}),
    "Filebeat with codec.format": lambda text: text,
    "Filebeat of containers": lambda text: json.dumps(BEAT | {"stream": "stdout", "message": text}),
    "Logstash": lambda text: json.dumps(LOGSTASH | {"message": text}),
    "Fluent Bit": lambda text: json.dumps({"@timestamp": 1728568536.123456, "log": text}),
    "Fluent Bit of Kubernetes": lambda text: json.dumps({"@timestamp": 1728568536.1, "log": text + "\n"} | KUBERNETES),
    "Fluentd": lambda text: json.dumps({"message": text}),
    "Fluentd of containers": lambda text: json.dumps({"log": text + "\n"} | KUBERNETES),
    "Vector": lambda text: json.dumps(VECTOR | {"message": text}),
    "rsyslog": lambda text: f"2024-10-10T13:55:36.123456+00:00 web1 nginx: {text}",
    "rsyslog with a blank line end": lambda text: f"2024-10-10T13:55:36.123456+00:00 web1 nginx: {text}\n",
    "rsyslog as it forwards": lambda text: f"<190>Oct 10 13:55:36 web1 nginx: {text}",
    "rsyslog with JSON": lambda text: json.dumps({"message": text, "fromhost": "web1", "facility": "local7"}),
    "syslog-ng": lambda text: f"Oct 10 13:55:36 web1 nginx[41]: {text}",
    "syslog-ng with RFC 5424": lambda text: f"<190>1 2024-10-10T13:55:36.123+00:00 web1 nginx 41 - - {text}",
    "nginx's syslog": lambda text: f"<190>Oct 10 13:55:36 web1 nginx: {text}",
    "Docker's json-file": lambda text: json.dumps({"log": text + "\n", "stream": "stdout", "time": STAMP}),
    "CRI": lambda text: f"2024-10-10T13:55:36.123456789Z stdout F {text}",
    "journald": lambda text: json.dumps({"__REALTIME_TIMESTAMP": "1728568536123456", "PRIORITY": "6", "MESSAGE": text}),
    "Kafka Connect": lambda text: json.dumps({"schema": {"type": "string", "optional": False}, "payload": text}),
    "OpenTelemetry's collector": lambda text: json.dumps(
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": text}}]}]}]}, separators=(",", ":")
    ),
}
"""Producer → what it writes for a line."""


@pytest.mark.parametrize("producer", WRITE)
def test_every_line_that_a_producer_was_given_is_a_hit(tmp_path, producer):
    driver = Driver(tmp_path)
    texts = [line(number).decode() for number in range(30)]
    values = [WRITE[producer](text).encode() for text in texts]
    copies = 2 if producer == "several lines a record" else 1
    made = driver.make(batch(values))
    assert counts(made) == (30 * copies, 30 * copies, 0)
    targets = sorted(target for _, _, target in driver.rows(made))
    assert targets == sorted([f"/{number}" for number in range(30)] * copies)
    again = driver.make(batch([WRITE[producer](line(40).decode()).encode()], first=30))
    assert counts(again)[1] == copies
