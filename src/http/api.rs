//! The admin API under `/api/v1`: one table, of which both the routes and the OpenAPI document are made.

mod alerts;
mod answers;
mod audit;
mod bulletins;
mod channels;
mod citizens;
mod codes;
mod complaints;
mod decisions;
mod deliveries;
mod editions;
mod evaluations;
mod find;
mod lately;
mod lives;
mod matter;
mod notices;
mod packs;
mod people;
mod platforms;
mod quarantine;
mod queues;
mod reply_checks;
mod reports;
mod rewards;
mod sessions;
mod shown;
mod standing;
mod tickets;
mod topics;
mod trace;
mod units;
mod upkeep;
mod words;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with, put_with};
use aide::transform::TransformOperation;

use super::Site;
use super::problem::Problem;

pub(super) use citizens::hashes as hashes_of;
pub(super) use platforms::{StatusResult, told as told_of_update};
pub(super) use reply_checks::ReplyCheckMemory;
pub(super) use rewards::rewards_of;
pub(super) use shown::PeopleFile;
pub(super) use tickets::photos::{PhotoDocument, PictureDocument};

/// What a handler gives.
type Answer<T> = Result<axum::Json<T>, Problem>;

/// Names and describes an operation.
pub(super) fn named(
    tag: &'static str,
    id: &'static str,
    summary: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.tag(tag).id(id).summary(summary)
}

/// The routes.
pub(super) fn router() -> ApiRouter<Arc<Site>> {
    ApiRouter::new()
        .merge(matters())
        .merge(held())
        .merge(lives())
        .merge(reports())
        .merge(bulletins())
        .merge(editions())
        .merge(reply_checks())
        .merge(waiting())
        .merge(evaluations())
        .merge(watching())
        .merge(topics())
        .merge(leaving())
        .merge(set_aside())
        .merge(citizens())
        .merge(gateway())
        .merge(at_channels())
        .merge(packs())
        .merge(audited())
        .merge(people())
        .merge(units())
}

/// The routes of platforms.
pub(super) fn platform_router() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("platforms", id, summary);
    ApiRouter::new()
        .api_route(
            "/feeds/{name}/events",
            get_with(
                platforms::events,
                named("pullEvents", "Events of a feed with carrier = \"http\" that are not acknowledged, the oldest first, as a batch of CloudEvents. Each is given again until it is acknowledged. With the token that the feed names."),
            ),
        )
        .api_route(
            "/feeds/{name}/acknowledge",
            post_with(
                platforms::acknowledge,
                named("acknowledgeEvents", "Say that everything up to an event is stored: it is not given again. Saying it twice changes nothing."),
            ),
        )
        .api_route(
            "/boards/{name}",
            get_with(
                bulletins::of_board,
                named("fetchBulletin", "A bulletin for a board that shows it, of the division that reports.toml gives the board. With the token of the board. It is noted when each board fetched last; a bulletin is at most a minute old."),
            ),
        )
        .api_route(
            "/status",
            post_with(
                platforms::status,
                named("sendStatus", "Say what became of a ticket: the document that platforms send by AMQP. The same update sent again is told as repeated. With the token that the feed of the platform names."),
            ),
        )
}

/// Reports that were made by themselves.
fn editions() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("reports", id, summary);
    ApiRouter::new()
        .api_route(
            "/editions",
            get_with(
                editions::list,
                named("listEditions", "Reports that were made at their set times, the newest first, with where each was to go and when it went there."),
            ),
        )
        .api_route(
            "/editions/{id}",
            get_with(
                editions::one,
                named("getEdition", "One of them, as it was made, in one of its formats. Who read it is in the audit log."),
            ),
        )
}

/// What is wrong with replies.
fn reply_checks() -> ApiRouter<Arc<Site>> {
    ApiRouter::new().api_route(
        "/reply-checks",
        get_with(
            reply_checks::check,
            named("reports", "checkReplies", "What is wrong with the replies of units: missing after the time limit, the same words for several matters, words that contradict the status by reports.toml, or a citizen who denies the result; at most a minute old. Who looked is in the audit log."),
        ),
    )
}

