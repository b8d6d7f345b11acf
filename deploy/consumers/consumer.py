#!/usr/bin/env python3
"""A downstream platform in one page: takes tickets from a feed, signs and resolves them.

    pip install pika
    python consumer.py --queue huiliu.feed.command [--count 10]
"""
import argparse
import datetime
import json
import os
import uuid

import pika

arguments = argparse.ArgumentParser()
arguments.add_argument("--url", default=os.environ.get("HULIU_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2f"))
arguments.add_argument("--queue", default="huiliu.feed.command")
arguments.add_argument("--status", default="huiliu.status", help="exchange of status updates")
arguments.add_argument("--count", type=int, default=0, help="stop after so many messages; 0: never")
arguments = arguments.parse_args()

# Updates carry the name of the feed, and the user of the connection, which the broker checks.
platform = arguments.queue.removeprefix("huiliu.feed.")
user = pika.URLParameters(arguments.url).credentials.username

applied = {}  # ticket id -> last version applied; a real platform keeps this in its database
sequence = {}  # ticket id -> our counter


def say(channel, ticket_id, status, result=None):
    sequence[ticket_id] = sequence.get(ticket_id, 0) + 1
    update = {
        "update_id": str(uuid.uuid4()), "platform": platform, "ticket_id": ticket_id,
        "sequence": sequence[ticket_id], "status": status,
        "occurred_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "result": result,
    }
    channel.basic_publish(arguments.status, platform, json.dumps(update, ensure_ascii=False).encode(),
                          pika.BasicProperties(delivery_mode=2, content_type="application/json", user_id=user))


connection = pika.BlockingConnection(pika.URLParameters(arguments.url))
channel = connection.channel()
channel.confirm_delivery()
channel.basic_qos(prefetch_count=50)
seen = 0
for method, properties, body in channel.consume(arguments.queue):
    event = json.loads(body)
    ticket = event["data"]
    if ticket["version"] > applied.get(ticket["ticket_id"], 0):  # rule 1: a repeat or an older version changes nothing
        applied[ticket["ticket_id"]] = ticket["version"]
        print(event["type"], ticket["ticket_id"], ticket["version"], ticket["grade"], ticket["title"], flush=True)
        # A ticket is new here when it was made, or came from elsewhere.
        if ticket["change"]["event"] == "created" or ticket["change"].get("entered"):
            say(channel, ticket["ticket_id"], "accepted")
            say(channel, ticket["ticket_id"], "resolved", "经核查，问题已处理完毕。")
    channel.basic_ack(method.delivery_tag)  # rule 2: only after it is stored
    seen += 1
    if arguments.count and seen >= arguments.count:
        break
channel.cancel()
connection.close()
