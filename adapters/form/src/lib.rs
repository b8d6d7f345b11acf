//! `form`: the city's own form for citizens, on a page behind a QR code, in a mini-program, or at a desk where staff enter what people say.
//!
//! A form is one record, with photos written anew without what they tell beside the picture. Its sender is answered when the record is stored,
//! with the receipt number and a second secret; with both it may later say how satisfied it is. The same form sent again is the same record.
//! Replies need no way back: who filed asks for them, with the two.

mod adapter;
mod asks;
mod claims;
mod endpoint;
mod factory;
mod filled;
mod settings;

pub use factory::FormFactory;