/// What boards fetch, and whoever looks after them sees.
fn bulletins() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("reports", id, summary);
    ApiRouter::new()
        .api_route("/bulletins", get_with(bulletins::list, named("listBulletins", "The bulletins of the city: those of reports.toml.")))
        .api_route(
            "/bulletins/{name}",
            get_with(
                bulletins::one,
                named("getBulletin", "A bulletin as boards show it: which matters, how they stand and what became of them, without anybody's name, number or address. Who read it is in the audit log."),
            ),
        )
        .api_route(
            "/bulletins/{name}/boards",
            get_with(
                bulletins::boards,
                named("listBoards", "The boards of a bulletin, with when each fetched it last; those that did not in time are marked."),
            ),
        )
}

/// What waits for a person: before it is dispatched, or before an answer closes it.
fn held() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route(
            "/tickets/{id}/release",
            post_with(decisions::release, named("releaseTicket", "Let a ticket be dispatched that waits for that.")),
        )
        .api_route(
            "/tickets/{id}/approve",
            post_with(
                decisions::approve,
                named(
                    "approveAnswer",
                    "Approve the answer that waits at this ticket: it closes the matter, and every citizen hears it.",
                ),
            ),
        )
        .api_route(
            "/tickets/{id}/send-back",
            post_with(
                decisions::send_back,
                named(
                    "sendBackAnswer",
                    "Send the answer that waits at this ticket back to its platform, with the reason.",
                ),
            ),
        )
}

/// Tickets and complaints.
fn matters() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route("/tickets", get_with(tickets::list, named("listTickets", "Tickets, newest first.")))
        .api_route(
            "/tickets/{id}",
            get_with(tickets::one, named("getTicket", "One ticket with its complaints, merge events and evidence.")),
        )
        .api_route(
            "/tickets/{id}/photos/{record}/{number}",
            get_with(
                tickets::photos::one,
                named("getHandlerPhoto", "A photo that a handler of this ticket took: one of `photos` of the ticket. Who looked is in the audit log."),
            ),
        )
        .api_route(
            "/tickets/{id}/pin",
            post_with(decisions::pin, named("pinTicket", "Pin or unpin a ticket: nothing joins a pinned one by itself.")),
        )
        .api_route(
            "/tickets/{id}/merge",
            post_with(
                decisions::merge,
                named("mergeTicket", "Put all complaints of this ticket to another, which answers for it from then on."),
            ),
        )
        .api_route(
            "/tickets/{id}/undo",
            post_with(
                decisions::undo,
                named("undoTicket", "Take back what a person decided last on this ticket: merge, split, move, pin or unpin."),
            ),
        )
        .api_route(
            "/complaints",
            get_with(
                find::find,
                named("findComplaints", "Complaints, newest first, by numbers, by words of title, text and address, and by how their tickets stand, also of finished ones; all that is given must fit. What is found over all pages is what reading everything would find. By telephone number needs role operator; below it words are looked for in what is shown, masked."),
            ),
        )
        .api_route(
            "/complaints/{receipt}/split",
            post_with(
                decisions::split,
                named("splitComplaint", "Take a complaint out of its ticket; the pair never merges again by itself."),
            ),
        )
        .api_route(
            "/complaints/{receipt}/move",
            post_with(
                decisions::move_one,
                named("moveComplaint", "Put a complaint to another ticket; it never joins what it left by itself."),
            ),
        )
        .api_route(
            "/explain",
            get_with(
                complaints::explain,
                named("explain", "Why two complaints, by their receipt numbers, are or are not one matter by the settings of now."),
            ),
        )
}

/// Lives of matters, and who was not answered.
fn lives() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route(
            "/life",
            get_with(
                lives::of_matter,
                named("getLife", "The life of the matter that a number names: a receipt number, a ticket's id, a number of its source or of another system, or, for operators, a telephone number. Where it names several complaints, these. An auditor may read it, too, as a viewer does."),
            ),
        )
        .api_route(
            "/complaints/{receipt}/life",
            get_with(
                lives::of_complaint,
                named("getComplaintLife", "The life of a complaint in the order of time: records with the expressions that read them, decisions with reasons, everything that left with confirmations and attempts, every reply with the channel's answers. Below operator without words, contacts and records."),
            ),
        )
        .api_route(
            "/complaints/{receipt}/life/signed",
            get_with(
                lives::signed_of_complaint,
                named("getSignedComplaintLife", "The same as a document with a detached Ed25519 signature, which openssl verifies."),
            ),
        )
        .api_route(
            "/tickets/{id}/life",
            get_with(lives::of_ticket, named("getTicketLife", "The life of a ticket with its first 100 complaints.")),
        )
        .api_route(
            "/tickets/{id}/life/signed",
            get_with(
                lives::signed_of_ticket,
                named("getSignedTicketLife", "The same as a document with a detached Ed25519 signature."),
            ),
        )
        .api_route(
            "/signing-key",
            get_with(lives::signing_key, named("getSigningKey", "The public key that verifies signed documents.")),
        )
        .api_route(
            "/answers",
            get_with(
                answers::ledger,
                named("getAnswerLedger", "The ledger per citizen: complaints behind finished tickets = answered + those with a reason why not."),
            ),
        )
        .api_route(
            "/answers/missing",
            get_with(
                answers::unanswered,
                named("listUnanswered", "Complaints behind finished tickets whose citizens were not answered, each with the reason, oldest first."),
            ),
        )
}

