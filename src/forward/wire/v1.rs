//! Version 1: `TicketV1` in a CloudEvents 1.0 envelope goes out, `StatusUpdateV1` comes in.

mod schemas;
mod status;
mod ticket;
mod ticket_writer;

pub use schemas::{asyncapi, schemas};
pub use status::{StatusUpdateV1, read_status_update};
pub use ticket::{ChangeV1, ComplaintV1, PlaceV1, ReporterV1, TicketV1};
pub use ticket_writer::event_type;
pub(in crate::forward) use ticket_writer::{Audience, rfc3339, ticket_document};
