// Uses the generated TypeScript types as an administrator's script would.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({
  baseUrl: process.env["HULIU_URL"]!,
  headers: { authorization: `Bearer ${process.env["HULIU_TOKEN"]}` },
});
const ledger = await client.GET("/api/v1/ledger", { params: {} });
if (!ledger.data?.balances) throw new Error(JSON.stringify(ledger.error));
const page = await client.GET("/api/v1/tickets", { params: { query: { limit: 10 } } });
// The same list can be had as a file, which is text.
const list = typeof page.data === "string" ? undefined : page.data;
const next: string | null | undefined = list?.next;
if (list === undefined || next != null) throw new Error(JSON.stringify(page.error));
const missing = await client.GET("/api/v1/tickets/{id}", { params: { path: { id: "none" } } });
if (missing.error?.code !== "not_found" || !missing.error.error_zh) throw new Error(JSON.stringify(missing.error));
console.log("typescript: ok");
