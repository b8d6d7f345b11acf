// Puts the published documents before ajv, as it comes, and before the parser of AsyncAPI; then a received event before both schemas.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [folder, eventFile] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
const fail = (what, why) => {
  console.error(`${what}: ${JSON.stringify(why, null, 1)}`);
  process.exit(1);
};

// Strict, as ajv is by default: unknown keywords and formats are errors.
const compiled = (name) => {
  const ajv = new Ajv();
  addFormats(ajv);
  return ajv.compile(read(name));
};
const ticket = compiled("ticket-v1.schema.json");
const update = compiled("status-update-v1.schema.json");

const event = JSON.parse(readFileSync(eventFile, "utf8"));
if (!ticket(event.data)) fail("the data of an event", ticket.errors);
if (ticket({ ...event.data, status: "gone" })) fail("a status that there is not", "accepted");
const accepted = {
  update_id: "1", platform: "p", ticket_id: event.data.ticket_id, sequence: 1, status: "accepted",
  occurred_at: new Date().toISOString(),
};
if (!update(accepted)) fail("an update", update.errors);
for (const wrong of [{ status: "done" }, { sequence: -1 }, { occurred_at: "yesterday" }, { note: "x" }]) {
  if (update({ ...accepted, ...wrong })) fail("a wrong update", wrong);
}

const source = `${folder}/asyncapi.json`;
const { document, diagnostics } = await new Parser().parse(readFileSync(source, "utf8"), { source });
const found = diagnostics.filter((one) => one.severity <= 1);
if (!document || found.length > 0) fail("asyncapi.json", found.map(({ message, path }) => ({ message, path: path.join(".") })));
const channels = document.channels().all().map((channel) => channel.id());
if (channels.length < 3) fail("asyncapi.json", channels);
console.log(`schemas: ok; asyncapi channels: ${channels.join(", ")}`);
