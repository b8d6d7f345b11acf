//! A simulated city: channels that speak to a real gateway over real sockets, citizens with matters, and a platform that
//! signs and resolves. Everything is invented, seeded and known, so that a run can say how many merges were right and
//! whether every citizen was answered.

mod board;
mod complaints;
mod history;
mod hotline;
mod legacy;
mod needs;
mod ordering;
mod petition;
mod places;
mod platform;
mod port;
mod pushers;
mod reporting;
mod sandbox;
mod schema;
mod scripted;
mod summary;
mod wire;
mod world;

pub use board::Board;
pub use complaints::{Labelled, LabelledSet, Noise};
pub use history::{History, write_history};
pub use hotline::{Hotline, Order};
pub use legacy::{
    Caller, Created, Fault, GbkForms, Matter, Notes, Orders, Portal, RepeatedKeys, Rows, Secured, Signed, Tokened,
};
pub use needs::not_run;
pub use ordering::OrderCenter;
pub use petition::{petition_header, write_petitions};
pub use places::{PlaceRun, places, run_place};
pub use platform::Platform;
pub use port::Port;
pub use pushers::{Callbacks, post_body, post_generic, post_sms, post_snapshot};
pub use sandbox::{Sandbox, Until, eventually};
pub use schema::Schema;
pub use scripted::{Scene, Scripted};
pub use summary::Summary;
pub use wire::Wire;
pub use world::{Channel, Report, World};
