# Help of commands and their arguments: a message is a command by its path, an attribute an argument.

command-shared = -
    .config = Settings file (TOML); default: huiliu.toml in the current folder, where there is one
    .url = Base URL of the gateway; default: the address of the settings file
    .token = Access token; default: the environment variable HULIU_TOKEN
    .queue-pack = Folder of the city pack, after which the queues are named; not needed where `[amqp]` of the settings file names them
    .pack = Folder of the city pack
    .json = Print JSON
    .channel = Channel
    .only-channel = Only of this channel
    .limit = Show at most so many
    .raw-id = Number of the raw record
    .complaint = Receipt number of the complaint
    .ticket = Ticket
    .phone = Telephone number, in any spelling
    .id-number = Identity number, in any spelling; or the number of another document as a channel has it
    .one-receipt = Receipt number of one complaint
    .message = Its id, as the list shows it
    .messages = Ids of messages, as the list shows them
    .all = All that are there now
    .complaints-file = Complaints as a file that the pack's channel reads; times decide the order
    .labels = What is known: `msg_id,cluster_id[,type,confidence]`. Who is not listed is alone. `tune` can do without: it then estimates the weights by expectation maximization
    .hard-negatives = Pairs `a,b` that look alike and are two matters
    .ignore-pairs = Pairs `a,b` that are not scored
    .max-cluster = Leave clusters of more members out of the pairs
    .merge-pack = City pack with one channel that reads the messages, and the merge settings in use
    .lang = Language of what is said here: zh or en; default: by HULIU_LANG, LC_ALL, LC_MESSAGES or LANG, else Chinese
    .help = Print help
    .version = Print version
    .help-command = Print the help of a command

command = Huiliu (汇流): many complaint channels in, one stream of unified tickets out, every answer carried back
    .example =
        huiliu keys new
        huiliu check mappings/rongcheng --away
        huiliu run --pack mappings/rongcheng
        huiliu mapping try mappings/rongcheng hotline sample.xml
        huiliu import --pack mappings/rongcheng petition letters.xlsx
        huiliu tail
        HULIU_TOKEN=hl_… huiliu status
        huiliu evaluate merge --messages messages.csv --labels clusters.csv
command-run = Run the gateway until it is told to stop (SIGTERM, Ctrl-C). SIGHUP reloads the city pack
    .example =
        huiliu run --pack mappings/rongcheng --config huiliu.toml
    .folder = { command-shared.pack }
command-check = Check the settings and a city pack whole, run its cases, and list everything that is wrong with file, line and column. Fails exactly where `huiliu run` would not start
    .example =
        huiliu check mappings/rongcheng --away
        huiliu --config /etc/huiliu/huiliu.toml check /etc/huiliu/pack
    .pack = { command-shared.pack }
    .away = Away from the gateway's machine: secrets, keys and certificates may be missing
command-mapping = Try a mapping, or make a case of a sample
command-mapping-try = Show what a channel makes of a file: raw beside normalized, problems inline
    .pack = { command-shared.pack }
    .channel = { command-shared.channel }
    .file = A payload as the source would deliver it
    .json = { command-shared.json }
    .most = Show at most so many records
    .status = Show, too, how a reply of this status (resolved, closed, rejected, accepted…) would go to the source: the request is written and not sent, secrets are hidden
    .words = What the reply says; default: a sample
    .department = Who replies; default: a sample
command-mapping-accept = Make a case of a sample: what the mapping makes of it now is what it must make of it from now on
    .pack = { command-shared.pack }
    .channel = { command-shared.channel }
    .file = A payload as the source would deliver it, free of real personal data
    .name = Name of the case; default: the file's name
command-import = Load a file through a channel of the pack, with a progress bar. The gateway must not be running on the same database
    .example =
        huiliu import --pack mappings/rongcheng petition letters.xlsx
        huiliu import --history --pack mappings/rongcheng petition 2025.xlsx
    .folder = { command-shared.pack }
    .channel = { command-shared.channel }
    .file = File in the channel's format
    .history = The file has matters that were finished long ago ([history] of the channel file): no events, replies or clocks, for merging and figures
command-tail = Show tickets as they leave
    .example =
        huiliu tail
        huiliu tail --key 'created.#' --count 10
    .key = Routing key pattern: <event>.<district>.<department>.<grade>
    .count = Stop after so many events
    .json = Print the events as JSON lines
