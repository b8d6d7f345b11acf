//! `http-poll`: systems that are asked over HTTP: message boards, hotline lists, any paged JSON or XML.
//!
//! One configured call fetches a page. Five ways of paging are known ([`Paging`](huiliu_adapter_paging::Paging)); with every one of them
//! reading stops at what was read before. What may still change can be read again at intervals, because a change of state
//! does not move a thread in its list. A detail call can complete each record. The position (watermark, cursor, page) is
//! stored with the records it belongs to.

mod adapter;
mod detail;
mod factory;
mod settings;
mod sign;
mod unreadable;

pub use factory::HttpPollFactory;