/// What waits for somebody.
fn waiting() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("waiting", id, summary);
    ApiRouter::new()
        .api_route(
            "/reviews",
            get_with(
                complaints::reviews,
                named("listReviews", "Open questions whether two belong together, the heaviest first. Below operator without those about a confidential complaint."),
            ),
        )
        .api_route("/reviews/{id}", post_with(decisions::answer_review, named("answerReview", "Answer a question.")))
        .api_route(
            "/warnings",
            get_with(
                queues::warnings,
                named(
                    "listWarnings",
                    "Warnings of accepted records, grouped by channel, field and what they say, with samples.",
                ),
            ),
        )
        .api_route(
            "/source-files",
            get_with(
                queues::source_files,
                named(
                    "listSourceFiles",
                    "Files that were read as sources, newest first: sheets, rows and what became of them.",
                ),
            ),
        )
        .api_route("/replies", get_with(queues::replies, named("listReplies", "Replies by state.")))
        .api_route("/replies/{id}", get_with(queues::reply, named("getReply", "What a reply tells the citizen.")))
        .api_route(
            "/replies/{id}/retry",
            post_with(
                decisions::retry_reply,
                named("retryReply", "Send a reply after all that was given up or held, as it is or with other words."),
            ),
        )
        .api_route(
            "/replies/{id}/told",
            post_with(
                decisions::told,
                named("markReplyTold", "Note that a person told the citizen, and how. Said again, the first time stays, and the answer says so. 409 while a channel still sends it, or where one has."),
            ),
        )
}

/// What people say of results.
fn evaluations() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route(
            "/callbacks",
            get_with(
                evaluations::call_backs,
                named("listCallBacks", "Citizens who are to be called back on a result, those who wait longest first, with name and telephone number."),
            ),
        )
        .api_route(
            "/callbacks/{receipt}",
            post_with(
                evaluations::note_call_back,
                named("noteCallBack", "Note what a citizen said of the result in a call-back, also where none was due, or that the citizen was not reached. By the city's rules a dissatisfied word opens the matter again. 409 while the ticket is not finished."),
            ),
        )
        .api_route(
            "/tickets/{id}/rating",
            post_with(
                evaluations::supervise,
                named("rateTicket", "Note what a supervisor says of a ticket's result; it is kept apart from what citizens say. 409 while the ticket is not finished."),
            ),
        )
}

/// What watching told.
fn watching() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route("/notices", get_with(notices::list, named("listNotices", "Notices that were sent: what alarms of clocks and repeated dissatisfaction told to people and desks.")))
        .api_route(
            "/alerts",
            get_with(
                alerts::alerts,
                named("listAlerts", "Surges (one matter came more often than usual) or warnings (keywords) that were told, the newest first: codes, counts and ids of tickets."),
            ),
        )
        .api_route(
            "/tags/ranking",
            get_with(
                alerts::ranking,
                named("rankTags", "Which tags are most spoken of in some days, and whether they are spoken of more than in as many days before."),
            ),
        )
}

