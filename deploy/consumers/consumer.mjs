// A downstream platform in one page: takes tickets from a feed, signs and resolves them.
//
//     npm install amqplib
//     node consumer.mjs --queue huiliu.feed.command [--count 10]
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import amqp from "amqplib";

const { values: given } = parseArgs({
  options: {
    url: { type: "string", default: process.env.HULIU_AMQP_URL ?? "amqp://guest:guest@127.0.0.1:5672/%2f" },
    queue: { type: "string", default: "huiliu.feed.command" },
    status: { type: "string", default: "huiliu.status" },
    count: { type: "string", default: "0" },
  },
});

// Updates carry the name of the feed, and the user of the connection, which the broker checks.
const platform = given.queue.replace(/^huiliu\.feed\./, "");
const userId = decodeURIComponent(new URL(given.url).username) || "guest";
const count = Number(given.count);

const applied = new Map(); // ticket id -> last version applied; a real platform keeps this in its database
const sequences = new Map(); // ticket id -> our counter

const connection = await amqp.connect(given.url);
const channel = await connection.createConfirmChannel();
await channel.prefetch(50);

function say(ticketId, status, result = null) {
  const sequence = (sequences.get(ticketId) ?? 0) + 1;
  sequences.set(ticketId, sequence);
  const occurred_at = new Date().toISOString();
  const update = { update_id: randomUUID(), platform, ticket_id: ticketId, sequence, status, occurred_at, result };
  channel.publish(given.status, platform, Buffer.from(JSON.stringify(update)), {
    persistent: true,
    contentType: "application/json",
    userId,
  });
}

let seen = 0;
await new Promise((done, failed) => {
  connection.on("error", failed);
  channel.on("error", failed);
  channel.consume(given.queue, async (message) => {
    // The broker has ended the consumer: its queue was deleted.
    if (message === null) return failed(new Error("the queue is gone"));
    const event = JSON.parse(message.content.toString("utf8"));
    const ticket = event.data;
    // Rule 1: a repeat or an older version changes nothing.
    if (ticket.version > (applied.get(ticket.ticket_id) ?? 0)) {
      applied.set(ticket.ticket_id, ticket.version);
      console.log(event.type, ticket.ticket_id, ticket.version, ticket.grade, ticket.title);
      // A ticket is new here when it was made, or came from elsewhere.
      if (ticket.change.event === "created" || ticket.change.entered) {
        say(ticket.ticket_id, "accepted");
        say(ticket.ticket_id, "resolved", "经核查，问题已处理完毕。");
      }
    }
    try {
      await channel.waitForConfirms();
      channel.ack(message); // rule 2: only after it is stored, and the answers are taken
    } catch (error) {
      return failed(error);
    }
    seen += 1;
    if (count > 0 && seen >= count) done();
  }).catch(failed);
});
await channel.close();
await connection.close();