command-status = Show channels with their alarms, queues, ledger and the last source files of a running gateway. Exits with 1 where the gateway is not ready, e.g. because the broker is away
    .example =
        HULIU_TOKEN=hl_… huiliu status   (or set HULIU_TOKEN)
        huiliu status --json
    .json = { command-shared.json }
command-warnings = List the warnings of records that were accepted all the same, by channel and field, with samples
    .example =
        huiliu warnings
        huiliu warnings --channel hotline --field occurred_at
    .channel = { command-shared.only-channel }
    .field = Only of this field of a complaint
    .limit = Show at most so many groups
command-files = List the files that were read as sources, newest first: rows and what became of them, and what was not read
    .example =
        huiliu files --channel petition
    .channel = { command-shared.only-channel }
    .limit = { command-shared.limit }
command-quarantine = List records that could not be taken, have them mapped again, or discard them
    .example =
        huiliu quarantine list --channel hotline
        huiliu quarantine replay 120
        huiliu quarantine discard 120 --reason 'test data'
command-quarantine-list = List them, oldest first
    .channel = { command-shared.only-channel }
    .after = Only those after this raw record
    .limit = { command-shared.limit }
command-quarantine-replay = Map a record again by the settings of now
    .raw-id = { command-shared.raw-id }
command-quarantine-discard = Discard a record for good: it is kept with the reason and counts as discarded
    .raw-id = { command-shared.raw-id }
    .reason = Why, without personal data: its source is answered with it should it deliver the record again
command-replies = List replies that no channel gives, and note those that people gave by hand
    .example =
        huiliu replies list
        huiliu replies told 12 13 --how 'by telephone'
        huiliu replies unanswered --reason by_hand
        huiliu replies check --from 2026-11-01 --to 2026-11-30
command-replies-list = List replies that stand in one way, the newest first
    .state = by_hand, told, dead, held, no_route, pending or sent
    .limit = { command-shared.limit }
command-replies-unanswered = Account for every citizen: complaints behind finished tickets = answered + not answered, with reasons; lists the latter. Fails where that does not balance
    .reason = Only for this reason: waiting, held, dead, by_hand, no_route, erased, withdrawn, closed, past or missing
    .limit = { command-shared.limit }
command-replies-check = Check replies: missing after the time limit, the same words for several matters, words that contradict the status, handled but not to the citizen's satisfaction; by unit, and one by one
    .from = First day, on which they were due or given
    .to = Last day; included
    .department = Only of the unit with this code
command-replies-told = Note that the citizens of these replies were told, and how; said again, the first time stays
    .replies = Numbers of the replies
    .how = How, in words, e.g. by telephone
    .at = When, e.g. 2026-11-22T10:00:00+08:00; default: now
command-watch = List surges of one matter and warnings of keywords, and rank tags
    .example =
        huiliu watch surges
        huiliu watch warnings --limit 20
        huiliu watch ranking --from 2026-11-01 --to 2026-11-30
command-watch-surges = List the surges that were told, the newest first; their rules are [[surge]] in watch.toml
    .limit = { command-shared.limit }
command-watch-warnings = List the warnings that were told, the newest first; their rules are [[warning]] in watch.toml
    .limit = { command-shared.limit }
command-watch-ranking = Rank tags by their complaints, beside as many days before
    .from = First day, such as 2026-11-01
    .to = Last day, included
    .district = Only this division, by its code
command-rewards = Points and stars of citizens who take part
command-rewards-show = Show the points and stars of a citizen, and what each was for; noted in the audit log
    .example =
        huiliu rewards show --phone 13800001111
        huiliu rewards show --channel mini-program --account o6_bmjrPTlm6_2sgVt7hMZOPfL2M
    .phone = { command-shared.phone }
    .id-number = { command-shared.id-number }
    .account = Account on a channel, together with --channel; "-" reads a line of standard input
    .channel = Id of the channel, together with --account
    .json = { command-shared.json }
command-topic = Topics: matters that come back, what was decided on them, and when they are looked at again
    .example =
        huiliu topic list --state open
        huiliu topic new 'Buses at the school' RC-20261122-000001 RC-20261123-000007
        huiliu topic decide 7 --state decided --words 'two more buses after school from September'
        huiliu topic follow-up 7 --every monthly
