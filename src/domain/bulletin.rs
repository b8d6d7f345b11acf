//! Bulletins (公示): which matters are shown to everybody on screens and boards, and in which words. Pure: a bulletin, a matter and a day go
//! in, a notice without anybody's name, number or address comes out, or the reason why there is none.
//!
//! Doubt protects: what is confidential, about a breach of law, or without consent stays away.

mod issue;
mod matter;
mod nearby;
mod settings;

pub use issue::Issue;
pub use matter::{Kept, Matter, Notice};
pub use nearby::{OpenMatter, nearby};
pub use settings::{Board, Bulletin, Consent, PersonShown, Shown};
pub(crate) use settings::{BulletinSettings, load};
