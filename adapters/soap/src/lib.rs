//! `soap`: systems that speak SOAP 1.1, such as hotlines that hand out work orders: list, detail, sign, reply.
//!
//! Each operation is one configured call. Its `body` is what stands inside `soap:Body`, as an XML template; the envelope
//! and the fault handling are this crate's. `answer` in its expressions is the tree inside the answer's `Body`. XML texts
//! inside elements (whatever encoding their prolog claims) are read with the filter `xml`.

mod adapter;
mod factory;
mod settings;

pub use factory::SoapFactory;
