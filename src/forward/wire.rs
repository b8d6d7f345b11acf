//! Wire formats, by version: documents that are written for platforms and read from them. Everything else in the gateway
//! speaks in the domain's nouns.

pub mod v1;