/// Matters that come back.
fn topics() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route(
            "/topics",
            get_with(topics::list, named("listTopics", "Topics: matters that come back, the newest first."))
                .post_with(topics::make, named("makeTopic", "Make a topic of tickets. 404 where there is no such ticket.")),
        )
        .api_route(
            "/topics/ranking",
            get_with(topics::ranking, named("rankTopics", "Which topics are most spoken of in the last days, and whether more than in as many days before.")),
        )
        .api_route(
            "/topics/{id}",
            get_with(topics::one, named("showTopic", "A topic with what was decided on it, by whom and when, and its tickets.")),
        )
        .api_route(
            "/topics/{id}/tickets",
            post_with(topics::add, named("addToTopic", "Give a topic more tickets. 409 where it is over.")),
        )
        .api_route(
            "/topics/{id}/decision",
            post_with(topics::decide, named("decideTopic", "Note what was decided on a topic, and bring it into a state: consulted, decided, adopted as a project, rejected, closed, or open again. 409 where it does not come into that state.")),
        )
        .api_route(
            "/topics/{id}/follow-up",
            post_with(topics::follow_up, named("followTopic", "Say how often a topic is looked at again, or what was found when it was. 409 where it is over.")),
        )
}

/// What leaves by other ways than AMQP.
fn leaving() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("waiting", id, summary);
    ApiRouter::new()
        .api_route(
            "/deliveries",
            get_with(
                deliveries::list,
                named("listDeliveries", "Deliveries to pulled feeds and destinations by state, newest first."),
            ),
        )
        .api_route(
            "/deliveries/{id}/retry",
            post_with(deliveries::retry, named("retryDelivery", "Try a delivery now that waits or was given up.")),
        )
        .api_route(
            "/tickets/{id}/send",
            post_with(
                decisions::send,
                named(
                    "sendTicket",
                    "Tell a ticket as it is now to one feed or destination, by any carrier: to one that is new, or that lost it.",
                ),
            ),
        )
        .api_route(
            "/deliveries/retry",
            post_with(
                deliveries::retry_all,
                named(
                    "retryDeliveries",
                    "Try all deliveries of a destination now that wait or were given up, also of one that counts as away.",
                ),
            ),
        )
        .api_route(
            "/deliveries/discard",
            post_with(
                deliveries::discard,
                named(
                    "discardDeliveries",
                    "Discard, with a reason, what is for a feed or destination that the city pack does not have any more, or what was given up. 409 while it has it.",
                ),
            ),
        )
}

/// Records that could not be mapped.
fn set_aside() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("waiting", id, summary);
    ApiRouter::new()
        .api_route(
            "/quarantine",
            get_with(
                quarantine::list,
                named("listQuarantine", "Records that could not be mapped, with all their problems."),
            ),
        )
        .api_route(
            "/quarantine/{raw_id}",
            get_with(
                quarantine::one,
                named(
                    "getQuarantined",
                    "One record that could not be mapped, whole: also a page that could not be read.",
                ),
            ),
        )
        .api_route(
            "/quarantine/{raw_id}/replay",
            post_with(
                quarantine::replay,
                named("replayQuarantined", "Map a record again, optionally with mended content."),
            ),
        )
        .api_route(
            "/quarantine/{raw_id}/discard",
            post_with(
                quarantine::discard,
                named(
                    "discardQuarantined",
                    "Discard a record for good, with a reason; it is kept and counts as discarded.",
                ),
            ),
        )
        .api_route(
            "/quarantine/replay",
            post_with(
                quarantine::replay_all,
                named("replayQuarantine", "Map all quarantined records (of a channel) again."),
            ),
        )
}

/// Citizens who ask for their data, for its erasure, or for their points.
fn citizens() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("citizens", id, summary);
    ApiRouter::new()
        .api_route(
            "/rewards",
            post_with(
                rewards::show,
                named("showRewards", "Points and stars of one citizen, for the city's own pages; 0 points where nobody of this number took part. At least one of phone, id_number, and account with channel is given."),
            ),
        )
        .api_route(
            "/erase",
            post_with(
                citizens::erase,
                named("erase", "Erase one citizen's personal data; counts stay. At least one member is given. 404 where there is no complaint of this citizen."),
            ),
        )
        .api_route(
            "/export",
            post_with(
                citizens::export,
                named("export", "Everything that is kept of one citizen, for the citizen who asks for it. At least one of phone, id_number and receipt_number is given. 404 where there is no complaint of this citizen."),
            ),
        )
}

