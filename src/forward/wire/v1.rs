//! Version 1: `TicketV1` in a CloudEvents 1.0 envelope goes out, `StatusUpdateV1` comes in.

mod act;
mod act_writer;
mod asyncapi;
mod confidential;
mod schemas;
mod status;
mod strict;
mod ticket;
mod ticket_writer;

pub use act::{ActV1, AssignmentV1, DeedV1, ExtensionV1, InstructionV1, OutsideV1, WhistleV1};
pub use act_writer::Kept;
pub use asyncapi::asyncapi;
pub use confidential::{CONFIDENTIAL_SCHEMA, CONFIDENTIAL_TYPE, ConfidentialCountV1};
pub use schemas::schemas;
pub use status::{
    AttachmentV1, GivenRatingV1, OwnResultV1, PersonV1, StatusUpdateV1, is_name, names_in, read_status_update,
};
pub use ticket::{
    AddresseeV1, AlertV1, CallBackV1, ChangeV1, ClockV1, ComplaintPlaceV1, ComplaintV1, FileV1, FormerV1, HandlerV1,
    HoldV1, NoticeV1, PlaceV1, RatingV1, ReporterV1, TicketV1, TopicV1,
};
pub(in crate::forward) use ticket_writer::{Audience, left, rfc3339, ticket_document, without_matter};
pub use ticket_writer::{TICKET_SCHEMA, event_type};
