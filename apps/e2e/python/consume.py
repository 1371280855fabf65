"""Reads a topic from its beginning to its current end, knowing nothing but the brokers and the registry.

    consume.py <brokers> <registry url> <topic>

Prints one JSON line per committed record; fails on the first that the registry's schemas do not explain.
"""

import io
import json
import struct
import sys
from functools import cache
from urllib.request import urlopen

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

brokers, registry, topic = sys.argv[1:]


@cache
def schema_of(schema_id):
    with urlopen(f"{registry}/schemas/ids/{schema_id}", timeout=10) as answer:
        return fastavro.parse_schema(json.loads(json.load(answer)["schema"]))


def decode(value):
    magic, schema_id = struct.unpack(">bI", value[:5])
    if magic != 0:
        raise ValueError(f"value starts with {magic}, not with the magic byte 0")
    data = io.BytesIO(value[5:])
    event = fastavro.schemaless_reader(data, schema_of(schema_id))
    if data.read():
        raise ValueError(f"value goes on after the record of schema {schema_id}")
    return {"schemaId": schema_id, "value": event}


def line_of(record):
    place = {"topic": record.topic(), "partition": record.partition(), "offset": record.offset()}
    headers = {name: value.decode() for name, value in record.headers() or []}
    return json.dumps({**place, "key": record.key().decode(), "headers": headers, **decode(record.value())})


settings = {"bootstrap.servers": brokers, "group.id": "python-check", "enable.auto.commit": False,
            "isolation.level": "read_committed", "enable.partition.eof": True}
consumer = Consumer(settings)
partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
reading = set(partitions)
while reading:
    record = consumer.poll(30)
    if record is None:
        sys.exit(f"no answer from {topic} for 30 s")
    if record.error() is None:
        print(line_of(record))
    elif record.error().code() == KafkaError._PARTITION_EOF:
        reading.discard(record.partition())
    else:
        raise KafkaException(record.error())
consumer.close()