command-topic-new = Make a topic of some tickets
    .title = Title, at most 100 characters: no name and no number of a citizen
    .tickets = Ids of tickets
command-topic-list = List topics, the newest first
    .state = Only topics in this state: open, consulted, decided, adopted, rejected, closed
    .limit = { command-shared.limit }
command-topic-show = Show what was done with a topic, and its tickets; noted in the audit log
    .topic = Number of the topic
command-topic-add = Give a topic more tickets
    .topic = Number of the topic
    .tickets = Ids of tickets
command-topic-decide = Note a consultation, a decision or an end, with its words
    .topic = Number of the topic
    .state = The state that it comes into: consulted, decided, adopted, rejected, closed; from the last two back to open
    .words = What was decided, at most 2000 characters
command-topic-adopt = Note that it is a project now (as decide --state adopted)
    .topic = Number of the topic
    .words = What the project is
command-topic-follow-up = Say how often a topic is looked at again, or what was found this time
    .topic = Number of the topic
    .every = How often: weekly, monthly, quarterly, half_yearly, yearly; counted from now
    .words = What was found this time
command-topic-rank = Rank topics by their new complaints, beside as many days before
    .days = The last so many days, at most 366
command-callback = List whose citizens are to be called back, and note what they said
    .example =
        huiliu callback list
        huiliu callback note RC2611220000007 --rating satisfied --words 'repaired the same evening'
        huiliu callback note RC2611220000007 --unreached
command-callback-list = List whose citizens are to be called back, those who wait longest first
    .limit = { command-shared.limit }
command-callback-note = Note what a citizen said in a call-back, or that nobody was reached; by the city's rules a dissatisfied word opens the matter again
    .receipt = { command-shared.complaint }
    .rating = Code of a step of the scale: [[evaluation.scale]] of handling.toml; without it satisfied, fair, dissatisfied
    .words = The citizen's words
    .unreached = Nobody was reached: take it off the list
command-channel = Look at what goes to and fro on one channel
    .example =
        huiliu channel trace hotline
        huiliu channel trace hotline --count 20 --json
command-channel-trace = Follow what a running gateway and the source of a channel say to each other: asked, answered, how judged. Secrets and what logins say are hidden, and all content from tokens that may not see personal data. It goes off five minutes after the last question, and stands neither in the log nor on disk
    .channel = { command-shared.channel }
    .count = End after this many calls; default: follow on
    .json = One line of JSON for each call
command-deliveries = Show what waits for pulled feeds and destinations or was given up, and try it again
    .example =
        huiliu deliveries list province --state pending
        huiliu deliveries retry province
command-deliveries-list = List deliveries, the newest first
    .destination = Only to this feed or destination
    .state = How they stand: pending, sent or dead
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-deliveries-send = Tell tickets as they are now to one feed or destination: one, or all that were made since a day, newest first
    .to = Name of the feed or destination
    .ticket = Ticket; without it all since a day
    .since = All tickets made on this day or later, e.g. 2026-11-01
command-deliveries-retry = Try at once what waits or was given up: one by its number, or all of a feed or destination by its name, also of one that counts as away
    .what = Number of a delivery, or name of a feed or destination
command-deliveries-discard = Discard what is for a feed or destination that the city pack does not have any more, or what was given up
    .destination = Name of the feed or destination
    .reason = Why, for the log, without personal data
    .dead = Only what was given up; the city pack may have the destination
