"""confluent-kafka (librdkafka). usage: confluent.py HOST:PORT"""
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec
from report import check, finish, refused, unique

servers = {"bootstrap.servers": sys.argv[1]}
admin = AdminClient(servers)
topic, group = unique("confluent"), unique("group")
wait = lambda futures: [future.result(15) for future in futures.values()]

wait(admin.create_topics([NewTopic(topic, 2, 1, config={"cleanup.policy": "compact,delete", "min.compaction.lag.ms": "1000"})]))
wait(admin.create_partitions([NewPartitions(topic, 3)]))
check("makes a topic with settings that tools send, and gives it a partition", len(admin.list_topics(topic, 10).topics[topic].partitions) == 3)

sent, failures = 0, []
for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
    for acks in ["0", "1", "all"]:
        producer = Producer({**servers, "compression.type": codec, "acks": acks, "linger.ms": 5})
        for i in range(20):
            producer.produce(topic, f"{codec} {acks} {i}" * 10, key=f"k{i}", headers={"h": b"1", "null": None}, on_delivery=lambda error, _: failures.append(error) if error else None)
            sent += 1
        check(f"{codec}, acks {acks}: all is sent", producer.flush(15) == 0, "the flush ran out of time")
producer = Producer({**servers, "enable.idempotence": True})
for i in range(100):
    producer.produce(topic, f"once {i}", on_delivery=lambda error, _: failures.append(error) if error else None)
    sent += 1
producer.flush(15)
check("an idempotent producer sends", not failures, failures[:2])


def read(settings, wanted, limit_s=20, group_id=group):
    consumer = Consumer({**servers, "group.id": group_id, "auto.offset.reset": "earliest", "enable.auto.commit": False, **settings})
    consumer.subscribe([topic])
    got, until = 0, time.monotonic() + limit_s
    while got < wanted and time.monotonic() < until:
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        got += 1
    if got:
        consumer.commit(asynchronous=False)
    consumer.close()
    return got


check("a group reads every record", (got := read({}, sent)) == sent, f"{got} of {sent}")
later = Producer(servers)
later.produce(topic, "after")
later.flush(15)
check("a later member goes on where the group committed", (got := read({"partition.assignment.strategy": "cooperative-sticky"}, 1)) == 1, got)
static = unique("static")
check("a static member reads every record", (got := read({"group.instance.id": "one"}, sent + 1, group_id=static)) == sent + 1, got)
later.produce(topic, "after that")
later.flush(15)
began = time.monotonic()
got = read({"group.instance.id": "one", "session.timeout.ms": 60_000}, 1, group_id=static)
check("it comes back into its own place, long before its session ends", got == 1 and time.monotonic() - began < 20, (got, time.monotonic() - began))

place = TopicPartition(topic, 0)
newest = admin.list_offsets({place: OffsetSpec.max_timestamp()})[place].result(15)
ends = Consumer({**servers, "group.id": unique("ends")})
low, high = ends.get_watermark_offsets(place, 10)
check("the offset of the youngest time lies in the log", low <= newest.offset < high, newest.offset)
wait(admin.delete_records([TopicPartition(topic, 0, 5)]))
check("deletes records: the log begins later", ends.get_watermark_offsets(place, 10)[0] == 5)
ends.close()
resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
resource.add_incremental_config(ConfigEntry("retention.ms", "123456", incremental_operation=AlterConfigOpType.SET))
wait(admin.incremental_alter_configs([resource]))
found = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)])
check("changes one setting", wait(found)[0]["retention.ms"].value == "123456")
check("describes the cluster", len(admin.describe_cluster().result(15).nodes) == 1)
wait(admin.delete_consumer_groups([group]))
check("deletes a group", group not in [g.group_id for g in admin.list_consumer_groups().result(15).valid])
wait(admin.delete_topics([topic]))
check("deletes a topic", topic not in admin.list_topics(timeout=10).topics)

refused("a transactional producer", lambda: Producer({**servers, "transactional.id": "t"}).init_transactions(10), 3, ["transactional id authorization"])
topic = unique("confluent")
wait(admin.create_topics([NewTopic(topic, 1, 1)]))
refused("group.protocol=consumer", lambda: [read({"group.protocol": "consumer"}, 1, 8), check("", False)], 6, ["not supported"])
finish()
