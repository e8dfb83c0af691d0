"""kafka-python. usage: plain.py HOST:PORT"""
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewPartitions, NewTopic
from report import check, finish, refused, unique

servers = sys.argv[1]
topic, group = unique("kafka-python"), unique("group")
admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic(topic, 2, 1)])
admin.create_partitions({topic: NewPartitions(3)})
check("makes a topic and gives it a partition", len(admin.describe_topics([topic])[0]["partitions"]) == 3)

sent = 0
for codec in [None, "gzip"]:
    for acks in [0, 1, "all"]:
        producer = KafkaProducer(bootstrap_servers=servers, compression_type=codec, acks=acks, enable_idempotence=acks == "all")
        for i in range(50):
            producer.send(topic, f"{codec} {acks} {i}".encode(), key=b"k%d" % i, headers=[("h", b"1")])
            sent += 1
        producer.flush(15)
        producer.close()
check("sends plain and gzip, acks 0, 1 and all (idempotent)", True)


def read(wanted):
    consumer = KafkaConsumer(topic, bootstrap_servers=servers, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False, consumer_timeout_ms=6000)
    got = 0
    for _ in consumer:
        got += 1
        if got == wanted:
            break
    consumer.commit()
    consumer.close()
    return got


check("a group reads every record", (got := read(sent)) == sent, f"{got} of {sent}")
producer = KafkaProducer(bootstrap_servers=servers)
producer.send(topic, b"after").get(10)
check("a later member goes on where the group committed", (got := read(1)) == 1, got)
admin.delete_records({TopicPartition(topic, 0): 3})
consumer = KafkaConsumer(bootstrap_servers=servers)
check("deletes records: the log begins later", consumer.beginning_offsets([TopicPartition(topic, 0)])[TopicPartition(topic, 0)] == 3)
admin.delete_groups([group])
admin.delete_topics([topic])
check("deletes the group and the topic", topic not in admin.list_topics())
refused("a transactional producer", lambda: KafkaProducer(bootstrap_servers=servers, transactional_id="t").init_transactions(), 5, ["transactional", "authoriz"])
finish()
