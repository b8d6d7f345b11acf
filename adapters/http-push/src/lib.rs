//! `http-push`: systems that post to the gateway: SMS callbacks, mini-program forms, any JSON, XML or form.
//!
//! A caller is answered when its records are stored, by the channel's template. Who calls is checked first, then the body
//! is read and its records are queued; [`Adapter::pull`](huiliu_adapter_api::Adapter::pull) takes them, and
//! [`confirm`](huiliu_adapter_api::Adapter::confirm) answers the callers. A caller whose records could not be stored gets
//! 503 with `Retry-After` and sends again, which is harmless.

mod adapter;
mod answer;
mod auth;
mod endpoint;
mod factory;
mod rate;
mod refused;
mod settings;
mod view;

pub use factory::HttpPushFactory;
