//! The other end of the link: a messaging center on a real socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_adapter_api::Factory;
use huiliu_conformance::{Behaviour, Exercise, FILE, MARKER, Source};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use crate::heartbeat::HeartbeatFactory;

/// A center that delivers what it has at every login, until it is acknowledged.
#[derive(Clone)]
pub struct Center(Arc<Inner>);

struct Inner {
    address: String,
    behaviour: Mutex<Behaviour>,
    state: watch::Sender<State>,
    /// Lines for the gateway that is logged in.
    lines: Mutex<Option<mpsc::UnboundedSender<String>>>,
    /// How often links were cut.
    cut: watch::Sender<usize>,
}

/// What the center has seen.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// What is not acknowledged, by number.
    pub pending: BTreeMap<u64, String>,
    pub logins: usize,
    /// Links that are up at the same time, at most.
    pub most_links: usize,
    links: usize,
    pub goodbyes: usize,
    pub refused: usize,
    pub replies: Vec<String>,
    pub statuses: Vec<String>,
}

impl Center {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let center = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap().to_string(),
            behaviour: Mutex::new(Behaviour::Well),
            state: watch::Sender::default(),
            lines: Mutex::default(),
            cut: watch::Sender::default(),
        }));
        let serving = center.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let center = serving.clone();
                tokio::spawn(async move { center.serve(stream).await });
            }
        });
        center
    }

    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Cuts the links that are up.
    pub fn cut(&self) {
        self.0.cut.send_modify(|times| *times += 1);
    }

    /// Waits until the center has seen something.
    pub async fn seen(&self, what: impl FnMut(&State) -> bool) -> State {
        self.0.state.subscribe().wait_for(what).await.unwrap().clone()
    }

    /// Delivers one record.
    pub fn deliver(&self, number: u64, text: String) {
        self.0.state.send_modify(|state| drop(state.pending.insert(number, text.clone())));
        self.say(format!("DELIVER {number} {text}"));
    }

    /// Says a line to the gateway that is logged in.
    pub fn say(&self, line: String) {
        if let Some(lines) = &*self.0.lines.lock().unwrap() {
            let _ = lines.send(line);
        }
    }

    fn behaviour(&self) -> Behaviour {
        *self.0.behaviour.lock().unwrap()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let mut cut = self.0.cut.subscribe();
        let (reader, mut writer) = stream.split();
        let mut reader = BufReader::new(reader).lines();
        let _ = reader.next_line().await;
        let welcome = match self.behaviour() {
            Behaviour::Busy => "BUSY",
            Behaviour::Refusing => "DENIED",
            Behaviour::Hanging => std::future::pending().await,
            _ => "WELCOME",
        };
        let _ = writer.write_all(format!("{welcome}\n").as_bytes()).await;
        if welcome != "WELCOME" {
            return;
        }
        let (lines, mut to_say) = mpsc::unbounded_channel();
        *self.0.lines.lock().unwrap() = Some(lines);
        self.0.state.send_modify(|state| {
            (state.logins, state.links) = (state.logins + 1, state.links + 1);
            state.most_links = state.most_links.max(state.links);
        });
        let pending = self.0.state.borrow().pending.clone();
        pending.into_iter().for_each(|(number, text)| self.say(format!("DELIVER {number} {text}")));
        loop {
            tokio::select! {
                _ = cut.changed() => break,
                Some(line) = to_say.recv() => {
                    let _ = writer.write_all(format!("{line}\n").as_bytes()).await;
                }
                line = reader.next_line() => match line {
                    Ok(Some(line)) => self.hear(&line),
                    _ => break,
                },
            }
        }
        self.0.state.send_modify(|state| state.links -= 1);
    }

    fn hear(&self, line: &str) {
        let behaviour = self.behaviour();
        if behaviour == Behaviour::Hanging {
            return;
        }
        let words: Vec<&str> = line.split(' ').collect();
        let number = words.get(1).and_then(|number| number.parse().ok()).unwrap_or(0);
        match (words.as_slice(), behaviour) {
            (["PING"], _) => self.say("PONG".to_owned()),
            (["REPLY", key, _], Behaviour::Busy) => self.say(format!("ANSWER {key} BUSY")),
            (["REPLY", key, _], Behaviour::Refusing) => self.say(format!("ANSWER {key} REFUSED")),
            (["REPLY", key, _], Behaviour::ComplaintUnknown) => self.say(format!("ANSWER {key} UNKNOWN")),
            (["REPLY", key, _], _) => {
                self.0.state.send_modify(|state| state.replies.push((*key).to_owned()));
                self.say(format!("ANSWER {key} TAKEN"));
            }
            (["ACK", _], _) => self.0.state.send_modify(|state| drop(state.pending.remove(&number))),
            (["NACK", _], _) => self.0.state.send_modify(|state| state.refused += 1),
            (["BYE"], _) => self.0.state.send_modify(|state| state.goodbyes += 1),
            (["STATUS", ..], _) => self.0.state.send_modify(|state| state.statuses.push(line.to_owned())),
            _ => {}
        }
    }

    fn clear(&self) {
        self.0.state.send_modify(|state| (state.refused, state.pending) = (0, BTreeMap::new()));
    }
}

fn record(number: u64) -> String {
    json!({ "number": number, "text": MARKER }).to_string()
}

#[async_trait]
impl Source for Center {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(HeartbeatFactory)
    }

    fn channel_file(&self) -> String {
        format!("[format]\nkind = \"json\"\nid = \"record.number\"\n[settings]\naddress = \"{}\"\n", self.0.address)
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn give(&self, numbers: &[u64]) {
        self.clear();
        numbers.iter().for_each(|number| self.deliver(*number, record(*number)));
    }

    async fn give_more(&self, number: u64) {
        self.deliver(number, record(number));
    }

    async fn send_again(&self) {
        self.seen(|state| state.refused > 0).await;
    }

    async fn give_broken(&self, before: u64, after: u64) -> Exercise {
        self.give(&[before]).await;
        self.deliver(before + 1, format!("{{{MARKER}"));
        self.deliver(after, record(after));
        Exercise::Arranged
    }

    async fn give_file(&self, number: u64) -> Exercise {
        self.clear();
        self.deliver(number, json!({ "number": number, "photo": STANDARD.encode(FILE) }).to_string());
        Exercise::Arranged
    }

    async fn behave(&self, how: Behaviour) -> Exercise {
        match how {
            Behaviour::ConfirmsAllBut(_) => return Exercise::CannotHappen("acknowledgements are not answered"),
            Behaviour::Oversized => return Exercise::CannotHappen("an answer is one short line"),
            _ => *self.0.behaviour.lock().unwrap() = how,
        }
        Exercise::Arranged
    }

    fn replies(&self) -> Result<Vec<String>, &'static str> {
        Ok(self.0.state.borrow().replies.clone())
    }
}