command-find = Find complaints, also of finished tickets, newest first: by numbers, by words, by how the ticket stands; all that is given must fit
    .example =
        huiliu find --phone '+86 138-0000-1111'
        huiliu find --source-number 2611220001 --json
        huiliu find --words 'lamp harbour' --since 2026-01-01 --status closed
        huiliu find --department 371082-cg --overdue
    .receipt = Receipt number
    .source-number = The source's number, on any channel
    .foreign-number = The ticket's number in another system that it was sent to
    .phone = Telephone number of the reporter, in any spelling; needs a token with role operator
    .words = Words of title, text and address, separated by blanks: each must be a part of them; width, case, traditional characters, blanks and punctuation do not matter. Below operator they are looked for in what is shown, masked
    .address = Words of address, street or community, likewise
    .channel = Channel, by its id or name
    .category = Category, by its code or name
    .department = Department, by its code or name
    .district = District, by its code or name
    .grade = Grade, by its code or name
    .status = Where the ticket stands, e.g. open, in_progress, closed
    .since = Received by the gateway on this day or later, e.g. 2026-11-01
    .until = Received by the gateway on this day or earlier
    .overdue = Only of tickets that are not finished and past their deadline, or with a clock that goes on past due
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-report = Reports of the city pack (reports.toml): figures, scores and ranks; without a name, or with list, which there are
    .example =
        huiliu report list
        huiliu report units --from 2026-11-01 --to 2026-11-30
        huiliu report units --from 2026-11-01 --to 2026-11-30 --format xlsx -o units.xlsx
        huiliu report units --from 2026-11-01 --to 2026-11-30 --format html -o units.html
        huiliu report units --kept
        huiliu report --edition 12 --format xlsx -o units.xlsx
    .name = Name of the report, or list
    .from = First day
    .to = Last day; included
    .district = Only what lies in the division of this code
    .format = Format: table, json, html, csv or xlsx
    .output = File to write; without it to the terminal
    .kept = List those that were made at their set times, the newest first
    .edition = One of those, by its number
command-bulletin = Bulletins ([[bulletin]] of reports.toml): what boards show; without a name, or with list, which there are
    .example =
        huiliu bulletin list
        huiliu bulletin village --district 511526100
        huiliu bulletin village --format html -o village.html
        huiliu bulletin village --boards
    .name = Name of the bulletin, or list
    .district = Only what lies in the division of this code
    .boards = List when each board fetched it last; ends with 1 where one is late
    .format = Format: table, json or html
    .output = File to write; without it to the terminal
command-trace = Show the life of one matter in the order of time: records and the expression of each field, reasons of route and merging, clocks, every message with its confirmation, status updates, replies with every attempt, what people decided
    .example =
        huiliu trace RC-20261122-000001
        huiliu trace 13800001111 --json
        huiliu trace RC-20261122-000001 --signed life.json
    .matter = Receipt number, id of a ticket, number of the source or of another system, or telephone number of the reporter
    .json = { command-shared.json }
    .signed = Write it to this file, with its signature beside it (.sig), which openssl verifies
command-explain = Say why two complaints are or are not one matter, or why each complaint is on a ticket
    .example =
        huiliu explain RC2611220000001 RC2611220000007
        huiliu explain RC-20261122-000001 --json
    .a = A ticket, or the receipt or source number of a complaint
    .b = Receipt or source number of another complaint
    .json = { command-shared.json }
command-review = List the open questions whether two belong together, the heaviest first, or answer one
    .example =
        huiliu review
        huiliu review 12 --same
        huiliu review 12 --different
    .review = Number of the question to answer
    .same = It is the same matter: the tickets become one
    .different = They are two matters, for good
    .limit = { command-shared.limit }
command-ticket = Split, move, merge, pin; and take it back
    .example =
        huiliu ticket split RC2611220000007
        huiliu ticket undo RC-20261122-000001
command-ticket-split = Take a complaint out of its ticket
    .receipt = { command-shared.complaint }
command-ticket-move = Put a complaint to another ticket
    .receipt = { command-shared.complaint }
    .into = Ticket that it belongs to
command-ticket-merge = Put all complaints of a ticket to another, which answers for it from then on
    .from = Ticket that is absorbed
    .into = Ticket that stays
command-ticket-pin = Let nothing join a ticket by itself
    .ticket = { command-shared.ticket }
command-ticket-unpin = Let it be joined again
    .ticket = { command-shared.ticket }
command-ticket-undo = Take back what a person decided last on a ticket
    .ticket = { command-shared.ticket }
command-ticket-show = Show a ticket: where it stands, its clocks with how each came about, acts, ratings, and notices that were sent
    .example =
        huiliu ticket show RC-20261122-000001
    .ticket = { command-shared.ticket }
    .json = { command-shared.json }
command-ticket-waiting = What waits for a person: tickets before they are dispatched, answers before they close a matter
    .example =
        huiliu ticket waiting
        huiliu ticket waiting --list sensitive
    .list = Only this list, by its code in handling.toml
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-ticket-answer = Show the answer that waits at a ticket, and how to decide on it
    .ticket = { command-shared.ticket }
command-ticket-release = Let a ticket be dispatched that waits
    .ticket = { command-shared.ticket }