/// Versions of the city pack.
fn packs() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("gateway", id, summary);
    ApiRouter::new()
        .api_route(
            "/pack/reload",
            post_with(
                packs::reload,
                named("reloadPack", "Check the city pack whole and make it live; a faulty one changes nothing."),
            ),
        )
        .api_route(
            "/pack/versions",
            get_with(packs::list, named("listPackVersions", "City packs that went live, the newest first: who, when and why.")),
        )
        .api_route(
            "/pack/versions/{version}",
            get_with(packs::show, named("getPackVersion", "A city pack that went live: its files, or the content of one.")),
        )
        .api_route(
            "/pack/difference",
            get_with(
                packs::compare,
                named("comparePacks", "What differs between two versions, or between a version and the folder, line by line."),
            ),
        )
        .api_route(
            "/pack/rollback",
            post_with(
                packs::roll_back,
                named("rollBackPack", "Put the files of an earlier version back into the folder, byte for byte, and make them live. 409 where the folder holds changes that never went live, unless force is true."),
            ),
        )
        .merge(drafts())
}

/// Drafts of the city pack.
fn drafts() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("gateway", id, summary);
    ApiRouter::new()
        .api_route(
            "/pack/drafts",
            get_with(packs::list_drafts, named("listDrafts", "Copies of the city pack that are edited without being live.")).post_with(
                packs::new_draft,
                named("newDraft", "Make a draft of the live pack, of an earlier version or of the folder. 409 where there are 50."),
            ),
        )
        .api_route(
            "/pack/drafts/{id}",
            get_with(packs::show_draft, named("getDraft", "A draft: its files, or the content of one.")),
        )
        .api_route(
            "/pack/drafts/{id}/files",
            post_with(
                packs::change_draft,
                named("changeDraft", "Put or remove files of a draft, all or none. 409 where somebody has changed it since the revision that is named."),
            ),
        )
        .api_route(
            "/pack/drafts/{id}/remove",
            post_with(packs::remove_draft, named("removeDraft", "Remove a draft. 409 where somebody has changed it since.")),
        )
        .api_route(
            "/pack/drafts/{id}/check",
            post_with(
                packs::check_draft,
                named("checkDraft", "Check a draft as a reload would, its cases included; nothing goes live. 422 with all problems."),
            ),
        )
        .api_route(
            "/pack/drafts/{id}/try",
            post_with(
                packs::try_draft,
                named("tryDraft", "What a channel of a draft makes of a sample: as in the outcome of a case. Nothing is kept."),
            ),
        )
        .api_route(
            "/pack/drafts/{id}/preview",
            post_with(
                packs::preview_draft,
                named("previewDraft", "What a draft would make of the newest records, beside what the live pack makes of them: kinds, units, grades, deadlines, clocks, tags and problems. Nothing is changed."),
            ),
        )
        .api_route(
            "/pack/drafts/{id}/rebase",
            post_with(
                packs::rebase_draft,
                named("rebaseDraft", "Bring a draft up to the pack that went live since; 409 where both have changed a file."),
            ),
        )
        .api_route(
            "/pack/drafts/{id}/publish",
            post_with(
                packs::publish_draft,
                named("publishDraft", "Put a draft into the folder and make it live, as a version; the draft is gone then. 409 where another pack went live since, or the folder holds changes that never went live."),
            ),
        )
}

/// Reports.
fn reports() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("reports", id, summary);
    ApiRouter::new()
        .api_route("/reports", get_with(reports::list, named("listReports", "The reports of the city: those of reports.toml.")))
        .api_route(
            "/reports/{name}",
            get_with(
                reports::one,
                named("getReport", "A report of the days from..to, both included, of the whole city or of what lies in a division: figures, scores and ranks, without anybody's words. Who read it is in the audit log."),
            ),
        )
}

/// What people and tokens did.
fn audited() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("audit", id, summary);
    ApiRouter::new()
        .api_route(
            "/audit",
            get_with(
                audit::list,
                named("listAudit", "What people and tokens did, the newest first. For role auditor, which may beside that read the lives of matters, and nothing else."),
            ),
        )
        .api_route(
            "/audit/check",
            get_with(
                audit::check,
                named("checkAudit", "Whether an entry was changed, removed or cut off, and that the log runs through a checkpoint that was kept elsewhere."),
            ),
        )
}

