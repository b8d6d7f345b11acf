//! Huiliu (汇流): many complaint channels in, one stream of unified tickets out, every answer carried back.
//!
//! The modules in reading order. A complaint passes through them from top to bottom; `ARCHITECTURE.md` follows one.

pub mod audit;
pub mod complaint;
pub mod key;
pub mod ticket;

pub mod city;
pub mod decide;
pub mod document;
pub mod mapping;
pub mod pack;

pub mod routing;

pub mod merge;

pub mod store;

pub mod forward;

pub mod clock;
pub mod mask;

pub mod catalogue;
pub mod channels;
pub mod deliver;
pub mod desk;
pub mod destinations;
pub mod evaluate;
pub mod feedback;
pub mod handling;
pub mod schedule;
pub mod telemetry;

pub mod cli;
pub mod config;
pub mod engine;
pub mod gateway;
pub mod http;
pub mod registry;
