"""aiokafka. usage: aio.py HOST:PORT"""
import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from report import check, finish, unique

servers = sys.argv[1]
topic, group = unique("aiokafka"), unique("group")


async def read(wanted):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    got = 0
    try:
        while got < wanted:
            await asyncio.wait_for(consumer.getone(), 15)
            got += 1
        await consumer.commit()
    except asyncio.TimeoutError:
        pass
    finally:
        await consumer.stop()
    return got


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    sent = 0
    for settings in [{"acks": 0}, {"acks": 1, "compression_type": "gzip"}, {"enable_idempotence": True}]:
        producer = AIOKafkaProducer(bootstrap_servers=servers, **settings)
        await producer.start()
        for i in range(50):
            await producer.send(topic, b"v%d" % i, key=b"k%d" % i)
            sent += 1
        await producer.stop()
    check("sends plain, gzip and idempotent", True)
    got = await read(sent)
    check("a group reads every record", got == sent, f"{got} of {sent}")
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    await producer.send_and_wait(topic, b"after")
    await producer.stop()
    check("a later member goes on where the group committed", await read(1) == 1)
    await admin.delete_topics([topic])
    check("deletes a topic", topic not in await admin.list_topics())
    await admin.close()


asyncio.run(main())
finish()