command-ticket-approve = Approve the answer that waits: it closes the matter, and every citizen hears it
    .ticket = { command-shared.ticket }
    .update-id = Number of the answer that was read, as `huiliu ticket answer` shows it
command-ticket-send-back = Send the answer that waits back to its platform
    .ticket = { command-shared.ticket }
    .update-id = Number of the answer that was read, as `huiliu ticket answer` shows it
    .reason = Why, for the platform
command-ticket-rate = Note what a supervisor says of the result; kept apart from what citizens say
    .ticket = { command-shared.ticket }
    .rating = Code of a step of the scale
    .words = The supervisor's words
command-unrouted = Messages of the public stream that had no queue: look into them, give them back, throw them away
    .example =
        huiliu unrouted list
        huiliu unrouted --pack mappings/rongcheng discard --all
command-unrouted-list = List the messages. They stay in the queue; looking at them can change their order
    .limit = { command-shared.limit }
command-unrouted-show = Show one message whole. It can hold personal data
    .message = { command-shared.message }
command-unrouted-return = Give messages back: dead ones to the queue of their feed, unrouted ones to their exchange
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-unrouted-discard = Throw messages away
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-dead = Messages that consumers of feeds gave up: look into them, give them back, throw them away
    .example =
        huiliu dead --pack mappings/rongcheng list
        huiliu dead --pack mappings/rongcheng return --all
command-dead-list = { command-unrouted-list }
    .limit = { command-shared.limit }
command-dead-show = { command-unrouted-show }
    .message = { command-shared.message }
command-dead-return = { command-unrouted-return }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-dead-discard = { command-unrouted-discard }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-refused = Status updates that were refused, with the reasons: look into them, throw them away
    .example =
        huiliu refused list
        huiliu refused show 1
        huiliu refused discard --all
command-refused-list = { command-unrouted-list }
    .limit = { command-shared.limit }
command-refused-show = { command-unrouted-show }
    .message = { command-shared.message }
command-refused-return = { command-unrouted-return }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-refused-discard = { command-unrouted-discard }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-pack = The city pack: versions that were live, what differs, loading again and going back; needs a token with role admin
    .example =
        huiliu pack list
        huiliu pack diff 3 5
        huiliu pack rollback 3 --reason 'the new table is wrong'
command-pack-list = List city packs that went live, the newest first: who, when and why
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-pack-show = Show the files of a version, or the content of one
    .number = Number of the version, or the version that evidence names
    .file = Path of the file, e.g. tables/categories.csv
    .json = { command-shared.json }
command-pack-diff = Show line by line what differs between two versions; with none between what is live and the folder
    .from = A version; default: the live one
    .to = A version, or folder (default)
    .json = { command-shared.json }
command-pack-reload = Check the city pack in the folder whole and make it live; a faulty one changes nothing
    .reason = Why; kept with the version, and free of personal data
command-pack-draft = Drafts: copies of the city pack that are edited without being live, checked, tried and published. Two editors never overwrite each other
    .example =
        huiliu pack draft new 'new routes' --folder ./draft
        huiliu pack draft push ./draft
        huiliu pack draft check 1
        huiliu pack draft publish 1 --reason 'streets of the new district'
command-pack-draft-new = Make a draft of the live pack, or of something else
    .label = What its editors call it
    .from = A version (`huiliu pack list`), a draft as `draft:1`, or `folder` for what lies in the pack's folder
    .folder = Also pull it into this folder, which must be empty
command-pack-draft-list = List drafts: who changed them last, and which version they depart from
    .json = { command-shared.json }
command-pack-draft-pull = Write the files of a draft into a folder, to be edited there
    .id = Number of the draft
    .folder = Folder for its files; it must be empty
    .force = Replace files that are in the folder; those that are replaced are kept in a folder .kept beside it
command-pack-draft-push = Put what was changed in the folder into the draft. Refused where somebody else has changed the draft since it was pulled
    .folder = Folder that the draft was pulled into
command-pack-draft-diff = Show line by line what a draft would change
    .id = { command-pack-draft-pull.id }
    .json = { command-shared.json }
command-pack-draft-check = Check a draft as `huiliu pack reload` would, its cases included; nothing goes live
    .id = { command-pack-draft-pull.id }
