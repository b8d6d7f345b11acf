"""Uses the generated Python client as an administrator's script would."""

import os

from huiliu_client import AuthenticatedClient
from huiliu_client.api.gateway import get_ledger, list_channels
from huiliu_client.api.matters import get_ticket, list_tickets
from huiliu_client.models import Ledger, Problem, TicketPage

client = AuthenticatedClient(base_url=os.environ["HULIU_URL"], token=os.environ["HULIU_TOKEN"])
ledger = get_ledger.sync(client=client)
assert isinstance(ledger, Ledger) and ledger.balances, ledger
page = list_tickets.sync(client=client, limit=10)
assert isinstance(page, TicketPage) and page.next_ is None, page
channels = list_channels.sync(client=client)
assert len(channels.channels) > 3, channels
missing = get_ticket.sync_detailed("none", client=client)
assert missing.status_code == 404, missing
assert isinstance(missing.parsed, Problem) and missing.parsed.code == "not_found", missing.parsed
print("python: ok")
