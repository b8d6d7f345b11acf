"""Looks at the next event of a feed with aio-pika and CloudEvents' own SDK, and leaves it there: events.py QUEUE FILE.
events.py --forget QUEUE… deletes queues of an earlier run."""

import asyncio
import os
import sys

import aio_pika
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_structured
from cloudevents.core.formats.json import JSONFormat


async def main(queue_name: str, file: str) -> None:
    async with await aio_pika.connect(os.environ["HULIU_AMQP_URL"]) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(queue_name, ensure=False)
        message = await queue.get(timeout=30)
        await message.nack(requeue=True)
    assert message.content_type == "application/cloudevents+json", message.content_type
    event = from_structured(RabbitMQMessage({}, message.content_type, message.body), JSONFormat())
    ticket = event.get_data()
    assert event.get_id() == message.message_id, (event.get_id(), message.message_id)
    assert event.get_type() == "cn.huiliu.ticket.created.v1", event.get_type()
    assert event.get_subject() == ticket["ticket_id"], event.get_subject()
    assert event.get_dataschema() and event.get_extension("traceparent"), event.get_attributes()
    assert event.get_time().tzinfo is not None
    with open(file, "wb") as kept:
        kept.write(message.body)
    print("cloudevents, aio-pika: ok")


async def forget(*queues: str) -> None:
    async with await aio_pika.connect(os.environ["HULIU_AMQP_URL"]) as connection:
        channel = await connection.channel()
        for name in queues:
            await channel.queue_delete(name)


if sys.argv[1] == "--forget":
    asyncio.run(forget(*sys.argv[2:]))
else:
    asyncio.run(main(*sys.argv[1:]))
