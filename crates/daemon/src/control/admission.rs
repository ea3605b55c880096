//! Who may ask the daemon: programs of the same person, which know the token. A web page never may, not even one
//! that a browser reaches this port with under another name.

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::{ErrorCode, Failure, Token};

/// A request that isn't let in.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) failure: Failure,
}

/// Lets a request in, or says why not.
pub(super) fn admit(headers: &HeaderMap, token: &Token) -> Result<(), Refusal> {
    let refuse = |status, message: &str| Err(Refusal { status, failure: Failure::new(ErrorCode::Usage, message) });
    let mut hosts = headers.get_all(HOST).iter().peekable();
    if hosts.peek().is_none() || !hosts.all(is_loopback) {
        // A page whose name was made to resolve to 127.0.0.1 arrives with its own name here.
        return refuse(StatusCode::FORBIDDEN, "only this machine may ask: use the URL in the control file");
    }
    if headers.contains_key(ORIGIN) {
        return refuse(StatusCode::FORBIDDEN, "web pages may not ask");
    }
    let given = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    match given.is_some_and(|given| token.is(given)) {
        true => Ok(()),
        false => refuse(StatusCode::UNAUTHORIZED, "the token in the control file is needed"),
    }
}

fn is_loopback(host: &HeaderValue) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    name == "127.0.0.1" || name == "[::1]" || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_local_program_with_the_token_is_let_in() {
        let token = Token::random();
        let bearer = format!("Bearer {}", token.reveal());
        let check = |headers: &[(&'static str, &str)], expected: Option<u16>| {
            let headers = headers.iter().map(|(name, text)| (name.parse().unwrap(), text.parse().unwrap())).collect();
            let refused = admit(&headers, &token).err().map(|refusal| refusal.status.as_u16());
            assert_eq!(refused, expected, "{headers:?}");
        };
        for host in ["127.0.0.1:4711", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:80", "[::1]"] {
            check(&[("host", host), ("authorization", &bearer)], None);
        }
        for host in ["example.org", "127.0.0.1.example.org", "localhost.example.org:80", "a@localhost", "::1", "", ":1"]
        {
            check(&[("host", host), ("authorization", &bearer)], Some(403));
        }
        check(&[("authorization", &bearer)], Some(403));
        check(&[("host", "localhost"), ("host", "example.org"), ("authorization", &bearer)], Some(403));
        for origin in ["http://127.0.0.1:4711", "null", "https://example.org"] {
            check(&[("host", "localhost"), ("authorization", &bearer), ("origin", origin)], Some(403));
        }
        check(&[("host", "localhost")], Some(401));
        for given in
            ["Bearer", "Bearer ", "Bearer abc", token.reveal(), &bearer[..bearer.len() - 1], &format!("{bearer}0")]
        {
            check(&[("host", "localhost"), ("authorization", given)], Some(401));
        }
    }
}