command-pack-draft-try = Show what a channel of a draft makes of a sample; nothing is kept
    .id = { command-pack-draft-pull.id }
    .channel = Channel of the draft
    .file = Sample in the channel's format
command-pack-draft-preview = Show what a draft would make of the newest records, beside what the live pack makes of them: kinds, units, grades, deadlines, clocks, tags; nothing is changed
    .id = { command-pack-draft-pull.id }
    .channel = Records of this channel only
    .records = How many of the newest, 1 to 1000; default 200
    .json = { command-shared.json }
command-pack-draft-rebase = Bring a draft up to the pack that went live since
    .id = { command-pack-draft-pull.id }
    .keep = File of which the draft's side is kept where both have changed it; may be given several times
command-pack-draft-publish = Put a draft into the folder and make it live, as a version; the draft is gone then
    .id = { command-pack-draft-pull.id }
    .reason = { command-pack-reload.reason }
    .revision = Only where the draft is still at this revision
    .force = { command-pack-rollback.force }
command-pack-draft-remove = Remove a draft
    .id = { command-pack-draft-pull.id }
command-pack-rollback = Put the files of an earlier version back into the folder, byte for byte, and make them live; that is a new version, too
    .number = { command-pack-show.number }
    .reason = { command-pack-reload.reason }
    .force = Give up changes in the folder that never went live
command-audit = The audit log: who did what and when; whether an entry was changed, removed or cut off
    .example =
        huiliu audit list --from 2026-11-01 --to 2026-12-01
        huiliu audit export --from 2026-11-01 --format csv > audit.csv
        huiliu audit verify
command-audit-list = List the audit log, the newest first; needs a token with role auditor
    .from = From this time on, e.g. 2026-11-01 or 2026-11-01T08:00
    .to = Up to before this time
    .actor = only what somebody did: name of a token, of a user of the machine or of a feed
    .action = only one action, by its code or as it is shown, e.g. ticket.look
    .oldest-first = the oldest first
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-audit-export = Export the audit log, whole or between two times; needs a token with role auditor
    .from = { command-audit-list.from }
    .to = { command-audit-list.to }
    .actor = { command-audit-list.actor }
    .action = { command-audit-list.action }
    .format = Format: jsonl or csv
