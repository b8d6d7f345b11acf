//! Callers that do not speak HTTP as they should, or not in time.

use std::io::Write as _;
use std::time::{Duration, Instant};

use huiliu_city::Sandbox;

use crate::victim::{MAX_COST_MIB, Victim};

#[tokio::test]
async fn requests_that_contradict_themselves_are_not_believed() {
    let victim = Victim::start("http").await;
    let key = format!("Host: a\r\nx-api-key: {}\r\n", Sandbox::GENERIC_KEY);
    let post = |rest: &str| format!("POST /in/generic HTTP/1.1\r\n{key}{rest}").into_bytes();
    for (what, request, expected) in [
        ("not HTTP", b"\x16\x03\x01\x02\x00".to_vec(), 400),
        ("a negative length", post("Content-Length: -1\r\n\r\n"), 400),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]"), 400),
        ("a length beyond all bounds", post("Content-Length: 99999999999999999999\r\n\r\n"), 400),
        ("an unknown transfer encoding", post("Transfer-Encoding: xchunked\r\n\r\n"), 400),
        ("a chunk that overflows", post("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n[]\r\n"), 400),
        ("a chunk of no number", post("Transfer-Encoding: chunked\r\n\r\n-1\r\n[]\r\n"), 400),
        ("a name with a space", b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n".to_vec(), 400),
        (
            "a head of 1 MB",
            format!("GET /healthz HTTP/1.1\r\nHost: a\r\nx: {}\r\n\r\n", "x".repeat(1 << 20)).into_bytes(),
            431,
        ),
        (
            "500 headers",
            format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{}\r\n", "x: y\r\n".repeat(500)).into_bytes(),
            431,
        ),
    ] {
        let ((status, answer), cost) = victim.cost(victim.raw(request, true)).await;
        assert_eq!(status, expected, "{what}: {answer}");
        assert!(cost <= MAX_COST_MIB, "{what}: {cost} MiB");
    }
    // Length and chunks at once: the request hidden behind it must not be carried out.
    let hidden = format!("POST /in/generic HTTP/1.1\r\n{key}Content-Length: 4\r\n\r\n[{{}}]");
    let smuggled =
        post(&format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n{hidden}", 4));
    let (_, answer) = victim.raw(smuggled, true).await;
    // The call around it has no records, and is refused for that.
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 0, "{answer}");
    victim.is_well("H1").await;
    victim.finish().await;
}

#[tokio::test]
async fn requests_one_after_the_other_and_half_closed_are_answered() {
    let victim = Victim::start("pipelined").await;
    let one = format!(
        "POST /in/generic HTTP/1.1\r\nHost: a\r\nx-api-key: {}\r\nContent-Length: 2\r\n\r\n[]",
        Sandbox::GENERIC_KEY
    );
    let (status, answer) = victim.raw(one.repeat(100).into_bytes(), true).await;
    // Each of them has no records.
    assert_eq!((status, answer.matches("HTTP/1.1 400").count()), (400, 100));
    let half = "POST /in/generic HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n[";
    let (status, answer) = victim.raw(half.as_bytes().to_vec(), true).await;
    // Whoever gives no key is turned away before a body is waited for.
    assert!(status == 401 || answer.is_empty(), "{answer}");
    victim.is_well("P1").await;
    victim.finish().await;
}

/// Sends the beginning, then one byte a second, until the other side closes; how long that took.
async fn drip(victim: &Victim, beginning: String) -> (Duration, String) {
    let mut stream = victim.connect();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        stream.write_all(beginning.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let (mut answer, mut buffer) = (Vec::new(), [0; 1_024]);
        while began.elapsed() < Duration::from_secs(55) {
            // The pause between two bytes is the wait for an answer.
            match std::io::Read::read(&mut stream, &mut buffer) {
                Ok(0) => break,
                Ok(count) => answer.extend(buffer.iter().take(count)),
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(_) => break,
            }
            if stream.write_all(b"x").is_err() {
                break;
            }
        }
        (began.elapsed(), String::from_utf8_lossy(&answer).into_owned())
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn slow_callers_are_cut_off() {
    let victim = Victim::start("slow").await;
    let key = Sandbox::GENERIC_KEY;
    let (head, body, unread) = tokio::join!(
        drip(&victim, "GET /healthz HTTP/1.1\r\nHost: a\r\nx: ".to_owned()),
        drip(
            &victim,
            format!("POST /in/generic HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nContent-Length: 9999\r\n\r\n")
        ),
        unread(&victim),
    );
    assert!(head.0 < Duration::from_secs(50), "a slow head is held for {:?}", head.0);
    assert!(
        body.0 < Duration::from_secs(50) && body.1.contains("408"),
        "a slow body is held for {:?}: {}",
        body.0,
        body.1
    );
    assert!(unread < Duration::from_secs(50), "a caller that does not read is held for {unread:?}");
    victim.is_well("W1").await;
    victim.finish().await;
}

/// Asks for more than the socket holds and reads nothing; how long until the gateway gives up.
async fn unread(victim: &Victim) -> Duration {
    let mut stream = victim.connect();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let request = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20_000);
        stream.set_write_timeout(Some(Duration::from_secs(55))).unwrap();
        // Writing stops when the gateway stops reading, and fails when it closes.
        let _ = stream.write_all(request.as_bytes());
        began.elapsed()
    })
    .await
    .unwrap()
}
