//! A server that answers each line with what a test says.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// What comes for a command: the beginning of the line, and the answer; an empty answer closes the connection.
pub type Answers = &'static [(&'static str, &'static str)];

/// Greets, then answers one connection; gives the port. What no entry is for gets `250 ok`.
pub async fn serve(greeting: &'static str, answers: Answers) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(greeting.as_bytes()).await.unwrap();
        let mut in_data = false;
        while let Ok(Some(line)) = lines.next_line().await {
            if in_data && line != "." {
                continue;
            }
            let known = answers.iter().find(|(begins, _)| line.starts_with(begins)).map(|(_, answer)| *answer);
            let answer = match known {
                Some("") => return,
                Some(answer) => answer,
                None if line.starts_with("DATA") => "354 go on\r\n",
                None => "250 ok\r\n",
            };
            in_data = answer.starts_with("354");
            if writer.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    port
}
