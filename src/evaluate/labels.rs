//! What is known to be true: clusters, pairs that look alike but differ, pairs that nobody is sure of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::catalogue::say;

/// Type of clusters whose pairs are not scored: the same question on one policy is not the same matter.
const UNSCORED_TYPE: &str = "policy";
/// Confidence of members whose pairs are not scored.
const UNSURE: u32 = 1;

/// Two message numbers, the smaller first.
pub type Pair = (String, String);

/// A pair in its one order.
#[must_use]
pub fn pair(a: &str, b: &str) -> Pair {
    if a <= b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

#[derive(Debug, Deserialize)]
struct LabelRow {
    msg_id: String,
    cluster_id: String,
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    confidence: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct PairRow {
    a: String,
    b: String,
}

/// Whether a pair is the same matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// The same matter.
    Same,
    /// Two matters.
    Different,
    /// Not scored.
    Unscored,
}

/// The labels of a set of messages.
#[derive(Debug, Default)]
pub struct Labels {
    cluster_of: HashMap<String, String>,
    members: BTreeMap<String, Vec<String>>,
    unsure: BTreeSet<String>,
    ignored: BTreeSet<Pair>,
    /// Pairs that look alike and are different matters.
    pub hard_negatives: Vec<Pair>,
    /// Clusters above this size are left out of the pairs.
    pub max_cluster: Option<usize>,
}

impl Labels {
    /// Reads `msg_id,cluster_id[,type,confidence]`, and files of pairs `a,b` where given. A message that is not listed is alone.
    ///
    /// # Errors
    /// A file cannot be read, or a row has no such columns.
    pub fn read(labels: &Path, hard_negatives: Option<&Path>, ignored: Option<&Path>) -> anyhow::Result<Self> {
        let mut read = Self::default();
        for row in rows::<LabelRow>(labels)? {
            if row.kind.as_deref() == Some(UNSCORED_TYPE) || row.confidence == Some(UNSURE) {
                read.unsure.insert(row.msg_id.clone());
            }
            read.members.entry(row.cluster_id.clone()).or_default().push(row.msg_id.clone());
            if let Some(before) = read.cluster_of.insert(row.msg_id.clone(), row.cluster_id) {
                anyhow::bail!(say!("labels-twice", path = labels.display(), message = row.msg_id, cluster = before));
            }
        }
        let pairs = |path: Option<&Path>| -> anyhow::Result<Vec<Pair>> {
            let Some(path) = path else { return Ok(Vec::new()) };
            Ok(rows::<PairRow>(path)?.into_iter().map(|row| pair(&row.a, &row.b)).collect())
        };
        read.hard_negatives = pairs(hard_negatives)?;
        read.ignored = pairs(ignored)?.into_iter().collect();
        Ok(read)
    }

    /// The messages that share a message's cluster, itself included; only itself when it is alone.
    #[must_use]
    pub fn cluster(&self, message: &str) -> Vec<&str> {
        let members = self.cluster_of.get(message).and_then(|cluster| self.members.get(cluster));
        members.map_or_else(Vec::new, |members| members.iter().map(String::as_str).collect())
    }

    fn is_large(&self, message: &str) -> bool {
        let size = self.cluster_of.get(message).and_then(|cluster| self.members.get(cluster)).map_or(1, Vec::len);
        self.max_cluster.is_some_and(|most| size > most)
    }

    /// Whether two messages are the same matter.
    #[must_use]
    pub fn truth(&self, a: &str, b: &str) -> Truth {
        let same = self.cluster_of.get(a).is_some_and(|cluster| self.cluster_of.get(b) == Some(cluster));
        let unsure = same && (self.unsure.contains(a) || self.unsure.contains(b));
        if unsure || self.is_large(a) || self.is_large(b) || self.ignored.contains(&pair(a, b)) {
            return Truth::Unscored;
        }
        if same { Truth::Same } else { Truth::Different }
    }

    /// All pairs that are the same matter and are scored, among the messages given.
    #[must_use]
    pub fn same_pairs(&self, known: &HashMap<&str, usize>) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for members in self.members.values() {
            let present: Vec<&String> = members.iter().filter(|member| known.contains_key(member.as_str())).collect();
            for (at, a) in present.iter().enumerate() {
                for b in present.iter().skip(at + 1) {
                    if self.truth(a, b) == Truth::Same {
                        pairs.push(pair(a, b));
                    }
                }
            }
        }
        pairs
    }
}

fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| say!("error-file", path = path.display()))?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(|row| row.with_context(|| say!("error-file", path = path.display()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_unsure_and_ignored_pairs_are_not_scored() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let labels = write(
            "labels.csv",
            "\u{feff}msg_id,cluster_id,type,confidence,note\n1,a,incident,3,\n2,a,incident,3,\n3,a,incident,1,\n4,b,policy,3,\n5,b,policy,3,\n",
        );
        let ignored = write("ignored.csv", "a,b\n6,1\n");
        let labels = Labels::read(&labels, None, Some(&ignored)).unwrap();
        assert_eq!(labels.truth("1", "2"), Truth::Same);
        assert_eq!(labels.truth("1", "3"), Truth::Unscored);
        assert_eq!(labels.truth("4", "5"), Truth::Unscored);
        assert_eq!(labels.truth("1", "6"), Truth::Unscored);
        assert_eq!(labels.truth("1", "4"), Truth::Different);
        assert_eq!(labels.same_pairs(&HashMap::from([("1", 0), ("2", 1), ("3", 2)])), [pair("1", "2")]);
    }
}