command-audit-verify = Check the audit log in the database: that every entry is there and unchanged, and the end is not cut off; needs the key file
    .checkpoint = A checkpoint that was kept elsewhere (number:link, a line an hour in the gateway's log); several may be given
command-keys = Make keys, or rotate them
command-keys-new = Write a new key file. Refuses to replace one
command-keys-public = Print the public key that verifies signed files (PEM)
command-keys-rotate = Add a new sealing key and seal everything again with it. The gateway must not be running
command-store = Move the data to another database
command-store-move = Move the data of a SQLite file into the server that `database` names. The gateway must not be running. Interrupted, it goes on where it was
    .example =
        HULIU_DATABASE=postgres://huiliu:PASSWORD@db.example/huiliu huiliu store move --from var/huiliu.db
        huiliu store move --from var/huiliu.db --undo
    .from = The SQLite file. It stays as it is, and no gateway opens it any more
    .undo = Have gateways use the file again; what was moved to a server meanwhile is not looked at
command-token = Make and remove access tokens
command-token-new = Make a token; it is shown once. Refuses to replace one
    .example =
        huiliu token new clerk --role operator
        huiliu token new clerk --replace
    .name = Who it is for
    .role = auditor, security, platform, viewer, clerk, operator or admin; default viewer, and of a token that is replaced the role that it has
    .replace = Replace the token of this name: the old one no longer opens anything
command-token-list = List tokens
command-token-remove = Remove a token
    .name = Who it was for
command-people = Who may sign in to the console: add, bar and remove people in the store of this machine
command-people-add = Add somebody, and show a one-time password
    .example =
        huiliu people add wang.lei --role clerk --department street-qili
        huiliu people add inspector --role auditor
    .name = Name
    .role = Role: auditor, security (security administrator), viewer, clerk (acts for units), operator (looks after matters) or admin (system administrator)
    .title = What others call them
    .district = Only matters of this division, with what it holds; repeatable
    .department = Only matters of this unit, with those below it, and for whom they act; repeatable
    .category = Only matters of this category; repeatable
    .channel = Only matters that came by this channel; repeatable
command-people-list = List those who may sign in
command-people-reset = Give a one-time password to somebody who forgot theirs or lost the second factor
    .name = Name
command-people-bar = Bar somebody; their sessions end
    .name = Name
command-people-admit = Let somebody in again who was barred
    .name = Name
command-people-remove = Remove somebody; what the audit log says of them stays
    .name = Name
command-doctor = Check the store: file, ledger, orphans, outbox, answers, seals
    .example =
        huiliu doctor --repair
    .repair = Mend what can be mended without a decision
command-erase = Erase one citizen's personal data; counts and routing of tickets stay. Exits with 3 where nobody was found. Where the gateway is running it is asked, with a token of role admin; else the store is opened
    .example =
        huiliu erase --phone '+86 138-0000-1111'
        huiliu erase --phone - < number.txt   (a command line is visible to other users)
    .phone = { command-shared.phone }
    .id-number = { command-shared.id-number }
    .receipt = { command-shared.one-receipt }
command-export = Print everything that a running gateway keeps of one citizen as JSON, for the citizen who asks for it; needs a token of role admin. Exits with 3 where nobody was found
    .example =
        huiliu export --phone - < number.txt > citizen.json
    .phone = { command-shared.phone }
    .id-number = { command-shared.id-number }
    .receipt = { command-shared.one-receipt }
command-evaluate = Measure merging and masking on labelled complaints
command-evaluate-merge = Feed labelled complaints through mapping and merging in the order of time, and compare the tickets with the labels: pairs, clusters, blocking, review, speed, and the worst mistakes with their evidence
    .example =
        huiliu evaluate merge --messages messages.csv --labels clusters.csv --hard-negatives pairs.csv
    .messages = { command-shared.complaints-file }
    .labels = { command-shared.labels }
    .hard-negatives = { command-shared.hard-negatives }
    .ignore-pairs = { command-shared.ignore-pairs }
    .max-cluster = { command-shared.max-cluster }
    .pack = { command-shared.merge-pack }
    .worst = How many of the worst mistakes of either kind are shown
    .tickets = Also write which ticket each message went to: `msg_id,ticket`, for a scorer of your own
    .json = { command-shared.json }
command-evaluate-masking = Mask labelled texts and compare: recall and precision of each kind of personal data
    .example =
        huiliu evaluate masking --texts tests/masking/texts.csv --labels tests/masking/labels.csv
    .texts = Texts: `id,text[,reporter_name]`
    .labels = Pieces of them that are personal data: `id,kind,text`, a row for each time one stands there
    .examples = Show at most so many missed labels, and as many pieces without a label. They are personal data, so the default is none
command-tune = Propose match weights and thresholds from complaints, labelled or not, and answered reviews; write them only when told
command-tune-merge = Fit the weights of all comparisons together, show the cross-validated precision-recall curve, propose thresholds. Without labels, estimate the weights by expectation maximization
    .example =
        huiliu tune merge --messages messages.csv --labels clusters.csv --picture curve.svg
        huiliu tune merge --messages messages.csv
    .messages = { command-shared.complaints-file }
    .labels = { command-shared.labels }
    .hard-negatives = { command-shared.hard-negatives }
    .ignore-pairs = { command-shared.ignore-pairs }
    .max-cluster = { command-shared.max-cluster }
    .pack = { command-shared.merge-pack }
    .precision = Share of the joins that must be right, 0 to 1
    .review = Share of the complaints that people may be asked about, 0 to 1
    .reviews = Also learn from the answered reviews of the gateway's database
    .picture = Draw the precision-recall curve into this file
    .write = Write the proposal into the pack's `city.toml`; without it nothing is written
command-points = Points of a form: print their QR codes
command-points-sheets = Draw the points of a form as QR codes, one SVG file for each A4 sheet, with a progress bar
    .example =
        huiliu points sheets mappings/gongxian sheets --address https://gx.example
    .pack = Folder of the city pack
    .folder = Folder to write to
    .address = Where citizens reach the pages, such as https://gx.example
    .channel = Channel of the form; may be left out where only one form has points
    .hint = What stands below each code; default: the heading of the form
    .columns = Codes beside each other
    .rows = Codes below each other
command-schemas = Write the JSON Schemas, the AsyncAPI and the OpenAPI document into a folder
    .example =
        huiliu schemas deploy/schemas
    .folder = Folder