/// The gateway itself.
fn gateway() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("gateway", id, summary);
    ApiRouter::new()
        .api_route("/openapi.json", get_with(upkeep::openapi, named("getOpenapi", "This document.")))
        .api_route(
            "/health",
            get_with(
                standing::show,
                named("getStanding", "How the machine stands: the broker, what waits for each feed and destination with its lag, last success and last error in plain words, the store."),
            ),
        )
        .api_route(
            "/channels",
            get_with(queues::channels, named("listChannels", "Channels with lag, last error and alarms.")),
        )
        .api_route(
            "/channels/{id}/trace",
            get_with(
                trace::trace,
                named("traceChannel", "The last calls to a channel's source, and of it: what was asked, answered, and how it was judged, without secrets. Asking turns it on for five minutes, with long poll; it stands in memory only. Below operator without bodies, header fields and queries."),
            ),
        )
        .api_route("/ledger", get_with(queues::ledger, named("getLedger", "What was received and what became of it.")))
        .api_route(
            "/lately",
            get_with(
                lately::lately,
                named("getLately", "What came and went in the last hours, by hour and channel, of what the caller may know of."),
            ),
        )
}

/// What people do with channels.
fn at_channels() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("gateway", id, summary);
    ApiRouter::new()
        .api_route(
            "/channels/{id}/pause",
            post_with(
                channels::pause,
                named("pauseChannel", "Pause a channel, also over restarts and reloads: nothing is pulled, and pushes are refused with 503, so that the source sends again. Replies go on. Paused again, who did it first stays."),
            ),
        )
        .api_route(
            "/channels/{id}/resume",
            post_with(channels::resume, named("resumeChannel", "Let a paused channel go on from where it stood.")),
        )
        .api_route(
            "/channels/{id}/pull",
            post_with(
                channels::pull,
                named("pullChannel", "Have a channel pulled at once, whatever it waits for; what came of it stands in its health. 409 where its source pushes, or it is paused; 429 within 10 seconds of the last time."),
            ),
        )
        .api_route(
            "/channels/{id}/test",
            post_with(
                channels::test,
                named("testChannel", "What a channel would read now, with its own settings and from where it stands: what works, what does not, and what to do. Nothing is stored, confirmed or moved. It takes 30 seconds at most, and one channel at a time is tried: 429 meanwhile."),
            ),
        )
}

/// What people do in the name of units.
fn units() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("matters", id, summary);
    ApiRouter::new()
        .api_route(
            "/tickets/{id}/choices",
            get_with(units::choices, named("getTicketChoices", "What the caller may do with a ticket as it stands, in the name of which feeds of the console.")),
        )
        .api_route(
            "/tickets/{id}/updates",
            post_with(
                units::update,
                named("updateTicket", "Set a ticket's status, or do something with it, in the name of a unit: the same as a platform's status update. 409 where the city's rules or the ticket do not allow it."),
            ),
        )
}

/// People, and their sessions.
fn people() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| named("people", id, summary);
    ApiRouter::new()
        .api_route(
            "/sessions",
            post_with(
                sessions::enter,
                named("signIn", "Begin a session: 201 with its access token, which is used as those of programs are. 401: name, password or code is wrong; with the reason `code`: a code of the second factor is needed. 429: too many wrong ones; see retry-after."),
            ),
        )
        .api_route("/sessions/current", delete_with(sessions::leave, named("signOut", "End the session that asks.")))
        .api_route(
            "/words",
            get_with(words::list, named("listWords", "What the city calls its units, divisions, kinds, grades and channels.")),
        )
        .api_route("/me", get_with(sessions::me, named("getMe", "Who asks, and what they may.")))
        .api_route(
            "/me/password",
            post_with(
                sessions::set_password,
                named("setPassword", "Set another password of one's own. All other sessions of the person end."),
            ),
        )
        .api_route(
            "/me/second-factor",
            post_with(
                sessions::offer_second,
                named("offerSecondFactor", "A secret for an authenticator. It counts once it is confirmed."),
            )
            .put_with(
                sessions::set_second,
                named("setSecondFactor", "Confirm a second factor by one of its codes, or take it away. All other sessions of the person end."),
            ),
        )
        .api_route("/people", get_with(people::list, named("listPeople", "Those who may sign in.")))
        .api_route(
            "/people/{name}",
            put_with(
                people::put,
                named("putPerson", "Add somebody, or change role, scope and whether they may sign in; their sessions end. Somebody new is given a first password."),
            )
            .delete_with(people::remove, named("removePerson", "Remove somebody with their sessions.")),
        )
        .api_route(
            "/people/{name}/reset",
            post_with(
                people::reset,
                named("resetPerson", "Give somebody a first password again and take the second factor away: for those who have forgotten or lost theirs. A lock ends, and so do their sessions."),
            ),
        )
}
