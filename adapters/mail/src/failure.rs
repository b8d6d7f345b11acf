//! Why a mail was not taken, by what its sender should do.

use std::error::Error as _;

use lettre::transport::smtp::Error;

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_api::wording::both;

use crate::masked;

/// Answers that concern the login, whatever mail it is for: no login, too weak a one, a wrong one, one that wants encryption.
const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];
/// What the library says of an answer that broke off in the middle.
const BROKEN_OFF: &str = "incomplete";

/// What happened at `server`.
pub(crate) fn explain(error: &Error, server: &str) -> AdapterError {
    let said = masked::words(&innermost(error));
    if let Some(code) = error.status().map(u16::from) {
        return answered(code, &said, server);
    }
    if let Some(fault) = certificate_fault(error) {
        return AdapterError::misconfigured(format!(
            "{server} 的 TLS 不能用（{fault}）：自建 CA 请写 ca，主机名须与证书一致，端口和 security 要配套 (TLS of {server} does not work: {fault}; name its authority in ca, use the host name of its certificate, and see that port and security fit)"
        ));
    }
    if error.is_client() {
        return AdapterError::misconfigured(format!(
            "{server} 不提供所设的方式（{said}）：请核对 security、user、password ({server} does not offer what the settings want: {said}; see security, user and password)"
        ));
    }
    if error.is_response() && !said.contains(BROKEN_OFF) {
        return AdapterError::misconfigured(format!(
            "{server} 的回答不像邮件服务器：请核对 host、port、security ({server} does not answer as a mail server: see host, port and security)"
        ));
    }
    if error.is_timeout() {
        return AdapterError::transient(format!("{server} 没有及时回答 ({server} did not answer in time)"));
    }
    AdapterError::transient(both(
        format!("与 {server} 的连接不通或中断"),
        format!("no connection to {server}, or it broke off"),
        said,
    ))
}

fn answered(code: u16, said: &str, server: &str) -> AdapterError {
    match code {
        400..=499 => AdapterError::transient(both(
            format!("{server} 暂时不收"),
            format!("{server} does not take it for now"),
            format!("{code} {said}"),
        )),
        code if LOGIN_CODES.contains(&code) => AdapterError::misconfigured(both(
            format!("{server} 不接受登录：请核对 user 和 password（公共邮箱多要求授权码而非登录密码）"),
            format!(
                "{server} does not accept the login, see user and password; many public services want an authorization code instead"
            ),
            format!("{code} {said}"),
        )),
        _ => {
            AdapterError::refused(both(format!("{server} 拒收"), format!("{server} refuses"), format!("{code} {said}")))
        }
    }
}

/// What rustls says, where it is the cause; errors of an [`std::io::Error`] are not among its sources.
fn certificate_fault(error: &Error) -> Option<String> {
    let mut current = error.source();
    while let Some(cause) = current {
        if let Some(fault) = cause.downcast_ref::<rustls::Error>() {
            return Some(fault.to_string());
        }
        current = match cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

fn innermost(error: &Error) -> String {
    let Some(mut current) = error.source() else { return error.to_string() };
    while let Some(cause) = current.source() {
        current = cause;
    }
    current.to_string()
}
